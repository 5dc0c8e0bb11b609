"""Home visits on a telephone without a network: taken along, interviewed, recorded, synchronised, wiped."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from axe import pixels_beyond, serious_faults
from build_case import ALL_DAY, make_desk_round, make_released_cases
from conftest import PATIENCE
from desk_steps import SHORT_FORM, attempts, chooses, end_login, expected, stored

from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.frame import Contact
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services.personal import context

PERSONAL = ("榕树街", "陈女士", "黄伯")


@pytest.fixture
def phone(browser):
    """A telephone in somebody's hand: 390 pixels wide, touched, with service workers."""
    opened = browser.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    opened.set_default_timeout(PATIENCE)
    page, faults = opened.new_page(), []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    yield page
    opened.close()
    assert faults == []


def households(live, n=2):
    """`n` households without a number, with addresses, in a round with home visits."""
    released = datetime.now(UTC) - timedelta(minutes=5)
    with live.session() as session:
        round_ = make_desk_round(
            session, now=released, calling_rules=ALL_DAY, questionnaire="short", home_visits=True
        )
        make_released_cases(session, live.vault, n, round_=round_, now=released, phones=("138****",))
    with live.session() as session:
        for number, contact in enumerate(session.query(Contact).order_by(Contact.frame_row_id), start=1):
            sealed = live.vault.seal(f"榕树街 {number} 号", context("address", contact.household_id))
            contact.address_sealed = sealed


def open_visits(live, phone, n=2):
    households(live, n)
    live.sign_in(phone, live.person("surveyor", "王芳", languages="zh", staff_number="07", skills="visit"))
    phone.goto(f"{live.url}/visits/")
    phone.wait_for_selector("#places input")


def take_along(phone, n=2):
    for box in phone.query_selector_all("#places input")[:n]:
        box.check()
    phone.tap("#take")
    phone.wait_for_selector(f"#homes[data-households='{n}']", state="attached")


def without_network(live, phone):
    """The page is kept by its worker; then the network goes, and the telephone is switched off and on.

    The server goes too: a page just loaded may send before Chromium knows again that it is offline.
    """
    phone.wait_for_selector("#offline-ready.tag-good")
    phone.context.set_offline(True)
    live.kill()
    phone.reload()
    phone.wait_for_selector("#homes .home")


def network_back(live, phone):
    live.start()
    phone.context.set_offline(False)


def open_home(phone, name):
    phone.tap(f"#homes .home-open:has-text('{name}')")
    phone.wait_for_selector("body[data-phase=dial]")


def answer(phone, question, keys):
    phone.wait_for_selector(f"body[data-phase=question] #question[data-name={question}]")
    if chooses(keys):
        phone.tap(f"#choices .choice[data-code='{keys}']")
    else:
        if keys:
            phone.fill("#words", keys)
        phone.tap("#advance")
        return
    if phone.get_attribute("#choices", "role") == "group" and phone.is_visible(
        f"#question[data-name={question}]"
    ):
        phone.tap("#advance")


def answer_all(phone, answers):
    for question, keys in answers:
        answer(phone, question, keys)


def record(phone, code=None):
    phone.wait_for_selector("body[data-phase=wrapup]")
    if code:
        phone.tap(f"#wrapup .outcome[data-code={code}]")
    phone.tap("#record")
    phone.wait_for_selector("body[data-phase=idle]")


def on_telephone(phone):
    """Everything that this site has stored, as one text."""
    return phone.evaluate(
        """async () => {
          const kept = Object.entries(localStorage).map(([key, value]) => key + value);
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) kept.push(request.url, await (await cache.match(request)).text());
          }
          kept.push(...(await indexedDB.databases()).map(({ name }) => name), document.cookie);
          return kept.join("\\n");
        }"""
    )


def uploaded(phone):
    phone.wait_for_selector("#saving[data-pending='0'][data-state=quiet]", state="attached")


def test_two_households_are_visited_without_a_network_and_stored_once_when_it_is_back(live, phone):
    open_visits(live, phone)
    assert not any(word in phone.content() for word in PERSONAL), "nothing personal before it is taken along"
    take_along(phone)
    assert "榕树街 1 号" in phone.text_content("#homes")
    without_network(live, phone)

    open_home(phone, "陈女士")
    phone.tap("#begin")
    answer_all(phone, SHORT_FORM[:6])
    phone.reload()  # the telephone was switched off in the middle
    phone.wait_for_selector(f"#question[data-name={SHORT_FORM[6][0]}]")
    answer_all(phone, SHORT_FORM[6:])
    phone.tap("#advance")
    record(phone)
    open_home(phone, "黄伯")
    phone.tap("#nobody")
    record(phone, "D29")
    assert stored(live) == {} and attempts(live) == []
    assert int(phone.get_attribute("#saving", "data-pending")) == len(SHORT_FORM) + 2

    network_back(live, phone)
    uploaded(phone)
    phone.wait_for_selector("#homes[data-households='0']", state="attached")
    assert stored(live) == expected(SHORT_FORM)
    found = attempts(live)
    assert [(one.mode, one.outcome, one.phone_slot) for one in found] == [
        ("visit", "D01", 0),
        ("visit", "D29", 0),
    ]
    with live.session() as session:
        cases = session.query(Case).order_by(Case.ticket).all()
        assert (cases[0].state, cases[0].disposition) == ("final", "D01")
        assert (cases[1].route, cases[1].lease_user_id) == ("visit", None)
        shown = session.query(AuditEntry).filter_by(action="address.revealed").count()
    assert shown == 2
    kept = on_telephone(phone)
    assert not any(word in kept for word in (*PERSONAL, "社工好有心", "希望多来看看"))


