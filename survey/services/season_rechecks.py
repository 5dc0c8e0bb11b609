"""How far the interviews of many rounds have been checked again, in one query: counts, no interview."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.fieldwork.rechecks import CHECKED, ERROR
from survey.models.recheck import Recheck


class Rechecked(NamedTuple):
    """Interviews (户) that were drawn at random and checked, and those of them with an error."""

    checked: int
    errors: int


def rechecked_in(session: Session, round_ids: Collection[int]) -> dict[int, Rechecked]:
    """By round id; rounds in which nothing was checked are missing. Checks for other reasons say nothing of a rate."""
    counts = (func.count(), func.count().filter(Recheck.outcome == ERROR))
    query = (
        select(Recheck.round_id, *counts)
        .where(Recheck.round_id.in_(round_ids), Recheck.drawn_at.is_not(None), Recheck.outcome.in_(CHECKED))
        .group_by(Recheck.round_id)
    )
    return {round_id: Rechecked(checked, errors) for round_id, checked, errors in session.execute(query)}
