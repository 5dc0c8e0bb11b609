"""原话: the machine-masked words of counted interviews, to read and to search, also by theme. Raw words are not offered here.

The order is one of chance, so that neither the order of calls nor which words belong together shows. A page is read by
index from where the last one ended, and a search looks through so many words at a time: both cost the same in a round
of a hundred and of a million.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select, true
from sqlalchemy.orm import Session

from survey.models.coding import Code, Coding
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.questionnaire.schema import Question
from survey.services import definitions, frozen
from survey.services.answers import questionnaire_of
from survey.services.counted import is_counted, off_path, stands
from survey.services.mentions import coded_as, count_words_coded_as
from survey.services.tallies import InterviewCount, summed
from survey.services.tallying import NONE, count_interviews
from survey.services.words import WordCount, count_words, questions_of, words_off_path
from survey.stats.reliability import judge_table
from survey.verbatim.variants import finder

#: words that one request searches through, unless it asks for more; and how many are read at a time
SEARCHED = 500
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Words:
    """One answer in masked words. `zone` is None where the zone's base is too small to be named; `key` finds it again.
    `codes`: (kind, theme) of the coding that stands, None where there is none yet."""

    question: Question
    masked: str
    language: str
    zone: str | None
    key: str
    codes: tuple[tuple[str, str], ...] | None = None

    @property
    def looked_at(self) -> bool:
        """As services.words.looked_at."""
        return self.codes is not None


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
    kind: str = "",
    theme: str = "",
    search: str = "",
    searched: int | None = None,
    after: str = "",
    size: int = 50,
) -> Page:
    """The words of one question (or all) that say `search`, however it is spelled, from behind the key `after` on; of a
    kind and theme only those coded so. `searched`: words that a search goes through at most (SEARCHED)."""
    asked = {each.name: each for each in questions_of(round_)}
    chosen = [question] if question in asked else list(asked)
    counted = definitions.counted_classes(round_.definition)
    words, interviews = _counts(session, round_)
    mine = and_(_of(round_, chosen), _coded_as(round_, kind, theme))
    query = _readable(round_, mine, counted)
    if kind or theme:
        gone = [one.event_id for one in words_off_path(session, round_)]
        total = count_words_coded_as(session, round_, kind, theme, counted, gone)
    else:
        total = sum(one.n for one in words if one.question in chosen and one.outcome in counted)
    ordered = query.where(Verbatim.order_key > after).order_by(Verbatim.order_key)
    if search:
        hits, end, gone_through = _search(session, mine, search, after, size, searched or SEARCHED)
        found, _ = _read(session, ordered.where(Verbatim.event_id.in_(hits)), size)
    else:
        found, end, gone_through = *_read(session, ordered, size), None
    nameable = _nameable(row for row in interviews if row.outcome in counted)
    return Page(_shown(session, round_, found, asked, nameable), total, end, gone_through)


def _shown(
    session: Session,
    round_: Round,
    found: Sequence[_Said],
    asked: Mapping[str, Question],
    nameable: Collection[str],
) -> tuple[Words, ...]:
    codes = _codes(session, [one.event_id for one in found])
    return tuple(
        Words(
            asked[one.question],
            one.masked,
            one.language,
            one.zone if one.zone in nameable else None,
            one.order_key,
            codes.get(one.event_id),
        )
        for one in _on_path(session, round_, found)
    )


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


def _of(round_: Round, questions: Collection[str]) -> ColumnElement[bool]:
    """Condition on Verbatim: words said to these questions. One question has an index of its own."""
    of_one = len(questions) == 1
    mine = Verbatim.question == next(iter(questions)) if of_one else Verbatim.question.in_(questions)
    return and_(Verbatim.round_id == round_.id, mine, Verbatim.masked != "")


def _coded_as(round_: Round, kind: str, theme: str) -> ColumnElement[bool]:
    """Condition on Verbatim: its standing coding has such a code; an empty kind or theme leaves it open."""
    if not kind and not theme:
        return true()
    codings = select(Coding.event_id).join(Code).where(Coding.round_id == round_.id, Coding.stands)
    return Verbatim.event_id.in_(codings.where(*coded_as(kind, theme)))


def _readable(
    round_: Round, mine: ColumnElement[bool], counted: Collection[str]
) -> Select[str, int, int, str, str, str, str]:
    """Words of interviews that count; only the columns that are shown are read."""
    return (
        select(
            Verbatim.order_key, AnswerEvent.id, AnswerEvent.interview_id, Verbatim.question, Verbatim.masked,
            AnswerEvent.language, Case.zone,
        )
        .join(AnswerEvent, AnswerEvent.id == Verbatim.event_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(mine, is_counted(round_), Case.outcome.in_(counted), stands())
    )  # fmt: skip


def _read(
    session: Session, query: Select[str, int, int, str, str, str, str], size: int
) -> tuple[list[_Said], str | None]:
    found = [_Said._make(row) for row in session.execute(query.limit(size + 1))]
    return found[:size], found[size - 1].order_key if len(found) > size else None


def _search(
    session: Session, mine: ColumnElement[bool], text: str, after: str, size: int, most: int
) -> tuple[list[int], str | None, int]:
    """Events of hits among the next `most` words, where to go on, and how many words were gone through."""
    says = finder(text)
    query = select(Verbatim.event_id, Verbatim.order_key, Verbatim.masked).where(mine)
    ordered = query.where(Verbatim.order_key > after).order_by(Verbatim.order_key).limit(most)
    hits: list[int] = []
    searched = 0
    with session.execute(ordered, execution_options={"yield_per": AT_ONCE}) as window:
        for event_id, key, masked in window:
            if len(hits) == size:
                return hits, after, searched
            after, searched = key, searched + 1
            if says(masked):
                hits.append(event_id)
    return hits, after if searched == most else None, searched


def _codes(session: Session, events: Collection[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Event -> the codes of the coding that stands."""
    codings = select(Coding).where(Coding.event_id.in_(events), Coding.stands)
    return {
        one.event_id: tuple((code.kind, code.theme) for code in one.codes) for one in session.scalars(codings)
    }


def _on_path(session: Session, round_: Round, found: Sequence[_Said]) -> list[_Said]:
    """Without words said to a question that a later answer has taken off the path."""
    questionnaire = questionnaire_of(round_.questionnaire)
    interviews = {one.interview_id for one in found}
    gone = {one.event_id for one in off_path(session, round_, questionnaire, interviews)}
    return [one for one in found if one.event_id not in gone]
