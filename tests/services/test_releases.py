"""Batches are always the next cases in ticket order, with a reason, and never more than there are."""

from datetime import timedelta

import pytest
from build import NOON, actor_of, make_round
from build_frame import make_sealed_frame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from survey.errors import SurveyError
from survey.models.draw import Case, Release
from survey.models.trail import AuditEntry
from survey.sampling.size import is_prefix
from survey.services import board, designs, draws, releases
from survey.services.designs import Choice

ZONES = {"一片区": 60, "二片区": 80}
CHOICE = Choice("proportional", 100, assumed_completion=0.8, reserve=4)  # 125 = 54 + 71
SECOND = timedelta(seconds=1)
DRAWN = NOON + timedelta(hours=1)


@pytest.fixture
def coordinator(people):
    return actor_of(people("coordinator"))


def drawn_round(session, vault, actor, zones=ZONES, choice=CHOICE, **frame):
    round_ = make_round(session)
    make_sealed_frame(session, vault, round_, zones, **frame)
    designs.save_draft(session, actor, DRAWN, round_, choice)
    designs.lock(session, actor, DRAWN, round_)
    draws.name_seed_source(session, actor, DRAWN, round_, "现场掷骰", DRAWN + SECOND)
    draws.enter_seed(session, actor, DRAWN + SECOND, round_, "4613")
    draws.draw(session, actor, DRAWN + SECOND, round_)
    return round_


@pytest.fixture
def round_(session, vault, coordinator):
    return drawn_round(session, vault, coordinator)


def released_ranks(session, stratum):
    found = session.query(Case.rank).filter(Case.stratum == stratum, Case.release_id.is_not(None))
    return [rank for (rank,) in found]


def finish(session, n, outcome="I"):
    """n released cases come to their end, as calls would bring them."""
    open_cases = (
        session.query(Case).filter(Case.state.in_(("ready", "waiting"))).order_by(Case.id).limit(n).all()
    )
    for one in open_cases:
        one.state, one.due_at, one.outcome = "final", None, outcome
        one.disposition = "D01" if outcome == "I" else "D10"
    session.flush()


def test_the_first_proposal_is_the_sample_of_the_design(session, round_):
    proposal = releases.propose(session, round_, DRAWN)

    assert proposal.first
    assert proposal.counts == {"一片区": 54, "二片区": 71}


def test_a_release_hands_out_the_first_cases_of_each_stratum_and_logs_why(session, round_, coordinator):
    made = releases.release(session, coordinator, DRAWN, round_, {"一片区": 3, "二片区": 5}, "第一批，试访")

    assert sorted(released_ranks(session, "一片区")) == [1, 2, 3]
    assert sorted(released_ranks(session, "二片区")) == [1, 2, 3, 4, 5]
    assert (made.number, made.reason, made.released_by_id) == (1, "第一批，试访", coordinator.id)
    entry = session.query(AuditEntry).filter_by(action="cases.released").one()
    assert entry.chain_number and entry.details["counts"] == {"一片区": 3, "二片区": 5}


def test_a_released_case_waits_for_its_first_call(session, round_, coordinator):
    releases.release(session, coordinator, DRAWN, round_, {"一片区": 3}, "试访")

    cases = session.query(Case).filter(Case.release_id.is_not(None)).all()
    assert {one.state for one in cases} == {"waiting"}  # 13:00 is the midday rest
    assert all(one.due_at == NOON + timedelta(hours=3) for one in cases)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=4))
def test_whatever_is_released_is_a_prefix_of_the_ticket_order(session, round_, coordinator, batches):
    savepoint = session.begin_nested()
    for first, second in batches:
        if first + second:
            releases.release(
                session,
                coordinator,
                DRAWN,
                round_,
                {"一片区": min(first, 14), "二片区": min(second, 18)},
                "一批",
            )
    for stratum in ZONES:
        assert is_prefix(released_ranks(session, stratum))
    savepoint.rollback()


def test_too_few_left_names_the_stratum_and_the_choices_and_releases_nothing(session, round_, coordinator):
    with pytest.raises(SurveyError, match="“一片区”层只剩 58 户") as found:
        releases.release(session, coordinator, DRAWN, round_, {"一片区": 59, "二片区": 1}, "一批")

    assert found.value.status == 409
    assert session.query(Release).count() == 0 and released_ranks(session, "二片区") == []


