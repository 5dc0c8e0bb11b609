"""The overall figure of many closed rounds at once, with what makes it comparable to another. Read from their freezes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.frozen import DataFreeze
from survey.models.season import Round
from survey.questionnaire.schema import Question
from survey.services import definitions, frozen
from survey.services.answers import questionnaire_of
from survey.services.comparing import common_of
from survey.services.figures import Figure, satisfaction
from survey.services.frozen_content import FORMAT, CommonCount, Content, Earlier
from survey.services.outcomes import OutcomeGroup, ShareOfOutcomes, table_of
from survey.services.tallies import AnswerCount, InterviewCount, PlaceCount, Tally
from survey.stats.cells import Code
from survey.stats.definition import Definition
from survey.stats.rounds import Common


class Footing(NamedTuple):
    """What two rates must have in common to be held against each other: codes, base, what counts as an interview,
    weights, the level of their intervals, and the question with its answers, word for word."""

    satisfied: frozenset[Code]
    base: frozenset[Code]
    counted: frozenset[str]
    weights: str
    level: float
    question: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrozenFigure:
    """`overall` is hidden below 10 in the base; `response`: RR1 in its parts; `earlier`: what is kept of the households
    that were also interviewed in the station's frozen round before."""

    round: Round
    definition: Definition
    footing: Footing
    overall: Figure
    response: ShareOfOutcomes
    earlier: Earlier | None

    @property
    def may_show(self) -> bool:
        return self.overall.rate is not None

    def common_with(self, before: FrozenFigure) -> Common | None:
        """Households in both bases, by what they said in each; None where nothing is kept of that round."""
        if self.earlier is None or self.earlier.round_id != before.round.id:
            return None
        return common_of(self.earlier, self.round.definition, self.definition)


class _Counts(NamedTuple):
    """The part of a freeze that the overall figure needs."""

    tally: Tally
    outcomes: tuple[OutcomeGroup, ...]
    earlier: Earlier | None


def frozen_figures(session: Session, rounds: Iterable[Round]) -> dict[int, FrozenFigure]:
    """Of those of the rounds that are closed, by round id, in one query. A round whose freeze is missing or in another
    format, until `frozen.freeze_missing` has been there, is counted as it stands."""
    closed = [round_ for round_ in rounds if round_.closed_at is not None]
    kept = _kept(session, [round_.id for round_ in closed])
    return {
        round_.id: _figure(
            round_, kept.get(round_.id) or _counts_of(frozen.count(session, round_, checks=()))
        )
        for round_ in closed
    }


def _kept(session: Session, round_ids: Collection[int]) -> dict[int, _Counts]:
    """Words, categories and checks stay in the database: with two hundred rounds they would be most of the time."""
    tally, content = DataFreeze.content["tally"], DataFreeze.content
    parts = (tally["places"], tally["interviews"], tally["answers"], content["outcomes"], content["earlier"])
    query = select(DataFreeze.round_id, *parts).where(
        DataFreeze.round_id.in_(round_ids), DataFreeze.ended_at.is_(None), DataFreeze.format == FORMAT
    )
    return {
        round_id: _Counts(
            Tally(
                tuple(map(PlaceCount._make, places)),
                tuple(map(InterviewCount._make, interviews)),
                tuple(map(AnswerCount._make, answers)),
            ),
            tuple(map(OutcomeGroup._make, outcomes)),
            _earlier(earlier),
        )
        for round_id, places, interviews, answers, outcomes, earlier in session.execute(query)
    }


def _earlier(stored: Mapping[str, Any] | None) -> Earlier | None:
    if stored is None:
        return None
    return Earlier(stored["round"], stored["shared"], tuple(map(CommonCount._make, stored["common"])))


def _counts_of(content: Content) -> _Counts:
    return _Counts(content.tally, content.outcomes, content.earlier)


def _figure(round_: Round, counts: _Counts) -> FrozenFigure:
    definition = definitions.load(round_.definition)
    question = questionnaire_of(round_.questionnaire).with_role("overall")[0]
    footing = footing_of(round_, definition, question)
    return FrozenFigure(
        round=round_,
        definition=definition,
        footing=footing,
        overall=satisfaction(
            counts.tally.weighted_by(definition.weights).counting(footing.counted), question, definition
        ),
        response=table_of(counts.outcomes, ()).shares[0],
        earlier=counts.earlier,
    )


def footing_of(round_: Round, definition: Definition, question: Question) -> Footing:
    asked = (question.label.zh, *(f"{choice.code} {choice.label.zh}" for choice in question.choices))
    counted = definitions.counted_classes(round_.definition)
    return Footing(
        definition.satisfied_codes,
        definition.base_codes,
        counted,
        definition.weights,
        definition.level,
        asked,
    )
