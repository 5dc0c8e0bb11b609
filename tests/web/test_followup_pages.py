"""Pages of following up: what households allowed leaves through them, and nothing else; a station sees its own."""

import io
import re
from datetime import timedelta

import pytest
from build import NOON, actor_of
from build_case import TEN
from build_followup import COAT, DAY, collect, hand_over, hold_each, need, promise, write_texts
from openpyxl import load_workbook

from survey.models.accounts import Grant
from survey.models.followup import ActionItem
from survey.models.trail import AuditEntry
from survey.services import accounts, followup_handover, followup_log, withdrawal
from survey.services.followup import today_of
from survey.web import followup as pages

NAMES = re.compile(r"陈女士|黄伯|李姨|梁先生|何婆婆|郭女士|1380000\d{4}")
HOUSEHOLD = re.compile(r"H-[0-9A-Z]{10}")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    for name in ("followup", "followup_lists", "followup_season", "followup_station", "recommendations"):
        monkeypatch.setattr(f"survey.web.{name}.now", lambda: DAY)


@pytest.fixture
def vault(app):
    return app.extensions["vault"]


@pytest.fixture
def boss(people):
    return people("coordinator", "李统筹")


@pytest.fixture
def evaluator(people):
    return people("evaluator", "何评估")


@pytest.fixture
def tell(session, vault, people, boss):
    """`tell(need("1"), …)`: a round with these interviews, its items with texts; answers (round, items)."""

    def told(*given, **values):
        round_, _ = hold_each(session, vault, people("surveyor"), list(given), **values)
        items = collect(session, boss, round_)
        write_texts(session, boss, items)
        session.commit()
        return round_, items

    return told


@pytest.fixture
def handed(session, vault, boss, tell):
    """A round with a named item, five anonymous ones and one without consent; everything that may has left."""
    round_, items = tell(promise("1", "1"), *[need("2")] * 5, promise("3"))
    hand_over(session, vault, boss, round_)
    followup_handover.hand_over_batch(session, actor_of(boss), DAY, round_, "station")
    session.commit()
    return round_, items


@pytest.fixture
def station(people, handed):
    return people("station", "苏站长", round_=handed[0])


def one(items, consent):
    return next(item for item in items if item.consent == consent)


def address(item, rest=""):
    return f"/rounds/{item.round_id}/followup/{item.id}{rest}"


# -- the round ----------------------------------------------------------------------------------------------------


def test_an_empty_page_says_what_fills_it_and_the_button_does(client, boss, session, vault, people):
    round_, _ = hold_each(session, vault, people("surveyor"), [promise("1", "1"), promise("3")])
    client.sign_in(boss)
    assert "还没有事项" in client.get(f"/rounds/{round_.id}/followup/").text

    client.post(f"/rounds/{round_.id}/followup/collect")

    page = client.get(f"/rounds/{round_.id}/followup/")
    assert "新增 2 件" in page.text and "约好未兑现 1" in page.text
    assert session.query(ActionItem).count() == 2


def test_no_page_of_the_evaluator_shows_a_name_a_number_or_a_household(client, evaluator, handed):
    round_, items = handed
    client.sign_in(evaluator)

    for path in [
        f"/rounds/{round_.id}/followup/",
        f"/rounds/{round_.id}/followup/list/station",
        f"/seasons/{round_.season_id}/followup/",
        *(address(item) for item in items if item.consent != "none"),
    ]:
        page = client.get(path)
        assert not NAMES.search(page.html) and not HOUSEHOLD.search(page.html), path
    client.post(address(one(items, "named"), "/contact"), status=403)
    client.post(f"/rounds/{round_.id}/followup/list/station", {"as": "page"}, status=403)


def test_what_may_not_be_told_has_no_page_and_no_line(client, boss, evaluator, handed):
    round_, items = handed
    silent = one(items, "none")
    for user in (boss, evaluator):
        client.sign_in(user)
        client.get(address(silent), status=404)
        client.post(address(silent, "/text"), {"text-text": "补上", "text-kind": "need"}, status=404)
        page = client.get(f"/rounds/{round_.id}/followup/")
        assert silent.code not in page.html and "不同意转、只计数的" in page.text


def test_the_evaluator_writes_the_text_beside_the_masked_words_and_the_coordinator_sees_none(
    client, session, vault, people, boss, evaluator
):
    round_, _ = hold_each(session, vault, people("surveyor"), [need("1", receivers="1 2")])
    (item,) = collect(session, boss, round_)
    session.commit()
    client.sign_in(boss)
    assert COAT not in client.get(address(item)).html
    client.post(address(item, "/text"), written("过冬衣物"), status=403)
    client.sign_in(evaluator)
    assert COAT in client.get(address(item)).text

    refused = client.post(address(item, "/text"), written(COAT), status=422)
    assert "还有住户的原话" in refused.text
    client.post(address(item, "/text"), written("希望得到过冬衣物", owner="street"))

    session.expire_all()
    assert (item.text, item.owner, item.checked_by_id) == ("希望得到过冬衣物", "street", evaluator.id)