def test_what_the_lease_no_longer_covers_is_wiped_when_the_page_is_opened(live, phone):
    open_visits(live, phone)
    take_along(phone)
    phone.evaluate(
        """() => { for (const key of Object.keys(localStorage).filter((one) => one.includes(".home."))) {
          const entry = JSON.parse(localStorage[key]);
          localStorage[key] = JSON.stringify({ ...entry, until: Date.now() - 1000 });
        } }"""
    )
    phone.wait_for_selector("#offline-ready.tag-good")
    phone.context.set_offline(True)
    phone.reload()
    phone.wait_for_selector("#notice:not([hidden])")

    assert "2 户已到时" in phone.text_content("#notice")
    assert not any(word in on_telephone(phone) for word in PERSONAL)


def test_what_was_taken_back_meanwhile_goes_but_answers_taken_down_arrive(live, phone):
    open_visits(live, phone, 1)
    take_along(phone, 1)
    without_network(live, phone)
    open_home(phone, "陈女士")
    phone.tap("#begin")
    answer_all(phone, SHORT_FORM[:3])
    phone.tap("#previous")
    with live.session() as session:
        session.query(Case).one().lease_until = datetime.now(UTC) - timedelta(minutes=1)
    phone.evaluate(f"localStorage.removeItem('huifang.visits.{user_id(live)}.here')")
    phone.reload()
    phone.wait_for_selector("body[data-phase=idle]")

    network_back(live, phone)
    uploaded(phone)
    phone.wait_for_selector("#homes[data-households='0']", state="attached")
    assert stored(live) == expected(SHORT_FORM[:3])
    assert not any(word in on_telephone(phone) for word in PERSONAL)


def user_id(live):
    with live.session() as session:
        return session.query(User).filter_by(username="王芳").one().id


def test_an_expired_login_keeps_what_was_recorded_until_the_same_person_is_back(live, phone):
    open_visits(live, phone, 1)
    take_along(phone, 1)
    without_network(live, phone)
    open_home(phone, "陈女士")
    phone.tap("#nobody")
    record(phone, "D23")
    end_login(live)
    network_back(live, phone)
    phone.wait_for_selector("#saving[data-state=login]")
    assert attempts(live) == []

    with phone.context.expect_page() as opened:
        phone.tap("#login-again")
    live.log_in(opened.value, "王芳")
    opened.value.close()
    phone.bring_to_front()
    uploaded(phone)
    assert [one.outcome for one in attempts(live)] == ["D23"]


def test_a_closed_round_is_said_and_the_person_decides_what_becomes_of_the_rest(live, phone):
    open_visits(live, phone, 1)
    take_along(phone, 1)
    without_network(live, phone)
    open_home(phone, "陈女士")
    phone.tap("#nobody")
    record(phone, "D29")
    with live.session() as session:
        round_ = session.query(Round).one()
        round_.closed_at, round_.closed_by_id = datetime.now(UTC), session.query(User.id).limit(1).scalar()
    network_back(live, phone)
    phone.wait_for_selector(".home[data-state=refused]")
    assert "数据已冻结" in phone.text_content("#homes")

    phone.tap("#homes .home-open")
    phone.tap("#drop")
    phone.tap("#drop-anyway")
    phone.wait_for_selector("body[data-phase=idle]")
    assert attempts(live) == [] and not any(word in on_telephone(phone) for word in PERSONAL)


def test_logging_out_gives_back_what_was_not_begun_and_leaves_nobody_on_the_telephone(live, phone):
    open_visits(live, phone)
    take_along(phone)
    phone.tap(".leave button")
    phone.wait_for_selector("#leaving[open]")
    assert "2 户" in phone.text_content("#leaving-why")
    phone.tap("#leave-anyway")
    phone.wait_for_url(re.compile(r"/login"))

    assert not any(word in on_telephone(phone) for word in PERSONAL)
    with live.session() as session:
        assert [case.lease_user_id for case in session.query(Case)] == [None, None]


def test_axe_finds_no_serious_fault_on_any_face_of_the_page(live, phone):
    open_visits(live, phone)
    assert serious_faults(phone) == []
    take_along(phone)
    assert serious_faults(phone) == []
    open_home(phone, "陈女士")
    assert serious_faults(phone) == []
    phone.tap("#begin")
    phone.wait_for_selector("#question[data-name=A1]")
    assert serious_faults(phone) == []
    phone.tap("#who-are-you")
    assert serious_faults(phone) == []
    phone.tap("#identity button")
    phone.tap("#end-call")
    phone.tap(".outcome[data-code=D21]")
    assert serious_faults(phone) == []


def test_every_target_is_large_enough_for_a_finger(live, phone):
    open_visits(live, phone)
    take_along(phone)
    open_home(phone, "陈女士")
    phone.tap("#begin")
    phone.wait_for_selector("#question[data-name=A1]")

    def small():
        return phone.evaluate(
            """() => [...document.querySelectorAll("button, input, select, a.btn")].filter((one) => {
              const { width, height } = (one.closest("label") ?? one).getBoundingClientRect();
              return width > 0 && (height < 47.5 || width < 47.5);
            }).map((one) => one.id || one.className || one.outerHTML)"""
        )

    assert small() == []
    answer(phone, *SHORT_FORM[0])
    phone.tap("#end-call")
    phone.tap(".outcome[data-code=D21]")
    assert small() == []
    phone.tap("#back-to-call")
    phone.tap("#previous")
    phone.tap("#previous")
    phone.tap("#to-list")
    assert small() == []
    assert pixels_beyond(phone) == 0
