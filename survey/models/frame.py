"""The roster as imported, the frame it becomes, and the personal data beside it, each in a table of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, UtcDateTime
from survey.models.season import Round


class RosterUpload(Base):
    """An uploaded file between dropping it and confirming its columns; sealed, and deleted as soon as either ends."""

    __tablename__ = "roster_upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    file_name: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    #: the columns as chosen so far: list of {sheet, column, field}
    columns: Mapped[list[Any]] = mapped_column(JSON, default=list)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Household(Base):
    """A client household under its random public id, the same in every round of its station."""

    __tablename__ = "household"
    __table_args__ = (
        UniqueConstraint("station_id", "key_index"),
        # every next household is looked up among the few that must not be called, not among all
        Index(
            "ix_household_do_not_call",
            "id",
            sqlite_where=text("do_not_call_since IS NOT NULL"),
            postgresql_where=text("do_not_call_since IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"), index=True)
    #: keyed hash of the file number (or of what else tells the household)
    key_index: Mapped[str] = mapped_column(String(32))
    #: 不再拨打: a hard refusal spans rounds
    do_not_call_since: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Frame(Base):
    """抽样框: one imported roster of a round. After the seal neither it nor its rows change (triggers refuse)."""

    __tablename__ = "frame"
    __table_args__ = (
        CheckConstraint("(sealed_at IS NULL) = (digest IS NULL)", name="sealed_with_digest"),
        CheckConstraint("sealed_at IS NULL OR confirmed_at IS NOT NULL", name="confirmed_before_seal"),
        CheckConstraint(
            "stratify_by IN ('none', 'zone', 'community', 'category', 'zone+community', 'zone+category', "
            "'community+category', 'zone+community+category')",
            name="stratify_by_known",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    file_name: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[str] = mapped_column(String(64))
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: person rows read, exact duplicates merged
    rows_read: Mapped[int]
    rows_merged: Mapped[int]
    #: counts per zone and community beside the station's stated figures (no personal data)
    counts: Mapped[list[Any]] = mapped_column(JSON, default=list)
    #: headers that were not stored, and why
    not_stored: Mapped[list[Any]] = mapped_column(JSON, default=list)
    #: the problems with their values, sealed as JSON
    report_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    #: 名册确认书: who signed for the station, and when it was recorded
    confirmed_name: Mapped[str | None] = mapped_column(String(60))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stratify_by: Mapped[str] = mapped_column(String(40), default="zone")
    sealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sealed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: SHA-256 of the canonical frame
    digest: Mapped[str | None] = mapped_column(String(64))
    #: one hash over all commitments
    commitments_digest: Mapped[str | None] = mapped_column(String(64))

    round: Mapped[Round] = relationship()


class FrameRow(Base):
    """A household in a frame: where it lives and what matters for sampling and calling; no name, no number."""

    __tablename__ = "frame_row"
    __table_args__ = (
        UniqueConstraint("frame_id", "household_id"),
        Index("ix_frame_row_frame_stratum", "frame_id", "stratum"),
        CheckConstraint("persons >= 1", name="persons_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("frame.id"))
    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"), index=True)
    sheet: Mapped[str] = mapped_column(String(60))
    row: Mapped[int]
    zone: Mapped[str] = mapped_column(String(60))
    community: Mapped[str] = mapped_column(String(60))
    persons: Mapped[int]
    #: client categories of domain §4.1, space separated
    categories: Mapped[str] = mapped_column(String(200), default="")
    #: 跟进级别 in the station's own words, not ordered; empty when the roster does not say. Not shown to surveyors
    level: Mapped[str] = mapped_column(String(20), default="")
    #: zh, yue, hak, …; empty when the roster does not say
    language: Mapped[str] = mapped_column(String(12), default="")
    #: hearing vision speech cognition needs_proxy no_mandarin, space separated
    needs: Mapped[str] = mapped_column(String(120), default="")
    #: hukou_only moved_out deceased, space separated
    flags: Mapped[str] = mapped_column(String(60), default="")
    dialable_phones: Mapped[int]
    #: null: in the frame
    excluded_reason: Mapped[str | None] = mapped_column(String(200))
    #: set by the seal
    stratum: Mapped[str | None] = mapped_column(String(200))
    commitment: Mapped[str | None] = mapped_column(String(64))
    salt_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class Contact(Base):
    """Who the household is and how to reach it: sealed, loaded only where somebody has to dial. Deleting deletes the row."""

    __tablename__ = "contact"

    frame_row_id: Mapped[int] = mapped_column(
        ForeignKey("frame_row.id", ondelete="CASCADE"), primary_key=True
    )
    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"), index=True)
    #: 称呼, such as 陈女士; null: destroyed when its time was over
    salutation_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: JSON list of {number, note, kind, dialable, source}; null: destroyed when its time was over
    phones_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: only in rounds with home visits
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: the text that the commitment commits to
    identity_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    #: the station's remark that a caller needs, such as 听障，需家属代答
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class PhoneIndex(Base):
    """Blind indexes of a household's numbers: the whole number, and the last four digits for somebody who rings back."""

    __tablename__ = "phone_index"

    id: Mapped[int] = mapped_column(primary_key=True)
    frame_row_id: Mapped[int] = mapped_column(ForeignKey("frame_row.id", ondelete="CASCADE"), index=True)
    whole: Mapped[str] = mapped_column(String(32), index=True)
    last_four: Mapped[str] = mapped_column(String(32), index=True)


class FrameAttachment(Base):
    """What the station handed in with its roster, such as the signed 名册确认书; sealed, its digest public."""

    __tablename__ = "frame_attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("frame.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    attached_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    attached_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StatedFigure(Base):
    """How many households (户) or persons (人) somebody else says a zone has, such as the street's own count."""

    __tablename__ = "stated_figure"
    __table_args__ = (
        UniqueConstraint("round_id", "zone", "source"),
        CheckConstraint("households IS NOT NULL OR persons IS NOT NULL", name="something_stated"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    #: empty: the whole station
    zone: Mapped[str] = mapped_column(String(60), default="")
    #: where the figure stands, such as 街道民政办 2025 年 9 月台账
    source: Mapped[str] = mapped_column(String(120))
    households: Mapped[int | None]
    persons: Mapped[int | None]
    typed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    typed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Opening(Base):
    """An identity shown to the commissioner with its salt after fieldwork closed; never taken back."""

    __tablename__ = "opening"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    frame_row_id: Mapped[int] = mapped_column(ForeignKey("frame_row.id"), unique=True)
    #: who asked, and how the household was picked
    reason: Mapped[str] = mapped_column(String(200))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
