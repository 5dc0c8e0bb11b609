"""What those see who answer for a round: counts with an exact interval, voids decided by two, objections."""

from datetime import timedelta

import pytest
from build import actor_of
from build_case import TEN
from build_recheck import LATER, call, hold, hold_all, make_cases, of_round, round_of, take
from build_results import SATISFIED
from sqlalchemy import true

from survey.errors import Conflict, Invalid, Refused
from survey.models.draw import Case
from survey.models.recheck import Objection, Recheck
from survey.models.trail import AuditEntry
from survey.services import objections, recheck_queue, recheck_signs, rechecks, retention_kinds
from survey.services.consistency import stale_caches
from survey.services.outcomes import outcome_table
from survey.services.releases import releases_of
from survey.stats.hypergeometric import hypergeometric

REASON = "对方说没有接过电话，各题都对不上"


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳")


@pytest.fixture
def sun(people):
    return people("verifier", "孙复核")


@pytest.fixture
def boss(people):
    return actor_of(people("supervisor", "李督导"))


@pytest.fixture
def cases(session, vault, wang):
    made = make_cases(session, vault, 12)
    hold_all(session, vault, wang, made[:11])
    return made


@pytest.fixture
def round_(session, cases):
    return round_of(session, cases[0])


@pytest.fixture
def wrong(session, vault, sun, cases):
    """A check that found an interview that never took place."""
    return call(session, vault, sun, take(session, vault, sun), took_place="no")


# -- counts ----------------------------------------------------------------------------------------------------


def test_before_the_first_interview_everything_is_nothing(session, vault):
    found = rechecks.summary(session, round_of(session, make_cases(session, vault, 1)[0]))

    assert (found.population, found.wanted, found.checked, found.error_rate, found.interval) == (
        0,
        0,
        0,
        None,
        None,
    )
    assert found.enough


def test_the_error_rate_is_of_those_drawn_at_random_among_all_that_count(session, vault, sun, cases, round_):
    while taken := take(session, vault, sun):
        call(session, vault, sun, taken, took_place="no" if taken.drawn_at else "yes")

    found = rechecks.summary(session, round_)

    assert (found.population, found.wanted, found.drawn, found.checked, found.errors) == (11, 2, 2, 2, 2)
    assert (found.waiting, found.found, found.found_errors) == (0, found.selected, 2)
    assert found.error_rate == 1.0 and found.enough
    assert found.interval == hypergeometric(2, 2, 11)


def test_the_interviews_themselves_are_not_read_for_the_counts(session, cases, round_):
    from sqlalchemy import event

    statements = []
    engine = session.get_bind()

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    rechecks.summary(session, round_)
    event.remove(engine, "before_cursor_execute", note)

    assert statements and not any("FROM interview" in each or "answer_event" in each for each in statements)


# -- voiding ---------------------------------------------------------------------------------------------------


def test_two_people_void_an_interview_and_its_answers_count_no_more(session, vault, sun, boss, wrong, round_):
    rechecks.propose_void(session, actor_of(sun), LATER, wrong, REASON)
    rechecks.decide(session, boss, LATER, wrong, "void", "同意，录音可证")

    case = session.get_one(Case, wrong.interview.case_id)
    assert (case.state, case.disposition, case.outcome) == ("final", "D61", None)
    assert wrong.interview.counted_at is None
    assert outcome_table(session, round_, releases_of(session, round_)).void == 1
    found = rechecks.summary(session, round_)
    assert (found.population, found.voided) == (11, 1)
    assert list(stale_caches(session, LATER)) == []


def test_a_void_can_be_taken_back_until_the_round_is_closed(session, sun, boss, wrong, round_):
    rechecks.propose_void(session, actor_of(sun), LATER, wrong, REASON)
    rechecks.decide(session, boss, LATER, wrong, "void", "同意")
    rechecks.decide(session, boss, LATER, wrong, "keep", "查明是家人接的")

    case = session.get_one(Case, wrong.interview.case_id)
    assert (case.disposition, wrong.interview.counted_at) == ("D01", LATER)
    entries = session.query(AuditEntry).filter_by(action="recheck.void-decided").order_by(AuditEntry.id).all()
    assert [(entry.details["decision"], entry.chain_number is not None) for entry in entries] == [
        ("void", True),
        ("keep", True),
    ]

    round_.closed_at = LATER
    session.flush()
    for verb in (
        lambda: rechecks.decide(session, boss, LATER, wrong, "void", "再看"),
        lambda: rechecks.propose_void(session, actor_of(sun), LATER, wrong, REASON),
    ):
        with pytest.raises(Conflict, match="数据已冻结"):
            verb()


def test_nobody_decides_on_an_own_proposal(session, sun, wrong):
    rechecks.propose_void(session, actor_of(sun), LATER, wrong, REASON)

    with pytest.raises(Refused, match="两个人"):
        rechecks.decide(session, actor_of(sun), LATER, wrong, "void", "同意")


def test_a_proposal_needs_an_error_a_reason_and_the_verifier_who_found_it(
    session, vault, sun, boss, cases, wrong
):
    fine = call(session, vault, sun, take(session, vault, sun))

    with pytest.raises(Conflict, match="没有查出差错"):
        rechecks.propose_void(session, actor_of(sun), LATER, fine, REASON)
    with pytest.raises(Invalid, match="理由"):
        rechecks.propose_void(session, actor_of(sun), LATER, wrong, "  ")
    with pytest.raises(Conflict, match="不在您手上"):
        rechecks.propose_void(session, boss, LATER, wrong, REASON)
    with pytest.raises(Conflict, match="还没有提请"):
        rechecks.decide(session, boss, LATER, wrong, "void", "同意")


