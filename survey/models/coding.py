"""编码: the codebook in its versions, and which themes a coder found in which words. Themes are the codebook's, not rows here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, UtcDateTime
from survey.models.interview import Verbatim


class CodebookVersion(Base):
    """编码表: its themes as one version has them. Never changed (triggers refuse), only followed by a new version."""

    __tablename__ = "codebook_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: from 1
    version: Mapped[int] = mapped_column(unique=True)
    #: verbatim.codebook.Theme as dictionaries, in the order in which the desk shows them
    content: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    #: what was changed and why
    note: Mapped[str] = mapped_column(String(400))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: null: it came with Huifang
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Coding(Base):
    """One coder's coding of one verbatim; without any code it says that there is nothing to code (无意见).

    Deleted with the words when the respondent withdraws.
    """

    __tablename__ = "coding"
    __table_args__ = (
        UniqueConstraint("event_id", "role"),
        CheckConstraint("role IN ('first', 'second', 'settled')", name="role_known"),
        CheckConstraint("role <> 'second' OR stands = false", name="second_never_stands"),
        Index(
            "ix_coding_one_stands",
            "event_id",
            unique=True,
            sqlite_where=text("stands = 1"),
            postgresql_where=text("stands"),
        ),
        Index("ix_coding_round_stands", "round_id", "stands", "event_id"),
        Index("ix_coding_round_role", "round_id", "role", "coder_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("verbatim.event_id"))
    #: round of the words
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    coder_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str] = mapped_column(String(8))
    codebook_id: Mapped[int] = mapped_column(ForeignKey("codebook_version.id"))
    coded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: 摘录: a stretch of the masked words; "" for none
    excerpt: Mapped[str] = mapped_column(Text, default="")
    #: 改写: what was said in the coder's own words, masked; "" for none
    paraphrase: Mapped[str] = mapped_column(Text, default="")

    # cache
    #: the coding that counts: what was settled, else the first; never the second
    stands: Mapped[bool]

    verbatim: Mapped[Verbatim] = relationship()
    codebook: Mapped[CodebookVersion] = relationship()
    codes: Mapped[list[Code]] = relationship(
        back_populates="coding",
        cascade="all, delete-orphan",
        lazy="selectin",
        order_by="(Code.kind, Code.theme)",
    )


class Code(Base):
    """One theme in one kind (praise, complaint, request, suggestion) that a coder found in the words."""

    __tablename__ = "code"
    __table_args__ = (
        CheckConstraint("kind IN ('praise', 'complaint', 'request', 'suggestion')", name="kind_known"),
    )

    coding_id: Mapped[int] = mapped_column(ForeignKey("coding.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    #: the key of a theme, the same in every version of the codebook
    theme: Mapped[str] = mapped_column(String(40), primary_key=True)

    coding: Mapped[Coding] = relationship(back_populates="codes")
