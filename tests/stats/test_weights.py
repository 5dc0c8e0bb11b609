"""Weights: every step equal to R, none that divides by nobody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected, rows
from survey.errors import Invalid
from survey.stats.weights import (
    adjust_nonresponse,
    adjust_unknown_eligibility,
    kish_size,
    post_stratify,
    rake,
)

ISSUED = rows("A_issued.csv")
DISPOSITIONS = [row["disp"] for row in ISSUED]
CLASSES = [f"{row['stratum']}|{row['sex']}" for row in ISSUED]
WEIGHTS = np.array([float(row["w"]) for row in ISSUED])
REFERENCE = expected("A_c_nonresponse.json")["expected"]
TOTALS = expected("A_frame_totals.json")
CALIBRATED = rows("A_calibrated_expected_weights.csv")
SAMPLE = {row["id"]: row for row in ISSUED}
RESPONDENTS = [SAMPLE[row["id"]] for row in CALIBRATED]
STARTING = np.array([float(row["w0"]) for row in CALIBRATED])


def column(table, name):
    return np.array([float(row[name]) for row in table])


def test_both_adjustments_equal_those_of_r_case_by_case():
    reference = rows("A_issued_expected_weights.csv")
    unknown = adjust_unknown_eligibility(WEIGHTS, DISPOSITIONS, CLASSES)
    final = adjust_nonresponse(unknown.weights, DISPOSITIONS, CLASSES)
    np.testing.assert_allclose(unknown.weights, column(reference, "w_after_unknown"), rtol=1e-10)
    np.testing.assert_allclose(final.weights, column(reference, "w_final"), rtol=1e-10)
    for row in REFERENCE["classes"]:
        assert unknown.factors[row["class"]] == close(row["f_unknown"])
        assert final.factors[row["class"]] == close(row["f_nonresp"])


def test_post_stratified_weights_equal_those_of_r():
    classes = [f"{row['sex']}|{row['age']}" for row in RESPONDENTS]
    found = post_stratify(STARTING, classes, TOTALS["sex|age"])
    np.testing.assert_allclose(found.weights, column(CALIBRATED, "poststrat"), rtol=1e-8)
    reference = expected("A_b_calibration.json")["expected"]["poststratify_joint"]["weights"]
    assert (found.n, found.deff) == (reference["n"], close(reference["deff_kish"]))


def test_raked_weights_equal_those_of_r():
    margins = {name: [row[name] for row in RESPONDENTS] for name in ("sex", "age", "stratum")}
    found = rake(STARTING, margins, TOTALS)
    np.testing.assert_allclose(found.weights, column(CALIBRATED, "rake"), rtol=1e-6)


def test_a_step_reports_how_many_weights_it_moved():
    found = adjust_unknown_eligibility(np.ones(4), ["I", "UH", "I", "I"], ["甲", "甲", "乙", "乙"])
    assert (found.changed, found.n, found.factors) == (2, 3, {"甲": 2.0, "乙": 1.0})


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda: adjust_nonresponse(np.ones(2), ["R", "I"], ["甲", "乙"]), "empty-class"),
        (lambda: adjust_unknown_eligibility(np.ones(1), ["UH"], ["甲"]), "empty-class"),
        (lambda: adjust_nonresponse(np.array([-1.0, 1]), ["I", "I"], ["甲", "甲"]), "bad-weight"),
        (lambda: adjust_nonresponse(np.ones(2), ["I"], ["甲", "甲"]), "lengths-differ"),
        (lambda: rake(np.empty(0), {"a": []}, {"a": {}}), "empty-sample"),
        (lambda: post_stratify(np.ones(2), ["甲"], {"甲": 1}), "lengths-differ"),
        (lambda: post_stratify(np.ones(1), ["甲"], {}), "missing-total"),
        (lambda: post_stratify(np.ones(1), ["甲"], {"甲": 5, "乙": 5}), "empty-class"),
        (lambda: post_stratify(np.zeros(1), ["甲"], {"甲": 5}), "empty-class"),
        (
            lambda: rake(
                np.ones(2), {"a": ["x", "y"], "b": ["u", "v"]}, {"a": {"x": 1, "y": 9}, "b": {"u": 5, "v": 5}}
            ),
            "rake-diverges",
        ),
    ],
)
def test_what_cannot_be_weighted_is_refused(step, code):
    with pytest.raises(Invalid) as caught:
        step()
    assert caught.value.code == code


@given(
    st.lists(
        st.tuples(st.sampled_from("IPRUN"), st.sampled_from("ab"), st.floats(0.5, 20)),
        min_size=1,
        max_size=40,
    )
)
def test_nonresponse_adjustments_keep_the_weight_of_every_class(cases):
    cases = [("I", name, 1.0) for name in "ab"] + cases
    dispositions = [{"U": "UH", "N": "NE"}.get(code, code) for code, _, _ in cases]
    classes = [name for _, name, _ in cases]
    weights = np.array([weight for _, _, weight in cases])
    known = adjust_unknown_eligibility(weights, dispositions, classes)
    assert known.weights.sum() == pytest.approx(weights.sum())
    final = adjust_nonresponse(known.weights, dispositions, classes)
    eligible = known.weights[np.array(dispositions) != "NE"].sum()
    assert final.weights.sum() == pytest.approx(eligible)
    assert kish_size(final.weights) <= final.n + 1e-9
