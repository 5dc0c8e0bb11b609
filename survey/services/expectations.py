"""What a design would bring, before anything is drawn: households, chances, and the interval to expect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.models.frame import Frame, FrameRow
from survey.models.season import Round
from survey.sampling.allocation import proportional
from survey.sampling.size import Plan
from survey.sampling.strata import EVERYBODY
from survey.services.canonical import in_frame
from survey.services.designs import Allocation, Choice, allocate, rule_of, sealed_frame, strata_of
from survey.stats.cells import Cell, Stratum
from survey.stats.estimate import proportion
from survey.stats.reliability import FLAG_BELOW, HIDE_BELOW

SATISFIED, OTHERWISE = 1, 0


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table, all counts in 户. `level`: whole, zone or stratum.

    `sample`: to be issued first (expected count inside a zone that is no stratum); `chance`: sample / households;
    `completes`, `satisfied`, `low`, `high`: expected at the assumed rates; limits are shares, None without completes.
    """

    level: str
    name: Message | str
    households: int
    sample: int
    reserve: int | None
    chance: float
    completes: int
    satisfied: int
    low: float | None
    high: float | None

    @property
    def too_few(self) -> bool:
        """Fewer completes than may be published at all."""
        return self.completes < HIDE_BELOW

    @property
    def weak(self) -> bool:
        return self.completes < FLAG_BELOW


@dataclass(frozen=True, slots=True)
class Preview:
    rule: Plan
    persons: int
    households: int
    choice: Choice
    allocation: Allocation
    lines: tuple[Line, ...]

    @property
    def whole(self) -> Line:
        return self.lines[0]


@dataclass(frozen=True, slots=True)
class _Place:
    """The households of one zone in one stratum, and what is expected of them."""

    zone: str
    stratum: str
    households: int
    persons: int = 0
    sample: int = 0
    completes: int = 0
    satisfied: int = 0


def preview(session: Session, round_: Round, choice: Choice) -> Preview:
    """The table of a choice, without saving it. Raises what `designs.allocate` raises."""
    frame, rule = sealed_frame(session, round_), rule_of(session, round_)
    strata = strata_of(session, frame)
    allocation = allocate(choice, rule, strata)
    places = _places(session, frame)
    lines = tuple(_lines(_expected(places, choice, allocation), allocation, strata))
    persons, households = sum(place.persons for place in places), sum(strata.values())
    return Preview(rule, persons, households, choice, allocation, lines)


def _places(session: Session, frame: Frame) -> list[_Place]:
    """In the order of the roster."""
    columns = (FrameRow.zone, FrameRow.stratum)
    counted = in_frame(frame).with_only_columns(*columns, func.count(FrameRow.id), func.sum(FrameRow.persons))
    rows = session.execute(counted.group_by(*columns).order_by(func.min(FrameRow.id)))
    return [_Place(zone, stratum or "", n, persons) for zone, stratum, n, persons in rows]


def _expected(places: Sequence[_Place], choice: Choice, allocation: Allocation) -> list[_Place]:
    """Sample, completes and satisfied shared over the places, so that the parts add up to the whole."""
    if EVERYBODY in allocation.sample:
        samples = _share([place.households for place in places], allocation.total)
    else:
        samples = _within_strata(places, allocation)
    completes = _share(samples, max(1, round(allocation.total * choice.assumed_completion)))
    satisfied = _share(completes, round(sum(completes) * choice.assumed_satisfaction))
    return [
        _Place(p.zone, p.stratum, p.households, p.persons, sample, done, good)
        for p, sample, done, good in zip(places, samples, completes, satisfied, strict=True)
    ]


def _within_strata(places: Sequence[_Place], allocation: Allocation) -> list[int]:
    found = [0] * len(places)
    for stratum, n in allocation.sample.items():
        members = [i for i, place in enumerate(places) if place.stratum == stratum]
        for i, share in zip(members, _share([places[i].households for i in members], n), strict=True):
            found[i] = share
    return found


def _share(sizes: Sequence[int], n: int) -> list[int]:
    """n shared over `sizes` in proportion, none above its size."""
    return list(proportional({str(i): size for i, size in enumerate(sizes)}, n).values())


def _lines(places: list[_Place], allocation: Allocation, strata: dict[str, int]) -> Iterable[Line]:
    by_strata = EVERYBODY not in allocation.sample
    yield _line("whole", Message(N_("全部")), places, by_strata, _reserve(allocation, strata))
    zones = list(dict.fromkeys(place.zone for place in places))
    nested = by_strata and set(strata) != set(zones)
    for zone in zones:
        inside = [place for place in places if place.zone == zone]
        is_stratum = by_strata and zone in strata and not nested
        reserve = _reserve(allocation, {zone: strata[zone]}) if is_stratum else None
        yield _line("zone", zone or Message(N_("未分区")), inside, by_strata, reserve)
    for stratum in dict.fromkeys(place.stratum for place in places) if nested else ():
        inside = [place for place in places if place.stratum == stratum]
        yield _line("stratum", stratum, inside, True, _reserve(allocation, {stratum: strata[stratum]}))


def _reserve(allocation: Allocation, strata: dict[str, int]) -> int:
    """Reserve 户 of these strata: never more than the sample leaves."""
    if EVERYBODY in allocation.sample:
        return min(allocation.reserve, sum(strata.values()) - allocation.total)
    return sum(min(allocation.reserve, n - allocation.sample[name]) for name, n in strata.items())


def _line(
    level: str, name: Message | str, places: Sequence[_Place], by_strata: bool, reserve: int | None
) -> Line:
    households = sum(place.households for place in places)
    sample, completes = sum(p.sample for p in places), sum(p.completes for p in places)
    low, high = _limits(places, by_strata) if completes else (None, None)
    return Line(
        level=level,
        name=name,
        households=households,
        sample=sample,
        reserve=reserve,
        chance=sample / households,
        completes=completes,
        satisfied=sum(place.satisfied for place in places),
        low=low,
        high=high,
    )


def _limits(places: Sequence[_Place], by_strata: bool) -> tuple[float | None, float | None]:
    """95 % limits of the expected answers, by the method the results will use."""
    population: dict[str, int] = {}
    cells: list[Cell] = []
    for place in places:
        stratum = place.stratum if by_strata else EVERYBODY
        population[stratum] = population.get(stratum, 0) + place.households
        cells.append(Cell(stratum, SATISFIED, place.satisfied))
        cells.append(Cell(stratum, OTHERWISE, place.completes - place.satisfied))
    strata = {name: Stratum(n) for name, n in population.items()}
    found = proportion(cells, strata, [SATISFIED], [SATISFIED, OTHERWISE])
    return found.low, found.high
