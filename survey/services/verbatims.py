"""原话: the machine-masked words of counted interviews, to read and to search. Raw words are not offered here.

The order is one of chance, so that neither the order of calls nor which words belong together shows. A page is read by
index from where the last one ended, and a search looks through so many words at a time: both cost the same in a round
of a hundred and of a million.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.questionnaire.schema import Question
from survey.services import definitions, frozen
from survey.services.answers import questionnaire_of
from survey.services.counted import is_counted, off_path, stands
from survey.services.tallies import InterviewCount, summed
from survey.services.tallying import NONE, count_interviews
from survey.services.words import WordCount, count_words, questions_of
from survey.stats.reliability import judge_table
from survey.verbatim.variants import as_one

#: words that one request searches through
SEARCHED = 500


@dataclass(frozen=True, slots=True)
class Words:
    """One answer in masked words. `zone` is None where the zone's base is too small to be named."""

    question: Question
    masked: str
    language: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """`total`: all words of the questions chosen; `after` continues behind this page (None: it is the last). A search
    has gone through `searched` words for this page (None: it is no search)."""

    words: tuple[Words, ...]
    total: int
    after: str | None
    searched: int | None = None


class _Said(NamedTuple):
    order_key: str
    event_id: int
    interview_id: int
    question: str
    masked: str
    language: str
    zone: str


def page_of(
    session: Session,
    round_: Round,
    *,
    question: str = "",
    search: str = "",
    after: str = "",
    size: int = 50,
) -> Page:
    """The words of one question (or all) that contain `search` in whatever spelling, from behind the key `after` on."""
    asked = {each.name: each for each in questions_of(round_)}
    chosen = [question] if question in asked else list(asked)
    counted = definitions.counted_classes(round_.definition)
    words, interviews = _counts(session, round_)
    total = sum(one.n for one in words if one.question in chosen and one.outcome in counted)
    query = _readable(round_, chosen, counted, after)
    if search:
        hits, end, searched = _search(session, _of(round_, chosen, after), search, size)
        found, _ = _read(session, query.where(Verbatim.event_id.in_(hits)), size)
    else:
        found, end, searched = *_read(session, query, size), None
    nameable = _nameable(row for row in interviews if row.outcome in counted)
    shown = [
        Words(asked[one.question], one.masked, one.language, one.zone if one.zone in nameable else None)
        for one in _on_path(session, round_, found)
    ]
    return Page(tuple(shown), total, end, searched)


def _counts(session: Session, round_: Round) -> tuple[Sequence[WordCount], Sequence[InterviewCount]]:
    """Words by question and interviews by zone: from the freeze of a closed round, else as they stand."""
    kept = frozen.load(session, round_)
    if kept is not None:
        return kept.content.words, kept.content.tally.interviews
    gone = off_path(session, round_, questionnaire_of(round_.questionnaire))
    return count_words(session, round_, list(gone)), count_interviews(session, round_, NONE)


def _nameable(interviews: Iterable[InterviewCount]) -> frozenset[str]:
    """Zones with so many counted interviews that naming one does not point at a household."""
    bases = summed(interviews, lambda row: row.zone, lambda row: row.n)
    verdicts = judge_table(dict(sorted(bases.items())))
    return frozenset(zone for zone, verdict in verdicts.items() if verdict.may_show)


def _of(round_: Round, questions: Collection[str], after: str) -> ColumnElement[bool]:
    """Condition on Verbatim: words said to these questions, from behind a key on. One question has an index of its own."""
    of_one = len(questions) == 1
    mine = Verbatim.question == next(iter(questions)) if of_one else Verbatim.question.in_(questions)
    return and_(Verbatim.round_id == round_.id, mine, Verbatim.order_key > after, Verbatim.masked != "")


def _readable(
    round_: Round, questions: Collection[str], counted: Collection[str], after: str
) -> Select[str, int, int, str, str, str, str]:
    """Words in their order, of interviews that count; only the columns that are shown are read."""
    return (
        select(
            Verbatim.order_key, AnswerEvent.id, AnswerEvent.interview_id, Verbatim.question, Verbatim.masked,
            AnswerEvent.language, Case.zone,
        )
        .join(AnswerEvent, AnswerEvent.id == Verbatim.event_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(_of(round_, questions, after), is_counted(round_), Case.outcome.in_(counted), stands())
        .order_by(Verbatim.order_key)
    )  # fmt: skip


def _read(
    session: Session, query: Select[str, int, int, str, str, str, str], size: int
) -> tuple[list[_Said], str | None]:
    found = [_Said._make(row) for row in session.execute(query.limit(size + 1))]
    return found[:size], found[size - 1].order_key if len(found) > size else None


def _search(
    session: Session, mine: ColumnElement[bool], text: str, size: int
) -> tuple[list[int], str | None, int]:
    """Events of hits among the next SEARCHED words, where to go on, and how many words were gone through."""
    columns = (Verbatim.event_id, Verbatim.order_key, Verbatim.masked)
    window = session.execute(select(*columns).where(mine).order_by(Verbatim.order_key).limit(SEARCHED)).all()
    wanted = as_one(text)
    hits = [place for place, row in enumerate(window) if wanted in as_one(row.masked)]
    events = [window[place].event_id for place in hits[:size]]
    if len(hits) > size:
        last = hits[size - 1]
        return events, window[last].order_key, last + 1
    return events, window[-1].order_key if len(window) == SEARCHED else None, len(window)


def _on_path(session: Session, round_: Round, found: Sequence[_Said]) -> list[_Said]:
    """Without words said to a question that a later answer has taken off the path."""
    questionnaire = questionnaire_of(round_.questionnaire)
    interviews = {one.interview_id for one in found}
    gone = {one.event_id for one in off_path(session, round_, questionnaire, interviews)}
    return [one for one in found if one.event_id not in gone]
