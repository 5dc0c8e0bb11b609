"""When a round closes, what its results are computed from is counted once; nothing of a withdrawn answer survives in it."""

import json
from datetime import date, timedelta

import pytest
from build import NOON, actor_of, make_round, make_season
from build_results import DISSATISFIED, make_survey
from sqlalchemy import event, select, text

from survey.backup.tables import tables_of, unguarded
from survey.models.draw import Case
from survey.models.frame import FrameRow
from survey.models.frozen import DataFreeze
from survey.models.interview import Interview
from survey.services import closing, frozen, frozen_content, withdrawal
from survey.services.closing import Explanation
from survey.services.consistency import stale_freezes
from survey.services.first_batch import first_batch
from survey.services.results import round_results

LATER = NOON + timedelta(days=20)


@pytest.fixture
def actor(people):
    return actor_of(people("coordinator", "李统筹"))


@pytest.fixture
def survey(session, vault):
    """110 of 300 households released: 98 interviewed, two of these with words, and 12 refused."""
    made = make_survey(session, vault, {"一片区": 150, "二片区": 150}, {"*": 130}, released={"*": 110})
    made.interviews(90, 6)
    for number in range(2):
        made.interview(DISSATISFIED, words={"J1": f"第{number}句"}).token = f"00000000{number}"
    for _ in range(12):
        made.finish("D12")
    return made


def close(session, actor, round_, at=LATER):
    closing.close(session, actor, at, round_, Explanation({}, "户数少", "黄科长"))


def standing(session, round_):
    return session.scalars(select(DataFreeze).filter_by(round_id=round_.id, ended_at=None)).one_or_none()


def said(results):
    """What a reader is shown of the answers and of fieldwork."""
    return results.answers, results.outcomes, results.interviews


def statements(session, action):
    made = []
    listen = lambda *arguments: made.append(arguments[2])  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", listen)
    try:
        action()
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", listen)
    return made


def test_a_closed_round_shows_the_same_as_just_before(session, actor, survey):
    before = round_results(session, survey.round_)
    close(session, actor, survey.round_)

    after = round_results(session, survey.round_)

    assert said(after) == said(before) and (before.freeze_number, after.freeze_number) == (None, 1)
    assert (after.integrity.checks, after.integrity.checked_at) == (before.integrity.checks, LATER)


def test_results_of_a_closed_round_read_no_answers_no_cases_and_no_frame(session, actor, survey):
    close(session, actor, survey.round_)
    session.expire_all()

    made = statements(session, lambda: first_batch(survey.round_, round_results(session, survey.round_)))

    tables = {word.strip('"') for one in made for word in one.lower().replace(",", " ").split()}
    assert made and not tables & {"answer_event", "interview", "case", "frame_row", "verbatim", "household"}


def test_the_content_is_the_same_after_the_database_has_kept_it(session, actor, survey):
    close(session, actor, survey.round_)
    session.expire_all()

    content = frozen.load(session, survey.round_).content

    again = json.loads(json.dumps(frozen_content.to_json(content)))
    assert frozen_content.from_json(again) == content


def test_opening_the_round_again_ends_the_freeze_and_its_content(session, actor, survey):
    close(session, actor, survey.round_)
    closing.reopen(session, actor, LATER + timedelta(days=1), survey.round_, "漏记一户")

    (ended,) = session.scalars(select(DataFreeze))
    assert ended.ended_at == LATER + timedelta(days=1) and ended.content is None
    assert round_results(session, survey.round_).freeze_number is None

    close(session, actor, survey.round_, LATER + timedelta(days=2))
    assert round_results(session, survey.round_).freeze_number == 2


def test_after_a_withdrawal_no_freeze_holds_what_was_said(session, actor, survey):
    close(session, actor, survey.round_)
    withdraw(session, actor, survey, "000000000")

    old, new = session.scalars(select(DataFreeze).order_by(DataFreeze.number))
    assert (old.content, new.reason, new.number) == (None, "withdrawn", 2)
    found = round_results(session, survey.round_)
    assert (found.answers.respondents, found.outcomes.withdrawn, found.adds_up) == (97, 1, True)
    assert found.answers.overall.rate.satisfied == 90 and found.integrity.checked_at == LATER
    assert list(stale_freezes(session)) == []


def withdraw(session, actor, survey, token):
    interview = session.scalars(select(Interview).filter_by(token=token)).one()
    withdrawal.withdraw(session, actor, LATER + timedelta(days=3), interview, "phone")


def test_the_check_finds_a_freeze_that_no_longer_is_what_the_answers_say(session, actor, survey):
    close(session, actor, survey.round_)
    assert list(stale_freezes(session)) == []
    connection = session.connection()
    with unguarded(connection, tables_of(connection)):
        connection.execute(text("UPDATE answer_event SET value = '1' WHERE question = 'H1' AND id = "
                                "(SELECT min(id) FROM answer_event WHERE question = 'H1')"))  # fmt: skip

    (difference,) = stale_freezes(session)

    assert str(survey.round_.id) in str(difference)


def test_a_round_closed_before_freezes_were_kept_is_frozen_afterwards(session, survey):
    survey.round_.closed_at = LATER
    session.flush()
    live = round_results(session, survey.round_)
    assert live.freeze_number is None and len(list(stale_freezes(session))) == 1

    assert frozen.freeze_missing(session, LATER) == [survey.round_]
    assert frozen.freeze_missing(session, LATER) == []

    assert said(round_results(session, survey.round_)) == said(live)
    assert standing(session, survey.round_).reason == "upgrade"


