"""Quantiles with Woodruff's interval.

For sizes and durations. A five-point score is all ties: report its distribution (`cells.distribution`), whose
quantiles jump from one point to the next and whose limits say little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.errors import N_, Invalid
from survey.stats.checks import check_numbers
from survey.stats.design import Booleans, Design, Floats, check_lengths, one_group
from survey.stats.intervals import EDGE, check_level, t_quantile
from survey.stats.linearization import Lonely
from survey.stats.ratio import ratio_means


@dataclass(frozen=True, slots=True)
class Quantile:
    """The `q` quantile in the unit of the values. Limits are None where the sample does not reach them."""

    value: float
    low: float | None
    high: float | None
    se: float | None
    q: float
    n: int
    df: int
    level: float
    method: str = "woodruff"


def quantile(
    design: Design,
    values: Floats,
    q: float,
    level: float = 0.95,
    base: Booleans | None = None,
    lonely: Lonely = "refuse",
) -> Quantile:
    """Smallest value v with F(v) >= q, limits where F reaches those of a t interval of the share up to v.

    Where v is the largest value seen, F is 1 without spread and both limits are v: that is no certainty.
    Woodruff (1952). R: `svyquantile(~y, design, q, qrule="math", interval.type="mean")`.
    """
    check_level(level)
    if not 0 < q < 1:
        raise Invalid("bad-quantile", N_("分位数 %(q)s 应在 0 与 1 之间，例如 0.5。"), q=q)
    weights = design.weights if design.counts is None else design.weights * design.counts
    inside = np.ones(design.rows, dtype=np.bool_) if base is None else base
    check_lengths(design.rows, len(values), len(inside))
    check_numbers(values, inside)
    if not inside.any():
        raise Invalid("empty-sample", N_("没有受访户，无法估计。"))
    order = np.argsort(values[inside], kind="stable")
    ordered, reached = values[inside][order], np.cumsum(weights[inside][order])
    shares = reached / reached[-1]

    def at(share: float) -> float | None:
        if not -EDGE <= share <= 1 + EDGE:
            return None
        return float(ordered[min(int(np.searchsorted(shares, share - EDGE)), len(ordered) - 1)])

    value = at(q)
    assert value is not None
    found = ratio_means(design, (values <= value).astype(np.float64), one_group(design.rows), base, lonely)
    share, df, n = float(found.value[0]), int(found.df[0]), int(found.n[0])
    if df < 1:
        return Quantile(value, None, None, None, q, n, df, level)
    critical = t_quantile(level, df)
    low, high = at(share - critical * float(found.se[0])), at(share + critical * float(found.se[0]))
    se = None if low is None or high is None else (high - low) / (2 * critical)
    return Quantile(value, low, high, se, q, n, df, level)
