"""The design, the order of events up to the draw, the cases in ticket order, and the log of releases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, UtcDateTime
from survey.models.frame import Frame, FrameRow


class Design(Base):
    """How a sealed frame is sampled. Order of events: locked → seed source named → seed value → drawn.

    A draw is repeated by a new design that names the one it replaces and why; the latest design counts.
    """

    __tablename__ = "design"
    __table_args__ = (
        Index(
            "uq_design_first_of_round",
            "round_id",
            unique=True,
            sqlite_where=text("redraw_of_id IS NULL"),
            postgresql_where=text("redraw_of_id IS NULL"),
        ),
        CheckConstraint("(redraw_of_id IS NULL) = (redraw_reason IS NULL)", name="redrawn_with_reason"),
        CheckConstraint("coordinated_with_id IS NULL OR prn_start IS NOT NULL", name="coordinated_by_prn"),
        CheckConstraint("method IN ('srs', 'proportional', 'census')", name="method_known"),
        CheckConstraint(
            "locked_at IS NULL OR rule_branch <> 'census_rule_gap' OR rule_confirmation IS NOT NULL",
            name="gap_confirmed_before_lock",
        ),
        CheckConstraint(
            "seed_named_at IS NULL OR (locked_at IS NOT NULL AND seed_named_at >= locked_at)",
            name="locked_before_source",
        ),
        CheckConstraint(
            "(seed_source IS NULL) = (seed_named_at IS NULL) AND (seed_expected_at IS NULL) = (seed_named_at IS NULL)",
            name="source_with_times",
        ),
        CheckConstraint(
            "seed_expected_at IS NULL OR seed_expected_at > seed_named_at OR coordinated_with_id IS NOT NULL",
            name="source_before_value_exists",
        ),
        CheckConstraint(
            "seed_entered_at IS NULL OR (seed_expected_at IS NOT NULL AND seed_entered_at >= seed_expected_at)",
            name="value_after_it_exists",
        ),
        CheckConstraint("(seed_value IS NULL) = (seed_entered_at IS NULL)", name="value_with_time"),
        CheckConstraint(
            "drawn_at IS NULL OR (seed_entered_at IS NOT NULL AND drawn_at >= seed_entered_at)",
            name="drawn_with_seed",
        ),
        CheckConstraint("(drawn_at IS NULL) = (certificate IS NULL)", name="drawn_with_certificate"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("frame.id"), index=True)
    #: the design whose draw this one replaces, before anything of it was released
    redraw_of_id: Mapped[int | None] = mapped_column(ForeignKey("design.id"), unique=True)
    redraw_reason: Mapped[str | None] = mapped_column(String(200))
    #: permanent random numbers: where on the circle of tickets this round starts (hexadecimal); null: not coordinated
    prn_start: Mapped[str | None] = mapped_column(String(64))
    #: the station's first coordinated design, whose seed this one shares; null in that first one itself
    coordinated_with_id: Mapped[int | None] = mapped_column(ForeignKey("design.id"))
    method: Mapped[str] = mapped_column(String(16))
    #: which branch of the ≥100 rule applies: sample, census, census_rule_gap
    rule_branch: Mapped[str] = mapped_column(String(20))
    #: the commissioner's recorded confirmation where the rule leaves a gap
    rule_confirmation: Mapped[str | None] = mapped_column(String(200))
    target_completes: Mapped[int]
    #: shares 0–1 that size the sample and the first release
    assumed_completion: Mapped[float]
    assumed_satisfaction: Mapped[float]
    minimum_per_stratum: Mapped[int] = mapped_column(default=0)
    #: stratum -> 户 in the main sample, and in the reserve behind it
    allocation: Mapped[dict[str, Any]] = mapped_column(JSON)
    reserve: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    seed_source: Mapped[str | None] = mapped_column(String(200))
    seed_named_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seed_named_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: when the value will exist (lottery draw, closing of the exchange, dice thrown)
    seed_expected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seed_value: Mapped[str | None] = mapped_column(String(200))
    seed_entered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seed_entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    drawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: sampling.certificate.Certificate as canonical JSON
    certificate: Mapped[str | None] = mapped_column(Text, deferred=True)
    certificate_digest: Mapped[str | None] = mapped_column(String(64))

    frame: Mapped[Frame] = relationship()


class Release(Base):
    """A batch of cases handed to the surveyors: always the next ones in ticket order of their stratum."""

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("length(reason) > 0", name="reason_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    #: stratum -> how many cases
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    released_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Case(Base):
    """A drawn household. The columns under "cache" are computed from its facts by services.cases.refresh alone."""

    __tablename__ = "case"
    __table_args__ = (
        UniqueConstraint("design_id", "household_id"),
        UniqueConstraint("design_id", "stratum", "rank"),
        Index("ix_case_queue", "round_id", "state", "due_at"),
        Index(
            "ix_case_pool",
            "round_id",
            "language",
            "ticket",
            "needs",
            "bands_tried",
            "senior_until",
            "route",
            "lease_until",
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        # who waits for somebody in particular: few, so that looking for them costs the same however many cases there are
        Index(
            "ix_case_route",
            "round_id",
            "route",
            sqlite_where=text("route <> ''"),
            postgresql_where=text("route <> ''"),
        ),
        Index(
            "ix_case_promised",
            "appointment_user_id",
            sqlite_where=text("appointment_user_id IS NOT NULL"),
            postgresql_where=text("appointment_user_id IS NOT NULL"),
        ),
        CheckConstraint("role IN ('sample', 'reserve')", name="role_known"),
        CheckConstraint("(release_id IS NULL) = (state = 'held')", name="held_until_released"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    design_id: Mapped[int] = mapped_column(ForeignKey("design.id"))
    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"), index=True)
    frame_row_id: Mapped[int] = mapped_column(ForeignKey("frame_row.id"))
    #: the stratum it was drawn in; "*" under simple random sampling
    stratum: Mapped[str] = mapped_column(String(200))
    #: where it lives, from the frame row: the board counts by it
    zone: Mapped[str] = mapped_column(String(60), default="")
    #: what it needs of its caller, from the frame row: hearing vision speech …, space separated
    needs: Mapped[str] = mapped_column(String(120), default="")
    rank: Mapped[int]
    role: Mapped[str] = mapped_column(String(8))
    ticket: Mapped[str] = mapped_column(String(64))
    release_id: Mapped[int | None] = mapped_column(ForeignKey("release.id"), index=True)

    # cache
    state: Mapped[str] = mapped_column(String(12), default="held")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: the disposition code (D01 …) so far, or the final one when state = final
    disposition: Mapped[str | None] = mapped_column(String(4))
    #: AAPOR class of the final disposition: I P R NC O UH UO NE
    outcome: Mapped[str | None] = mapped_column(String(2))
    appointment_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appointment_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: language the next caller should speak; empty = any
    language: Mapped[str] = mapped_column(String(12), default="")
    #: who should take it next: senior, language, proxy or visit; empty = anybody
    route: Mapped[str] = mapped_column(String(8), default="")
    #: until then only a senior surveyor may take it
    senior_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: time bands already tried, space separated
    bands_tried: Mapped[str] = mapped_column(String(120), default="")
    attempts_made: Mapped[int] = mapped_column(default=0)

    #: why a released case without a final disposition stayed so when the round was closed
    left_open_reason: Mapped[str | None] = mapped_column(String(200))

    # lease: who holds the household now; answers never depend on it
    lease_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    frame_row: Mapped[FrameRow] = relationship()
    release: Mapped[Release | None] = relationship()


class CaseTally(Base):
    """How many cases (户) of a round stand where, so that a board need not count them. Triggers on `case` keep it.

    `cell`: held, open, appointment, or for a final case its AAPOR class (I P R NC O UH UO NE) or void.
    """

    __tablename__ = "case_tally"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    stratum: Mapped[str] = mapped_column(String(200), primary_key=True)
    zone: Mapped[str] = mapped_column(String(60), primary_key=True)
    role: Mapped[str] = mapped_column(String(8), primary_key=True)
    cell: Mapped[str] = mapped_column(String(12), primary_key=True)
    households: Mapped[int]