@pytest.mark.parametrize(
    ("counts", "reason", "code"),
    [
        ({"一片区": 1}, "   ", "reason-missing"),
        ({"四片区": 1}, "一批", "stratum-unknown"),
        ({"一片区": -1}, "一批", "negative-households"),
        ({"一片区": 0}, "一批", "nothing-to-release"),
    ],
)
def test_a_release_that_says_nothing_usable_is_refused(session, round_, coordinator, counts, reason, code):
    with pytest.raises(SurveyError) as found:
        releases.release(session, coordinator, DRAWN, round_, counts, reason)

    assert found.value.code == code


def test_before_the_draw_there_is_nothing_to_release(session, vault, coordinator):
    round_ = make_round(session)
    make_sealed_frame(session, vault, round_, ZONES)

    with pytest.raises(SurveyError, match="还没有抽样"):
        releases.release(session, coordinator, DRAWN, round_, {"一片区": 1}, "一批")


def test_a_closed_round_releases_nothing_more(session, round_, coordinator):
    round_.closed_at = DRAWN

    with pytest.raises(SurveyError, match="数据已冻结"):
        releases.release(session, coordinator, DRAWN, round_, {"一片区": 1}, "一批")


def test_later_proposals_follow_the_forecast_and_stop_when_it_suffices(session, round_, coordinator):
    releases.release(session, coordinator, DRAWN, round_, {"一片区": 40, "二片区": 60}, "第一批")
    assert not releases.propose(session, round_, DRAWN).first
    finish(session, 50)
    hopeful = releases.propose(session, round_, DRAWN)
    assert hopeful.forecast.rate > 0.8 and 0 < hopeful.total < 25
    finish(session, 50, outcome="R")

    poor = releases.propose(session, round_, DRAWN)
    assert poor.total == 33  # everything that is left
    assert not poor.forecast.enough_left


def test_full_coverage_proposes_everybody_at_once(session, vault, coordinator):
    round_ = drawn_round(session, vault, coordinator, {"一片区": 40}, Choice("census", 40), persons=2)

    assert releases.propose(session, round_, DRAWN).counts == {"*": 40}


def test_the_board_counts_add_up(session, round_, coordinator):
    releases.release(session, coordinator, DRAWN, round_, {"一片区": 10, "二片区": 20}, "第一批")
    finish(session, 4)
    finish(session, 2, outcome="R")

    for found in (board.standing(session, round_), board.standing_by_zone(session, round_)):
        assert [(s.name, s.drawn, s.released) for s in found] == [("一片区", 58, 10), ("二片区", 75, 20)]
        assert sum(s.complete for s in found) == 4 and sum(s.non_interview for s in found) == 2
        assert sum(s.pending for s in found) == 24


def test_the_queue_says_how_many_can_be_called_and_who_is_calling(session, round_, coordinator, people):
    assert "还没有" in str(board.queue_note(session, round_, DRAWN))
    releases.release(session, coordinator, NOON, round_, {"一片区": 3}, "试访")
    caller = people("surveyor", "王芳")
    held = session.query(Case).filter(Case.state.in_(("ready", "waiting"))).first()
    afternoon = NOON + timedelta(hours=3, minutes=30)
    held.lease_user_id, held.lease_until = caller.id, afternoon + timedelta(minutes=10)
    session.flush()

    assert "2 户可以拨打，1 户正在通话" in str(board.queue_note(session, round_, afternoon))
    assert "不是拨打时段" in str(board.queue_note(session, round_, afternoon + timedelta(hours=12)))
    assert [(w.name, w.households) for w in board.at_work(session, round_, afternoon)] == [("王芳", 1)]
    assert board.at_work(session, round_, afternoon + timedelta(hours=1)) == []


def test_the_database_refuses_to_take_a_case_back_or_to_change_a_release(session, round_, coordinator):
    made = releases.release(session, coordinator, DRAWN, round_, {"一片区": 3}, "试访")
    session.commit()
    made.reason = "另一个原因"
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()

    case = session.query(Case).filter(Case.release_id.is_not(None)).first()
    case.release_id, case.state = None, "held"
    with pytest.raises(IntegrityError):
        session.flush()
