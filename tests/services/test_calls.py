from datetime import datetime, timedelta

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from sqlalchemy import true

from survey.errors import Conflict, Invalid, Missing, Refused
from survey.fieldwork.rules import SHANGHAI
from survey.models.call import Attempt, Line
from survey.models.frame import Household
from survey.models.trail import AuditEntry
from survey.services import trail
from survey.services.calls import Outcome, correct, dialable, note_of, record, reveal
from survey.services.queue import next_case

LEASE = timedelta(minutes=15)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh")


@pytest.fixture
def case(session, vault, wang):
    make_released_cases(session, vault, phones=["13800000017", "0208*", "02087654321"])
    return next_case(session, wang, true(), TEN, LEASE)


def wrap_up(session, vault, user, case, code, *, uid="uid-00000001", now=TEN, slot=1, **more):
    return record(session, vault, actor_of(user), now, case, Outcome(uid, code, slot, **more))


def test_numbers_count_among_those_that_can_be_dialled(session, vault, case):
    assert [(phone.slot, phone.masked) for phone in dialable(vault, session, case)] == [
        (1, "138****0017"),
        (2, "020****4321"),
    ]


def test_showing_a_number_is_in_the_trail_without_the_number(session, vault, wang, case):
    shown = reveal(session, vault, actor_of(wang), TEN, case, 2)

    entry = session.query(AuditEntry).filter_by(action="phone.revealed").one()
    assert shown.number == "02087654321"
    assert entry.user_id == wang.id and entry.details == {"slot": 2}
    assert entry.subject == f"case:{case.household_id}"


def test_a_number_is_shown_only_to_whoever_holds_the_household(session, vault, people, case):
    other = people("surveyor")

    with pytest.raises(Conflict):
        reveal(session, vault, actor_of(other), TEN, case, 1)
    assert session.query(AuditEntry).filter_by(action="phone.revealed").count() == 0


def test_a_number_that_does_not_exist_is_named(session, vault, wang, case):
    with pytest.raises(Missing, match="3"):
        reveal(session, vault, actor_of(wang), TEN, case, 3)


def test_a_call_is_recorded_once_however_often_it_is_sent(session, vault, wang, case):
    first, _ = wrap_up(session, vault, wang, case, "D37", seconds=40)
    again, _ = wrap_up(session, vault, wang, case, "D37", now=TEN + timedelta(minutes=3))

    assert again is first and session.query(Attempt).count() == 1
    assert first.started_at == TEN - timedelta(seconds=40)
    assert case.lease_until is None


def test_a_call_counts_even_when_the_household_went_to_somebody_else(session, vault, wang, people, case):
    late = TEN + timedelta(minutes=20)
    other = people("surveyor")
    next_case(session, other, true(), late, LEASE)

    wrap_up(session, vault, wang, case, "D37", now=late)

    assert session.query(Attempt).one().user_id == wang.id
    assert case.lease_user_id == other.id


def test_the_note_is_sealed(session, vault, wang, case):
    attempt, _ = wrap_up(session, vault, wang, case, "D23", note="女儿下午在家")

    assert "女儿".encode() not in attempt.note_sealed
    assert note_of(vault, attempt) == "女儿下午在家"


def test_an_appointment_needs_a_time_inside_a_calling_window(session, vault, wang, case):
    for at, words in (
        (None, "请填写预约"),
        (TEN - timedelta(hours=1), "已过"),
        (TEN + timedelta(hours=3), "不在拨打时段"),
    ):
        with pytest.raises(Invalid, match=words):
            wrap_up(session, vault, wang, case, "D21", appointment_at=at)
    assert session.query(Attempt).count() == 0

    at = datetime(2025, 4, 10, 15, 30, tzinfo=SHANGHAI)
    wrap_up(session, vault, wang, case, "D21", appointment_at=at, mine=True)
    assert (case.state, case.appointment_at, case.appointment_user_id) == ("appointment", at, wang.id)


def test_a_shared_appointment_belongs_to_nobody(session, vault, wang, case):
    at = datetime(2025, 4, 10, 15, 30, tzinfo=SHANGHAI)
    wrap_up(session, vault, wang, case, "D21", appointment_at=at)

    assert case.state == "appointment" and case.appointment_user_id is None


