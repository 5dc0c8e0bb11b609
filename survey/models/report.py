"""What is handed in about a round: versions of its 服务监测 text, and the Word template of the evaluator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base, UtcDateTime


class ReportVersion(Base):
    """One saved text; a change makes another one. A trigger refuses every UPDATE but the removal of withdrawn words."""

    __tablename__ = "report_version"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("number > 0", name="number_from_one"),
        CheckConstraint("stage IN ('draft', 'final')", name="stage_known"),
        CheckConstraint("open_findings >= 0", name="open_findings_counted"),
        CheckConstraint(
            "stage <> 'final' OR open_findings = 0 OR length(note) > 0",
            name="final_without_findings_or_with_reason",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    #: from 1 in each round
    number: Mapped[int]
    stage: Mapped[str] = mapped_column(String(8))
    #: how the survey was done, one sentence or a few
    method: Mapped[str] = mapped_column(Text)
    #: 值得肯定 and 需要关注: lists of sentences in the order of their numbers
    praise: Mapped[list[str]] = mapped_column(JSON)
    concern: Mapped[list[str]] = mapped_column(JSON)
    #: the figures and counts the text was checked against when it was saved: reports.facts as JSON
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    #: SHA-256 over the canonical JSON of stage, method, praise and concern, as they were saved
    digest: Mapped[str] = mapped_column(String(64))
    #: how many findings of the check stood when it was saved
    open_findings: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: null: the command line
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: what changed; in a final version with findings the reason why they stay
    note: Mapped[str] = mapped_column(String(400), default="")
    #: when sentences that quote a respondent who withdrew were taken out; the digest stays that of what was saved
    redacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReportTemplate(Base):
    """A Word file with placeholders, in place of the one that Huifang makes; the newest that has not ended is used."""

    __tablename__ = "report_template"
    __table_args__ = (CheckConstraint("length(name) > 0", name="named"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    #: the .docx as uploaded
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    #: SHA-256 of it
    digest: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
