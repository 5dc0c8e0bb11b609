"""Tests of a groups × answers table: the six of R, and what ours does where R stops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stats.golden import close, expected
from stats.samples import column, labels, refused, simple, stratified, two_stage
from survey.stats.association import chi_square, rao_scott, saddlepoint, wald, weighted_table
from survey.stats.cells import Cell, Stratum
from survey.stats.design import Factor, design_of_cells, factor
from survey.stats.ratio import ratio_means

REFERENCE = expected("A_e_tests.json")
SECTIONS = {"svychisq": (REFERENCE["file"], stratified), "svychisq_cluster": ("A_cluster.csv", two_stage)}
CASES = [(section, by) for section in SECTIONS for by in REFERENCE[section] if by != "file"]
OTHERS = {
    "Chisq": chi_square,
    "Wald": wald,
    "adjWald": lambda table: wald(table, adjusted=True),
    "lincom": saddlepoint,  # as R without the package CompQuadForm
    "saddlepoint": saddlepoint,
}
each_table = pytest.mark.parametrize(("section", "by"), CASES)


def asked(section, by):
    file, design = SECTIONS[section]
    return design(file), labels(file, by), labels(file, "y")


def alike(p_value):
    return pytest.approx(p_value, rel=1e-6)


# equal to R


@each_table
def test_the_f_of_rao_and_scott_equals_that_of_r(section, by):
    found, reference = rao_scott(*asked(section, by)), REFERENCE[section][by]["F"]
    assert found.statistic == close(reference["statistic"])
    assert [found.df1, found.df2] == close(reference["parameter"])
    assert found.p_value == alike(reference["p"])
    assert found.method == "rao-scott second-order F"


@each_table
def test_the_weighted_table_equals_that_of_r(section, by):
    found, reference = rao_scott(*asked(section, by)), REFERENCE[section][by]
    assert list(found.table.shape) == reference["table_dim"]
    assert list(found.table.ravel(order="F")) == close(reference["table"])
    assert (found.rows, found.columns) == (asked(section, by)[1].names, ("0", "1"))
    assert found.x2 == close(reference["Chisq"]["statistic"])


@pytest.mark.parametrize("statistic", OTHERS)
@each_table
def test_the_other_statistics_equal_those_of_r(section, by, statistic):
    found, reference = (
        OTHERS[statistic](weighted_table(*asked(section, by))),
        REFERENCE[section][by][statistic],
    )
    degrees = [number for number in (found.df1, found.df2) if number is not None]
    assert found.statistic == close(reference["statistic"])
    assert degrees == close(np.atleast_1d(reference["parameter"]).tolist())
    assert found.p_value == alike(reference["p"])


@pytest.mark.parametrize("row", REFERENCE["score_by_stratum"].values(), ids=lambda row: row["stratum"])
def test_the_mean_score_of_a_stratum_equals_that_of_r(row):
    strata = labels("A_strat.csv", "stratum")
    found = ratio_means(stratified("A_strat.csv"), column("A_strat.csv", "score"), strata)
    place = strata.names.index(row["stratum"])
    assert found.value[place] == close(row["mean"])
    assert found.se[place] == close(row["se"])


def all_satisfied_in(stratum):
    design, strata, answers = asked("svychisq", "stratum")
    satisfied = strata.codes == strata.names.index(stratum)
    return design, strata, Factor(np.where(satisfied, 1, answers.codes), answers.names)


def test_a_table_with_an_empty_field_equals_that_of_r():
    # d$y[d$stratum == "S04"] <- 1; svychisq(~stratum + y, des)
    found = rao_scott(*all_satisfied_in("S04"))
    assert [found.statistic, found.df1, found.df2] == close(
        [8.09047125069512, 2.88449257649782, 1670.12120179224]
    )
    assert found.p_value == alike(3.19936086660620e-05)


def test_wald_refuses_the_empty_field_where_r_calls_the_system_singular():
    with refused("singular-table", "空格"):
        wald(weighted_table(*all_satisfied_in("S04")))


def test_a_domain_equals_that_of_r():
    # svychisq(~stratum + y, subset(des, sex == "F")) on the same data
    design, strata, answers = all_satisfied_in("S04")
    found = rao_scott(design, strata, answers, labels("A_strat.csv", "sex").codes == 0)
    assert [found.statistic, found.df1, found.df2] == close(
        [1.837617924580238, 2.219835567732193, 699.248203835640766]
    )
    assert (found.p_value, found.n) == (alike(0.155320239928274), 321)


def two_censuses():
    design, strata, answers = asked("svychisq", "stratum")
    first = strata.codes == 0
    fraction = np.where(np.arange(6) == 0, 1.0, design.fraction)
    return replace(design, fraction=fraction, weights=np.where(first, 1.0, design.weights)), strata, answers


def test_two_census_strata_among_others_equal_r():
    found = rao_scott(*two_censuses())
    assert [found.statistic, found.df1, found.df2] == close(
        [10.2929334687676, 1.76863258732022, 1024.03826805841]
    )
    assert found.p_value == alike(8.56082478261872e-05)


def test_wald_refuses_two_census_strata_where_r_calls_the_system_singular():
    with refused("singular-table"):
        wald(weighted_table(*two_censuses()))


# edges


def test_cells_give_what_rows_give():
    cells = [Cell("甲", 1, 40), Cell("甲", 0, 10), Cell("乙", 1, 15), Cell("乙", 0, 15)]
    design, kept = design_of_cells(cells, {"甲": Stratum(500), "乙": Stratum(90)})
    by_cells = rao_scott(design, factor([c.stratum for c in kept]), factor([c.code for c in kept]))
    rows, values, strata = simple(
        {"甲": [1] * 40 + [0] * 10, "乙": [1] * 15 + [0] * 15}, {"甲": 500, "乙": 90}
    )
    by_rows = rao_scott(rows, strata, factor(values.astype(int)))
    assert by_cells.n == by_rows.n == 80
    assert by_cells.p_value == close(by_rows.p_value)


def test_an_unweighted_sample_gives_nearly_the_textbook_test():
    design, values, _ = simple({"甲": [1] * 60 + [0] * 40})
    groups = factor(["a"] * 20 + ["b"] * 40 + ["a"] * 30 + ["b"] * 10)
    found = chi_square(weighted_table(design, groups, factor(values.astype(int))))
    assert found.statistic == close(100 * (20 * 10 - 40 * 30) ** 2 / (50 * 50 * 60 * 40))
    assert found.p_value == pytest.approx(4.456e-5, rel=0.2)


def test_a_full_census_is_a_fact_without_a_p_value():
    design, values, strata = simple({"甲": [1, 1, 0], "乙": [1, 0]}, {"甲": 3, "乙": 2})
    found = rao_scott(design, strata, factor(values.astype(int)))
    assert (found.method, found.statistic, found.p_value) == ("census", None, None)
    assert found.table.sum() == 5


def test_categories_that_nobody_is_in_are_left_out_and_named():
    design, values, strata = simple({"甲": [1, 1, 0, 0], "乙": [1, 0, 0, 1], "丙": [1, 0, 1]})
    base = strata.codes != strata.names.index("丙")
    answers = Factor(values.astype(np.intp), ("否", "是", "不知"))
    found = rao_scott(design, strata, answers, base)
    assert found.left_out == ("丙", "不知")
    assert (found.rows, found.n, found.table.shape) == (("乙", "甲"), 8, (2, 2))


def test_one_group_cannot_be_compared():
    design, values, strata = simple({"甲": [1, 0, 1]})
    with refused("one-group", "1"):
        rao_scott(design, strata, factor(values.astype(int)))


def test_nobody_in_the_base_cannot_be_compared():
    design, values, strata = simple({"甲": [1, 0, 1], "乙": [1, 0]})
    with refused("one-group", "0"):
        rao_scott(design, strata, factor(values.astype(int)), np.zeros(5, dtype=bool))


def test_columns_of_other_lengths_are_refused():
    design, _, strata = simple({"甲": [1, 0, 1], "乙": [1, 0, 0]})
    with refused("lengths-differ", "6", "5"):
        rao_scott(design, strata, factor([1, 0, 1, 1, 0]))


def test_one_answer_has_no_difference_to_test():
    design, _, strata = simple({"甲": [1, 1, 1], "乙": [1, 1]})
    with refused("one-answer", "满意"):
        rao_scott(design, strata, factor(["满意"] * 5))


def test_groups_without_any_spread_are_refused():
    design, values, strata = simple({"甲": [1, 1, 1], "乙": [0, 0]})
    with refused("no-variance"):
        rao_scott(design, strata, factor(values.astype(int)))


def test_one_respondent_a_stratum_is_refused():
    design, values, strata = simple({"甲": [1], "乙": [0]}, {"甲": 1, "乙": 1})
    with refused("too-few-units"):
        rao_scott(design, strata, factor(values.astype(int)))


def test_a_stratum_with_one_unit_is_refused_unless_its_treatment_is_chosen():
    design, values, strata = simple({"甲": [1, 0, 1], "乙": [1, 0, 0], "丙": [1]})
    answers = factor(values.astype(int))
    with refused("single-unit-stratum", "丙"):
        rao_scott(design, strata, answers)
    assert 0 < rao_scott(design, strata, answers, lonely="adjust").p_value <= 1


def test_too_many_empty_fields_are_refused_where_r_calls_the_system_singular():
    rng = np.random.default_rng(2)
    groups = factor([name for name in "abcdef" for _ in range(5)])
    answers = Factor(np.where(groups.codes == 0, rng.integers(0, 5, 30), 4).astype(np.intp), tuple("12345"))
    design = simple({"甲": [1] * 30})[0]
    with refused("singular-table"):
        rao_scott(design, groups, factor([answers.names[code] for code in answers.codes]))


def test_more_cells_than_clusters_leave_nothing_to_the_adjusted_wald_test():
    file = "A_cluster.csv"
    with refused("too-few-units", "3"):
        wald(weighted_table(two_stage(file), labels(file, "age"), labels(file, "score")), adjusted=True)