@pytest.mark.parametrize("code", ["D99", "D39", "D01", ""])
def test_only_outcomes_of_calls_are_accepted(session, vault, wang, case, code):
    with pytest.raises(Invalid):
        wrap_up(session, vault, wang, case, code)
    assert session.query(Attempt).count() == 0


def test_without_an_interview_there_is_nothing_to_complete(session, vault, wang, case):
    with pytest.raises(Invalid, match="不能算完成"):
        wrap_up(session, vault, wang, case, "interview")


def test_a_hard_refusal_is_final_and_holds_for_the_household(session, vault, wang, case):
    wrap_up(session, vault, wang, case, "D12")

    assert (case.state, case.disposition, case.outcome) == ("final", "D12", "R")
    assert session.get(Household, case.household_id).do_not_call_since == TEN


def test_a_wrong_key_is_corrected_by_a_second_row_and_the_wish_not_to_be_called_goes_with_it(
    session, vault, wang, case
):
    wrong, _ = wrap_up(session, vault, wang, case, "D12")

    right, state = correct(
        session, vault, actor_of(wang), TEN + timedelta(minutes=2), wrong, Outcome("uid-00000002", "D37", 0)
    )

    assert (wrong.outcome, right.outcome, right.corrects_id, right.phone_slot) == ("D12", "D37", wrong.id, 1)
    assert state.disposition == "D37" and case.state == "waiting"
    assert session.get(Household, case.household_id).do_not_call_since is None


def test_a_correction_is_possible_for_fifteen_minutes_by_the_same_surveyor(
    session, vault, wang, people, case
):
    wrong, _ = wrap_up(session, vault, wang, case, "D37")
    fix = Outcome("uid-00000002", "D36", 1)

    with pytest.raises(Conflict, match="15 分钟"):
        correct(session, vault, actor_of(wang), TEN + timedelta(minutes=16), wrong, fix)
    with pytest.raises(Refused):
        correct(session, vault, actor_of(people("surveyor")), TEN + timedelta(minutes=1), wrong, fix)


def test_only_the_last_call_of_a_household_is_corrected(session, vault, wang, case):
    first, _ = wrap_up(session, vault, wang, case, "D32")
    wrap_up(session, vault, wang, case, "D37", uid="uid-00000002", slot=2, now=TEN + timedelta(minutes=1))

    with pytest.raises(Conflict, match="最后一条"):
        correct(
            session, vault, actor_of(wang), TEN + timedelta(minutes=2), first,
            Outcome("uid-00000003", "D36", 1),
        )  # fmt: skip


@pytest.mark.parametrize("code", ["D37", "D36", "D34", "D35", "D24", "D32", "D33", "D38"])
def test_a_household_that_rang_cannot_have_been_out_of_reach(session, vault, wang, case, code):
    with pytest.raises(Invalid) as wrong:
        wrap_up(session, vault, wang, case, code, slot=0)

    assert wrong.value.code == "not-when-they-rang" and session.query(Attempt).count() == 0


@pytest.mark.parametrize("code", ["D22", "D23", "D11", "D12", "D15", "D27", "D31"])
def test_a_household_that_rang_may_say_anything(session, vault, wang, case, code):
    attempt, _ = wrap_up(session, vault, wang, case, code, slot=0)

    assert (attempt.outcome, attempt.phone_slot) == (code, 0)


def test_a_visit_dials_no_number_and_no_line_whatever_the_page_says(session, vault, wang):
    (case,) = make_released_cases(session, vault)
    line = Line(number="020-81110001", created_at=TEN)
    session.add(line)
    session.flush()
    wang.line_id = line.id
    trail.record(
        session,
        actor_of(wang),
        "visit.taken",
        TEN,
        subject=f"case:{case.household_id}",
        round_id=case.round_id,
    )

    attempt, _ = record(
        session, vault, actor_of(wang), TEN, case, Outcome("uid-visit-001", "D29", 1, visit=True)
    )

    assert (attempt.mode, attempt.phone_slot, attempt.line_id) == ("visit", 0, None)
