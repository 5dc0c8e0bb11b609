"""Is one group better than another? Differences of two domains of one design, with honest limits near 100 %."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtr

from survey.errors import N_, Invalid
from survey.stats.checks import check_numbers
from survey.stats.design import Booleans, Design, Factor, Floats, check_lengths, one_group
from survey.stats.hypergeometric import hypergeometric
from survey.stats.intervals import (
    NO_ERROR,
    check_level,
    clopper_pearson,
    korn_graubard_kish,
    normal_quantile,
    t_quantile,
)
from survey.stats.linearization import Lonely, degrees_of_freedom, variance
from survey.stats.ratio import RatioMeans, ratio_means
from survey.stats.results import Method

Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Wald:
    """Limits value ± t_df·SE and value ± z·SE, and the two-sided p-value of t = value / SE."""

    se: float
    df: int
    t: Limits
    z: Limits
    p_value: float
    level: float


@dataclass(frozen=True, slots=True)
class Side:
    """One group of a comparison. `n`: respondents in the base; `N`: population, where the design tells it.

    `limits`: the group's own default interval, by `method`; None for means that are no shares, and where
    nobody answered. `se` is None where one respondent cannot show it.
    """

    name: str
    value: float | None
    se: float | None
    n: int
    N: int | None
    limits: Limits | None
    method: Method


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of `one` minus mean of `other`, in the unit of the values (share or points).

    `newcombe` combines the groups' own limits: the interval to show for shares, above all near 0 % and
    100 %, where `wald` is far too short. `wald` (and its p-value) is right where both groups have some ten
    satisfied and ten dissatisfied, and for scores; None where the samples show no spread. `correlation`: of
    the two means, 0 for groups in different strata. `method`: "census" (both groups interviewed completely:
    the difference is a fact), "nobody" (a group without answers) or "linearization".
    """

    one: Side
    other: Side
    value: float | None
    se: float | None
    df: int
    wald: Wald | None
    newcombe: Limits | None
    correlation: float
    level: float
    method: str

    @property
    def interval(self) -> Limits | None:
        """The limits to show: the fact itself, else Newcombe's, else (scores) those of t."""
        if self.method == "census" and self.value is not None:
            return self.value, self.value
        return self.newcombe or (self.wald.t if self.wald else None)


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """What is compared, for the steps below. `pair`: code 0 and 1 for the two groups, 2 for the rest."""

    design: Design
    values: Floats
    pair: Factor
    inside: Booleans
    lonely: Lonely
    level: float

    def base_of(self, place: int) -> Booleans:
        return np.asarray(self.inside & (self.pair.codes == place))

    @property
    def shares(self) -> bool:
        """Are the values yes and no, so that means are shares?"""
        return bool(np.isin(self.values[self.inside & (self.pair.codes < 2)], (0.0, 1.0)).all())


def difference(
    design: Design,
    values: Floats,
    groups: Factor,
    one: str,
    other: str,
    level: float = 0.95,
    base: Booleans | None = None,
    lonely: Lonely = "refuse",
) -> Difference:
    """Compare the groups `one` and `other` by the means of `values` (rows,) over the rows in `base`.

    SE: both linearised means as one vector of scores, so that their covariance counts; df of the whole
    design. R: `svycontrast(svyby(~y, ~group, design, svymean, covmat=TRUE), c(1, -1))`. Newcombe: see
    `newcombe`. Raises Invalid when a group does not occur or is compared with itself, and for values
    that are no numbers.
    """
    check_level(level)
    inside = np.ones(design.rows, dtype=np.bool_) if base is None else base
    check_lengths(design.rows, len(values), len(groups.codes), len(inside))
    check_numbers(values, inside)
    pair = _pair(groups, one, other)
    asked = _Question(design, values, pair, inside, lonely, level)
    means = ratio_means(design, values, pair, base, lonely)
    first, second = (_side(asked, means, place) for place in (0, 1))
    df = int(degrees_of_freedom(design, one_group(design.rows), inside)[0])
    found = Difference(first, second, None, None, df, None, None, 0.0, level, "nobody")
    if first.value is None or second.value is None:
        return found
    found = replace(found, value=first.value - second.value, method="linearization")
    if first.method is second.method is Method.CENSUS:
        found = replace(found, se=0.0, method="census")
    elif first.se is not None and second.se is not None:
        found = _with_error(found, asked, first.se, second.se)
    if first.limits is None or second.limits is None:
        return found
    ends = newcombe(first.value, first.limits, second.value, second.limits, found.correlation)
    return replace(found, newcombe=ends)


def newcombe(p1: float, limits1: Limits, p2: float, limits2: Limits, correlation: float = 0.0) -> Limits:
    """Limits of p1 - p2 by squaring and adding the distances to the limits of each.

    Newcombe (1998), method 10, for independent groups; with a `correlation` of the two shares, Zou and
    Donner (2008). Keeps a width at 0 % and 100 %, and stays in [-1, 1] when the limits stay in [0, 1].
    """
    (low1, high1), (low2, high2) = limits1, limits2
    below = _hypotenuse(p1 - low1, high2 - p2, correlation)
    above = _hypotenuse(high1 - p1, p2 - low2, correlation)
    return p1 - p2 - below, p1 - p2 + above


def wald_limits(value: float, se: float, df: int, level: float) -> Wald | None:
    """Symmetric limits and p-value of a difference; None where SE or df is 0: that is no certainty."""
    if se <= NO_ERROR or df < 1:
        return None
    t, z = t_quantile(level, df) * se, normal_quantile(level) * se
    p_value = 2 * float(stdtr(df, -abs(value / se)))
    return Wald(se, df, (value - t, value + t), (value - z, value + z), p_value, level)


