"""Calibration: R's weights and errors, totals met, bounds kept, nothing half-converged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected
from stats.weighting import (
    CALIBRATED,
    FRAME,
    MARGIN_TOTALS,
    MARGINS,
    RESPONDENTS,
    STARTING,
    assert_figures,
    assert_weights,
    column,
    figures,
    respondents_design,
)
from survey.errors import Invalid
from survey.stats.calibration import calibrate, calibrate_margins, calibrated
from survey.stats.design import design_of_columns
from survey.stats.margins import benchmarks
from survey.stats.raking import post_stratify, rake
from survey.stats.weights import adjust_unknown_eligibility

REFERENCE = expected("A_b_calibration.json")["expected"]
BOUNDS = tuple(REFERENCE["logit_bounds"])

# R 4.2.2, survey 4.1-1: calibrate(d, ~sex+age+stratum, pop, calfun=, bounds=c(.92, 1.18), epsilon=1e-11)
CUT_AT_BOUNDS = {
    "linear": {
        "p": 0.897251837658069,
        "se": 0.0133186467075649,
        "total": 3401.48171656174,
        "se_total": 50.4909896683784,
        "score": 4.26290080769017,
        "se_score": 0.0367445631464191,
    },
    "raking": {
        "p": 0.897265982540616,
        "se": 0.0133151182333105,
        "total": 3401.53533981137,
        "se_total": 50.4776132224785,
        "score": 4.26291975313458,
        "se_score": 0.0367438049207828,
    },
}
JOINT = [f"{row['sex']}|{row['age']}" for row in RESPONDENTS]


@pytest.mark.parametrize(
    ("method", "bounds", "exact"), [("linear", None, 1e-11), ("raking", None, 1e-10), ("logit", BOUNDS, 1e-8)]
)
def test_calibrated_weights_and_figures_equal_those_of_r(method, bounds, exact):
    step = calibrate_margins(STARTING, MARGINS, MARGIN_TOTALS, method, bounds)
    np.testing.assert_allclose(step.weights, column(CALIBRATED, f"cal_{method}"), rtol=exact)
    assert_weights(step, REFERENCE[f"calibrate_{method}"]["weights"])
    assert_figures(calibrated(respondents_design(), step), REFERENCE[f"calibrate_{method}"])
    assert (step.n, step.not_positive) == (len(STARTING), 0)


def test_the_bounds_of_the_reference_widen_the_range_of_the_raking():
    step = rake(STARTING, MARGINS, MARGIN_TOTALS)
    low, high = step.smallest_factor, step.largest_factor
    widened = [low - 0.05 * (1 - low), high + 0.05 * (high - 1)]
    assert [round(bound, 3) for bound in widened] == list(BOUNDS)


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_calibration_cut_at_bounds_equals_that_of_r(method):
    step = calibrate_margins(STARTING, MARGINS, MARGIN_TOTALS, method, (0.92, 1.18))
    assert_figures(calibrated(respondents_design(), step), CUT_AT_BOUNDS[method])
    assert step.at_bounds == 248
    assert (step.smallest_factor, step.largest_factor) == (close(0.92), close(1.18))


def test_calibration_on_joint_classes_is_post_stratification():
    linear = calibrate_margins(STARTING, {"joint": JOINT}, {"joint": FRAME["sex|age"]}, "linear")
    scaled = post_stratify(STARTING, JOINT, FRAME["sex|age"])
    np.testing.assert_allclose(linear.weights, scaled.weights, rtol=1e-12)
    one, other = (figures(calibrated(respondents_design(), step)) for step in (linear, scaled))
    assert one == pytest.approx(other)


def test_calibration_to_a_number_meets_it_beside_the_classes():
    size = column(RESPONDENTS, "size")
    x = np.column_stack([np.ones(len(size)), size, [label == "F" for label in MARGINS["sex"]]])
    step = calibrate(STARTING, x, np.array([3791.0, 12000.0, 2101.0]), "raking", names=["户", "人", "女"])
    assert step.weights @ x == pytest.approx([3791, 12000, 2101], rel=1e-11)


def test_columns_that_others_determine_change_neither_weights_nor_errors():
    found = benchmarks(STARTING, MARGINS, MARGIN_TOTALS)
    twice = np.column_stack([found.x, found.x[:, 0] - 2 * found.x[:, 3], found.x])
    totals = np.concatenate([found.totals, [found.totals[0] - 2 * found.totals[3]], found.totals])
    plain, padded = calibrate(STARTING, found.x, found.totals), calibrate(STARTING, twice, totals)
    np.testing.assert_allclose(padded.weights, plain.weights, rtol=1e-11)
    one, other = (figures(calibrated(respondents_design(), step)) for step in (plain, padded))
    assert one == pytest.approx(other, rel=1e-10)


def test_nested_margins_are_calibrated_together():
    villages = [row["village"] for row in RESPONDENTS]
    strata = MARGINS["stratum"]
    inside = {name: sum(STARTING[np.array(villages) == name]) for name in sorted(set(villages))}
    of = dict(zip(villages, strata, strict=True))
    scaled = {
        name: part
        * FRAME["stratum"][of[name]]
        / sum(value for village, value in inside.items() if of[village] == of[name])
        for name, part in inside.items()
    }
    totals = {"stratum": FRAME["stratum"], "village": scaled}
    step = calibrate_margins(STARTING, {"stratum": strata, "village": villages}, totals, "raking")
    assert step.auxiliary is not None
    assert step.auxiliary.x.shape[1] == len(scaled)
    for name, total in scaled.items():
        assert step.weights[np.array(villages) == name].sum() == pytest.approx(total)


def test_a_linear_calibration_says_when_weights_are_not_positive():
    x = np.column_stack([np.ones(4), [0.0, 1, 2, 10]])
    step = calibrate(np.ones(4), x, np.array([4.0, 1.0]))
    assert step.not_positive == 1 and step.smallest < 0 and step.weights @ x[:, 1] == pytest.approx(1)
    with pytest.raises(Invalid) as caught:
        calibrated(design_of_columns(np.ones(4)), step)
    assert caught.value.code == "bad-weight" and "4" in str(caught.value)
    with pytest.raises(Invalid) as caught:
        rake(step, {"a": list("xxyy")}, {"a": {"x": 1, "y": 1}})
    assert caught.value.code == "bad-weight"


def test_cases_that_have_left_are_neither_read_nor_weighted():
    known = adjust_unknown_eligibility(np.ones(4), ["I", "UH", "I", "I"], ["甲"] * 4)
    x = np.array([[1, 0.0], [np.nan, np.nan], [1, 1], [1, 1]])
    step = calibrate(known, x, np.array([10.0, 6.0]))
    assert step.weights.tolist() == [pytest.approx(w) for w in (4, 0, 3, 3)]
    design = calibrated(design_of_columns(np.ones(3)), step)
    assert design.auxiliary is not None and design.auxiliary.x.shape == (3, 2)


def test_a_design_with_other_rows_than_the_cases_is_refused():
    step = calibrate(np.ones(3), np.ones((3, 1)), np.array([9.0]))
    for design in (
        design_of_columns(np.ones(2)),
        replace(design_of_columns(np.ones(3)), counts=np.full(3, 2.0)),
    ):
        with pytest.raises(Invalid) as caught:
            calibrated(design, step)
        assert caught.value.code == "lengths-differ"


ONE, TWO = np.ones((2, 1)), np.array([[1, 0.0], [1, 1]])


@pytest.mark.parametrize(
    ("step", "code", "places"),
    [
        (lambda: calibrate(np.empty(0), np.empty((0, 1)), np.ones(1)), "empty-sample", []),
        (lambda: calibrate(np.array([1, 0.0]), ONE, np.ones(1)), "bad-weight", ["2"]),
        (lambda: calibrate(np.ones(2), np.ones((3, 1)), np.ones(1)), "lengths-differ", ["2", "3"]),
        (lambda: calibrate(np.ones(2), ONE, np.ones(2)), "lengths-differ", []),
        (lambda: calibrate(np.ones(2), ONE, np.ones(1), names=["a", "b"]), "lengths-differ", []),
        (lambda: calibrate(np.ones(2), np.empty((2, 0)), np.empty(0)), "no-margins", []),
        (lambda: calibrate(np.ones(2), np.array([[1], [np.nan]]), np.ones(1)), "missing-value", ["2", "“1”"]),
        (lambda: calibrate(np.ones(2), ONE, np.array([np.nan]), names=["人"]), "bad-total", ["人"]),
        (lambda: calibrate(np.ones(2), ONE, np.ones(1), "ridge"), "unknown-method", ["ridge"]),
        (lambda: calibrate(np.ones(2), ONE, np.ones(1), "logit"), "missing-bounds", []),
        (lambda: calibrate(np.ones(2), ONE, np.ones(1), "logit", (1.0, 2)), "bad-bounds", ["1.0"]),
        (lambda: calibrate(np.ones(2), ONE, np.ones(1), "logit", (0.5, np.inf)), "bad-bounds", ["inf"]),
        (lambda: calibrate(np.ones(2), ONE, np.ones(1), "linear", (0.5, 0.9)), "bad-bounds", ["0.9"]),
        (
            lambda: calibrate(np.ones(2), np.ones((2, 2)), np.array([2.0, 3]), names=["a", "b"]),
            "contradictory-totals",
            ["3", "2"],
        ),
        (
            lambda: calibrate(np.ones(2), np.array([[1, 0.0], [1, 0]]), np.array([2.0, 3]), names=["a", "b"]),
            "contradictory-totals",
            ["“b”", "3", "0"],
        ),
        (
            lambda: calibrate(np.ones(2), TWO, np.array([2.0, 3]), "raking", names=["a", "b"]),
            "calibration-diverges",
            ["2", "3"],
        ),
        (
            lambda: calibrate(np.ones(2), TWO, np.array([2.0, 1.9]), "logit", (0.5, 1.5), names=["a", "b"]),
            "calibration-infeasible",
            ["0.5", "1.5", "“b”", "1.9"],
        ),
        (
            lambda: calibrate(np.ones(2), TWO, np.array([2.0, 1.9]), "linear", (0.5, 1.5)),
            "calibration-infeasible",
            ["0.5", "1.5"],
        ),
        (
            lambda: calibrate_margins(
                np.ones(2),
                {"性别": ["男", "女"], "年龄": ["老", "少"]},
                {"性别": {"男": 5, "女": 5}, "年龄": {"老": 4, "少": 5}},
            ),
            "contradictory-totals",
            ["性别", "10", "年龄", "9"],
        ),
        (
            lambda: calibrate_margins(np.ones(2), {"性别": ["男", "男"]}, {"性别": {"男": 5, "女": 5}}),
            "empty-class",
            ["性别=女"],
        ),
        (
            lambda: calibrate_margins(np.ones(2), {"性别": ["男", "女"]}, {"性别": {"男": 5}}),
            "missing-total",
            ["性别=女"],
        ),
    ],
)
def test_what_cannot_be_calibrated_is_refused_naming_the_place(step, code, places):
    with pytest.raises(Invalid) as caught:
        step()
    assert caught.value.code == code
    for place in places:
        assert place in str(caught.value)


@st.composite
def benchmarked(draw):
    """Cases with numbers and marks, and totals that factors between .6 and 1.6 meet."""
    n = draw(st.integers(6, 25))

    def floats(low, high):
        return np.array(draw(st.lists(st.floats(low, high), min_size=n, max_size=n)))

    x = np.column_stack([np.ones(n), floats(0, 1000), np.round(floats(0, 1))])
    weights, factors = floats(0.5, 20), floats(0.6, 1.6)
    return weights, x, x.T @ (weights * factors)


WIDE = (0.5, 1.8)
HOW = [("linear", None), ("linear", WIDE), ("raking", None), ("raking", WIDE), ("logit", WIDE)]


@given(benchmarked(), st.sampled_from(HOW))
def test_every_method_meets_the_totals_within_its_bounds(case, how):
    weights, x, totals = case
    method, bounds = how
    step = calibrate(weights, x, totals, method, bounds)
    np.testing.assert_allclose(step.weights @ x, totals, rtol=1e-9, atol=1e-9)
    assert step.not_positive == (step.weights <= 0).sum()
    if bounds:
        assert step.smallest_factor >= bounds[0] - 1e-9 and step.largest_factor <= bounds[1] + 1e-9
    if method == "raking":
        assert step.smallest > 0


@given(benchmarked())
def test_no_weights_that_meet_the_totals_are_nearer_than_the_linear_ones(case):
    weights, x, totals = case
    found = calibrate(weights, x, totals).weights
    bounded = calibrate(weights, x, totals, "linear", (0.5, 1.8)).weights
    raked = calibrate(weights, x, totals, "raking").weights
    logit = calibrate(weights, x, totals, "logit", (0.5, 1.8)).weights
    away = [((w - weights) ** 2 / weights).sum() for w in (found, bounded, raked, logit)]
    assert away[0] <= min(away[1:]) + 1e-6
    assert away[1] <= away[3] + 1e-6


@given(benchmarked(), st.floats(2, 5))
def test_totals_beyond_every_bound_are_refused(case, beyond):
    weights, x, _ = case
    totals = x.T @ weights * np.array([beyond, 1, 1])
    for method in ("linear", "raking", "logit"):
        with pytest.raises(Invalid) as caught:
            calibrate(weights, x, totals, method, (0.5, 1.8))
        assert caught.value.code in ("calibration-infeasible", "contradictory-totals")
