"""The household that the database finds is the one that the rule of survey.fieldwork.queue names."""

import random
from datetime import timedelta

import pytest
from build import actor_of, make_season
from build_case import TEN, make_desk_round, make_released_cases
from sqlalchemy import event, text, true

from survey.fieldwork.queue import Candidate
from survey.fieldwork.queue import next_case as named_by_the_rule
from survey.fieldwork.rules import CallingRules
from survey.services import pool
from survey.services.calls import Outcome, record
from survey.services.queue import next_case

LEASE = timedelta(minutes=15)
BANDS = ("weekday-morning", "weekday-evening", "weekend-morning")


@pytest.fixture
def everybody(people):
    return [
        people("surveyor", "王芳", languages="zh"),
        people("surveyor", "陈姨", languages="yue zh", skills="senior"),
        people("surveyor", "李明", languages="zh yue", skills="hearing"),
        people("surveyor", "新人", languages=""),
    ]


def scatter(chance, case, people):
    """Give a released case any state that it may be in."""
    case.state = chance.choice(["ready", "ready", "waiting", "appointment", "final", "in_progress"])
    later = [] if case.state == "ready" else [30]
    case.due_at = TEN + timedelta(minutes=chance.choice([-90, -5, 0, *later]))
    case.language = chance.choice(["", "", "zh", "yue", "hak"])
    case.needs = chance.choice(["", "", "hearing", "vision", "vision cognition"])
    case.bands_tried = " ".join(sorted(chance.sample(BANDS, chance.randint(0, 2))))
    case.route = chance.choice(["", "", "", "senior", "language", "visit", "proxy"])
    case.senior_until = TEN + timedelta(days=chance.choice([-1, 2])) if case.route == "senior" else None
    appointed = chance.choice([None, *people]) if case.state == "appointment" else None
    case.appointment_user_id = appointed.id if appointed is not None else None
    case.lease_until = chance.choice([None, None, None, TEN - timedelta(hours=1), TEN + timedelta(minutes=5)])
    case.lease_user_id = people[-1].id if case.lease_until is not None else None


def candidate(case, last_day):
    return Candidate(
        state=case.state,
        due_at=case.due_at or TEN,
        ticket=case.ticket,
        appointment_by=case.appointment_user_id,
        language_needed=case.language or None,
        route=case.route or None,
        senior_until=case.senior_until,
        needs=frozenset(case.needs.split()),
        tried_bands=frozenset(case.bands_tried.split()),
        deadline=last_day,
    )


@pytest.mark.parametrize("seed", range(12))
def test_the_database_finds_the_household_that_the_rule_names(session, vault, everybody, seed):
    chance = random.Random(seed)
    season = make_season(session)
    rounds = [make_desk_round(session, season=season) for _ in range(3)]
    rounds[1].fieldwork_to -= timedelta(days=3)
    cases = [case for round_ in rounds for case in make_released_cases(session, vault, 6, round_=round_)]
    last_days = {round_.id: round_.fieldwork_to for round_ in rounds}
    found = 0
    for _ in range(6):
        for case in cases:
            scatter(chance, case, everybody)
        session.flush()
        free = [case for case in cases if case.lease_until is None or case.lease_until <= TEN]
        for user in everybody:
            named = named_by_the_rule(
                [candidate(case, last_days[case.round_id]) for case in free],
                pool.caller_of(user),
                TEN,
                CallingRules(),
            )
            fields = pool.callable_now(session, true(), TEN)
            case = pool.first_free(session, fields, user, TEN)
            assert (case.ticket if case else None) == (named.ticket if named else None)
            found += case is not None
    assert found > 12


def test_a_refusal_is_kept_for_a_senior_surveyor_and_opened_to_all_after_a_week(session, vault, everybody):
    wang, senior = everybody[:2]
    case = make_released_cases(session, vault)[0]
    record(session, vault, actor_of(wang), TEN, case, Outcome("uid-soft-1", "D11", 1))
    session.flush()

    assert (
        next_case(session, wang, true(), TEN + timedelta(days=1), LEASE) is None
    )  # nobody calls again so soon
    assert next_case(session, senior, true(), TEN + timedelta(days=1), LEASE) is None
    assert next_case(session, wang, true(), TEN + timedelta(days=4), LEASE) is None
    assert next_case(session, wang, true(), TEN + timedelta(days=7), LEASE) is case
    case.lease_until = None
    assert next_case(session, senior, true(), TEN + timedelta(days=4), LEASE) is case


def test_who_needs_patience_goes_to_those_trained_for_it_first(session, vault, everybody):
    wang, patient = everybody[0], everybody[2]
    round_ = make_desk_round(session)
    deaf = make_released_cases(session, vault, 1, round_=round_, row={"needs": "hearing"})[0]
    other_round = make_desk_round(session, season=round_.season)
    plain = make_released_cases(session, vault, 1, round_=other_round)[0]

    assert next_case(session, wang, true(), TEN, LEASE) is plain
    assert next_case(session, patient, true(), TEN, LEASE) is deaf


def test_a_household_that_waited_is_ready_when_its_time_has_come(session, vault, everybody):
    wang = everybody[0]
    case = make_released_cases(session, vault)[0]
    record(session, vault, actor_of(wang), TEN, case, Outcome("uid-none-1", "D37", 1))
    session.flush()
    assert case.state == "waiting"

    pool.make_ready(session, [case.round_id], case.due_at - timedelta(seconds=1))
    assert case.state == "waiting"
    pool.make_ready(session, [case.round_id], case.due_at)
    assert case.state == "ready"


def test_the_first_ticket_of_a_round_is_one_step_in_the_index(session, vault, everybody):
    """Whatever the size of the round: no sorting, no reading of households that somebody else's turn comes before."""
    make_released_cases(session, vault, 3)
    if session.get_bind().dialect.name != "sqlite":
        assert session.scalar(text("SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_case_pool'")) == 1
        return
    statements = []
    event.listen(session.connection(), "before_cursor_execute", lambda *given: statements.append(given[2:4]))
    pool.first_free(session, pool.callable_now(session, true(), TEN), everybody[0], TEN)
    walks = [(sql, values) for sql, values in statements if "ORDER BY" in sql and "state = 'ready'" in sql]
    for sql, values in walks:
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
        seen = " ".join(row[-1] for row in plan)
        assert "ix_case_pool" in seen and "TEMP B-TREE" not in seen
    assert len(walks) >= 2


@pytest.mark.parametrize("ahead, place", [(2, 0), (3, 2)])
def test_one_that_suits_better_is_looked_for_among_the_next_tickets_only(
    session, vault, everybody, monkeypatch, ahead, place
):
    cases = make_released_cases(session, vault, 4)
    for case in cases[:2]:
        case.bands_tried = "weekday-morning"
    session.flush()
    monkeypatch.setattr(pool, "LOOK_AHEAD", ahead)

    assert next_case(session, everybody[0], true(), TEN, LEASE) is cases[place]
