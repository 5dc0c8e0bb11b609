"""硬拒访: who wants no more calls is not called in any other round either, and the cases there end at that moment."""

from datetime import timedelta

import pytest
from build import actor_of
from build_case import TEN, make_desk_round, make_released_cases
from build_interview import hold_interview
from build_recheck import call, hold, make_cases, take

from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import cases, closing
from survey.services.board import queue_note
from survey.services.calls import Outcome, correct, record
from survey.services.trail import SYSTEM

LATER = TEN + timedelta(minutes=2)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh")


@pytest.fixture
def case(session, vault):
    return make_released_cases(session, vault)[0]


@pytest.fixture
def again(session, vault, case):
    return call_again(session, vault, case)


def call_again(session, vault, case):
    """The same household in a second round of its station."""
    station = session.get(Round, case.round_id).station
    return make_released_cases(
        session, vault, round_=make_desk_round(session, station=station), households=[case.household_id]
    )[0]


def say(session, vault, user, case, code, *, uid="uid-00000001", now=TEN, **more):
    said = record(session, vault, actor_of(user), now, case, Outcome(uid, code, 1, **more))
    session.commit()
    return said


def lies(session):
    return list(cases.recheck(session, LATER))


def followed(session):
    return session.query(AuditEntry).filter_by(action="case.followed-refusal").all()


def test_a_hard_refusal_ends_the_household_in_the_other_round_too_and_the_trail_says_so(
    session, vault, wang, case, again
):
    say(session, vault, wang, case, "D12")

    assert (again.state, again.disposition, again.outcome) == ("final", "D12", "R")
    assert [(one.round_id, one.details["outcome"]) for one in followed(session)] == [(again.round_id, "D12")]
    assert lies(session) == []


def test_the_queue_of_the_other_round_asks_nobody_to_try_again(session, vault, wang, case, again):
    say(session, vault, wang, case, "D12")

    assert "全部结束" in str(queue_note(session, session.get(Round, again.round_id), LATER))


def test_a_wrong_key_corrected_opens_the_other_round_again(session, vault, wang, case, again):
    wrong, _ = say(session, vault, wang, case, "D12")

    correct(session, vault, actor_of(wang), LATER, wrong, Outcome("uid-00000002", "D37", 1))

    assert (case.state, again.state, again.disposition) == ("waiting", "ready", None)
    assert len(followed(session)) == 2 and lies(session) == []


def test_an_interview_that_was_complete_in_the_other_round_stays_so(session, vault, wang, case, again):
    hold_interview(session, vault, wang, again)
    assert again.outcome == "I"

    say(session, vault, wang, case, "D12", now=TEN + timedelta(hours=1))

    assert again.outcome == "I" and followed(session) == [] and lies(session) == []


def test_a_case_that_had_ended_otherwise_keeps_its_code(session, vault, wang, case, again):
    say(session, vault, wang, again, "D25")
    say(session, vault, wang, case, "D12", uid="uid-00000002", now=LATER)

    assert again.disposition == "D25" and lies(session) == []


def test_a_case_that_a_closing_left_open_stays_as_it_was_until_the_round_is_opened_again(
    session, vault, wang, case, again
):
    other = session.get(Round, again.round_id)
    other.closed_at, again.left_open_reason = TEN, "访问期已满"
    session.commit()

    say(session, vault, wang, case, "D12", now=LATER)
    assert (again.state, again.disposition) == ("ready", None) and lies(session) == []

    closing.reopen(session, SYSTEM, LATER, other, "补访")
    assert (again.state, again.disposition) == ("final", "D12") and lies(session) == []


def test_who_asks_at_a_recheck_for_no_more_calls_is_not_called_in_the_other_round(
    session, vault, wang, people
):
    (case,) = make_cases(session, vault, 1)
    again = call_again(session, vault, case)
    hold(session, vault, wang, case)
    sun = people("verifier", "孙复核", languages="zh yue")

    call(session, vault, sun, take(session, vault, sun), result="no_more_calls")

    assert (case.outcome, again.disposition) == ("I", "D12") and lies(session) == []
