"""How many words were said to which question: open questions and their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from survey.models.coding import Coding
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.questionnaire.schema import Question
from survey.services import definitions
from survey.services.answers import questionnaire_of
from survey.services.counted import GivenAnswer, is_counted, off_path, stands


class WordCount(NamedTuple):
    """So many masked words that may be read, said in complete (I) or partial (P) interviews to a question."""

    question: str
    outcome: str
    n: int


def questions_of(round_: Round) -> tuple[Question, ...]:
    """The open questions put to respondents; interviewers' own notes are not among them."""
    questionnaire = questionnaire_of(round_.questionnaire)
    return tuple(question for question in questionnaire.questions if question.verbatim and question.asked)


def that_count(round_: Round) -> ColumnElement[bool]:
    """Condition on Verbatim joined to its event, interview and case."""
    counted = definitions.counted_classes(round_.definition)
    asked = [question.name for question in questions_of(round_)]
    return and_(
        Verbatim.round_id == round_.id, Verbatim.question.in_(asked), Verbatim.masked != "",
        is_counted(round_), Case.outcome.in_(counted), stands(),
    )  # fmt: skip


def looked_at() -> ColumnElement[bool]:
    """Condition on Verbatim: somebody has coded it, and so looked at what the machine left readable. Before that, words
    are read in the house and given out nowhere."""
    return exists().where(Coding.event_id == Verbatim.event_id, Coding.stands)


def words_off_path(session: Session, round_: Round) -> list[GivenAnswer]:
    """Words said to a question that a later answer took off the path: nobody reads or counts them."""
    asked = [question.name for question in questions_of(round_)]
    questionnaire = questionnaire_of(round_.questionnaire)
    return list(off_path(session, round_, questionnaire, said_to=asked))


def count_words(session: Session, round_: Round, gone: Collection[GivenAnswer]) -> tuple[WordCount, ...]:
    """`gone`: the answers off the path, which nobody reads."""
    keys = (Verbatim.question, Case.outcome)
    query = (
        select(*keys, func.count())
        .join(AnswerEvent, AnswerEvent.id == Verbatim.event_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(Verbatim.round_id == round_.id, is_counted(round_), stands(), Verbatim.masked != "")
        .where(Interview.round_id == round_.id)  # found by index too, and hashed
        .where(Verbatim.question.in_([question.name for question in questions_of(round_)]))
        .group_by(*keys)
        .order_by(*keys)
    )
    counted = Counter({(question, outcome): n for question, outcome, n in session.execute(query)})
    for one in gone:
        if one.has_words and (one.question, one.outcome) in counted:
            counted[one.question, one.outcome] -= 1
    return tuple(WordCount(question, outcome or "", n) for (question, outcome), n in counted.items() if n)
