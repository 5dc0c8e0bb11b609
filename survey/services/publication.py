"""What becomes public when fieldwork is over: the canonical frame and the list of commitments, of random ids only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.draw import Design
from survey.models.trail import AuditEntry
from survey.services import trail
from survey.services.trail import Actor


def publish(session: Session, actor: Actor, now: datetime, design: Design) -> None:
    """Record that everybody may have the frame from now on; what is public stays so, also when the round is opened
    again."""
    if published_at(session, design.round_id) is not None:
        return
    frame = design.frame
    trail.record(
        session, actor, "frame.published", now, subject=f"frame:{frame.id}", round_id=design.round_id, critical=True,
        digest=frame.digest, commitments=frame.commitments_digest, certificate=design.certificate_digest,
    )  # fmt: skip


def published_at(session: Session, round_id: int) -> datetime | None:
    """When the round's frame became public, which is when the round was first closed; None: not yet."""
    first = (
        select(AuditEntry.at)
        .where(AuditEntry.round_id == round_id, AuditEntry.action == "frame.published")
        .order_by(AuditEntry.id)
        .limit(1)
    )
    return session.scalar(first)