def test_another_definition_is_computed_from_the_same_counts(session, actor, survey):
    close(session, actor, survey.round_)
    own = survey.round_.definition
    wider = type(own)(
        name="满意率",
        version=9,
        content=own.content | {"satisfied_codes": [2, 4, 5], "level": 0.9},
        created_at=NOON,
    )
    session.add(wider)
    session.flush()

    found = round_results(session, survey.round_, wider)

    assert not found.in_force and found.definition is wider
    assert (found.answers.overall.rate.satisfied, found.answers.overall.rate.level) == (98, 0.9)
    assert round_results(session, survey.round_).answers.overall.rate.satisfied == 90


@pytest.mark.parametrize(("partials", "shown"), [(9, False), (10, True)])
def test_a_definition_that_counts_a_few_interviews_more_is_withheld(session, vault, partials, shown):
    survey = make_survey(session, vault, {"一片区": 150}, {"*": 100})
    survey.interviews(40)
    for _ in range(partials):
        survey.interview(DISSATISFIED, partial=True)
    own = survey.round_.definition
    wider = type(own)(
        name="满意率", version=9, content=own.content | {"counted": "complete_or_partial"}, created_at=NOON
    )
    session.add(wider)
    session.flush()

    overall = round_results(session, survey.round_, wider).answers.overall

    assert (overall.rate is not None) is shown and bool(overall.counts) is shown


# -- two rounds of a station ----------------------------------------------------------------------------------------


@pytest.fixture
def both(session, vault, actor):
    """Last year 100 of 200 households, closed; this year everybody's frame again, 80 of it, not yet closed."""
    first = make_survey(session, vault, {"一片区": 200}, {"*": 110}, released={"*": 100})
    first.interviews(80, 19)
    first.interview(DISSATISFIED).token = "000000009"
    close(session, actor, first.round_)
    season = make_season(session, "2026 年")
    season.fieldwork_from, season.fieldwork_to = date(2026, 4, 1), date(2026, 4, 30)
    second = make_survey(
        session, vault, {"一片区": 200}, {"*": 90}, released={"*": 80}, returning=households(session, first),
        round_=make_round(session, season, first.round_.station),
    )  # fmt: skip
    second.interviews(72, 8)
    return first, second


def households(session, survey):
    rows = session.query(FrameRow).filter_by(frame_id=survey.design.frame_id).order_by(FrameRow.id)
    return [row.household_id for row in rows]


def interviewed(survey):
    return {survey.cases["*", rank].household_id for rank in range(1, survey.used["*"] + 1)}


def test_the_last_frozen_round_is_compared_and_the_common_households_counted(session, actor, both):
    first, second = both
    common = len(interviewed(first) & interviewed(second))

    live = round_results(session, second.round_).comparison
    close(session, actor, second.round_, LATER + timedelta(days=365))
    kept = frozen.load(session, second.round_).content.earlier

    assert (kept.round_id, kept.shared, sum(row.n for row in kept.common)) == (first.round_.id, 200, common)
    found = round_results(session, second.round_).comparison
    assert found == live and found.earlier is first.round_ and found.value == pytest.approx(0.1)
    assert found.before.rate.value == pytest.approx(0.8)
    assert found.limits[0] < 0.1 < found.limits[1]
    assert found.common == (common if common >= 10 else 0)


def test_a_withdrawal_in_the_last_round_leaves_this_round_too(session, actor, both):
    first, second = both
    close(session, actor, second.round_, LATER + timedelta(days=365))
    withdraw(session, actor, first, "000000009")

    freeze = standing(session, second.round_)
    assert (freeze.number, freeze.reason) == (2, "comparison")
    kept = frozen.load(session, second.round_).content.earlier
    left = interviewed(first) - {gone(session)}
    assert sum(row.n for row in kept.common) == len(left & interviewed(second))
    assert list(stale_freezes(session)) == []


def gone(session):
    return session.query(Case.household_id).filter_by(disposition="D16").one()[0]


def test_an_opened_round_is_no_longer_compared_with(session, actor, both):
    first, second = both
    close(session, actor, second.round_, LATER + timedelta(days=365))
    closing.reopen(session, actor, LATER + timedelta(days=400), first.round_, "补录")

    assert round_results(session, second.round_).comparison is None
    assert frozen.load(session, second.round_).content.earlier is None


def test_a_first_round_has_nothing_to_be_compared_with(session, survey):
    assert round_results(session, survey.round_).comparison is None


def test_a_stratified_round_is_compared_by_the_intervals_of_both(session, vault, actor, both):
    first, _ = both
    season = make_season(session, "2027 年")
    season.fieldwork_from, season.fieldwork_to = date(2027, 4, 1), date(2027, 4, 30)
    third = make_survey(
        session, vault, {"一片区": 100, "二片区": 100}, {"一片区": 60, "二片区": 40},
        round_=make_round(session, season, first.round_.station),
    )  # fmt: skip
    third.interviews(40, 5, "一片区")
    third.interviews(20, 5, "二片区")

    found = round_results(session, third.round_).comparison

    assert found.method == "intervals" and found.limits[0] < found.value < found.limits[1]


def test_a_census_not_everybody_answered_allows_no_inference(session, vault, actor, both):
    first, _ = both
    season = make_season(session, "2027 年")
    season.fieldwork_from, season.fieldwork_to = date(2027, 4, 1), date(2027, 4, 30)
    third = make_survey(
        session, vault, {"一片区": 60}, {"*": 60}, round_=make_round(session, season, first.round_.station)
    )
    third.interviews(40, 5)

    found = round_results(session, third.round_).comparison

    assert found.limits is None and found.value is not None and "不作推断" in str(found.sentence)
