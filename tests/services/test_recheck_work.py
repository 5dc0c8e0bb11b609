"""The verifier: who may check what, the call, the comparison, and that nothing is seen beforehand."""

from datetime import timedelta

import pytest
from build import NOON, actor_of
from build_case import TEN, make_desk_round, make_released_cases
from build_recheck import LATER, call, hold, make_cases, of_round, round_of, take
from build_results import SATISFIED
from sqlalchemy import true

from survey.errors import Conflict, Invalid, Missing
from survey.models.accounts import Recusal
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.frame import Contact, Household
from survey.models.recheck import Recheck
from survey.models.trail import AuditEntry
from survey.services import recheck_queue, recheck_work
from survey.web.access import scope

NIGHT = TEN + timedelta(hours=12)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳")


@pytest.fixture
def sun(people):
    return people("verifier", "孙复核", languages="zh yue")


@pytest.fixture
def cases(session, vault, wang):
    """Two interviews that count, both selected since they are a surveyor's first."""
    made = make_cases(session, vault, 2)
    for number, case in enumerate(made):
        hold(session, vault, wang, case, TEN + timedelta(minutes=10 * number))
    return made


# -- who may check what ----------------------------------------------------------------------------------------


def test_each_verifier_gets_another_household_and_keeps_it(session, vault, sun, people, cases):
    other = people("verifier")

    mine, theirs = take(session, vault, sun), take(session, vault, other)

    assert mine is not None and theirs is not None and mine.id != theirs.id
    assert take(session, vault, sun) is mine
    assert take(session, vault, people("verifier")) is None


def test_what_was_taken_and_not_called_is_free_again_after_half_an_hour(session, vault, sun, people, cases):
    taken = {take(session, vault, sun).id, take(session, vault, people("verifier")).id}
    later = LATER + recheck_queue.LEASE + timedelta(minutes=1)

    assert take(session, vault, people("verifier"), later).id in taken


def test_whoever_called_or_interviewed_the_household_never_checks_it(session, vault, wang, people, cases):
    wang.grants.append(type(wang.grants[0])(role="verifier", round_id=None, granted_at=NOON))
    session.commit()

    assert take(session, vault, wang) is None
    assert recheck_queue.waiting(session, wang, true(), LATER) == recheck_queue.Waiting(0, 0, 0)


def test_whoever_called_the_household_in_another_round_does_not_check_it_either(
    session, vault, wang, sun, cases
):
    station = round_of(session, cases[0]).station
    other = make_released_cases(session, vault, 1, round_=make_desk_round(session, station=station))[0]
    old = Case(
        round_id=other.round_id, design_id=other.design_id, household_id=cases[0].household_id,
        frame_row_id=cases[0].frame_row_id, stratum="*", rank=99, role="reserve", ticket="f" * 64,
    )  # fmt: skip
    session.add(old)
    session.flush()
    session.add(Attempt(uid="call-00001", case_id=old.id, user_id=sun.id, recorded_at=NOON, outcome="D37"))
    session.commit()

    assert take(session, vault, sun).interview.case_id == cases[1].id
    assert recheck_queue.waiting(session, sun, true(), LATER).now == 0


def test_a_recused_verifier_gets_nothing_of_the_station(session, vault, sun, cases):
    sun.recusals.append(
        Recusal(station_id=round_of(session, cases[0]).station_id, reason="亲属", declared_at=NOON)
    )
    session.commit()

    held = scope(sun, "recheck.work").condition()
    assert recheck_queue.take_next(session, vault, sun, held, LATER) is None


def test_a_cantonese_interview_waits_for_a_speaker(session, vault, wang, people):
    case = make_cases(session, vault, 1)[0]
    hold(session, vault, wang, case, language="yue")
    mandarin = people("verifier", languages="zh")

    assert take(session, vault, mandarin) is None
    assert recheck_queue.waiting(session, mandarin, true(), LATER) == recheck_queue.Waiting(0, 0, 1)
    assert take(session, vault, people("verifier", languages="zh yue")) is not None


def test_outside_the_calling_windows_nobody_is_taken_and_no_number_shown(session, vault, wang, sun):
    case = make_released_cases(session, vault, 1)[0]
    hold(session, vault, wang, case)

    assert take(session, vault, sun, NIGHT) is None
    assert recheck_queue.waiting(session, sun, true(), NIGHT) == recheck_queue.Waiting(0, 1, 0)
    taken = take(session, vault, sun)
    with pytest.raises(Conflict, match="时段"):
        recheck_work.reveal(session, vault, actor_of(sun), NIGHT, taken)


