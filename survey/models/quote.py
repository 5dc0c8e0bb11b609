"""引语: what may leave the house of what was said, once a second person has looked at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, UtcDateTime
from survey.models.interview import Verbatim


class Quote(Base):
    """Words proposed for the report. Text and warnings never change (triggers refuse); deleted with the words."""

    __tablename__ = "quote"
    __table_args__ = (
        CheckConstraint("form IN ('original', 'excerpt', 'paraphrase')", name="form_known"),
        CheckConstraint("prevalence IN ('typical', 'rare')", name="prevalence_known"),
        CheckConstraint("kind IN ('praise', 'complaint', 'request', 'suggestion')", name="kind_known"),
        CheckConstraint("(kind IS NULL) = (theme IS NULL)", name="kind_with_theme"),
        CheckConstraint("decision IN ('approved', 'rejected')", name="decision_known"),
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by_id IS NULL)",
            name="decided_by_somebody",
        ),
        CheckConstraint("decided_by_id <> proposed_by_id", name="decided_by_another"),
        CheckConstraint(
            "decision IS NULL OR decision = 'approved' OR (reason IS NOT NULL AND length(reason) > 0)",
            name="rejected_with_reason",
        ),
        CheckConstraint(
            "(taken_back_at IS NULL) = (taken_back_by_id IS NULL)", name="taken_back_by_somebody"
        ),
        Index("ix_quote_round", "round_id", "decision", "proposed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: round of the words
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("verbatim.event_id"), index=True)
    #: 原话 (all masked words), 摘录 (a stretch of them), 改写 (own words)
    form: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    #: a code of the words, theme and kind; null: they were not coded
    theme: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str | None] = mapped_column(String(10))
    #: 典型 or 少见: whether it stands for many or for few
    prevalence: Mapped[str] = mapped_column(String(8))
    #: services.quote_warnings.Warning as dictionaries, as they were when it was proposed
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    #: null: waits for the second look, which is never the proposer's
    decision: Mapped[str | None] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: 收回: not to be quoted after all, before or after the decision
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    verbatim: Mapped[Verbatim] = relationship()

    @property
    def waits(self) -> bool:
        return self.decision is None and self.taken_back_at is None

    @property
    def stands(self) -> bool:
        return self.decision == "approved" and self.taken_back_at is None
