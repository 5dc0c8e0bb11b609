"""Cutting extreme weights, keeping their sum."""

from __future__ import annotations

import math

import numpy as np

from survey.errors import N_, Invalid
from survey.stats.design import Booleans, Floats
from survey.stats.steps import Step, report, sample_of

# A weight this close to a bound is on it; the reference rule uses the same.
ON_BOUND = 1e-12


def trim(
    before: Floats | Step, lower: float = -math.inf, upper: float = math.inf, strict: bool = True
) -> Step:
    """Cut weights to [lower, upper] and share the excess *equally* (not in proportion) over those not cut.

    One pass may push others across a bound; `strict` repeats until none is, and who was cut once receives
    no more. The weights are final: errors are then those of weights as given, the calibration before is
    forgotten. R: `survey::trimWeights(strict=)` as of survey 4.5 (4.1 lets cut weights receive again).
    """
    sample = sample_of(before, positive=False)
    current = sample.weights
    _check_bounds(lower, upper, len(current), float(current.sum()))
    cut = np.zeros(len(current), dtype=bool)
    while True:
        outside = (current < lower - ON_BOUND) | (current > upper + ON_BOUND)
        if not outside.any():
            break
        cut |= outside
        clipped = np.clip(current, lower, upper)
        current = _share_excess(clipped, float((current - clipped).sum()), ~cut)
        if not strict:
            break
    return report("trimming", sample, current, at_bounds=int(cut.sum()))


def _share_excess(weights: Floats, excess: float, takers: Booleans) -> Floats:
    if abs(excess) <= ON_BOUND * abs(float(weights.sum())):
        return weights
    if not takers.any():
        text = N_("所有权数都被截断，剩余的 %(excess).10g 无处分摊。请放宽上下限。")
        raise Invalid("trim-impossible", text, excess=excess)
    return np.where(takers, weights + excess / takers.sum(), weights)


def _check_bounds(lower: float, upper: float, n: int, whole: float) -> None:
    if not lower < upper:
        text = N_("截断下限 %(lower).10g 不小于上限 %(upper).10g。请核对。")
        raise Invalid("bad-bounds", text, lower=lower, upper=upper)
    if not n * lower <= whole <= n * upper:
        text = N_(
            "%(n)s 个权数都在 %(lower).10g 与 %(upper).10g 之间时，合计不可能是 %(sum).10g。请放宽上下限。"
        )
        raise Invalid("trim-impossible", text, n=n, lower=lower, upper=upper, sum=whole)
