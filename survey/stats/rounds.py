"""Did a station change between two rounds? Simple random samples of one frame, or of two that share households, and
some households in both samples."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from survey.errors import N_, Invalid, Message
from survey.stats.comparison import Limits, Wald, newcombe, wald_limits
from survey.stats.hypergeometric import hypergeometric
from survey.stats.intervals import EDGE, NO_ERROR, check_level

UNUSABLE_OVERLAP = N_("两轮共同户 %(common)s 户估出的协方差与两轮的方差不相容，改按独立样本计算。")


@dataclass(frozen=True, slots=True)
class Tally:
    """One round: `n` households in the base, `satisfied` of them."""

    n: int
    satisfied: int

    @property
    def share(self) -> float:
        return self.satisfied / self.n


@dataclass(frozen=True, slots=True)
class Common:
    """Households in the base of both rounds: satisfied in both, only in the first, only in the second, never."""

    both: int = 0
    only_first: int = 0
    only_second: int = 0
    neither: int = 0

    @property
    def n(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither


@dataclass(frozen=True, slots=True)
class EarlierFrame:
    """The frame of the first round where it is not that of the second: its households (户), and those in both."""

    population: int
    shared: int


@dataclass(frozen=True, slots=True)
class RoundsDifference:
    """Share of the second round minus share of the first.

    `independent`: as if no household were common; `overlapping`: with their covariance, None when fewer
    than two are common. Both None where the samples show no spread. `newcombe`: from the exact limits of
    each round and their correlation: the interval to show. `s12`: sample covariance of the common
    households; `covariance`: of the two shares. `N`: households of the second round's frame, `earlier`: of the
    first one's. `method`: "overlapping", "independent", "census" (both rounds asked everybody: a fact), "nobody".
    """

    first: Tally
    second: Tally
    common: int
    N: int
    value: float | None
    independent: Wald | None
    overlapping: Wald | None
    newcombe: Limits | None
    s12: float | None
    covariance: float
    level: float
    method: str
    notes: tuple[Message, ...] = ()
    earlier: EarlierFrame | None = None

    @property
    def populations(self) -> tuple[int, int]:
        """Households of the first and of the second frame."""
        return self.earlier.population if self.earlier else self.N, self.N

    @property
    def interval(self) -> Limits | None:
        """The limits to show; after two full censuses they are the fact itself."""
        return self.newcombe


def rounds_difference(
    first: Tally,
    second: Tally,
    population: int,
    common: Common | None = None,
    level: float = 0.95,
    earlier: EarlierFrame | None = None,
) -> RoundsDifference:
    """Compare two rounds from counts alone: of one frame of `population` households, or the second of it and the first
    of an `earlier` one.

    var = v1 + v2 - 2 S12 (n12/(n1 n2) - N12/(N1 N2)), v = (1 - n/N) p(1-p)/(n-1), S12 the sample covariance of the
    n12 common households; N12/(N1 N2) is 1/N in one frame, and an approximation where frames differ. df: n1 + n2 - 2, and with common households one less than the distinct ones. With
    no or one household in common, or where it is not known which are (`common` None), the covariance is
    left out. Raises Invalid on counts that contradict one another.
    """
    check_level(level)
    frames = earlier or EarlierFrame(population, population)
    _check(first, second, population, common, frames)
    common = common or Common()
    found = RoundsDifference(
        first,
        second,
        common.n,
        population,
        None,
        None,
        None,
        None,
        None,
        0.0,
        level,
        "nobody",
        earlier=earlier,
    )
    if not first.n or not second.n:
        return found
    s12 = _covariance_of_common(common)
    covariance = 0.0
    if s12 is not None:
        expected = frames.shared / (frames.population * population)
        covariance = s12 * (common.n / (first.n * second.n) - expected)
    found = replace(found, value=second.share - first.share, s12=s12, covariance=covariance)
    census = (first.n, second.n) == found.populations
    return _with_limits(replace(found, method="census" if census else "independent"), common)


def pooled_z(first: Tally, second: Tally) -> float | None:
    """z of the second minus the first share under one common share, without finite correction.

    None when all answers are alike or a round has none. For comparison only. R: `prop.test(x, n, correct=FALSE)`, signed root.
    """
    if not first.n or not second.n:
        return None
    share = (first.satisfied + second.satisfied) / (first.n + second.n)
    spread = share * (1 - share) * (1 / first.n + 1 / second.n)
    return (second.share - first.share) / math.sqrt(spread) if spread else None


def _with_limits(found: RoundsDifference, common: Common) -> RoundsDifference:
    first, second = found.first, found.second
    populations = found.populations
    v1, v2 = _variance(first, populations[0]), _variance(second, populations[1])
    if v1 is not None and v2 is not None and found.value is not None:
        together = v1 + v2 - 2 * found.covariance
        df = first.n + second.n - 2
        found = replace(found, independent=wald_limits(found.value, math.sqrt(v1 + v2), df, found.level))
        if found.s12 is not None and found.method != "census":
            found = _overlapping(found, together, df + 1 - found.common)
    correlation = _correlation(v1, v2, found, common)
    (low1, high1), (low2, high2) = (
        (one.low, one.high)
        for one in (
            hypergeometric(r.satisfied, r.n, size, found.level)
            for r, size in zip((first, second), populations, strict=True)
        )
    )
    ends = newcombe(second.share, (low2, high2), first.share, (low1, high1), correlation)
    return replace(found, newcombe=ends)


def _overlapping(found: RoundsDifference, variance: float, df: int) -> RoundsDifference:
    """With the covariance; S12 of few households may exceed what v1 and v2 allow, and is then not used."""
    single = found.independent.se**2 if found.independent else 0.0
    if variance < -EDGE * single or found.value is None:
        note = Message(UNUSABLE_OVERLAP, {"common": found.common})
        return replace(found, notes=(note,))
    wald = wald_limits(found.value, math.sqrt(max(0.0, variance)), df, found.level)
    return replace(found, overlapping=wald, method="overlapping")


def _correlation(v1: float | None, v2: float | None, found: RoundsDifference, common: Common) -> float:
    """Of the two shares, from S12 after Newcombe's (1998, paired) correction for continuity.

    Uncorrected, households that never change their mind would make the interval a point.
    """
    if found.method != "overlapping" or not found.s12 or not v1 or not v2 or min(v1, v2) <= NO_ERROR**2:
        return 0.0
    product = found.s12 * common.n * (common.n - 1)
    corrected = max(product - common.n / 2, 0.0) if product > 0 else product
    return max(-1.0, min(1.0, found.covariance * corrected / product / math.sqrt(v1 * v2)))


def _variance(tally: Tally, population: int) -> float | None:
    if tally.n == population:
        return 0.0
    if tally.n < 2:
        return None
    return (1 - tally.n / population) * tally.share * (1 - tally.share) / (tally.n - 1)


def _covariance_of_common(common: Common) -> float | None:
    if common.n < 2:
        return None
    first, second = common.both + common.only_first, common.both + common.only_second
    return (common.both - first * second / common.n) / (common.n - 1)


def _check(first: Tally, second: Tally, population: int, common: Common | None, frames: EarlierFrame) -> None:
    _check_tally(1, first, frames.population)
    _check_tally(2, second, population)
    if common is None:
        return
    pairs = (common.both, common.only_first, common.only_second, common.neither)
    if min(pairs) < 0:
        text = N_("共同户的四个计数为 %(counts)s，不能为负。")
        raise Invalid("bad-count", text, counts="、".join(map(str, pairs)))
    if common.n > min(first.n, second.n):
        text = N_("共同户 %(common)s 户，多于较小一轮的 %(n)s 户。请核对。")
        raise Invalid("overlap-above-sample", text, common=common.n, n=min(first.n, second.n))
    distinct = first.n + second.n - common.n
    population += frames.population - frames.shared
    if distinct > population:
        text = N_("两轮共有 %(distinct)s 个不同的户，多于总体 %(population)s 户。请核对共同户数。")
        raise Invalid("population-below-sample", text, distinct=distinct, population=population)
    _check_common(1, first, common.both + common.only_first, common)
    _check_common(2, second, common.both + common.only_second, common)


def _check_tally(number: int, tally: Tally, population: int) -> None:
    if not 0 <= tally.satisfied <= tally.n:
        text = N_("第 %(round)s 轮满意 %(x)s 户，不在 0 到样本 %(n)s 户之间。")
        raise Invalid("bad-count", text, round=number, x=tally.satisfied, n=tally.n)
    if tally.n > population:
        text = N_("第 %(round)s 轮样本 %(n)s 户，多于总体 %(population)s 户。请核对总体户数。")
        raise Invalid("population-below-sample", text, round=number, n=tally.n, population=population)


def _check_common(number: int, tally: Tally, satisfied: int, common: Common) -> None:
    """Neither the satisfied nor the dissatisfied common households may outnumber those of the round."""
    if satisfied > tally.satisfied or common.n - satisfied > tally.n - tally.satisfied:
        text = N_(
            "第 %(round)s 轮满意 %(x)s 户、不满意 %(rest)s 户，与共同户中的 %(common)s 户、%(other)s 户矛盾。"
        )
        raise Invalid(
            "common-contradicts-round",
            text,
            round=number,
            x=tally.satisfied,
            rest=tally.n - tally.satisfied,
            common=satisfied,
            other=common.n - satisfied,
        )
