"""The first minute of a call, and the calls that come in: one key for each thing people say."""

from datetime import datetime, timedelta

import pytest
from desk_steps import all_saved, answer, at, attempts, dial, only_case, only_interview, open_desk

from survey.fieldwork.rules import SHANGHAI
from survey.models.accounts import User
from survey.models.call import InboundCall, Line
from survey.models.season import Season

pytestmark = pytest.mark.appearance


def test_who_are_you_shows_what_to_say_and_where_to_check_and_leads_back_to_the_question(live, page):
    open_desk(live, page)
    dial(page)
    at(page, "A1")
    page.keyboard.press("w")
    page.wait_for_selector("#identity[open]")

    with live.session() as session:
        season = session.query(Season).one()
    says = page.text_content("#identity-says")
    assert season.evaluator in says and season.commissioner in says and "07" in says
    assert page.text_content("#identity-phone") == season.verification_phone
    page.keyboard.press("Escape")
    answer(page, "A1", "1")
    at(page, "A2")


def test_one_key_for_a_wrong_person_and_one_for_no_more_calls_then_enter(live, page):
    open_desk(live, page, n=2)
    for key in ("q", "x"):
        dial(page)
        at(page, "A1")
        page.keyboard.press(key)
        page.wait_for_selector("body[data-phase=wrapup] .outcome[aria-pressed=true]")
        page.keyboard.press("Enter")
        page.wait_for_selector("body[data-phase=idle]")

    assert [call.outcome for call in attempts(live)] == ["D31", "D12"]


def test_not_now_leads_to_an_appointment_whose_half_hours_show_how_full_they_are(live, page):
    open_desk(live, page)
    dial(page)
    at(page, "A1")
    page.keyboard.press("a")
    page.wait_for_selector(".half-hour")
    page.click(".half-hour:has(b:text-is('10:30'))")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=idle]")

    tomorrow = (datetime.now(SHANGHAI) + timedelta(days=1)).replace(
        hour=10, minute=30, second=0, microsecond=0
    )
    assert only_case(live).appointment_at == tomorrow
    assert "10:30" in page.text_content("#appointments")


def test_who_breaks_off_after_consent_can_be_told_the_number_by_which_answers_are_deleted(live, page):
    open_desk(live, page)
    dial(page)
    answer(page, "A1", "1")
    at(page, "A2")
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-phase=wrapup]")
    assert page.is_hidden("#interview-number")
    page.keyboard.press("Escape")

    answer(page, "A2", "1")
    at(page, "B1")
    all_saved(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#interview-number:not([hidden])")

    token = only_interview(live).token
    assert f"{token[:3]} {token[3:6]} {token[6:]}" in page.inner_text("#interview-number")


def test_a_letter_typed_into_words_stays_a_letter(live, page):
    open_desk(live, page)
    dial(page)
    page.evaluate("() => document.querySelector('#words-field').hidden = false")
    page.focus("#words")
    page.keyboard.type("WAQX")
    assert page.input_value("#words") == "WAQX" and page.locator("dialog[open]").count() == 0


def test_a_call_from_somebody_who_only_asks_is_one_key(live, page):
    open_desk(live, page)
    page.keyboard.press("i")
    page.wait_for_selector("#matches li:has-text('已记下')")
    page.keyboard.press("r")
    page.keyboard.type("13911112222")
    page.keyboard.press("Enter")
    page.wait_for_selector("#matches li:has-text('没有找到')")

    with live.session() as session:
        assert [call.kind for call in session.query(InboundCall).order_by(InboundCall.id)] == [
            "enquiry",
            "not_found",
        ]


def test_the_line_is_chosen_once_and_every_dial_is_recorded_with_it(live, page):
    with live.session() as session:
        session.add(Line(number="020-81110001", name="一号机", created_at=datetime.now(SHANGHAI)))
    open_desk(live, page)
    page.select_option("#line", label="一号机 020-81110001")
    page.wait_for_function("() => document.activeElement.id !== 'line'")
    dial(page)
    page.keyboard.press("q")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=idle]")

    with live.session() as session:
        assert (
            attempts(live)[0].line_id
            == session.query(Line).one().id
            == session.query(User).filter_by(username="王芳").one().line_id
        )


def test_the_lease_counts_down_on_the_page_and_says_when_it_is_over(live, page):
    page.clock.install()
    open_desk(live, page)
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=dial]")
    first = page.text_content("#lease")
    page.clock.run_for(5_000)
    assert first.startswith("保留 1") and page.text_content("#lease") < first
    page.route("**/heartbeat", lambda route: route.abort())
    page.clock.run_for(16 * 60_000)
    assert "到时" in page.text_content("#lease")


def test_a_time_that_is_none_is_named_and_kept_and_0930_is_half_past_nine(live, page):
    open_desk(live, page)
    dial(page)
    at(page, "A1")
    page.keyboard.press("a")
    page.fill("#appointment-time", "2570")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrapup-wrong:has-text('“2570”')")
    assert page.input_value("#appointment-time") == "2570" and attempts(live) == []

    page.fill("#appointment-time", "0930")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-phase=idle]")
    made = only_case(live).appointment_at.astimezone(SHANGHAI)
    assert (made.hour, made.minute) == (9, 30)
