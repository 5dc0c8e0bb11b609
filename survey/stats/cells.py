"""Tallies: the only form in which answers reach the statistics.

A cell counts the equal answers of one stratum × domain × cluster × weight class; a single answer is a
cell with count 1. Tallies add, so those of two zones or two servers may simply be joined.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from survey.errors import N_, Invalid

Code = int | str


@dataclass(frozen=True, slots=True)
class Cell:
    """`count` respondents (户) of one stratum who gave the same code, e.g. 5 or 8 (not "very satisfied")."""

    stratum: str
    code: Code
    count: int = 1
    domain: str | None = None
    cluster: str | None = None
    weight_class: str | None = None


@dataclass(frozen=True, slots=True)
class Stratum:
    """What is known about one stratum of the frame, all in 户.

    `population`: households in the sealed frame. `released`: cases given out for calling (None: unknown).
    `respondents`: interviewed, whatever they answered to the item (None: as many as the cells count).
    `ineligible`: released cases that turned out not to belong to the population.
    `clusters`: primary units in the frame when the stratum was drawn by clusters (None: no finite
    correction).
    """

    population: int
    released: int | None = None
    respondents: int | None = None
    ineligible: int = 0
    clusters: int | None = None

    @property
    def eligible(self) -> float:
        """Households that belong to the population: exact in a census, else by the released share."""
        if not self.ineligible or not self.released:
            return float(self.population)
        if self.is_census:
            return float(self.population - self.ineligible)
        return self.population * (1 - self.ineligible / self.released)

    @property
    def is_census(self) -> bool:
        return self.released is not None and self.released == self.population


def base(cells: Iterable[Cell], codes: Collection[Code]) -> int:
    """Base n of an item: how many gave one of the substantive `codes` (1..5); 不清楚 and 拒答 are outside."""
    return sum(cell.count for cell in cells if cell.code in codes)


def count_per_code(cells: Iterable[Cell]) -> dict[Code, int]:
    """How often each code was given, every code that occurs, in order of first appearance."""
    counts: Counter[Code] = Counter()
    for cell in cells:
        counts[cell.code] += cell.count
    return dict(counts)


def count_per_stratum(cells: Iterable[Cell]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for cell in cells:
        counts[cell.stratum] += cell.count
    return dict(counts)


def in_domain(cells: Iterable[Cell], domain: str | None) -> list[Cell]:
    """The cells of one domain; all of them when `domain` is None."""
    return [cell for cell in cells if domain is None or cell.domain == domain]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Counts of every substantive code and their shares of the base; `excluded` counts the other codes given.

    Shares are None when nobody answered. `method` is "unweighted", or "weighted" by N_h / r_h.
    """

    counts: Mapping[Code, int]
    shares: Mapping[Code, float | None]
    excluded: Mapping[Code, int]
    n: int
    N: int | None
    method: str


def distribution(
    cells: Iterable[Cell], codes: Collection[Code], strata: Mapping[str, Stratum] | None = None
) -> Distribution:
    """Distribution of an item over `codes` in the order given; with `strata`, shares weighted by N_h / r_h.

    A five-point score is reported this way rather than by a median: its ties make quantiles meaningless.
    R: `table(y)`; weighted `svymean(~factor(y), design)`.
    """
    cells = list(cells)
    counts = count_per_code(cells)
    weights = dict.fromkeys(count_per_stratum(cells), 1.0)
    if strata is not None:
        weights = weight_per_stratum(cells, strata)
    weighted: dict[Code, float] = dict.fromkeys(codes, 0.0)
    for cell in cells:
        if cell.code in weighted:
            weighted[cell.code] += weights[cell.stratum] * cell.count
    total = math.fsum(weighted.values())
    return Distribution(
        counts={code: counts.get(code, 0) for code in codes},
        shares={code: weighted[code] / total if total else None for code in codes},
        excluded={code: count for code, count in counts.items() if code not in weighted},
        n=base(cells, codes),
        N=sum(stratum.population for stratum in strata.values()) if strata is not None else None,
        method="unweighted" if strata is None else "weighted",
    )


def respondents_per_stratum(cells: Iterable[Cell], strata: Mapping[str, Stratum]) -> dict[str, int]:
    """r_h: interviewed households per stratum; strata where nobody was interviewed have 0."""
    counted = count_per_stratum(cells)
    return {
        name: counted.get(name, 0) if s.respondents is None else s.respondents for name, s in strata.items()
    }


def weight_per_stratum(cells: Iterable[Cell], strata: Mapping[str, Stratum]) -> dict[str, float]:
    """w_h = N_h / r_h for every stratum with a respondent.

    The base weight N_h / m_h of the m_h released cases times the nonresponse adjustment m_h / r_h inside
    the stratum. It assumes that inside a stratum the interviewed are like the others who belong to the
    population.
    """
    cells = list(cells)
    check_design(cells, strata)
    interviewed = respondents_per_stratum(cells, strata)
    return {name: s.eligible / interviewed[name] for name, s in strata.items() if interviewed[name]}


def check_design(cells: Iterable[Cell], strata: Mapping[str, Stratum]) -> None:
    """Refuse tallies and strata that contradict each other, naming the stratum."""
    cells = list(cells)
    for cell in cells:
        if cell.stratum not in strata:
            text = N_("回答所在的层“%(stratum)s”没有总体户数。请补上该层，或更正层名。")
            raise Invalid("unknown-stratum", text, stratum=cell.stratum)
        if cell.count < 0:
            text = N_("层“%(stratum)s”编码 %(answer)s 的计数为 %(count)s，计数不能为负。")
            raise Invalid("negative-count", text, stratum=cell.stratum, answer=cell.code, count=cell.count)
    counted = count_per_stratum(cells)
    for name, stratum in strata.items():
        _check_stratum(name, stratum, counted.get(name, 0))


def _check_stratum(name: str, stratum: Stratum, counted: int) -> None:
    interviewed = counted if stratum.respondents is None else stratum.respondents
    if interviewed < counted:
        text = N_("层“%(stratum)s”的回答有 %(counted)s 户，多于受访户 %(interviewed)s。请核对受访户数。")
        raise Invalid(
            "answers-above-respondents", text, stratum=name, counted=counted, interviewed=interviewed
        )
    eligible = stratum.population if stratum.released is None else stratum.released
    eligible -= stratum.ineligible
    if stratum.ineligible < 0 or interviewed > eligible:
        text = N_(
            "层“%(stratum)s”受访 %(interviewed)s 户，多于可受访的 %(eligible)s 户。请核对名册和发放户数。"
        )
        raise Invalid(
            "population-below-sample", text, stratum=name, interviewed=interviewed, eligible=eligible
        )
    if stratum.released is not None and stratum.released > stratum.population:
        text = N_("层“%(stratum)s”发放 %(released)s 户，多于名册的 %(population)s 户。请核对名册户数。")
        raise Invalid(
            "population-below-sample",
            text,
            stratum=name,
            released=stratum.released,
            population=stratum.population,
        )
