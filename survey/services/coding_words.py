"""Which words are coded: those of counted interviews that are on the path, and which of them by a second coder too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from survey.models.coding import Coding
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.services.answers import questionnaire_of
from survey.services.counted import off_path
from survey.services.words import that_count

#: of 256: one in five at least is coded by two
CODED_TWICE = 0x34
#: what a question is for -> the kind of remark that it asks for
KIND_ASKED: Mapping[str, str] = {
    "praise": "praise",
    "reason": "complaint",
    "complaint": "complaint",
    "need": "request",
    "wish": "request",
    "suggestion": "suggestion",
}
#: words looked at in one go for the next ones that are on the path
_LOOKED_AT = 20


class Words(NamedTuple):
    """One answer in masked words, and where it stands in the order of reading."""

    event_id: int
    interview_id: int
    question: str
    masked: str
    language: str
    order_key: str


Query = Select[int, int, str, str, str, str]


def coded_twice() -> ColumnElement[bool]:
    """Condition on Verbatim. By the end of its key, which the order of reading does not depend on: nothing is stored, and
    nobody sees which words are among them."""
    return func.substr(Verbatim.order_key, 15, 2) < f"{CODED_TWICE:02x}"


def codable(round_: Round) -> Query:
    """The words of counted interviews; those off the path are still among them."""
    return (
        select(
            Verbatim.event_id, AnswerEvent.interview_id, Verbatim.question, Verbatim.masked, AnswerEvent.language,
            Verbatim.order_key,
        )
        .join(AnswerEvent, AnswerEvent.id == Verbatim.event_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(that_count(round_))
    )  # fmt: skip


def waiting_for(coder_id: int) -> ColumnElement[bool]:
    """Condition on Verbatim: this person may code it, first, or after another person's first coding as the second."""
    first, second, mine = (aliased(Coding) for _ in range(3))
    of_this = Verbatim.event_id
    return and_(
        ~exists().where(mine.event_id == of_this, mine.coder_id == coder_id, mine.role != "settled"),
        or_(
            ~exists().where(first.event_id == of_this, first.role == "first"),
            and_(coded_twice(), ~exists().where(second.event_id == of_this, second.role == "second")),
        ),
    )


def on_path(session: Session, round_: Round, found: Sequence[Words]) -> list[Words]:
    """Without words said to a question that a later answer has taken off the path."""
    gone = _gone(session, round_, {one.interview_id for one in found})
    return [one for one in found if one.event_id not in gone]


def _gone(session: Session, round_: Round, interviews: Iterable[int] | None = None) -> set[int]:
    of = None if interviews is None else set(interviews)
    questionnaire = questionnaire_of(round_.questionnaire)
    return {one.event_id for one in off_path(session, round_, questionnaire, of) if one.has_words}


def first_of(session: Session, round_: Round, query: Query) -> Words | None:
    """The first words of an ordered query that are on the path."""
    after = ""
    while True:
        rows = session.execute(query.where(Verbatim.order_key > after).limit(_LOOKED_AT))
        found = [Words._make(row) for row in rows]
        if shown := on_path(session, round_, found):
            return shown[0]
        if len(found) < _LOOKED_AT:
            return None
        after = found[-1].order_key


class Counts(NamedTuple):
    """Words: all that are coded, those with a first coding, those that two code, those of them that two have coded."""

    words: int
    coded: int
    twice: int
    coded_twice: int


def count(session: Session, round_: Round) -> Counts:
    first, second = aliased(Coding), aliased(Coding)
    share = coded_twice()
    query = (
        codable(round_)
        .outerjoin(first, and_(first.event_id == Verbatim.event_id, first.role == "first"))
        .outerjoin(second, and_(second.event_id == Verbatim.event_id, second.role == "second"))
        .with_only_columns(
            func.count(),
            func.count(first.id),
            func.count().filter(share),
            func.count(second.id).filter(share),
        )
    )
    gone = _gone(session, round_)
    row = session.execute(query.where(Verbatim.event_id.not_in(gone)) if gone else query).one()
    return Counts(*row)
