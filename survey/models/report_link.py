"""征求意见: a report version on its way to the parties, what they return, and how it is answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.accounts import User
from survey.models.base import Base, UtcDateTime
from survey.models.report import ReportVersion

PARTY_KNOWN = "party IN ('station', 'street', 'district', 'supervision')"


class ReportLink(Base):
    """一次性链接: opens one version for one party, once, with a code that was told by another way. Neither is kept."""

    __tablename__ = "report_link"
    __table_args__ = (
        CheckConstraint(PARTY_KNOWN, name="party_known"),
        CheckConstraint("expires_at > made_at", name="expires_after_making"),
        CheckConstraint("wrong_codes BETWEEN 0 AND 5", name="few_wrong_codes"),
        CheckConstraint("opened_at IS NULL OR opened_at < expires_at", name="opened_in_time"),
        CheckConstraint("opening_hash IS NULL OR opened_at IS NOT NULL", name="read_once_opened"),
        CheckConstraint("ended_by_id IS NULL OR ended_at IS NOT NULL", name="ended_when_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("report_version.id"), index=True)
    party: Mapped[str] = mapped_column(String(12))
    #: who was given it, such as 王站长（微信）
    recipient: Mapped[str] = mapped_column(String(60), default="")
    #: SHA-256 of 192 random bits
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: keyed, and bound to the secret, so that the database alone does not tell the six digits
    code_hash: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: from here on it neither opens nor takes an answer
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: of the key in the browser that opened it; null: closed there again
    opening_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: null where it ended: the system, after a backup was restored
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    version: Mapped[ReportVersion] = relationship()
    reply: Mapped[ReportReply | None] = relationship(back_populates="link")


class ReportReply(Base):
    """答复: what a party returned at one time about one version, by its link or as a document."""

    __tablename__ = "report_reply"
    __table_args__ = (
        CheckConstraint(PARTY_KNOWN, name="party_known"),
        CheckConstraint("arrived IN ('link', 'document')", name="arrived_known"),
        CheckConstraint("(arrived = 'link') = (link_id IS NOT NULL)", name="link_when_by_link"),
        CheckConstraint("(arrived = 'document') = (recorded_by_id IS NOT NULL)", name="document_recorded"),
        CheckConstraint("document_sealed IS NULL OR document_digest IS NOT NULL", name="document_digested"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("report_version.id"), index=True)
    party: Mapped[str] = mapped_column(String(12))
    arrived: Mapped[str] = mapped_column(String(8))
    #: one answer a link
    link_id: Mapped[int | None] = mapped_column(ForeignKey("report_link.id"), unique=True)
    #: 回执号, as the sender has it on paper
    receipt: Mapped[str] = mapped_column(String(12), unique=True)
    #: who answers for the party: name and office
    signed_by: Mapped[str] = mapped_column(String(60))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    document_name: Mapped[str | None] = mapped_column(String(200))
    document_digest: Mapped[str | None] = mapped_column(String(64))
    #: bytes
    document_size: Mapped[int | None]
    #: null: there is none, or its time was over
    document_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    version: Mapped[ReportVersion] = relationship()
    link: Mapped[ReportLink | None] = relationship(back_populates="reply")
    comments: Mapped[list[ReportComment]] = relationship(back_populates="reply", order_by="ReportComment.id")


class ReportComment(Base):
    """意见: one point of a reply, and how it was answered."""

    __tablename__ = "report_comment"
    __table_args__ = (
        CheckConstraint("kind IN ('agree', 'objection', 'correction')", name="kind_known"),
        CheckConstraint("(kind = 'agree') = (masked = '')", name="words_unless_agreed"),
        CheckConstraint("outcome IN ('accepted', 'partly', 'rejected')", name="outcome_known"),
        CheckConstraint(
            "(outcome IS NULL) = (answer IS NULL) AND (outcome IS NULL) = (answered_at IS NULL) "
            "AND (outcome IS NULL) = (answered_by_id IS NULL)",
            name="answered_as_a_whole",
        ),
        CheckConstraint("kind <> 'agree' OR outcome IS NULL", name="nothing_to_answer_when_agreed"),
        CheckConstraint(
            "taken_up_in_id IS NULL OR (outcome IS NOT NULL AND outcome <> 'rejected')",
            name="taken_up_when_accepted",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("report_reply.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    #: which part of the text it is about: method, praise:1, concern:2, …; whole
    place: Mapped[str] = mapped_column(String(16))
    #: as it came; null: nothing was written, or its time was over
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    #: the same, masked by machine
    masked: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(8))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: the later version whose text follows it
    taken_up_in_id: Mapped[int | None] = mapped_column(ForeignKey("report_version.id"), index=True)

    reply: Mapped[ReportReply] = relationship(back_populates="comments")
    answered_by: Mapped[User | None] = relationship()
    taken_up_in: Mapped[ReportVersion | None] = relationship()
