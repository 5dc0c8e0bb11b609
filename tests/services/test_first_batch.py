"""The first batch alone is a sample of its own, and is shown only as far as subtraction betrays nobody."""

from datetime import timedelta

import pytest
from build import NOON
from build_results import DISSATISFIED, SATISFIED, make_survey

from survey.models.draw import Release
from survey.services.first_batch import first_batch
from survey.services.results import round_results

ZONES = {"一片区": 150, "二片区": 150}


def release_more(survey, **upto):
    """A second batch: the cases of each stratum up to this rank."""
    made = Release(
        round_id=survey.round_.id, number=2, reason="补发", counts={}, released_at=NOON + timedelta(days=5)
    )
    survey.session.add(made)
    counts = {}
    for stratum, last in upto.items():
        more = [survey.cases[stratum, rank] for rank in range(1, last + 1)]
        more = [case for case in more if case.release_id is None]
        counts[stratum] = len(more)
        made.counts = counts
        survey.session.flush()
        for case in more:
            case.release_id, case.state = made.id, "ready"
    survey.session.flush()


@pytest.fixture
def survey(session, vault):
    """One stratum: 60 released at first, 40 more later."""
    made = make_survey(session, vault, ZONES, {"*": 100}, released={"*": 60})
    made.interviews(36, 12)  # of the first batch
    for _ in range(12):
        made.finish("D12")
    release_more(made, **{"*": 100})
    return made


def seen(survey):
    whole = round_results(survey.session, survey.round_)
    return whole, first_batch(survey.round_, whole)


def test_the_first_batch_counts_its_own_cases_and_weighs_by_its_own_release(survey):
    survey.interviews(30, 2)

    whole, first = seen(survey)

    assert (first.all.released, first.all.interviews) == (100, 80)
    assert (first.size.released, first.size.interviews) == (60, 48)
    assert whole.answers.overall.n == 80 and whole.answers.overall.rate.value == pytest.approx(66 / 80)
    shown = first.results.answers
    assert first.offered and shown.overall.n == 48
    assert shown.overall.rate.value == pytest.approx(36 / 48)
    assert shown.sizes.released == 60 and shown.sizes.frame == 300


def test_its_outcomes_add_up_and_give_its_own_response_rate(survey):
    survey.interviews(30, 2)

    _, first = seen(survey)

    outcomes = first.results.outcomes
    assert (outcomes.released, outcomes.held, outcomes.pending) == (60, 40, 0)
    assert pytest.approx(48 / 60) == outcomes.rates.RR1
    assert first.results.adds_up


@pytest.mark.parametrize(("later", "offered"), [(0, True), (1, False), (9, False), (10, True)])
def test_it_is_not_offered_where_the_later_batches_add_one_to_nine_answers(survey, later, offered):
    if later:
        survey.interviews(later)

    _, first = seen(survey)

    assert first.offered is offered
    if not offered:
        overall = first.results.answers.overall
        assert overall.rate is None and overall.counts == () and first.results.answers.conclusion is None


def test_a_question_that_few_later_households_answered_is_withheld_by_itself(survey):
    for number in range(12):
        answers = SATISFIED if number < 5 else {k: v for k, v in SATISFIED.items() if k != "F3"}
        survey.interview(answers)

    _, first = seen(survey)

    figures = {figure.question.name: figure for figure in first.results.answers.items}
    assert first.offered
    assert figures["F3"].rate is None and figures["F3"].counts == ()
    assert "相减推算" in str(figures["F3"].reliability.message)
    assert figures["F4"].rate is not None


def stratified(session, vault, later, first=(40, 40)):
    survey = make_survey(
        session, vault, ZONES, {"一片区": 90, "二片区": 90}, released={"一片区": first[0], "二片区": first[1]}
    )
    for stratum, n in zip(ZONES, first, strict=True):
        survey.interviews(n - 5, 5, stratum)
    release_more(survey, 一片区=90, 二片区=90)
    for stratum, n in zip(ZONES, later, strict=True):
        survey.interviews(n, 0, stratum)
    return survey


@pytest.mark.parametrize(
    ("later", "by_zone"), [((20, 20), True), ((0, 20), True), ((5, 20), False), ((20, 9), False)]
)
def test_zones_are_shown_only_when_none_differs_by_few(session, vault, later, by_zone):
    whole, first = seen(stratified(session, vault, later))

    assert first.offered and len(whole.answers.zones) == 2
    assert bool(first.results.answers.zones) is by_zone
    assert first.zones_withheld is not by_zone


def with_a_small_zone(session, vault, answers=SATISFIED):
    """Three zones, the third of 8 households; all of the first one answer, the others say `answers`."""
    zones = {"一片区": 150, "二片区": 150, "三片区": 30}
    survey = make_survey(
        session,
        vault,
        zones,
        {"一片区": 60, "二片区": 60, "三片区": 9},
        released={"一片区": 40, "二片区": 20, "三片区": 8},
    )
    for stratum, n in (("一片区", 40), ("二片区", 20), ("三片区", 8)):
        for _ in range(n):
            survey.interview(SATISFIED if stratum == "一片区" else answers, stratum=stratum)
    release_more(survey, 一片区=60, 二片区=60, 三片区=8)
    for _ in range(20):
        survey.interview(stratum="一片区")
        survey.interview(answers, stratum="二片区")
    return survey


def test_small_zones_go_together_in_the_first_batch_as_among_all(session, vault):
    whole, first = seen(with_a_small_zone(session, vault))

    sizes = [
        [(zone.name, zone.figures["H1"].n) for zone in found.answers.zones]
        for found in (whole, first.results)
    ]
    assert sizes == [[("一片区", 60), ("合并的小片区", 48)], [("一片区", 40), ("合并的小片区", 28)]]


def test_a_zone_hidden_for_one_question_leaves_no_zone_of_the_first(session, vault):
    survey = with_a_small_zone(session, vault, {k: v for k, v in SATISFIED.items() if k != "F3"})
    for _ in range(5):
        survey.interview(stratum="二片区")

    whole, first = seen(survey)

    assert [zone.figures["F3"].rate is None for zone in whole.answers.zones] == [True, True]
    assert first.offered and first.results.answers.zones == ()


def test_it_brings_no_variants_which_would_be_further_subtractions(survey):
    for _ in range(12):
        survey.interview(DISSATISFIED, proxy=True)
    survey.interviews(10)

    whole, first = seen(survey)

    assert whole.answers.sensitivity and first.results.answers.sensitivity == ()


def test_with_one_batch_or_no_interview_there_is_no_first_one_to_tell_apart(session, vault):
    survey = make_survey(session, vault, ZONES, {"*": 100}, released={"*": 60})
    assert seen(survey)[1] is None
    release_more(survey, **{"*": 100})
    assert seen(survey)[1] is None
    survey.interviews(12)
    assert seen(survey)[1] is not None


def test_answers_changed_afterwards_count_once_in_the_first_batch_too(survey):
    survey.interviews(12)
    interview_of_first = survey.session.get(type(survey.interview()), 1)
    survey.answer(interview_of_first, "H1", "1")
    survey.session.flush()

    _, first = seen(survey)

    counts = {each.code: each.n for each in first.results.answers.overall.counts}
    assert sum(counts.values()) == 48 and counts["1"] == 1
