"""Frame totals that weights shall meet: checked margins, and the columns of a regression that stand for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from survey.errors import N_, Invalid
from survey.stats.design import Auxiliary, Floats, Integers
from survey.stats.steps import Sample, Step, sample_of

# Sums of one frame's margins may differ by rounding, not by a unit; columns may depend on others as far.
AGREE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """Classes of one margin, the class of each case still in, and the frame total of each class."""

    name: str
    classes: tuple[str, ...]
    place: Integers
    totals: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Benchmarks:
    """Columns `x` (cases, p) whose weighted sums shall equal `totals` (p,), and their names."""

    x: Floats
    totals: Floats
    names: tuple[str, ...]


def benchmarks(
    before: Floats | Step,
    margins: Mapping[str, Sequence[str]],
    totals: Mapping[str, Mapping[str, float]],
) -> Benchmarks:
    """A column per class of every margin ("sex=F"), without the first class of all margins but the first.

    `margins`: margin → label of every case; `totals`: margin → label → frame total. Rows of cases that have
    left are 0. Raises Invalid for classes on one side only and margins whose sums differ.
    R: `model.matrix(~sex+age, frame)` spans the same space.
    """
    sample = sample_of(before)
    return benchmarks_of(sample, checked_margins(sample, margins, totals))


def benchmarks_of(sample: Sample, margins: Iterable[Margin]) -> Benchmarks:
    columns, names, totals = [], [], []
    for number, margin in enumerate(margins):
        for place in range(1 if number else 0, len(margin.classes)):
            column = np.zeros(len(sample.inside))
            column[sample.inside] = margin.place == place
            columns.append(column)
            names.append(f"{margin.name}={margin.classes[place]}")
            totals.append(margin.totals[place])
    return Benchmarks(np.column_stack(columns), np.array(totals), tuple(names))


def checked_margins(
    sample: Sample, margins: Mapping[str, Sequence[str]], totals: Mapping[str, Mapping[str, float]]
) -> list[Margin]:
    """The margins over the cases still in, their totals brought to one sum (they differ by rounding only)."""
    if not margins:
        raise Invalid("no-margins", N_("没有给出任何边际。请至少给出一个。"))
    for name in totals.keys() ^ margins.keys():
        text = N_("边际“%(margin)s”只在样本或只在总体一方给出。请两方都给出。")
        raise Invalid("missing-margin", text, margin=name)
    found = [margin_of(sample, name, labels, totals[name]) for name, labels in margins.items()]
    first = found[0]
    whole = float(first.totals.sum())
    for margin in found[1:]:
        other = float(margin.totals.sum())
        if abs(other - whole) > AGREE * whole:
            text = N_(
                "边际“%(first)s”的总体数合计 %(sum).10g，边际“%(second)s”合计 %(other).10g，互相矛盾。请核对。"
            )
            raise Invalid(
                "contradictory-totals", text, first=first.name, sum=whole, second=margin.name, other=other
            )
    return [Margin(m.name, m.classes, m.place, m.totals * (whole / m.totals.sum())) for m in found]


def margin_of(sample: Sample, name: str, labels: Sequence[str], totals: Mapping[str, float]) -> Margin:
    """One margin; every class needs cases still in and a total above 0 on the other side."""
    classes, place = sample.classes(labels)

    def title(label: str) -> str:
        return f"{name}={label}" if name else label

    for label, total in totals.items():
        if not (np.isfinite(total) and total >= 0):
            text = N_("类“%(name)s”总体数为 %(total)s。请改为不小于 0 的数。")
            raise Invalid("bad-total", text, name=title(label), total=total)
        if total > 0 and label not in classes:
            text = N_("类“%(name)s”有总体数却没有样本。请把它与相近的类合并。")
            raise Invalid("empty-class", text, name=title(label))
    for label in classes:
        if not totals.get(label, 0) > 0:
            text = N_("类“%(name)s”没有大于 0 的总体数。请补上。")
            raise Invalid("missing-total", text, name=title(label))
    return Margin(
        name, tuple(classes), place, np.array([totals[label] for label in classes], dtype=np.float64)
    )


def independent_columns(x: Floats, weights: Floats) -> Integers:
    """Places of a largest set of columns none of which the others determine, under Σ w x x'."""
    scaled = x * np.sqrt(weights)[:, None]
    length = np.linalg.norm(scaled, axis=0)
    scaled = np.divide(scaled, length, out=np.zeros_like(scaled), where=length > 0)
    triangle, order = qr(scaled, mode="r", pivoting=True, check_finite=False)
    depth = np.abs(np.diagonal(triangle))
    return np.sort(order[: len(depth)][depth > AGREE]).astype(np.intp)


def auxiliary_of(x: Floats, weights: Floats) -> Auxiliary:
    """What residuals are taken on: independent columns and the weights before, of the cases still in."""
    return Auxiliary(x[:, independent_columns(x, weights)], weights)
