"""Which interviews and which of their answers count. Everything that reports answers asks here.

An interview counts when its case is final as complete or partial: a case that was voided or found out of scope
keeps its answers, and they count no more. Of each question the latest revision is the answer.

Answers off the path: routing asks a question only while it is on the path, so an answer can leave the path only
when another one is changed later. Interviews in which no question was answered twice are therefore counted by the
database alone; the others are walked again here, and what they no longer ask is taken out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, Subquery, and_, func, select, true
from sqlalchemy.orm import Session

from survey.models.draw import Case
from survey.models.frame import FrameRow
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.questionnaire.routing import on_path
from survey.questionnaire.schema import Questionnaire

INTERVIEWED = ("I", "P")
#: stands for words that were said; what they are is of no concern to routing
WORDS = "•"


class GivenAnswer(NamedTuple):
    """The answer to one question in one interview, and where it is tallied."""

    interview_id: int
    event_id: int
    question: str
    value: str | None
    has_words: bool
    stratum: str
    zone: str
    proxy: bool
    outcome: str

    @property
    def answer(self) -> str | None:
        return WORDS if self.has_words else self.value


def is_counted(round_: Round, batch: int | None = None) -> ColumnElement[bool]:
    """Condition on Interview joined to its Case; `batch`: only the cases of the release with this id."""
    return and_(
        Interview.round_id == round_.id,
        Interview.counted_at.is_not(None),
        Case.state == "final",
        Case.outcome.in_(INTERVIEWED),
        true() if batch is None else Case.release_id == batch,
    )


def latest(
    round_: Round,
    questions: Iterable[str] | None = None,
    batch: int | None = None,
    among: Collection[int] | None = None,
) -> Subquery:
    """interview_id and revision of the answers that stand, of some questions or of all; `among`: in these interviews."""
    query = (
        select(AnswerEvent.interview_id, func.max(AnswerEvent.revision).label("revision"))
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(is_counted(round_, batch))
        .group_by(AnswerEvent.interview_id, AnswerEvent.question)
    )
    if questions is not None:
        query = query.where(AnswerEvent.question.in_(list(questions)))
    if among is not None:
        query = query.where(AnswerEvent.interview_id.in_(among))
    return query.subquery("latest")


def stands(found: Subquery) -> ColumnElement[bool]:
    """Joins AnswerEvent to `latest`."""
    return and_(AnswerEvent.interview_id == found.c.interview_id, AnswerEvent.revision == found.c.revision)


def off_path(
    session: Session,
    round_: Round,
    questionnaire: Questionnaire,
    batch: int | None = None,
    among: Collection[int] | None = None,
) -> list[GivenAnswer]:
    """The standing answers that do not count, because a later change took their question off the path."""
    given = _answers_of_changed_interviews(session, round_, batch, among)
    facts = facts_of(round_)
    return [
        answer
        for _, interview in groupby(given, key=lambda answer: answer.interview_id)
        for answer in _off_path(list(interview), questionnaire, facts)
    ]


def facts_of(round_: Round) -> Mapping[str, object]:
    """What routing knows besides the answers: the hidden rows of a questionnaire. Telephone is mode 1."""
    return {"records_calls": "1" if round_.records_calls else "0", "mode": "1"}


def _off_path(
    given: list[GivenAnswer], questionnaire: Questionnaire, facts: Mapping[str, object]
) -> list[GivenAnswer]:
    counting = on_path(questionnaire, {one.question: one.answer for one in given}, facts)
    return [one for one in given if one.answer is not None and one.question not in counting]


def _answers_of_changed_interviews(
    session: Session, round_: Round, batch: int | None, among: Collection[int] | None
) -> list[GivenAnswer]:
    changed = (
        select(AnswerEvent.interview_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .where(Interview.round_id == round_.id)
        .group_by(AnswerEvent.interview_id)
        .having(func.count(AnswerEvent.id) > func.count(AnswerEvent.question.distinct()))
    )
    if among is not None:
        changed = changed.where(AnswerEvent.interview_id.in_(among))
    found = latest(round_, batch=batch, among=among)
    query = (
        select(
            AnswerEvent.interview_id, AnswerEvent.id, AnswerEvent.question, AnswerEvent.value,
            Verbatim.event_id.is_not(None), Case.stratum, FrameRow.zone, Interview.is_proxy, Case.outcome,
        )
        .select_from(found)
        .join(AnswerEvent, stands(found))
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .outerjoin(Verbatim, Verbatim.event_id == AnswerEvent.id)
        .where(AnswerEvent.interview_id.in_(changed))
        .order_by(AnswerEvent.interview_id)
    )  # fmt: skip
    return [GivenAnswer._make(row) for row in session.execute(query)]
