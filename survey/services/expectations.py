"""What a design would bring, before anything is drawn: households, chances, and the interval to expect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from operator import attrgetter

from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.models.season import Round
from survey.sampling.size import Plan
from survey.sampling.strata import EVERYBODY
from survey.services.designs import Allocation, Choice, allocate, rule_of, sealed_frame, strata_of
from survey.services.missed import Missed, missed_communities
from survey.services.places import Place, expected, limits, places_of
from survey.stats.reliability import FLAG_BELOW, HIDE_BELOW


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table, all counts in 户. `level`: whole, zone or stratum.

    `sample`: to be issued first (expected where it is not fixed); `chance`: sample / households;
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
class Effort:
    """What the calls may cost: dials for one released household, and dials that one surveyor makes a day.

    The calling rules ask for at least five dials before a household counts as not reached, while most interviews
    come with the first or second; they leave 6.5 hours of a weekday, in which an interview takes 6 to 8 minutes.
    """

    dials_per_case: float = 3.5
    dials_a_day: int = 55


@dataclass(frozen=True, slots=True)
class Preview:
    """What a choice brings; `missed`: the communities that may well be left out, `communities`: how many there are."""

    rule: Plan
    persons: int
    households: int
    choice: Choice
    allocation: Allocation
    lines: tuple[Line, ...]
    communities: int
    missed: tuple[Missed, ...]
    effort: Effort

    @property
    def whole(self) -> Line:
        return self.lines[0]

    @property
    def zones(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.level == "zone")

    @property
    def strata(self) -> tuple[Line, ...]:
        """Empty where the zones are the strata, or where there is one alone."""
        return tuple(line for line in self.lines if line.level == "stratum")

    @property
    def by_strata(self) -> bool:
        """Whether each stratum has a sample of its own; otherwise what stands beside it is an expectation."""
        return EVERYBODY not in self.allocation.sample

    @property
    def dials(self) -> int:
        """For the households that are issued first."""
        return ceil(self.whole.sample * self.effort.dials_per_case)

    @property
    def surveyor_days(self) -> int:
        return ceil(self.dials / self.effort.dials_a_day)


def preview(session: Session, round_: Round, choice: Choice, effort: Effort | None = None) -> Preview:
    """The table of a choice, without saving it. Raises what `designs.allocate` raises."""
    frame, rule = sealed_frame(session, round_), rule_of(session, round_)
    strata = strata_of(session, frame)
    allocation = allocate(choice, rule, strata)
    places = places_of(session, frame)
    table, zones_are_strata = _Table(choice, allocation, strata, places), frame.stratify_by == "zone"
    lines = [table.whole(), *table.zones(as_strata=zones_are_strata)]
    if not zones_are_strata and len(strata) > 1:
        lines += table.strata_lines()
    return Preview(
        rule=rule,
        persons=sum(place.persons for place in places),
        households=sum(strata.values()),
        choice=choice,
        allocation=allocation,
        lines=tuple(lines),
        communities=len({(place.zone, place.community) for place in places}),
        missed=tuple(missed_communities(places, allocation)),
        effort=effort or Effort(),
    )


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
