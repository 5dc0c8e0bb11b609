"""原话: the machine-masked words of counted interviews, to read and to search. Raw words are not offered here.

The order is that of a keyed hash, so that neither the order of calls nor which words belong together shows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from survey.models.draw import Case
from survey.models.frame import FrameRow
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.season import Round
from survey.questionnaire.schema import Question, Questionnaire, from_json
from survey.services import definitions
from survey.services.counted import is_counted, latest, off_path, stands
from survey.stats.reliability import judge_table
from survey.vault import Keyring

PURPOSE = "verbatim.order"


@dataclass(frozen=True, slots=True)
class Words:
    """One answer in masked words. `zone` is None where the zone's base is too small to be named."""

    question: Question
    masked: str
    language: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """`total` counts what the filters leave; `after` continues behind this page (None: it is the last)."""

    words: tuple[Words, ...]
    total: int
    after: str | None


def questions_of(round_: Round) -> tuple[Question, ...]:
    """The open questions put to respondents; interviewers' own notes are not among them."""
    questionnaire = from_json(round_.questionnaire.content)
    return tuple(question for question in questionnaire.questions if question.verbatim and question.asked)


def page_of(
    session: Session,
    vault: Keyring,
    round_: Round,
    *,
    question: str = "",
    search: str = "",
    after: str = "",
    size: int = 50,
) -> Page:
    """The words of one question (or all) that contain `search`, from behind the key `after` on."""
    asked = {each.name: each for each in questions_of(round_)}
    chosen = [question] if question in asked else list(asked)
    ids = _ids(session, round_, chosen, search)
    ordered = sorted((vault.blind(str(event_id), PURPOSE), event_id) for event_id in ids)
    start = bisect_right([key for key, _ in ordered], after) if after else 0
    shown = ordered[start : start + size]
    words = _words(session, round_, [event_id for _, event_id in shown], asked)
    more = start + size < len(ordered)
    return Page(words, len(ordered), shown[-1][0] if more and shown else None)


def nameable_zones(session: Session, round_: Round) -> frozenset[str]:
    """Zones with so many counted interviews that naming one does not point at a household."""
    query = (
        select(FrameRow.zone, func.count())
        .select_from(Interview)
        .join(Case, Case.id == Interview.case_id)
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .where(is_counted(round_), Case.outcome.in_(definitions.counted_classes(round_.definition)))
        .group_by(FrameRow.zone)
        .order_by(FrameRow.zone)
    )
    bases = {zone: n for zone, n in session.execute(query)}  # noqa: C416 - rows are not pairs to mypy
    return frozenset(zone for zone, verdict in judge_table(bases).items() if verdict.may_show)


def _ids(session: Session, round_: Round, questions: Collection[str], search: str) -> list[int]:
    query = _standing(round_, questions, select(AnswerEvent.id)).where(Verbatim.masked != "")
    if search:
        query = query.where(Verbatim.masked.icontains(search, autoescape=True))
    questionnaire = from_json(round_.questionnaire.content)
    gone = _off_path_ids(session, round_, questionnaire)
    return [event_id for event_id in session.scalars(query) if event_id not in gone]


def _off_path_ids(session: Session, round_: Round, questionnaire: Questionnaire) -> frozenset[int]:
    return frozenset(answer.event_id for answer in off_path(session, round_, questionnaire))


def _standing(round_: Round, questions: Collection[str], query: Select[int]) -> Select[int]:
    found = latest(round_, questions)
    counted = definitions.counted_classes(round_.definition)
    return (
        query.select_from(found)
        .join(AnswerEvent, stands(found))
        .join(Verbatim, Verbatim.event_id == AnswerEvent.id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(Case.outcome.in_(counted))
    )


def _words(
    session: Session, round_: Round, ids: Iterable[int], asked: dict[str, Question]
) -> tuple[Words, ...]:
    """In the order of `ids`; only the columns that are shown are read."""
    ids = list(ids)
    query = (
        select(AnswerEvent.id, AnswerEvent.question, Verbatim.masked, AnswerEvent.language, FrameRow.zone)
        .join(Verbatim, Verbatim.event_id == AnswerEvent.id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .where(AnswerEvent.id.in_(ids))
    )
    rows = {row.id: row for row in session.execute(query)}
    nameable = nameable_zones(session, round_)
    return tuple(
        Words(
            asked[rows[id_].question],
            rows[id_].masked,
            rows[id_].language,
            rows[id_].zone if rows[id_].zone in nameable else None,
        )
        for id_ in ids
    )
