"""Which interviews and which of their answers count. Everything that reports answers asks here.

An interview counts when its case is final as complete or partial: a case that was voided or found out of scope
keeps its answers, and they count no more. Of each question the latest revision is the answer; an event says at its
writing whether it replaces an earlier one, so only what is behind a replacing event has to be looked for.

Answers off the path: routing asks a question only while it is on the path, so an answer can leave the path only
when one that steers the path is changed later. Interviews in which none was are counted by the database alone; the
others are walked again here, and what they no longer ask is taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from itertools import chain, groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from survey.models.draw import Case
from survey.models.frame import FrameRow
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.questionnaire.routing import on_path, steering
from survey.questionnaire.schema import Questionnaire

INTERVIEWED = ("I", "P")
AT_ONCE = 500
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
    release_id: int
    categories: str
    level: str

    @property
    def answer(self) -> str | None:
        return WORDS if self.has_words else self.value


def is_counted(round_: Round) -> ColumnElement[bool]:
    """Condition on Interview joined to its Case. The round is asked of the case alone: asked of both, PostgreSQL would
    expect a tenth of a tenth of a season of ten rounds, and sort what it could count."""
    return and_(
        Interview.counted_at.is_not(None),
        Case.round_id == round_.id,
        Case.state == "final",
        Case.outcome.in_(INTERVIEWED),
    )


def stands() -> ColumnElement[bool]:
    """Condition on AnswerEvent: nothing has replaced it."""
    later = aliased(AnswerEvent)
    return ~exists().where(
        later.replaces,
        later.interview_id == AnswerEvent.interview_id,
        later.question == AnswerEvent.question,
        later.revision > AnswerEvent.revision,
    )


def off_path(
    session: Session,
    round_: Round,
    questionnaire: Questionnaire,
    interviews: Collection[int] | None = None,
    said_to: Collection[str] | None = None,
) -> Iterator[GivenAnswer]:
    """The standing answers that do not count, because a later change took their question off the path; of these
    interviews only, where some are given. `said_to`: only words said to these open questions, found without walking
    interviews that said nothing there."""
    decisive = steering(questionnaire, said_to)
    changed = _changed(round_, decisive)
    if interviews is not None:
        changed = changed.where(Interview.id.in_(interviews))
    if said_to is not None:
        changed = changed.where(_said_words_to(said_to))
    read = None if said_to is None else {*decisive, *said_to}
    on_path_of = _walker(questionnaire, facts_of(round_))
    if said_to is None:
        answers = _answers_in(session, round_, changed, read)
    else:  # few: found first, so that no database reads every answer for them
        ids = sorted(set(session.scalars(changed)))
        parts = (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
        answers = chain.from_iterable(_answers_in(session, round_, part, read) for part in parts)
    for _, interview in groupby(answers, key=lambda answer: answer.interview_id):
        given = list(interview)
        counting = on_path_of(tuple((one.question, one.answer) for one in given))
        gone = [one for one in given if one.answer is not None and one.question not in counting]
        yield from (one for one in gone if said_to is None or (one.has_words and one.question in said_to))


def facts_of(round_: Round) -> Mapping[str, object]:
    """What routing knows besides the answers: the hidden rows of a questionnaire. Telephone is mode 1."""
    return {"records_calls": "1" if round_.records_calls else "0", "mode": "1"}


def _walker(
    questionnaire: Questionnaire, facts: Mapping[str, object]
) -> Callable[[tuple[tuple[str, str | None], ...]], frozenset[str]]:
    """Answers -> the questions whose answers count; the same answers are walked once."""

    @lru_cache(maxsize=4096)
    def walked(answers: tuple[tuple[str, str | None], ...]) -> frozenset[str]:
        return frozenset(on_path(questionnaire, dict(answers), facts))

    return walked


def _changed(round_: Round, steering: Collection[str]) -> Select[int]:
    """Interviews in which the answer to a steering question was changed."""
    return (
        select(AnswerEvent.interview_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .where(Interview.round_id == round_.id, AnswerEvent.replaces, AnswerEvent.question.in_(steering))
    )


def _said_words_to(questions: Collection[str]) -> ColumnElement[bool]:
    """Condition on Interview."""
    said = aliased(AnswerEvent)
    return exists().where(
        said.interview_id == Interview.id, said.question.in_(questions), Verbatim.event_id == said.id
    )


def _answers_in(
    session: Session, round_: Round, interviews: Select[int] | list[int], questions: Collection[str] | None
) -> Iterator[GivenAnswer]:
    """Standing answers; to these questions alone, where some are given."""
    query = (
        select(
            AnswerEvent.interview_id, AnswerEvent.id, AnswerEvent.question, AnswerEvent.value,
            Verbatim.event_id.is_not(None), Case.stratum, Case.zone, Interview.is_proxy, Case.outcome,
            Case.release_id, FrameRow.categories, FrameRow.level,
        )
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .outerjoin(Verbatim, Verbatim.event_id == AnswerEvent.id)
        .where(is_counted(round_), stands(), AnswerEvent.interview_id.in_(interviews))
        .order_by(AnswerEvent.interview_id, AnswerEvent.question)
    )  # fmt: skip
    if questions is not None:
        query = query.where(AnswerEvent.question.in_(questions))
    for row in session.execute(query):
        yield GivenAnswer._make(row)
