"""From the weights of the released cases to those of the interviewed: each step returns weights and a report.

Arrays have one entry a case, in the caller's order; labels may be any strings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.errors import N_, Invalid
from survey.stats.outcome import UNKNOWN

Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Weights after one step. `factors`: new over old weight per class; `changed`: cases whose weight moved.

    `n`: cases that still carry weight; `kish`: (Σw)²/Σw², what they are worth; `deff`: n over that.
    """

    weights: Weights
    factors: Mapping[str, float]
    changed: int
    n: int
    kish: float
    deff: float
    method: str


def kish_size(weights: Weights) -> float:
    """(Σw)²/Σw² of the positive weights. R: `sum(w)^2/sum(w^2)`."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def adjust_unknown_eligibility(
    weights: Weights,
    dispositions: Sequence[str],
    classes: Sequence[str],
    unknown: Collection[str] = UNKNOWN,
) -> Step:
    """Spread the weight of cases of unknown eligibility over the known ones of their class; they leave with 0.

    Factor of a class: Σw / Σw(known). Ineligible cases count as known. R: `ave(w, class, FUN=sum) / ...`.
    """
    known = ~np.isin(np.asarray(dispositions, dtype=str), list(unknown))
    everybody = np.ones(len(known), dtype=bool)
    return _spread(weights, classes, everybody, known, "unknown-eligibility")


def adjust_nonresponse(
    weights: Weights,
    dispositions: Sequence[str],
    classes: Sequence[str],
    respondents: Collection[str] = ("I", "P"),
    ineligible: Collection[str] = ("NE",),
) -> Step:
    """Spread the weight of eligible cases not interviewed over the interviewed of their class.

    Run after `adjust_unknown_eligibility`. Factor: Σw(eligible) / Σw(interviewed). Ineligible cases leave with 0.
    """
    found = np.asarray(dispositions, dtype=str)
    eligible = ~np.isin(found, list(ineligible))
    interviewed = np.isin(found, list(respondents))
    return _spread(weights, classes, eligible, interviewed, "nonresponse")


def post_stratify(weights: Weights, classes: Sequence[str], totals: Mapping[str, float]) -> Step:
    """Scale the weights of every class to its total in the frame. R: `survey::postStratify`."""
    _check_weights(weights)
    names, place = _classes(classes, len(weights))
    target = _targets(names, totals)
    factor = target / _positive_sums(weights, names, place)
    return _step(weights, weights * factor[place], names, factor, "post-stratification")


def rake(
    weights: Weights,
    margins: Mapping[str, Sequence[str]],
    totals: Mapping[str, Mapping[str, float]],
    tolerance: float = 1e-12,
    rounds: int = 1000,
) -> Step:
    """Iterative proportional fitting to several margins at once, until every total is met within `tolerance`.

    `margins`: margin → label of every case; `totals`: margin → label → frame total. Deming and Stephan (1940).
    R: `survey::rake(design, list(~sex, ~age), list(pop.sex, pop.age))`, same weights as
    `calibrate(calfun="raking")`. Raises Invalid when it does not converge (totals that contradict each other).
    """
    _check_weights(weights)
    prepared = []
    for margin, labels in margins.items():
        names, place = _classes(labels, len(weights))
        prepared.append((names, place, _targets(names, totals.get(margin, {}))))
    current = weights.astype(np.float64)
    for _ in range(rounds):
        worst = 0.0
        for names, place, target in prepared:
            factor = target / _positive_sums(current, names, place)
            worst = max(worst, float(np.abs(factor - 1).max()))
            current = current * factor[place]
        if worst <= tolerance:
            return _step(weights, current, [], np.empty(0), "raking")
    raise Invalid(
        "rake-diverges", N_("迭代 %(rounds)s 次后各边际仍不能同时满足。请核对各边际总数。"), rounds=rounds
    )


def _spread(
    weights: Weights,
    classes: Sequence[str],
    givers: NDArray[np.bool_],
    takers: NDArray[np.bool_],
    method: str,
) -> Step:
    """Scale the takers of each class so that they carry what its givers (who include them) carried."""
    _check_weights(weights)
    names, place = _classes(classes, len(weights))
    if len(givers) != len(weights):
        raise Invalid("lengths-differ", N_("权数、结果类别与分类的个数不一致。"))
    whole = np.bincount(place, weights * givers, len(names))
    carried = np.bincount(place, weights * takers, len(names))
    for index, name in enumerate(names):
        if whole[index] > 0 and carried[index] <= 0:
            text = N_("类“%(name)s”没有可承担权数的个案。请把它与相近的类合并。")
            raise Invalid("empty-class", text, name=name)
    factor = np.divide(whole, carried, out=np.ones_like(whole), where=carried > 0)
    return _step(weights, np.where(takers, weights * factor[place], 0.0), names, factor, method)


def _step(before: Weights, after: Weights, names: Sequence[str], factor: Weights, method: str) -> Step:
    carrying = int((after > 0).sum())
    kish = kish_size(after)
    return Step(
        weights=after,
        factors=dict(zip(names, factor.tolist(), strict=True)),
        changed=int((~np.isclose(before, after, rtol=1e-12, atol=0)).sum()),
        n=carrying,
        kish=kish,
        deff=carrying / kish if kish else 0.0,
        method=method,
    )


def _check_weights(weights: Weights) -> None:
    if not len(weights):
        raise Invalid("empty-sample", N_("没有个案，无法加权。"))
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        text = N_("第 %(row)s 个个案的权数为 %(weight)s，权数不能为负或缺失。")
        raise Invalid("bad-weight", text, row=row + 1, weight=float(weights[row]))


def _classes(labels: Sequence[str], size: int) -> tuple[list[str], NDArray[np.intp]]:
    if len(labels) != size:
        raise Invalid("lengths-differ", N_("权数、结果类别与分类的个数不一致。"))
    names, place = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    return [str(name) for name in names], place


def _targets(names: Sequence[str], totals: Mapping[str, float]) -> Weights:
    for name in names:
        if not totals.get(name, 0) > 0:
            raise Invalid("missing-total", N_("类“%(name)s”没有大于 0 的总体数。请补上。"), name=name)
    for name, total in totals.items():
        if total > 0 and name not in names:
            text = N_("总体中的类“%(name)s”没有样本。请把它与相近的类合并。")
            raise Invalid("empty-class", text, name=name)
    return np.array([totals[name] for name in names], dtype=np.float64)


def _positive_sums(weights: Weights, names: Sequence[str], place: NDArray[np.intp]) -> Weights:
    sums = np.bincount(place, weights, len(names)).astype(np.float64)
    if (sums <= 0).any():
        name = names[int(np.argmax(sums <= 0))]
        raise Invalid("empty-class", N_("类“%(name)s”的权数合计为 0。请把它与相近的类合并。"), name=name)
    return sums
