"""A rate against a target: R's exact tails, and never at odds with the interval beside it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stats.golden import close
from survey.errors import Invalid
from survey.stats.cells import Cell, Stratum
from survey.stats.estimate import proportion
from survey.stats.hypergeometric import TIE, hypergeometric, mass
from survey.stats.intervals import clopper_pearson, korn_graubard
from survey.stats.target import (
    boundary,
    census_against_target,
    estimate_against_target,
    simple_random_against_target,
    weighted_against_target,
)


@pytest.mark.parametrize(
    ("x", "n", "population", "target", "k0", "below", "above"),
    [
        (96, 100, 1036, 0.90, 933, 0.9938444969606475, 0.01847493796154711),
        (96, 100, 1036, 0.95, 985, 0.7449300745001599, 0.4236386952634837),
        (100, 100, 1036, 0.98, 1016, 1, 0.1160646545699564),
        (40, 60, 200, 0.80, 160, 0.00241542656715092, 0.9988530154545123),
        (55, 58, 60, 0.90, 54, 1, 0),
        (0, 10, 100, 0.07, 7, 0.4667404143172146, 1),
    ],
)
def test_tails_in_a_finite_population_equal_phyper(x, n, population, target, k0, below, above):
    found = simple_random_against_target(x, n, target, population)
    assert (found.boundary, found.n, found.N, found.method) == (k0, n, population, "hypergeometric")
    assert (found.estimate, found.target, found.reached) == (x / n, target, None)
    assert [found.p_below, found.p_above] == [close(below), close(above)]
    assert found.p_value == close(min(1, 2 * min(below, above)))


@pytest.mark.parametrize(
    ("x", "n", "target", "below", "above"),
    [
        (96, 100, 0.90, 0.9921635128788155, 0.02371108266347672),
        (100, 100, 0.98, 1, 0.132619555894753),
        (0, 20, 0.10, 0.1215766545905693, 1),
        (19, 20, 1, 0, 1),
        (20, 20, 1, 1, 1),
    ],
)
def test_tails_without_a_population_equal_binom_test(x, n, target, below, above):
    found = simple_random_against_target(x, n, target)
    assert (found.N, found.boundary, found.method) == (None, None, "binomial")
    assert [found.p_below, found.p_above] == [close(below), close(above)]
    assert found.p_value == close(min(1, 2 * min(below, above)))


@pytest.mark.parametrize(
    ("p", "se", "n", "df", "target", "kish", "level", "size", "below", "above"),
    [
        (0.94, 0.011, 585, 579, 0.90, 412.5, 0.95, 412.5, 0.9985397163903658, 0.002673826417072615),
        (0.94, 0.002, 585, 579, 0.96, 412.5, 0.95, 412.5, 0.03142902939497335, 0.9812526702164234),
        (0.80, 0.05, 120, 20, 0.90, 100, 0.99, 54.17222576577917, 0.0197203587574221, 0.9924079181238322),
    ],
)
def test_weighted_tails_are_beta_tails_at_the_effective_size(
    p, se, n, df, target, kish, level, size, below, above
):
    found = weighted_against_target(p, se, n, df, target, kish, level, population=3791)
    assert (found.n, found.N, found.method) == (close(size), 3791, "korn-graubard-kish")
    assert [found.p_below, found.p_above] == [close(below), close(above)]


def test_a_weighted_rate_of_everybody_satisfied_works_at_the_kish_size():
    found = weighted_against_target(1.0, 0.0, 120, 110, 0.95, 80.0)
    assert found.n == 80
    assert found.p_above == close(0.95**80)


@pytest.mark.parametrize(("satisfied", "reached"), [(53, False), (54, True), (60, True), (0, False)])
def test_a_census_is_a_fact_and_not_tested(satisfied, reached):
    found = simple_random_against_target(satisfied, 60, 0.9, 60)
    assert found == census_against_target(satisfied, 60, 0.9)
    assert (found.p_below, found.p_above, found.p_value) == (None, None, None)
    assert (found.method, found.reached, found.boundary) == ("census", reached, 54)


@pytest.mark.parametrize(
    ("target", "population", "k0"),
    [(0.07, 100, 7), (0.29, 100, 29), (0.9, 1036, 933), (1, 1036, 1036), (1e-12, 50, 1), (2 / 3, 3, 2)],
)
def test_the_boundary_is_the_smallest_number_that_reaches_the_target(target, population, k0):
    assert boundary(target, population) == k0


samples = st.integers(2, 300).flatmap(
    lambda population: st.integers(1, population - 1).flatmap(
        lambda n: st.tuples(st.integers(0, n), st.just(n), st.just(population))
    )
)
targets = st.integers(1, 100).map(lambda percent: percent / 100)
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(samples, targets, levels)
def test_the_exact_test_decides_exactly_when_the_interval_does(sample, target, level):
    x, n, population = sample
    low, high = hypergeometric(x, n, population, level).count
    found = simple_random_against_target(x, n, target, population)
    half = (1 - level) / 2 * TIE
    assert (found.p_below <= half) == (high < found.boundary) == (high / population < target)
    assert (found.p_above <= half) == (low >= found.boundary) == (low / population >= target)


@given(samples, targets, levels)
def test_the_binomial_test_decides_exactly_when_clopper_pearson_does(sample, target, level):
    x, n, _ = sample
    interval, found = clopper_pearson(x, n, level), simple_random_against_target(x, n, target)
    assume(abs(interval.low - target) > 1e-9 and abs(interval.high - target) > 1e-9)
    assert (found.p_value <= 1 - level) == (interval.high < target or interval.low > target)


@given(st.floats(0, 1), st.floats(0.0, 0.2), st.integers(2, 600), st.floats(0.2, 1), targets, levels)
def test_the_weighted_test_decides_exactly_when_its_interval_does(p, se, n, worth, target, level):
    kish = max(1.0, worth * n)
    interval = korn_graubard(p, se, n, n - 1, level, cap=kish)
    found = weighted_against_target(p, se, n, n - 1, target, kish, level)
    assume(abs(interval.low - target) > 1e-9 and abs(interval.high - target) > 1e-9)
    assert (found.p_value <= 1 - level) == (interval.high < target or interval.low > target)


@pytest.mark.parametrize(("population", "n", "target"), [(12, 5, 0.5), (30, 10, 0.9), (40, 25, 0.71)])
@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_a_wrong_claim_is_made_no_oftener_than_promised(population, n, target, alpha):
    k0 = boundary(target, population)
    for satisfied in range(population + 1):
        found = mass(population, satisfied, n)
        wrong = 0.0
        for x, chance in enumerate(found.probability, start=found.first):
            test = simple_random_against_target(x, n, target, population)
            wrong += chance * ((test.p_below if satisfied >= k0 else test.p_above) <= alpha)
        assert wrong <= alpha + 1e-9


@given(samples, targets)
def test_more_satisfied_speak_less_for_below_and_more_for_above(sample, target):
    x, n, population = sample
    for size in (population, None):
        here = simple_random_against_target(x, n, target, size)
        more = simple_random_against_target(min(x + 1, n), n, target, size)
        assert more.p_below >= here.p_below - 1e-12
        assert more.p_above <= here.p_above + 1e-12


@pytest.mark.parametrize(
    ("call", "code", "named"),
    [
        (lambda: simple_random_against_target(9, 10, 0, 50), "bad-target", "0"),
        (lambda: simple_random_against_target(9, 10, 95, 50), "bad-target", "95"),
        (lambda: simple_random_against_target(9, 10, float("nan")), "bad-target", "nan"),
        (lambda: census_against_target(9, 10, -0.1), "bad-target", "-0.1"),
        (lambda: weighted_against_target(0.9, 0.1, 10, 9, 1.1, 9), "bad-target", "1.1"),
        (lambda: simple_random_against_target(11, 10, 0.9), "bad-count", "11"),
        (lambda: simple_random_against_target(0, 0, 0.9), "empty-sample", "0"),
        (lambda: census_against_target(0, 0, 0.9), "empty-sample", "0"),
        (lambda: simple_random_against_target(9, 10, 0.9, 8), "population-below-sample", "8"),
        (lambda: weighted_against_target(1.2, 0.1, 10, 9, 0.9, 9), "bad-share", "1.2"),
        (lambda: weighted_against_target(0.9, 0.1, 10, 9, 0.9, 9, 95), "bad-level", "95"),
    ],
)
def test_what_cannot_be_tested_is_refused_by_name(call, code, named):
    with pytest.raises(Invalid) as refused:
        call()
    assert refused.value.code == code
    assert named in str(refused.value)


def rate_of(strata, *cells):
    return proportion(cells, strata, {4, 5}, {1, 2, 3, 4, 5})


def test_an_estimate_is_judged_by_the_tails_of_its_own_method():
    simple = rate_of({"*": Stratum(1036)}, Cell("*", 5, 96), Cell("*", 2, 4))
    assert estimate_against_target(simple, 0.9) == simple_random_against_target(96, 100, 0.9, 1036)

    weighted = rate_of(
        {"大": Stratum(900), "小": Stratum(100)}, Cell("大", 5, 30), Cell("小", 5, 25), Cell("小", 2, 5)
    )
    found = estimate_against_target(weighted, 0.9)
    assert (found.n, found.method) == (weighted.effective, "korn-graubard-kish")
    assert (found.p_value <= 0.05) == (weighted.high < 0.9 or weighted.low > 0.9)

    everybody = rate_of({"*": Stratum(20, released=20)}, Cell("*", 5, 18), Cell("*", 2, 2))
    assert estimate_against_target(everybody, 0.9) == census_against_target(18, 20, 0.9)


def test_nonresponse_after_full_release_and_no_answers_are_not_tested():
    some = rate_of({"*": Stratum(30, released=30)}, Cell("*", 5, 18), Cell("*", 2, 2))
    nobody = rate_of({"*": Stratum(30)})
    assert (estimate_against_target(some, 0.9), estimate_against_target(nobody, 0.9)) == (None, None)
