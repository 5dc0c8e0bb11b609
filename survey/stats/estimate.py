"""Satisfaction rates and scores of a round or of a part of it, with the interval their design deserves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from survey.errors import N_, Invalid, Message
from survey.stats.bounds import Bounds, nonresponse_bounds
from survey.stats.cells import Cell, Code, Stratum, base, in_domain
from survey.stats.hypergeometric import hypergeometric
from survey.stats.intervals import Interval, check_level, clopper_pearson, korn_graubard, t_quantile
from survey.stats.ratio import RatioMean, ratio_mean
from survey.stats.results import Estimate, Method, Score
from survey.stats.scope import Scope, scope_notes, scope_of

LONELY = N_("层“%(strata)s”只有一个受访单位，无法估计方差，改用保守区间。")
LONELY_SCORE = N_("层“%(strata)s”只有一个受访单位，无法估计方差，不给区间。")
TOO_FEW = N_("基数内每层至多一个受访单位，改用保守区间。")
NO_SPREAD = N_("样本看不出分数的差异，不给区间。")


def proportion(
    cells: Iterable[Cell],
    strata: Mapping[str, Stratum],
    satisfied: Collection[Code],
    base_codes: Collection[Code],
    level: float = 0.95,
    domain: str | None = None,
    domain_population: int | None = None,
    weights: Mapping[str, float] | None = None,
) -> Estimate:
    """Share of the base whose code is in `satisfied`, for everybody or for one domain.

    - Everybody of every stratum interviewed: a point ("census").
    - One stratum without weights or clusters (simple random): p = x/n, exact hypergeometric limits on the
      frame's N, or on `domain_population` for a domain (Clopper-Pearson on n when that is unknown).
    - Otherwise w = N_h / r_h (or `weights` per weight class), linearised SE with finite correction, and
      Korn-Graubard limits whose effective size is capped at Kish's (Σw)²/Σw²: plain effective sizes fail
      when the heaviest stratum is all satisfied. A stratum with one unit: Clopper-Pearson at Kish's size,
      with a note.

    A domain that is a whole stratum: pass that stratum's cells and only that stratum, and no domain.
    R: `svymean(~y, subset(design, domain))`; limits see `hypergeometric` and `intervals.korn_graubard`.
    """
    check_level(level)
    cells = list(cells)
    _check_definition(satisfied, base_codes)
    values: dict[Code, float] = {code: float(code in satisfied) for code in base_codes}
    mean = ratio_mean(cells, strata, values, domain, weights)
    scope = scope_of(cells, strata, domain, domain_population)
    x = base(in_domain(cells, domain), satisfied)
    if scope.simple and weights is None and mean.n:
        mean = replace(mean, value=x / mean.n)  # the same however the households fall into cells
    method, found = _interval(mean, scope, x, level, weights is not None)
    return Estimate(
        value=mean.value,
        se=0.0 if method is Method.CENSUS else mean.se,
        low=found.low if found else None,
        high=found.high if found else None,
        n=mean.n,
        satisfied=x,
        respondents=scope.respondents,
        N=scope.N,
        deff=None if method is Method.CENSUS else mean.deff,
        df=mean.df,
        method=method,
        level=level,
        weighted=not scope.simple or weights is not None,
        census=scope.census,
        domain=domain,
        bounds=_bounds(cells, strata, satisfied, base_codes, domain),
        notes=(*scope_notes(scope, strata), *_interval_notes(method, mean)),
        effective=found.n if found else None,
    )


def mean_score(
    cells: Iterable[Cell],
    strata: Mapping[str, Stratum],
    score_map: Mapping[Code, float],
    level: float = 0.95,
    domain: str | None = None,
    domain_population: int | None = None,
    weights: Mapping[str, float] | None = None,
) -> Score:
    """Mean points of the codes in `score_map` (the others are outside the base), with a t interval.

    The t interval is approximate: it leans on n being large and is cut at the ends of the map; a sample
    without spread gets none. R: `svymean(~score, subset(design, domain))`, `confint(., df=degf(design))`.
    """
    check_level(level)
    cells = list(cells)
    if not score_map:
        raise Invalid("empty-score-map", N_("得分折算表是空的。请给出每个编码的分值。"))
    mean = ratio_mean(cells, strata, score_map, domain, weights)
    scope = scope_of(cells, strata, domain, domain_population)
    method, low, high = _score_limits(mean, scope, score_map, level)
    return Score(
        value=mean.value,
        se=0.0 if method is Method.CENSUS else mean.se,
        low=low,
        high=high,
        n=mean.n,
        N=scope.N,
        deff=None if method is Method.CENSUS else mean.deff,
        df=mean.df,
        method=method,
        level=level,
        domain=domain,
        notes=(*scope_notes(scope, strata), *_score_notes(method, mean, low)),
    )


def _check_definition(satisfied: Collection[Code], base_codes: Collection[Code]) -> None:
    outside = [code for code in satisfied if code not in base_codes]
    if outside:
        text = N_("满意编码 %(codes)s 不在基数编码之内。请更正口径。")
        raise Invalid("satisfied-outside-base", text, codes=", ".join(map(str, outside)))


def _interval(
    mean: RatioMean, scope: Scope, x: int, level: float, weighted: bool
) -> tuple[Method, Interval | None]:
    if mean.value is None:
        return Method.NOBODY, None
    if scope.complete:
        return Method.CENSUS, Interval(mean.value, mean.value, level, "census", mean.n, scope.N)
    if scope.simple and not weighted:
        if scope.N is None:
            return Method.CLOPPER_PEARSON, clopper_pearson(x, mean.n, level)
        return Method.HYPERGEOMETRIC, hypergeometric(x, mean.n, scope.N, level)
    if mean.se is None or not mean.df:
        effective = min(mean.value * mean.kish, mean.kish)
        return Method.CLOPPER_PEARSON_KISH, clopper_pearson(effective, mean.kish, level)
    found = korn_graubard(mean.value, mean.se, mean.n, mean.df, level, cap=mean.kish)
    return Method.KORN_GRAUBARD_KISH, found


def _score_limits(
    mean: RatioMean, scope: Scope, score_map: Mapping[Code, float], level: float
) -> tuple[Method, float | None, float | None]:
    if mean.value is None:
        return Method.NOBODY, None, None
    if scope.complete:
        return Method.CENSUS, mean.value, mean.value
    least, most = min(score_map.values()), max(score_map.values())
    if mean.se is None or not mean.df or mean.se <= 1e-12 * max(1.0, abs(least), abs(most)):
        return Method.STUDENT, None, None
    half = t_quantile(level, mean.df) * mean.se
    return Method.STUDENT, max(least, mean.value - half), min(most, mean.value + half)


def _interval_notes(method: Method, mean: RatioMean) -> tuple[Message, ...]:
    if method is not Method.CLOPPER_PEARSON_KISH:
        return ()
    return (Message(LONELY, {"strata": "、".join(mean.lonely)}) if mean.lonely else Message(TOO_FEW),)


def _score_notes(method: Method, mean: RatioMean, low: float | None) -> tuple[Message, ...]:
    if method is not Method.STUDENT or low is not None:
        return ()
    return (Message(LONELY_SCORE, {"strata": "、".join(mean.lonely)}) if mean.lonely else Message(NO_SPREAD),)


def _bounds(
    cells: list[Cell],
    strata: Mapping[str, Stratum],
    satisfied: Collection[Code],
    base_codes: Collection[Code],
    domain: str | None,
) -> Bounds | None:
    """Bounds of the whole only: which released households would belong to a domain is not known here."""
    if domain is not None or any(stratum.released is None for stratum in strata.values()):
        return None
    return nonresponse_bounds(cells, strata, satisfied, base_codes)
