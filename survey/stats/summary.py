"""Everything a statistician asks of one item, for the whole sample and its domains, from columns of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from survey.errors import N_, Message
from survey.stats.design import Booleans, Design, Factor, Floats, one_group
from survey.stats.hypergeometric import hypergeometric
from survey.stats.intervals import NO_ERROR, Interval, all_intervals, check_level, clopper_pearson
from survey.stats.linearization import Lonely
from survey.stats.ratio import RatioMeans, ratio_means
from survey.stats.reliability import NchsVerdict, Reliability, judge, nchs_presentation

ONE_RESPONDENT = N_("只有一名受访户，看不出误差，不给区间。")
SILENT = N_(
    "层“%(strata)s”全部发放，却有 %(n)s 户没有作答：误差不是抽样误差，标准误中没有这一部分，区间也不保证包含全体的满意率。"
)


@dataclass(frozen=True, slots=True)
class Summary:
    """One rate with all its intervals.

    `n`: base, `N`: households it speaks of (None: not known), `estimate`, `se`: shares, `score`, `score_se`:
    points of the same base. `intervals`: by the names of `intervals.all_intervals` and the default's own;
    None where a method has nothing honest to say. `default`: the interval to report; "census" is a point.
    `note`: what a reader must be told.
    """

    n: int
    N: float | None
    estimate: float
    se: float | None
    df: int
    deff: float | None
    kish: float
    level: float
    intervals: Mapping[str, Interval | None]
    default: str | None
    score: float | None
    score_se: float | None
    reliability: Reliability
    nchs: NchsVerdict | None
    note: Message | None = None


def summarize(
    design: Design,
    satisfied: Booleans,
    base: Booleans | None = None,
    groups: Factor | None = None,
    scores: Floats | None = None,
    level: float = 0.95,
    lonely: Lonely = "refuse",
    silent: Booleans | None = None,
) -> dict[str, Summary | None]:
    """Group → its summary, over the rows in `base` (None: all); None for a group without anybody in the base.

    `silent`: rows that were drawn and did not answer; where one of them lies in a stratum drawn whole, nothing
    is a point, no SE is 0 for it, and a note says that this error is not sampling error. The default interval is exact (hypergeometric) for a stratum drawn at random or the whole of one,
    Clopper-Pearson for a part of one stratum (its N is not known here), a point when all were interviewed,
    else Korn-Graubard with the effective size capped at Kish's.
    """
    check_level(level)
    groups = groups or one_group(design.rows)
    base = np.ones(design.rows, dtype=np.bool_) if base is None else base
    rates = ratio_means(design, satisfied.astype(np.float64), groups, base, lonely)
    points = None if scores is None else ratio_means(design, scores, groups, base, lonely)
    places = _Places(
        design, groups, base, np.zeros(design.rows, dtype=np.bool_) if silent is None else silent
    )
    return {
        name: _summary(place, rates, points, places.scope(place), level) if rates.n[place] else None
        for place, name in enumerate(groups.names)
    }


@dataclass(frozen=True, slots=True)
class _Scope:
    """`N`: 户, known when the group is the whole of its strata; `simple`: inside one stratum, equal weights.

    `whole`: strata drawn whole in which households of the group are silent, and how many.
    """

    N: float | None
    simple: bool
    census: bool
    whole: tuple[str, ...] = ()
    silent: int = 0
    only_whole: bool = False


class _Places:
    """In which strata the rows of each group lie, and how many of their respondents are in the group."""

    def __init__(self, design: Design, groups: Factor, base: Booleans, silent: Booleans) -> None:
        self.design = design
        cells = groups.codes * design.strata.size + design.strata.codes
        shape = groups.size, design.strata.size
        self.members = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
        self.based = np.bincount(cells[base], minlength=shape[0] * shape[1]).reshape(shape)
        self.silent = np.bincount(cells[silent], minlength=shape[0] * shape[1]).reshape(shape)
        lowest, highest = np.full(groups.size, np.inf), np.zeros(groups.size)
        np.minimum.at(lowest, groups.codes[base], design.weights[base])
        np.maximum.at(highest, groups.codes[base], design.weights[base])
        self.even = highest - lowest <= 1e-9 * highest

    def scope(self, group: int) -> _Scope:
        design = self.design
        there = self.members[group] > 0
        if design.clusters is not None or not (design.fraction[there] > 0).all():
            return _Scope(None, False, False)
        drawn_whole = bool((design.fraction[there] >= 1).all())
        quiet = np.where(design.fraction >= 1, self.silent[group], 0)
        names = tuple(design.strata.names[place] for place in np.flatnonzero(quiet))
        census = drawn_whole and not names
        population = float((design.drawn[there] / design.fraction[there]).sum())
        whole = bool((self.based[group][there] == design.drawn[there]).all())
        simple = bool(there.sum() == 1 and self.even[group])
        known = population if whole else None
        return _Scope(known, simple, census, names, int(quiet.sum()), drawn_whole and not census)


def _summary(
    place: int, rates: RatioMeans, points: RatioMeans | None, scope: _Scope, level: float
) -> Summary:
    p, n, df, kish = (
        _snapped(rates.value[place]),
        int(rates.n[place]),
        int(rates.df[place]),
        float(rates.kish[place]),
    )
    alone = n == 1 and not scope.census
    blind = alone or scope.only_whole
    se = None if blind else _exact_zero(rates.se[place], p)
    found = {} if alone else dict(all_intervals(p, se, n, df, kish, level))
    default = None if alone else _add_default(found, p, n, scope, level)
    deff = rates.deff[place]
    return Summary(
        n=n,
        N=scope.N,
        estimate=p,
        se=se,
        df=df,
        deff=None if blind or np.isnan(deff) else float(deff),
        kish=kish,
        level=level,
        intervals=found,
        default=default,
        score=None if points is None else float(points.value[place]),
        score_se=None if points is None or blind else float(points.se[place]),
        reliability=judge(n),
        nchs=None if se is None or df < 1 else nchs_presentation(p, se, n, df, level),
        note=Message(ONE_RESPONDENT) if alone else _silence(scope),
    )


def _silence(scope: _Scope) -> Message | None:
    strata = "、".join(scope.whole) or "—"
    return Message(SILENT, {"strata": strata, "n": scope.silent}) if scope.silent else None


def _add_default(found: dict[str, Interval | None], p: float, n: int, scope: _Scope, level: float) -> str:
    """Name of the interval to report, which is put beside the others when it is none of them."""
    if scope.census:
        found["census"] = Interval(p, p, level, "census", n)
        return "census"
    if not scope.simple:
        return "korn_graubard_kish"
    x = round(p * n)
    if scope.N is not None and round(scope.N) == scope.N:
        found["hypergeometric"] = hypergeometric(x, n, round(scope.N), level)
        return "hypergeometric"
    found["clopper_pearson"] = clopper_pearson(x, n, level)
    return "clopper_pearson"


def _snapped(p: float) -> float:
    """0 and 1 exactly, where only the rounding of sums of weights stands between."""
    return float(round(p)) if abs(p - round(p)) < 1e-12 else float(p)


def _exact_zero(se: float, p: float) -> float:
    return 0.0 if p in (0.0, 1.0) or se < NO_ERROR else float(se)
