"""Weighted ratio means of cells and their linearised variance: the one engine behind rates and scores."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from survey.errors import N_, Invalid
from survey.stats.cells import Cell, Code, Stratum, check_design, respondents_per_stratum, weight_per_stratum


@dataclass(frozen=True, slots=True)
class RatioMean:
    """Mean of the values given to codes over one domain, with its design-based standard error.

    `value`, `se` in the unit of the values (None: nobody, or a stratum with a single unit). `n`:
    respondents in the base. `df`: units with an answer in the base minus their strata. `kish`: (Σw)²/Σw².
    `deff`: SE² over that of a simple random sample of the same size without replacement (None where
    undefined). `lonely`: strata whose variance cannot be estimated from a single unit.
    """

    value: float | None
    se: float | None
    df: int | None
    n: int
    kish: float
    deff: float | None
    lonely: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Equal respondents of the base: weight, value, number."""

    stratum: str
    cluster: str | None
    weight: float
    value: float
    count: int


@dataclass(frozen=True, slots=True)
class _Units:
    """Primary sampling units of a stratum: how many answered, and which fraction of the frame's they are."""

    count: int
    fraction: float


def ratio_mean(
    cells: Iterable[Cell],
    strata: Mapping[str, Stratum],
    values: Mapping[Code, float],
    domain: str | None = None,
    weights: Mapping[str, float] | None = None,
) -> RatioMean:
    """Σ w y / Σ w over the respondents whose code is in `values` (and in `domain`), all design units kept.

    w = N_h / r_h, or `weights[weight_class]`. With z = w (y - mean) / Σw inside the base and 0 outside,
    var = Σ_h (1 - r_h/N_h) r_h/(r_h - 1) Σ (z - z̄_h)²; with clusters z is summed per cluster first, and
    the correction is 1 - m_h/M_h when `Stratum.clusters` is known (ultimate clusters), else 1.
    R: `svymean(~y, subset(svydesign(id=~1, strata=~stratum, weights=~w, fpc=~Nh), domain & base))`.
    """
    cells = list(cells)
    check_design(cells, strata)
    groups = _groups(cells, strata, values, domain, weights)
    n = sum(group.count for group in groups)
    if not n:
        return RatioMean(None, None, None, 0, 0.0, None, ())
    total = math.fsum(g.weight * g.count for g in groups)
    value = math.fsum(g.weight * g.count * g.value for g in groups) / total
    units = _units(cells, strata)
    lonely = tuple(name for name, drawn in units.items() if drawn.count == 1 and drawn.fraction < 1)
    scores = _scores(groups, value, total)
    variance = math.fsum(
        _stratum_variance(drawn, scores[name]) for name, drawn in units.items() if name not in lonely
    )
    return RatioMean(
        value=value,
        se=None if lonely else math.sqrt(variance),
        df=_degrees_of_freedom(groups),
        n=n,
        kish=total * total / math.fsum(g.weight * g.weight * g.count for g in groups),
        deff=None if lonely else _design_effect(groups, value, variance, total, n),
        lonely=lonely,
    )


def _groups(
    cells: Iterable[Cell],
    strata: Mapping[str, Stratum],
    values: Mapping[Code, float],
    domain: str | None,
    weights: Mapping[str, float] | None,
) -> list[_Group]:
    cells = list(cells)
    per_stratum = weight_per_stratum(cells, strata)
    if weights is None and any(cell.weight_class is not None for cell in cells):
        raise Invalid("missing-weights", N_("回答带有权数类，但没有给出各类的权数。请给出权数或去掉权数类。"))
    return [
        _Group(
            cell.stratum,
            cell.cluster,
            per_stratum[cell.stratum] if weights is None else _class_weight(cell, weights),
            values[cell.code],
            cell.count,
        )
        for cell in cells
        if cell.count and cell.code in values and (domain is None or cell.domain == domain)
    ]


