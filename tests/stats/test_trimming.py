"""Trimming: the rule of R's survey 4.5, the sum kept, nothing impossible attempted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected
from stats.weighting import (
    CALIBRATED,
    MARGIN_TOTALS,
    MARGINS,
    STARTING,
    assert_weights,
    column,
    figures,
    respondents_design,
)
from survey.errors import Invalid
from survey.stats.calibration import calibrate, calibrated
from survey.stats.raking import rake
from survey.stats.trimming import trim

REFERENCE = expected("A_b_calibration.json")["expected"]["trim"]
RAKED = rake(STARTING, MARGINS, MARGIN_TOTALS)


def test_the_bounds_of_the_reference_are_shares_of_the_median_raked_weight():
    median = float(np.median(RAKED.weights))
    assert [0.55 * median, 1.7 * median] == [close(REFERENCE["lower"]), close(REFERENCE["upper"])]


@pytest.mark.parametrize(("rule", "name"), [("nonstrict", "trim"), ("strict", "trim_strict")])
def test_trimmed_weights_and_estimates_equal_those_of_r(rule, name):
    step = trim(RAKED, REFERENCE["lower"], REFERENCE["upper"], strict=rule == "strict")
    np.testing.assert_allclose(step.weights, column(CALIBRATED, name), rtol=1e-8)
    assert_weights(step, REFERENCE[rule]["weights"])
    found = figures(calibrated(respondents_design(), step))
    assert [found[key] for key in ("p", "total", "score")] == [
        close(REFERENCE[rule][key]) for key in ("p", "total", "score")
    ]


def test_errors_after_trimming_are_those_of_weights_as_given():
    step = trim(RAKED, REFERENCE["lower"], REFERENCE["upper"])
    assert step.auxiliary is None
    assert figures(calibrated(respondents_design(), step)) == figures(respondents_design(step.weights))


def test_the_excess_is_shared_equally_and_one_pass_may_push_others_over():
    weights = np.array([10.0, 3.5, 1.0, 1.5])
    once = trim(weights, upper=4, strict=False)
    assert once.weights.tolist() == [4.0, 5.5, 3.0, 3.5]
    assert once.at_bounds == 1


def test_strict_trimming_repeats_and_never_gives_to_those_once_cut():
    found = trim(np.array([10.0, 3.0, 1.0, 0.5, 0.5]), upper=4)
    assert found.weights.tolist() == [4.0, 4.0, *(pytest.approx(w) for w in (8 / 3, 13 / 6, 13 / 6))]
    assert found.at_bounds == 2


def test_weights_within_the_bounds_stay():
    found = trim(np.array([1.0, 2.0]), 0.5, 2)
    assert (found.weights.tolist(), found.changed, found.at_bounds) == ([1.0, 2.0], 0, 0)


def test_negative_weights_of_a_linear_calibration_can_be_lifted():
    x = np.column_stack([np.ones(4), [0.0, 1, 2, 10]])
    linear = calibrate(np.ones(4), x, np.array([4.0, 1.0]))
    assert linear.not_positive > 0
    assert trim(linear, lower=0.1, strict=True).not_positive == 0


@pytest.mark.parametrize(
    ("step", "code", "place"),
    [
        (lambda: trim(np.ones(2), 2, 1), "bad-bounds", "2"),
        (lambda: trim(np.ones(2), 1, 1), "bad-bounds", "1"),
        (lambda: trim(np.ones(2), float("nan"), 1), "bad-bounds", "nan"),
        (lambda: trim(np.array([1.0, 5]), 0, 2), "trim-impossible", "6"),
        (lambda: trim(np.array([1.0, 5]), 4, 8), "trim-impossible", "6"),
        (lambda: trim(np.array([10.0, 0.1]), 4, 9), "trim-impossible", "上下限"),
        (lambda: trim(np.array([1, -1.0]), 0, 2), "bad-weight", "2"),
        (lambda: trim(np.empty(0), 0, 2), "empty-sample", ""),
    ],
)
def test_bounds_that_cannot_hold_are_refused(step, code, place):
    with pytest.raises(Invalid) as caught:
        step()
    assert caught.value.code == code
    assert place in str(caught.value)


@given(
    st.lists(st.floats(0.1, 100), min_size=2, max_size=30),
    st.floats(0.1, 0.9),
    st.floats(1.1, 4),
    st.booleans(),
)
def test_trimming_keeps_the_sum_and_strictly_the_bounds(weights, low, high, strict):
    before = np.array(weights)
    lower, upper = low * before.mean(), high * before.mean()
    try:
        found = trim(before, lower, upper, strict)
    except Invalid as refused:
        assert refused.code == "trim-impossible"
        return
    assert found.sum_after == pytest.approx(before.sum())
    if strict:
        assert found.smallest >= lower - 1e-9 and found.largest <= upper + 1e-9
