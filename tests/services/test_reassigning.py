from datetime import datetime, timedelta

import pytest
from build import actor_of
from build_case import TEN, make_desk_round, make_released_cases
from sqlalchemy import true

from survey.errors import Conflict
from survey.fieldwork.rules import SHANGHAI
from survey.models.call import Attempt, Reassignment
from survey.models.trail import AuditEntry
from survey.services import cases
from survey.services.accounts import recuse
from survey.services.calls import Outcome, record
from survey.services.queue import next_case, take
from survey.services.reassigning import burdens, reassign

LEASE = timedelta(minutes=15)
THREE = datetime(2025, 4, 10, 15, 0, tzinfo=SHANGHAI)
AT_THREE = THREE + timedelta(minutes=1)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh")


@pytest.fixture
def chen(people):
    return people("surveyor", "陈姨", languages="yue zh")


@pytest.fixture
def coordinator(people):
    return people("coordinator", "统筹小林")


@pytest.fixture
def round_(session):
    return make_desk_round(session)


def appoint(session, vault, user, case, *, now=TEN, at=THREE, uid="uid-00000001", mine=True):
    take(session, actor_of(user), now, case, LEASE)
    given = Outcome(uid, "D21", 1, appointment_at=at, mine=mine)
    return record(session, vault, actor_of(user), now, case, given)


def move(session, by, round_, absent, to=None, now=TEN + timedelta(hours=1)):
    return reassign(session, actor_of(by), now, [round_.id], absent, to)


def test_an_absent_surveyors_appointment_becomes_everybodys(session, vault, wang, chen, coordinator, round_):
    (case,) = make_released_cases(session, vault, round_=round_)
    appoint(session, vault, wang, case)
    assert next_case(session, chen, true(), AT_THREE, LEASE) is None

    moved = move(session, coordinator, round_, wang)

    assert (moved.appointments, moved.households) == (1, 0)
    assert case.state == "appointment" and case.appointment_user_id is None
    assert next_case(session, chen, true(), AT_THREE, LEASE) is case


def test_or_it_goes_to_one_named_colleague_and_to_nobody_else(
    session, vault, wang, chen, coordinator, round_, people
):
    (case,) = make_released_cases(session, vault, round_=round_)
    appoint(session, vault, wang, case)

    move(session, coordinator, round_, wang, chen)

    assert case.appointment_user_id == chen.id
    assert next_case(session, people("surveyor", "李梅"), true(), AT_THREE, LEASE) is None
    assert next_case(session, wang, true(), AT_THREE, LEASE) is None
    assert next_case(session, chen, true(), AT_THREE, LEASE) is case


def test_the_call_itself_stays_as_it_was_recorded_and_the_check_agrees(
    session, vault, wang, chen, coordinator, round_
):
    (case,) = make_released_cases(session, vault, round_=round_)
    appoint(session, vault, wang, case)
    move(session, coordinator, round_, wang, chen)

    assert session.query(Attempt).one().appointment_user_id == wang.id
    assert [
        found.column for found in cases.recheck(session, TEN) if found.column.startswith("appointment")
    ] == []


def test_what_is_passed_on_twice_ends_with_the_last(session, vault, wang, chen, coordinator, round_, people):
    (case,) = make_released_cases(session, vault, round_=round_)
    appoint(session, vault, wang, case)
    li = people("surveyor", "李梅")

    move(session, coordinator, round_, wang, chen, TEN + timedelta(hours=1))
    move(session, coordinator, round_, chen, li, TEN + timedelta(hours=2))

    assert case.appointment_user_id == li.id
    assert cases.state_of(session, case, TEN).appointment_by == li.id


def test_an_appointment_made_after_the_return_is_the_surveyors_own_again(
    session, vault, wang, coordinator, round_
):
    first, second = make_released_cases(session, vault, 2, round_=round_)
    appoint(session, vault, wang, first)
    move(session, coordinator, round_, wang, now=TEN + timedelta(minutes=30))

    appoint(session, vault, wang, second, now=TEN + timedelta(hours=1), uid="uid-00000002")

    assert first.appointment_user_id is None and second.appointment_user_id == wang.id


