"""Allocation in exact integers against the values from R, and what it promises for any strata."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import SurveyError
from survey.sampling.allocation import apportion, parse_allocation, proportional
from survey.sampling.size import to_issue

REFERENCE = json.loads((Path(__file__).parents[1] / "golden" / "allocation.json").read_text())
SIZES = {f"S{h:02d}": size for h, size in enumerate(REFERENCE["N"], 1)}

strata = st.dictionaries(st.text("abc", min_size=1), st.integers(1, 200), min_size=1, max_size=8)


def test_proportional_agrees_with_r():
    expected = REFERENCE["expected"]["proportional_nomin"]["integer"]
    assert list(proportional(SIZES, REFERENCE["n_total"]).values()) == expected


def test_proportional_with_a_minimum_agrees_with_r():
    expected = REFERENCE["expected"]["proportional_min"]["integer"]
    found = proportional(SIZES, REFERENCE["n_total"], REFERENCE["min_per_stratum"])
    assert list(found.values()) == expected


def test_equal_shares_capped_at_the_stratum_agree_with_r():
    expected = REFERENCE["expected"]["equal"]["integer"]
    found = apportion(dict.fromkeys(SIZES, 1), REFERENCE["n_total"], dict.fromkeys(SIZES, 0), SIZES)
    assert list(found.values()) == expected


@pytest.mark.parametrize("case", REFERENCE["largest_remainder"])
def test_largest_remainder_agrees_with_r(case):
    measure = {str(i): int(2 * x) for i, x in enumerate(case["input"])}
    most = dict.fromkeys(measure, case["total"])
    found = apportion(measure, case["total"], dict.fromkeys(measure, 0), most)
    assert list(found.values()) == case["expected"]


@pytest.mark.parametrize("case", REFERENCE["sample_size"])
def test_households_to_issue_agree_with_r(case):
    assert to_issue(case["n_cochran_ceiling"], case["resp_rate"], case["N"]) == case["issued_ceiling"]


@given(strata, st.data())
def test_an_allocation_sums_to_n_between_minimum_and_population(sizes, data):
    minimum = data.draw(st.integers(0, 30))
    least = sum(min(minimum, size) for size in sizes.values())
    n = data.draw(st.integers(least, sum(sizes.values())))
    allocation = proportional(sizes, n, minimum)
    assert sum(allocation.values()) == n
    assert list(allocation) == list(sizes)
    assert all(min(minimum, sizes[h]) <= allocation[h] <= sizes[h] for h in sizes)


@given(strata, st.data())
def test_without_minimum_no_stratum_is_a_whole_household_away_from_its_share(sizes, data):
    population = sum(sizes.values())
    n = data.draw(st.integers(0, population))
    for h, found in proportional(sizes, n).items():
        assert abs(found * population - n * sizes[h]) < population


def test_bounds_on_both_sides_still_fit_together():
    found = apportion({"a": 100, "b": 1, "c": 1}, 30, {"a": 0, "b": 5, "c": 0}, {"a": 10, "b": 20, "c": 20})
    assert found == {"a": 10, "b": 10, "c": 10}


@pytest.mark.parametrize(("n", "minimum", "named"), [(16, 0, "15"), (3, 2, "4"), (-1, 0, "-1")])
def test_what_cannot_be_allocated_is_named(n, minimum, named):
    with pytest.raises(SurveyError, match=named):
        proportional({"a": 5, "b": 10}, n, minimum)


def test_an_allocation_is_read_in_the_order_written():
    assert list(parse_allocation("S02=7, 三元里 北=5").items()) == [("S02", 7), ("三元里 北", 5)]


@pytest.mark.parametrize("text", ["", "S01", "S01=", "=5", "S01=-5", "S01=1.5", "S01=5,S01=6", "S01=５"])
def test_an_allocation_that_cannot_be_read_is_refused(text):
    with pytest.raises(SurveyError, match="看不懂"):
        parse_allocation(text)
