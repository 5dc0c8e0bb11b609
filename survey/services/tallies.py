"""Tallies of a round, live: one GROUP BY turns its answers into counts, the only form that reaches the statistics.

The same on SQLite and PostgreSQL. A multiple choice is grouped by its combination of codes, which the reader of
the tally may take apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models.draw import Case
from survey.models.frame import Frame, FrameRow
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.questionnaire.columns import SELECTS
from survey.questionnaire.schema import Questionnaire
from survey.sampling.strata import EVERYBODY
from survey.services.counted import is_counted, latest, off_path, stands
from survey.services.definitions import as_code
from survey.services.designs import design_of
from survey.stats.cells import Cell, Stratum

Row = TypeVar("Row")
Key = TypeVar("Key")

#: the code under which interviewed households without contact may join the base of a question they were not asked
NO_CONTACT = "no_contact"


class AnswerCount(NamedTuple):
    """So many counted interviews of one stratum and zone with this answer to a question."""

    stratum: str
    zone: str
    proxy: bool
    outcome: str
    question: str
    value: str
    n: int


class InterviewCount(NamedTuple):
    stratum: str
    zone: str
    proxy: bool
    outcome: str
    no_contact: bool
    n: int


class PlaceCount(NamedTuple):
    """Households (户) of one stratum in one zone: in the frame, released, released and found ineligible."""

    stratum: str
    zone: str
    population: int
    released: int
    ineligible: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything that a round's figures are computed from. Of two rounds or servers it simply adds."""

    places: tuple[PlaceCount, ...]
    interviews: tuple[InterviewCount, ...]
    answers: tuple[AnswerCount, ...]

    def counting(self, outcomes: Collection[str], proxies: bool = True) -> Tally:
        """The tally of complete (I) or also partial (P) interviews, with or without those by proxy."""

        def counts(row: InterviewCount | AnswerCount) -> bool:
            return row.outcome in outcomes and (proxies or not row.proxy)

        return replace(
            self,
            interviews=tuple(filter(counts, self.interviews)),
            answers=tuple(filter(counts, self.answers)),
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
        return _summed(
            self.places, lambda place: place.zone, lambda place: place.population - place.ineligible
        )

    def strata(self, zone: str | None = None) -> dict[str, Stratum]:
        """The strata as the statistics know them; of one zone when it consists of whole strata."""
        places = [place for place in self.places if zone is None or place.zone == zone]
        interviewed = _summed(self.interviews, lambda row: row.stratum, lambda row: row.n)
        released = _summed(places, lambda place: place.stratum, lambda place: place.released)
        ineligible = _summed(places, lambda place: place.stratum, lambda place: place.ineligible)
        population = _summed(places, lambda place: place.stratum, lambda place: place.population)
        return {
            name: Stratum(size, released[name], interviewed.get(name, 0), ineligible[name])
            for name, size in population.items()
        }

    def consists_of_strata(self, zone: str) -> bool:
        """Whether no stratum of the zone reaches into another zone."""
        inside = {place.stratum for place in self.places if place.zone == zone}
        return not any(place.stratum in inside for place in self.places if place.zone != zone)

    def cells(self, question: str) -> list[Cell]:
        """Answers to a question, by stratum, zone and code."""
        counted: Counter[tuple[str, str, str]] = Counter()
        for row in self.answers:
            if row.question == question:
                counted[row.stratum, row.value, row.zone] += row.n
        return [Cell(s, as_code(value), n, domain=zone) for (s, value, zone), n in counted.items()]

    def no_contact_cells(self) -> list[Cell]:
        """The interviewed whom the station never contacted, as cells with the code NO_CONTACT."""
        return [
            Cell(row.stratum, NO_CONTACT, row.n, domain=row.zone) for row in self.interviews if row.no_contact
        ]


def tally_of(
    session: Session, round_: Round, questionnaire: Questionnaire, batch: int | None = None
) -> Tally:
    """Tally a round as it stands now, complete and partial interviews; `batch`: as if only the release with this id
    had been made."""
    return Tally(
        places=tuple(_places(session, round_, batch)),
        interviews=tuple(_interviews(session, round_, batch)),
        answers=tuple(_answers(session, round_, questionnaire, batch)),
    )


def places_and_interviews(session: Session, round_: Round) -> Tally:
    """The tally without its answers: what strata and weights need."""
    return Tally(tuple(_places(session, round_, None)), tuple(_interviews(session, round_, None)), ())


def _answers(
    session: Session, round_: Round, questionnaire: Questionnaire, batch: int | None
) -> list[AnswerCount]:
    tallied = [question.name for question in questionnaire.questions if question.type in SELECTS]
    found = latest(round_, tallied, batch)
    keys = (
        Case.stratum, FrameRow.zone, Interview.is_proxy, Case.outcome, AnswerEvent.question, AnswerEvent.value,
    )  # fmt: skip
    query = (
        select(*keys, func.count())
        .select_from(found)
        .join(AnswerEvent, stands(found))
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .where(AnswerEvent.value.is_not(None), AnswerEvent.value != "")
        .group_by(*keys)
        .order_by(*keys)
    )
    counted = {tuple(row[:-1]): row[-1] for row in session.execute(query)}
    for gone in off_path(session, round_, questionnaire, batch):
        key = (gone.stratum, gone.zone, gone.proxy, gone.outcome, gone.question, gone.value)
        if key in counted:
            counted[key] -= 1
    return [AnswerCount._make((*key, n)) for key, n in counted.items() if n]


def _interviews(session: Session, round_: Round, batch: int | None) -> list[InterviewCount]:
    keys = (Case.stratum, FrameRow.zone, Interview.is_proxy, Case.outcome, Interview.no_contact)
    query = (
        select(*keys, func.count())
        .join(Case, Case.id == Interview.case_id)
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .where(is_counted(round_, batch))
        .group_by(*keys)
        .order_by(*keys)
    )
    return [InterviewCount._make(row) for row in session.execute(query)]


def _places(session: Session, round_: Round, batch: int | None) -> list[PlaceCount]:
    """Frame and releases by stratum of the design and zone; nothing before the draw."""
    design = design_of(session, round_)
    if design is None or design.drawn_at is None:
        return []
    released = {(row.stratum, row.zone): row for row in _released(session, round_, batch)}
    found = []
    for stratum, zone, households in _frame_counts(session, round_):
        drawn_in = EVERYBODY if EVERYBODY in design.allocation else stratum
        found.append((drawn_in, zone, households))
    places = _summed(found, lambda row: (row[0], row[1]), lambda row: row[2])
    nothing = _Released("", "", 0, 0)
    return [
        PlaceCount(*key, households, *released.get(key, nothing)[2:]) for key, households in places.items()
    ]


class _Released(NamedTuple):
    stratum: str
    zone: str
    released: int
    ineligible: int


def _released(session: Session, round_: Round, batch: int | None) -> list[_Released]:
    mine = Case.release_id.is_not(None) if batch is None else Case.release_id == batch
    query = (
        select(
            Case.stratum,
            FrameRow.zone,
            func.count(Case.id).filter(mine),
            func.count(Case.id).filter(mine, Case.state == "final", Case.outcome == "NE"),
        )
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .where(Case.round_id == round_.id)
        .group_by(Case.stratum, FrameRow.zone)
    )
    return [_Released._make(row) for row in session.execute(query)]


def _frame_counts(session: Session, round_: Round) -> list[tuple[str, str, int]]:
    """Households of the sealed frame by stratum and zone, zones in the order of the roster."""
    query = (
        select(FrameRow.stratum, FrameRow.zone, func.count())
        .join(Frame, Frame.id == FrameRow.frame_id)
        .where(Frame.round_id == round_.id, FrameRow.excluded_reason.is_(None))
        .group_by(FrameRow.stratum, FrameRow.zone)
        .order_by(func.min(FrameRow.id))
    )
    return [(str(stratum), zone, count) for stratum, zone, count in session.execute(query)]


def _summed(rows: Iterable[Row], key: Callable[[Row], Key], count: Callable[[Row], int]) -> dict[Key, int]:
    """Counts added per key, keys in order of first appearance."""
    totals: dict[Key, int] = {}
    for row in rows:
        totals[key(row)] = totals.get(key(row), 0) + count(row)
    return totals
