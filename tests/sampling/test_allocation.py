"""Allocation in exact integers against the values from R, and what it promises for any strata."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import Invalid, SurveyError
from survey.sampling.allocation import (
    apportion,
    bankier,
    by_measure,
    cost_optimal,
    equal,
    neyman,
    parse_allocation,
    power,
    proportional,
    real_shares,
)
from survey.sampling.measures import (
    bankier_measure,
    cost_measure,
    neyman_measure,
    power_measure,
    variance_of_share,
)
from survey.sampling.size import plan

REFERENCE = json.loads((Path(__file__).parents[1] / "golden" / "stats" / "A_g_allocation.json").read_text())
EXPECTED = REFERENCE["expected"]
NAMES = [f"S{h:02d}" for h, _ in enumerate(REFERENCE["N"], 1)]
SIZES = dict(zip(NAMES, REFERENCE["N"], strict=True))
SHARES = dict(zip(NAMES, REFERENCE["p_guess"], strict=True))
COSTS = dict(zip(NAMES, REFERENCE["unit_cost"], strict=True))
N, MINIMUM, Q = REFERENCE["n_total"], REFERENCE["min_per_stratum"], REFERENCE["power_q"]

# name in the reference: what it is proportional to, the minimum R was given, and our allocation
METHODS = {
    "proportional_nomin": (SIZES, 0, lambda: proportional(SIZES, N)),
    "proportional_min": (SIZES, MINIMUM, lambda: proportional(SIZES, N, MINIMUM)),
    "equal": (dict.fromkeys(SIZES, 1), 0, lambda: equal(SIZES, N)),
    "neyman": (neyman_measure(SIZES, SHARES), 2, lambda: neyman(SIZES, N, SHARES, 2)),
    "neyman_min": (neyman_measure(SIZES, SHARES), MINIMUM, lambda: neyman(SIZES, N, SHARES, MINIMUM)),
    "cost_optimal": (
        cost_measure(SIZES, SHARES, COSTS),
        2,
        lambda: cost_optimal(SIZES, N, SHARES, COSTS, 2),
    ),
    "power_N_q": (power_measure(SIZES, Q), 2, lambda: power(SIZES, N, Q, 2)),
    "power_bankier_Xq_CV": (bankier_measure(SIZES, SHARES, Q), 2, lambda: bankier(SIZES, N, SHARES, Q, 2)),
}

strata = st.dictionaries(st.text("abc", min_size=1), st.integers(1, 200), min_size=1, max_size=8)


@pytest.mark.parametrize("name", METHODS)
def test_whole_households_agree_with_r(name):
    assert list(METHODS[name][2]().values()) == EXPECTED[name]["integer"]


@pytest.mark.parametrize("name", METHODS)
def test_shares_before_rounding_agree_with_r(name):
    measure, minimum, _ = METHODS[name]
    found = real_shares(measure, SIZES, N, minimum)
    assert list(found.values()) == pytest.approx(EXPECTED[name]["real"], rel=1e-8)


def test_bounded_neyman_shares_are_the_optimum_of_stratallo():
    found = real_shares(neyman_measure(SIZES, SHARES), SIZES, N, MINIMUM)
    assert list(found.values()) == pytest.approx(EXPECTED["stratallo_opt_bounds"], rel=1e-8)


@pytest.mark.parametrize("name", EXPECTED["variance_of_p_by_allocation"])
def test_the_variance_an_allocation_yields_agrees_with_r(name):
    found = variance_of_share(SIZES, METHODS[name][2](), SHARES)
    assert found == pytest.approx(EXPECTED["variance_of_p_by_allocation"][name], rel=1e-8)


@pytest.mark.parametrize(
    ("size", "target"), [*zip(REFERENCE["N"], EXPECTED["rule_100_or_census"], strict=True)], ids=NAMES
)
def test_a_hundred_of_each_station_or_all_of_it(size, target):
    assert plan(persons=3 * size, households=size).target_completes == target


@pytest.mark.parametrize("case", REFERENCE["largest_remainder"], ids=["thirds", "halves", "stations"])
def test_largest_remainder_agrees_with_r(case):
    measure = {str(i): value for i, value in enumerate(case["input"])}
    most = dict.fromkeys(measure, case["total"])
    found = apportion(measure, case["total"], dict.fromkeys(measure, 0), most)
    assert list(found.values()) == case["expected"]


def test_what_lies_a_hair_below_a_whole_number_counts_as_that_number():
    found = apportion(
        {"a": 5 - 1e-12, "b": 2.5, "c": 2.5 + 1e-12}, 10, dict.fromkeys("abc", 0), dict.fromkeys("abc", 10)
    )
    assert found == {"a": 5, "b": 2, "c": 3}


def test_equal_spread_makes_neyman_proportional():
    sizes = {"a": 10**6, "b": 2 * 10**6, "c": 3 * 10**6}
    assert neyman(sizes, 600, dict.fromkeys(sizes, 0.9)) == proportional(sizes, 600)


def test_equal_costs_make_the_cheapest_allocation_that_of_neyman():
    assert cost_optimal(SIZES, N, SHARES, dict.fromkeys(SIZES, 7.5)) == neyman(SIZES, N, SHARES)


def test_power_goes_from_equal_to_proportional():
    assert power(SIZES, N, 0) == equal(SIZES, N)
    assert power(SIZES, N, 1) == proportional(SIZES, N)


def test_a_stratum_without_spread_gets_its_minimum():
    assert neyman({"a": 500, "b": 500}, 100, {"a": 1, "b": 0.5}, minimum=10) == {"a": 10, "b": 90}
    assert neyman({"a": 500, "b": 1}, 100, {"a": 0.5, "b": 0.5}) == {"a": 100, "b": 0}


def test_a_stratum_without_spread_takes_what_the_others_cannot_hold():
    assert neyman({"a": 500, "b": 50}, 100, {"a": 1, "b": 0.5}) == {"a": 50, "b": 50}


shares = st.floats(0.01, 0.99)


@given(st.lists(st.tuples(st.integers(2, 500), shares), min_size=1, max_size=6), st.data())
def test_neyman_is_no_worse_than_proportional_before_rounding(strata, data):
    sizes = {str(h): size for h, (size, _) in enumerate(strata)}
    guessed = {str(h): share for h, (_, share) in enumerate(strata)}
    n = data.draw(st.integers(len(sizes), sum(sizes.values())))

    def variance(measure):
        found = real_shares(measure, sizes, n)
        spread = {h: value / sizes[h] for h, value in neyman_measure(sizes, guessed).items()}
        return sum((sizes[h] * spread[h]) ** 2 / found[h] - sizes[h] * spread[h] ** 2 for h in sizes)

    assert variance(neyman_measure(sizes, guessed)) <= variance(sizes) * (1 + 1e-9) + 1e-9


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(1, 200), min_size=1, max_size=6), st.data())
def test_any_measure_gives_whole_households_within_the_bounds(sizes, data):
    measure = {h: data.draw(st.floats(0, 1e6)) for h in sizes}
    minimum = data.draw(st.integers(0, 20))
    least = {h: min(minimum, size) for h, size in sizes.items()}
    n = data.draw(st.integers(sum(least.values()), sum(sizes.values())))
    found = by_measure(measure, sizes, n, minimum)
    assert sum(found.values()) == n
    assert all(least[h] <= found[h] <= sizes[h] for h in sizes)
    exact = real_shares(measure, sizes, n, minimum)
    assert all(abs(found[h] - exact[h]) < 1 + 1e-6 for h in sizes)


A, B = {"甲": 500, "乙": 300}, {"甲": 0.9, "乙": 0.8}
REFUSED = {
    "share-above-1": (lambda: neyman(A, 50, {"甲": 0.9, "乙": 1.1}), "bad-share", "乙.*1.1"),
    "share-below-0": (lambda: neyman(A, 50, {"甲": -0.1, "乙": 0.5}), "bad-share", "甲.*-0.1"),
    "share-nan": (lambda: neyman(A, 50, {"甲": float("nan"), "乙": 0.5}), "bad-share", "甲.*nan"),
    "no-spread": (lambda: neyman(A, 50, {"甲": 0, "乙": 1}), "no-spread", "0 或 1"),
    "cost-0": (lambda: cost_optimal(A, 50, B, {"甲": 0, "乙": 1}), "bad-cost", "甲.*0"),
    "cost-negative": (lambda: cost_optimal(A, 50, B, {"甲": 1, "乙": -2}), "bad-cost", "乙.*-2"),
    "cost-infinite": (lambda: cost_optimal(A, 50, B, {"甲": 1, "乙": float("inf")}), "bad-cost", "乙.*inf"),
    "share-missing": (lambda: neyman(A, 50, {"甲": 0.9}), "missing-stratum", "乙"),
    "cost-missing": (lambda: cost_optimal(A, 50, B, {"乙": 1}), "missing-stratum", "甲"),
    "share-unknown": (lambda: neyman(A, 50, B | {"丙": 0.5}), "unknown-stratum", "丙.*甲、乙"),
    "cost-unknown": (lambda: cost_optimal(A, 50, B, {"甲": 1, "乙": 1, "丁": 1}), "unknown-stratum", "丁"),
    "power-above-1": (lambda: power(A, 50, 1.5), "bad-power", "1.5"),
    "power-nan": (lambda: power(A, 50, float("nan")), "bad-power", "nan"),
    "bankier-power": (lambda: bankier(A, 50, B, -1), "bad-power", "-1"),
    "bankier-nothing": (lambda: bankier(A, 50, {"甲": 0, "乙": 0.5}), "share-of-nothing", "甲"),
    "negative-size": (lambda: power({"甲": -5, "乙": 9}, 3), "bad-population", "甲.*-5"),
    "above-population": (lambda: neyman(A, 801, B), "allocation-above-population", "801.*800"),
    "below-minimum": (lambda: neyman(A, 30, B, 20), "allocation-below-minimum", "40.*30"),
    "nobody-drawn": (lambda: variance_of_share(A, {"甲": 9, "乙": 0}, B), "bad-allocation", "乙.*300.*0"),
    "too-many-drawn": (lambda: variance_of_share(A, {"甲": 501, "乙": 9}, B), "bad-allocation", "甲.*501"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_allocation_can_follow_is_refused_with_its_place(name):
    attempt, code, named = REFUSED[name]
    with pytest.raises(Invalid, match=named) as refused:
        attempt()
    assert refused.value.code == code


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