def _class_weight(cell: Cell, weights: Mapping[str, float]) -> float:
    weight = weights.get(cell.weight_class or "")
    if weight is None:
        text = N_("层“%(stratum)s”的权数类“%(weight_class)s”没有权数。请补上。")
        raise Invalid("missing-weight", text, stratum=cell.stratum, weight_class=cell.weight_class or "")
    if not (math.isfinite(weight) and weight > 0):
        text = N_("权数类“%(weight_class)s”的权数为 %(weight)s，权数应大于 0。")
        raise Invalid("bad-weight", text, weight_class=cell.weight_class, weight=weight)
    return weight


def _units(cells: Iterable[Cell], strata: Mapping[str, Stratum]) -> dict[str, _Units]:
    """Units that answered per stratum: clusters where cells name them, else respondents."""
    cells = list(cells)
    clusters: defaultdict[str, set[str | None]] = defaultdict(set)
    for cell in cells:
        if cell.count:
            clusters[cell.stratum].add(cell.cluster)
    return {
        name: _units_of(name, count, strata[name], clusters[name] or {None})
        for name, count in respondents_per_stratum(cells, strata).items()
        if count
    }


def _units_of(name: str, respondents: int, stratum: Stratum, clusters: set[str | None]) -> _Units:
    if clusters == {None}:
        return _Units(respondents, min(1.0, respondents / stratum.eligible))
    if None in clusters:
        text = N_("层“%(stratum)s”中有的回答注明群、有的没有。请全部注明或全部不注明。")
        raise Invalid("mixed-clusters", text, stratum=name)
    if stratum.clusters is not None and stratum.clusters < len(clusters):
        text = N_("层“%(stratum)s”共 %(known)s 个群，回答却来自 %(found)s 个。请核对群数。")
        raise Invalid(
            "population-below-sample", text, stratum=name, known=stratum.clusters, found=len(clusters)
        )
    return _Units(len(clusters), len(clusters) / stratum.clusters if stratum.clusters else 0.0)


def _scores(
    groups: Iterable[_Group], value: float, total: float
) -> defaultdict[str, list[tuple[float, int]]]:
    """Linearised score z of every primary unit in the base with the number of such units, per stratum."""
    scores: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    clusters: defaultdict[tuple[str, str], float] = defaultdict(float)
    for group in groups:
        score = group.weight * (group.value - value) / total
        if group.cluster is None:
            scores[group.stratum].append((score, group.count))
        else:
            clusters[group.stratum, group.cluster] += score * group.count
    for (stratum, _), score in clusters.items():
        scores[stratum].append((score, 1))
    return scores


def _stratum_variance(drawn: _Units, scores: list[tuple[float, int]]) -> float:
    """(1 - f) m/(m - 1) Σ (z - z̄)² over m units, those outside the base having z = 0."""
    if drawn.count == 1:
        return 0.0
    mean = math.fsum(score * count for score, count in scores) / drawn.count
    outside = drawn.count - sum(count for _, count in scores)
    squares = math.fsum(count * (score - mean) ** 2 for score, count in scores) + outside * mean * mean
    return (1 - drawn.fraction) * drawn.count / (drawn.count - 1) * squares


def _degrees_of_freedom(groups: Iterable[_Group]) -> int:
    units: defaultdict[str, int] = defaultdict(int)
    clusters: set[tuple[str, str]] = set()
    for group in groups:
        if group.cluster is None:
            units[group.stratum] += group.count
        elif (group.stratum, group.cluster) not in clusters:
            clusters.add((group.stratum, group.cluster))
            units[group.stratum] += 1
    return sum(units.values()) - len(units)


def _design_effect(
    groups: Iterable[_Group], value: float, variance: float, total: float, n: int
) -> float | None:
    """Variance over (1 - n/Σw) S²/n, S² estimated with the weights. R: `svymean(~y, design, deff=TRUE)`."""
    if n < 2:
        return None
    spread = math.fsum(g.weight * g.count * (g.value - value) ** 2 for g in groups) / total * n / (n - 1)
    simple = max(0.0, 1 - n / total) * spread / n
    return variance / simple if simple > 0 else None
