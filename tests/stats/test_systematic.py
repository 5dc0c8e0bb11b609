"""Systematic samples with equal and unequal probabilities equal the reference."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stats.golden import close, expected, rows
from stats.samples import column, refused
from survey.stats.comparison import mean_scores
from survey.stats.design import design_of_columns, one_group
from survey.stats.ratio import ratio_means, totals
from survey.stats.systematic import brewer_variance, successive_difference

REFERENCE = expected("A_a_proportions.json")
PPS, SYSTEMATIC = REFERENCE["pps"], REFERENCE["systematic"]
FILE, ORDERED = PPS["file"], SYSTEMATIC["file"]
WITH_REPLACEMENT = design_of_columns(column(FILE, "w"))


# equal probabilities


def test_a_systematic_sample_has_the_mean_and_the_successive_differences_of_the_reference():
    found = successive_difference(column(ORDERED, "y"), int(rows(ORDERED)[0]["Nh"]))
    assert found.value == close(SYSTEMATIC["p"])
    assert found.se == close(SYSTEMATIC["se_successive_difference"])
    assert (found.n, found.N) == (110, 1500)


def test_as_a_simple_random_sample_it_equals_r():
    weights = column(ORDERED, "w")
    design = design_of_columns(weights, one_group(len(weights)), {"": 1500.0})
    assert ratio_means(design, column(ORDERED, "y")).se[0] == close(SYSTEMATIC["se_srs"])


def test_alike_neighbours_make_the_error_smaller_and_alternating_ones_larger():
    sorted_se = successive_difference([0] * 10 + [1] * 10, 200).se
    mixed_se = successive_difference([0, 1] * 10, 200).se
    simple_se = math.sqrt((1 - 0.1) * 0.25 / 19)
    assert sorted_se < simple_se < mixed_se


def test_a_whole_frame_has_no_error():
    assert successive_difference([1, 0, 1], 3).se == 0
    assert successive_difference([1], 1).se == 0


def test_a_single_value_shows_no_error():
    assert successive_difference([1], 30).se is None


@pytest.mark.parametrize(
    ("values", "population", "code", "place"),
    [
        ([], 30, "empty-sample", "没有受访户"),
        ([1, 0, 1], 2, "population-below-sample", "3"),
        ([1, float("nan"), 1], 30, "bad-value", "第 2 行"),
    ],
)
def test_a_sample_that_cannot_be_is_refused(values, population, code, place):
    with refused(code, place):
        successive_difference(values, population)


# unequal probabilities


@pytest.mark.parametrize(
    ("function", "value", "se"),
    [(ratio_means, "p", "se"), (totals, "total", "se_total")],
    ids=["mean", "total"],
)
def test_a_draw_by_size_taken_with_replacement_equals_that_of_r(function, value, se):
    found = function(WITH_REPLACEMENT, column(FILE, "y"))
    assert found.value[0] == close(PPS["with_replacement"][value])
    assert found.se[0] == close(PPS["with_replacement"][se])


def test_brewers_variance_of_a_mean_equals_that_of_r():
    values, inclusion = column(FILE, "y"), column(FILE, "pik")
    scores = mean_scores(WITH_REPLACEMENT, values, np.ones(PPS["n"], dtype=bool))
    assert ratio_means(WITH_REPLACEMENT, values).value[0] == close(PPS["brewer"]["p"])
    assert math.sqrt(brewer_variance(scores, inclusion)) == close(PPS["brewer"]["se"])


def test_brewers_variance_of_a_total_equals_that_of_r():
    scores, inclusion = column(FILE, "y") / column(FILE, "pik"), column(FILE, "pik")
    assert scores.sum() == close(PPS["brewer"]["total"])
    assert math.sqrt(brewer_variance(scores, inclusion)) == close(PPS["brewer"]["se_total"])


def test_units_that_are_certain_add_nothing():
    assert brewer_variance(np.array([1.0, 5.0, 9.0]), np.ones(3)) == 0
    assert brewer_variance(np.array([1.0]), np.ones(1)) == 0


def test_equal_probabilities_give_the_simple_variance():
    values = np.array([1.0, 0, 1, 1, 0])
    found = brewer_variance(values * 4, np.full(5, 0.25))
    design = design_of_columns(np.full(5, 4.0), one_group(5), {"": 20.0})
    assert math.sqrt(found) == close(totals(design, values).se[0])


@pytest.mark.parametrize(
    ("scores", "inclusion", "code", "place"),
    [
        ([1, 2], [0.5], "lengths-differ", "1"),
        ([1, 2], [0.5, 0], "bad-inclusion", "第 2 行"),
        ([1, 2], [1.5, 0.5], "bad-inclusion", "1.5"),
        ([1, 2], [0.5, float("nan")], "bad-inclusion", "nan"),
        ([1, float("inf")], [0.5, 0.5], "bad-value", "第 2 行"),
        ([1], [0.5], "single-unit-stratum", "一个单位"),
        ([], [], "empty-sample", "没有受访户"),
    ],
)
def test_probabilities_that_cannot_be_are_refused(scores, inclusion, code, place):
    with refused(code, place):
        brewer_variance(np.array(scores, dtype=float), np.array(inclusion, dtype=float))
