"""A round is closed when every case is final or explained and a shortfall is confirmed; from then on nothing changes."""

from datetime import timedelta

import pytest
from build import NOON, actor_of, make_round
from build_case import TEN, make_desk_round, make_released_cases
from build_frame import make_sealed_frame
from build_results import SATISFIED, make_survey
from build_results import close as finish
from sqlalchemy import true

from survey.errors import Conflict, Invalid
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.frame import Opening
from survey.models.interview import Interview
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import (
    calls,
    closing,
    designs,
    draws,
    freeze,
    interviews,
    progress,
    publication,
    queue,
    releases,
    visits,
)
from survey.services.balance import balance
from survey.services.calls import Outcome
from survey.services.closing import Explanation
from survey.services.interviews import Given
from survey.services.outcomes import outcome_table
from survey.services.results import round_results

LEASE = timedelta(minutes=15)
LATER = NOON + timedelta(days=20)
HOUR = timedelta(hours=1)
CONFIRMED = "某街道办事处 黄科长，2025-04-30，电话"
EVERY_REASON = {"untried": "未轮到", "tried": "未再联系上", "appointment": "访问期已满"}


@pytest.fixture
def coordinator(people):
    return actor_of(people("coordinator", "李统筹"))


@pytest.fixture
def survey(session, vault):
    """110 of 300 households released, 100 interviewed and 10 refused: nothing is open."""
    made = make_survey(session, vault, {"一片区": 150, "二片区": 150}, {"*": 130}, released={"*": 110})
    made.interviews(96, 4)
    for _ in range(10):
        made.finish("D12")
    return made


def reopened_cases(survey, **states):
    """Turn some final cases into open ones: state -> how many, by the last ranks."""
    rank = 110
    for state, n in states.items():
        for _ in range(n):
            case = survey.cases["*", rank]
            case.state, case.outcome, case.due_at = state, None, NOON
            case.disposition = "D37" if state != "ready" else None
            case.attempts_made = 0 if state == "ready" else 1
            rank -= 1
    survey.session.flush()


def call(session, case, code, at=NOON, **values):
    session.add(
        Attempt(
            uid=f"uid-{case.id}-{code}-{at:%d%H%M}", case_id=case.id, user_id=session.query(User.id).first()[0], phone_slot=1,
            started_at=at, recorded_at=at, outcome=code, **values,
        )
    )  # fmt: skip
    session.flush()


def shut(session, actor, round_, at=LATER, **values):
    explanation = Explanation(
        values.pop("reasons", EVERY_REASON), values.pop("why", "片区偏小"), values.pop("who", CONFIRMED)
    )
    closing.close(session, actor, at, round_, explanation)


def test_a_round_with_every_case_final_and_its_target_reached_closes_without_explanations(
    session, survey, coordinator
):
    closing.close(session, coordinator, LATER, survey.round_, Explanation())

    assert (survey.round_.closed_at, survey.round_.closed_by_id) == (LATER, coordinator.id)
    assert survey.round_.shortfall_reason is None
    entry = session.query(AuditEntry).filter_by(action="round.closed").one()
    assert entry.chain_number is not None
    assert entry.details["released"] == 110 and entry.details["complete"] == 100
    assert {step.key: step.state for step in progress.path(session, survey.round_)}["close"] == "done"


def test_closing_publishes_the_frame_once_and_for_all(session, survey, coordinator):
    assert publication.published_at(session, survey.round_.id) is None
    closing.close(session, coordinator, LATER, survey.round_, Explanation())

    entry = session.query(AuditEntry).filter_by(action="frame.published").one()
    assert entry.chain_number is not None
    assert entry.details == {
        "digest": survey.design.frame.digest,
        "commitments": survey.design.frame.commitments_digest,
        "certificate": survey.design.certificate_digest,
    }
    closing.reopen(session, coordinator, LATER + HOUR, survey.round_, "漏了一户的更正")
    closing.close(session, coordinator, LATER + 2 * HOUR, survey.round_, Explanation())
    assert session.query(AuditEntry).filter_by(action="frame.published").count() == 1
    assert publication.published_at(session, survey.round_.id) == LATER