def test_who_decides_sees_what_was_found_and_no_answers(session, sun, wrong, round_):
    rechecks.propose_void(session, actor_of(sun), LATER, wrong, REASON)

    (one,) = rechecks.proposals(session, round_)

    assert (one.surveyor, one.verifier, one.wrong, one.decided_by) == ("王芳", "孙复核", 0, "")
    assert one.household_id == session.get_one(Case, wrong.interview.case_id).household_id


# -- objections ------------------------------------------------------------------------------------------------


def object_to(session, vault, boss, round_, households=3):
    return objections.raise_objection(
        session, vault, boss, LATER, round_, raised_by="苏站长", text="王大爷说没接到", households=households
    )  # fmt: skip


def test_an_objection_is_answered_once_its_households_are_checked(session, vault, sun, boss, round_):
    objection = object_to(session, vault, boss, round_)
    with pytest.raises(Conflict, match="没有核对完"):
        objections.close_objection(session, boss, LATER, objection, "都对")

    while taken := take(session, vault, sun):
        call(session, vault, sun, taken)
    objections.close_objection(session, boss, LATER, objection, "加核 3 户，没有差错")

    (raised,) = objections.objections(session, vault, round_)
    assert (raised.text, raised.selected, raised.checked, raised.errors) == ("王大爷说没接到", 3, 3, 0)
    assert raised.objection.closed_at == LATER
    with pytest.raises(Conflict, match="已经答复"):
        objections.close_objection(session, boss, LATER, objection, "又想了想")


def test_a_household_that_cannot_be_reached_is_replaced_by_the_next_of_the_draw(
    session, vault, sun, boss, round_
):
    objection = object_to(session, vault, boss, round_)
    first = session.query(Recheck).filter_by(objection_id=objection.id).order_by(Recheck.id).first()
    session.query(Recheck).filter(Recheck.id != first.id).update({"due_at": LATER + timedelta(days=1)})
    call(session, vault, sun, take(session, vault, sun), result="declined")

    (raised,) = objections.objections(session, vault, round_)
    assert (raised.selected, raised.in_vain) == (3, 1)


def test_whoever_took_the_objection_down_does_not_check_its_households(session, vault, people, cases, round_):
    both = people("verifier")
    object_to(session, vault, actor_of(both), round_)
    session.query(Recheck).filter(Recheck.objection_id.is_(None)).update(
        {"due_at": LATER + timedelta(days=1)}
    )

    assert take(session, vault, both) is None
    assert recheck_queue.waiting(session, people("verifier"), true(), LATER).now == 3


def test_an_objection_to_a_closed_round_is_still_looked_into(session, vault, boss, round_):
    round_.closed_at = LATER

    objection = object_to(session, vault, boss, round_, households=2)

    assert sum(row.objection_id == objection.id for row in of_round(session, round_.id)) == 2


def test_with_nothing_left_to_check_an_objection_is_refused(session, vault, boss, round_):
    object_to(session, vault, boss, round_, households=50)

    with pytest.raises(Conflict, match="都已在复核之列"):
        object_to(session, vault, boss, round_)
    with pytest.raises(Invalid, match="1 到 100"):
        object_to(session, vault, boss, round_, households=101)


def test_notes_and_words_of_objections_go_with_the_notes_of_calls(session, vault, sun, boss, cases, round_):
    objection = object_to(session, vault, boss, round_)
    taken = call(session, vault, sun, take(session, vault, sun), note="只有录音")
    assert retention_kinds.counted(session, "notes", [round_.id]) == {round_.id: 2}

    retention_kinds.destroy(session, "notes", round_.id)

    assert retention_kinds.counted(session, "notes", [round_.id]) == {}
    assert session.get_one(Objection, objection.id).text_sealed is None
    assert session.get_one(Recheck, taken.id).outcome == "verified"


# -- signs -----------------------------------------------------------------------------------------------------


def test_signs_are_read_from_timed_interviews(session, vault, people, cases, round_, wang):
    quick = hold(session, vault, wang, cases[11], TEN + timedelta(hours=3), seconds=1.0)
    household = session.get_one(Case, quick.case_id).household_id

    seen = recheck_signs.observations_of(session, round_)

    assert (seen.interviews, seen.timed) == (12, 1)
    assert [(one.household_id, one.surveyor, one.signs) for one in seen.sighted] == [
        (household, "王芳", ("unread",))
    ]
    (mine,) = seen.surveyors
    assert (mine.tally.interviews, mine.tally.best, mine.tally.rated, mine.best) == (12, 12, 12, None)


def test_the_share_of_best_answers_stands_beside_the_teams(session, vault, people, wang):
    chen = people("surveyor", "陈杰")
    cases = make_cases(session, vault, 24)
    hold_all(session, vault, wang, cases[:12])
    hold_all(session, vault, chen, cases[12:], answers=SATISFIED | {"H1": "4"})

    seen = recheck_signs.observations_of(session, round_of(session, cases[0]))

    best = {one.name: one.best for one in seen.surveyors}
    assert (best["王芳"].value, best["陈杰"].value, best["王芳"].common) == (1.0, 0.0, 0.5)
    assert 0.5 < best["王芳"].shrunk < 1.0 and best["王芳"].outside and best["陈杰"].outside
