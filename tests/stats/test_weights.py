"""Base weights and adjustments by classes: every step equal to R, none that divides by nobody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected, rows
from stats.weighting import FRAME, ISSUED, assert_figures, column, respondents_design
from survey.errors import Invalid
from survey.stats.intervals import all_intervals, asin, effective_size
from survey.stats.ratio import ratio_means
from survey.stats.steps import kish_size
from survey.stats.weights import (
    Roles,
    adjust_by_class,
    adjust_nonresponse,
    adjust_unknown_eligibility,
    base_weights,
)

DISPOSITIONS = [row["disp"] for row in ISSUED]
STRATA = [row["stratum"] for row in ISSUED]
CLASSES = [f"{row['stratum']}|{row['sex']}" for row in ISSUED]
WEIGHTS = column(ISSUED, "w")
REFERENCE = expected("A_c_nonresponse.json")["expected"]
FINAL = adjust_by_class(WEIGHTS, DISPOSITIONS, CLASSES)
ROWS = {row["class"]: row for row in REFERENCE["classes"]}


def estimated():
    step = FINAL.nonresponse
    answers = np.array([float(row["y"] or 0) for row in ISSUED])[step.inside]
    found = ratio_means(respondents_design(step.weights[step.inside]), answers)
    return float(found.value[0]), float(found.se[0]), int(found.n[0]), int(found.df[0]), float(found.kish[0])


def test_base_weights_of_the_released_equal_those_of_r():
    step = base_weights(STRATA, FRAME["stratum"])
    np.testing.assert_allclose(step.weights, WEIGHTS, rtol=1e-13)
    np.testing.assert_allclose(
        step.weights, column(rows("A_issued_expected_weights.csv"), "w_base"), rtol=1e-13
    )
    assert step.sum_after == close(REFERENCE["totals"]["sum_base"])
    assert (step.sum_before, step.smallest_factor) == (len(ISSUED), 1.0)


@pytest.mark.parametrize("step", ["w_after_unknown", "w_final"])
def test_adjusted_weights_equal_those_of_r_case_by_case(step):
    reference = column(rows("A_issued_expected_weights.csv"), step)
    found = FINAL.unknown if step == "w_after_unknown" else FINAL.nonresponse
    np.testing.assert_allclose(found.weights, reference, rtol=1e-12)
    np.testing.assert_array_equal(found.inside, reference > 0)


@pytest.mark.parametrize("name", ROWS)
def test_the_table_of_a_weighting_class_equals_that_of_r(name):
    (found,) = [row for row in FINAL.classes if row.name == name]
    reference = ROWS[name]
    counts = [reference[key] for key in ("n", "n_resp", "n_unknown", "n_inelig")]
    assert [found.n, found.respondents, found.unknown, found.ineligible] == counts
    assert found.sum_base == close(reference["sum_w"])
    assert found.unknown_factor == close(reference["f_unknown"])
    assert found.nonresponse_factor == close(reference["f_nonresp"])
    assert found.sum_final == close(reference["sum_w_final"])


def test_every_class_of_r_is_in_the_table_and_no_other():
    assert {row.name for row in FINAL.classes} == set(ROWS)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sum_base", FINAL.unknown.sum_before),
        ("sum_after_unknown", FINAL.unknown.sum_after),
        ("est_eligible", FINAL.eligible),
        ("sum_final_resp", FINAL.nonresponse.sum_after),
    ],
)
def test_the_sums_of_weights_equal_those_of_r(name, found):
    assert found == close(REFERENCE["totals"][name])


def test_estimates_with_adjusted_weights_equal_those_of_r():
    step = FINAL.nonresponse
    assert_figures(respondents_design(step.weights[step.inside]), REFERENCE["estimates"])
    reference = REFERENCE["estimates"]["weights"]
    assert (step.n, step.deff) == (reference["n"], close(reference["deff_kish"]))
    assert [step.sum_after, step.smallest, step.largest] == [
        close(reference[name]) for name in ("sum", "min", "max")
    ]


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("mean", REFERENCE["ci"]["mean"]),
        ("logit", REFERENCE["ci"]["xlogit"]),
        ("logit", REFERENCE["ci"]["logit"]),
        ("beta", REFERENCE["ci"]["beta"]),
        ("wilson", REFERENCE["ci"]["wilson_neff"]),
        ("korn_graubard_nchs", REFERENCE["ci"]["kg_nchs"]["ci"]),
        ("korn_graubard_kish", REFERENCE["ci"]["kg_kish"]["ci"]),
        ("asin", REFERENCE["ci"]["asin"]),
    ],
    ids=["mean", "xlogit", "logit", "beta", "wilson_neff", "kg_nchs", "kg_kish", "asin"],
)
def test_intervals_with_adjusted_weights_equal_those_of_r(name, reference):
    p, se, n, df, kish = estimated()
    found = asin(p, se, n, df) if name == "asin" else all_intervals(p, se, n, df, kish)[name]
    assert found is not None
    assert [found.low, found.high] == [close(limit) for limit in reference]


def test_sizes_behind_the_intervals_equal_those_of_r():
    p, se, n, df, kish = estimated()
    reference = REFERENCE["ci"]
    assert (n, df) == (reference["n"], reference["df"])
    assert p * (1 - p) / se**2 == close(reference["kg_nchs"]["n_eff"])
    effective = effective_size(p, se, n, df, 0.95)
    assert min(n, effective) == close(reference["kg_nchs"]["n_eff_df"])
    assert kish == close(reference["kg_kish"]["n_kish"])
    assert min(kish, effective) == close(reference["kg_kish"]["n_eff_df"])


def test_a_step_reports_how_many_weights_it_moved_and_how_far():
    found = adjust_unknown_eligibility(np.ones(4), ["I", "UH", "I", "I"], ["甲", "甲", "乙", "乙"])
    assert (found.changed, found.n, found.factors) == (2, 3, {"甲": 2.0, "乙": 1.0})
    assert (found.smallest_factor, found.largest_factor) == (1.0, 2.0)
    assert (found.sum_before, found.sum_after, found.not_positive) == (4.0, 4.0, 0)


def test_cases_that_have_left_need_no_class_and_no_role():
    known = adjust_unknown_eligibility(np.ones(3), ["I", "UH", "R"], ["甲", "甲", "甲"])
    final = adjust_nonresponse(known, ["I", "?", "R"], ["甲", "", "甲"])
    assert final.weights.tolist() == [3.0, 0.0, 0.0]


def test_a_verified_list_takes_unknown_cases_for_nonrespondents():
    roles = Roles(unknown=())
    found = adjust_by_class(np.ones(3), ["I", "UH", "NE"], ["甲"] * 3, roles)
    assert found.nonresponse.weights.tolist() == [2.0, 0.0, 0.0]


def test_a_class_of_ineligible_cases_only_has_no_nonresponse_factor():
    found = adjust_by_class(np.ones(3), ["I", "I", "NE"], ["甲", "甲", "乙"])
    assert [row.nonresponse_factor for row in found.classes] == [None, 1.0]
    assert found.eligible == 2.0


def unknown_left():
    return adjust_nonresponse(np.ones(2), ["I", "UH"], ["甲", "甲"])


@pytest.mark.parametrize(
    ("step", "code", "place"),
    [
        (lambda: base_weights([], {}), "empty-sample", ""),
        (lambda: base_weights(["甲", "乙"], {"甲": 5}), "missing-population", "乙"),
        (lambda: base_weights(["甲"], {"甲": 0}), "missing-population", "甲"),
        (lambda: base_weights(["甲"], {"甲": float("nan")}), "missing-population", "甲"),
        (lambda: base_weights(["甲", "甲"], {"甲": 1}), "population-below-sample", "甲"),
        (lambda: base_weights(["甲"], {"甲": 5, "乙": 3}), "empty-stratum", "乙"),
        (lambda: base_weights(["甲", " "], {"甲": 5}), "missing-class", "2"),
        (lambda: adjust_nonresponse(np.ones(2), ["R", "I"], ["甲", "乙"]), "empty-class", "甲"),
        (lambda: adjust_unknown_eligibility(np.ones(1), ["UH"], ["甲"]), "empty-class", "甲"),
        (lambda: adjust_nonresponse(np.array([1, -1.0]), ["I", "I"], ["甲", "甲"]), "bad-weight", "2"),
        (lambda: adjust_unknown_eligibility(np.array([0.0, 1]), ["I", "I"], ["甲", "甲"]), "bad-weight", "1"),
        (
            lambda: adjust_unknown_eligibility(np.array([1, np.nan]), ["I", "I"], ["甲"] * 2),
            "bad-weight",
            "2",
        ),
        (
            lambda: adjust_unknown_eligibility(np.array([1, np.inf]), ["I", "I"], ["甲"] * 2),
            "bad-weight",
            "2",
        ),
        (lambda: adjust_nonresponse(np.ones(2), ["I"], ["甲", "甲"]), "lengths-differ", "1"),
        (lambda: adjust_nonresponse(np.ones(2), ["I", "I"], ["甲"]), "lengths-differ", "1"),
        (lambda: adjust_nonresponse(np.ones(2), ["I", "Z"], ["甲", "甲"]), "unknown-outcome", "Z"),
        (lambda: adjust_nonresponse(np.ones(1), ["NE"], ["甲"]), "nobody-left", ""),
        (unknown_left, "unknown-eligibility-left", "UH"),
        (
            lambda: adjust_by_class(np.ones(1), ["I"], ["甲"], Roles(respondents=("I", "NE"))),
            "role-overlap",
            "NE",
        ),
    ],
)
def test_what_cannot_be_weighted_is_refused_naming_the_place(step, code, place):
    with pytest.raises(Invalid) as caught:
        step()
    assert caught.value.code == code
    assert place in str(caught.value)


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
    found = adjust_by_class(weights, dispositions, classes)
    assert found.unknown.sum_after == pytest.approx(weights.sum())
    eligible = found.unknown.weights[np.array(dispositions) != "NE"].sum()
    assert found.nonresponse.sum_after == pytest.approx(eligible) == pytest.approx(found.eligible)
    assert sum(row.sum_final for row in found.classes) == pytest.approx(eligible)
    assert kish_size(found.nonresponse.weights) <= found.nonresponse.n + 1e-9


@given(
    st.dictionaries(st.sampled_from("甲乙丙"), st.tuples(st.integers(1, 9), st.integers(0, 50)), min_size=1)
)
def test_base_weights_sum_to_the_population_of_every_stratum(strata):
    labels = [name for name, (released, _) in strata.items() for _ in range(released)]
    populations = {name: released + more for name, (released, more) in strata.items()}
    step = base_weights(labels, populations)
    for name, population in populations.items():
        assert step.weights[np.array(labels) == name].sum() == pytest.approx(population)