def test_the_balance_names_what_is_open_by_how_far_it_came(session, survey):
    reopened_cases(survey, ready=3, waiting=2, appointment=1)

    found = balance(session, survey.round_, LATER)

    assert [(group.key, group.households) for group in found.open] == [
        ("untried", 3), ("tried", 2), ("appointment", 1),
    ]  # fmt: skip
    assert (found.released, found.final, found.complete, found.required) == (110, 104, 100, 100)
    assert found.shortfall == 0


@pytest.mark.parametrize("missing", ["untried", "tried", "appointment"])
def test_an_unexplained_group_of_open_cases_is_named_and_nothing_is_closed(
    session, survey, coordinator, missing
):
    reopened_cases(survey, ready=3, waiting=2, appointment=1)
    reasons = {key: reason for key, reason in EVERY_REASON.items() if key != missing}

    with pytest.raises(Invalid, match="还没有最终结果") as found:
        shut(session, coordinator, survey.round_, reasons=reasons)

    assert found.value.code == "open-unexplained"
    assert survey.round_.closed_at is None
    assert session.query(Case).filter(Case.left_open_reason.is_not(None)).count() == 0


def test_each_open_case_keeps_the_reason_of_its_group_and_counts_by_its_calls(session, survey, coordinator):
    reopened_cases(survey, ready=2, waiting=3, appointment=1)
    waiting = [survey.cases["*", rank] for rank in (108, 107, 106)]
    call(session, waiting[0], "D11")
    call(session, waiting[0], "D37", NOON + HOUR)
    call(session, waiting[1], "D37")
    call(session, waiting[2], "D32")
    call(session, survey.cases["*", 105], "D21", appointment_at=NOON + HOUR)

    shut(session, coordinator, survey.round_)

    assert {case.left_open_reason for case in waiting} == {"未再联系上"}
    table = outcome_table(session, survey.round_, releases.releases_of(session, survey.round_))
    left = {(line.code, line.outcome): line.n for line in table.lines if line.left_open}
    assert left == {
        ("D11", "R"): 1,  # a soft refusal tells more than nobody at home later
        ("D23", "NC"): 1,  # an appointment never kept
        ("D32", "UO"): 1,
        ("D37", "UO"): 1,
        ("", "UO"): 2,
    }
    assert table.pending == 0 and table.adds_up
    assert pytest.approx(100 / 110) == table.rates.RR1
    assert dict(closing.left_open(session, survey.round_)) == {"未轮到": 2, "未再联系上": 3, "访问期已满": 1}


def test_an_interview_left_open_half_way_is_a_partial_one_or_a_break_off_in_the_rates(
    session, survey, coordinator
):
    reopened_cases(survey, appointment=2)
    for rank, asked in (
        (110, ["A1", "A2", "B1", "C1", "D1", "D7", "H1"]),
        (109, ["A1", "A2", "B1"]),
    ):
        case = survey.cases["*", rank]
        begun = Interview(
            case_id=case.id, round_id=case.round_id, questionnaire_id=survey.round_.questionnaire_id,
            started_by_id=coordinator.id, started_at=NOON, status="open",
        )  # fmt: skip
        session.add(begun)
        session.flush()
        for question in asked:
            survey.answer(begun, question, SATISFIED[question])
        call(session, case, "D21", NOON + HOUR, appointment_at=NOON + 5 * HOUR)

    shut(session, coordinator, survey.round_)

    results = round_results(session, survey.round_)
    left = {(line.code, line.outcome): line.n for line in results.outcomes.lines if line.left_open}
    assert left == {("D03", "P"): 1, ("D14", "R"): 1}
    assert pytest.approx(100 / 110) == results.outcomes.rates.COOP1
    assert results.interviews == 100 and results.adds_up


