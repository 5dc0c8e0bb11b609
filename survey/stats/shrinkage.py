"""Shares of many small groups, drawn towards the common share as far as chance alone explains their spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.errors import N_, Invalid


@dataclass(frozen=True, slots=True)
class Shrunk:
    """`values`: the shares after shrinking, in the order given; `common`: the share of all; `between`: variance between
    the groups beyond chance (0: every value is the common share)."""

    values: tuple[float, ...]
    common: float
    between: float


def shrunk(counts: Sequence[int], n: Sequence[int]) -> Shrunk:
    """B·x/n + (1-B)·p0, B = t2/(t2 + p0(1-p0)/n), where t2 is the variance between groups by moments.

    t2 = max(0, (Q - (k-1)) / (sum(w) - sum(w²)/sum(w))) with w = n/(p0(1-p0)) and Q = sum(w (x/n - p0)²).
    DerSimonian and Laird (1986); Efron and Morris (1975). R: `metafor::rma(yi=x/n, vi=p0*(1-p0)/n, method="DL")$tau2`,
    there about the weighted mean, which is p0.
    """
    fits = len(counts) == len(n) > 0
    if not fits or any(not 0 <= x <= base or base < 1 for x, base in zip(counts, n, strict=True)):
        raise Invalid("bad-groups", N_("各组的户数应为不小于 1 的整数，其中的计数在 0 与户数之间。"))
    bases = np.array(n, dtype=np.float64)
    shares = np.array(counts, dtype=np.float64) / bases
    common = float(sum(counts) / bases.sum())
    chance = common * (1 - common)
    between = _between(shares, bases, common, chance) if chance > 0 else 0.0
    weight = between / (between + chance / bases) if between > 0 else np.zeros_like(bases)
    values = weight * shares + (1 - weight) * common
    return Shrunk(tuple(values.tolist()), common, between)


def _between(
    shares: NDArray[np.float64],
    bases: NDArray[np.float64],
    common: float,
    chance: float,
) -> float:
    weights = bases / chance
    spread = float((weights * (shares - common) ** 2).sum())
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    return max(0.0, (spread - (len(shares) - 1)) / scale) if scale > 0 else 0.0
