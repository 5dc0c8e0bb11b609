"""提及: how many respondents (户) spoke of which theme, counted in the database from the codings that stand.

A household that says the same thing twice, or to two questions, mentions it once. Words said to a question that a later
answer took off the path count no more, as on every other page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, distinct, func, literal, select, union_all
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
NOTHING = literal("")

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


@dataclass(frozen=True, slots=True)
class Counted:
    """`mentions`: respondents by place and theme; `coded`: verbatims of complete (I) or partial (P) interviews with a
    coding that stands, also those with nothing to code in them."""

    mentions: tuple[MentionCount, ...]
    coded: Mapping[str, int]


def count_mentions(session: Session, round_: Round, gone: Collection[int]) -> Counted:
    """All counts from one pass over the codings. `gone`: events of words off the path."""
    said = _codings(round_, (Coding.id, Interview.id.label("interview_id"), *PLACE)).cte("said")
    themes = select(said, Code.kind, Code.theme).join(Code, Code.coding_id == said.c.id).subquery()
    place = ("stratum", "zone", "is_proxy", "outcome")
    by_theme, by_kind = (
        select(themes.c.interview_id, *(themes.c[name] for name in (*place, *code))).distinct().subquery()
        for code in (("kind", "theme"), ("kind",))
    )
    query = union_all(
        _counted(by_theme, place, by_theme.c.kind, by_theme.c.theme),
        _counted(by_kind, place, by_kind.c.kind, NOTHING),
        _counted(said, place, NOTHING, NOTHING),
    )
    counted: Counter[tuple[Any, ...]] = Counter()
    coded: Counter[str] = Counter()
    for *key, n in session.execute(query):
        if key[-2]:
            counted[tuple(key)] = n
        else:
            coded[key[3]] += n
    counted.subtract(_off(session, round_, gone))
    for events in _parts(gone):
        coded.subtract(session.scalars(_codings(round_, (Case.outcome,)).where(Coding.event_id.in_(events))))
    return Counted(tuple(MentionCount._make((*key, n)) for key, n in sorted(counted.items()) if n), coded)


def _counted(
    rows: FromClause, place: Sequence[str], kind: ColumnElement[str], theme: ColumnElement[str]
) -> Select[*tuple[Any, ...]]:
    keys = [rows.c[name] for name in place]
    by = [*keys, *(one for one in (kind, theme) if one is not NOTHING)]
    return select(*keys, kind, theme, func.count()).select_from(rows).group_by(*by)


def count_words_coded_as(
    session: Session, round_: Round, kind: str, theme: str, counted: Collection[str], gone: Collection[int]
) -> int:
    """Verbatims of counted interviews coded as this kind and theme; an empty one leaves it open."""
    query = _codings(round_, (func.count(distinct(Coding.id)),)).where(Case.outcome.in_(counted)).join(Code)
    query = query.where(*coded_as(kind, theme))
    off = sum(session.scalar(query.where(Coding.event_id.in_(events))) or 0 for events in _parts(gone))
    return (session.scalar(query) or 0) - off


def coded_as(kind: str, theme: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Code."""
    return tuple(column == one for column, one in ((Code.kind, kind), (Code.theme, theme)) if one)


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
