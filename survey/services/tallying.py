"""How a tally is made: one GROUP BY over the answers, the same on SQLite and PostgreSQL, and a few over cases and frame."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

from survey.models.draw import Case, Design, Release
from survey.models.frame import Frame, FrameRow
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.questionnaire.columns import SELECTS
from survey.questionnaire.schema import Questionnaire
from survey.sampling.strata import EVERYBODY
from survey.services.counted import GivenAnswer, is_counted, off_path, stands
from survey.services.designs import design_of
from survey.services.tallies import (
    AnswerCount,
    GroupCount,
    GroupPlace,
    InterviewCount,
    PlaceCount,
    Tally,
    summed,
)

Columns = Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]

#: roles of the questions that results speak of
TALLIED = frozenset(
    {"overall", "item", "outcome", "recommend", "aware", "contact", "frequency", "promise", "change"}
)
#: of nothing in particular: no release has this id
NONE = -1


def tally_of(
    session: Session,
    round_: Round,
    questionnaire: Questionnaire,
    gone: Collection[GivenAnswer] | None = None,
) -> Tally:
    """Tally a round as it stands now, complete and partial interviews; `gone`: answers off the path, where the caller
    knows them already."""
    gone = list(off_path(session, round_, questionnaire)) if gone is None else gone
    first, design = first_release(session, round_), design_of(session, round_)
    overall = [question.name for question in questionnaire.with_role("overall")[:1]]
    questions = tallied(questionnaire)
    counted = _counted_answers(session, round_, questions, overall, first)
    return Tally(
        places=tuple(_places(session, round_, design, first)),
        interviews=tuple(count_interviews(session, round_, first)),
        answers=tuple(_answers(counted, questions, first, gone)),
        group_places=tuple(_group_places(session, round_, design)),
        groups=tuple(_groups(counted, overall, gone)),
    )


def overall_tally(session: Session, round_: Round, questionnaire: Questionnaire) -> Tally:
    """Of frame, interviews and answers to the overall question alone: enough to know the zones as results show them."""
    names = {question.name for question in questionnaire.with_role("overall")[:1]}
    gone = [one for one in off_path(session, round_, questionnaire) if one.question in names]
    first = first_release(session, round_)
    counted = _counted_answers(session, round_, names, (), first)
    return Tally(
        places=tuple(_places(session, round_, design_of(session, round_), first)),
        interviews=tuple(count_interviews(session, round_, first)),
        answers=tuple(_answers(counted, names, first, gone)),
    )


def tallied(questionnaire: Questionnaire) -> list[str]:
    """The questions whose answers are counted."""
    return [one.name for one in questionnaire.questions if one.type in SELECTS and one.role in TALLIED]


def first_release(session: Session, round_: Round) -> int:
    """Id of the first batch; NONE before."""
    first = select(Release.id).where(Release.round_id == round_.id).order_by(Release.number).limit(1)
    return session.scalar(first) or NONE


class _Counted(NamedTuple):
    """So many households of one place and kind gave one answer; categories and level of overall answers only."""

    stratum: str
    zone: str
    proxy: bool
    outcome: str
    first: bool
    question: str
    value: str
    categories: str
    level: str
    n: int


def _counted_answers(
    session: Session, round_: Round, questions: Collection[str], overall: Collection[str], first: int
) -> list[_Counted]:
    """Standing answers to these questions in counted interviews, in one pass over them."""
    of_overall = AnswerEvent.question.in_(overall)
    keys = (
        Case.stratum, Case.zone, Interview.is_proxy, Case.outcome, Case.release_id == first, AnswerEvent.question,
        AnswerEvent.value, case((of_overall, FrameRow.categories), else_=""), case((of_overall, FrameRow.level), else_=""),
    )  # fmt: skip
    query = (
        select(*keys, func.count())
        .select_from(AnswerEvent)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .where(is_counted(round_), stands(), AnswerEvent.question.in_({*questions, *overall}))
        .where(AnswerEvent.value.is_not(None), AnswerEvent.value != "")
        .group_by(*keys)
    )
    return [_Counted._make(row) for row in in_order(session.execute(query))]


def in_order(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The same order on every database. Asked for it, one would sort the millions that it counts; here it is few rows."""
    return sorted((tuple(row) for row in rows), key=lambda row: tuple(map(str, row[:-1])))


