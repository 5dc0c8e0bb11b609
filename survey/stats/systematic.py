"""Standard errors of systematic draws, whose single random start leaves no unbiased variance.

With equal probabilities: successive differences in frame order. With unequal ones: Brewer's approximation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.errors import N_, Invalid
from survey.stats.checks import check_numbers
from survey.stats.design import Floats, check_lengths
from survey.stats.intervals import check_population


@dataclass(frozen=True, slots=True)
class SystematicMean:
    """Mean of n values drawn at equal steps from N, in their unit. `se` is None for a single value."""

    value: float
    se: float | None
    n: int
    N: int
    method: str = "successive-difference"


def successive_difference(values: Sequence[float] | Floats, population: int) -> SystematicMean:
    """var = (1 - n/N) Σ (y_i - y_{i-1})² / (2 n (n - 1)), `values` in the order of the frame.

    Smaller than the simple variance where neighbours are alike, which is what a systematic draw uses; in
    another order it means nothing. Raises Invalid for no value, a value that is no number, or N < n.
    Wolter (1985), estimator v2.
    """
    y = np.asarray(values, dtype=np.float64)
    n = len(y)
    check_numbers(y)
    check_population(0, n, population)
    if n == 1:
        return SystematicMean(float(y[0]), 0.0 if population == 1 else None, 1, population)
    variance = (1 - n / population) * float((np.diff(y) ** 2).sum()) / (2 * n * (n - 1))
    return SystematicMean(float(y.mean()), math.sqrt(variance), n, population)


def brewer_variance(scores: Floats, inclusion: NDArray[np.float64]) -> float:
    """n/(n - 1) Σ (1 - π_i)(z_i - z̄)² of the total of scores z that carry the weight 1/π.

    For a sample of fixed size drawn with probabilities π from one stratum: z = y/π for a total, and
    `comparison.mean_scores` for a mean. Units with π = 1 add nothing. Brewer (2002).
    R: `svydesign(id=~1, fpc=~pik, pps="brewer")`.
    """
    n = len(scores)
    check_lengths(n, len(inclusion))
    check_numbers(scores)
    wrong = ~((inclusion > 0) & (inclusion <= 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        text = N_("第 %(row)s 行的入样概率为 %(value)s，应大于 0 且不超过 1。")
        raise Invalid("bad-inclusion", text, row=row + 1, value=float(inclusion[row]))
    if n < 2 and not (inclusion == 1).all():
        raise Invalid("single-unit-stratum", N_("样本只有一个单位，看不出误差。"))
    if n < 2:
        return 0.0
    deviation = scores - scores.mean()
    return float(n / (n - 1) * ((1 - inclusion) * deviation**2).sum())
