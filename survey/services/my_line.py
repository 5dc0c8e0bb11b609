"""Which outgoing line a surveyor calls from: every dial is recorded with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Missing
from survey.models.accounts import User
from survey.models.call import Line
from survey.services import trail
from survey.services.trail import Actor


def lines_in_use(session: Session) -> Sequence[Line]:
    return session.scalars(select(Line).where(Line.active).order_by(Line.name, Line.number)).all()


def choose(session: Session, actor: Actor, now: datetime, line_id: int | None) -> None:
    """From now on this surveyor's dials go out on that line; None: nobody says. Raises Missing (no-such-line)."""
    line = session.get(Line, line_id) if line_id is not None else None
    if line_id is not None and (line is None or not line.active):
        raise Missing("no-such-line", N_("没有这条外呼线路，或已停用，请另选一条。"))
    user = session.get_one(User, actor.id)
    if user.line_id != line_id:
        user.line_id = line_id
        trail.record(session, actor, "line.chosen", now, line=line_id)
