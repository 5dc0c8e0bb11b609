"""Post-stratification and raking: weights and errors of R, no class on one side only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import expected
from stats.weighting import (
    CALIBRATED,
    FRAME,
    MARGIN_TOTALS,
    MARGINS,
    RESPONDENTS,
    SATISFIED,
    SCORE,
    STARTING,
    assert_figures,
    assert_weights,
    column,
    respondents_design,
)
from survey.errors import Invalid
from survey.stats.calibration import calibrate_margins, calibrated
from survey.stats.linearization import variance
from survey.stats.raking import post_stratify, rake
from survey.stats.weights import adjust_unknown_eligibility

REFERENCE = expected("A_b_calibration.json")["expected"]
JOINT = [f"{row['sex']}|{row['age']}" for row in RESPONDENTS]


def sequential_residuals(scores, psw):
    """R's `rake()`: z/psw swept by the plain means of margin after margin, ten rounds."""
    share = scores / psw
    for _ in range(10):
        for labels in MARGINS.values():
            _, place = np.unique(labels, return_inverse=True)
            share = share - (np.bincount(place, share) / np.bincount(place))[place]
    return share * psw


def sequential_errors(weights, psw):
    design = respondents_design(weights)

    def error(scores):
        return variance(design, sequential_residuals(scores, psw)) ** 0.5

    def of_mean(values):
        mean = weights @ values / weights.sum()
        return error(weights * (values - mean) / weights.sum())

    return {"se": of_mean(SATISFIED), "se_total": error(weights * SATISFIED), "se_score": of_mean(SCORE)}


def test_before_any_calibration_figures_equal_those_of_r():
    assert_figures(respondents_design(), REFERENCE["before"])


def test_post_stratified_weights_and_figures_equal_those_of_r():
    step = post_stratify(STARTING, JOINT, FRAME["sex|age"])
    np.testing.assert_allclose(step.weights, column(CALIBRATED, "poststrat"), rtol=1e-12)
    assert_weights(step, REFERENCE["poststratify_joint"]["weights"])
    assert_figures(calibrated(respondents_design(), step), REFERENCE["poststratify_joint"])


def test_raked_weights_equal_those_of_r_and_errors_those_of_its_calibration():
    step = rake(STARTING, MARGINS, MARGIN_TOTALS)
    np.testing.assert_allclose(step.weights, column(CALIBRATED, "rake"), rtol=1e-6)
    np.testing.assert_allclose(step.weights, column(CALIBRATED, "cal_raking"), rtol=1e-9)
    assert_weights(step, REFERENCE["rake_margins"]["weights"], relative=1e-6)
    assert_figures(calibrated(respondents_design(), step), REFERENCE["calibrate_raking"])


def test_errors_of_r_after_its_own_rake_come_from_another_residual():
    weights = rake(STARTING, MARGINS, MARGIN_TOTALS).weights
    found = sequential_errors(weights, weights)
    assert found == pytest.approx({name: REFERENCE["rake_margins"][name] for name in found}, rel=1e-6)


@pytest.mark.parametrize("rule", ["nonstrict", "strict"])
def test_errors_of_r_after_trimming_keep_the_residuals_of_the_raking(rule):
    trimmed = column(CALIBRATED, {"nonstrict": "trim", "strict": "trim_strict"}[rule])
    found = sequential_errors(trimmed, rake(STARTING, MARGINS, MARGIN_TOTALS).weights)
    assert found == pytest.approx({name: REFERENCE["trim"][rule][name] for name in found}, rel=1e-6)


def test_cases_that_have_left_stay_out():
    known = adjust_unknown_eligibility(np.ones(3), ["I", "UH", "I"], ["甲"] * 3)
    step = post_stratify(known, ["女", "", "男"], {"女": 6, "男": 4})
    assert step.weights.tolist() == [6.0, 0.0, 4.0]
    assert step.auxiliary is not None and len(step.auxiliary.x) == 2


