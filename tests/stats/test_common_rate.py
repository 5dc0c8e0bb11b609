"""Stations against their common rate: R's tails and adjustment, at one with the control limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close
from stats.samples import refused
from survey.stats.common_rate import OUTER, STATIONS_FOR_PHI, Measured, funnel, p_value
from survey.stats.funnel import binomial_steps, hypergeometric_steps, overdispersion
from survey.stats.target import weighted_against_target

#: satisfied, base, households of five stations
FIVE = [(95, 100, 1036), (80, 100, 640), (28, 30, 60), (190, 200, 2000), (40, 50, 300)]


def station(x: int, n: int, population: int | None, name: str = "", sampled: bool = True) -> Measured:
    return Measured(name or f"{x}/{n}", x / n, n, population, sampled)


def five():
    return [station(*one) for one in FIVE]


@pytest.mark.parametrize(
    ("x", "n", "population", "rate", "p"),
    [
        (96, 100, 1036, 0.90, 0.039775839489475745),
        (78, 120, 1047, 0.895, 7.0672167930508078e-15),
        (22, 30, 60, 0.92, 0),
        (30, 30, 300, 0.95, 0.3955314792599352),
        (912, 1000, 100_000, 0.93, 0.033899187544504515),
    ],
)
def test_two_tails_without_replacement_equal_phyper(x, n, population, rate, p):
    assert p_value(station(x, n, population), rate) == pytest.approx(p, rel=1e-8, abs=1e-14)


@pytest.mark.parametrize(
    ("share", "n", "rate", "p"),
    [
        (0.94, 87.3, 0.9, 0.28066678291029129),
        (0.8, 61.25, 0.9, 0.027354942006916797),
        (1, 40.5, 0.9, 0.028044753553957493),
    ],
)
def test_a_weighted_rate_is_judged_by_pbeta_at_its_effective_size(share, n, rate, p):
    assert p_value(Measured("加权", share, n), rate) == close(p)


def test_a_weighted_rate_is_judged_as_its_interval_is_made():
    found = p_value(Measured("加权", 0.94, 61.5), 0.9)
    assert found == close(weighted_against_target(0.94, None, 80, None, 0.9, kish=61.5).p_value)


def test_five_stations_equal_r_with_the_pooled_rate_and_holm():
    found = funnel(five())
    assert found.rate == close(433 / 480) and found.n == 480 and found.tested == 5
    p_values = [0.11588140723437983, 0.0010973452873128872, 1, 0.016084034384145053, 0.028887328576103179]
    adjusted = [0.23176281446875965, 0.0054867264365644364, 1, 0.064336137536580212, 0.086661985728309535]
    assert [placed.p_value for placed in found.placed] == [close(p) for p in p_values]
    assert [placed.adjusted for placed in found.placed] == [close(p) for p in adjusted]


def test_limits_are_those_of_the_funnel_for_each_station():
    weighted = Measured("加权", 0.9, 61.25)
    found = funnel([*five(), weighted])
    inner = hypergeometric_steps([100], [1036], found.rate)
    outer = binomial_steps([61], found.rate, OUTER)
    assert (found.placed[0].low, found.placed[0].high) == (inner.low[0], inner.high[0])
    assert (found.of("加权").outer_low, found.of("加权").outer_high) == (outer.low[0], outer.high[0])


@given(st.integers(1, 200), st.integers(0, 300), st.integers(0, 200), st.integers(1, 99))
def test_p_is_at_most_five_percent_outside_the_limits_and_above_within(n, rest, satisfied, percent):
    x, rate = min(satisfied, n), percent / 100
    limits = hypergeometric_steps([n], [n + rest], rate)
    outside = round(limits.low[0] * n) > x or round(limits.high[0] * n) < x
    assert (p_value(station(x, n, n + rest), rate) < 0.05 - 1e-9) <= outside
    assert outside <= (p_value(station(x, n, n + rest), rate) < 0.05 + 1e-9)


def test_who_was_asked_completely_counts_in_the_rate_and_is_not_tested():
    found = funnel([*five(), station(10, 20, 20, "全体", sampled=False)])
    assert found.rate == close(443 / 500) and found.tested == 5
    assert (found.of("全体").p_value, found.of("全体").adjusted, found.of("全体").low) == (None, None, None)


@pytest.mark.parametrize("x", [0, 50])
def test_where_all_are_alike_nobody_is_tested(x):
    found = funnel([station(x, 50, 300, str(number)) for number in range(3)])
    assert found.rate == x / 50 and found.tested == 0
    assert {placed.p_value for placed in found.placed} == {None}


def test_one_station_has_nothing_to_be_held_against():
    found = funnel([station(45, 50, 300)])
    assert (found.rate, found.tested, found.placed[0].adjusted) == (0.9, 0, None)


def test_no_stations_give_no_funnel():
    assert funnel([]) is None


def test_how_much_stations_vary_is_said_from_ten_on():
    ten = [station(40 + number % 10, 50, 5000, str(number)) for number in range(STATIONS_FOR_PHI)]
    assert funnel(ten[1:]).overdispersion is None
    found = funnel(ten)
    assert found.overdispersion == overdispersion([40 + i for i in range(10)], [50] * 10, found.rate)


def test_stations_that_cannot_be_compared_are_refused_with_their_place():
    with refused("bad-base", "第 2 个"):
        funnel([station(9, 10, 100), Measured("空", 0.0, 0.0)])
    with refused("station-twice"):
        funnel([station(9, 10, 100, "甲"), station(8, 10, 100, "甲")])
