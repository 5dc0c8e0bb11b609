"""Many stations against the rate they have in common: a funnel whose findings are counted as one.

The common rate is that of the stations themselves, so a station is held against a rate it has helped to make: the
fewer stations, the harder it is for one to stand out, never the easier. Nothing here compares two stations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from survey.errors import N_, Invalid
from survey.stats.funnel import Overdispersion, binomial_steps, hypergeometric_steps, overdispersion
from survey.stats.hypergeometric import mass
from survey.stats.intervals import check_level
from survey.stats.multiplicity import holm
from survey.stats.target import beta_tails

#: with fewer stations, how much they vary says nothing: a tenth of them is drawn in at either end
STATIONS_FOR_PHI = 10
#: the outer control limits
OUTER = 0.998


@dataclass(frozen=True, slots=True)
class Measured:
    """A station's rate. `n`: its base (户), effective and perhaps fractional for a weighted sample; `N`: households
    that a simple random sample was drawn from, None where it is weighted or not known.

    `sampled`: the rate has a sampling error that can be tested; not after everybody was released.
    """

    name: str
    share: float
    n: float
    N: int | None = None
    sampled: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """A station in the funnel. `low` … `outer_high`: control limits about the common rate at the two levels, shares;
    `p_value`: two-sided, of this station alone; `adjusted`: by Holm over all that were tested. None: not tested."""

    station: Measured
    low: float | None = None
    high: float | None = None
    outer_low: float | None = None
    outer_high: float | None = None
    p_value: float | None = None
    adjusted: float | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """Stations about their common rate. `n`: their bases together (户, effective); `tested`: stations tested;
    `overdispersion`: None where too few stations were tested. `rate` 0 or 1: all alike, nobody is tested."""

    rate: float
    n: float
    placed: tuple[Placed, ...]
    tested: int
    level: float
    overdispersion: Overdispersion | None
    outer: float = OUTER
    method: str = "holm"

    def of(self, name: str) -> Placed:
        return next(placed for placed in self.placed if placed.station.name == name)


def funnel(stations: Sequence[Measured], level: float = 0.95) -> Funnel | None:
    """Σ p n / Σ n, limits at `level` and 99.8 %, exact p-values, adjusted by Holm (any dependence). None without
    stations. Raises Invalid for a station without a base or named twice."""
    check_level(level)
    _check(stations)
    if not stations:
        return None
    size = math.fsum(station.n for station in stations)
    rate = math.fsum(station.share * station.n for station in stations) / size
    tested = [station for station in stations if station.sampled] if 1e-12 < rate < 1 - 1e-12 else []
    if len(stations) < 2:
        tested = []
    p_values = {station.name: p_value(station, rate) for station in tested}
    adjusted = holm(p_values).values
    limits = {station.name: _limits(station, rate, level) for station in tested}
    placed = tuple(
        Placed(one, *limits[one.name], p_values[one.name], adjusted[one.name])
        if one.name in limits
        else Placed(one)
        for one in stations
    )
    return Funnel(rate, size, placed, len(tested), level, _overdispersion(tested, rate))


def p_value(station: Measured, rate: float) -> float:
    """Twice the smaller tail, at most 1, if the station's true rate is the common one.

    Without replacement from N: P(X <= x | K = floor(p0 N)) and P(X >= x | K = ceil(p0 N)), so p <= 1 - level
    whenever the rate lies outside `funnel.hypergeometric_steps`. Weighted: beta tails at the effective size, as in
    the Korn-Graubard interval. R: `phyper(x, K, N-K, n)`, `phyper(x-1, K, N-K, n, lower=FALSE)`; `pbeta` as in
    `target.beta_tails`.
    """
    if station.N is None:
        return min(1.0, 2 * min(beta_tails(station.share * station.n, station.n, rate)))
    n, satisfied = round(station.n), round(station.share * station.n)
    fewest, most = math.floor(rate * station.N + 1e-9), math.ceil(rate * station.N - 1e-9)
    at_most = mass(station.N, fewest, n).at_most(satisfied)
    at_least = mass(station.N, most, n).at_least(satisfied)
    return min(1.0, 2 * min(at_most, at_least))


def _limits(station: Measured, rate: float, level: float) -> tuple[float, float, float, float]:
    """At the level, then the outer ones. A weighted station's steps are those of its effective size, cut to whole 户."""
    found = []
    for each in (level, OUTER):
        if station.N is None:
            steps = binomial_steps([max(1, math.floor(station.n))], rate, each)
        else:
            steps = hypergeometric_steps([round(station.n)], [station.N], rate, each)
        found += [float(steps.low[0]), float(steps.high[0])]
    low, high, outer_low, outer_high = found
    return low, high, outer_low, outer_high


def _overdispersion(stations: Sequence[Measured], rate: float) -> Overdispersion | None:
    if len(stations) < STATIONS_FOR_PHI:
        return None
    sizes = [max(1, math.floor(station.n)) for station in stations]
    counts = [round(station.share * n) for station, n in zip(stations, sizes, strict=True)]
    return overdispersion(counts, sizes, rate)


def _check(stations: Sequence[Measured]) -> None:
    if len({station.name for station in stations}) < len(stations):
        raise Invalid("station-twice", N_("同一个站点列了两次，不能比较。"))
    for place, station in enumerate(stations, start=1):
        if not station.n >= 1:
            text = N_("第 %(place)s 个站点的基数为 %(n)s，应为不小于 1 的整数。没有人回答的站点请不要列入。")
            raise Invalid("bad-base", text, place=place, n=station.n)
