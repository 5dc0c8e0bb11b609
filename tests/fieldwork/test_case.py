"""Stories of calls, and the state a case is in after each."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldwork.stories import LONG_AFTER, RELEASED, RULES, at, facts, state
from survey.fieldwork.attempts import Attempt, coverage, effective
from survey.fieldwork.case import case_state
from survey.fieldwork.dispositions import door_choices, wrap_up_choices
from survey.fieldwork.facts import (
    BY_PROXY,
    HOME_VISIT,
    NO_INTERVIEWER,
    NO_PROXY,
    CaseFacts,
)
from survey.fieldwork.rules import CallingRules, in_window, local

WORKED_OUT = (
    "11-23 10:00 D37",
    "11-24 15:10 D37",
    "11-25 19:00 D37",
    "11-28 10:30 D37",
)


def test_a_case_not_released_is_held():
    found = case_state(CaseFacts(released_at=None), RULES, frozenset(), LONG_AFTER)
    assert (found.state, found.due_at, found.disposition) == ("held", None, None)


def test_a_released_case_waits_for_the_first_window_and_is_then_ready():
    assert state(now=at("11-23", "09:10")).state == "waiting"
    ready = state(now=at("11-23", "09:30"))
    assert (ready.state, ready.due_at, ready.next_phone_slot) == ("ready", at("11-23", "09:30"), 1)


def test_no_number_that_can_be_dialled_ends_as_unknown_outcome_and_stays_in_the_denominator():
    ended = state(dialable=(), phones=2)
    assert (ended.state, ended.disposition, ended.outcome) == ("final", "D39", "UO")
    assert "2 个号码" in str(ended.reason)


def test_without_a_number_a_round_with_home_visits_sends_somebody():
    found = state(dialable=(), flags=frozenset({HOME_VISIT}))
    assert (found.state, found.route, found.next_phone_slot) == ("ready", "visit", None)


def test_home_visits_end_when_they_are_used_up():
    visits = ("11-24 10:00 D37 mode=visit", "11-28 10:30 D37 mode=visit")
    assert not state(visits[0], dialable=(), flags=frozenset({HOME_VISIT})).is_final
    ended = state(*visits, dialable=(), flags=frozenset({HOME_VISIT}))
    assert (ended.disposition, ended.outcome) == ("D37", "UO")


VISITED = {"flags": frozenset({HOME_VISIT})}


def test_nobody_at_home_twice_is_a_non_contact_not_a_number_without_answer():
    visits = ("11-24 10:00 D29 mode=visit", "11-28 10:30 D29 mode=visit")
    ended = state(*visits, dialable=(), **VISITED)
    assert (ended.disposition, ended.outcome) == ("D29", "NC")
    assert "入户 2 次" in str(ended.reason)
    assert state(*WORKED_OUT, "11-29 15:30 D37", "12-01 10:00 D29 mode=visit", "12-02 10:00 D30 mode=visit", **VISITED).disposition == "D29"  # fmt: skip


def test_the_next_visit_is_on_another_day_inside_a_calling_window():
    found = state("11-24 20:20 D29 mode=visit", dialable=(), **VISITED)
    assert (found.route, found.due_at) == ("visit", at("11-25", "09:30"))


@pytest.mark.parametrize(
    "story",
    [
        (*WORKED_OUT, "11-29 15:30 D37"),
        ("11-23 10:00 D32", "11-24 10:00 D32"),
        ("11-23 10:00 D26", "11-24 10:00 D26"),
        ("11-23 10:00 D27 lang=zh", "11-24 10:00 D27 lang=yue"),
    ],
    ids=["effort used up", "numbers dead", "nobody to answer for the client", "no language in common"],
)
def test_beyond_the_telephone_somebody_goes_there_and_nobody_dials_any_more(story):
    assert state(*story).is_final
    found = state(*story, **VISITED)
    assert (found.route, found.next_phone_slot) == ("visit", None)
    afterwards = state(*story, "11-30 10:30 D29 mode=visit", **VISITED)
    assert (afterwards.route, afterwards.next_phone_slot) == ("visit", None)


def test_while_the_telephone_may_still_reach_them_nobody_goes_there():
    assert state("11-23 10:00 D37", **VISITED).route is None
    assert state("11-23 10:00 D26", **VISITED).route == "proxy"
    assert state("11-23 10:00 D32", dialable=(1, 2), **VISITED).next_phone_slot == 2


@pytest.mark.parametrize("code", ["D11", "D12", "D13", "D14"])
def test_who_refused_is_not_visited(code):
    by_phone = state(f"11-23 10:00 {code}", *WORKED_OUT[1:], "11-29 15:30 D37", **VISITED)
    assert (by_phone.state, by_phone.outcome) == ("final", "R")
    at_the_door = state(f"11-24 10:00 {code} mode=visit", dialable=(), **VISITED)
    assert (at_the_door.disposition, at_the_door.outcome) == (code, "R")


def test_a_family_that_refuses_at_the_door_is_not_called_afterwards():
    story = ("11-23 10:00 D26", "11-24 10:00 D26", "11-25 10:00 D13 mode=visit")
    assert state(*story, dialable=(1, 2), **VISITED).disposition == "D13"


def test_an_appointment_made_at_the_door_is_kept_there_and_gives_one_visit_more():
    made = ("11-24 10:00 D29 mode=visit", "11-25 10:00 D21 mode=visit app=11-26T15:30")
    found = state(*made, dialable=(), **VISITED)
    assert (found.state, found.due_at, found.route) == ("appointment", at("11-26", "15:30"), "visit")
    ended = state(*made, "11-26 15:30 D29 mode=visit", dialable=(), **VISITED)
    assert (ended.disposition, ended.outcome) == ("D23", "NC")


def test_who_rings_back_with_a_living_number_is_called_at_the_time_agreed():
    story = (*WORKED_OUT, "11-29 15:30 D37", "11-30 10:00 D21 mode=inbound app=12-01T10:00")
    found = state(*story, **VISITED)
    assert (found.state, found.route, found.next_phone_slot) == ("appointment", None, 1)


def test_an_interview_at_the_door_ends_the_case_as_any_other():
    ended = state("11-24 10:00 D01 mode=visit", dialable=(), interview="complete", **VISITED)
    assert (ended.disposition, ended.outcome) == ("D01", "I")


def test_a_partial_interview_by_telephone_is_enough():
    ended = state("11-23 10:00 D22", *WORKED_OUT[1:], "11-29 15:30 D37", interview="partial", **VISITED)
    assert (ended.disposition, ended.outcome) == ("D03", "P")


def test_a_round_whose_rules_allow_no_visit_makes_none():
    case = facts(dialable=(), **VISITED)
    found = case_state(case, CallingRules(visits=0), frozenset(), LONG_AFTER)
    assert (found.disposition, found.outcome) == ("D39", "UO")


def test_three_no_answers_in_one_evening_are_one_band_on_one_day():
    calls = facts("11-23 18:30 D36", "11-23 19:10 D36", "11-23 20:00 D37").attempts
    made = coverage(calls, RULES)
    assert (made.dials, made.days, made.bands) == (3, 1, {"weekday-evening"})
    assert made.weekend_missing
    assert not made.evening_missing


def test_no_answer_waits_three_hours_and_says_so():
    waiting = state("11-23 10:00 D37", now=at("11-23", "11:00"))
    assert (waiting.state, waiting.due_at) == ("waiting", at("11-23", "15:00"))
    assert str(waiting.reason) == "上次结果为“无人接听”，11-23 15:00 起可再联系"


def test_a_household_does_not_ring_more_than_three_times_a_day():
    found = state("11-24 09:30 D36", "11-24 10:10 D36", "11-24 10:50 D36")
    assert found.due_at is not None
    assert local(found.due_at).date() == date(2026, 11, 25)


def test_five_attempts_in_the_mornings_are_not_enough_and_the_next_is_due_in_the_evening():
    story = [f"11-{day} 10:00 D37" for day in (23, 24, 25, 26, 27)]
    found = state(*story)
    assert found.state == "ready"
    assert found.due_at == at("11-27", "18:30")


def test_after_an_evening_the_weekend_is_still_owed():
    story = [f"11-{day} 10:00 D37" for day in (23, 24, 25, 26)] + ["11-26 18:40 D37"]
    assert state(*story).due_at == at("11-28", "10:00")


def test_the_attempt_limit_with_all_bands_ends_the_case_as_no_answer():
    ended = state(*WORKED_OUT, "11-29 15:30 D37")
    assert (ended.state, ended.disposition, ended.outcome) == ("final", "D37", "UO")
    assert "5 次" in str(ended.reason)
    assert ended.attempts_made == 5


def test_an_exhausted_case_ends_with_its_most_informative_outcome_not_its_last():
    ended = state("11-23 10:00 D23", *WORKED_OUT[1:], "11-29 15:30 D34")
    assert (ended.disposition, ended.outcome) == ("D23", "NC")


def test_ten_dials_are_the_end_even_when_no_evening_was_ever_reached():
    days = [f"11-{day} 10:00 D37" for day in (23, 24, 25, 26, 27, 30)] + [
        f"12-{day:02} 10:00 D37" for day in (1, 2, 3)
    ]
    assert not state(*days).is_final
    assert state(*days, "12-04 10:00 D37").is_final


def test_every_listed_number_is_tried_twice_before_the_case_ends():
    once = state(*WORKED_OUT, "11-29 15:30 D37", dialable=(1, 2))
    assert not once.is_final
    assert once.next_phone_slot == 2
    assert state(
        *WORKED_OUT, "11-29 15:30 D37", "11-30 10:00 D37 slot=2", "12-01 10:00 D37 slot=2", dialable=(1, 2)
    ).is_final


def test_numbers_take_turns():
    assert state("11-23 10:00 D37", dialable=(1, 2)).next_phone_slot == 2
    assert state("11-23 10:00 D37", "11-23 15:00 D37 slot=2", dialable=(1, 2)).next_phone_slot == 1


def test_one_dead_number_prompt_is_no_proof():
    found = state("11-23 10:00 D32")
    assert (found.state, found.due_at, found.next_phone_slot) == ("ready", at("11-24", "09:30"), 1)


def test_two_dead_number_prompts_on_one_day_are_still_no_proof():
    assert not state("11-23 10:00 D32", "11-23 15:00 D32").is_final


def test_two_dead_number_prompts_on_two_days_end_a_case_with_one_number():
    ended = state("11-23 10:00 D32", "11-24 10:00 D32")
    assert (ended.disposition, ended.outcome) == ("D32", "UO")


def test_a_number_that_rings_in_between_is_not_dead():
    assert not state("11-23 10:00 D32", "11-24 10:00 D37", "11-25 10:00 D32").is_final


def test_another_number_is_tried_at_once_when_one_is_dead():
    found = state("11-23 10:00 D32", dialable=(1, 2))
    assert (found.due_at, found.next_phone_slot) == (at("11-23", "10:00"), 2)


def test_a_case_goes_on_with_its_living_number():
    story = ("11-23 10:00 D32", "11-23 10:02 D37 slot=2", "11-24 10:00 D31")
    found = state(*story, dialable=(1, 2))
    assert (found.state, found.next_phone_slot) == ("ready", 2)


def test_all_numbers_dead_end_with_the_most_telling_code():
    story = ("11-23 10:00 D32", "11-23 10:05 D31 slot=2", "11-24 10:00 D32", "11-24 10:05 D31 slot=2")
    assert state(*story, dialable=(1, 2)).disposition == "D31"


def test_dead_number_dials_do_not_count_as_effort():
    story = ("11-23 10:00 D32", "11-24 10:00 D32", "11-28 10:00 D37 slot=2", "11-25 19:00 D37 slot=2")
    assert not state(*story, "11-26 15:00 D37 slot=2", dialable=(1, 2)).is_final


def test_a_suspended_number_is_tried_once_more_after_three_days():
    assert state("11-23 10:00 D33").due_at == at("11-26", "09:30")
    assert state("11-23 10:00 D33", "11-26 10:00 D33").disposition == "D33"


def test_an_appointment_is_pending_and_due_at_its_time():
    found = state("11-23 10:00 D21 app=11-25T15:30 by=li", now=at("11-23", "10:05"))
    assert (found.state, found.due_at, found.appointment_by) == ("appointment", at("11-25", "15:30"), "li")
    assert found.outcome is None
    assert "11-25 15:30" in str(found.reason)


def test_an_appointment_in_the_noon_rest_moves_to_the_next_window():
    assert state("11-23 10:00 D21 app=11-25T12:30").due_at == at("11-25", "15:00")


def test_a_broken_appointment_is_retried():
    found = state("11-23 10:00 D21 app=11-25T15:30", "11-25 15:31 D37")
    assert (found.state, found.due_at) == ("ready", at("11-25", "18:31"))


def test_an_early_dial_without_answer_does_not_cancel_an_appointment():
    found = state("11-23 10:00 D21 app=11-25T15:30", "11-24 10:00 D37")
    assert (found.state, found.due_at) == ("appointment", at("11-25", "15:30"))


def test_an_appointment_made_at_the_last_attempt_gives_one_attempt_more():
    story = (*WORKED_OUT, "11-29 15:30 D21 app=11-30T15:30")
    assert state(*story).state == "appointment"
    ended = state(*story, "11-30 15:30 D37")
    assert (ended.disposition, ended.outcome) == ("D23", "NC")


def test_a_call_back_without_a_time_also_gives_one_attempt_more():
    story = (*WORKED_OUT, "11-29 15:30 D22")
    assert not state(*story).is_final
    assert state(*story, "11-30 15:30 D37").is_final


def test_a_soft_refusal_waits_three_days_for_a_senior_surveyor():
    found = state("11-23 10:00 D11", now=at("11-24", "10:00"))
    assert (found.state, found.route, found.due_at) == ("waiting", "senior", at("11-26", "09:30"))


def test_a_second_soft_refusal_is_final():
    ended = state("11-23 10:00 D11", "11-27 10:00 D11")
    assert (ended.disposition, ended.outcome) == ("D11", "R")


def test_a_soft_refusal_never_reached_again_stays_a_refusal():
    ended = state("11-23 10:00 D11", *WORKED_OUT[1:], "11-29 15:30 D37")
    assert (ended.disposition, ended.outcome) == ("D11", "R")


def test_a_hard_refusal_is_final_and_not_overwritten_by_later_no_answers():
    ended = state("11-23 10:00 D12", *WORKED_OUT[1:], "11-29 15:30 D37")
    assert (ended.disposition, ended.outcome, ended.do_not_call) == ("D12", "R", True)


def test_a_hard_refusal_pressed_by_mistake_can_be_corrected():
    found = state("11-23 10:00 D12", "11-23 10:04 D37 corrects=1")
    assert (found.state, found.due_at, found.do_not_call) == ("ready", at("11-23", "15:00"), False)


def test_a_correction_of_a_correction_replaces_it_and_keeps_the_time_of_the_call():
    story = ("11-23 10:00 D12", "11-23 10:04 D37 corrects=1", "11-23 10:09 D36 corrects=2")
    (only,) = effective(facts(*story).attempts)
    assert (only.outcome, only.at) == ("D36", at("11-23", "10:00"))


def test_a_relatives_refusal_lets_another_number_be_tried_once():
    story = ("11-23 10:00 D13",)
    found = state(*story, dialable=(1, 2))
    assert (found.state, found.next_phone_slot) == ("ready", 2)
    assert state(*story, "11-23 10:05 D37 slot=2", dialable=(1, 2)).disposition == "D13"
    assert state(*story).disposition == "D13"


def test_a_relatives_refusal_does_not_cancel_what_the_client_then_says_on_another_number():
    story = ("11-23 10:00 D13", "11-23 10:05 D21 slot=2 app=11-24T10:00")
    assert state(*story, dialable=(1, 2)).state == "appointment"


def test_being_hung_up_on_three_times_is_a_refusal():
    story = ("11-23 10:00 D15", "11-24 15:00 D15")
    assert not state(*story).is_final
    assert state(*story, "11-25 19:00 D15").outcome == "R"


def test_a_language_barrier_goes_to_a_speaker_and_ends_only_when_that_fails():
    routed = state("11-23 10:00 D27 lang=zh", language_needed="yue")
    assert (routed.state, routed.route) == ("ready", "language")
    ended = state("11-23 10:00 D27 lang=zh", "11-23 15:00 D27 lang=yue", language_needed="yue")
    assert (ended.disposition, ended.outcome) == ("D27", "O")
    assert state("11-23 10:00 D27", flags=frozenset({NO_INTERVIEWER})).disposition == "D27"


def test_a_client_who_cannot_answer_is_routed_to_a_proxy_first():
    assert state("11-23 10:00 D26").route == "proxy"
    assert state("11-23 10:00 D26", "11-24 10:00 D26").outcome == "O"
    assert state("11-23 10:00 D26", flags=frozenset({NO_PROXY})).disposition == "D26"


def test_a_home_visit_comes_before_giving_up_on_somebody_who_cannot_hear():
    found = state("11-23 10:00 D26", flags=frozenset({NO_PROXY, HOME_VISIT}))
    assert not found.is_final


def test_nobody_who_speaks_the_language_sends_a_round_with_visits_to_the_door_and_ends_another():
    story, nobody = ("11-23 10:00 D27 lang=zh",), frozenset({NO_INTERVIEWER})
    assert state(*story, language_needed="yue", flags=nobody).disposition == "D27"
    at_door = state(*story, language_needed="yue", flags=nobody | {HOME_VISIT})
    assert (at_door.is_final, at_door.route) == (False, "visit")


@pytest.mark.parametrize(
    "code, flag, since",
    [
        ("D27", NO_INTERVIEWER, "11-24 15:00 D37"),
        ("D26", NO_PROXY, "11-24 15:00 D24"),
        ("D27", NO_INTERVIEWER, "11-24 15:00 D21 app=11-30T15:00"),
    ],
)
def test_a_route_that_somebody_called_used_up_ends_the_case_whatever_the_calls_on_the_way_brought(
    code, flag, since
):
    assert state(f"11-23 10:00 {code}", since, flags=frozenset({flag})).disposition == code


def test_a_used_up_route_means_nothing_to_a_household_that_no_longer_waits_for_it():
    flags = frozenset({NO_INTERVIEWER, NO_PROXY})
    assert not state("11-23 10:00 D37", flags=flags).is_final
    assert not state("11-23 10:00 D27", "11-24 10:00 D23", flags=flags).is_final


def test_both_languages_tried_in_vain_leave_an_appointment_made_afterwards():
    story = ("11-23 10:00 D27 lang=zh", "11-24 10:00 D27 lang=yue")
    assert state(*story, "11-25 10:00 D37").disposition == "D27"
    assert state(*story, "11-25 10:00 D21 app=11-30T15:00").state == "appointment"


ELSEWHERE = {"refused_elsewhere_at": at("11-25", "12:00")}


@pytest.mark.parametrize(
    "story", [(), ("11-23 10:00 D37",), ("11-24 10:00 D21 app=11-30T15:00",), ("11-25 11:59 D11",)]
)
def test_a_hard_refusal_in_another_round_ends_what_is_open_in_this_one(story):
    ended = state(*story, **ELSEWHERE)
    assert (ended.state, ended.disposition, ended.outcome) == ("final", "D12", "R")


def test_a_hard_refusal_in_another_round_changes_nothing_that_had_ended():
    assert state("11-24 10:00 D01", interview="complete", **ELSEWHERE).disposition == "D01"
    assert state("11-24 10:00 D25", **ELSEWHERE).disposition == "D25"
    assert state(*WORKED_OUT[:2], dialable=(), **ELSEWHERE).disposition == "D37"


def test_an_interview_under_way_while_the_household_refused_elsewhere_still_counts():
    assert state("11-25 12:10 D01", interview="complete", **ELSEWHERE).disposition == "D01"
    partial = state("11-24 10:00 D21 app=11-30T15:00", interview="partial", **ELSEWHERE)
    assert partial.disposition == "D03"


def test_calls_made_after_the_refusal_elsewhere_do_not_turn_it_into_no_answer():
    after = ("11-25 12:05 D37", "11-26 19:00 D37", "11-27 10:00 D37", "11-28 10:30 D37")
    assert state("11-24 10:00 D37", *after, **ELSEWHERE).disposition == "D12"


def test_a_finished_questionnaire_ends_the_case_and_says_who_answered():
    assert state("11-23 10:00 D01", interview="complete").disposition == "D01"
    by_proxy = state("11-23 10:00 D01", interview="complete", flags=frozenset({BY_PROXY}))
    assert (by_proxy.disposition, by_proxy.outcome) == ("D02", "I")


def test_a_recorded_completion_without_a_complete_questionnaire_does_not_count():
    assert not state("11-23 10:00 D01", interview=None).is_final


def test_an_interview_broken_off_for_an_appointment_goes_on():
    found = state("11-23 10:00 D21 app=11-24T10:00", interview="partial")
    assert found.state == "appointment"


def test_a_partial_interview_never_resumed_counts_as_partial_and_not_as_no_answer():
    ended = state("11-23 10:00 D22", *WORKED_OUT[1:], "11-29 15:30 D37", interview="partial")
    assert (ended.disposition, ended.outcome) == ("D03", "P")


def test_a_break_off_never_resumed_is_a_break_off():
    ended = state("11-23 10:00 D22", *WORKED_OUT[1:], "11-29 15:30 D37", interview="break-off")
    assert (ended.disposition, ended.outcome) == ("D14", "R")


def test_breaking_off_is_final_unless_they_ask_to_go_on():
    assert state("11-23 10:00 D14", interview="break-off").disposition == "D14"
    back = state("11-23 10:00 D14", "11-24 10:00 D21 mode=inbound app=11-25T10:00", interview="break-off")
    assert back.state == "appointment"


@pytest.mark.parametrize(("code", "outcome"), [("D25", "O"), ("D28", "O"), ("D41", "NE")])
def test_what_settles_a_case_in_one_call_is_final(code, outcome):
    ended = state(f"11-23 10:00 {code}")
    assert (ended.disposition, ended.outcome) == (code, outcome)


def test_a_voided_interview_is_final_without_a_class():
    ended = state("11-23 10:00 D01", interview="complete", closed_as="D61")
    assert (ended.state, ended.disposition, ended.outcome) == ("final", "D61", None)


def test_an_open_call_is_in_progress_until_no_call_lasts_that_long():
    story = ("11-23 10:00 open",)
    assert state(*story, now=at("11-23", "10:20")).state == "in_progress"
    forgotten = state(*story, now=at("11-23", "15:00"))
    assert (forgotten.state, forgotten.due_at) == ("ready", at("11-23", "15:00"))
    assert "没有记录结果" in str(forgotten.reason)


def test_a_holiday_moves_what_is_due():
    found = state("11-23 19:00 D37", holidays=frozenset({date(2026, 11, 24)}))
    assert found.due_at == at("11-25", "09:30")


CODES = sorted(row.code for row in wrap_up_choices())
DOOR_CODES = sorted(row.code for row, _ in door_choices())


@st.composite
def histories(draw: st.DrawFn) -> tuple[Attempt, ...]:
    gaps = draw(st.lists(st.integers(1, 60 * 30), max_size=12))
    calls, moment = [], RELEASED
    for number, minutes in enumerate(gaps):
        moment += timedelta(minutes=minutes)
        mode = draw(st.sampled_from(["phone", "phone", "phone", "visit", "inbound"]))
        outcome = draw(st.sampled_from(DOOR_CODES if mode == "visit" else CODES))
        ahead = timedelta(minutes=draw(st.integers(1, 60 * 72))) if outcome == "D21" else None
        calls.append(
            Attempt(
                id=number,
                at=moment,
                outcome=outcome,
                phone_slot=draw(st.integers(1, 2)) if mode == "phone" else None,
                mode=mode,
                language=draw(st.sampled_from(["zh", "yue"])),
                appointment_at=moment + ahead if ahead else None,
            )
        )
    return tuple(calls)


OPEN_FACTS = st.builds(
    CaseFacts,
    released_at=st.just(RELEASED),
    attempts=histories(),
    phones=st.just(2),
    dialable=st.sampled_from([(), (1,), (2,), (1, 2)]),
    interview=st.sampled_from([None, "partial", "break-off", "no_consent", "complete"]),
    language_needed=st.sampled_from([None, "yue"]),
    flags=st.frozensets(st.sampled_from([BY_PROXY, HOME_VISIT, NO_PROXY, NO_INTERVIEWER])),
)
HOLIDAYS = st.frozensets(st.dates(date(2026, 11, 23), date(2026, 12, 31)), max_size=10)


@settings(max_examples=150, deadline=None)
@given(OPEN_FACTS, HOLIDAYS)
def test_whatever_happened_an_open_case_is_due_inside_a_window_and_a_final_one_has_a_class(case, holidays):
    found = case_state(case, RULES, holidays, LONG_AFTER)
    if found.is_final:
        assert found.due_at is None
        assert found.outcome is not None
    else:
        assert found.due_at is not None
        assert in_window(found.due_at, RULES, holidays)
        assert found.next_phone_slot in case.dialable or found.route == "visit"
        assert (found.route == "visit") == (found.next_phone_slot is None)
        assert found.route != "visit" or HOME_VISIT in case.flags


@settings(max_examples=100, deadline=None)
@given(histories(), histories())
def test_a_hard_refusal_stays_final_whatever_follows(before, after):
    refusal = Attempt(id="refusal", at=RELEASED + timedelta(days=20), outcome="D12", phone_slot=1)
    later = tuple(
        Attempt(f"later-{call.id}", call.at + timedelta(days=30), call.outcome, call.phone_slot)
        for call in after
    )
    case = CaseFacts(RELEASED, (*before, refusal, *later), phones=2, dialable=(1, 2))
    found = case_state(case, RULES, frozenset(), LONG_AFTER)
    assert (found.disposition, found.outcome, found.do_not_call) == ("D12", "R", True)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_a_household_dialled_whenever_it_is_due_and_never_answering_ends_by_the_rules(seed):
    calls: list[Attempt] = []
    while True:
        found = case_state(CaseFacts(RELEASED, tuple(calls), 2, (1, 2)), RULES, frozenset(), LONG_AFTER)
        if found.is_final:
            break
        assert found.due_at is not None
        outcome = ["D37", "D36", "D34", "D24"][(seed >> len(calls)) % 4]
        calls.append(Attempt(len(calls), found.due_at, outcome, found.next_phone_slot))
    assert coverage(calls, RULES).complete(RULES)
    assert RULES.min_attempts <= len(calls) <= RULES.most_attempts


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(DOOR_CODES), min_size=40, max_size=40), st.integers(0, 3))
def test_a_household_visited_whenever_it_is_due_is_visited_no_more_often_than_the_rules_allow(codes, most):
    rules, calls, asked_back = CallingRules(visits=most), [], 0
    for number, code in enumerate(codes):
        case = CaseFacts(RELEASED, tuple(calls), 1, (), flags=frozenset({HOME_VISIT}))
        found = case_state(case, rules, frozenset(), LONG_AFTER)
        if found.is_final:
            break
        assert found.route == "visit" and found.due_at is not None
        asked_back += bool(calls) and calls[-1].result.appointment
        later = found.due_at + timedelta(days=3) if code == "D21" else None
        calls.append(Attempt(number, found.due_at, code, None, appointment_at=later, mode="visit"))
    assert len(calls) <= most + asked_back


def test_the_order_in_which_records_arrive_does_not_matter():
    story = facts("11-23 10:00 D12", "11-23 10:04 D11 corrects=1", "11-24 10:00 D37")
    shuffled = CaseFacts(RELEASED, tuple(reversed(story.attempts)), 1, (1,))
    assert case_state(shuffled, RULES, frozenset(), LONG_AFTER) == case_state(
        story, RULES, frozenset(), LONG_AFTER
    )
