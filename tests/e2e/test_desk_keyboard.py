"""The whole call by keyboard, in Cantonese, and what a page that was left or reloaded goes on with."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_steps import (
    BOUNCE,
    SHORT_FORM,
    all_saved,
    answer,
    answer_all,
    at,
    attempts,
    dial,
    enter,
    expected,
    only_case,
    only_interview,
    open_desk,
    stored,
    wrap_up,
)

from survey.models.draw import Case
from survey.models.trail import AuditEntry

pytestmark = pytest.mark.appearance


def test_a_whole_interview_in_cantonese_by_keyboard_alone(live, page):
    open_desk(live, page, languages="yue zh", language="yue")
    dial(page)
    at(page, "A1")
    assert "请问系唔系陈女士屋企呀" in page.text_content("#wording")
    assert page.get_attribute("#wording", "lang") == "yue-Hans"

    by_proxy = [(q, {"B1": "3", "H1": "3"}.get(q, keys)) for q, keys in SHORT_FORM if q != "H1b"]
    by_proxy[3:3] = [("B3", "1")]
    position = [q for q, _ in by_proxy].index("I2")
    by_proxy[position:position] = [("H1a", "上门少咗")]
    position = [q for q, _ in by_proxy].index("K1_J1")
    by_proxy[position:position] = [("K1_H1a", "2")]
    answer_all(page, by_proxy)
    wrap_up(page)
    page.wait_for_selector("body[data-phase=idle]")

    assert stored(live) == expected(by_proxy)
    interview, case, [call] = only_interview(live), only_case(live), attempts(live)
    assert (interview.language, interview.is_proxy, interview.status) == ("yue", True, "complete")
    assert (case.state, case.disposition, call.outcome, call.language) == ("final", "D02", "D02", "yue")
    page.wait_for_function(
        "!Object.keys(localStorage).some((key) => key.includes('.out.') || key.endsWith('.call'))"
    )


def test_f2_changes_the_wording_and_keeps_question_and_choice(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, [("A1", "1"), ("A2", "1")])
    at(page, "B1")
    page.keyboard.press("ArrowLeft")
    at(page, "A2")
    for tag, words in (("yue-Hans", "你愿唔愿意"), ("en", "Will you take part"), ("zh-CN", "您愿意参加吗")):
        page.keyboard.press("F2")
        assert page.get_attribute("#wording", "lang") == tag and words in page.text_content("#wording")
    assert page.get_attribute("#choices [data-code='1']", "aria-checked") == "true"


def test_an_appointment_is_made_by_keys_and_stands_on_the_desk(live, page):
    open_desk(live, page)
    dial(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-phase=wrapup]")
    page.keyboard.press("a")
    page.fill("#appointment-time", "10:30")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=idle]")

    assert "10:30" in page.text_content("#appointments")
    assert (only_case(live).state, attempts(live)[0].outcome) == ("appointment", "D21")


def test_a_refusal_of_consent_leads_to_its_outcome_and_one_key_confirms_it(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, [("A1", "1"), ("A2", "4")])
    page.wait_for_selector("body[data-phase=wrapup] .outcome[data-code=D12][aria-pressed=true]")
    enter(page)
    page.wait_for_selector("body[data-phase=idle]")

    assert (only_case(live).disposition, only_interview(live).status) == ("D12", "no_consent")


def test_an_outcome_that_the_answers_do_not_bear_is_refused_and_another_can_be_chosen(live, page):
    open_desk(live, page)
    dial(page)
    answer(page, "A1", "1")
    wrap_up(page, "0")
    page.wait_for_selector("#wrapup-wrong:not([hidden])")
    assert "不能算完成" in page.text_content("#wrapup-wrong") and attempts(live) == []

    page.keyboard.press("m")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=idle]")
    assert [call.outcome for call in attempts(live)] == ["D14"]


def test_a_reload_goes_on_with_the_same_household_question_and_words(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:12])
    at(page, "H1b")
    page.keyboard.type("社工好有心，记得")
    all_saved(page)
    page.reload()

    at(page, "H1b")
    assert page.input_value("#words") == "社工好有心，记得"
    assert page.text_content("#salutation") == "陈女士"
    page.keyboard.press("Enter")
    at(page, "I2")
    all_saved(page)
    page.reload()
    at(page, "I2")
    page.keyboard.press("ArrowLeft")
    at(page, "H1b")
    assert page.input_value("#words") == "" and "社工好有心" in page.text_content("#kept-words")
    page.keyboard.press("Enter")
    at(page, "I2")
    all_saved(page)
    assert stored(live) == expected([*SHORT_FORM[:12], ("H1b", "社工好有心，记得")])


def test_going_back_and_changing_an_answer_asks_what_then_applies(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:12])
    at(page, "H1b")
    page.keyboard.press("ArrowLeft")
    answer(page, "H1", "2")
    at(page, "H1a")


def test_a_digit_pressed_by_mistake_is_put_right_with_one_key_back(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, [("A1", "1"), ("A2", "1"), ("B1", "1"), ("C1", "2")])
    at(page, "D1")
    assert "C1" in page.text_content("#before-this")
    page.keyboard.press("ArrowLeft")
    answer(page, "C1", "1")
    at(page, "D1")
    all_saved(page)
    assert stored(live)["C1"] == ["2", "1"]


def test_the_last_answer_leads_to_the_outcome_and_one_key_leads_back_to_it(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM)
    page.wait_for_selector("body[data-phase=wrapup] .outcome[data-code=interview][aria-pressed=true]")
    page.keyboard.press("ArrowLeft")
    answer(page, "M3", "1")
    wrap_up(page)
    page.wait_for_selector("body[data-phase=idle]")
    assert stored(live)["M3"] == ["0", "1"] and only_case(live).disposition == "D01"


def test_a_digit_held_down_or_bouncing_and_an_enter_after_it_answer_one_question_only(live, page):
    open_desk(live, page)
    dial(page)
    at(page, "A1")
    page.keyboard.down("1")
    at(page, "A2")
    for _ in range(5):
        page.keyboard.down("1")
    page.keyboard.up("1")
    page.wait_for_timeout(BOUNCE)
    page.evaluate(
        """() => {
          const press = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
          for (const key of ['1', '1', 'Enter']) press(key);
        }"""
    )
    at(page, "B1")
    assert page.is_hidden("#wrong")
    all_saved(page)
    assert stored(live) == expected(SHORT_FORM[:2])


def test_a_wrong_outcome_is_corrected_on_the_desk(live, page):
    open_desk(live, page)
    dial(page)
    wrap_up(page, "2")
    page.wait_for_selector("body[data-phase=idle]")
    page.click("#recent button")
    page.wait_for_selector("body[data-phase=wrapup]")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=idle]")

    assert [call.outcome for call in attempts(live)] == ["D36", "D37"]
    assert only_case(live).disposition == "D37"


def test_somebody_rings_back_and_is_found_by_the_number(live, page):
    open_desk(live, page, n=3)
    page.fill("#caller-number", "13800000002")
    page.keyboard.press("Enter")

    at(page, "A1")
    assert page.text_content("#salutation") == "李姨" and "对方来电" in page.text_content("#tags")
    wrap_up(page, "c")
    page.wait_for_selector("body[data-phase=idle]")
    assert [(call.outcome, call.phone_slot) for call in attempts(live)] == [("D23", 0)]


def test_a_call_that_came_in_offers_no_outcome_of_an_unanswered_dial(live, page):
    open_desk(live, page)
    page.fill("#caller-number", "13800000000")
    page.keyboard.press("Enter")
    at(page, "A1")
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-phase=wrapup]")

    offered = page.eval_on_selector_all(
        "#wrapup .outcome", "all => all.filter((one) => one.offsetParent).map((one) => one.dataset.code)"
    )
    assert {"interview", "D21", "D12", "D31"} <= set(offered)
    assert not {"D37", "D34", "D32", "D24"} & set(offered)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    assert "请选一个通话结果" in page.text_content("#wrapup-wrong") and attempts(live) == []


def test_a_household_opened_by_mistake_is_handed_back_until_something_is_answered(live, page):
    open_desk(live, page, n=3)
    page.fill("#caller-number", "12")
    page.keyboard.press("Enter")
    assert "后四位" in page.text_content("#matches")

    page.fill("#caller-number", "13800000001")
    page.keyboard.press("Enter")
    at(page, "A1")
    page.click("#give-back")
    page.wait_for_selector("body[data-phase=idle]")

    page.fill("#caller-number", "13800000001")
    page.keyboard.press("Enter")
    answer(page, "A1", "1")
    at(page, "A2")
    assert page.is_hidden("#give-back")


def test_the_language_that_is_lit_is_the_one_that_is_spoken(live, page):
    open_desk(live, page, languages="zh yue", language="yue")
    dial(page)
    for language in ("yue", "en", "zh"):
        assert page.get_attribute("[data-language][aria-pressed=true]", "data-language") == language
        page.keyboard.press("F2")


def test_an_outcome_chosen_by_hand_is_not_said_to_follow_from_the_answers(live, page):
    open_desk(live, page)
    dial(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-phase=wrapup]")
    page.keyboard.press("a")
    page.fill("#appointment-day", "2020-01-01")
    page.fill("#appointment-time", "10:30")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrapup-wrong:not([hidden])")

    assert page.is_hidden("#suggested")


def test_after_a_reload_the_number_is_shown_again_beside_it_and_trailed_again(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:12])
    at(page, "H1b")
    all_saved(page)
    page.reload()
    at(page, "H1b")
    assert page.text_content(".number") == "138****0000"

    page.click(".show-again")
    page.wait_for_selector(".number.revealed")
    assert page.evaluate("document.activeElement.id") == "words"
    with live.session() as session:
        assert session.query(AuditEntry).filter_by(action="phone.revealed").count() == 2


def test_the_number_is_masked_again_after_a_while_and_shown_again_by_the_same_key(live, page):
    page.clock.install()
    open_desk(live, page)
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=dial]")
    assert page.text_content(".number") == "138****0000"
    page.keyboard.press("Space")
    at(page, "A1")
    assert page.text_content(".number") == "13800000000"

    page.clock.fast_forward(121_000)
    assert page.text_content(".number") == "138****0000"
    page.keyboard.press("Space")
    page.wait_for_selector(".number.revealed")
    with live.session() as session:
        assert session.query(AuditEntry).filter_by(action="phone.revealed").count() == 2


def test_all_keys_are_shown_on_request(live, page):
    open_desk(live, page)
    dial(page)
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    at(page, "A1")


def test_a_reload_after_the_lease_ran_out_takes_the_household_up_again(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:12])
    at(page, "H1b")
    page.keyboard.type("有心")
    all_saved(page)
    with live.session() as session:
        session.query(Case).one().lease_until -= timedelta(hours=1)
    page.reload()

    at(page, "H1b")
    assert page.input_value("#words") == "有心"


def test_a_call_without_an_outcome_waits_for_it_on_whatever_machine_its_surveyor_comes_back(live, page):
    open_desk(live, page, n=2)
    dial(page)
    answer(page, "A1", "1")
    all_saved(page)
    page.evaluate("localStorage.clear()")  # another machine
    with live.session() as session:
        case = session.query(Case).filter(Case.lease_user_id.is_not(None)).one()
        case.lease_until = datetime.now(UTC) - timedelta(minutes=1)
        called = case.id

    page.goto(f"{live.url}/desk/")
    page.wait_for_selector("body[data-phase=idle]")
    page.keyboard.press("Enter")
    at(page, "A1")
    assert "还没有记录结果" in page.inner_text("#notice")
    wrap_up(page, "1")

    page.wait_for_selector("body[data-phase=idle]")
    assert [(one.case_id, one.outcome, one.phone_slot) for one in attempts(live)] == [(called, "D37", 1)]
