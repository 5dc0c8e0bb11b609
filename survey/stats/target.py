"""A satisfaction rate against a target (达标), by the exact tails the intervals are made of.

Two claims are judged, each against the boundary hardest to refute: "below the target" against a rate that
just reaches it, "reaches the target" against the largest rate that does not. p_value <= 1 - level happens
exactly when the interval of that level lies wholly below the target, or wholly at or above it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betainc

from survey.errors import N_, Invalid
from survey.stats.hypergeometric import mass
from survey.stats.intervals import check_counts, check_population, korn_graubard
from survey.stats.results import Estimate, Method


@dataclass(frozen=True, slots=True)
class TargetTest:
    """`p_below`: chance of so low a rate if the target were reached; `p_above`: of so high a one if not.

    `p_value`: twice the smaller, at most 1. All are None after a census: `reached` is then a fact, and None
    otherwise. `n`: size the method worked with (may be an effective, fractional one). `boundary`: smallest
    number of satisfied households (户) among N that reaches the target, where N is known.
    """

    estimate: float
    target: float
    p_below: float | None
    p_above: float | None
    p_value: float | None
    n: float
    N: int | None
    method: str
    boundary: int | None = None
    reached: bool | None = None


def simple_random_against_target(x: int, n: int, target: float, population: int | None = None) -> TargetTest:
    """x satisfied of n drawn without replacement from `population`: hypergeometric tails; a census is a fact.

    K0: smallest K with K/N >= target. p_below = P(X <= x | K0), p_above = P(X >= x | K0 - 1). Without
    `population` binomial tails at the target itself. Agrees with `hypergeometric.hypergeometric` and
    `intervals.clopper_pearson`. R: `phyper(x, K0, N-K0, n)`, `phyper(x-1, K0-1, N-K0+1, n, lower=FALSE)`;
    `binom.test(x, n, target, "less"|"greater")`.
    """
    _check_target(target)
    check_counts(x, n, 0.95)
    if population is None:
        below, above = beta_tails(x, n, target)
        return _test(x / n, target, below, above, n, None, "binomial")
    check_population(x, n, population)
    if n == population:
        return census_against_target(x, population, target)
    k0 = boundary(target, population)
    below = min(1.0, mass(population, k0, n).at_most(x))
    above = min(1.0, mass(population, k0 - 1, n).at_least(x))
    return _test(x / n, target, below, above, n, population, "hypergeometric", k0)


def weighted_against_target(
    p: float,
    se: float | None,
    n: int,
    df: float | None,
    target: float,
    kish: float,
    level: float = 0.95,
    population: int | None = None,
) -> TargetTest:
    """A weighted rate: beta tails at the effective size of its Korn-Graubard interval, capped at `kish`.

    Agrees with `intervals.korn_graubard(p, se, n, df, level, cap=kish)`, whose size depends on `level`
    through its t quantiles; `population` is only passed on. R: `pbeta(target, x+1, n-x, lower=FALSE)`,
    `pbeta(target, x, n-x+1)` with x = p·n at the effective n.
    """
    _check_target(target)
    size = korn_graubard(p, se, n, df, level, cap=kish).n
    below, above = beta_tails(min(max(p, 0.0), 1.0) * size, size, target)
    return _test(p, target, below, above, size, population, "korn-graubard-kish")


def census_against_target(satisfied: int, population: int, target: float) -> TargetTest:
    """Everybody answered: the rate is known, there is nothing to test."""
    _check_target(target)
    check_counts(satisfied, population, 0.95)
    k0 = boundary(target, population)
    return TargetTest(
        estimate=satisfied / population,
        target=target,
        p_below=None,
        p_above=None,
        p_value=None,
        n=population,
        N=population,
        method="census",
        boundary=k0,
        reached=satisfied >= k0,
    )


def estimate_against_target(rate: Estimate, target: float) -> TargetTest | None:
    """An estimated rate, by the tails that its interval is made of. None where nobody answered, and where everybody was
    released and not everybody answered: that error is not one of sampling."""
    if rate.value is None or rate.is_census_with_nonresponse:
        return None
    if rate.method is Method.CENSUS:
        return census_against_target(rate.satisfied, rate.n, target)
    if not rate.weighted:
        return simple_random_against_target(rate.satisfied, rate.n, target, rate.N)
    size = float(rate.n) if rate.effective is None else rate.effective
    return weighted_against_target(
        rate.value, rate.se, rate.n, rate.df, target, size, rate.level, population=rate.N
    )


def boundary(target: float, population: int) -> int:
    """Smallest K with K/N >= target; a product such as .07 x 100 = 7.000000000000001 counts as 7."""
    _check_target(target)
    return max(1, math.ceil(target * population - 1e-9))


def beta_tails(x: float, n: float, p: float) -> tuple[float, float]:
    """P(X <= x) and P(X >= x) of a binomial (n, p), by the beta function so that x and n may be fractional.

    R: `pbeta(p, x+1, n-x, lower=FALSE)`, `pbeta(p, x, n-x+1)`.
    """
    at_most = 1.0 if x >= n else float(betainc(n - x, x + 1, 1 - p))
    at_least = 1.0 if x <= 0 else float(betainc(x, n - x + 1, p))
    return at_most, at_least


def _test(
    estimate: float,
    target: float,
    below: float,
    above: float,
    n: float,
    population: int | None,
    method: str,
    k0: int | None = None,
) -> TargetTest:
    both = min(1.0, 2 * min(below, above))
    return TargetTest(estimate, target, below, above, both, n, population, method, k0)


def _check_target(target: float) -> None:
    if not 0 < target <= 1:
        text = N_("目标为 %(target)s，应大于 0、不超过 1，例如 0.95。")
        raise Invalid("bad-target", text, target=target)
