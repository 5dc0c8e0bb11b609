"""提及: how many respondents (户) spoke of which theme, counted in the database from the codings that stand.

A household that says the same thing twice, or to two questions, mentions it once. Words said to a question that a later
answer took off the path count no more, as on every other page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Select, distinct, func, select
from sqlalchemy.orm import Session

from survey.models.coding import Code, Coding
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.services.counted import is_counted, stands
from survey.services.tallying import Columns
from survey.services.words import questions_of

#: in place of a theme: anything of the kind
ANY = ""
AT_ONCE = 500

PLACE: Columns = (Case.stratum, Case.zone, Interview.is_proxy, Case.outcome)


class MentionCount(NamedTuple):
    """So many counted interviews (户) of one stratum and zone that mention a theme as this kind; theme ANY: that
    mention anything as this kind."""

    stratum: str
    zone: str
    proxy: bool
    outcome: str
    kind: str
    theme: str
    n: int


class CodedCount(NamedTuple):
    """So many verbatims of complete (I) or partial (P) interviews with a coding that stands."""

    outcome: str
    n: int


def count_mentions(session: Session, round_: Round, gone: Collection[int]) -> tuple[MentionCount, ...]:
    """`gone`: events off the path."""
    counted: Counter[tuple[Any, ...]] = Counter()
    for keys in ((*PLACE, Code.kind, Code.theme), (*PLACE, Code.kind)):
        query = _codings(round_, (*keys, func.count(distinct(Interview.id)))).join(Code).group_by(*keys)
        for row in session.execute(query.order_by(*keys)):
            counted[(*row[: len(PLACE) + 1], *(row[len(PLACE) + 1 : -1] or (ANY,)))] = row[-1]
    counted.subtract(_off(session, round_, gone))
    return tuple(MentionCount._make((*key, n)) for key, n in counted.items() if n)


def count_coded(session: Session, round_: Round, gone: Collection[int]) -> tuple[CodedCount, ...]:
    """Verbatims coded, also those with nothing to code in them."""
    query = _codings(round_, (Case.outcome, func.count())).group_by(Case.outcome).order_by(Case.outcome)
    counted: Counter[str] = Counter()
    for outcome, n in session.execute(query):
        counted[outcome] = n
    for events in _parts(gone):
        counted.subtract(
            session.scalars(_codings(round_, (Case.outcome,)).where(Coding.event_id.in_(events)))
        )
    return tuple(CodedCount(outcome, n) for outcome, n in counted.items() if n)


def _codings(round_: Round, columns: Columns) -> Select[*tuple[Any, ...]]:
    """Codings that stand, of words that stand, in interviews that count."""
    return (
        select(*columns)
        .select_from(Coding)
        .join(AnswerEvent, AnswerEvent.id == Coding.event_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(Coding.round_id == round_.id, Coding.stands, is_counted(round_), stands())
        .where(AnswerEvent.question.in_([question.name for question in questions_of(round_)]))
    )


def _off(session: Session, round_: Round, gone: Collection[int]) -> Iterator[tuple[Any, ...]]:
    """Once for each interview and theme that was mentioned in words off the path and nowhere else."""
    events: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    interviews: set[int] = set()
    for part in _parts(gone):
        of_part = select(AnswerEvent.interview_id).where(AnswerEvent.id.in_(part))
        interviews.update(session.scalars(of_part))
    for part in _parts(interviews):
        columns = (Interview.id, *PLACE, Code.kind, Code.theme, Coding.event_id)
        for row in session.execute(_codings(round_, columns).join(Code).where(Interview.id.in_(part))):
            events[tuple(row[:-1])].add(row[-1])
            events[(*row[:-2], ANY)].add(row[-1])
    return (key[1:] for key, said in events.items() if said <= set(gone))


def _parts(ids: Collection[int]) -> Iterator[list[int]]:
    listed = sorted(ids)
    for start in range(0, len(listed), AT_ONCE):
        yield listed[start : start + AT_ONCE]
