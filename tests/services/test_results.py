import pytest
from build import make_round
from build_results import DISSATISFIED, NEVER_MET, SATISFIED, make_survey

from survey.models.draw import Case, Release
from survey.services.results import round_results
from survey.stats.cells import Cell, Stratum
from survey.stats.estimate import proportion
from survey.stats.reliability import Verdict
from survey.stats.results import Method

ONE_ZONE = {"一片区": 120}


def test_a_simple_random_headline_is_the_exact_one_of_r(session, vault):
    survey = make_survey(session, vault, {"一片区": 600, "二片区": 436}, {"*": 100})
    survey.interviews(96, 4)

    found = round_results(session, survey.round_).answers.overall.rate

    assert (found.value, found.n, found.N, found.method) == (0.96, 100, 1036, Method.HYPERGEOMETRIC)
    assert (found.low, found.high) == (937 / 1036, 1023 / 1036)


def test_a_stratified_headline_is_that_of_the_stratified_estimate(session, vault):
    zones = {"一片区": 150, "二片区": 60, "三片区": 40}
    survey = make_survey(session, vault, zones, {"一片区": 60, "二片区": 30, "三片区": 20})
    survey.interviews(40, 5, "一片区")
    survey.interviews(12, 3, "二片区")
    survey.interviews(10, 0, "三片区")

    answers = round_results(session, survey.round_).answers

    strata = {"一片区": Stratum(150, 60), "二片区": Stratum(60, 30), "三片区": Stratum(40, 20)}
    cells = [
        Cell("一片区", 5, 40), Cell("一片区", 2, 5), Cell("二片区", 5, 12), Cell("二片区", 2, 3), Cell("三片区", 5, 10),
    ]  # fmt: skip
    expected = proportion(cells, strata, {4, 5}, {1, 2, 3, 4, 5})
    found = answers.overall.rate
    assert found == expected and found.method is Method.KORN_GRAUBARD_KISH
    by_zone = {zone.name: zone.figures["H1"] for zone in answers.zones}
    first = by_zone["一片区"].rate
    assert (first.n, first.N, first.value) == (45, 150, pytest.approx(40 / 45))
    assert by_zone["三片区"].reliability.verdict is Verdict.FLAGGED


def test_zones_that_cut_through_one_simple_sample_are_domains_of_known_size(session, vault):
    survey = make_survey(session, vault, {"一片区": 100, "二片区": 100}, {"*": 100})
    survey.interviews(90, 10)

    zones = round_results(session, survey.round_).answers.zones

    rates = [zone.figures["H1"].rate for zone in zones]
    assert [rate.N for rate in rates] == [100, 100] and sum(rate.n for rate in rates) == 100
    assert all(rate.method is Method.HYPERGEOMETRIC for rate in rates)


def test_zones_leave_out_the_households_found_ineligible_as_the_headline_does(session, vault):
    survey = make_survey(session, vault, {"一片区": 100, "二片区": 100}, {"*": 100})
    survey.interviews(60)
    for _ in range(7):
        survey.finish("D41")

    answers = round_results(session, survey.round_).answers

    sizes = answers.sizes
    assert (sizes.frame, sizes.ineligible, sizes.eligible, sizes.not_interviewed) == (200, 7, 193, 33)
    assert sum(zone.population for zone in answers.zones) == answers.overall.rate.N == 193
    assert sizes.not_interviewed == answers.overall.rate.bounds.missing


def test_outcome_shares_name_their_parts_and_agree_with_the_rates(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(50)
    survey.finish("D12")
    survey.finish("D32")

    outcomes = round_results(session, survey.round_).outcomes

    rates = outcomes.rates
    assert [one.value for one in outcomes.shares[:4]] == [rates.RR1, rates.COOP1, rates.REF1, rates.CON1]
    assert [(one.part, one.whole) for one in outcomes.shares] == [
        (50, 100),
        (50, 51),
        (1, 100),
        (51, 100),
        (1, 100),
    ]


def test_before_the_draw_there_is_nothing_but_empty_counts(session):
    found = round_results(session, make_round(session))

    assert found.answers is None and found.outcomes.released == 0 and found.outcomes.rates.RR1 is None
    assert found.integrity.sealed_at is None and not found.integrity.verified


def test_before_the_first_interview_there_are_outcomes_and_no_figures(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100}, released={"*": 30})
    survey.finish("D32")

    found = round_results(session, survey.round_)

    assert found.answers is None and found.adds_up
    assert (found.outcomes.drawn, found.outcomes.held, found.outcomes.released) == (100, 70, 30)
    assert found.outcomes.rates.RR1 == 0 and found.outcomes.shares[-1].value == 1 / 30


