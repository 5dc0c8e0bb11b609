"""Funnel limits equal to R's quantiles, and keeping what a control limit promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import bdtr

from stats.golden import close, expected
from survey.errors import Invalid
from survey.stats.funnel import (
    binomial_interpolated,
    binomial_steps,
    hypergeometric_steps,
    normal,
    overdispersion,
)
from survey.stats.hypergeometric import mass

REFERENCE = expected("A_j_reporting.json")["funnel"]
RATE = REFERENCE["p0"]
BASES = [case["n"] for case in REFERENCE["limits"]]
LEVELS = [("L95", 0.95), ("L99.8", 0.998)]
CASES = [
    pytest.param(place, name, level, id=f"n{n}-{name}")
    for place, n in enumerate(BASES)
    for name, level in LEVELS
]


@pytest.mark.parametrize(("place", "name", "level"), CASES)
def test_binomial_steps_equal_qbinom(place, name, level):
    case, found = REFERENCE["limits"][place][name], binomial_steps(BASES, RATE, level)
    assert found.low[place] == close(case["qbinom_lower"])
    assert found.high[place] == close(case["qbinom_upper"])


@pytest.mark.parametrize(("place", "name", "level"), CASES)
def test_interpolated_limits_equal_those_of_r(place, name, level):
    case, found = REFERENCE["limits"][place][name], binomial_interpolated(BASES, RATE, level)
    assert found.low[place] == close(case["interp_lower"])
    assert found.high[place] == close(case["interp_upper"])


@pytest.mark.parametrize(("place", "name", "level"), CASES)
def test_normal_limits_equal_those_of_r(place, name, level):
    case, found = REFERENCE["limits"][place][name], normal(BASES, RATE, level)
    assert [found.low[place], found.high[place]] == [close(limit) for limit in case["normal"]]


@pytest.mark.parametrize(
    ("n", "rate", "level", "low", "high"),
    [
        (1, 0.5, 0.95, 0, 1),
        (2, 0.5, 0.5, 0, 1),
        (7, 0.001, 0.95, 0, 0),
        (10, 0.5, 0.9, 2, 8),
        (100_000, 0.987, 0.998, 98588, 98809),
    ],
)
def test_binomial_steps_at_the_edges_equal_qbinom(n, rate, level, low, high):
    found = binomial_steps([n], rate, level)
    assert (found.low[0], found.high[0]) == (low / n, high / n)


@pytest.mark.parametrize(
    ("n", "population", "rate", "level", "low", "high"),
    [
        (100, 1036, 0.92, 0.95, 87, 97),
        (30, 60, 0.92, 0.95, 25, 30),
        (30, 60, 0.92, 0.998, 25, 30),
        (60, 60, 0.92, 0.95, 55, 56),
        (1, 50, 0.9, 0.95, 0, 1),
        (150, 640, 0.9, 0.998, 125, 144),
        (500, 100_000, 0.5, 0.95, 228, 272),
    ],
)
def test_limits_without_replacement_equal_qhyper(n, population, rate, level, low, high):
    found = hypergeometric_steps([n], [population], rate, level)
    assert (found.low[0], found.high[0]) == (low / n, high / n)
    assert found.N.tolist() == [population]


@pytest.mark.parametrize(
    ("winsorise", "phi"), [(0, 5.074074074074068), (0.1, 4.338778257305878), (0.2, 3.694987974006387)]
)
def test_overdispersion_equals_winsorised_z_of_r(winsorise, phi):
    found = overdispersion([95, 80, 28, 190, 40], [100, 100, 30, 200, 50], 0.9, winsorise)
    assert (found.phi, found.n, found.winsorised) == (close(phi), 5, winsorise)


def test_stations_that_vary_less_than_chance_do_not_narrow_the_limits():
    assert overdispersion([90, 90], [100, 100], 0.9).phi == 1


def test_overdispersion_widens_the_normal_limits_by_its_root():
    plain, wide = normal([100], 0.9), normal([100], 0.9, phi=4)
    assert wide.high - wide.rate == close(2 * (plain.high - plain.rate)[0])
    assert wide.phi == 4


def test_every_result_says_what_it_is():
    found = binomial_steps([30, 20], 0.9, 0.998)
    assert (found.n.tolist(), found.rate, found.level, found.method) == (
        [30, 20],
        0.9,
        0.998,
        "binomial-steps",
    )
    assert binomial_steps([], 0.9).low.tolist() == []


rates = st.integers(1, 99).map(lambda percent: percent / 100)
bases = st.lists(st.integers(1, 400), min_size=1, max_size=8)
levels = st.sampled_from([0.8, 0.95, 0.998])


@given(bases, rates, levels)
def test_chance_leaves_the_steps_no_oftener_than_promised(n, rate, level):
    found, tail = binomial_steps(n, rate, level), (1 - level) / 2
    for base, low, high in zip(n, np.rint(found.low * n), np.rint(found.high * n), strict=True):
        assert (bdtr(low - 1, base, rate) if low else 0) <= tail + 1e-9
        assert 1 - bdtr(high, base, rate) <= tail + 1e-9
        assert bdtr(low, base, rate) >= tail - 1e-9


@given(bases, rates, levels)
def test_interpolated_limits_lie_within_one_household_below_the_steps(n, rate, level):
    steps, smooth = binomial_steps(n, rate, level), binomial_interpolated(n, rate, level)
    for side in ("low", "high"):
        step, line = getattr(steps, side), getattr(smooth, side)
        assert (line <= step + 1e-9).all()
        assert (line >= np.maximum(0, step - 1 / np.array(n)) - 1e-9).all()
        assert (line >= 0).all()


def test_a_full_score_of_a_small_base_is_no_outlier_by_the_steps_though_above_the_line():
    assert binomial_interpolated([30], 0.92).high[0] < 1
    assert binomial_steps([30], 0.92).high[0] == 1


@given(bases, rates)
def test_a_higher_level_is_never_narrower(n, rate):
    for limits in (binomial_steps, binomial_interpolated, normal):
        inner, outer = limits(n, rate, 0.95), limits(n, rate, 0.998)
        assert (outer.low <= inner.low + 1e-12).all()
        assert (outer.high >= inner.high - 1e-12).all()


@given(st.integers(1, 300), st.integers(0, 300), rates, levels)
def test_chance_leaves_the_limits_of_a_finite_station_no_oftener_than_promised(n, rest, rate, level):
    population, tail = n + rest, (1 - level) / 2
    found = hypergeometric_steps([n], [population], rate, level)
    low, high = round(found.low[0] * n), round(found.high[0] * n)
    assert mass(population, math.floor(rate * population + 1e-9), n).at_most(low - 1) <= tail + 1e-9
    assert mass(population, math.ceil(rate * population - 1e-9), n).at_least(high + 1) <= tail + 1e-9


def test_a_large_population_approaches_the_binomial_steps():
    finite, binomial = hypergeometric_steps([100], [10**7], 0.92), binomial_steps([100], 0.92)
    assert (finite.low[0], finite.high[0]) == (binomial.low[0], binomial.high[0])


@pytest.mark.parametrize(
    ("call", "code", "named"),
    [
        (lambda: binomial_steps([30, 0], 0.9), "bad-base", "第 2 个"),
        (lambda: binomial_steps([30.5], 0.9), "bad-base", "30.5"),
        (lambda: normal([float("nan")], 0.9), "bad-base", "nan"),
        (lambda: normal([float("inf")], 0.9), "bad-base", "inf"),
        (lambda: binomial_interpolated([30], 1), "bad-common-rate", "1"),
        (lambda: binomial_steps([30], 0), "bad-common-rate", "0"),
        (lambda: binomial_steps([30], float("nan")), "bad-common-rate", "nan"),
        (lambda: binomial_steps([30], 0.9, 99.8), "bad-level", "99.8"),
        (lambda: normal([30], 0.9, phi=0.5), "bad-phi", "0.5"),
        (lambda: hypergeometric_steps([30], [29], 0.9), "population-below-sample", "29"),
        (lambda: hypergeometric_steps([30, 20], [60], 0.9), "uneven-stations", "2"),
        (lambda: overdispersion([31], [30], 0.9), "bad-count", "31"),
        (lambda: overdispersion([3.5], [30], 0.9), "bad-count", "3.5"),
        (lambda: overdispersion([3], [30, 20], 0.9), "uneven-stations", "2"),
        (lambda: overdispersion([], [], 0.9), "no-stations", "站点"),
        (lambda: overdispersion([3], [30], 0.9, 0.5), "bad-winsorise", "0.5"),
    ],
)
def test_what_gives_no_funnel_is_refused_with_its_place(call, code, named):
    with pytest.raises(Invalid) as refused:
        call()
    assert refused.value.code == code
    assert named in str(refused.value)
