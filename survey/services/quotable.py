"""Words that may be quoted: masked, of interviews that count, found by a key that tells nothing of who said them when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from survey.errors import N_, Missing
from survey.models.coding import Code, Coding
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.questionnaire.schema import Question
from survey.services.answers import questionnaire_of
from survey.services.counted import off_path
from survey.services.words import questions_of, that_count


@dataclass(frozen=True, slots=True)
class Source:
    """Words with the coding that stands (None: not coded). `key`: Verbatim.order_key."""

    key: str
    event_id: int
    question: Question
    masked: str
    language: str
    coding: Coding | None

    @property
    def codes(self) -> tuple[tuple[str, str], ...]:
        """(kind, theme) pairs."""
        return tuple((code.kind, code.theme) for code in self.coding.codes) if self.coding else ()


class Row(NamedTuple):
    words: Verbatim
    language: str
    interview_id: int


def _words(round_: Round) -> Select[Verbatim, str, int]:
    return (
        select(Verbatim, AnswerEvent.language, AnswerEvent.interview_id)
        .join(AnswerEvent, AnswerEvent.id == Verbatim.event_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(that_count(round_))
        .order_by(Verbatim.order_key)
    )


def source_of(session: Session, round_: Round, key: str) -> Source:
    """Raises Missing (words-missing) where there are no such words, or none that count."""
    rows = session.execute(_words(round_).where(Verbatim.order_key == key)).all()
    found = _sources(session, round_, [Row._make(row) for row in rows])
    if not found:
        raise Missing("words-missing", N_("没有这条原话，或它已不计入。请从原话页重新选择。"))
    return found[0]


def words_of_theme(
    session: Session, round_: Round, theme: str, kind: str, after: str = "", size: int = 50
) -> tuple[list[Source], str | None]:
    """Words coded so, in an order of chance, and the key behind which it goes on (None: these are the last)."""
    coded = (
        select(Coding.event_id)
        .join(Code, Code.coding_id == Coding.id)
        .where(Coding.round_id == round_.id, Coding.stands, Code.theme == theme)
    )
    coded = coded.where(Code.kind == kind) if kind else coded
    query = _words(round_).where(Verbatim.event_id.in_(coded), Verbatim.order_key > after)
    rows = [Row._make(row) for row in session.execute(query.limit(size + 1))]
    end = rows[size - 1].words.order_key if len(rows) > size else None
    return _sources(session, round_, rows[:size]), end


def _sources(session: Session, round_: Round, found: Sequence[Row]) -> list[Source]:
    asked = {question.name: question for question in questions_of(round_)}
    gone = off_path_events(session, round_, [row.interview_id for row in found])
    codings = _codings(session, [row.words.event_id for row in found])
    return [
        Source(
            words.order_key, words.event_id, asked[words.question], words.masked, language,
            codings.get(words.event_id),
        )
        for words, language, _ in found
        if words.event_id not in gone
    ]  # fmt: skip


def off_path_events(session: Session, round_: Round, interviews: Sequence[int]) -> frozenset[int]:
    """Events of these interviews that a later answer has taken off the path."""
    questionnaire = questionnaire_of(round_.questionnaire)
    return frozenset(one.event_id for one in off_path(session, round_, questionnaire, set(interviews)))


def _codings(session: Session, events: Collection[int]) -> dict[int, Coding]:
    query = select(Coding).where(Coding.event_id.in_(events), Coding.stands)
    return {coding.event_id: coding for coding in session.scalars(query)}