def written(text, owner="station"):
    return {"text-text": text, "text-kind": "need", "text-owner": owner}


def test_four_households_do_not_leave_by_the_button_either(client, session, boss, tell):
    round_, _ = tell(*[need("2")] * 4)
    client.sign_in(boss)
    page = client.get(f"/rounds/{round_.id}/followup/")
    assert "4 件，4 户" in page.text and "交出一批" not in page.text

    client.post(
        f"/rounds/{round_.id}/followup/hand-over", {"owner": "station", "how": "anonymous"}, status=409
    )

    assert session.query(ActionItem).filter(ActionItem.handed_over_at.is_not(None)).count() == 0


def test_held_back_items_are_told_in_numbers(client, boss, tell, monkeypatch):
    round_, _ = tell(*[need("2")] * 2)
    monkeypatch.setattr(pages, "now", lambda: DAY + timedelta(days=60))

    page = client.sign_in(boss).get(f"/rounds/{round_.id}/followup/")

    assert "到期不满 5 户，留下，只计数" in page.text


# -- lists --------------------------------------------------------------------------------------------------------


def cells(response):
    book = load_workbook(io.BytesIO(response.data))
    return [[cell.value for cell in row] for row in book.active.iter_rows()], book


def test_the_workbook_without_contacts_names_nobody(client, evaluator, handed):
    round_, items = handed
    client.sign_in(evaluator)

    rows, _ = cells(client.browser.get(f"/rounds/{round_.id}/followup/list/station.xlsx"))

    shown = str(rows)
    assert one(items, "named").code in shown and not NAMES.search(shown)
    assert one(items, "none").code not in shown


def test_the_workbook_with_contacts_names_the_named_alone_and_the_trail_says_so(
    client, session, boss, handed
):
    round_, items = handed
    client.sign_in(boss)

    answer = client.browser.post(f"/rounds/{round_.id}/followup/list/station", data={"as": "xlsx"})
    rows, _ = cells(answer)

    assert sum(bool(NAMES.search(str(row))) for row in rows) == 1
    named = next(row for row in rows if NAMES.search(str(row)))
    assert named[0] == one(items, "named").code and named[3] == "陈女士" and named[4] == "13800000000"
    entry = session.query(AuditEntry).filter_by(action="action.list-opened").one()
    assert entry.details["items"] == [one(items, "named").code]


def test_a_text_that_looks_like_a_formula_is_a_text(client, session, boss, evaluator, tell, vault):
    round_, items = tell(need("1", receivers="1"))
    client.sign_in(evaluator).post(address(items[0], "/text"), written('=HYPERLINK("http://x.example")'))
    hand_over(session, vault, boss, round_)

    rows, book = cells(client.browser.get(f"/rounds/{round_.id}/followup/list/station.xlsx"))

    (cell,) = [
        cell for row in book.active.iter_rows() for cell in row if str(cell.value).startswith("=HYPERLINK")
    ]
    assert cell.data_type == "s" and rows


def test_the_printed_list_shows_names_after_a_press(client, boss, handed):
    round_, _ = handed
    client.sign_in(boss)
    assert not NAMES.search(client.get(f"/rounds/{round_.id}/followup/list/station").html)

    page = client.post(f"/rounds/{round_.id}/followup/list/station", {"as": "page"}, status=200)

    assert set(NAMES.findall(page.html)) == {"陈女士", "13800000000"}


# -- the station --------------------------------------------------------------------------------------------------


def test_a_station_lands_on_what_it_is_asked_to_do(client, station, handed):
    _, items = handed
    client.sign_in(station)
    assert client.get("/", status=302).location.endswith("/followup/")

    page = client.get("/followup/")

    for item in items:
        assert (item.code in page.html) is (item.consent != "none")
    assert not NAMES.search(page.html) and not HOUSEHOLD.search(page.html)


def test_it_sees_who_a_named_item_is_about_on_a_press_and_of_the_others_never(
    client, session, station, handed
):
    _, items = handed
    named, nameless, silent = (one(items, consent) for consent in ("named", "anonymous", "none"))
    client.sign_in(station)
    assert not NAMES.search(client.get(f"/followup/{named.id}").html)

    assert "陈女士" in client.post(f"/followup/{named.id}/contact", status=200).text
    assert session.query(AuditEntry).filter_by(action="action.contact-opened").count() == 1
    client.post(f"/followup/{nameless.id}/contact", status=403)
    client.get(f"/followup/{silent.id}", status=404)
    client.post(f"/followup/{silent.id}/contact", status=404)