def test_fewer_completes_than_required_need_a_reason_and_the_commissioners_word(session, survey, coordinator):
    reopened_cases(survey, waiting=1)
    finish(survey.cases["*", 1], "D03")
    session.flush()

    for values in ({"why": " "}, {"who": " "}):
        with pytest.raises(Invalid, match="只完成 99 户，少于 100 户") as found:
            shut(session, coordinator, survey.round_, **values)
        assert found.value.code == "shortfall-unconfirmed"
    shut(session, coordinator, survey.round_)

    told = freeze.freeze_of(session, survey.round_)
    assert (told.closed_at, told.closed_by) == (LATER, "李统筹")
    assert (told.shortfall_reason, told.shortfall_confirmation) == ("片区偏小", CONFIRMED)
    entry = session.query(AuditEntry).filter_by(action="round.closed").one()
    assert entry.details["shortfall"] == "片区偏小"
    assert "黄科长" not in str(entry.details)


def test_in_full_coverage_everybody_is_required_less_those_found_ineligible(session, vault, coordinator):
    survey = make_survey(session, vault, {"一片区": 24}, {"*": 24})
    survey.interviews(20, 2)
    survey.finish("D41")
    found = balance(session, survey.round_, LATER)
    assert (found.everybody, found.required, found.shortfall) == (True, 23, 1)
    survey.interviews(1)

    closing.close(session, coordinator, LATER, survey.round_, Explanation())

    assert survey.round_.closed_at == LATER


def test_before_the_draw_or_a_release_there_is_nothing_to_close(session, vault, coordinator):
    with pytest.raises(Conflict, match="还没有抽样"):
        shut(session, coordinator, make_round(session))


def test_a_round_without_a_release_is_not_closed(session, vault, coordinator):
    round_ = make_round(session)
    make_sealed_frame(session, vault, round_, {"一片区": 130})
    designs.save_draft(session, coordinator, NOON + HOUR, round_, designs.Choice("srs", 100))
    designs.lock(session, coordinator, NOON + HOUR, round_)
    draws.name_seed_source(session, coordinator, NOON + HOUR, round_, "现场掷骰", NOON + 2 * HOUR)
    draws.enter_seed(session, coordinator, NOON + 2 * HOUR, round_, "4613")
    draws.draw(session, coordinator, NOON + 2 * HOUR, round_)

    with pytest.raises(Conflict) as found:
        shut(session, coordinator, round_)

    assert found.value.code == "nothing-released"


# -- calls that are going on -----------------------------------------------------------------------------------


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳")


@pytest.fixture
def taken(session, vault, wang):
    """One of three released households, held by 王芳."""
    make_released_cases(session, vault, 3)
    return queue.next_case(session, wang, true(), TEN, LEASE)


def answer(session, vault, user, case, at=TEN):
    interview = interviews.start(session, actor_of(user), at, case)
    given = Given(f"event-{case.id:04d}", "A1", "1", "zh", 0)
    return interviews.save_answers(session, vault, actor_of(user), at, interview, [given])


def round_of(session, case):
    return session.get(Round, case.round_id)


def test_a_household_that_is_only_held_is_let_go(session, taken, coordinator):
    shut(session, coordinator, round_of(session, taken), TEN)

    assert taken.lease_user_id is None and taken.lease_until is None
    assert taken.left_open_reason == "未轮到"