def _answers(
    counted: Iterable[_Counted], questions: Collection[str], first: int, gone: Collection[GivenAnswer]
) -> list[AnswerCount]:
    mine = [row for row in counted if row.question in questions]
    numbers = summed(mine, lambda row: row[:7], lambda row: row.n)
    for one in gone:
        key = (
            one.stratum, one.zone, one.proxy, one.outcome, one.release_id == first, one.question, one.value,
        )  # fmt: skip
        if key in numbers:
            numbers[key] -= 1
    return [AnswerCount._make((*key, n)) for key, n in numbers.items() if n]


def _groups(
    counted: Iterable[_Counted], overall: Collection[str], gone: Collection[GivenAnswer]
) -> list[GroupCount]:
    mine = [row for row in counted if row.question in overall]
    numbers = summed(
        mine,
        lambda row: (row.stratum, row.zone, row.categories, row.level, row.proxy, row.outcome, row.value),
        lambda row: row.n,
    )
    for one in gone:
        key = (one.stratum, one.zone, one.categories, one.level, one.proxy, one.outcome, one.value or "")
        if one.question in overall and key in numbers:
            numbers[key] -= 1
    return [GroupCount._make((*key, n)) for key, n in numbers.items() if n]


def count_interviews(session: Session, round_: Round, first: int) -> list[InterviewCount]:
    """`first`: id of the release that is the first batch."""
    keys = (
        Case.stratum, Case.zone, Interview.is_proxy, Case.outcome, Case.release_id == first, Interview.no_contact,
    )  # fmt: skip
    query = (
        select(*keys, func.count())
        .join(Case, Case.id == Interview.case_id)
        .where(is_counted(round_), Interview.round_id == round_.id)  # found by index too, and hashed
        .group_by(*keys)
    )
    return [InterviewCount._make(row) for row in in_order(session.execute(query))]


def _places(session: Session, round_: Round, design: Design | None, first: int) -> list[PlaceCount]:
    """Frame and releases by stratum of the design and zone; nothing before the draw."""
    frame = _frame_counts(session, round_, design, (FrameRow.zone,))
    released = {(row.stratum, row.zone): row for row in _released(session, round_, first)}
    nothing = _Released("", "", 0, 0, 0, 0)
    return [
        PlaceCount(stratum, zone, households, *released.get((stratum, zone), nothing)[2:])
        for (stratum, zone), households in frame.items()
    ]


def _group_places(session: Session, round_: Round, design: Design | None) -> list[GroupPlace]:
    group = (FrameRow.zone, FrameRow.categories, FrameRow.level)
    query = (
        select(Case.stratum, *group, func.count())
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .where(Case.round_id == round_.id, Case.state == "final", Case.outcome == "NE")
        .group_by(Case.stratum, *group)
    )
    ineligible = {tuple(row[:-1]): row[-1] for row in session.execute(query)}
    frame = _frame_counts(session, round_, design, group)
    return [GroupPlace._make((*key, size, ineligible.get(key, 0))) for key, size in frame.items()]


class _Released(NamedTuple):
    stratum: str
    zone: str
    released: int
    ineligible: int
    first_released: int
    first_ineligible: int


def _released(session: Session, round_: Round, first: int) -> list[_Released]:
    mine, of_first = Case.release_id.is_not(None), Case.release_id == first
    out = (Case.state == "final", Case.outcome == "NE")
    query = (
        select(
            Case.stratum,
            Case.zone,
            func.count(Case.id).filter(mine),
            func.count(Case.id).filter(mine, *out),
            func.count(Case.id).filter(of_first),
            func.count(Case.id).filter(of_first, *out),
        )
        .where(Case.round_id == round_.id)
        .group_by(Case.stratum, Case.zone)
    )
    return [_Released._make(row) for row in session.execute(query)]


def _frame_counts(
    session: Session, round_: Round, design: Design | None, keys: Columns
) -> dict[tuple[str, ...], int]:
    """Households of the sealed frame by stratum of the design and these columns, in the order of the roster."""
    if design is None or design.drawn_at is None:
        return {}
    query = (
        select(FrameRow.stratum, *keys, func.count())
        .join(Frame, Frame.id == FrameRow.frame_id)
        .where(Frame.round_id == round_.id, FrameRow.excluded_reason.is_(None))
        .group_by(FrameRow.stratum, *keys)
        .order_by(func.min(FrameRow.id))
    )
    whole = EVERYBODY in design.allocation
    return summed(
        session.execute(query).all(),
        lambda row: (EVERYBODY if whole else str(row[0]), *row[1:-1]),
        lambda row: int(row[-1]),
    )
