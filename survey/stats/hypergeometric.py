"""Exact intervals for the number K of satisfied households among N, from x of n drawn without replacement."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.stats.intervals import Interval, check_counts, check_population, normal_quantile

# A tail that equals the limit exactly counts as rejected; sums carry an error of about 1e-13.
TIE = 1 + 1e-11


@dataclass(frozen=True, slots=True)
class Mass:
    """P(X = first + i) for X ~ Hypergeometric(N, K, n), without values too rare to matter (below 1e-30)."""

    first: int
    probability: NDArray[np.float64]

    def at_least(self, x: int) -> float:
        return float(self.probability[max(0, x - self.first) :].sum())

    def at_most(self, x: int) -> float:
        return float(self.probability[: max(0, x - self.first + 1)].sum())


def mass(population: int, satisfied: int, n: int) -> Mass:
    """Probability mass around the mode by ratios of neighbours: no factorials, exact to about 1e-13."""
    lowest, highest = max(0, n - (population - satisfied)), min(n, satisfied)
    mode = min(max((n + 1) * (satisfied + 1) // (population + 2), lowest), highest)
    share = satisfied / population
    deviation = math.sqrt(n * share * (1 - share) * (1 - n / population))
    reach = int(12 * deviation) + 60
    first, last = max(lowest, mode - reach), min(highest, mode + reach)
    up = np.arange(mode, last, dtype=np.float64)
    down = np.arange(mode, first, -1, dtype=np.float64)
    rest = float(population - satisfied - n)
    rising = np.cumprod((satisfied - up) * (n - up) / ((up + 1) * (rest + up + 1)))
    falling = np.cumprod(down * (rest + down) / ((satisfied - down + 1) * (n - down + 1)))
    relative = np.concatenate([falling[::-1], [1.0], rising])
    return Mass(first, relative / relative.sum())


def hypergeometric(x: int, n: int, population: int, level: float = 0.95) -> Interval:
    """Equal-tail inversion: all K with P(X >= x | K) > a/2 and P(X <= x | K) > a/2; a point after a census.

    Shares are K/N. Coverage is never below `level`; at 0 % and 100 % the interval keeps its width.
    Conditional on a domain: n and N of the domain. Reference: Konijn (1973), Buonaccorsi (1987).
    R: `K <- x:(N-n+x); range(K[phyper(x-1,K,N-K,n,lower.tail=FALSE) > a/2 & phyper(x,K,N-K,n) > a/2])`
    (`samplingbook::Sprop` steps one unit further on each side).
    """
    check_counts(x, n, level)
    check_population(x, n, population)
    limit = (1 - level) / 2 * TIE
    smallest, largest = x, population - (n - x)
    share, half = x * population // n, _half_width(x, n, population, level)
    low = _first(
        smallest, largest, lambda k: mass(population, k, n).at_least(x) > limit, (share - half, half // 8 + 1)
    )
    high = largest - _first(
        0,
        largest - smallest,
        lambda d: mass(population, largest - d, n).at_most(x) > limit,
        (largest - share - half, half // 8 + 1),
    )
    return _shares(low, high, n, population, level, "hypergeometric")


def blaker(x: int, n: int, population: int, level: float = 0.95) -> Interval:
    """Hull of the K that Blaker's (2000) acceptability accepts: 3-5 % shorter, but harder to explain.

    It lies inside the equal-tail interval, so only that is searched. R: see `hyper_blaker` in the tests'
    golden values; `exactci`-like, for the hypergeometric.
    """
    outer = hypergeometric(x, n, population, level).count
    assert outer is not None
    low, high = outer
    while low < high and not _acceptable(x, n, population, low, level):
        low += 1
    while high > low and not _acceptable(x, n, population, high, level):
        high -= 1
    return _shares(low, high, n, population, level, "blaker")


def sterne(x: int, n: int, population: int, level: float = 0.95) -> Interval:
    """Hull of the K under which outcomes no likelier than x have together more than 1 - level (Sterne 1954).

    As short as Blaker's, with the same gaps inside; for comparison. R: the same by trying every K. Takes seconds
    for a million households.
    """
    check_counts(x, n, level)
    check_population(x, n, population)
    low = _sterne_low(x, n, population, level)
    high = population - _sterne_low(n - x, n, population, level)
    return _shares(low, high, n, population, level, "sterne")


def one_unit_wider(x: int, n: int, population: int, level: float = 0.95) -> Interval:
    """The equal-tail interval and one household more on each side, as R's `samplingbook::Sprop` prints it.

    For comparison only: Sprop's search stops at the first K that is accepted and then steps back out, so both
    of its limits are values that the data reject.
    """
    found = hypergeometric(x, n, population, level).count
    assert found is not None
    low, high = max(found[0] - 1, x), min(found[1] + 1, population - (n - x))
    return _shares(low, high, n, population, level, "one-unit-wider")


def _sterne_low(x: int, n: int, population: int, level: float) -> int:
    """Smallest accepted K. None is accepted while P(X >= x) <= a/(n+1): of n + 1 outcomes none adds more."""
    rare = (1 - level) / (n + 1)
    largest = population - (n - x)
    low = _first(x, largest, lambda k: mass(population, k, n).at_least(x) > rare * (1 - 1e-9))
    while low < largest and not _likely_enough(x, n, population, low, level):
        low += 1
    return low


def _likely_enough(x: int, n: int, population: int, satisfied: int, level: float) -> bool:
    """P of all outcomes no likelier than x above 1 - level; equal probabilities within 1e-10 are equal."""
    found = mass(population, satisfied, n)
    place = x - found.first
    if not 0 <= place < len(found.probability):
        return False
    no_likelier = found.probability <= found.probability[place] * (1 + 1e-10)
    return float(found.probability[no_likelier].sum()) > 1 - level


def _acceptable(x: int, n: int, population: int, satisfied: int, level: float) -> bool:
    """P of all outcomes whose smaller tail is no larger than that of x, above 1 - level."""
    found = mass(population, satisfied, n)
    lower = np.cumsum(found.probability)
    upper = np.cumsum(found.probability[::-1])[::-1]
    smaller_tail = np.minimum(lower, upper)
    place = x - found.first
    if not 0 <= place < len(smaller_tail):
        return False
    as_extreme = smaller_tail <= smaller_tail[place] * (1 + 1e-10)
    return float(found.probability[as_extreme].sum()) > 1 - level


def _half_width(x: int, n: int, population: int, level: float) -> int:
    """About half of the interval in households, to begin the search near its ends."""
    share = (x + 1) / (n + 2)
    deviation = math.sqrt(share * (1 - share) / n * (1 - n / population))
    return int(normal_quantile(level) * deviation * population) + 1


def _first(low: int, high: int, accepted: Callable[[int], bool], near: tuple[int, int] | None = None) -> int:
    """Smallest value in low..high that is accepted, by bisection; `high` is taken as accepted.

    `near`: a guess and a first step. From there the ends are brought closer first, so that a large population costs no
    more tries than a small one.
    """
    if near is not None:
        low, high = _closer(low, high, accepted, *near)
    while low < high:
        middle = (low + high) // 2
        if accepted(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _closer(low: int, high: int, accepted: Callable[[int], bool], guess: int, step: int) -> tuple[int, int]:
    """Ends between which the smallest accepted value lies, by steps of growing length away from the guess."""
    at = min(max(guess, low), high)
    direction = -1 if accepted(at) else 1
    while True:
        low, high = (low, at) if direction < 0 else (at + 1, high)
        at += direction * step
        step *= 2
        if not low <= at < high or accepted(at) is (direction > 0):
            break
    if low <= at < high:
        low, high = (at + 1, high) if direction < 0 else (low, at)
    return low, high


def _shares(low: int, high: int, n: int, population: int, level: float, method: str) -> Interval:
    return Interval(low / population, high / population, level, method, n, population, (low, high))
