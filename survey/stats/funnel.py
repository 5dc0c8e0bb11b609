"""Funnel limits: where a station's rate falls by chance alone if its true rate is the common one.

These are control limits about a common rate p0, drawn over the size of the base. They are not intervals of
a station: they say nothing of what its rate may be, only whether the common rate explains what was seen.
A station outside should be looked at; several levels (95 %, 99.8 %) are drawn by calling once for each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from survey.errors import N_, Invalid
from survey.stats.hypergeometric import mass
from survey.stats.intervals import check_level, normal_quantile

Shares = NDArray[np.float64]
Counts = NDArray[np.int64]

# A tail that equals the limit exactly counts as reached, as in R's qbinom.
REACHED = 1 - 64 * np.finfo(float).eps


@dataclass(frozen=True, slots=True, eq=False)
class FunnelLimits:
    """Control limits of a share for each base of `n` households (户), in the order given.

    `rate`: the common rate p0; `N`: the stations' populations where the method uses them; `phi`: factor by
    which the variance was widened.
    """

    low: Shares
    high: Shares
    n: Counts
    rate: float
    level: float
    method: str
    N: Counts | None = None
    phi: float = 1.0


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """How many times the binomial variance the stations vary; `n`: stations, `winsorised`: share per side."""

    phi: float
    n: int
    winsorised: float
    method: str = "multiplicative"


def binomial_steps(n: Sequence[int], rate: float, level: float = 0.95) -> FunnelLimits:
    """Binomial quantiles over n: attainable rates, a step function. R: `qbinom(c(a/2, 1-a/2), n, p0)/n`."""
    bases = _checked(n, rate, level)
    tail = (1 - level) / 2
    low, high = _quantile(tail, bases, rate), _quantile(1 - tail, bases, rate)
    return FunnelLimits(low / bases, high / bases, bases, rate, level, "binomial-steps")


def binomial_interpolated(n: Sequence[int], rate: float, level: float = 0.95) -> FunnelLimits:
    """Exact limits made smooth: (r - alpha)/n, r the quantile, alpha = (F(r) - a)/(F(r) - F(r-1)); within 0..1.

    A line to draw, not to judge by: 30 of 30 lie above the upper 95 % line at p0 = .92 (.990) and yet
    happen in 8 % of samples; whether a station is outside follows from the steps. Spiegelhalter (2005).
    """
    bases = _checked(n, rate, level)
    tail = (1 - level) / 2
    low = np.clip(_interpolated(tail, bases, rate), 0.0, 1.0)
    high = np.clip(_interpolated(1 - tail, bases, rate), 0.0, 1.0)
    return FunnelLimits(low, high, bases, rate, level, "binomial-interpolated")


def normal(n: Sequence[int], rate: float, level: float = 0.95, phi: float = 1.0) -> FunnelLimits:
    """p0 ± z·sqrt(phi·p0(1-p0)/n), not cut at 0 and 1: rough near 100 % and for small bases.

    `phi`: see `overdispersion`. Spiegelhalter (2005).
    """
    bases = _checked(n, rate, level)
    if not 1 <= phi < math.inf:
        raise Invalid("bad-phi", N_("离散系数为 %(phi)s，应为不小于 1 的数。"), phi=phi)
    half = normal_quantile(level) * np.sqrt(phi * rate * (1 - rate) / bases)
    return FunnelLimits(rate - half, rate + half, bases, rate, level, "normal", phi=phi)


def hypergeometric_steps(
    n: Sequence[int], populations: Sequence[int], rate: float, level: float = 0.95
) -> FunnelLimits:
    """As `binomial_steps` where each base was drawn without replacement from a station's known population.

    A station of N households meets p0 with K = p0·N satisfied; between two whole numbers the lower limit
    takes the smaller, the upper one the larger. Narrower than the binomial; after a census the limits are
    those two shares. R: `qhyper(a/2, floor(p0*N), N-floor(p0*N), n)/n`, the upper one with `ceiling`.
    """
    bases = _checked(n, rate, level)
    sizes = _checked_populations(bases, populations)
    tail = (1 - level) / 2
    low, high = np.empty(len(bases)), np.empty(len(bases))
    for place, (base, size) in enumerate(zip(bases.tolist(), sizes.tolist(), strict=True)):
        fewest, most = math.floor(rate * size + 1e-9), math.ceil(rate * size - 1e-9)
        low[place] = _hypergeometric_quantile(tail, base, size, fewest)
        high[place] = _hypergeometric_quantile(1 - tail, base, size, most)
    return FunnelLimits(low / bases, high / bases, bases, rate, level, "hypergeometric-steps", sizes)


def overdispersion(
    counts: Sequence[int], n: Sequence[int], rate: float, winsorise: float = 0.1
) -> Overdispersion:
    """Mean squared z = (x/n - p0)/sqrt(p0(1-p0)/n) of the stations, extremes drawn in; never below 1.

    The lowest and highest share `winsorise` of the z take the value of that quantile, so that the stations
    to be found do not widen the limits themselves. Spiegelhalter (2005). R: `quantile(z, c(q, 1-q))`.
    """
    bases = _checked(n, rate, 0.95)
    if not 0 <= winsorise < 0.5:
        text = N_("缩尾比例为 %(share)s，应不小于 0、小于 0.5，例如 0.1。")
        raise Invalid("bad-winsorise", text, share=winsorise)
    satisfied = _checked_satisfied(bases, counts)
    z = (satisfied / bases - rate) / np.sqrt(rate * (1 - rate) / bases)
    low, high = np.quantile(z, [winsorise, 1 - winsorise])
    phi = float((np.clip(z, low, high) ** 2).mean())
    return Overdispersion(max(1.0, phi), len(bases), winsorise)


def _quantile(probability: float, n: Counts, rate: float) -> Counts:
    """Smallest k with P(X <= k) >= probability, for all n at once by bisection."""
    low, high = np.zeros_like(n), n.copy()
    while (low < high).any():
        middle = (low + high) // 2
        reached = _at_most(middle, n, rate) >= probability * REACHED
        high = np.where(reached, middle, high)
        low = np.where(reached, low, np.minimum(middle + 1, high))
    return high


def _at_most(k: Counts, n: Counts, rate: float) -> Shares:
    found: Shares = np.where(k < 0, 0.0, bdtr(np.maximum(k, 0), n, rate))
    return found


def _interpolated(probability: float, n: Counts, rate: float) -> Shares:
    r = _quantile(probability, n, rate)
    here, before = _at_most(r, n, rate), _at_most(r - 1, n, rate)
    return (r - (here - probability) / (here - before)) / n


def _hypergeometric_quantile(probability: float, n: int, population: int, satisfied: int) -> int:
    found = mass(population, satisfied, n)
    reached = np.cumsum(found.probability) >= probability * REACHED
    return found.first + int(np.argmax(reached))


def _checked(n: Sequence[int], rate: float, level: float) -> Counts:
    check_level(level)
    if not 0 < rate < 1:
        text = N_("共同满意率为 %(rate)s，应大于 0、小于 1；全部满意或全部不满意时没有控制限。")
        raise Invalid("bad-common-rate", text, rate=rate)
    for place, base in enumerate(n, start=1):
        if not (base >= 1 and base % 1 == 0):
            text = N_("第 %(place)s 个站点的基数为 %(n)s，应为不小于 1 的整数。没有人回答的站点请不要列入。")
            raise Invalid("bad-base", text, place=place, n=base)
    return np.array(n, dtype=np.int64)


def _checked_populations(bases: Counts, populations: Sequence[int]) -> Counts:
    _same_length(bases, populations)
    for place, (base, size) in enumerate(zip(bases.tolist(), populations, strict=True), start=1):
        if not (size >= base and size % 1 == 0):
            text = N_(
                "第 %(place)s 个站点的总体 %(population)s 户小于基数 %(n)s 户，或不是整数。请核对总体户数。"
            )
            raise Invalid("population-below-sample", text, place=place, population=size, n=base)
    return np.array(populations, dtype=np.int64)


def _checked_satisfied(bases: Counts, counts: Sequence[int]) -> Counts:
    _same_length(bases, counts)
    if not len(bases):
        raise Invalid("no-stations", N_("没有站点，无法估计离散程度。"))
    for place, (base, x) in enumerate(zip(bases.tolist(), counts, strict=True), start=1):
        if not (0 <= x <= base and x % 1 == 0):
            text = N_("第 %(place)s 个站点的满意户数 %(x)s 不是 0 到基数 %(n)s 之间的整数。")
            raise Invalid("bad-count", text, place=place, x=x, n=base)
    return np.array(counts, dtype=np.int64)


def _same_length(bases: Counts, others: Sequence[int]) -> None:
    if len(others) != len(bases):
        text = N_("有 %(n)s 个基数，另一列有 %(others)s 个数；两列应一一对应。")
        raise Invalid("uneven-stations", text, n=len(bases), others=len(others))
