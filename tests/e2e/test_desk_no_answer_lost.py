"""What may go wrong on a surveyor's machine for long or in turn: clock, network, login, colleagues, order of arrival."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from conftest import PASSWORD
from desk_steps import (
    SHORT_FORM,
    all_saved,
    answer,
    answer_all,
    at,
    attempts,
    dial,
    end_login,
    expected,
    only_case,
    only_interview,
    open_desk,
    stored,
    wrap_up,
)

from survey.models.draw import Case
from survey.models.interview import AnswerEvent

SAVING = re.compile(r"/(answers|outcome)$")
WAITING = "Object.keys(localStorage).filter((key) => key.includes('.out.'))"
EVERYTHING = "JSON.stringify(localStorage)"
# what a browser says by itself; that a page also tries again without being told stands in test_desk_outage.py
NETWORK_IS_BACK = "dispatchEvent(new Event('online'))"


def cut_off(page):
    """Nothing that is answered reaches the server any more."""
    page.route(SAVING, lambda route: route.abort())


def reconnect(page):
    page.unroute(SAVING)
    page.evaluate(NETWORK_IS_BACK)


def saving(page):
    return page.text_content("#saving")


def log_out(page):
    page.click("form[action$='/logout'] button")


def latest(live):
    return {question: values[-1] for question, values in stored(live).items()}


# -- the network, for long ---------------------------------------------------------------------------------


def test_ten_minutes_without_the_network_cost_nothing(live, page):
    page.clock.install()
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:3])
    all_saved(page)
    page.context.set_offline(True)
    answer_all(page, SHORT_FORM[3:10])
    page.clock.fast_forward(300_000)
    answer_all(page, SHORT_FORM[10:])
    wrap_up(page)
    page.clock.fast_forward(300_000)
    page.wait_for_selector(f"#saving[data-state=offline][data-pending='{len(SHORT_FORM) - 3 + 1}']")
    assert f"{len(SHORT_FORM) - 2} 条待上传" in saving(page)
    page.context.set_offline(False)
    page.wait_for_selector("body[data-phase=idle]")

    assert stored(live) == expected(SHORT_FORM)
    assert [call.outcome for call in attempts(live)] == ["D01"] and only_case(live).disposition == "D01"
    assert page.evaluate(WAITING) == []


def test_the_page_always_says_how_long_ago_it_saved_or_how_much_waits(live, page):
    page.clock.install()
    open_desk(live, page)
    assert "没有待上传" in saving(page)
    dial(page)
    answer(page, "A1", "1")
    all_saved(page)
    page.clock.fast_forward(3_000)
    assert re.search(r"^[3-9] 秒前已保存", saving(page).strip())
    page.clock.fast_forward(120_000)
    assert "2 分钟前已保存" in saving(page)

    cut_off(page)
    answer_all(page, SHORT_FORM[1:4])
    page.wait_for_selector("#saving[data-pending='3'][data-state=offline]")
    assert "3 条待上传" in saving(page) and "已保存在本机" in saving(page)
    page.clock.fast_forward(60_000)
    assert "3 条待上传" in saving(page)


# -- the clock of the machine ------------------------------------------------------------------------------


def test_a_clock_that_is_years_off_and_jumps_during_the_call_changes_nothing(live, page):
    page.clock.install(time=datetime(2003, 5, 1, tzinfo=UTC))
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:6])
    page.clock.set_system_time(datetime(2041, 5, 1, tzinfo=UTC))
    answer_all(page, SHORT_FORM[6:9])
    all_saved(page)
    assert "秒前已保存" in saving(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-phase=wrapup]")
    page.keyboard.press("a")
    tomorrow = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=1)).date()
    assert page.input_value("#appointment-day") == tomorrow.isoformat()
    page.fill("#appointment-time", "10:30")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=idle]")

    [call] = attempts(live)
    assert stored(live) == expected(SHORT_FORM[:9])
    assert timedelta(0) <= call.recorded_at - call.started_at < timedelta(minutes=5)
    assert page.text_content("#clock") in {
        f"{datetime.now(ZoneInfo('Asia/Shanghai')) - timedelta(seconds=ago):%H:%M}"
        for ago in range(0, 90, 10)
    }


# -- what stays in the browser -----------------------------------------------------------------------------


def test_words_stay_in_the_browser_only_until_they_are_acknowledged(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:12])
    cut_off(page)
    answer(page, "H1b", "社工好有心")
    at(page, "I2")
    assert "社工好有心" in page.evaluate(EVERYTHING)

    reconnect(page)
    page.reload()
    at(page, "I2")
    all_saved(page)
    kept = page.evaluate(EVERYTHING)
    assert page.evaluate(WAITING) == [] and "社工" not in kept and "陈" not in kept and "138" not in kept
    assert stored(live) == expected(SHORT_FORM[:13])


def test_who_logs_out_while_answers_wait_is_warned_and_nobody_else_sees_sends_or_wipes_them(live, page):
    open_desk(live, page, n=2)
    mine = only_case(live).id
    other = live.person("surveyor", "陈姨", languages="zh")
    dial(page)
    answer_all(page, SHORT_FORM[:2])
    all_saved(page)
    cut_off(page)
    answer_all(page, SHORT_FORM[2:])
    wrap_up(page)
    page.wait_for_selector("body[data-phase=waiting]")
    log_out(page)
    waiting = len(SHORT_FORM) - 2 + 1  # the outcome too
    assert f"还有 {waiting} 条没有上传" in page.text_content("#leaving-why")
    page.keyboard.press("Escape")
    page.wait_for_selector("#leaving", state="hidden")
    log_out(page)
    page.click("#leave-anyway")
    page.wait_for_url("**/login**")
    reconnect(page)

    live.log_in(page, "陈姨")
    page.goto(f"{live.url}/desk/")
    dial(page)
    answer_all(page, SHORT_FORM[:2])
    all_saved(page)
    assert len(page.evaluate(WAITING)) == waiting and saving(page).strip().endswith("秒前已保存")
    wrap_up(page, "s")
    page.wait_for_selector("body[data-phase=idle]")
    log_out(page)
    page.wait_for_url("**/login**")

    live.log_in(page, "王芳")
    page.goto(f"{live.url}/desk/")
    all_saved(page)
    assert page.evaluate(WAITING) == []
    with live.session() as session:
        events = session.query(AnswerEvent).join(AnswerEvent.interview).filter_by(case_id=mine).all()
        assert len(events) == len(SHORT_FORM) and other.id not in {event.user_id for event in events}
        assert session.get(Case, mine).disposition == "D01"


def test_a_page_left_open_sends_nothing_in_the_name_of_who_logs_in_beside_it(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:2])
    all_saved(page)
    cut_off(page)
    answer_all(page, SHORT_FORM[2:5])
    other = live.person("surveyor", "陈姨", languages="zh")
    with live.session() as session:  # who could well save answers of this household
        session.query(Case).one().lease_user_id = other.id
    beside = page.context.new_page()
    page.context.clear_cookies()
    live.log_in(beside, "陈姨")
    reconnect(page)
    page.wait_for_selector("#saving[data-state=other-user]")
    assert "3 条待上传" in saving(page) and "另一个账号" in saving(page)
    assert stored(live) == expected(SHORT_FORM[:2])

    log_out(beside)
    beside.wait_for_url("**/login**")
    live.log_in(beside, "王芳")
    beside.close()
    page.bring_to_front()
    all_saved(page)
    assert stored(live) == expected(SHORT_FORM[:5])
    with live.session() as session:
        assert {event.user_id for event in session.query(AnswerEvent)} != {other.id}


# -- login and colleagues ----------------------------------------------------------------------------------


def test_after_an_expired_login_the_same_person_goes_on_at_the_same_question(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:5])
    all_saved(page)
    end_login(live)
    answer_all(page, SHORT_FORM[5:8])
    page.wait_for_selector("#saving[data-state=login]")
    at(page, "F4")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.wait_for_url("**/login**")
    page.fill("#username", "王芳")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")

    at(page, "F4")
    all_saved(page)
    assert stored(live) == expected(SHORT_FORM[:8])


def test_a_colleague_goes_on_with_the_answers_so_far_and_late_ones_do_not_overrule(live, open_window):
    first, second = open_window(), open_window()
    open_desk(live, first)
    dial(first)
    answer_all(first, SHORT_FORM[:3])
    all_saved(first)
    first.context.set_offline(True)
    answer_all(first, [("C1", "2"), ("D1", "1"), ("D7", "1"), ("F1", "1")])

    with live.session() as session:
        session.query(Case).one().lease_until -= timedelta(hours=1)
    live.sign_in(second, live.person("surveyor", "陈姨", languages="zh"))
    second.goto(f"{live.url}/desk/")
    second.wait_for_selector("body[data-phase=idle]")
    dial(second)
    at(second, "C1")
    assert second.is_visible("#resumed")
    answer_all(second, [("C1", "1"), ("D1", "1"), ("D7", "2")])
    all_saved(second)

    first.context.set_offline(False)
    all_saved(first)
    answer_all(second, SHORT_FORM[6:])
    wrap_up(second)
    second.wait_for_selector("body[data-phase=idle]")

    assert latest(live) == {question: keys or "" for question, keys in SHORT_FORM}
    values = stored(live)
    assert "2" in values["C1"] and "1" in values["D7"] and values["F1"] == ["1", "5"]
    assert (only_case(live).disposition, only_interview(live).status) == ("D01", "complete")


# -- arriving twice, arriving in the wrong order -----------------------------------------------------------

REPLAY = """async ({address, batches}) => {
  const headers = {
    'Content-Type': 'application/json', 'Accept': 'application/json', 'X-Replay': 'yes',
    'X-CSRFToken': document.querySelector('meta[name=csrf-token]').content,
  };
  const found = [];
  for (const body of batches) found.push((await fetch(address, {method: 'POST', headers, body})).status);
  return found;
}"""


def test_batches_that_arrive_twice_and_in_reverse_order_store_each_answer_once(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:2])
    all_saved(page)
    caught = []

    def catch(route):
        if "x-replay" in route.request.headers:
            route.continue_()
        else:
            caught.append(route.request.post_data)
            route.abort()

    page.route(re.compile(r"/answers$"), catch)
    answer_all(page, SHORT_FORM[2:5])
    page.keyboard.press("ArrowLeft")
    answer(page, "D1", "8")
    answer_all(page, SHORT_FORM[5:8])
    page.wait_for_selector("#saving[data-pending='7']")
    while len(set(caught)) < 3:
        page.evaluate(NETWORK_IS_BACK)
        page.wait_for_timeout(200)
    address = f"{live.url}/desk/cases/{only_case(live).id}/answers"
    late_first = sorted(set(caught), key=len, reverse=True)
    statuses = page.evaluate(REPLAY, {"address": address, "batches": [*late_first, *late_first]})
    page.unroute_all()
    page.evaluate(NETWORK_IS_BACK)
    all_saved(page)

    assert set(statuses) == {200}
    assert stored(live) == {**expected(SHORT_FORM[:8]), "D1": ["1", "8"]}
    assert only_interview(live).revision == 9
