"""Weights scaled to frame totals: class by class, or margin after margin until all fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from survey.errors import N_, Invalid
from survey.stats.design import Auxiliary, Floats
from survey.stats.margins import auxiliary_of, benchmarks_of, checked_margins, margin_of
from survey.stats.steps import Step, report, sample_of


def post_stratify(
    before: Floats | Step, classes: Sequence[str], totals: Mapping[str, float], margin: str = ""
) -> Step:
    """Scale the weights of every class to its total in the frame; `margin` names the classes in errors.

    R: `survey::postStratify`, standard errors included (through the step's `auxiliary`).
    """
    sample = sample_of(before)
    found = margin_of(sample, margin, classes, totals)
    factor = found.totals / np.bincount(found.place, sample.weights)
    x = benchmarks_of(sample, [found]).x[sample.inside]
    return report(
        "post-stratification",
        sample,
        sample.weights * factor[found.place],
        factors=dict(zip(found.classes, factor.tolist(), strict=True)),
        auxiliary=Auxiliary(x, sample.weights),
    )


def rake(
    before: Floats | Step,
    margins: Mapping[str, Sequence[str]],
    totals: Mapping[str, Mapping[str, float]],
    tolerance: float = 1e-12,
    rounds: int = 1000,
) -> Step:
    """Iterative proportional fitting to several margins at once, until every total is met within `tolerance`.

    `margins`: margin → label of every case; `totals`: margin → label → frame total. Deming and Stephan (1940).
    R: `survey::rake(design, list(~sex, ~age), list(pop.sex, pop.age))`, same weights as
    `calibrate(calfun="raking")`, whose standard errors the step's `auxiliary` gives. Raises Invalid when it
    does not converge.
    """
    sample = sample_of(before)
    prepared = checked_margins(sample, margins, totals)
    current = sample.weights
    for _ in range(rounds):
        worst, place = 0.0, ("", "")
        for margin in prepared:
            factor = margin.totals / np.bincount(margin.place, current)
            away = np.abs(factor - 1)
            if away.max() > worst:
                worst, place = float(away.max()), (margin.name, margin.classes[int(away.argmax())])
            current = current * factor[margin.place]
        if worst <= tolerance:
            auxiliary = auxiliary_of(benchmarks_of(sample, prepared).x[sample.inside], sample.weights)
            return report("raking", sample, current, auxiliary=auxiliary)
    text = N_(
        "迭代 %(rounds)s 次后各边际仍不能同时满足，最差的是“%(margin)s”的类“%(name)s”。请核对总数或合并类。"
    )
    raise Invalid("rake-diverges", text, rounds=rounds, margin=place[0], name=place[1])
