"""Standard errors by repeating an estimate with other weights: jackknife and Rao-Wu bootstrap.

For figures that have no linearised variance; for means and totals the linearised one is quicker and, in
stratified samples, the jackknife's equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from survey.errors import N_, Invalid
from survey.stats.design import Design, Floats, Integers, sums

Centre = Literal["mean", "full"]
Divisor = Literal["R", "R-1"]
Statistic = Callable[[Floats], float]


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """`weights` (rows, R) to repeat an estimate with, `full` (rows,) those of the sample itself.

    var = scale · Σ_r rscales_r (θ_r - centre)².
    """

    full: Floats
    weights: Floats
    scale: float
    rscales: Floats
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class Replicated:
    """An estimate with its replicates: `value` at the full weights, `replicates` (R,), `n` rows."""

    value: float
    variance: float
    replicates: Floats
    centre: Centre
    n: int
    method: str

    @property
    def se(self) -> float:
        return math.sqrt(self.variance)


def jackknife_weights(design: Design) -> Replicates:
    """JKn: each primary unit of a stratum left out in turn, its weight given to the m - 1 others.

    rscales = (1 - f)(m - 1)/m, scale = 1. Strata observed completely have no replicate. Strata with one
    unit, two-stage and calibrated designs, and rows that count several respondents raise Invalid.
    Memory: rows × units. R: `as.svrepdesign(design, type="JKn")`.
    """
    unit, stratum = _units(design)
    if design.lonely:
        text = N_("层“%(stratum)s”只有一个初级抽样单元，无法逐一剔除。请并层。")
        raise Invalid("single-unit-stratum", text, stratum="、".join(design.lonely))
    left_out = np.flatnonzero(design.fraction[stratum] < 1)
    if not left_out.size:
        raise Invalid("whole-population", N_("各层都已全部调查，没有抽样误差，无需重复抽样。"))
    m = design.drawn[stratum[left_out]]
    grown = np.where(design.strata.codes[:, None] == stratum[left_out], m / (m - 1), 1.0)
    factors = np.where(unit[:, None] == left_out, 0.0, grown)
    rscales = (1 - design.fraction[stratum[left_out]]) * (m - 1) / m
    return Replicates(design.weights, design.weights[:, None] * factors, 1.0, rscales, "JKn")


def rao_wu_weights(design: Design, resampled: NDArray[np.integer], divisor: Divisor = "R-1") -> Replicates:
    """Rescaled bootstrap weights w (1 - l + l (m/r) c), l = √(r (1 - f)/(m - 1)), from resample counts.

    `resampled`: (units, R) how often each primary unit was drawn again (units are rows without clusters);
    r = Σ c of the stratum's m units. With r = m - 1 and no finite correction w m/(m - 1) c. Weights stay
    positive while r (1 - f) <= m - 1. `divisor`: scale 1/R or 1/(R - 1). Rao and Wu (1988).
    """
    unit, stratum = _units(design)
    counts = np.asarray(resampled, dtype=np.float64)
    _check_counts(counts, len(stratum))
    drawn_again = np.stack([sums(stratum, column, design.strata.size) for column in counts.T], axis=1)
    m, open_share = design.drawn[:, None], 1 - design.fraction[:, None]
    _check_resamples(design, drawn_again)
    root = np.sqrt(np.divide(drawn_again * open_share, m - 1, out=np.zeros_like(drawn_again), where=m > 1))
    gain = np.divide(root * m, drawn_again, out=np.zeros_like(drawn_again), where=drawn_again > 0)
    factors = 1 - root[stratum] + gain[stratum] * counts
    size = counts.shape[1]
    scale = 1 / size if divisor == "R" else 1 / (size - 1)
    weights = design.weights[:, None] * factors[unit]
    return Replicates(design.weights, weights, scale, np.ones(size), "Rao-Wu bootstrap")


def draw_counts(design: Design, replicates: int, generator: np.random.Generator) -> Integers:
    """(units, replicates) resample counts: m - 1 draws with replacement among the m units of each stratum."""
    _, stratum = _units(design)
    found = np.zeros((len(stratum), replicates), dtype=np.intp)
    for place, drawn in enumerate(design.drawn):
        m = round(float(drawn))
        if m > 1:
            shares = np.full(m, 1 / m)
            found[stratum == place] = generator.multinomial(m - 1, shares, size=replicates).T
    return found


def replicate_variance(replicates: Replicates, statistic: Statistic, centre: Centre = "mean") -> Replicated:
    """Variance of `statistic`, a function of weights (rows,), around the replicates' mean or the full estimate.

    R: `svrVar(thetas, scale, rscales, mse=(centre == "full"), coef)`. Raises Invalid where the statistic is
    undefined in a replicate, such as the mean of a group whose only member was left out.
    """
    value = float(statistic(replicates.full))
    found = np.array([statistic(weights) for weights in replicates.weights.T], dtype=np.float64)
    undefined = np.flatnonzero(~np.isfinite(found))
    if undefined.size or not math.isfinite(value):
        text = N_("%(count)s 个重复样本中无法计算该指标（第一个：第 %(first)s 个）。请并组或改用线性化方差。")
        first = int(undefined[0]) + 1 if undefined.size else 0
        raise Invalid("replicate-undefined", text, count=int(undefined.size), first=first)
    middle = value if centre == "full" else float(found.mean())
    variance = replicates.scale * float((replicates.rscales * (found - middle) ** 2).sum())
    return Replicated(value, variance, found, centre, len(replicates.full), replicates.method)


def _units(design: Design) -> tuple[Integers, Integers]:
    """Primary unit of every row, and stratum of every unit; designs that these methods do not cover refused."""
    if design.counts is not None:
        text = N_("重复抽样法要求一行一个受访户，不能用汇总的格。请逐户列出。")
        raise Invalid("replicates-need-rows", text)
    if design.auxiliary is not None:
        text = N_("权数经过校准，每个重复样本都应重新校准。请用线性化方差。")
        raise Invalid("replicates-calibrated", text)
    if design.clusters is None:
        return np.arange(design.rows), design.strata.codes
    if design.clusters.fraction is not None:
        text = N_("重复抽样法看不到第二阶段的误差。请用线性化方差，或只按群计算。")
        raise Invalid("replicates-two-stage", text)
    return design.clusters.of_rows.codes, design.clusters.stratum


def _check_counts(counts: Floats, units: int) -> None:
    if counts.ndim != 2 or counts.shape[0] != units or counts.shape[1] < 2:
        text = N_("重抽次数表为 %(shape)s，应有 %(units)s 行和至少 2 列。")
        raise Invalid("bad-resample-counts", text, shape="×".join(map(str, counts.shape)), units=units)
    wrong = np.argwhere(~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))))
    if wrong.size:
        row, column = wrong[0] + 1
        text = N_("重抽次数表第 %(row)s 行第 %(column)s 列为 %(value)s，应为不小于 0 的整数。")
        value = float(counts[row - 1, column - 1])
        raise Invalid("bad-resample-counts", text, row=int(row), column=int(column), value=value)


def _check_resamples(design: Design, drawn_again: Floats) -> None:
    """A stratum that is a sample needs two units and at least one draw in every replicate."""
    sampled = design.fraction < 1
    empty = sampled & ((design.drawn < 2) | (drawn_again <= 0).any(axis=1))
    if empty.any():
        name = design.strata.names[int(np.argmax(empty))]
        text = N_("层“%(stratum)s”只有一个初级抽样单元，或在某个重复样本中一次也没有抽到。")
        raise Invalid("single-unit-stratum", text, stratum=name)
