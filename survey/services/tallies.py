"""Tallies of a round: counts of equal answers, the only form that reaches the statistics (made by `tallying`).

A multiple choice is counted by its combination of codes, which the reader of the tally may take apart; the client
categories of a household likewise, because they overlap. Codes stay as they were answered, so that a tally serves
every definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

from survey.sampling.strata import EVERYBODY
from survey.services.definitions import as_code
from survey.stats.cells import Cell, Stratum
from survey.stats.definition import UNWEIGHTED, ZONE_WEIGHTS

Row = TypeVar("Row")
Key = TypeVar("Key")
Placed = TypeVar("Placed", "PlaceCount", "InterviewCount", "AnswerCount", "GroupPlace", "GroupCount")

#: the code under which interviewed households without contact may join the base of a question they were not asked
NO_CONTACT = "no_contact"
#: the domain of those in a group, see `group_cells`
INSIDE = "inside"


class AnswerCount(NamedTuple):
    """So many counted interviews of one stratum and zone with this answer to a question. `first`: first batch."""

    stratum: str
    zone: str
    proxy: bool
    outcome: str
    first: bool
    question: str
    value: str
    n: int


class InterviewCount(NamedTuple):
    stratum: str
    zone: str
    proxy: bool
    outcome: str
    first: bool
    no_contact: bool
    n: int


class PlaceCount(NamedTuple):
    """Households (户) of one stratum in one zone: in the frame, released, released and found ineligible; of the last
    two also those of the first batch."""

    stratum: str
    zone: str
    population: int
    released: int
    ineligible: int
    first_released: int = 0
    first_ineligible: int = 0


class GroupPlace(NamedTuple):
    """Households of one stratum and zone with these client categories (space separated) and this follow-up level."""

    stratum: str
    zone: str
    categories: str
    level: str
    population: int
    ineligible: int


class GroupCount(NamedTuple):
    """So many counted interviews with these categories and this level that gave this answer to the overall question."""

    stratum: str
    zone: str
    categories: str
    level: str
    proxy: bool
    outcome: str
    value: str
    n: int


Member = Callable[[GroupPlace | GroupCount], bool]


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything that a round's figures are computed from. Of two rounds or servers it simply adds."""

    places: tuple[PlaceCount, ...]
    interviews: tuple[InterviewCount, ...]
    answers: tuple[AnswerCount, ...]
    group_places: tuple[GroupPlace, ...] = ()
    groups: tuple[GroupCount, ...] = ()

    def counting(self, outcomes: Collection[str], proxies: bool = True) -> Tally:
        """The tally of complete (I) or also partial (P) interviews, with or without those by proxy."""

        def counts(row: InterviewCount | AnswerCount | GroupCount) -> bool:
            return row.outcome in outcomes and (proxies or not row.proxy)

        return replace(
            self,
            interviews=tuple(filter(counts, self.interviews)),
            answers=tuple(filter(counts, self.answers)),
            groups=tuple(filter(counts, self.groups)),
        )

    def of_batch(self, first: bool) -> Tally:
        """As if only the first batch had been released, or only the later ones; without categories and levels."""
        return Tally(
            tuple(_of_first(place) if first else _of_later(place) for place in self.places),
            tuple(row for row in self.interviews if row.first is first),
            tuple(row for row in self.answers if row.first is first),
        )

    def merging(self, zones: Mapping[str, str]) -> Tally:
        """The same tally with zones under other names; several under one name become one zone."""
        return replace(
            self,
            places=tuple(place._replace(zone=zones[place.zone]) for place in self.places),
            interviews=tuple(row._replace(zone=zones[row.zone]) for row in self.interviews),
            answers=tuple(row._replace(zone=zones[row.zone]) for row in self.answers),
        )

    def weighing(self, weights: str) -> Callable[[str, str], str]:
        """(stratum, zone) -> the stratum whose size and answers give the weight of a definition: as drawn; all one
        (不加权); or, where there was but one, the zone as a stratum after the event (Holt and Smith 1979)."""
        if weights == UNWEIGHTED:
            return lambda stratum, zone: EVERYBODY
        if weights == ZONE_WEIGHTS and len({place.stratum for place in self.places}) == 1:
            return lambda stratum, zone: zone
        return lambda stratum, zone: stratum

    def weighted_by(self, weights: str) -> Tally:
        """The tally in the strata that `weighing` names."""
        named = self.weighing(weights)

        def moved(rows: Iterable[Placed]) -> tuple[Placed, ...]:
            return tuple(row._replace(stratum=named(row.stratum, row.zone)) for row in rows)

        return Tally(
            moved(self.places),
            moved(self.interviews),
            moved(self.answers),
            moved(self.group_places),
            moved(self.groups),
        )

    def compact(self) -> Tally:
        """The same counts without who answered for whom, how completely and in which batch: fewer rows to add up."""
        return replace(
            self,
            answers=_added(self.answers, AnswerCount._make, {"proxy": False, "outcome": "I", "first": True}),
            groups=_added(self.groups, GroupCount._make, {"proxy": False, "outcome": "I"}),
        )

    def along(self, column: str) -> Tally:
        """Groups by their `categories` or by their `level` alone."""
        other: dict[str, Any] = {"zone": "", "level" if column == "categories" else "categories": ""}
        return replace(
            self,
            group_places=tuple(row._replace(**other) for row in self.group_places),
            groups=_added(self.groups, GroupCount._make, other),
        )

    @property
    def respondents(self) -> int:
        return sum(row.n for row in self.interviews)

    @property
    def proxies(self) -> int:
        return sum(row.n for row in self.interviews if row.proxy)

    @property
    def population(self) -> int:
        """Households in the frame, also those found ineligible since."""
        return sum(place.population for place in self.places)

    @property
    def released(self) -> int:
        return sum(place.released for place in self.places)

    @property
    def ineligible(self) -> int:
        return sum(place.ineligible for place in self.places)

    def zones(self) -> dict[str, int]:
        """Zone -> N: households in the frame less those found ineligible, in the order of the frame's zones."""
        return summed(
            self.places, lambda place: place.zone, lambda place: place.population - place.ineligible
        )

    def zone_strata(self, zone: str) -> dict[str, int]:
        """Stratum -> its households in the zone."""
        mine = [place for place in self.places if place.zone == zone]
        return summed(mine, lambda place: place.stratum, lambda place: place.population)

    def strata(self) -> dict[str, Stratum]:
        """The strata as the statistics know them."""
        interviewed = summed(self.interviews, lambda row: row.stratum, lambda row: row.n)
        released = summed(self.places, lambda place: place.stratum, lambda place: place.released)
        ineligible = summed(self.places, lambda place: place.stratum, lambda place: place.ineligible)
        population = summed(self.places, lambda place: place.stratum, lambda place: place.population)
        return {
            name: Stratum(size, released[name], interviewed.get(name, 0), ineligible[name])
            for name, size in population.items()
        }

    def cells(self, question: str) -> list[Cell]:
        """Answers to a question, by stratum, zone and code."""
        counted: Counter[tuple[str, str, str]] = Counter()
        for row in self.answers:
            if row.question == question:
                counted[row.stratum, row.value, row.zone] += row.n
        return [Cell(s, as_code(value), n, domain=zone) for (s, value, zone), n in counted.items()]

    def group_cells(self, member: Member) -> list[Cell]:
        """Answers to the overall question, those of the members of a group under the domain INSIDE."""
        counted: Counter[tuple[str, str, str]] = Counter()
        for row in self.groups:
            counted[row.stratum, row.value, INSIDE if member(row) else ""] += row.n
        return [Cell(s, as_code(value), n, domain=domain) for (s, value, domain), n in counted.items()]

    def no_contact_cells(self) -> list[Cell]:
        """The interviewed whom the station never contacted, as cells with the code NO_CONTACT."""
        return [
            Cell(row.stratum, NO_CONTACT, row.n, domain=row.zone) for row in self.interviews if row.no_contact
        ]


def _added(
    rows: Iterable[Any], make: Callable[[Iterable[Any]], Row], fixed: Mapping[str, Any]
) -> tuple[Row, ...]:
    """Rows that are the same once these columns are fixed, added up."""
    totals = summed((row._replace(**fixed) for row in rows), lambda row: row[:-1], lambda row: row.n)
    return tuple(make((*values, n)) for values, n in totals.items())


def _of_first(place: PlaceCount) -> PlaceCount:
    return place._replace(released=place.first_released, ineligible=place.first_ineligible)


def _of_later(place: PlaceCount) -> PlaceCount:
    return place._replace(
        released=place.released - place.first_released, ineligible=place.ineligible - place.first_ineligible
    )


def summed(rows: Iterable[Row], key: Callable[[Row], Key], count: Callable[[Row], int]) -> dict[Key, int]:
    """Counts added per key, keys in order of first appearance."""
    totals: dict[Key, int] = {}
    for row in rows:
        totals[key(row)] = totals.get(key(row), 0) + count(row)
    return totals
