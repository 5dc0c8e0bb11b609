"""The rule of the commission, how many households a margin needs, and how many to release."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import Invalid, SurveyError
from survey.sampling.size import (
    first_batch,
    forecast_rate,
    is_prefix,
    next_batch,
    plan,
    sample_size,
    to_issue,
)

REFERENCE = json.loads((Path(__file__).parents[1] / "golden" / "stats" / "A_g_allocation.json").read_text())
CASES = [
    pytest.param(case, id=f"N{case['N']}-p{case['p']}-e{case['e']}-L{case['conf']}-deff{case['deff']}")
    for case in REFERENCE["sample_size"]
]

RULE = [
    (99, 60, "census", 60),
    (1, 1, "census", 1),
    (100, 60, "census_rule_gap", 60),
    (120, 98, "census_rule_gap", 98),
    (115, 100, "census_rule_gap", 100),
    (118, 101, "sample", 100),
    (1191, 1036, "sample", 100),
]


@pytest.mark.parametrize(("persons", "households", "kind", "target"), RULE)
def test_the_rule_counts_persons_for_full_coverage_and_households_for_the_sample(
    persons, households, kind, target
):
    found = plan(persons, households)
    assert (found.kind, found.target_completes) == (kind, target)
    assert (found.notice is not None) == (kind == "census_rule_gap")


def test_the_rule_gap_notice_names_both_counts():
    text = str(plan(120, 98).notice)
    assert "规则缺口" in text
    assert "120 人" in text
    assert "98 户" in text


def test_an_empty_frame_has_no_plan():
    with pytest.raises(SurveyError, match="没有住户"):
        plan(0, 0)


def size_of(case):
    return sample_size(case["N"], case["e"], case["p"], case["conf"], case["deff"], case["resp_rate"])


@pytest.mark.parametrize("case", CASES)
def test_households_to_interview_agree_with_r(case):
    assert size_of(case).sample == case["n_cochran_ceiling"]


@pytest.mark.parametrize("case", CASES)
def test_households_to_issue_agree_with_r(case):
    assert size_of(case).issued == case["issued_ceiling"]


@pytest.mark.parametrize(
    ("field", "name"),
    [("n0", "n0"), ("exact", "n_cochran_Nminus1"), ("achieved", "achieved_moe_at_n")],
)
@pytest.mark.parametrize("case", CASES)
def test_sizes_before_rounding_and_the_margin_they_give_agree_with_r(case, field, name):
    assert getattr(size_of(case), field) == pytest.approx(case[name], rel=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_the_simpler_correction_by_n_over_N_asks_for_no_more(case):
    found = size_of(case)
    assert found.n0 / (1 + found.n0 / found.population) == pytest.approx(case["n_simple"], rel=1e-8)
    assert case["n_simple"] < found.exact
    assert case["n_simple_ceiling"] <= found.sample


def test_a_margin_no_sample_gives_needs_everybody():
    found = sample_size(40, 0.001, 0.5)
    assert (found.sample, found.issued, found.achieved, found.census) == (40, 40, 0, True)


def test_a_single_household_is_a_census():
    assert sample_size(1, 0.05, 0.5).census


def test_a_hopelessly_small_margin_still_has_an_answer():
    assert sample_size(1000, 1e-200, 0.5).sample == 1000


@given(
    st.integers(1, 100_000),
    st.floats(0.005, 0.4),
    st.floats(0.01, 0.99),
    st.sampled_from([0.8, 0.95, 0.99]),
    st.floats(0.5, 3),
)
def test_the_sample_gives_the_margin_and_one_household_fewer_would_not(population, margin, p, level, deff):
    found = sample_size(population, margin, p, level, deff)
    assert 1 <= found.sample <= population
    assert found.achieved <= margin * (1 + 1e-6)
    fewer = found.sample - 1
    if fewer and not found.census:
        scale = math.sqrt(found.sample / fewer * (population - fewer) / (population - found.sample))
        assert found.achieved * scale > margin * (1 - 1e-6)


@given(st.integers(1, 5000), st.floats(0.01, 0.3), st.floats(0.05, 1))
def test_a_lower_response_never_issues_fewer(population, margin, response):
    full, found = (
        sample_size(population, margin, 0.5),
        sample_size(population, margin, 0.5, response=response),
    )
    assert full.sample == full.issued == found.sample <= found.issued <= population


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        ((0, 0.05, 0.5), "bad-population", "0 户"),
        ((100, 0, 0.5), "bad-margin", "0"),
        ((100, 5, 0.5), "bad-margin", "5"),
        ((100, math.nan, 0.5), "bad-margin", "nan"),
        ((100, 0.05, 1), "bad-share", "1"),
        ((100, 0.05, 0.0), "bad-share", "0.0"),
        ((100, 0.05, 0.5, 95), "bad-level", "95"),
        ((100, 0.05, 0.5, 0.95, 0), "bad-design-effect", "0"),
        ((100, 0.05, 0.5, 0.95, math.inf), "bad-design-effect", "inf"),
        ((100, 0.05, 0.5, 0.95, 1.0, 0), "completion-rate", "0"),
        ((100, 0.05, 0.5, 0.95, 1.0, 60), "completion-rate", "60"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(arguments, code, named):
    with pytest.raises(Invalid, match=named) as refused:
        sample_size(*arguments)
    assert refused.value.code == code


def test_households_to_issue_are_rounded_up_but_not_by_a_hair():
    assert [to_issue(100, 0.6, 1036), to_issue(66, 0.66, 1036), to_issue(100, 0.6, 150)] == [167, 100, 150]


@pytest.mark.parametrize("rate", [0, -0.1, 1.01, float("nan")])
def test_an_impossible_completion_rate_is_refused(rate):
    with pytest.raises(SurveyError, match="完成率"):
        to_issue(100, rate, 1000)


def test_the_first_batch_is_shared_like_the_design():
    assert first_batch({"a": 30, "b": 10}, 30, 0.75, {"a": 300, "b": 100}) == {"a": 30, "b": 10}


def test_nothing_more_is_released_when_the_forecast_suffices():
    zeros = {"a": 0, "b": 0}
    assert next_batch({"a": 1, "b": 1}, 100, 60, 80, {"a": 70, "b": 70}, {"a": 200, "b": 200}, 0.5) == zeros


def test_the_next_batch_fills_up_what_the_forecast_lacks():
    found = next_batch({"*": 1}, 100, 60, 20, {"*": 150}, {"*": 1000}, 0.5)
    assert found == {"*": 60}  # 60 + 20 x 0.5 = 70 expected, 30 lacking, at one in two


def test_a_stratum_whose_order_is_used_up_leaves_the_rest_to_the_others():
    found = next_batch({"a": 1, "b": 1}, 100, 40, 0, {"a": 20, "b": 60}, {"a": 25, "b": 300}, 1.0)
    assert found == {"a": 5, "b": 55}


def test_when_too_few_are_left_everything_is_proposed():
    assert next_batch({"*": 1}, 100, 10, 0, {"*": 90}, {"*": 100}, 0.5) == {"*": 10}


counts = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 80), min_size=1)


@given(counts, st.integers(1, 150), st.integers(0, 100), st.integers(1, 100), st.data())
def test_released_households_only_grow_within_their_orders(lengths, target, completed, percent, data):
    released = {h: data.draw(st.integers(0, length)) for h, length in lengths.items()}
    rate = percent / 100
    more = next_batch(lengths, target, completed, 0, released, lengths, rate)
    assert all(0 <= more[h] <= lengths[h] - released[h] for h in lengths)
    lacking = max(0, target - completed)
    left = sum(lengths.values()) - sum(released.values())
    assert sum(more.values()) == to_issue(lacking, rate, left)


@given(counts, st.integers(1, 60), st.integers(1, 60))
def test_two_batches_stay_as_proportional_as_one(sizes, first, second):
    lengths = {h: 20 * size for h, size in sizes.items()}
    start = first_batch(sizes, first, 1.0, lengths)
    more = next_batch(sizes, first + second, 0, 0, start, lengths, 1.0)
    total = sum(start.values()) + sum(more.values())
    for h, size in sizes.items():
        assert abs(start[h] + more[h] - total * size / sum(sizes.values())) < 2


@pytest.mark.parametrize(
    ("ranks", "whether"), [([], True), ([2, 1, 3], True), ([1, 3], False), ([2], False), ([1, 1], False)]
)
def test_released_ranks_are_a_prefix_or_not(ranks, whether):
    assert is_prefix(ranks) is whether


def test_the_forecast_moves_from_the_assumed_to_the_observed_rate():
    assert forecast_rate(0.6, 0, 0) == pytest.approx(0.6)
    assert 0.4 < forecast_rate(0.6, 12, 30) < 0.6
    assert forecast_rate(0.6, 4000, 10000) == pytest.approx(0.4, abs=0.001)
