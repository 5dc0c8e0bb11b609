"""Variance of linearised scores over the primary units of a design: the one engine behind every standard error.

A score z of a row already carries its weight; z = 0 outside the domain, so that all design units stay in.
var = Σ_h (1 - f_h) m_h/(m_h - 1) Σ (Z - Z̄_h)² over the m_h primary units of stratum h, Z their totals of z;
a second stage adds Σ_h f_h Σ_c (1 - f_c) m_c/(m_c - 1) Σ (z - z̄_c)². R: `survey:::svyrecvar`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from survey.errors import N_, Invalid
from survey.stats.design import Auxiliary, Booleans, Clusters, Design, Factor, Floats, Integers, sums

Lonely = Literal["refuse", "certainty", "remove", "adjust", "average"]
LONELY: tuple[Lonely, ...] = ("refuse", "certainty", "remove", "adjust", "average")


def variances(design: Design, scores: Floats, groups: Factor, lonely: Lonely = "refuse") -> Floats:
    """(groups,) variances of the totals of `scores` (rows,), each row scoring in its own group only.

    `lonely`: what a stratum with a single primary unit contributes. "refuse" raises Invalid; "certainty"
    and "remove" nothing; "adjust" its squared distance from the mean of all units; "average" as much as the
    other strata on average. R: `options(survey.lonely.psu=)`.
    """
    _refuse_lonely(design, lonely)
    if design.auxiliary is not None:
        return _calibrated_variances(design, design.auxiliary, scores, groups, lonely)
    if design.clusters is None:
        first, second = _sums(design, scores, groups)
        return _first_stage(design, first, second, lonely)
    totals, cells = _cluster_totals(design.clusters, _counted(design, scores), groups)
    stratum = design.clusters.stratum[cells % design.clusters.of_rows.size]
    place = cells // design.clusters.of_rows.size * design.strata.size + stratum
    shape = groups.size, design.strata.size
    first = sums(place, totals, groups.size * design.strata.size).reshape(shape)
    second = sums(place, totals * totals, groups.size * design.strata.size).reshape(shape)
    found = _first_stage(design, first, second, lonely)
    if design.clusters.fraction is not None:
        found = found + _second_stage(design, design.clusters, scores, totals, cells, groups)
    return found


def variance(design: Design, scores: Floats, lonely: Lonely = "refuse") -> float:
    """Variance of the total of `scores` (rows,)."""
    everybody = Factor(np.zeros(design.rows, dtype=np.intp), ("",))
    return float(variances(design, scores, everybody, lonely)[0])


def covariance(design: Design, scores: Floats, lonely: Lonely = "refuse") -> Floats:
    """(k, k) covariances of the totals of `scores` (rows, k), by 4 cov(a, b) = var(a + b) - var(a - b)."""
    count = scores.shape[1]
    found = np.empty((count, count))
    for one in range(count):
        found[one, one] = variance(design, scores[:, one], lonely)
        for other in range(one):
            plus = variance(design, scores[:, one] + scores[:, other], lonely)
            minus = variance(design, scores[:, one] - scores[:, other], lonely)
            found[one, other] = found[other, one] = (plus - minus) / 4
    return found


def degrees_of_freedom(design: Design, groups: Factor, inside: Booleans) -> Integers:
    """(groups,) primary units with a row inside minus the strata they lie in. R: `degf`."""
    strata, size = design.strata, groups.size
    if design.clusters is None:
        counted = _counted(design, inside.astype(np.float64))
        place = groups.codes * strata.size + strata.codes
        units = sums(place, counted, size * strata.size).reshape(size, strata.size)
        found: Integers = (units.sum(axis=1) - (units > 0).sum(axis=1)).round().astype(np.intp)
        return found
    clusters = design.clusters.of_rows
    units = np.unique((groups.codes * clusters.size + clusters.codes)[inside])
    stratum = design.clusters.stratum[units % clusters.size]
    group = units // clusters.size
    occupied = np.unique(group * strata.size + stratum) // strata.size
    found = np.bincount(group, minlength=size) - np.bincount(occupied, minlength=size)
    return found


def _calibrated_variances(
    design: Design, auxiliary: Auxiliary, scores: Floats, groups: Factor, lonely: Lonely
) -> Floats:
    """Variances of w_cal (u - x'B), u = z / w_cal, B by least squares with the weights before calibration.

    A calibrated row has a residual in every group, so each group needs its own pass. R: `survey::calibrate`.
    """
    plain = replace(design, auxiliary=None)
    root = np.sqrt(auxiliary.weights)
    basis, size = np.linalg.qr(auxiliary.x * root[:, None])[0], groups.size
    found = np.empty(size)
    for group in range(size):
        influence = np.where(groups.codes == group, scores, 0.0) / design.weights * root
        residual = (influence - basis @ (basis.T @ influence)) * design.weights / root
        found[group] = variance(plain, residual, lonely)
    return found


def _refuse_lonely(design: Design, lonely: Lonely) -> None:
    if lonely == "refuse" and design.lonely:
        text = N_("层“%(stratum)s”只有一个初级抽样单元，看不出误差。请并层，或明确选择处理办法。")
        raise Invalid("single-unit-stratum", text, stratum="、".join(design.lonely))


def _counted(design: Design, scores: Floats) -> Floats:
    return scores if design.counts is None else scores * design.counts


def _sums(design: Design, scores: Floats, groups: Factor) -> tuple[Floats, Floats]:
    """(groups, strata) sums of the scores and of their squares over respondents."""
    shape = groups.size, design.strata.size
    place = (
        groups.codes * design.strata.size + design.strata.codes if groups.size > 1 else design.strata.codes
    )
    counted = _counted(design, scores)
    first = sums(place, counted, shape[0] * shape[1]).reshape(shape)
    second = sums(place, counted * scores, shape[0] * shape[1]).reshape(shape)
    return first, second


def _first_stage(design: Design, first: Floats, second: Floats, lonely: Lonely) -> Floats:
    """Σ_h (1 - f_h) m_h/(m_h - 1) (Σ Z² - (Σ Z)²/m_h), units outside the group having Z = 0."""
    m, open_share = design.drawn, 1 - design.fraction
    scale = np.divide(open_share * m, m - 1, out=np.zeros_like(m), where=m > 1)
    squares = np.maximum(0.0, second - first * first / m)
    found = squares @ scale
    single = (m == 1) & (design.fraction < 1)
    if not single.any() or lonely in ("refuse", "certainty", "remove"):
        return np.asarray(found, dtype=np.float64)
    if lonely == "average":
        return np.asarray(found * len(m) / (len(m) - single.sum()), dtype=np.float64)
    mean = first.sum(axis=1, keepdims=True) / m.sum()
    return np.asarray(found + ((first - mean) ** 2 * open_share)[:, single].sum(axis=1), dtype=np.float64)


def _cluster_totals(clusters: Clusters, scores: Floats, groups: Factor) -> tuple[Floats, Integers]:
    """Totals of the scores of every occupied group × cluster, and its number group · clusters + cluster."""
    place = groups.codes * clusters.of_rows.size + clusters.of_rows.codes
    cells, codes = np.unique(place, return_inverse=True)
    return sums(codes, scores, len(cells)), cells


def _second_stage(
    design: Design, clusters: Clusters, scores: Floats, totals: Floats, cells: Integers, groups: Factor
) -> Floats:
    """Σ f_h Σ_c (1 - f_c) m_c/(m_c - 1) (Σ z² - (Σ z)²/m_c), per group."""
    assert clusters.drawn is not None and clusters.fraction is not None
    cluster = cells % clusters.of_rows.size
    m, share = clusters.drawn[cluster], clusters.fraction[cluster]
    if ((m == 1) & (share < 1)).any():
        name = clusters.of_rows.names[int(cluster[np.argmax((m == 1) & (share < 1))])]
        text = N_("群“%(cluster)s”只有一个受访单元，看不出群内误差。请并群，或只按群计算。")
        raise Invalid("single-unit-cluster", text, cluster=name)
    squares, _ = _cluster_totals(clusters, _counted(design, scores) * scores, groups)
    inner = (1 - share) * m / np.maximum(m - 1, 1) * np.maximum(0.0, squares - totals * totals / m)
    outer = design.fraction[clusters.stratum[cluster]]
    return sums(cells // clusters.of_rows.size, outer * inner, groups.size)
