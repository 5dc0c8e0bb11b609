"""Rates and scores of whole rounds and parts of them: equal to R where R is right, honest where it is not."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import cells, close, expected, strata
from survey.errors import Invalid
from survey.stats.cells import Cell, Stratum
from survey.stats.estimate import mean_score, proportion
from survey.stats.hypergeometric import hypergeometric
from survey.stats.intervals import clopper_pearson
from survey.stats.results import Method

REFERENCE = expected("A_a_proportions.json")
POINTS = {code: float(code) for code in range(1, 6)}
ANSWERS = (5, 4), (5, 4, 3, 2, 1)


def rate(sample, frame, **options):
    return proportion(sample, frame, {1}, {0, 1}, **options)


def answers(satisfied, dissatisfied, stratum="全站", **more):
    return [Cell(stratum, 5, satisfied, **more), Cell(stratum, 1, dissatisfied, **more)]


@contextmanager
def refused(code):
    with pytest.raises(Invalid) as caught:
        yield
    assert caught.value.code == code


# equal to R


@pytest.mark.parametrize("design", ["strat", "strat_prop"])
def test_a_stratified_rate_equals_that_of_r(design):
    file, overall = REFERENCE[design]["file"], REFERENCE[design]["expected"]["overall"]
    found = rate(cells(file), strata(file))
    assert (found.n, found.df, found.method) == (overall["n"], overall["df"], Method.KORN_GRAUBARD_KISH)
    assert found.value == close(overall["p"])
    assert found.se == close(overall["se"])
    assert [found.low, found.high] == [close(limit) for limit in overall["kg_kish"]["ci"]]
    assert found.deff == close(REFERENCE[design]["expected"]["deff_wor"])


@pytest.mark.parametrize("design", ["strat", "strat_prop"])
@pytest.mark.parametrize("by", ["sex", "age"])
def test_a_domain_across_strata_equals_that_of_r(design, by):
    file = REFERENCE[design]["file"]
    reference = REFERENCE[design]["expected"]["domains"].get(by, {})
    for domain, row in reference.items():
        found = rate(cells(file, domain=by), strata(file), domain=domain)
        assert (found.n, found.df) == (row["n"], row["df"])
        assert [found.value, found.se] == [close(row["p"]), close(row["se"])]
        assert [found.low, found.high] == [close(limit) for limit in row["kg_kish"]["ci"]]


def test_a_simple_random_rate_equals_that_of_r_and_is_exact():
    reference = REFERENCE["srs"]["expected"]["overall"]
    found = rate(cells("A_srs.csv"), strata("A_srs.csv"))
    assert [found.value, found.se, found.df] == [close(reference["p"]), close(reference["se"]), 99]
    assert found.deff == close(1)
    assert found.method is Method.HYPERGEOMETRIC
    assert (found.low, found.high) == (937 / 1036, 1023 / 1036)


@pytest.mark.parametrize("name", REFERENCE["srs_domain_exact"])
def test_a_domain_of_a_simple_random_sample_is_exact_on_its_size_in_the_frame(name):
    by, domain = name.split(":")
    row = REFERENCE["srs_domain_exact"][name]
    sample = cells("A_srs.csv", domain=by)
    found = rate(sample, strata("A_srs.csv"), domain=domain, domain_population=row["N_d"])
    assert [found.low, found.high] == [close(limit) for limit in row["hyper_eqtail_p"]]
    assert found.se == close(REFERENCE["srs"]["expected"]["domains"][by][domain]["se"])


def test_clusters_equal_those_of_r_drawn_with_replacement():
    reference = REFERENCE["cluster_with_replacement"]["expected"]["overall"]
    sample = [
        Cell(cell.stratum, cell.code, cell.count, cluster=cell.cluster, weight_class=cell.domain)
        for cell in cells("A_cluster.csv", domain="w", cluster="village")
    ]
    weights = {cell.weight_class: float(cell.weight_class) for cell in sample}
    frame = {cell.stratum: Stratum(10**6) for cell in sample}
    found = rate(sample, frame, weights=weights)
    assert [found.value, found.se, found.df] == [close(reference["p"]), close(reference["se"]), 3]
    assert [found.low, found.high] == [close(limit) for limit in reference["kg_kish"]["ci"]]


@pytest.mark.parametrize("design", ["srs", "strat", "strat_prop"])
def test_a_mean_score_equals_that_of_r(design):
    file, reference = REFERENCE[design]["file"], REFERENCE[design]["expected"]["score_mean"]
    found = mean_score(cells(file, answer="score"), strata(file), POINTS)
    assert [found.value, found.se] == [close(reference["est"]), close(reference["se"])]
    assert found.low < found.value < found.high


def test_a_stratum_that_was_fully_observed_is_known_exactly():
    sample = [cell for cell in cells("A_strat.csv") if cell.stratum == "S03"]
    found = rate(sample, {"S03": Stratum(85)})
    assert (found.method, found.se) == (Method.CENSUS, 0)
    assert found.low == found.value == found.high == 82 / 85


# bases, edges, nobody


def test_answers_outside_the_base_leave_base_and_inference_but_stay_counted_as_respondents():
    sample = [*answers(90, 5), Cell("全站", 8, 4), Cell("全站", 9, 1)]
    found = proportion(sample, {"全站": Stratum(1036)}, *ANSWERS)
    assert (found.n, found.respondents, found.satisfied, found.N) == (95, 100, 90, 1036)
    assert found.value == close(90 / 95)
    assert found.low == hypergeometric(90, 95, 1036).low


def test_nobody_interviewed_gives_no_number_at_all():
    found = proportion([], {"全站": Stratum(1036, released=200)}, *ANSWERS)
    assert (found.value, found.se, found.low, found.high) == (None, None, None, None)
    assert (found.n, found.method) == (0, Method.NOBODY)
    score = mean_score([], {"全站": Stratum(1036)}, POINTS)
    assert (score.value, score.low, score.method) == (None, None, Method.NOBODY)


def test_nobody_in_the_base_gives_no_number():
    found = proportion([Cell("全站", 8, 20)], {"全站": Stratum(100)}, *ANSWERS)
    assert (found.value, found.respondents, found.method) == (None, 20, Method.NOBODY)


@pytest.mark.parametrize(("satisfied", "dissatisfied"), [(100, 0), (0, 100)])
def test_all_alike_in_a_simple_sample_still_has_a_wide_interval(satisfied, dissatisfied):
    found = proportion(answers(satisfied, dissatisfied), {"全站": Stratum(1036)}, *ANSWERS)
    assert (found.se, found.high - found.low) == (0, pytest.approx(35 / 1036))


@pytest.mark.parametrize("satisfied", [True, False])
def test_all_alike_in_every_stratum_still_has_a_wide_interval(satisfied):
    sample = [
        cell for name in ("甲", "乙") for cell in answers(*((40, 0) if satisfied else (0, 40)), stratum=name)
    ]
    found = proportion(sample, {"甲": Stratum(500), "乙": Stratum(300)}, *ANSWERS)
    assert found.value == float(satisfied)
    assert found.high - found.low > 0.03


@pytest.mark.parametrize("men", range(1, 96, 7))
def test_a_simple_sample_has_the_same_rate_to_the_last_bit_however_it_falls_into_cells(men):
    sample = [*answers(men, 1, domain="男"), *answers(96 - men, 3, domain="女")]
    found = proportion(sample, {"全站": Stratum(1036)}, *ANSWERS)
    assert (found.value, found.n) == (0.96, 100)


def test_strata_that_are_each_unanimous_but_disagree_do_not_look_exact():
    sample = [*answers(50, 0, "甲"), *answers(0, 5, "乙")]
    found = proportion(sample, {"甲": Stratum(500), "乙": Stratum(50)}, *ANSWERS)
    assert found.value == close(500 / 550)
    assert found.low < 0.85 and found.high > 0.95


def test_one_interview_alone_has_no_standard_error_and_a_wide_exact_interval():
    found = proportion([Cell("全站", 5)], {"全站": Stratum(100)}, *ANSWERS)
    assert (found.value, found.se, found.high) == (1, None, 1)
    assert found.low < 0.06


def test_an_empty_stratum_is_named_and_left_out_of_the_population():
    frame = {"甲": Stratum(500), "乙": Stratum(300), "丙": Stratum(50)}
    found = proportion([*answers(30, 5, "甲"), *answers(30, 5, "乙")], frame, *ANSWERS)
    assert found.N == 800
    assert [str(note) for note in found.notes] == ["层“丙”没有受访户，结果只代表其余各层。"]


def test_one_stratum_left_is_a_simple_sample_of_that_stratum():
    found = proportion(answers(30, 5, "甲"), {"甲": Stratum(500), "乙": Stratum(300)}, *ANSWERS)
    assert (found.method, found.N, len(found.notes)) == (Method.HYPERGEOMETRIC, 500, 1)


def test_a_stratum_with_a_single_respondent_is_never_treated_silently():
    frame = {"甲": Stratum(500), "乙": Stratum(300)}
    found = proportion([*answers(30, 5, "甲"), Cell("乙", 5)], frame, *ANSWERS)
    assert (found.se, found.method) == (None, Method.CLOPPER_PEARSON_KISH)
    assert "乙" in str(found.notes[0])
    assert found.low < clopper_pearson(31, 36).low
    score = mean_score([*answers(30, 5, "甲"), Cell("乙", 5)], frame, POINTS)
    assert (score.se, score.low) == (None, None)
    assert "乙" in str(score.notes[0])


def test_a_single_household_that_is_the_whole_stratum_is_no_problem():
    frame = {"甲": Stratum(500), "乙": Stratum(1)}
    found = proportion([*answers(30, 5, "甲"), Cell("乙", 5)], frame, *ANSWERS)
    assert (found.method, found.notes) == (Method.KORN_GRAUBARD_KISH, ())


def test_a_domain_of_unknown_size_in_one_sample_uses_the_binomial():
    found = proportion(answers(20, 2, domain="女"), {"全站": Stratum(500)}, *ANSWERS, domain="女")
    assert (found.method, found.N) == (Method.CLOPPER_PEARSON, None)
    assert found.low == clopper_pearson(20, 22).low


def test_a_domain_interviewed_completely_is_known_exactly():
    sample = [*answers(20, 2, domain="女"), *answers(20, 2, domain="男")]
    found = proportion(sample, {"全站": Stratum(500)}, *ANSWERS, domain="女", domain_population=22)
    assert (found.method, found.low, found.high) == (Method.CENSUS, 20 / 22, 20 / 22)


def test_a_score_without_spread_has_no_interval_and_says_so():
    found = mean_score([Cell("全站", 5, 40)], {"全站": Stratum(500)}, POINTS)
    assert (found.value, found.low, found.high, len(found.notes)) == (5, None, None, 1)


def test_a_score_interval_stays_on_the_scale():
    found = mean_score([Cell("全站", 5, 20), Cell("全站", 1, 1)], {"全站": Stratum(500)}, POINTS)
    assert found.high == 5


# census and nonresponse


def test_a_census_that_everybody_answered_is_a_point():
    found = proportion(answers(55, 5), {"全站": Stratum(60, released=60)}, *ANSWERS)
    assert (found.method, found.notes) == (Method.CENSUS, ())
    assert found.low == found.value == found.high == close(55 / 60)


def test_a_census_without_the_households_found_ineligible_is_a_point():
    found = proportion(answers(53, 5), {"全站": Stratum(60, released=60, ineligible=2)}, *ANSWERS)
    assert (found.method, found.N) == (Method.CENSUS, 58)


def test_a_census_with_nonresponse_says_that_its_error_is_not_sampling_error():
    found = proportion(answers(45, 5), {"全站": Stratum(60, released=60)}, *ANSWERS)
    assert found.is_census_with_nonresponse
    assert "不是抽样误差" in str(found.notes[0])
    assert (found.bounds.low, found.bounds.high) == (45 / 60, 55 / 60)
    assert found.low < found.high


def test_a_census_stratum_with_nonresponse_is_named():
    frame = {"甲": Stratum(500, released=80), "乙": Stratum(30, released=30)}
    found = proportion([*answers(30, 5, "甲"), *answers(20, 2, "乙")], frame, *ANSWERS)
    assert ["乙" in str(note) for note in found.notes] == [True]
    assert not found.is_census_with_nonresponse


def test_bounds_weigh_strata_by_what_was_released():
    frame = {"甲": Stratum(500, released=50), "乙": Stratum(100, released=50)}
    found = proportion([*answers(40, 5, "甲"), *answers(20, 10, "乙")], frame, *ANSWERS)
    assert found.bounds.low == close((10 * 40 + 2 * 20) / 600)
    assert found.bounds.high == close((10 * 45 + 2 * 40) / 600)
    assert (found.bounds.missing, found.bounds.n, found.bounds.N) == (25, 75, 100)


def test_without_knowing_the_releases_no_bounds_are_made_up():
    assert proportion(answers(40, 5), {"全站": Stratum(500)}, *ANSWERS).bounds is None


# refused


@pytest.mark.parametrize(
    ("sample", "frame", "code"),
    [
        (answers(9, 1), {}, "unknown-stratum"),
        (answers(9, -1), {"全站": Stratum(100)}, "negative-count"),
        (answers(9, 1), {"全站": Stratum(9)}, "population-below-sample"),
        (answers(9, 1), {"全站": Stratum(100, released=9)}, "population-below-sample"),
        (answers(9, 1), {"全站": Stratum(100, released=101)}, "population-below-sample"),
        (answers(9, 1), {"全站": Stratum(100, respondents=9)}, "answers-above-respondents"),
        ([Cell("全站", 5, 9, weight_class="甲")], {"全站": Stratum(100)}, "missing-weights"),
        ([Cell("全站", 5, 9, cluster="甲"), Cell("全站", 5)], {"全站": Stratum(100)}, "mixed-clusters"),
    ],
)
def test_contradictions_are_refused_with_their_place(sample, frame, code):
    with refused(code):
        proportion(sample, frame, *ANSWERS)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_weights_that_are_no_weights_are_refused(weight):
    sample = [Cell("全站", 5, 9, weight_class="甲")]
    with refused("bad-weight"):
        proportion(sample, {"全站": Stratum(100)}, *ANSWERS, weights={"甲": weight})


def test_a_weight_class_without_weight_is_refused():
    with refused("missing-weight"):
        proportion([Cell("全站", 5, 9)], {"全站": Stratum(100)}, *ANSWERS, weights={"甲": 1.0})


def test_a_domain_smaller_than_its_answers_is_refused():
    sample = answers(20, 2, domain="女")
    with refused("population-below-sample"):
        proportion(sample, {"全站": Stratum(500)}, *ANSWERS, domain="女", domain_population=21)


def test_satisfied_codes_outside_the_base_are_refused():
    with refused("satisfied-outside-base"):
        proportion(answers(9, 1), {"全站": Stratum(100)}, (5, 8), (1, 2, 3, 4, 5))


def test_an_empty_score_map_is_refused():
    with refused("empty-score-map"):
        mean_score(answers(9, 1), {"全站": Stratum(100)}, {})


# invariants

tallies = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 9), st.integers(0, 300)),
    min_size=1,
    max_size=5,
)


def design_of(tally):
    sample, frame = [], {}
    for index, (satisfied, dissatisfied, unknown, unseen) in enumerate(tally):
        name = f"层{index}"
        sample += [*answers(satisfied, dissatisfied, name), Cell(name, 8, unknown)]
        frame[name] = Stratum(satisfied + dissatisfied + unknown + unseen)
    return sample, frame


@given(tallies)
def test_an_estimate_lies_inside_its_interval_inside_zero_and_one(tally):
    sample, frame = design_of(tally)
    found = proportion(sample, frame, *ANSWERS)
    if found.value is None:
        assert found.low is None
        return
    slack = 1 / found.N + 1e-9
    assert -1e-12 <= found.low <= found.value + slack
    assert found.value - slack <= found.high <= 1 + 1e-12


@given(tallies)
def test_splitting_or_shuffling_cells_changes_nothing(tally):
    sample, frame = design_of(tally)
    singles = [Cell(c.stratum, c.code) for c in reversed(sample) for _ in range(c.count)]
    one, other = proportion(sample, frame, *ANSWERS), proportion(singles, frame, *ANSWERS)
    assert one.n == other.n
    assert one.value == pytest.approx(other.value, abs=1e-12)
    assert one.low == pytest.approx(other.low, abs=1e-9)


@given(tallies)
def test_the_mean_of_zero_and_one_points_is_the_rate(tally):
    sample, frame = design_of(tally)
    found = proportion(sample, frame, *ANSWERS)
    score = mean_score(sample, frame, {code: float(code >= 4) for code in range(1, 6)})
    assert (score.value, score.se) == (pytest.approx(found.value, abs=1e-12), found.se)
