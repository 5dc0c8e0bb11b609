"""数据冻结: from the closing of a round nothing that was asked, answered, drawn or released changes any more.

Every service that writes into a round asks `refuse_closed` after it has locked its own rows. The shared lock on the
round makes a closing at the same moment wait, or makes this writer see it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict
from survey.fieldwork.rules import local
from survey.models.accounts import User
from survey.models.season import Round
from survey.models.trail import AuditEntry


@dataclass(frozen=True, slots=True)
class Reopening:
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """What a reader of figures is told: when the round closed (None: it is open) and with what reservations."""

    closed_at: datetime | None
    closed_by: str
    shortfall_reason: str | None
    shortfall_confirmation: str | None
    reopenings: tuple[Reopening, ...]


def refuse_closed(session: Session, round_id: int) -> None:
    """Raise Conflict (round-closed) once the round is closed; until then hold off its closing to the end of this
    transaction."""
    closed_at = session.scalar(select(Round.closed_at).where(Round.id == round_id).with_for_update(read=True))
    if closed_at is not None:
        raise Conflict(
            "round-closed",
            N_(
                "本轮已于 %(day)s 结束，数据已冻结，不能再改动；您的这一步没有执行。"
                "确有必要时，请统筹员写明原因重新打开本轮。"
            ),
            day=local(closed_at).date().isoformat(),
        )


def still_open(session: Session, round_ids: Collection[int]) -> frozenset[int]:
    """Those of the rounds that are not closed; their closing is held off as in refuse_closed."""
    found = select(Round.id).where(Round.id.in_(round_ids), Round.closed_at.is_(None)).order_by(Round.id)
    return frozenset(session.scalars(found.with_for_update(read=True)))


def freeze_of(session: Session, round_: Round) -> Freeze:
    return Freeze(
        round_.closed_at,
        _name(session, round_.closed_by_id),
        round_.shortfall_reason,
        round_.shortfall_confirmation,
        reopenings_of(session, round_),
    )


def reopenings_of(session: Session, round_: Round) -> tuple[Reopening, ...]:
    """Every time the round was opened again, oldest first: the trail alone keeps them."""
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.round_id == round_.id, AuditEntry.action == "round.reopened")
        .order_by(AuditEntry.id)
    )
    return tuple(
        Reopening(entry.at, _name(session, entry.user_id), str(entry.details.get("reason", "")))
        for entry in entries
    )


def _name(session: Session, user_id: int | None) -> str:
    user = session.get(User, user_id) if user_id is not None else None
    return user.display_name if user is not None else ""
