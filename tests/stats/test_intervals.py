"""Intervals of counts: equal to R, never degenerate, and with the coverage they promise.

Left out: `wang_K` (ExactCIone::WhyperCI_M). Wang's limits are shortened one by one over all x at once; in
the reference they lie within a few households of Sterne's.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected
from survey.errors import Invalid
from survey.stats.hypergeometric import blaker, hypergeometric, mass, one_unit_wider, sterne
from survey.stats.intervals import (
    agresti_coull,
    clopper_pearson,
    jeffreys,
    korn_graubard,
    wald,
    wilson,
    wilson_effective,
)

CASES = expected("A_a_proportions.json")["finite_population_exact"]
DOMAINS = expected("A_a_proportions.json")["srs_domain_exact"]


@pytest.fixture(params=CASES, ids=[case["id"] for case in CASES])
def case(request: pytest.FixtureRequest) -> dict[str, object]:
    return request.param  # type: ignore[no-any-return]


def test_exact_counts_equal_those_of_r(case):
    found = hypergeometric(case["x"], case["n"], case["N"], case["level"])
    assert list(found.count) == case["hyper_eqtail_K"]
    point = [case["hyper_eqtail_K"][0] / case["N"]] * 2  # of a census R gives the counts alone
    assert [found.low, found.high] == [close(limit) for limit in case.get("hyper_eqtail_p", point)]


@pytest.mark.parametrize(
    ("name", "method"), [("blaker_K", blaker), ("sterne_K", sterne), ("sprop_K", one_unit_wider)]
)
def test_other_exact_counts_equal_those_of_r(case, name, method):
    expected_counts = case.get(name, case["hyper_eqtail_K"])
    found = method(case["x"], case["n"], case["N"], case["level"])
    assert list(found.count) == expected_counts
    assert [found.low, found.high] == [close(count / case["N"]) for count in expected_counts]


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("wilson", wilson),
        ("clopper_pearson", clopper_pearson),
        ("jeffreys", jeffreys),
        ("agresti_coull", agresti_coull),
    ],
)
def test_binomial_limits_equal_those_of_r(case, name, method):
    found = method(case["x"], case["n"], case["level"])
    assert [found.low, found.high] == [close(limit) for limit in case[name]]


def test_wald_limits_equal_those_of_r(case):
    found = wald(case["p"], case["se_fpc"], case["df"], case["n"], case["level"])
    assert [found.low, found.high] == [close(limit) for limit in case["wald_t_fpc"]]


def test_finite_wilson_limits_equal_those_of_r_where_r_has_any(case):
    if None in case["wilson_fpc_t"]:
        plain = wilson(case["x"], case["n"], case["level"])
        found = wilson(case["x"], case["n"], case["level"], population=case["N"])
        assert (found.low, found.high) == (plain.low, plain.high)
        return
    found = wilson(case["x"], case["n"], case["level"], population=case["N"])
    assert [found.low, found.high] == [close(limit) for limit in case["wilson_fpc_t"]]


def test_korn_graubard_capped_at_n_equals_the_nchs_form(case):
    found = korn_graubard(
        case["p"], case["se_fpc"], case["n"], case["df"], case["level"], cap=float(case["n"])
    )
    assert found.n == close(case["kg_nchs"]["n_eff_df"])
    assert [found.low, found.high] == [close(limit) for limit in case["kg_nchs"]["ci"]]
    plain = wilson_effective(case["p"], case["se_fpc"], case["n"], case["df"], case["level"])
    assert (plain.n if plain else case["n"]) == close(case["kg_nchs"]["n_eff"])


@pytest.mark.parametrize("name", DOMAINS)
def test_exact_counts_of_a_domain_are_conditional_on_its_size(name):
    domain = DOMAINS[name]
    found = hypergeometric(domain["x_d"], domain["n_d"], domain["N_d"], domain["level"])
    assert list(found.count) == domain["hyper_eqtail_K"]
    assert [found.low, found.high] == [close(limit) for limit in domain["hyper_eqtail_p"]]


@pytest.mark.parametrize(("population", "n"), [(12, 5), (20, 7), (25, 24), (30, 10), (40, 1)])
@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("method", [hypergeometric, blaker, sterne, one_unit_wider])
def test_exact_intervals_cover_at_least_their_level_for_every_population(population, n, level, method):
    limits = [method(x, n, population, level).count for x in range(n + 1)]
    for satisfied in range(population + 1):
        found = mass(population, satisfied, n)
        covered = sum(
            share
            for x, share in enumerate(found.probability, start=found.first)
            if limits[x][0] <= satisfied <= limits[x][1]
        )
        assert covered >= level - 1e-9


@pytest.mark.parametrize("method", [hypergeometric, blaker, sterne, one_unit_wider])
def test_a_census_is_a_point(method):
    assert method(55, 60, 60).count == (55, 55)


@pytest.mark.parametrize(("x", "n", "population"), [(100, 100, 1036), (0, 100, 1036), (1, 1, 50), (0, 1, 2)])
def test_nobody_and_everybody_satisfied_keep_an_interval_with_width(x, n, population):
    found = hypergeometric(x, n, population)
    assert found.low < found.high


def test_a_large_population_approaches_the_binomial_limits():
    found, binomial = hypergeometric(960, 1000, 1_000_000), clopper_pearson(960, 1000)
    assert found.low == pytest.approx(binomial.low, abs=1e-4)
    assert found.high == pytest.approx(binomial.high, abs=1e-4)


def test_half_a_million_of_a_million_is_found():
    found = hypergeometric(250_000, 500_000, 1_000_000)
    normal = wald(0.5, (0.25 / 500_000 * 0.5) ** 0.5, None, 500_000)
    assert found.low == pytest.approx(normal.low, abs=2e-6)
    assert found.high == pytest.approx(normal.high, abs=2e-6)


samples = st.integers(1, 400).flatmap(
    lambda population: st.integers(1, population).flatmap(
        lambda n: st.tuples(st.integers(0, n), st.just(n), st.just(population))
    )
)


@given(samples, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_exact_interval_contains_the_estimate_and_stays_possible(sample, level):
    x, n, population = sample
    low, high = hypergeometric(x, n, population, level).count
    assert x <= low <= high <= population - (n - x)
    assert low / population <= x / n + 1 / population
    assert high / population >= x / n - 1 / population


@given(samples)
def test_more_satisfied_never_lowers_a_limit(sample):
    x, n, population = sample
    for method in (
        lambda x: hypergeometric(x, n, population),
        lambda x: clopper_pearson(x, n),
        lambda x: wilson(x, n),
        lambda x: jeffreys(x, n),
    ):
        here, more = method(x), method(min(x + 1, n))
        assert more.low >= here.low
        assert more.high >= here.high


@given(samples)
def test_satisfied_and_dissatisfied_mirror_each_other(sample):
    x, n, population = sample
    low, high = hypergeometric(x, n, population).count
    assert hypergeometric(n - x, n, population).count == (population - high, population - low)


@given(samples)
def test_blaker_lies_inside_the_equal_tails(sample):
    outer, inner = hypergeometric(*sample).count, blaker(*sample).count
    assert outer[0] <= inner[0] <= inner[1] <= outer[1]


@given(samples, st.sampled_from([0.8, 0.95, 0.99]))
def test_sterne_starts_and_ends_where_trying_every_count_does(sample, level):
    x, n, population = sample

    def accepted(satisfied):
        found = mass(population, satisfied, n)
        chances = dict(enumerate(found.probability, start=found.first))
        return sum(p for p in chances.values() if p <= chances.get(x, 0) * (1 + 1e-10)) > 1 - level

    counts = [k for k in range(x, population - (n - x) + 1) if accepted(k)]
    assert sterne(x, n, population, level).count == (counts[0], counts[-1])


@given(samples)
def test_the_wider_limits_are_rejected_ones_or_the_end_of_what_is_possible(sample):
    x, n, population = sample
    inner, outer = hypergeometric(*sample).count, one_unit_wider(*sample).count
    assert outer[0] in (inner[0] - 1, x)
    assert outer[1] in (inner[1] + 1, population - (n - x))


@pytest.mark.parametrize("method", [hypergeometric, blaker, sterne, one_unit_wider])
@pytest.mark.parametrize(
    ("x", "n", "population", "level", "code"),
    [
        (5, 4, 100, 0.95, "bad-count"),
        (-1, 4, 100, 0.95, "bad-count"),
        (0, 0, 100, 0.95, "empty-sample"),
        (3, 4, 3, 0.95, "population-below-sample"),
        (3, 4, 100, 95, "bad-level"),
        (3, 4, 100, float("nan"), "bad-level"),
    ],
)
def test_impossible_numbers_are_refused(x, n, population, level, code, method):
    with pytest.raises(Invalid) as refused:
        method(x, n, population, level)
    assert refused.value.code == code