def test_a_class_absent_from_both_sides_is_no_obstacle():
    assert post_stratify(np.ones(1), ["甲"], {"甲": 5, "乙": 0}).weights.tolist() == [5.0]


def two(first, second):
    return rake(np.ones(2), {"a": ["x", "y"], "b": ["u", "v"]}, {"a": first, "b": second})


@pytest.mark.parametrize(
    ("step", "code", "places"),
    [
        (lambda: rake(np.empty(0), {"a": []}, {"a": {}}), "empty-sample", []),
        (lambda: rake(np.ones(1), {}, {}), "no-margins", []),
        (lambda: rake(np.ones(1), {"a": ["x"]}, {"b": {"x": 1}}), "missing-margin", []),
        (lambda: rake(np.ones(1), {"a": ["x"]}, {"a": {"x": 1}, "b": {"x": 1}}), "missing-margin", ["b"]),
        (lambda: rake(np.ones(2), {"a": ["x"]}, {"a": {"x": 1}}), "lengths-differ", ["2", "1"]),
        (lambda: rake(np.array([1, 0.0]), {"a": ["x", "x"]}, {"a": {"x": 1}}), "bad-weight", ["2"]),
        (lambda: rake(np.ones(2), {"a": ["x", ""]}, {"a": {"x": 1}}), "missing-class", ["2"]),
        (lambda: post_stratify(np.ones(2), ["甲"], {"甲": 1}), "lengths-differ", ["1"]),
        (lambda: post_stratify(np.ones(1), ["甲"], {}), "missing-total", ["甲"]),
        (lambda: post_stratify(np.ones(1), ["甲"], {"甲": float("nan")}), "bad-total", ["甲"]),
        (lambda: post_stratify(np.ones(1), ["甲"], {"甲": -5}), "bad-total", ["甲"]),
        (lambda: post_stratify(np.ones(1), ["甲"], {"甲": 5, "乙": 5}), "empty-class", ["乙"]),
        (lambda: two({"x": 1, "y": 0}, {"u": 1}), "missing-total", ["a=y"]),
        (lambda: two({"x": 1, "y": 9}, {"u": 5, "v": 6}), "contradictory-totals", ["“a”", "10", "“b”", "11"]),
        (lambda: two({"x": 1, "y": 9}, {"u": 5, "v": 5}), "rake-diverges", ["1000", "“b”的类"]),
    ],
)
def test_what_cannot_be_scaled_is_refused_naming_the_place(step, code, places):
    with pytest.raises(Invalid) as caught:
        step()
    assert caught.value.code == code
    for place in places:
        assert place in str(caught.value)


@st.composite
def two_margins(draw):
    """Cases in every cell of a small table, and totals that some positive weights meet."""
    cells = [(a, b) for a in "xyz"[: draw(st.integers(1, 3))] for b in "uvw"[: draw(st.integers(1, 3))]]
    repeats = draw(st.lists(st.integers(1, 3), min_size=len(cells), max_size=len(cells)))
    cases = [cell for cell, times in zip(cells, repeats, strict=True) for _ in range(times)]
    sized = st.lists(st.floats(0.5, 5), min_size=len(cases), max_size=len(cases))
    weights, wanted = np.array(draw(sized)), np.array(draw(sized)) * 30
    margins = {"a": [a for a, _ in cases], "b": [b for _, b in cases]}
    totals = {
        name: {label: float(wanted[np.array(labels) == label].sum()) for label in set(labels)}
        for name, labels in margins.items()
    }
    return weights, margins, totals


@given(two_margins())
def test_raking_meets_every_margin_and_equals_calibration_by_raking(case):
    weights, margins, totals = case
    found = rake(weights, margins, totals)
    for name, labels in margins.items():
        for label, total in totals[name].items():
            assert found.weights[np.array(labels) == label].sum() == pytest.approx(total, rel=1e-10)
    newton = calibrate_margins(weights, margins, totals, "raking")
    np.testing.assert_allclose(newton.weights, found.weights, rtol=1e-8)
