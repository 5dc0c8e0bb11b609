"""How the respondents were drawn, as arrays: the one form in which the variance engine sees a sample.

A row is one respondent, or `counts` respondents who are equal in everything. Cells and columns of a file
both become a `Design`; nothing below knows where it came from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey.errors import N_, Invalid
from survey.stats.cells import Cell, Stratum, check_design, respondents_per_stratum

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Booleans = NDArray[np.bool_]

# Above this many values a table per value would cost more than sorting.
DENSE = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """A label of every row as `codes` into `names`."""

    codes: Integers
    names: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Primary units drawn inside the strata. `of_rows`: cluster of each row; `stratum`: stratum of each cluster.

    With a second stage, `drawn` are the sampled units of each cluster and `fraction` their share of the
    cluster's; without one, both are None and the clusters are ultimate: what happens inside them counts
    through their totals.
    """

    of_rows: Factor
    stratum: Integers
    drawn: Floats | None = None
    fraction: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Auxiliary:
    """What the weights were calibrated to: `x` (rows, p) and the weights (rows,) before the calibration."""

    x: Floats
    weights: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A sample of rows from strata.

    `weights`, `counts`: (rows,); `counts` None means one respondent a row. `drawn`: (strata,) primary units
    in the sample, with those outside the base of an item; `fraction`: (strata,) their share of the frame's
    primary units, 0 where no finite correction is made. `auxiliary`: present when the weights are calibrated;
    variances then come from the residuals of a regression on it.
    """

    weights: Floats
    strata: Factor
    drawn: Floats
    fraction: Floats
    counts: Floats | None = None
    clusters: Clusters | None = None
    auxiliary: Auxiliary | None = None

    @property
    def rows(self) -> int:
        return len(self.weights)

    @property
    def lonely(self) -> tuple[str, ...]:
        """Strata whose variance a single primary unit cannot show."""
        single = (self.drawn == 1) & (self.fraction < 1)
        return tuple(self.strata.names[place] for place in np.flatnonzero(single))


def factor(labels: Sequence[Any] | NDArray[Any]) -> Factor:
    """Codes of the labels, names in sorted order; small non-negative integers need no sorting."""
    values = np.asarray(labels)
    if values.dtype.kind in "iu" and values.size and values.min() >= 0 and values.max() < DENSE:
        present = np.flatnonzero(np.bincount(values))
        if len(present) == present[-1] + 1:
            return Factor(values.astype(np.intp, copy=False), tuple(map(str, range(len(present)))))
        place = np.zeros(present[-1] + 1, dtype=np.intp)
        place[present] = np.arange(len(present))
        return Factor(place[values], tuple(str(value) for value in present))
    names, codes = np.unique(values.astype(str), return_inverse=True)
    return Factor(codes.astype(np.intp, copy=False), tuple(str(name) for name in names))


def sums(codes: Integers, values: Floats, size: int) -> Floats:
    """(size,) sum of the values (rows,) of every code."""
    return np.asarray(np.bincount(codes, values, size), dtype=np.float64)


def one_group(rows: int) -> Factor:
    return Factor(np.zeros(rows, dtype=np.intp), ("",))


def design_of_columns(
    weights: Floats | None = None,
    strata: Factor | None = None,
    populations: Mapping[str, float] | None = None,
    clusters: Factor | None = None,
    cluster_populations: Mapping[str, float] | None = None,
    rows: int | None = None,
) -> Design:
    """A design of one respondent a row.

    `populations`: stratum → primary units in the frame (户; clusters where `clusters` are given); without it
    there is no finite correction. `weights`: w of each row; without them N_h / n_h. `cluster_populations`:
    cluster → second-stage units, for a two-stage sample. Raises Invalid, naming the row, stratum or cluster.
    R: `svydesign(id=~1 | ~village | ~village+id, strata=~stratum, weights=~w, fpc=~Nh | ~Mh+Nv)`.
    """
    size = len(weights) if weights is not None else len(strata.codes) if strata is not None else rows or 0
    if not size:
        raise Invalid("empty-sample", N_("没有受访户，无法估计。"))
    strata = strata or one_group(size)
    check_lengths(size, *(len(column.codes) for column in (strata, clusters) if column is not None))
    nested = _clusters(strata, clusters, cluster_populations)
    members = nested.stratum if nested else strata.codes
    drawn = np.bincount(members, minlength=strata.size).astype(np.float64)
    fraction = (
        np.zeros(strata.size) if populations is None else drawn / _populations(strata, drawn, populations)
    )
    if weights is None:
        weights = _implied_weights(strata, drawn, fraction, nested)
    else:
        check_weights(weights)
    return Design(weights.astype(np.float64, copy=False), strata, drawn, fraction, clusters=nested)


def design_of_cells(
    cells: Iterable[Cell], strata: Mapping[str, Stratum], weights: Mapping[str, float] | None = None
) -> tuple[Design, list[Cell]]:
    """The design of tallied answers, and the cells that are its rows; w = N_h / r_h, or `weights` per class.

    Strata without a respondent carry no weight and leave the design (the estimate's notes name them).
    """
    cells = [cell for cell in cells if cell.count]
    check_design(cells, strata)
    respondents = respondents_per_stratum(cells, strata)
    clustered = _clustered_strata(cells, strata)
    if clustered:
        cells = _one_cluster_each(cells, clustered)
    names = [name for name in strata if respondents[name]]
    place = {name: index for index, name in enumerate(names)}
    codes = Factor(np.array([place[cell.stratum] for cell in cells], dtype=np.intp), tuple(names))
    drawn = np.array([respondents[name] for name in names], dtype=np.float64)
    whole = np.array([strata[name].eligible for name in names], dtype=np.float64)
    by_cell = _cell_weights(cells, (whole / drawn)[codes.codes], weights)
    counts = np.array([cell.count for cell in cells], dtype=np.float64)
    nested = _clusters(codes, factor([cell.cluster for cell in cells]), None) if clustered else None
    if nested:
        of_clusters = np.array([name in clustered for name in names])
        units = np.bincount(nested.stratum, minlength=codes.size)
        groups = np.array([strata[name].clusters or np.inf for name in names])
        drawn, whole = np.where(of_clusters, units, drawn), np.where(of_clusters, groups, whole)
    return Design(by_cell, codes, drawn, np.minimum(1.0, drawn / whole), counts, nested), cells


def check_weights(weights: Floats) -> None:
    """Refuse weights that are 0, negative or missing, naming the first such row."""
    wrong = ~(np.isfinite(weights) & (weights > 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        text = N_("第 %(row)s 行的权数为 %(weight)s，权数应大于 0。")
        raise Invalid("bad-weight", text, row=row + 1, weight=float(weights[row]))


def check_lengths(rows: int, *lengths: int) -> None:
    """Refuse columns of other lengths than `rows`."""
    for other in lengths:
        if other != rows:
            text = N_("各列的行数不一致：%(rows)s 与 %(other)s。")
            raise Invalid("lengths-differ", text, rows=rows, other=other)


def _populations(strata: Factor, drawn: Floats, populations: Mapping[str, float]) -> Floats:
    whole = np.array([populations.get(name, np.nan) for name in strata.names], dtype=np.float64)
    for name, units, population in zip(strata.names, drawn, whole, strict=True):
        if not (np.isfinite(population) and population > 0):
            text = N_("层“%(stratum)s”没有大于 0 的总体数。请补上。")
            raise Invalid("missing-population", text, stratum=name)
        if population < units:
            text = N_("层“%(stratum)s”总体 %(population)s，少于样本的 %(n)s。请核对总体数。")
            raise Invalid(
                "population-below-sample", text, stratum=name, population=float(population), n=int(units)
            )
    return whole


def _implied_weights(strata: Factor, drawn: Floats, fraction: Floats, nested: Clusters | None) -> Floats:
    """1 / selection probability when the fractions are known, 1 where they are not."""
    first = np.divide(1.0, fraction, out=np.ones_like(fraction), where=fraction > 0)[strata.codes]
    if nested and nested.fraction is not None:
        first = first / nested.fraction[nested.of_rows.codes]
    return first


def _clusters(
    strata: Factor, clusters: Factor | None, cluster_populations: Mapping[str, float] | None
) -> Clusters | None:
    if clusters is None:
        return None
    pair = strata.codes.astype(np.int64) * clusters.size + clusters.codes
    pairs, codes = np.unique(pair, return_inverse=True)
    names = tuple(clusters.names[place % clusters.size] for place in pairs)
    of_rows = Factor(codes.astype(np.intp, copy=False), names)
    stratum = (pairs // clusters.size).astype(np.intp)
    if cluster_populations is None:
        return Clusters(of_rows, stratum)
    drawn = np.bincount(codes, minlength=len(pairs)).astype(np.float64)
    whole = np.array([cluster_populations.get(name, np.nan) for name in names], dtype=np.float64)
    for name, units, population in zip(names, drawn, whole, strict=True):
        if not population >= units:
            text = N_("群“%(cluster)s”总体 %(population)s，少于样本的 %(n)s 或缺失。请核对。")
            raise Invalid(
                "population-below-sample", text, cluster=name, population=float(population), n=int(units)
            )
    return Clusters(of_rows, stratum, drawn, drawn / whole)


def _clustered_strata(cells: Sequence[Cell], strata: Mapping[str, Stratum]) -> set[str]:
    """Strata whose cells name clusters, checked: within a stratum either all cells do or none."""
    named: defaultdict[str, set[str | None]] = defaultdict(set)
    for cell in cells:
        named[cell.stratum].add(cell.cluster)
    for name, found in named.items():
        if len(found) > 1 and None in found:
            text = N_("层“%(stratum)s”中有的回答注明群、有的没有。请全部注明或全部不注明。")
            raise Invalid("mixed-clusters", text, stratum=name)
        known = strata[name].clusters
        if known is not None and None not in found and known < len(found):
            text = N_("层“%(stratum)s”共 %(known)s 个群，回答却来自 %(found)s 个。请核对群数。")
            raise Invalid("population-below-sample", text, stratum=name, known=known, found=len(found))
    return {name for name, found in named.items() if None not in found}


def _one_cluster_each(cells: Sequence[Cell], clustered: set[str]) -> list[Cell]:
    """Beside clustered strata, every respondent of the other strata is a primary unit of his own."""
    rows = [cell for cell in cells if cell.stratum in clustered]
    others = [cell for cell in cells if cell.stratum not in clustered]
    each = chain.from_iterable(repeat(cell, cell.count) for cell in others)
    return rows + [replace(cell, count=1, cluster=str(number)) for number, cell in enumerate(each)]


def _cell_weights(cells: Sequence[Cell], by_design: Floats, weights: Mapping[str, float] | None) -> Floats:
    if weights is None:
        if any(cell.weight_class is not None for cell in cells):
            text = N_("回答带有权数类，但没有给出各类的权数。请给出权数或去掉权数类。")
            raise Invalid("missing-weights", text)
        return by_design
    return np.array([_class_weight(cell, weights) for cell in cells], dtype=np.float64)


def _class_weight(cell: Cell, weights: Mapping[str, float]) -> float:
    weight = weights.get(cell.weight_class or "")
    if weight is None:
        text = N_("层“%(stratum)s”的权数类“%(weight_class)s”没有权数。请补上。")
        raise Invalid("missing-weight", text, stratum=cell.stratum, weight_class=cell.weight_class or "")
    if not (np.isfinite(weight) and weight > 0):
        text = N_("权数类“%(weight_class)s”的权数为 %(weight)s，权数应大于 0。")
        raise Invalid("bad-weight", text, weight_class=cell.weight_class, weight=weight)
    return weight
