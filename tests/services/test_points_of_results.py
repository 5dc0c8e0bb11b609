"""Points of a round: from what its results show, under the rule of its definition."""

from dataclasses import replace

import pytest
from build import NOON
from build_results import NEVER_MET, SATISFIED, make_survey

from survey.services import definitions
from survey.services.points import points_of
from survey.services.results import round_results
from survey.stats.definition import AT_LEAST_BASICALLY, DEFAULT
from survey.stats.points import Band, Kind, Measure, PointsRule

BANDS = PointsRule(Kind.BANDS, 10, bands=(Band(60, 6), Band(80, 8), Band(90, 10)))
MIDDLE = SATISFIED | {"H1": "3", "G1": "3"}


def surveyed(session, vault, definition, *, zones=None, allocation=None, stratify_by="none", released=None):
    """A round under this definition, before anything of it was released."""
    number = definitions.version_with(session, definition, NOON)
    return make_survey(
        session, vault, zones or {"一片区": 400}, allocation or {"*": 60}, stratify_by=stratify_by,
        released=released, definition=number,
    )  # fmt: skip


def answers_of(session, survey):
    return round_results(session, survey.round_).answers


def test_without_a_rule_there_are_no_points(session, vault):
    survey = surveyed(session, vault, DEFAULT)
    survey.interviews(30)

    assert points_of(answers_of(session, survey)) is None


def test_the_rate_and_its_limits_are_turned_into_points(session, vault):
    survey = surveyed(session, vault, replace(DEFAULT, points=BANDS))
    survey.interviews(36, 4)
    answers = answers_of(session, survey)

    found = points_of(answers)

    assert found.points == 10
    assert found.measured.value == 100 * answers.overall.rate.value == 90
    assert (found.measured.low, found.low) == (100 * answers.overall.rate.low, 6)
    assert found.edges == (80, 90) and found.warning is not None


def test_points_may_go_by_the_score(session, vault):
    rule = PointsRule(Kind.PROPORTIONAL, 20, Measure.SCORE)
    survey = surveyed(session, vault, replace(DEFAULT, points=rule))
    survey.interviews(30, 10)
    answers = answers_of(session, survey)

    assert points_of(answers).points == pytest.approx(20 * answers.overall.score.value / 100)


@pytest.mark.parametrize("counts_middle", [False, True])
def test_points_may_go_by_the_rate_with_the_middle_answer(session, vault, counts_middle):
    rule = PointsRule(Kind.PROPORTIONAL, 10, Measure.BASIC)
    definition = replace(DEFAULT, points=rule)
    if counts_middle:
        definition = replace(definition, name=AT_LEAST_BASICALLY, satisfied_codes=frozenset({3, 4, 5}))
    survey = surveyed(session, vault, definition)
    survey.interviews(20, 10)
    for _ in range(10):
        survey.interview(MIDDLE)

    assert points_of(answers_of(session, survey)).points == pytest.approx(7.5)


def test_a_hidden_rate_gives_no_points_and_says_why(session, vault):
    survey = surveyed(session, vault, replace(DEFAULT, points=BANDS))
    survey.interviews(5)
    answers = answers_of(session, survey)

    found = points_of(answers)

    assert (found.points, found.low, found.measured.value) == (None, None, None)
    assert found.reason == answers.overall.reliability.message


def test_with_everybody_released_the_interval_is_worst_and_best_case(session, vault):
    survey = surveyed(
        session, vault, replace(DEFAULT, points=BANDS), zones={"一片区": 50}, allocation={"*": 50}
    )
    survey.interviews(40)
    answers = answers_of(session, survey)

    found = points_of(answers)

    assert (found.measured.low, found.measured.high) == (
        100 * answers.overall.rate.bounds.low,
        100 * answers.overall.rate.bounds.high,
    )


def test_a_rate_that_counts_the_middle_answer_carries_its_own_name_and_outcomes_stay_as_they_are(
    session, vault
):
    basic = replace(DEFAULT, name=AT_LEAST_BASICALLY, satisfied_codes=frozenset({3, 4, 5}))
    survey = surveyed(session, vault, basic)
    survey.interviews(15)
    for _ in range(15):
        survey.interview(MIDDLE)
    answers = answers_of(session, survey)

    assert (answers.overall.rate.value, answers.overall.wording.rate) == (1, "基本满意以上率")
    assert (answers.trio[0].rate.value, answers.trio[0].wording.rate) == (0.5, "成效率")
    assert [str(other.name) for other in answers.sensitivity if other.rate] == ["满意率"]
    assert answers.sensitivity[0].rate.value == 0.5


def unequal(session, vault, weights):
    """Two zones of 100 and 300 households, the same number interviewed: 20 of 20 satisfied, 10 of 20."""
    survey = surveyed(
        session, vault, replace(DEFAULT, weights=weights), zones={"一片区": 100, "二片区": 300},
        allocation={"一片区": 20, "二片区": 20}, stratify_by="zone",
    )  # fmt: skip
    survey.interviews(20, stratum="一片区")
    survey.interviews(10, 10, stratum="二片区")
    return answers_of(session, survey).overall.rate


def test_strata_weigh_as_many_households_as_they_have(session, vault):
    assert unequal(session, vault, "design").value == pytest.approx(0.25 * 1 + 0.75 * 0.5)


def test_unweighted_every_interview_counts_the_same(session, vault):
    rate = unequal(session, vault, "none")
    assert rate.value == pytest.approx(30 / 40) and rate.method == "hypergeometric"


def test_weights_by_zone_change_nothing_where_the_strata_are_weighted_already(session, vault):
    assert unequal(session, vault, "zones").value == pytest.approx(0.625)


def test_an_unstratified_sample_may_be_weighted_to_its_zones(session, vault):
    survey = surveyed(
        session, vault, replace(DEFAULT, weights="zones"), zones={"一片区": 30, "二片区": 90},
        allocation={"*": 110},
    )  # fmt: skip
    at = {"一片区": 0, "二片区": 0}
    while min(at.values()) < 10:
        zone = survey.zone_of_next()
        wanted = at[zone] < 10
        at[zone] += wanted
        if wanted:
            survey.interview(SATISFIED if zone == "一片区" else SATISFIED | {"H1": "1"})
        else:
            survey.finish("D11")

    rate = answers_of(session, survey).overall.rate

    assert rate.value == pytest.approx(30 / 120), "not the 10 of 20 interviewed"


def test_the_definition_in_force_says_who_counts(session, vault):
    survey = surveyed(session, vault, replace(DEFAULT, counted=definitions.COMPLETE_OR_PARTIAL))
    survey.interviews(12)
    survey.interview(SATISFIED, partial=True)
    survey.interview(NEVER_MET)

    assert answers_of(session, survey).overall.n == 13
