from datetime import timedelta

import pytest
from build import actor_of
from build_case import RELEASED, TEN, make_desk_round, make_released_cases

from survey.models.frame import Household
from survey.services.calls import Outcome, record
from survey.services.cases import recheck, refresh, state_of


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh")


def test_a_released_case_is_ready_at_once_and_due_in_a_calling_window(session, vault):
    case = make_released_cases(session, vault)[0]

    assert (case.state, case.due_at, case.attempts_made) == ("ready", RELEASED, 0)


def test_a_released_case_without_a_dialable_number_is_final_and_stays_in_the_denominator(session, vault):
    case = make_released_cases(session, vault, phones=["1380000*"])[0]

    assert (case.state, case.disposition, case.outcome) == ("final", "D39", "UO")


def test_a_household_that_asked_not_to_be_called_is_final_when_released_in_a_later_round(session, vault):
    case = make_released_cases(session, vault)[0]
    session.get(Household, case.household_id).do_not_call_since = RELEASED - timedelta(days=300)

    assert refresh(session, case, TEN).disposition == "D12"


def test_no_answer_makes_the_case_wait_and_notes_the_band(session, vault, wang):
    case = make_released_cases(session, vault)[0]

    record(session, vault, actor_of(wang), TEN, case, Outcome("uid-00000001", "D37", 1, seconds=30))

    assert (case.state, case.disposition, case.bands_tried) == ("waiting", "D37", "weekday-morning")
    assert case.due_at >= TEN + timedelta(hours=3)


def test_the_language_that_was_not_tried_in_vain_is_needed(session, vault, wang):
    case = make_released_cases(session, vault)[0]

    record(session, vault, actor_of(wang), TEN, case, Outcome("uid-00000001", "D27", 1, language="zh"))

    assert (case.state, case.language) == ("waiting", "yue")


def test_a_season_may_have_calling_rules_of_its_own(session, vault, wang):
    round_ = make_desk_round(session, calling_rules={"delays": {"D37": {"minutes": 10}}})
    case = make_released_cases(session, vault, round_=round_)[0]

    record(session, vault, actor_of(wang), TEN, case, Outcome("uid-00000001", "D37", 1))

    assert case.due_at == TEN + timedelta(minutes=10)


def test_the_check_finds_nothing_in_rows_written_by_refresh(session, vault, wang):
    cases = make_released_cases(session, vault, 3)
    record(session, vault, actor_of(wang), TEN, cases[0], Outcome("uid-00000001", "D37", 1))

    assert list(recheck(session, TEN + timedelta(days=1))) == []


def test_the_check_names_case_and_column_of_a_cache_that_lies(session, vault):
    case = make_released_cases(session, vault)[0]
    case.disposition = "D32"

    [found] = recheck(session, TEN)

    assert (found.household_id, found.column, found.stored, found.computed) == (
        case.household_id, "disposition", "D32", None,
    )  # fmt: skip


def test_the_state_can_be_asked_without_writing_it(session, vault):
    case = make_released_cases(session, vault)[0]
    case.state = "waiting"

    assert state_of(session, case, TEN).state == "ready" and case.state == "waiting"
