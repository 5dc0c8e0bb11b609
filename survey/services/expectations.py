"""What a design would bring, before anything is drawn: households, chances, and the interval to expect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.models.season import Round
from survey.sampling.size import Plan
from survey.sampling.strata import EVERYBODY
from survey.services.designs import Allocation, Choice, allocate, rule_of, sealed_frame, strata_of
from survey.services.places import Place, expected, limits, places_of
from survey.stats.reliability import FLAG_BELOW, HIDE_BELOW


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


def preview(session: Session, round_: Round, choice: Choice) -> Preview:
    """The table of a choice, without saving it. Raises what `designs.allocate` raises."""
    frame, rule = sealed_frame(session, round_), rule_of(session, round_)
    strata = strata_of(session, frame)
    allocation = allocate(choice, rule, strata)
    places = places_of(session, frame)
    table, zones_are_strata = _Table(choice, allocation, strata, places), frame.stratify_by == "zone"
    lines = [table.whole(), *table.zones(as_strata=zones_are_strata)]
    if not zones_are_strata and len(strata) > 1:
        lines += table.strata_lines()
    persons, households = sum(place.persons for place in places), sum(strata.values())
    return Preview(rule, persons, households, choice, allocation, tuple(lines))


class _Table:
    """The lines of one choice; each level adds up to the same whole."""

    def __init__(
        self, choice: Choice, allocation: Allocation, strata: Mapping[str, int], places: Sequence[Place]
    ) -> None:
        self.allocation, self.strata = allocation, strata
        self.by_strata = EVERYBODY not in allocation.sample
        self.by_zone = expected(places, choice, allocation, by="zone")
        self.by_stratum = expected(places, choice, allocation, by="stratum")

    def whole(self) -> Line:
        reserve = self._reserve(self.strata)
        if not self.by_strata:
            reserve = min(self.allocation.reserve, sum(self.strata.values()) - self.allocation.total)
        return self._line("whole", Message(N_("全部")), self.by_stratum, reserve)

    def zones(self, as_strata: bool) -> Iterator[Line]:
        for zone, inside in groupby(self.by_zone, key=attrgetter("zone")):
            places = list(inside)
            reserve = (
                self._reserve({place.stratum for place in places}) if as_strata and self.by_strata else None
            )
            yield self._line("zone", zone or Message(N_("未分区")), places, reserve)

    def strata_lines(self) -> Iterator[Line]:
        for stratum, inside in groupby(self.by_stratum, key=attrgetter("stratum")):
            yield self._line(
                "stratum", stratum, list(inside), self._reserve([stratum]) if self.by_strata else None
            )

    def _reserve(self, strata: Iterable[str]) -> int:
        """Reserve 户 of these strata: never more than the sample leaves."""
        sample, reserve = self.allocation.sample, self.allocation.reserve
        return sum(min(reserve, self.strata[name] - sample.get(name, 0)) for name in strata)

    def _line(self, level: str, name: Message | str, places: Sequence[Place], reserve: int | None) -> Line:
        households = sum(place.households for place in places)
        sample, completes = sum(p.sample for p in places), sum(p.completes for p in places)
        low, high = limits(places, self.by_strata) if completes else (None, None)
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