def test_below_ten_answers_no_rate_is_held_at_all(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(9)

    answers = round_results(session, survey.round_).answers

    assert answers.respondents == 9 and answers.overall.reliability.verdict is Verdict.HIDDEN
    assert answers.overall.rate is None and answers.overall.counts == () and answers.sensitivity == ()
    assert answers.conclusion is None


@pytest.mark.parametrize(("satisfied", "dissatisfied", "value"), [(30, 0, 1.0), (0, 30, 0.0)])
def test_all_and_nobody_satisfied_keep_an_interval(satisfied, dissatisfied, value, session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(satisfied, dissatisfied)

    rate = round_results(session, survey.round_).answers.overall.rate

    assert rate.value == value and rate.high - rate.low > 0.05


def test_a_census_that_reached_everybody_is_a_point(session, vault):
    survey = make_survey(session, vault, {"一片区": 24}, {"*": 24})
    survey.interviews(22, 2)

    rate = round_results(session, survey.round_).answers.overall.rate

    assert rate.method is Method.CENSUS and rate.low == rate.high == 22 / 24


def test_a_census_with_nonresponse_says_what_the_others_could_change(session, vault):
    survey = make_survey(session, vault, {"一片区": 24}, {"*": 24})
    survey.interviews(18, 2)
    survey.finish("D12")

    rate = round_results(session, survey.round_).answers.overall.rate

    assert rate.is_census_with_nonresponse
    assert (rate.bounds.low, rate.bounds.high) == (18 / 24, 22 / 24)


def test_small_zones_go_together_with_the_next_smallest_so_that_the_total_gives_none_away(session, vault):
    zones = {"一片区": 60, "二片区": 40, "三片区": 20}
    survey = make_survey(session, vault, zones, {"一片区": 40, "二片区": 30, "三片区": 10})
    survey.interviews(35, 0, "一片区")
    survey.interviews(18, 2, "二片区")
    survey.interviews(6, 0, "三片区")

    first, merged = round_results(session, survey.round_).answers.zones

    assert (first.name, first.merged, first.figures["H1"].n) == ("一片区", (), 35)
    assert (merged.name, merged.merged) == ("合并的小片区", ("二片区", "三片区"))
    figure = merged.figures["H1"]
    assert (figure.n, figure.rate.N, merged.population) == (26, 60, 60)
    expected = proportion(
        [Cell("二片区", 5, 18), Cell("二片区", 2, 2), Cell("三片区", 5, 6)],
        {"二片区": Stratum(40, 30, 20), "三片区": Stratum(20, 10, 6)},
        {4, 5},
        {1, 2, 3, 4, 5},
    )
    assert (figure.rate.value, figure.rate.low) == (expected.value, expected.low)


def test_zones_that_are_all_small_are_not_shown_by_zone(session, vault):
    zones = {"一片区": 60, "二片区": 40}
    survey = make_survey(session, vault, zones, {"一片区": 40, "二片区": 30})
    survey.interviews(9, 0, "一片区")
    survey.interviews(9, 0, "二片区")

    answers = round_results(session, survey.round_).answers

    assert answers.zones == () and answers.zone_count == 2 and answers.overall.n == 18


def test_an_empty_zone_says_so_and_hides_no_other(session, vault):
    zones = {"一片区": 60, "二片区": 40, "三片区": 20}
    survey = make_survey(session, vault, zones, {"一片区": 40, "二片区": 30, "三片区": 10})
    survey.interviews(20, 0, "一片区")
    survey.interviews(18, 2, "二片区")

    found = {zone.name: zone.figures["H1"] for zone in round_results(session, survey.round_).answers.zones}

    assert [found[name].n for name in zones] == [20, 20, 0]
    assert found["三片区"].reliability.verdict is Verdict.NOBODY and found["二片区"].rate is not None


def test_an_answer_that_a_later_change_took_off_the_path_does_not_count(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(20)
    survey.interview(DISSATISFIED, then=[("D1", "2"), ("C1", "3")])

    answers = round_results(session, survey.round_).answers

    assert answers.overall.n == 20 and answers.overall.rate.value == 1.0
    assert answers.respondents == 21


def test_a_corrected_answer_counts_once_as_corrected(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(19)
    survey.interview(SATISFIED, then=[("H1", "2"), ("H1", "4")])

    counts = {each.code: each.n for each in round_results(session, survey.round_).answers.overall.counts}

    assert (counts["5"], counts["4"], counts["2"]) == (19, 1, 0)


def test_a_voided_interview_leaves_the_figures_and_stays_in_the_outcomes(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(20)
    interview = survey.interview(DISSATISFIED)
    case = interview.case
    case.disposition, case.outcome = "D61", None
    session.flush()

    found = round_results(session, survey.round_)

    assert found.answers.respondents == 20 and found.outcomes.void == 1 and found.adds_up
    assert found.outcomes.rates.COOP1 == 20 / 21


def test_partial_interviews_count_only_where_the_definition_says_so(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(20)
    for _ in range(10):
        survey.interview(DISSATISFIED, partial=True)

    answers = round_results(session, survey.round_).answers

    assert answers.overall.n == 20
    other = next(variant for variant in answers.sensitivity if "部分完成" in str(variant.name))
    assert (other.rate.n, other.rate.satisfied, other.difference.values["n"]) == (30, 20, 10)


def test_a_definition_may_count_partial_interviews(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100}, partials_count=True)
    survey.interviews(20)
    for _ in range(10):
        survey.interview(DISSATISFIED, partial=True)

    answers = round_results(session, survey.round_).answers

    assert answers.overall.n == 30 and answers.definition.version == 2
    assert any("只计完整访问" in str(variant.name) for variant in answers.sensitivity)


def test_the_sensitivity_lines_count_the_middle_the_uncontacted_and_proxies_apart(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(18)
    survey.interview(SATISFIED | {"H1": "3"})
    for _ in range(10):
        survey.interview(DISSATISFIED, proxy=True)
    survey.interview(NEVER_MET)

    answers = round_results(session, survey.round_).answers

    rates = {variant.key: variant.rate for variant in answers.sensitivity if variant.rate}
    counted = {key: (rate.satisfied, rate.n) for key, rate in rates.items()}
    assert (answers.overall.rate.satisfied, answers.overall.n) == (18, 29)
    assert counted == {
        "at_least_basically": (19, 29),
        "no_contact": (18, 30),
        "without_proxies": (18, 19),
    }
    assert (answers.no_contact, answers.proxies) == (1, 10)


def test_score_maps_are_points_beside_the_rates_and_never_among_them(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(18, 2)

    answers = round_results(session, survey.round_).answers

    maps = {variant.key: variant for variant in answers.sensitivity if variant.score and not variant.rate}
    assert maps.keys() == {"M1", "M3"} and answers.overall.score.value == pytest.approx(92.5)
    assert maps["M1"].score.value == pytest.approx((18 * 100 + 2 * 30) / 20)
    assert maps["M3"].score.value == pytest.approx((18 * 100 + 2 * 40) / 20)


def test_a_line_that_differs_by_few_households_is_withheld_so_that_nobodys_answer_follows(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(30)
    for _ in range(9):
        survey.interview(DISSATISFIED, proxy=True)

    answers = round_results(session, survey.round_).answers

    (line,) = [variant for variant in answers.sensitivity if variant.key == "without_proxies"]
    assert line.rate is None and line.score is None and "相减推算" in str(line.withheld)


def test_no_need_of_help_is_shown_and_stays_outside_the_base(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100})
    survey.interviews(15, 5)

    trio = round_results(session, survey.round_).answers.trio

    assert [(figure.question.name, figure.n) for figure in trio] == [("G1", 15)]
    seven = next(each for each in trio[0].counts if each.code == "7")
    assert seven.n == 5 and not seven.in_base and str(trio[0].wording.rate) == "成效率"


def test_three_of_five_things_known_make_a_household_effectively_aware(session, vault):
    survey = make_survey(session, vault, ONE_ZONE, {"*": 100}, questionnaire="full")
    for known in ["1 2 3"] * 6 + ["1 2"] * 4 + ["0"] * 2 + ["9"]:
        survey.interview(SATISFIED | {"C2": known})

    reach = round_results(session, survey.round_).answers.reach

    effective = next(figure for figure in reach if figure.question.name == "C2")
    assert (effective.rate.satisfied, effective.n) == (6, 12)
    assert {each.code: each.n for each in effective.counts}["2"] == 10


def test_the_draw_is_verified_live_and_every_release_is_a_prefix(session, vault):
    survey = make_survey(session, vault, {"一片区": 300}, {"*": 120}, released={"*": 60}, reserve=20)

    integrity = round_results(session, survey.round_).integrity

    assert integrity.verified, [str(check.name) for check in integrity.differing]


def test_a_release_out_of_ticket_order_and_without_a_log_is_found(session, vault):
    survey = make_survey(session, vault, {"一片区": 300}, {"*": 120}, released={"*": 60})
    favourite = session.query(Case).filter_by(design_id=survey.design.id, rank=70).one()
    favourite.release_id, favourite.state = session.query(Release).one().id, "ready"
    session.flush()

    found = round_results(session, survey.round_)

    assert [str(check.name) for check in found.integrity.differing] == ["发放是各层抽签顺序的前段"]
    assert not found.adds_up
