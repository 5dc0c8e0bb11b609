"""What the answers of one interview are now, and what they amount to. Verbatims stand in by their masked copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import QuestionnaireVersion, Round
from survey.questionnaire.completion import Completion, Status, completion
from survey.questionnaire.schema import Questionnaire, from_json
from survey.services.counted import facts_of

#: endings that mean: consent was asked for and not given
REFUSED = ("D11", "D12")


@dataclass(frozen=True, slots=True)
class Standing:
    """The event that is the answer to its question now."""

    event_id: int
    revision: int
    user_id: int
    value: str | None
    masked: str | None

    @property
    def answer(self) -> str | None:
        """Text as routing sees it: "" for a question passed over, None for an answer taken back."""
        return self.masked if self.masked is not None else self.value


def interview_of(session: Session, case: Case) -> Interview | None:
    """The one interview of a case, once it has begun."""
    return session.scalars(select(Interview).where(Interview.case_id == case.id)).first()


def questionnaire_of(version: QuestionnaireVersion) -> Questionnaire:
    """The frozen questionnaire of a version."""
    return _read(version.content)


@lru_cache(maxsize=32)
def _read(content: str) -> Questionnaire:
    return from_json(content)


def standing(session: Session, interview: Interview) -> dict[str, Standing]:
    """Question -> the event that stands."""
    latest = (
        select(func.max(AnswerEvent.revision))
        .where(AnswerEvent.interview_id == interview.id)
        .group_by(AnswerEvent.question)
    )
    query = (
        select(AnswerEvent.question, AnswerEvent.id, AnswerEvent.revision, AnswerEvent.user_id, AnswerEvent.value)
        .add_columns(Verbatim.masked)
        .outerjoin(Verbatim, Verbatim.event_id == AnswerEvent.id)
        .where(AnswerEvent.interview_id == interview.id, AnswerEvent.revision.in_(latest))
    )  # fmt: skip
    return {row[0]: Standing(*row[1:]) for row in session.execute(query)}


def answers_of(session: Session, interview: Interview) -> dict[str, str]:
    """Question -> answer, of the questions that have been asked."""
    return answers_in(standing(session, interview))


def answers_in(stands: Mapping[str, Standing]) -> dict[str, str]:
    return {name: one.answer for name, one in stands.items() if one.answer is not None}


def completion_of(session: Session, interview: Interview) -> Completion:
    """What the answers amount to by the questionnaire's own rule."""
    round_ = session.get_one(Round, interview.round_id)
    questionnaire = questionnaire_of(interview.questionnaire)
    return completion(questionnaire, answers_of(session, interview), facts_of(round_))


def status_of(amounts_to: Completion) -> str:
    """The status of an interview as its row keeps it."""
    if amounts_to.status is not Status.NOTHING:
        return str(amounts_to.status)
    return "no_consent" if amounts_to.ending in REFUSED else "open"
