"""The overall figure of many closed rounds at once, with what makes it comparable to another. Counts only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.draw import Release
from survey.models.season import Round
from survey.questionnaire.schema import Question, Questionnaire, from_json
from survey.services import definitions
from survey.services.figures import Figure, satisfaction
from survey.services.outcomes import ShareOfOutcomes, outcome_table
from survey.services.tallies import tally_of
from survey.stats.cells import Code
from survey.stats.definition import Definition


class Footing(NamedTuple):
    """What two rates must have in common to be held against each other: codes, base, what counts as an interview, the
    level of their intervals, and the question with its answers, word for word."""

    satisfied: frozenset[Code]
    base: frozenset[Code]
    counted: frozenset[str]
    level: float
    question: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrozenFigure:
    """`overall` is hidden below 10 in the base; `response`: RR1 in its parts."""

    round: Round
    frozen_at: datetime
    definition: Definition
    footing: Footing
    overall: Figure
    response: ShareOfOutcomes

    @property
    def may_show(self) -> bool:
        return self.overall.rate is not None


def frozen_figures(session: Session, rounds: Iterable[Round]) -> dict[int, FrozenFigure]:
    """Of those of the rounds that are closed, by round id."""
    closed = [round_ for round_ in rounds if round_.closed_at is not None]
    questionnaires = read_once(closed)
    return {round_.id: _frozen(session, round_, questionnaires[round_.questionnaire_id]) for round_ in closed}


def read_once(rounds: Iterable[Round]) -> dict[int, Questionnaire]:
    """The questionnaires of the rounds by id, each read once however many rounds use it."""
    versions = {round_.questionnaire_id: round_.questionnaire for round_ in rounds}
    return {id_: from_json(version.content) for id_, version in versions.items()}


def footing_of(round_: Round, definition: Definition, question: Question) -> Footing:
    asked = (question.label.zh, *(f"{choice.code} {choice.label.zh}" for choice in question.choices))
    counted = definitions.counted_classes(round_.definition)
    return Footing(definition.satisfied_codes, definition.base_codes, counted, definition.level, asked)


def _frozen(session: Session, round_: Round, questionnaire: Questionnaire) -> FrozenFigure:
    assert round_.closed_at is not None
    definition = definitions.load(round_.definition)
    question = questionnaire.with_role("overall")[0]
    footing = footing_of(round_, definition, question)
    tally = tally_of(session, round_, questionnaire).counting(footing.counted)
    return FrozenFigure(
        round_,
        round_.closed_at,
        definition,
        footing,
        satisfaction(tally, question, definition),
        _response(session, round_),
    )


def _response(session: Session, round_: Round) -> ShareOfOutcomes:
    releases = session.scalars(select(Release).where(Release.round_id == round_.id)).all()
    return outcome_table(session, round_, releases).shares[0]