def test_a_household_that_wants_no_more_calls_is_ended_without_one(session, vault, sun, cases):
    session.get_one(Household, cases[0].household_id).do_not_call_since = LATER
    session.commit()

    assert take(session, vault, sun).interview.case_id == cases[1].id
    by_case = {row.interview.case_id: row for row in of_round(session, cases[0].round_id)}
    taken_first = by_case[cases[0].id]
    assert taken_first.outcome in (None, "declined") and taken_first.verifier_id is None
    recheck_queue.give_back(session, actor_of(sun), LATER, by_case[cases[1].id])
    by_case[cases[1].id].due_at = LATER + timedelta(days=1)
    session.flush()
    assert take(session, vault, sun) is None
    assert by_case[cases[0].id].outcome == "declined"


def test_a_number_that_is_gone_is_no_call(session, vault, sun, cases):
    taken = take(session, vault, sun)
    session.delete(session.get(Contact, session.get_one(Case, taken.interview.case_id).frame_row_id))
    session.flush()

    with pytest.raises(Missing, match="没有可拨打"):
        recheck_work.reveal(session, vault, actor_of(sun), LATER, taken)


# -- blind -----------------------------------------------------------------------------------------------------


def test_the_card_shows_whom_to_call_and_neither_reason_nor_answer(session, vault, sun, cases):
    taken = take(session, vault, sun)

    card = recheck_work.card_of(session, vault, sun, taken)

    assert (
        card.salutation in ("陈女士", "黄伯")
        and card.phones[0].masked == f"138****{card.phones[0].number[-4:]}"
    )
    assert card.day.isoformat() == "2025-04-10"
    assert set(vars(type(card))["__slots__"]) == {
        "salutation", "phones", "day", "language", "values", "backwards",
    }  # fmt: skip


def test_contact_one_item_and_the_overall_question_are_asked_again(session, vault, sun, cases):
    asked = recheck_work.asked_again(vault, take(session, vault, sun))

    assert [question.role for question in asked] == ["contact", "item", "overall"]


def test_earlier_answers_are_not_told_before_the_new_ones_are_saved(session, vault, sun, cases):
    taken = take(session, vault, sun)

    with pytest.raises(Conflict, match="先保存"):
        recheck_work.comparison_of(session, actor_of(sun), taken)


def test_saved_answers_stay(session, vault, sun, cases):
    taken = call(session, vault, sun, take(session, vault, sun), changes={"H1": "3"})

    with pytest.raises(Conflict, match="已经结束"):
        recheck_work.record(session, vault, actor_of(sun), LATER, taken, recheck_work.Report("no_answer"))


def test_the_trail_tells_neither_reasons_nor_answers(session, vault, sun, cases):
    taken = call(session, vault, sun, take(session, vault, sun), changes={"H1": "3"})
    recheck_work.judge(session, actor_of(sun), LATER, taken, {"H1": "wrong"})

    entries = session.query(AuditEntry).filter(AuditEntry.action.startswith("recheck."))
    assert [(entry.action, entry.details) for entry in entries.order_by(AuditEntry.id)] == [
        ("recheck.taken", {}),
        ("recheck.number-revealed", {}),
        ("recheck.called", {"result": "talked"}),
        ("recheck.judged", {}),
    ]


# -- the call --------------------------------------------------------------------------------------------------


def test_the_same_answers_verify_the_interview(session, vault, sun, cases):
    taken = call(session, vault, sun, take(session, vault, sun))

    assert (taken.outcome, taken.done_at) == ("verified", LATER)
    compared = recheck_work.comparison_of(session, actor_of(sun), taken)
    assert {one.agreement for one in compared} == {"same"}


@pytest.mark.parametrize(
    ("verdict", "outcome"), [("changed", "verified"), ("wrong", "error"), ("forgot", "verified")]
)
def test_a_difference_is_judged_by_the_verifier(session, vault, sun, cases, verdict, outcome):
    taken = call(session, vault, sun, take(session, vault, sun), changes={"H1": "3"})
    assert taken.outcome is None
    differing = [
        one for one in recheck_work.comparison_of(session, actor_of(sun), taken) if one.agreement == "differs"
    ]
    assert [(one.question.name, one.before.code, one.now.code) for one in differing] == [("H1", "5", "3")]

    with pytest.raises(Invalid, match="H1"):
        recheck_work.judge(session, actor_of(sun), LATER, taken, {})
    recheck_work.judge(session, actor_of(sun), LATER, taken, {"H1": verdict, "D1": "wrong"})

    assert (taken.outcome, taken.verdicts) == (outcome, {"H1": verdict})