def test_what_has_not_left_is_not_there_for_the_station(client, people, tell):
    round_, items = tell(promise("1", "1"), need("2"))
    client.sign_in(people("station", round_=round_))

    assert "现在没有交给贵站的事项" in client.get("/followup/").text
    for item in items:
        client.get(f"/followup/{item.id}", status=404)


def test_what_went_to_the_street_is_not_there_for_the_station(client, session, vault, boss, people, tell):
    round_, (item,) = tell(promise("1", "2"))
    followup_handover.hand_over_named(session, vault, actor_of(boss), DAY, round_, "street")
    session.commit()

    client.sign_in(people("station", round_=round_)).get(f"/followup/{item.id}", status=404)


def test_a_station_sees_nothing_of_another(client, session, vault, boss, people, handed, tell):
    other, (theirs,) = tell(promise("1", "1"))
    hand_over(session, vault, boss, other)
    mine, _ = handed
    client.sign_in(people("station", round_=mine))

    assert theirs.code not in client.get("/followup/").html
    client.get(f"/followup/{theirs.id}", status=404)
    client.post(f"/followup/{theirs.id}/reply", {"text": "已办"}, status=404)
    client.post(f"/followup/{theirs.id}/contact", status=404)


def test_a_station_replies_with_proof_and_reads_its_own_reply(client, session, station, handed):
    item = one(handed[1], "named")
    client.sign_in(station)
    proof = (io.BytesIO(b"%PDF-1.7 signed"), "陈女士签收.pdf")

    client.browser.post(
        f"/followup/{item.id}/reply",
        data={"text": "已上门说明并补上", "proof": proof},
        content_type="multipart/form-data",
    )

    session.expire_all()
    page = client.get(f"/followup/{item.id}")
    assert item.state == "answered" and "已上门说明并补上" in page.text
    assert "陈女士签收" not in page.html
    found = re.search(rf"/followup/{item.id}/proof/\d+", page.html)
    assert client.browser.post(found.group()).data == b"%PDF-1.7 signed"


def test_a_station_does_not_see_what_the_household_said_when_called_back(
    client, session, vault, boss, station, handed
):
    item = one(handed[1], "named")
    followup_log.call_back(session, vault, actor_of(boss), DAY, item, "not_solved", "说没有人来过")
    followup_log.close(session, vault, actor_of(boss), DAY, item, "住户不愿再提")
    session.commit()

    page = client.sign_in(station).get(f"/followup/{item.id}")

    assert "说没有人来过" not in page.html and "不愿再提" not in page.html


def test_a_recalled_item_tells_the_station_to_stop_and_nothing_else(client, session, boss, station, handed):
    from survey.models.interview import Interview

    item = one(handed[1], "named")
    told = item.text
    withdrawal.withdraw(session, actor_of(boss), DAY, session.get_one(Interview, item.interview_id), "phone")
    session.commit()

    page = client.sign_in(station).get(f"/followup/{item.id}")

    assert "住户已撤回：请停止办理" in page.text and told not in page.html
    client.post(f"/followup/{item.id}/contact", status=409)
    assert told not in str(client.get("/followup/").html.split(item.code)[1][:600])


def test_what_was_moved_is_with_the_next_provider_alone(
    client, session, vault, boss, people, station, handed
):
    from build_case import make_desk_round

    round_, items = handed
    later = make_desk_round(session, now=DAY + timedelta(days=300), station=round_.station)
    followup_handover.move_to_next_provider(
        session, vault, actor_of(boss), DAY, round_, later, "合同到期，请接着办"
    )
    session.commit()
    named = one(items, "named")

    client.sign_in(station).get(f"/followup/{named.id}", status=404)
    page = client.sign_in(people("station", round_=later)).get(f"/followup/{named.id}")

    assert "合同到期，请接着办" in page.text


def test_a_station_is_not_let_into_every_round(session, boss, people):
    from survey.errors import Invalid

    with pytest.raises(Invalid):
        accounts.grant(session, actor_of(boss), NOON, people(None), "station")


# -- steps --------------------------------------------------------------------------------------------------------


def test_the_coordinator_calls_back_with_the_number_shown_once(client, session, boss, handed):
    item = one(handed[1], "anonymous")
    client.sign_in(boss)

    assert NAMES.search(client.post(address(item, "/contact"), status=200).html)
    assert not NAMES.search(client.get(address(item)).html)
    client.post(address(item, "/called"), {"called-outcome": "solved", "called-note": ""})

    session.expire_all()
    assert item.state == "solved"


