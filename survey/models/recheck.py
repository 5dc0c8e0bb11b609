"""复核: interviews that a second person checks by telephone, and the objections of stations that ask for more of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, UtcDateTime
from survey.models.interview import Interview


class Objection(Base):
    """A station doubts the interviews of its round; so many more of them, chosen by the order of the draw, are checked."""

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("households >= 1", name="households_positive"),
        CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed_by_somebody"),
        CheckConstraint("(closed_at IS NULL) = (finding IS NULL)", name="closed_with_finding"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    #: who raised it for the station
    raised_by: Mapped[str] = mapped_column(String(60))
    #: what it says; null after its time
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    #: so many interviews are checked because of it
    households: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: what came of it, as the station is told
    finding: Mapped[str | None] = mapped_column(String(400))


class Recheck(Base):
    """The check of one interview. Deleted with everything else when the respondent withdraws."""

    __tablename__ = "recheck"
    __table_args__ = (
        Index("ix_recheck_counted", "round_id", "outcome", "decision", "drawn_at"),
        CheckConstraint("length(reasons) > 0", name="reason_given"),
        CheckConstraint("(drawn_at IS NULL) = (reasons NOT LIKE 'random%')", name="drawn_at_random"),
        CheckConstraint("outcome IN ('verified', 'error', 'not_reached', 'declined')", name="outcome_known"),
        CheckConstraint("took_place IN ('yes', 'other', 'no', 'unsure')", name="took_place_known"),
        CheckConstraint("(outcome IS NULL) = (done_at IS NULL)", name="done_with_outcome"),
        CheckConstraint("(answered_at IS NULL) = (took_place IS NULL)", name="answered_as_a_whole"),
        CheckConstraint("decision IN ('void', 'keep')", name="decision_known"),
        CheckConstraint("decision IS NULL OR proposal IS NOT NULL", name="decided_on_a_proposal"),
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by_id IS NULL) "
            "AND (decision IS NULL) = (decision_reason IS NULL)",
            name="decided_with_reason",
        ),
        CheckConstraint("decided_by_id <> verifier_id", name="decided_by_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    interview_id: Mapped[int] = mapped_column(ForeignKey("interview.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    #: who held the interview
    surveyor_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    #: of fieldwork.rechecks.REASONS, space separated; shown to no verifier
    reasons: Mapped[str] = mapped_column(String(40))
    objection_id: Mapped[int | None] = mapped_column(ForeignKey("objection.id"), index=True)
    #: keyed; the order of the queue, so that it tells nothing of the reasons
    ticket: Mapped[str] = mapped_column(String(32))
    selected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: when it was drawn at random; null: it was not
    drawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    #: who has it in hand, or finished it
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    taken_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: calls in vain so far, and from when on the next one is made
    calls: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: what was said about the interview, and question -> code given now; never changed once saved
    took_place: Mapped[str | None] = mapped_column(String(8))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: question -> why the answer differs
    verdicts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: null: not finished
    outcome: Mapped[str | None] = mapped_column(String(12))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    #: 作废: the verifier proposes with a reason, somebody else decides with a reason, and may decide again
    proposal: Mapped[str | None] = mapped_column(String(200))
    proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[str | None] = mapped_column(String(8))
    decision_reason: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    interview: Mapped[Interview] = relationship()

    @property
    def voids(self) -> bool:
        return self.decision == "void"