def test_an_unfinished_comparison_comes_before_another_household(session, vault, sun, cases):
    taken = call(session, vault, sun, take(session, vault, sun), changes={"H1": "3"})

    assert take(session, vault, sun, LATER + timedelta(days=2)) is taken


def test_a_call_that_never_was_is_an_error_and_nothing_more_is_asked(session, vault, sun, cases):
    taken = call(session, vault, sun, take(session, vault, sun), took_place="no")

    assert (taken.outcome, taken.answers) == ("error", {})


def test_what_was_not_asked_then_cannot_be_compared(session, vault, wang, sun):
    case = make_cases(session, vault, 1)[0]
    hold(
        session,
        vault,
        wang,
        case,
        answers={"A1": "1", "A2": "1", "B1": "1", "C1": "3", "D1": "2", "J1": "没有"},
    )

    taken = call(session, vault, sun, take(session, vault, sun), changes={"D1": "2", "H1": "8"})

    compared = {
        one.question.role: one.agreement for one in recheck_work.comparison_of(session, actor_of(sun), taken)
    }
    assert compared == {"contact": "same", "item": "unknown", "overall": "unknown"}
    assert taken.outcome == "verified"


def test_nobody_is_recorded_who_was_not_called(session, vault, sun, cases):
    taken = take(session, vault, sun)

    with pytest.raises(Conflict, match="还没有显示过号码"):
        recheck_work.record(session, vault, actor_of(sun), LATER, taken, recheck_work.Report("talked", "no"))


def test_once_the_number_was_shown_the_household_is_not_given_back(session, vault, sun, cases):
    taken = take(session, vault, sun)
    recheck_queue.give_back(session, actor_of(sun), LATER, taken)
    assert taken.verifier_id is None

    again = take(session, vault, sun)
    recheck_work.reveal(session, vault, actor_of(sun), LATER, again)
    with pytest.raises(Conflict, match="先记录"):
        recheck_queue.give_back(session, actor_of(sun), LATER, again)


def test_missing_answers_are_named_and_nothing_is_kept(session, vault, sun, cases):
    taken = take(session, vault, sun)
    recheck_work.reveal(session, vault, actor_of(sun), LATER, taken)
    session.commit()

    for given in (
        recheck_work.Report("rang"),
        recheck_work.Report("talked", "", {}),
        recheck_work.Report("talked", "yes", {"D1": "1"}),
    ):
        with pytest.raises(Invalid):
            recheck_work.record(session, vault, actor_of(sun), LATER, taken, given)
        session.rollback()
        assert session.get_one(Recheck, taken.id).answered_at is None


def test_after_three_calls_in_vain_another_interview_is_drawn_in_its_place(session, vault, wang, sun):
    cases = make_cases(session, vault, 5)
    for number, case in enumerate(cases):
        hold(session, vault, wang, case, TEN + timedelta(minutes=10 * number))
    (drawn,) = [row for row in of_round(session, cases[0].round_id) if row.drawn_at]
    session.query(Recheck).filter(Recheck.id != drawn.id).delete()

    now = LATER
    for calls in (1, 2, 3):
        taken = call(session, vault, sun, take(session, vault, sun, now), now, result="no_answer")
        assert (taken.calls, taken.verifier_id is None) == (calls, calls < 3)
        assert calls == 3 or take(session, vault, sun, now) is None
        now += timedelta(days=1)

    assert taken.outcome == "not_reached"
    (other,) = [row for row in of_round(session, cases[0].round_id) if row.drawn_at and row.outcome is None]
    assert other.id != drawn.id


def test_who_asks_never_to_be_called_again_is_not(session, vault, sun, cases):
    taken = call(session, vault, sun, take(session, vault, sun), result="no_more_calls", note="语气很急")
    case = session.get_one(Case, taken.interview.case_id)

    assert taken.outcome == "declined"
    assert session.get_one(Household, case.household_id).do_not_call_since == LATER
    assert (case.state, case.disposition) == ("final", "D01")
    assert recheck_work.note_of(vault, taken) == "语气很急" and "语气" not in str(taken.note_sealed)
    assert SATISFIED["H1"] not in str(taken.answers)
