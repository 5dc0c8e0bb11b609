"""The audit trail. It holds no personal data; triggers refuse UPDATE and DELETE (see migrations)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base, UtcDateTime


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_done_to", "subject", "user_id", "action"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: null: the command line or the system itself
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: noun.verb, for instance frame.sealed, phone.revealed
    action: Mapped[str] = mapped_column(String(40), index=True)
    #: what it was done to, for instance case:H-7KQ2M1T
    subject: Mapped[str] = mapped_column(String(80), default="")
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: critical entries form a chain: number, and SHA-256 over the entry and the hash before it
    chain_number: Mapped[int | None] = mapped_column(unique=True)
    chain_hash: Mapped[str | None] = mapped_column(String(64))