def mean_scores(design: Design, values: Floats, inside: Booleans) -> Floats:
    """(rows,) linearised scores w (y - mean) / Σw of the mean over the rows `inside`, 0 elsewhere."""
    weights = np.where(inside, design.weights, 0.0)
    counted = weights if design.counts is None else weights * design.counts
    total = counted.sum()
    used = np.where(inside, values, 0.0)
    return np.asarray(weights * (used - (counted * used).sum() / total) / total, dtype=np.float64)


def is_complete(design: Design, member: Booleans) -> bool:
    """Was every unit of the strata (and clusters) in which the rows `member` lie interviewed?"""
    if (design.fraction[design.strata.codes[member]] < 1).any():
        return False
    clusters = design.clusters
    if clusters is None or clusters.fraction is None:
        return True
    return bool((clusters.fraction[clusters.of_rows.codes[member]] >= 1).all())


def _pair(groups: Factor, one: str, other: str) -> Factor:
    """The groups as code 0 (`one`), 1 (`other`) and 2 (the rest)."""
    for name in (one, other):
        if name not in groups.names:
            known = "、".join(groups.names[:20])
            text = N_("没有名为“%(group)s”的组。数据中的组有：%(known)s。")
            raise Invalid("unknown-group", text, group=name, known=known)
    if one == other:
        raise Invalid("same-group", N_("组“%(group)s”不能与自己比较。请另选一组。"), group=one)
    codes = np.full(groups.size, 2, dtype=np.intp)
    codes[groups.names.index(one)], codes[groups.names.index(other)] = 0, 1
    return Factor(codes[groups.codes], (one, other, ""))


def _with_error(found: Difference, asked: _Question, se1: float, se2: float) -> Difference:
    scores = [mean_scores(asked.design, asked.values, asked.base_of(place)) for place in (0, 1)]
    se = math.sqrt(variance(asked.design, scores[0] - scores[1], asked.lonely))
    correlation = _correlation(se1, se2, se) if _overlap(asked.design, asked.pair) else 0.0
    assert found.value is not None
    wald = wald_limits(found.value, se, found.df, found.level)
    return replace(found, se=se, correlation=correlation, wald=wald)


def _side(asked: _Question, means: RatioMeans, place: int) -> Side:
    n, name = int(means.n[place]), asked.pair.names[place]
    if not n:
        return Side(name, None, None, 0, None, None, Method.NOBODY)
    value, member = float(means.value[place]), asked.pair.codes == place
    side = Side(name, value, None, n, _population(asked.design, member), None, Method.STUDENT)
    if is_complete(asked.design, member):
        limits = (value, value) if asked.shares else None
        return replace(side, se=0.0, limits=limits, method=Method.CENSUS)
    if n > 1:
        side = replace(side, se=float(means.se[place]))
    if not asked.shares:
        return side
    if _simple(asked.design, member):
        return _exact_side(side, asked, asked.base_of(place))
    share, df, kish = min(max(value, 0.0), 1.0), int(means.df[place]), float(means.kish[place])
    found = korn_graubard_kish(share, side.se, n, df, kish, asked.level)
    return replace(side, limits=(found.low, found.high), method=Method.KORN_GRAUBARD_KISH)


def _exact_side(side: Side, asked: _Question, base: Booleans) -> Side:
    counts = asked.design.counts
    satisfied = round(float((asked.values if counts is None else counts * asked.values)[base].sum()))
    if side.N is None:
        found, method = clopper_pearson(satisfied, side.n, asked.level), Method.CLOPPER_PEARSON
    else:
        found, method = hypergeometric(satisfied, side.n, side.N, asked.level), Method.HYPERGEOMETRIC
    return replace(side, limits=(found.low, found.high), method=method)


def _simple(design: Design, member: Booleans) -> bool:
    """The group lies in one stratum, drawn and weighted alike."""
    if design.clusters is not None or design.auxiliary is not None:
        return False
    weights, strata = design.weights[member], design.strata.codes[member]
    return bool((strata == strata[0]).all() and np.ptp(weights) <= 1e-9 * weights[0])


def _population(design: Design, member: Booleans) -> int | None:
    """N of the strata that make up the group, None when it shares a stratum or N is not known."""
    strata = np.unique(design.strata.codes[member])
    shared = np.isin(design.strata.codes, strata) & ~member
    if design.clusters is not None or shared.any() or (design.fraction[strata] <= 0).any():
        return None
    whole = float((design.drawn[strata] / design.fraction[strata]).sum())
    return round(whole) if abs(whole - round(whole)) < 1e-6 else None


def _overlap(design: Design, pair: Factor) -> bool:
    """Do the groups share a stratum, or a calibration that ties all strata together?"""
    one, other = (design.strata.codes[pair.codes == place] for place in (0, 1))
    return design.auxiliary is not None or bool(np.intersect1d(one, other).size)


def _correlation(se1: float, se2: float, se: float) -> float:
    """Of two means, from the standard errors of both and of their difference."""
    if min(se1, se2) <= NO_ERROR:
        return 0.0
    return max(-1.0, min(1.0, (se1 * se1 + se2 * se2 - se * se) / (2 * se1 * se2)))


def _hypotenuse(a: float, b: float, correlation: float) -> float:
    return math.sqrt(max(0.0, a * a + b * b - 2 * correlation * a * b))
