"""What every weighting step takes and gives: weights of the cases still in, and a report of what it moved.

Arrays have one entry a case, in the caller's order, through all steps; a case that has left carries 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey.errors import N_, Invalid
from survey.stats.design import Auxiliary, Booleans, Floats, Integers

# Weights that differ by less are the same.
SAME = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Weights (cases,) after one step, and how many cases it moved, how far.

    `inside`: cases still in, the others carry 0; `n`: how many; `kish`: (Σw)²/Σw², what they are worth;
    `deff`: n over that. `changed`: cases whose weight moved, the leaving ones included; `smallest_factor`,
    `largest_factor`: new over old weight of those still in. `not_positive`: weights of 0 or below among them,
    which no estimate accepts; `at_bounds`: cases held at a bound. `factors`: new over old weight per class.
    `auxiliary`: what the weights were calibrated to, a row per case still in.
    """

    method: str
    weights: Floats
    inside: Booleans
    n: int
    kish: float
    deff: float
    changed: int
    sum_before: float
    sum_after: float
    smallest: float
    largest: float
    smallest_factor: float
    largest_factor: float
    not_positive: int
    at_bounds: int = 0
    factors: Mapping[str, float] = field(default_factory=dict)
    auxiliary: Auxiliary | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The cases still in: `inside` (all cases,) and the weights of those inside."""

    inside: Booleans
    weights: Floats

    def of(self, values: Sequence[str] | NDArray[Any]) -> NDArray[Any]:
        """Those entries of a column of all cases that belong to the cases still in."""
        column = np.asarray(values)
        if len(column) != len(self.inside):
            text = N_("权数有 %(n)s 个，另一列却有 %(found)s 个。请使各列的个案数一致。")
            raise Invalid("lengths-differ", text, n=len(self.inside), found=len(column))
        return column[self.inside]

    def classes(self, labels: Sequence[str]) -> tuple[list[str], Integers]:
        """Class names in sorted order and the class of each case still in; a blank label is refused."""
        found = np.char.strip(self.of(labels).astype(str))
        if (found == "").any():
            row = int(np.flatnonzero(self.inside)[np.argmax(found == "")])
            raise Invalid("missing-class", N_("第 %(row)s 个个案没有分类。请补上。"), row=row + 1)
        names, place = np.unique(found, return_inverse=True)
        return [str(name) for name in names], place.astype(np.intp, copy=False)


def kish_size(weights: Floats) -> float:
    """(Σw)²/Σw², the size of an equally weighted sample. R: `sum(w)^2/sum(w^2)`."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def sample_of(before: Floats | Step, positive: bool = True) -> Sample:
    """The cases that enter a step: all of an array, those still in of a step; their weights must be > 0.

    `positive=False` lets a step hand over what it reported as not positive.
    """
    if isinstance(before, Step):
        inside, weights = before.inside, before.weights
    else:
        weights = np.asarray(before, dtype=np.float64)
        inside, positive = np.ones(len(weights), dtype=bool), True
    if not inside.any():
        raise Invalid("empty-sample", N_("没有个案，无法加权。"))
    refused = inside & ~(np.isfinite(weights) & (weights > 0)) if positive else inside & ~np.isfinite(weights)
    if refused.any():
        row = int(np.argmax(refused))
        text = N_("第 %(row)s 个个案的权数为 %(weight)s，权数应大于 0。")
        raise Invalid("bad-weight", text, row=row + 1, weight=float(weights[row]))
    return Sample(inside, weights[inside])


def report(
    method: str,
    sample: Sample,
    after: Floats,
    stay: Booleans | None = None,
    factors: Mapping[str, float] | None = None,
    at_bounds: int = 0,
    auxiliary: Auxiliary | None = None,
) -> Step:
    """The step that gives `after` to the sample's cases; those not in `stay` leave with 0."""
    stay = np.ones(len(after), dtype=bool) if stay is None else stay
    kept, factor = after[stay], after[stay] / sample.weights[stay]
    inside, weights = sample.inside.copy(), np.zeros(len(sample.inside))
    inside[sample.inside] = stay
    weights[inside] = kept
    kish = kish_size(kept)
    moved = ~stay | ~np.isclose(sample.weights, after, rtol=SAME, atol=0)
    return Step(
        method=method,
        weights=weights,
        inside=inside,
        n=len(kept),
        kish=kish,
        deff=len(kept) / kish if kish else np.inf,
        changed=int(moved.sum()),
        sum_before=float(sample.weights.sum()),
        sum_after=float(kept.sum()),
        smallest=float(kept.min()),
        largest=float(kept.max()),
        smallest_factor=float(factor.min()),
        largest_factor=float(factor.max()),
        not_positive=int((kept <= 0).sum()),
        at_bounds=at_bounds,
        factors=factors or {},
        auxiliary=auxiliary,
    )