@pytest.mark.parametrize("begun", ["answered", "revealed"])
def test_a_call_that_goes_on_is_named_and_has_to_end_first(session, vault, wang, taken, coordinator, begun):
    if begun == "answered":
        answer(session, vault, wang, taken)
    else:
        calls.reveal(session, vault, actor_of(wang), TEN, taken, 1)
    soon = TEN + timedelta(minutes=5)

    with pytest.raises(Conflict, match=f"{taken.household_id} 王芳") as found:
        shut(session, coordinator, round_of(session, taken), soon)
    assert found.value.code == "interviews-underway"
    assert taken.lease_user_id == wang.id

    calls.record(session, vault, actor_of(wang), soon, taken, Outcome("uid-00000001", "D14", 1))
    shut(session, coordinator, round_of(session, taken), soon)
    assert taken.state == "final" and taken.left_open_reason is None


def test_an_interview_that_nobody_came_back_to_stands_in_nobodys_way(
    session, vault, wang, taken, coordinator
):
    answer(session, vault, wang, taken)

    shut(session, coordinator, round_of(session, taken), TEN + timedelta(hours=13))

    assert taken.left_open_reason == "未轮到"


def test_a_household_carried_along_for_a_visit_is_waited_for_until_it_comes_back(
    session, vault, people, coordinator
):
    li = people("surveyor", "李梅", skills="visit")
    round_ = make_desk_round(session, home_visits=True)
    (case,) = make_released_cases(session, vault, round_=round_, phones=("138****",))
    visits.take_along(session, li, true(), TEN, [case.id], timedelta(hours=12))

    with pytest.raises(Conflict, match=f"{case.household_id} 李梅"):
        shut(session, coordinator, round_, TEN + timedelta(hours=3))

    visits.give_back(session, actor_of(li), TEN + timedelta(hours=4), case)
    shut(session, coordinator, round_, TEN + timedelta(hours=4))


# -- opening it again ------------------------------------------------------------------------------------------


def test_reopening_takes_back_what_the_closing_set_and_keeps_its_reason_for_good(
    session, survey, coordinator
):
    reopened_cases(survey, waiting=2)
    finish(survey.cases["*", 1], "D03")
    shut(session, coordinator, survey.round_)

    closing.reopen(session, coordinator, LATER + HOUR, survey.round_, "委托方要求再访 10 天")

    assert survey.round_.closed_at is None and survey.round_.shortfall_reason is None
    assert session.query(Case).filter(Case.left_open_reason.is_not(None)).count() == 0
    entry = session.query(AuditEntry).filter_by(action="round.reopened").one()
    assert entry.chain_number is not None
    told = freeze.freeze_of(session, survey.round_).reopenings
    assert [(one.at, one.by, one.reason) for one in told] == [
        (LATER + HOUR, "李统筹", "委托方要求再访 10 天")
    ]


def test_a_round_is_not_reopened_once_an_identity_was_opened(session, survey, coordinator):
    shut(session, coordinator, survey.round_)
    row = survey.cases["*", 1].frame_row_id
    session.add(
        Opening(
            round_id=survey.round_.id, frame_row_id=row, reason="抽查", opened_by_id=coordinator.id, opened_at=LATER
        )
    )  # fmt: skip
    session.flush()

    with pytest.raises(Conflict) as found:
        closing.reopen(session, coordinator, LATER + HOUR, survey.round_, "再访")

    assert found.value.code == "identities-opened"
    assert survey.round_.closed_at == LATER


@pytest.mark.parametrize(
    ("closed", "reason", "code"), [(False, "再访", "not-closed"), (True, " ", "text-length")]
)
def test_reopening_needs_a_closed_round_and_a_reason(session, survey, coordinator, closed, reason, code):
    if closed:
        shut(session, coordinator, survey.round_)

    with pytest.raises((Conflict, Invalid)) as found:
        closing.reopen(session, coordinator, LATER, survey.round_, reason)

    assert found.value.code == code


def test_a_round_is_closed_once(session, survey, coordinator):
    shut(session, coordinator, survey.round_)

    with pytest.raises(Conflict) as found:
        shut(session, coordinator, survey.round_, LATER + HOUR)

    assert found.value.code == "round-closed"
    assert survey.round_.closed_at == LATER
