"""Quantiles equal those of R, and say little of a five-point score."""

from __future__ import annotations

import numpy as np
import pytest

from stats.golden import close, expected
from stats.samples import column, labels, refused, simple, stratified
from survey.stats.quantile import quantile

REFERENCE = expected("A_e_tests.json")["quantiles_score"]


@pytest.mark.parametrize("row", REFERENCE["math"], ids=lambda row: f"q{row['q']}")
@pytest.mark.parametrize("rule", ["math", "hf1"])
def test_quantiles_of_the_score_equal_those_of_r(rule, row):
    assert row in REFERENCE[rule]  # Hyndman and Fan's first rule is the same definition
    found = quantile(stratified("A_strat.csv"), column("A_strat.csv", "score"), row["q"])
    assert (found.value, found.low, found.high) == (row["est"], row["lower"], row["upper"])
    assert found.se == close(row["se"])
    assert (found.n, found.df) == (585, 579)


# svyquantile(~size, des, q, qrule="math", interval.type="mean"), and on subset(des, sex == "F")
SIZES = [
    (None, 0.1, (2, 2, 3), 0.254573462667462),
    (None, 0.5, (4, 4, 5), 0.254573462667462),
    (None, 0.9, (6, 6, 7), 0.254573462667462),
    ("F", 0.1, (2, 2, 3), 0.254126566694924),
    ("F", 0.5, (4, 4, 5), 0.254126566694924),
    ("F", 0.9, (7, 7, 8), 0.254126566694924),
]


@pytest.mark.parametrize(("sex", "q", "limits", "se"), SIZES)
def test_quantiles_of_household_sizes_equal_those_of_r(sex, q, limits, se):
    file = "A_strat.csv"
    base = None if sex is None else labels(file, "sex").codes == 0
    found = quantile(stratified(file), column(file, "size"), q, base=base)
    assert (found.value, found.low, found.high) == limits
    assert found.se == close(se)


def test_a_limit_beyond_the_sample_is_not_made_up():
    design, values, _ = simple({"甲": [0, 0, 0, 0, 1, 1, 0, 1]})
    found = quantile(design, values + np.arange(8), 0.6)
    assert (found.value, found.high, found.se) == (5, None, None)
    assert found.low < found.value


def test_one_respondent_has_a_value_and_no_limits():
    design, _, _ = simple({"甲": [1]}, {"甲": 1})
    found = quantile(design, np.array([7.0]), 0.5)
    assert (found.value, found.low, found.high, found.n, found.df) == (7, None, None, 1, 0)


@pytest.mark.parametrize("q", [0, 1, 50, float("nan")])
def test_a_quantile_that_is_no_share_is_refused(q):
    design, values, _ = simple({"甲": [1, 0, 1]})
    with refused("bad-quantile", str(q)):
        quantile(design, values, q)


def test_nobody_in_the_base_is_refused():
    design, values, _ = simple({"甲": [1, 0, 1]})
    with refused("empty-sample"):
        quantile(design, values, 0.5, base=np.zeros(3, dtype=bool))


def test_a_value_that_is_no_number_is_refused():
    design, values, _ = simple({"甲": [1, 0, 1]})
    with refused("bad-value", "第 2 行"):
        quantile(design, np.where(np.arange(3) == 1, np.nan, values), 0.5)
