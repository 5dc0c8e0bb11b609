"""Differences of two domains: equal to R where R is right, with limits that hold near 100 %."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected
from stats.samples import column, labels, refused, simple, stratified
from survey.stats.cells import Cell, Stratum
from survey.stats.comparison import difference, mean_scores, newcombe
from survey.stats.design import Auxiliary, design_of_cells, design_of_columns, factor
from survey.stats.hypergeometric import hypergeometric
from survey.stats.intervals import clopper_pearson, korn_graubard_kish, wilson
from survey.stats.ratio import ratio_means
from survey.stats.results import Method

REFERENCE = expected("A_f_differences.json")
CASES = {f"{row['g1']}-{row['g2']}": row for row in (*REFERENCE["strata_pairs"], REFERENCE["sex"])}
FIELDS = {
    "diff": lambda found: found.value,
    "se": lambda found: found.se,
    "df": lambda found: found.df,
    "level": lambda found: found.level,
    "wald_t": lambda found: list(found.wald.t),
    "wald_z": lambda found: list(found.wald.z),
}


def compared(row):
    file = "A_strat.csv"
    groups = labels(file, row["by"])
    return difference(stratified(file), column(file, "y"), groups, row["g1"], row["g2"], row["level"])


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("case", CASES)
def test_a_difference_equals_that_of_r(case, field):
    assert FIELDS[field](compared(CASES[case])) == close(CASES[case][field])


@pytest.mark.parametrize("case", CASES)
def test_its_p_value_equals_that_of_r(case):
    assert compared(CASES[case]).wald.p_value == pytest.approx(CASES[case]["p_value_t"], rel=1e-6)


def test_two_strata_are_shown_by_newcombe_on_their_exact_limits():
    found = compared(CASES["S01-S02"])
    assert (found.one.method, found.one.N, found.correlation) == (Method.HYPERGEOMETRIC, 1036, 0)
    one, other = hypergeometric(99, 100, 1036), hypergeometric(87, 100, 640)
    assert found.one.limits == (one.low, one.high)
    expected_limits = newcombe(0.99, (one.low, one.high), 0.87, (other.low, other.high))
    assert found.interval == pytest.approx(expected_limits, rel=1e-12)


def test_a_census_stratum_counts_as_a_point():
    found = compared(CASES["S01-S03"])
    assert (found.other.method, found.other.limits, found.method) == (
        Method.CENSUS,
        (82 / 85, 82 / 85),
        "linearization",
    )
    assert found.interval[0] == pytest.approx(found.one.limits[0] - 82 / 85)


def test_domains_across_strata_use_korn_graubard_and_their_correlation():
    found = compared(CASES["F-M"])
    female, male = found.one, found.other
    assert (female.method, female.N) == (Method.KORN_GRAUBARD_KISH, None)
    assert 0 < abs(found.correlation) < 0.1
    assert found.se**2 == pytest.approx(
        female.se**2 + male.se**2 - 2 * found.correlation * female.se * male.se
    )
    means = ratio_means(stratified("A_strat.csv"), column("A_strat.csv", "y"), labels("A_strat.csv", "sex"))
    place = means.names.index("F")
    limits = korn_graubard_kish(
        means.value[place], means.se[place], int(means.n[place]), int(means.df[place]), means.kish[place]
    )
    assert female.limits == pytest.approx((limits.low, limits.high))


def test_the_other_way_round_the_difference_changes_its_sign_only():
    there = compared(CASES["S01-S02"])
    back = compared({**CASES["S01-S02"], "g1": "S02", "g2": "S01"})
    assert back.value == -there.value
    assert back.se == close(there.se)
    assert back.interval == pytest.approx((-there.interval[1], -there.interval[0]))


def test_scores_are_compared_by_t():
    file = "A_strat.csv"
    found = difference(
        stratified(file), column(file, "score"), labels(file, "stratum"), "S01", "S02", level=0.9
    )
    reference = {row["stratum"]: row for row in expected("A_e_tests.json")["score_by_stratum"].values()}
    assert found.value == close(reference["S01"]["mean"] - reference["S02"]["mean"])
    assert found.se == close(np.hypot(reference["S01"]["se"], reference["S02"]["se"]))
    assert (found.newcombe, found.interval, found.one.method) == (None, found.wald.t, Method.STUDENT)


def test_cells_give_what_rows_give():
    cells = [Cell("甲", 1, 40), Cell("甲", 0, 10), Cell("乙", 1, 15), Cell("乙", 0, 15)]
    design, rows = design_of_cells(cells, {"甲": Stratum(500), "乙": Stratum(90)})
    values = np.array([float(cell.code) for cell in rows])
    by_cells = difference(design, values, factor([cell.stratum for cell in rows]), "甲", "乙")
    answers = {"甲": [1] * 40 + [0] * 10, "乙": [1] * 15 + [0] * 15}
    by_rows = difference(*simple(answers, {"甲": 500, "乙": 90}), "甲", "乙")
    assert by_cells.interval == pytest.approx(by_rows.interval)
    assert by_cells.se == close(by_rows.se)
    assert by_cells.df == by_rows.df == 78


def test_answers_outside_the_base_leave_the_comparison():
    design, values, strata = simple({"甲": [1, 1, 1, 0, 0], "乙": [1, 0, 0, 1, 1]}, {"甲": 50, "乙": 60})
    base = np.array([True] * 4 + [False] + [True] * 5)
    found = difference(design, values, strata, "甲", "乙", base=base)
    assert (found.one.n, found.value, found.df) == (4, close(3 / 4 - 3 / 5), 7)


# edges


def test_two_censuses_differ_as_a_fact():
    found = difference(*simple({"甲": [1, 1, 0], "乙": [1, 0]}, {"甲": 3, "乙": 2}), "甲", "乙")
    assert (found.method, found.se, found.wald) == ("census", 0, None)
    assert found.interval == (found.value, found.value) == pytest.approx((1 / 6, 1 / 6))


def test_two_censuses_of_scores_differ_as_a_fact():
    design, values, strata = simple({"甲": [1, 5, 3], "乙": [2, 4]}, {"甲": 3, "乙": 2})
    found = difference(design, values, strata, "甲", "乙")
    assert (found.method, found.newcombe, found.interval) == ("census", None, (0, 0))


def test_two_samples_all_satisfied_still_have_a_wide_interval():
    found = difference(*simple({"甲": [1] * 40, "乙": [1] * 30}, {"甲": 400, "乙": 300}), "甲", "乙")
    assert (found.value, found.se, found.wald, found.method) == (0, 0, None, "linearization")
    assert found.interval[0] < -0.05 and found.interval[1] > 0.05


def test_a_group_in_which_nobody_answered_gives_no_number():
    design, values, strata = simple({"甲": [1, 1, 0], "乙": [1, 0]}, {"甲": 30, "乙": 20})
    found = difference(design, values, strata, "甲", "乙", base=strata.codes == 0)
    empty = found.one if strata.names[0] == "乙" else found.other
    assert (found.value, found.se, found.interval, found.method) == (None, None, None, "nobody")
    assert (empty.n, empty.method) in ((0, Method.NOBODY), (3, Method.HYPERGEOMETRIC))


def test_one_respondent_has_no_standard_error_but_a_wide_interval():
    design, values, _ = simple({"甲": [1, 0, 1, 1, 0, 1]}, {"甲": 60})
    found = difference(design, values, factor(list("aaaaab")), "b", "a")
    assert (found.one.n, found.one.se, found.se, found.wald) == (1, None, None, None)
    assert found.one.limits == pytest.approx((clopper_pearson(1, 1).low, 1))
    assert found.interval[0] < -0.3


def test_one_respondent_and_a_score_give_no_interval():
    design, values, _ = simple({"甲": [1, 5, 3, 4, 2, 5]}, {"甲": 60})
    found = difference(design, values, factor(list("aaaaab")), "b", "a")
    assert (found.value, found.interval) == (2, None)


def test_domains_of_one_sample_of_unknown_size_use_the_binomial():
    design, values, _ = simple({"甲": [1, 0, 1, 1, 0, 1]}, {"甲": 60})
    found = difference(design, values, factor(list("aaabbb")), "a", "b")
    assert {found.one.method, found.other.method} == {Method.CLOPPER_PEARSON}
    assert found.correlation == pytest.approx(0, abs=1e-12)


def test_clusters_count_by_their_totals():
    file = "A_cluster.csv"
    strata, clusters = labels(file, "stratum"), labels(file, "village")
    design = design_of_columns(column(file, "w"), strata, clusters=clusters)
    values = column(file, "y")
    found = difference(design, values, strata, "S01", "S02")
    means = ratio_means(design, values, strata)
    assert found.se == close(np.hypot(means.se[0], means.se[1]))
    assert (found.df, found.one.method, found.one.N) == (3, Method.KORN_GRAUBARD_KISH, None)


def test_a_group_that_does_not_occur_is_named():
    with refused("unknown-group", "丙", "乙"):
        difference(*simple({"甲": [1, 0], "乙": [1, 0]}), "甲", "丙")


def test_a_group_is_not_compared_with_itself():
    with refused("same-group", "甲"):
        difference(*simple({"甲": [1, 0], "乙": [1, 0]}), "甲", "甲")


def test_a_value_that_is_no_number_is_refused_unless_it_lies_outside_the_base():
    design, values, strata = simple({"甲": [1, 0, 1], "乙": [1, 0, 0]})
    values[2] = np.nan
    with refused("bad-value", "第 3 行"):
        difference(design, values, strata, "甲", "乙")
    known = np.isfinite(values)
    assert difference(design, values, strata, "甲", "乙", base=known).one.n == 2


def test_columns_of_other_lengths_are_refused():
    design, values, strata = simple({"甲": [1, 0, 1], "乙": [1, 0, 0]})
    with refused("lengths-differ", "6", "5"):
        difference(design, values[:5], strata, "甲", "乙")


def test_a_level_that_is_no_share_is_refused():
    with refused("bad-level", "95"):
        difference(*simple({"甲": [1, 0], "乙": [1, 0]}), "甲", "乙", 95)


def test_a_stratum_with_one_unit_is_refused_unless_its_treatment_is_chosen():
    sample = simple({"甲": [1, 0, 1], "乙": [1, 0, 0], "丙": [1]}, {"甲": 30, "乙": 20, "丙": 9})
    with refused("single-unit-stratum", "丙"):
        difference(*sample, "甲", "乙")
    assert difference(*sample, "甲", "乙", lonely="certainty").se > 0


# scores and Newcombe


def test_mean_scores_carry_the_standard_error_of_every_group():
    file = "A_strat.csv"
    design, values, sex = stratified(file), column(file, "y"), labels(file, "sex")
    scores = mean_scores(design, values, sex.codes == 0)
    assert scores.sum() == pytest.approx(0, abs=1e-15)
    assert not scores[sex.codes == 1].any()


def test_newcombe_equals_the_published_example():
    # Newcombe (1998), table II, contrast a: 56/70 - 48/80, method 10
    one, other = wilson(56, 70), wilson(48, 80)
    limits = newcombe(56 / 70, (one.low, one.high), 48 / 80, (other.low, other.high))
    assert limits == pytest.approx((0.0524, 0.3339), abs=5e-5)


shares = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted)


@given(shares, shares, st.floats(-1, 1))
def test_newcombe_holds_the_difference_and_stays_between_minus_one_and_one(one, other, correlation):
    (low1, p1, high1), (low2, p2, high2) = one, other
    low, high = newcombe(p1, (low1, high1), p2, (low2, high2), correlation)
    assert low <= p1 - p2 + 1e-12 and p1 - p2 <= high + 1e-12
    low, high = newcombe(p1, (low1, high1), p2, (low2, high2))
    assert low >= -1 - 1e-12 and high <= 1 + 1e-12


def test_points_of_two_facts_have_no_width():
    assert newcombe(0.9, (0.9, 0.9), 0.5, (0.5, 0.5)) == (0.4, 0.4)


def test_a_calibrated_design_ties_its_strata_together():
    design, values, strata = simple({"甲": [1, 0, 1, 1], "乙": [1, 0, 0, 1]}, {"甲": 40, "乙": 40})
    sex = np.array([0.0, 1, 0, 1, 0, 0, 1, 1])
    calibrated = replace(design, auxiliary=Auxiliary(np.column_stack([np.ones(8), sex]), design.weights))
    found = difference(calibrated, values, strata, "甲", "乙")
    assert found.correlation != 0
    assert found.one.method is Method.KORN_GRAUBARD_KISH
