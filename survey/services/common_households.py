"""The households that gave a judgement in two rounds of a station: how many said what in each. Counts, no identities."""

from __future__ import annotations

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session, aliased

from survey.models.draw import Case
from survey.models.frame import Frame, FrameRow
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.questionnaire.schema import from_json
from survey.services.counted import latest, off_path, stands
from survey.services.definitions import as_code
from survey.services.frozen_figures import FrozenFigure
from survey.stats.rounds import Common


def common_households(session: Session, first: FrozenFigure, second: FrozenFigure) -> Common:
    """户 in the base of both overall rates, by whether they were satisfied in the one and in the other."""
    before, after = _judgements(session, first), _judgements(session, second)
    query = (
        select(before.c.value, after.c.value, func.count())
        .join(after, after.c.household_id == before.c.household_id)
        .group_by(before.c.value, after.c.value)
    )
    counts = dict.fromkeys(((True, True), (True, False), (False, True), (False, False)), 0)
    for one, other, n in session.execute(query):
        if as_code(one) in first.footing.base and as_code(other) in second.footing.base:
            counts[as_code(one) in first.footing.satisfied, as_code(other) in second.footing.satisfied] += n
    return Common(*counts.values())


def in_both_frames(session: Session, first: Round, second: Round) -> int:
    """户 that stand in the frames of both rounds."""
    before, frame_before = aliased(FrameRow), aliased(Frame)
    query = (
        select(func.count())
        .select_from(FrameRow)
        .join(Frame, Frame.id == FrameRow.frame_id)
        .join(before, before.household_id == FrameRow.household_id)
        .join(frame_before, frame_before.id == before.frame_id)
        .where(
            Frame.round_id == second.id,
            frame_before.round_id == first.id,
            FrameRow.excluded_reason.is_(None),
            before.excluded_reason.is_(None),
        )
    )
    return session.scalar(query) or 0


def _judgements(session: Session, figure: FrozenFigure) -> Subquery:
    """household_id and code of the answers to the overall question that count."""
    round_, question = figure.round, figure.overall.question.name
    found = latest(round_, [question])
    gone = [
        answer.event_id
        for answer in off_path(session, round_, from_json(round_.questionnaire.content))
        if answer.question == question
    ]
    return (
        select(Case.household_id, AnswerEvent.value)
        .select_from(found)
        .join(AnswerEvent, stands(found))
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(
            AnswerEvent.value.is_not(None),
            AnswerEvent.id.not_in(gone),
            Case.outcome.in_(figure.footing.counted),
        )
        .subquery()
    )