def test_a_household_in_hand_goes_back_to_the_queue(session, vault, wang, chen, coordinator, round_):
    (case,) = make_released_cases(session, vault, round_=round_)
    take(session, actor_of(wang), TEN, case, LEASE)

    moved = move(session, coordinator, round_, wang, now=TEN + timedelta(minutes=5))

    assert (moved.appointments, moved.households) == (0, 1)
    assert case.lease_user_id is None and session.query(Reassignment).count() == 0
    assert next_case(session, chen, true(), TEN + timedelta(minutes=6), LEASE) is case


def test_other_rounds_and_other_peoples_appointments_stay(session, vault, wang, chen, coordinator, round_):
    (mine,) = make_released_cases(session, vault, round_=round_)
    (elsewhere,) = make_released_cases(session, vault)
    (hers,) = make_released_cases(session, vault)
    appoint(session, vault, wang, mine)
    appoint(session, vault, wang, elsewhere, uid="uid-00000002")
    appoint(session, vault, chen, hers, uid="uid-00000003")

    move(session, coordinator, round_, wang)

    assert mine.appointment_user_id is None
    assert (elsewhere.appointment_user_id, hers.appointment_user_id) == (wang.id, chen.id)


def test_what_a_closed_round_left_open_stays_as_it_is(session, vault, wang, coordinator, round_):
    (case,) = make_released_cases(session, vault, round_=round_)
    appoint(session, vault, wang, case)
    round_.closed_at, round_.closed_by_id = TEN, coordinator.id
    session.flush()

    assert burdens(session, [round_.id], TEN, LEASE) == []
    recuse(session, actor_of(wang), TEN + timedelta(hours=1), wang, round_.station, "曾在该站任职")
    with pytest.raises(Conflict, match="没有保留的预约"):
        move(session, coordinator, round_, wang)
    assert case.appointment_user_id == wang.id and session.query(Reassignment).count() == 0


def test_it_is_trailed_with_whom_to_whom_and_how_many(session, vault, wang, chen, coordinator, round_):
    (case,) = make_released_cases(session, vault, round_=round_)
    appoint(session, vault, wang, case)

    move(session, coordinator, round_, wang, chen)

    entry = session.query(AuditEntry).filter_by(action="appointments.reassigned").one()
    assert (entry.user_id, entry.subject, entry.round_id) == (coordinator.id, f"user:{wang.id}", round_.id)
    assert entry.details == {"to_user": chen.id, "appointments": 1, "leases_ended": 0}


def test_with_nothing_to_move_or_nobody_else_it_is_refused(session, wang, coordinator, round_):
    with pytest.raises(Conflict, match="没有保留的预约"):
        move(session, coordinator, round_, wang)
    with pytest.raises(Conflict, match="另一位"):
        move(session, coordinator, round_, wang, wang)


def test_the_burdens_name_who_holds_what_and_whose_page_is_alive(
    session, vault, wang, chen, coordinator, round_
):
    first, second, third = make_released_cases(session, vault, 3, round_=round_)
    appoint(session, vault, wang, first)
    appoint(session, vault, wang, second, uid="uid-00000002")
    take(session, actor_of(chen), TEN, third, LEASE)

    at = {who.user.id: who for who in burdens(session, [round_.id], TEN + timedelta(minutes=1), LEASE)}
    later = burdens(session, [round_.id], TEN + timedelta(minutes=3), LEASE, chen.id)

    assert (at[wang.id].reserved, at[wang.id].households, at[wang.id].at_work) == (2, 0, False)
    assert (at[chen.id].reserved, at[chen.id].households, at[chen.id].at_work) == (0, 1, True)
    assert [(who.user.id, who.at_work) for who in later] == [(chen.id, False)]
