"""Weighted ratio means and totals, with linearised standard errors, for one group or for hundreds at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from survey.stats.cells import Cell, Code, Stratum, check_design
from survey.stats.design import Booleans, Design, Factor, Floats, Integers, design_of_cells, one_group, sums
from survey.stats.linearization import Lonely, degrees_of_freedom, variances


@dataclass(frozen=True, slots=True, eq=False)
class RatioMeans:
    """Σ w y / Σ w of every group, arrays (groups,) in the order of `names`.

    `value`, `se` in the unit of y, nan where nobody is in the base. `n`: respondents in the base; `total`:
    their weight; `df`: primary units with an answer minus their strata; `kish`: (Σw)²/Σw²; `deff`: SE² over
    that of a simple random sample of n without replacement, nan where undefined.
    """

    names: tuple[str, ...]
    value: Floats
    se: Floats
    df: Integers
    n: Integers
    total: Floats
    kish: Floats
    deff: Floats
    method: str = "linearization"


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """Σ w y of every group with its standard error, arrays (groups,) in the order of `names`; `n`: base."""

    names: tuple[str, ...]
    value: Floats
    se: Floats
    n: Integers
    method: str = "linearization"


def ratio_means(
    design: Design,
    values: Floats,
    groups: Factor | None = None,
    base: Booleans | None = None,
    lonely: Lonely = "refuse",
) -> RatioMeans:
    """Means of `values` (rows,) over the rows in `base` (None: all), per group, all design units kept.

    z = w (y - mean) / Σw inside the base and the group, 0 outside; variance see `linearization`.
    R: `svyby(~y, ~group, design, svymean)`, `svymean(~y, subset(design, base), deff=TRUE)`.
    """
    groups = groups or one_group(design.rows)
    weights = design.weights if base is None else np.where(base, design.weights, 0.0)
    values = values if base is None else np.where(base, values, 0.0)
    counted = weights if design.counts is None else weights * design.counts
    total = _sum(groups, counted)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _sum(groups, counted * values) / total
        residual = values - mean[groups.codes]
        scores = np.where(weights > 0, weights * residual / total[groups.codes], 0.0)
        n = _sizes(design, groups, weights)
        variance = np.where(n > 0, variances(design, scores, groups, lonely), np.nan)
        spread = _sum(groups, np.where(weights > 0, counted * residual * residual, 0.0)) / total
        kish = total * total / _sum(groups, counted * weights)
        deff = variance / _simple_variance(spread, n, total)
    return RatioMeans(
        names=groups.names,
        value=mean,
        se=np.sqrt(variance),
        df=degrees_of_freedom(design, groups, weights > 0),
        n=n,
        total=total,
        kish=np.where(n > 0, kish, 0.0),
        deff=np.where(np.isfinite(deff), deff, np.nan),
    )


def totals(
    design: Design,
    values: Floats,
    groups: Factor | None = None,
    base: Booleans | None = None,
    lonely: Lonely = "refuse",
) -> Totals:
    """Σ w y over the rows in `base`, per group. R: `svytotal(~y, design)`, `svyby(~y, ~group, ., svytotal)`."""
    groups = groups or one_group(design.rows)
    weights = design.weights if base is None else np.where(base, design.weights, 0.0)
    scores = weights * (values if base is None else np.where(base, values, 0.0))
    counted = scores if design.counts is None else scores * design.counts
    return Totals(
        names=groups.names,
        value=_sum(groups, counted),
        se=np.sqrt(variances(design, scores, groups, lonely)),
        n=_sizes(design, groups, weights),
    )


@dataclass(frozen=True, slots=True)
class RatioMean:
    """One mean of cells. `se` is None, and `lonely` names the strata, where one unit alone cannot show it."""

    value: float | None
    se: float | None
    df: int | None
    n: int
    kish: float
    deff: float | None
    lonely: tuple[str, ...]


def ratio_mean(
    cells: Iterable[Cell],
    strata: Mapping[str, Stratum],
    values: Mapping[Code, float],
    domain: str | None = None,
    weights: Mapping[str, float] | None = None,
) -> RatioMean:
    """Mean of the `values` of the cells' codes, over the codes in `values` (and in `domain`).

    w = N_h / r_h, or `weights[weight_class]`.
    R: `svymean(~y, subset(svydesign(id=~1, strata=~stratum, weights=~w, fpc=~Nh), domain & base))`.
    """
    check_design(cells := list(cells), strata)
    if not any(_in_base(cell, values, domain) and cell.count for cell in cells):
        return RatioMean(None, None, None, 0, 0.0, None, ())
    design, rows = design_of_cells(cells, strata, weights)
    base = np.array([_in_base(cell, values, domain) for cell in rows])
    y = np.array([values.get(cell.code, 0.0) for cell in rows])
    lonely = design.lonely
    found = ratio_means(design, y, base=base, lonely="certainty" if lonely else "refuse")
    deff = float(found.deff[0])
    return RatioMean(
        value=float(found.value[0]),
        se=None if lonely else float(found.se[0]),
        df=int(found.df[0]),
        n=int(found.n[0]),
        kish=float(found.kish[0]),
        deff=None if lonely or np.isnan(deff) else deff,
        lonely=lonely,
    )


def simple_random_se(x: int, n: int, population: int) -> float | None:
    """√((1 - n/N) p(1-p)/(n-1)) of x of n drawn without replacement from N; None for a single one of many."""
    if n == population:
        return 0.0
    share = x / n
    return None if n == 1 else math.sqrt((1 - n / population) * share * (1 - share) / (n - 1))


def _in_base(cell: Cell, values: Mapping[Code, float], domain: str | None) -> bool:
    return cell.code in values and (domain is None or cell.domain == domain)


def _sum(groups: Factor, values: Floats) -> Floats:
    return sums(groups.codes, values, groups.size)


def _sizes(design: Design, groups: Factor, weights: Floats) -> Integers:
    there = (weights > 0).astype(np.float64)
    counted = there if design.counts is None else there * design.counts
    return _sum(groups, counted).round().astype(np.intp)


def _simple_variance(spread: Floats, n: Integers, total: Floats) -> Floats:
    """(1 - n/Σw) S²/n with S² = Σ w (y - mean)² / Σw · n/(n - 1)."""
    size = n.astype(np.float64)
    return np.maximum(0.0, 1 - size / total) * spread / (size - 1)
