"""Whose an appointment is by now: the surveyor it was reserved for, or whoever it was passed on to since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.call import Reassignment

#: round -> what was passed on in it, in that order
PassedOn = Mapping[int, Sequence[Reassignment]]


def passed_on(session: Session, round_ids: Iterable[int]) -> PassedOn:
    """The reassignments of some rounds; there are few."""
    found: dict[int, list[Reassignment]] = defaultdict(list)
    query = select(Reassignment).where(Reassignment.round_id.in_(set(round_ids))).order_by(Reassignment.id)
    for one in session.scalars(query):
        found[one.round_id].append(one)
    return found


def holder(reserved_for: int | None, recorded_at: datetime, passed: Iterable[Reassignment]) -> int | None:
    """Who an appointment is reserved for after all that was `passed` on in its round; None: anybody."""
    for one in passed:
        if one.from_user_id == reserved_for and recorded_at <= one.at:
            reserved_for = one.to_user_id
    return reserved_for
