"""What the results of a closed round are computed from, counted once and kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base, UtcDateTime


class DataFreeze(Base):
    """数据冻结: counts, no persons. One stands at a time in a round; when it ends, its content goes.

    The counts of before and after a withdrawal would tell by subtraction what that household had said.
    """

    __tablename__ = "data_freeze"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("reason IN ('closed', 'withdrawn', 'comparison', 'upgrade')", name="reason_known"),
        CheckConstraint("(ended_at IS NULL) = (content IS NOT NULL)", name="content_while_it_stands"),
        Index(
            "ix_data_freeze_one_stands",
            "round_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    #: from 1 in each round
    number: Mapped[int]
    #: why it was made: the round closed, answers were withdrawn since, the round it is compared with changed, or the
    #: round had closed before freezes were kept
    reason: Mapped[str] = mapped_column(String(12))
    frozen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: null: it stands
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: of the content: services.frozen_content.FORMAT when it was written
    format: Mapped[int]
    #: services.frozen_content.Content as JSON
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