def test_the_evaluator_reads_a_reply_without_the_name_in_it_and_opens_no_proof(
    client, session, vault, boss, evaluator, handed
):
    item = one(handed[1], "named")
    proof = followup_log.Proof("a.pdf", b"%PDF-1.7")
    followup_log.reply(session, vault, actor_of(boss), DAY, item, "已向陈秀英女士说明", proof)
    session.commit()

    page = client.sign_in(evaluator).get(address(item))

    assert "陈秀英" not in page.html and "说明" in page.text and "附有证明" in page.text
    event = followup_log.entries_of(session, vault, item, with_names=False)[-1].event
    client.post(address(item, f"/proof/{event.id}"), status=403)


@pytest.mark.parametrize(
    "verb, form, state",
    [
        ("reply", {"reply-text": "已补上"}, "answered"),
        ("extend", {"extend-until": "2025-05-20", "extend-note": "要核实"}, "handed_over"),
        ("close", {"close-note": "不再需要"}, "closed"),
    ],
)
def test_the_steps_of_an_item(client, session, evaluator, handed, verb, form, state):
    item = one(handed[1], "named")

    client.sign_in(evaluator).post(address(item, f"/{verb}"), form)

    session.expire_all()
    assert item.state == state


def test_a_step_that_is_refused_shows_its_form_with_what_was_typed(client, evaluator, handed):
    item = one(handed[1], "named")

    page = client.sign_in(evaluator).post(
        address(item, "/extend"), {"extend-until": "2025-01-01", "extend-note": "要核实"}, status=422
    )

    assert "已经过去" in page.text and "要核实" in page.html


def test_the_season_lists_what_is_overdue_of_the_rounds_one_may_see(
    client, session, people, evaluator, handed, monkeypatch
):
    from survey.web import followup_season

    round_, items = handed
    monkeypatch.setattr(followup_season, "now", lambda: DAY + timedelta(days=40))
    named = one(items, "named")

    page = client.sign_in(evaluator).get(f"/seasons/{round_.season_id}/followup/")
    assert named.code in page.html and named.due_on < today_of(DAY + timedelta(days=40))

    elsewhere = people("evaluator", "外站评估")
    elsewhere.grants[:] = []
    session.commit()
    client.sign_in(elsewhere).get(f"/seasons/{round_.season_id}/followup/", status=403)


def test_the_days_of_a_kind_are_changed_for_the_season(client, session, boss, handed):
    season = handed[0].season
    client.sign_in(boss)
    from survey.fieldwork.followup import DAYS

    client.post(f"/seasons/{season.id}/followup/days", {**DAYS, "need": 30})

    session.expire_all()
    assert season.followup == {"need": 30}
    client.post(f"/seasons/{season.id}/followup/days", {**DAYS, "need": 0}, status=422)


# -- recommendations ----------------------------------------------------------------------------------------------


def test_a_recommendation_is_entered_closed_and_opened_again(client, evaluator, handed):
    base = f"/rounds/{handed[0].id}/recommendations/"
    client.sign_in(evaluator)
    client.post(base, {"text": "来不了先打电话说明", "owner": "station", "due_on": "2025-09-30"})
    page = client.get(base)
    (id_,) = set(re.findall(r"/recommendations/(\d+)/close", page.html))
    assert "来不了先打电话说明" in page.text and "还没有了结" in page.text

    client.post(f"{base}{id_}/close", {f"r{id_}-outcome": "done", f"r{id_}-finding": "抽查都守约"})
    assert "抽查都守约" in client.get(base).text
    client.post(f"{base}{id_}/reopen")

    assert "还没有了结" in client.get(base).text


def test_open_recommendations_of_the_round_before_are_offered_and_carried(client, session, evaluator, handed):
    from build_case import make_desk_round

    round_, _ = handed
    later = make_desk_round(session, now=DAY + timedelta(days=300), station=round_.station)
    session.commit()
    client.sign_in(evaluator)
    client.post(f"/rounds/{round_.id}/recommendations/", {"text": "来不了先打电话说明", "owner": "street"})

    client.post(f"/rounds/{later.id}/recommendations/carry")

    page = client.get(f"/rounds/{later.id}/recommendations/")
    assert "来不了先打电话说明" in page.text and "从上一轮带来" in page.text
    assert "上一轮" in client.get(f"/rounds/{later.id}/followup/").text


def test_a_person_recused_from_the_station_sees_nothing_of_its_items(client, session, boss, people, handed):
    round_, items = handed
    recused = people("evaluator")
    accounts.recuse(session, actor_of(boss), TEN, recused, round_.station, "曾在该站任职")
    recused.grants.append(Grant(role="station", round_id=round_.id, granted_at=TEN))
    session.commit()
    client.sign_in(recused)

    client.get(address(one(items, "named")), status=403)
    client.get(f"/followup/{one(items, 'named').id}", status=404)
