"""Weights changed as little as possible so that they meet frame totals (Deville and Särndal, 1992)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from survey.errors import N_, Invalid
from survey.stats.design import Auxiliary, Design, Floats, check_weights
from survey.stats.distances import Bounds, Method, linear_factors, missed, newton_factors, shape_of
from survey.stats.margins import AGREE, benchmarks_of, checked_margins, independent_columns
from survey.stats.steps import SAME, Sample, Step, report, sample_of


def calibrate(
    before: Floats | Step,
    x: Floats,
    totals: Floats,
    method: Method = "linear",
    bounds: Bounds | None = None,
    names: Sequence[str] = (),
    tolerance: float = 1e-11,
    rounds: int = 200,
) -> Step:
    """Weights w g with Σ w g x = `totals`; `x` (cases, p), rows of cases that have left are not read.

    `bounds`: L < 1 < U of g; logit needs them. Linear without bounds is solved at once and may give weights
    of 0 or below: the step counts them. Raises Invalid when totals contradict each other or cannot be met;
    weights that only nearly meet them are never given. R: `survey::calibrate(calfun=method, bounds=,
    epsilon=tolerance)`, except that R reinterprets bounds when all totals exceed 20 times the sample's.
    """
    sample = sample_of(before)
    return _calibrate(sample, _checked(sample, x, totals, names), method, bounds, tolerance, rounds)


def calibrate_margins(
    before: Floats | Step,
    margins: Mapping[str, Sequence[str]],
    totals: Mapping[str, Mapping[str, float]],
    method: Method = "raking",
    bounds: Bounds | None = None,
    tolerance: float = 1e-11,
    rounds: int = 200,
) -> Step:
    """`calibrate` to the classes of margins: margin → label of every case, margin → label → frame total."""
    sample = sample_of(before)
    found = benchmarks_of(sample, checked_margins(sample, margins, totals))
    columns = _Columns(found.x[sample.inside], found.totals, found.names)
    return _calibrate(sample, columns, method, bounds, tolerance, rounds)


def calibrated(design: Design, step: Step) -> Design:
    """The design with the weights of a step; its rows are the cases still in, one respondent each.

    After a calibration, post-stratification or raking, variances come from the residuals on what the
    weights were calibrated to; after any other step the weights count as given. Raises Invalid for weights
    of 0 or below and when the rows are not as many.
    """
    if design.rows != step.n or design.counts is not None:
        text = N_("设计有 %(rows)s 行，加权后的个案有 %(n)s 个。请使设计每行为一个留下的个案。")
        raise Invalid("lengths-differ", text, rows=design.rows, n=step.n)
    weights = step.weights[step.inside]
    check_weights(weights)
    return replace(design, weights=weights, auxiliary=step.auxiliary)


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Benchmarks over the cases still in."""

    x: Floats
    totals: Floats
    names: tuple[str, ...]


def _calibrate(
    sample: Sample, columns: _Columns, method: Method, bounds: Bounds | None, tolerance: float, rounds: int
) -> Step:
    shape = shape_of(method, bounds)
    kept = _independent(columns, sample.weights)
    if method == "linear" and bounds is None:
        factor = linear_factors(kept.x, kept.totals, sample.weights)
    else:
        factor = newton_factors(kept.x, kept.totals, sample.weights, shape, tolerance, rounds)
    weights = sample.weights * factor
    _check_met(kept, weights, tolerance, bounds)
    return report(
        f"calibration-{method}",
        sample,
        weights,
        at_bounds=0 if bounds is None else _held(factor, bounds),
        auxiliary=Auxiliary(kept.x, sample.weights),
    )


def _held(factor: Floats, bounds: Bounds) -> int:
    return int(np.isclose(factor[:, None], bounds, rtol=SAME, atol=0).any(axis=1).sum())


def _checked(sample: Sample, x: Floats, totals: Floats, names: Sequence[str]) -> _Columns:
    inside = sample.of(np.asarray(x, dtype=np.float64))
    totals = np.asarray(totals, dtype=np.float64)
    if inside.ndim != 2 or totals.shape != (inside.shape[1],) or len(names) not in (0, len(totals)):
        text = N_("校准变量与总体数的个数不一致。请为每个变量给出一个总体数。")
        raise Invalid("lengths-differ", text)
    labels = tuple(names) or tuple(str(place + 1) for place in range(len(totals)))
    wrong = ~np.isfinite(inside)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        text = N_("第 %(row)s 个个案缺少校准变量“%(name)s”。请补上。")
        row = int(np.flatnonzero(sample.inside)[row])
        raise Invalid("missing-value", text, row=row + 1, name=labels[column])
    for label, total in zip(labels, totals.tolist(), strict=True):
        if not math.isfinite(total):
            text = N_("校准变量“%(name)s”的总体数为 %(total).10g。请给出一个数。")
            raise Invalid("bad-total", text, name=label, total=total)
    return _Columns(inside, totals, labels)


def _independent(columns: _Columns, weights: Floats) -> _Columns:
    """Without the columns that others determine, once their totals prove to be determined too."""
    x, totals = columns.x, columns.totals
    places = independent_columns(x, weights)
    if not len(places):
        raise Invalid("no-margins", N_("校准变量全为 0 或没有给出。请至少给出一个。"))
    others = np.setdiff1d(np.arange(len(totals)), places)
    if len(others):
        root = np.sqrt(weights)[:, None]
        mix = np.linalg.lstsq(x[:, places] * root, x[:, others] * root, rcond=None)[0]
        implied = mix.T @ totals[places]
        reach = np.abs(mix.T) @ np.abs(totals[places]) + np.abs(totals[others])
        for place, value, room in zip(others, implied, reach, strict=True):
            if abs(totals[place] - value) > AGREE * room:
                text = N_(
                    "校准变量“%(name)s”的总体数为 %(total).10g，其余变量却要求 %(implied).10g。请核对。"
                )
                raise Invalid(
                    "contradictory-totals",
                    text,
                    name=columns.names[place],
                    total=float(totals[place]),
                    implied=float(value),
                )
    return _Columns(x[:, places], totals[places], tuple(columns.names[place] for place in places))


def _check_met(columns: _Columns, weights: Floats, tolerance: float, bounds: Bounds | None) -> None:
    missing = missed(columns.x, columns.totals, weights)
    if missing.max() < tolerance:
        return
    worst = int(missing.argmax())
    values = {
        "name": columns.names[worst],
        "total": float(columns.totals[worst]),
        "reached": float(columns.x[:, worst] @ weights),
    }
    if bounds is None:
        text = N_("校准不收敛：“%(name)s”要求 %(total).10g，只达到 %(reached).10g。请核对总数或合并类。")
        raise Invalid("calibration-diverges", text, **values)
    text = N_(
        "在界限 %(low).10g 与 %(high).10g 之间不能满足全部总数：“%(name)s”要求 %(total).10g，只达到 %(reached).10g。请放宽界限或合并类。"
    )
    raise Invalid("calibration-infeasible", text, low=bounds[0], high=bounds[1], **values)
