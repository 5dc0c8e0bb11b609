"""The audit trail: who did what to what, when. No names, numbers or words of households go in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, or_, select, text
from sqlalchemy.orm import Session

from survey.models.trail import AuditEntry

CHAIN_LOCK = 4_001_047  # PostgreSQL advisory lock: one writer extends the chain at a time


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, or the system (id None)."""

    id: int | None
    name: str = ""


SYSTEM = Actor(None, "system")


def record(
    session: Session,
    actor: Actor,
    action: str,
    now: datetime,
    *,
    subject: str = "",
    round_id: int | None = None,
    critical: bool = False,
    **details: Any,
) -> AuditEntry:
    """Write one entry. Critical entries (seal, lock, seed, draw, release) extend the hash chain."""
    entry = AuditEntry(
        at=now, user_id=actor.id, action=action, subject=subject, round_id=round_id, details=details
    )
    if critical:
        extend_chain(session, entry)
    session.add(entry)
    session.flush()
    return entry


def extend_chain(session: Session, entry: AuditEntry) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
    last = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.chain_number.is_not(None))
        .order_by(AuditEntry.chain_number.desc())
        .limit(1)
    ).first()
    entry.chain_number = (last.chain_number or 0) + 1 if last else 1
    entry.chain_hash = chain_hash(entry, last.chain_hash if last else None)


def chain_hash(entry: AuditEntry, before: str | None) -> str:
    """SHA-256 over the hash before and the canonical JSON of the entry."""
    content = {
        "before": before or "",
        "number": entry.chain_number,
        "at": entry.at.astimezone(UTC).isoformat(),
        "user": entry.user_id,
        "action": entry.action,
        "subject": entry.subject,
        "round": entry.round_id,
        "details": entry.details,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def broken_links(session: Session) -> Iterator[int]:
    """Numbers of the chained entries whose hash does not follow from the entry before."""
    before = None
    chained = select(AuditEntry).where(AuditEntry.chain_number.is_not(None)).order_by(AuditEntry.chain_number)
    for number, entry in enumerate(session.scalars(chained), start=1):
        if entry.chain_number != number or entry.chain_hash != chain_hash(entry, before):
            yield entry.chain_number or 0
        before = entry.chain_hash


def page_of_entries(
    session: Session,
    *,
    rounds: Select[int] | None = None,
    general: bool = False,
    actions: Collection[str] = (),
    before_id: int | None = None,
    size: int = 50,
) -> list[AuditEntry]:
    """The newest entries first, of the rounds selected (None: all) and the actions (none: all); `before_id` continues
    behind the last one shown."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(size)
    if rounds is not None:
        in_scope = AuditEntry.round_id.in_(rounds)
        query = query.where(or_(in_scope, AuditEntry.round_id.is_(None)) if general else in_scope)
    if actions:
        query = query.where(AuditEntry.action.in_(actions))
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    return list(session.scalars(query))
