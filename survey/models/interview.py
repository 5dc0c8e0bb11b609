"""Interviews, and answers as append-only events. Raw verbatims are sealed in a table of their own."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, UtcDateTime
from survey.models.draw import Case
from survey.models.season import QuestionnaireVersion


class Interview(Base):
    """The one interview of a case; interrupted and resumed, it stays the same. Columns under "cache" follow from the answers."""

    __tablename__ = "interview"
    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'complete', 'partial', 'break_off', 'no_consent', 'withdrawn')",
            name="status_known",
        ),
        Index("ix_interview_round_counted", "round_id", "counted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_version.id"))
    started_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: the last revision given to an answer event
    revision: Mapped[int] = mapped_column(default=0)
    #: 受访编号: told at the end of the interview; whoever names it may have the answers deleted
    token: Mapped[str | None] = mapped_column(String(12), unique=True)
    #: when the answers were deleted because the respondent asked for it
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # cache
    #: questionnaire.completion: what the answers so far amount to
    status: Mapped[str] = mapped_column(String(12), default="open")
    #: language of the last answer
    language: Mapped[str] = mapped_column(String(12), default="zh")
    is_proxy: Mapped[bool] = mapped_column(default=False)
    no_contact: Mapped[bool] = mapped_column(default=False)
    #: set when the case became final with this interview counted (complete or partial)
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    case: Mapped[Case] = relationship()
    questionnaire: Mapped[QuestionnaireVersion] = relationship()


class AnswerEvent(Base):
    """One answer as it was given. The latest revision of a question is its answer; null value = taken back."""

    __tablename__ = "answer_event"
    __table_args__ = (
        UniqueConstraint("interview_id", "revision"),
        Index("ix_answer_event_latest", "interview_id", "question", "revision"),
        Index(
            "ix_answer_event_replacing",
            "interview_id",
            "question",
            "revision",
            sqlite_where=text("replaces = 1"),
            postgresql_where=text("replaces"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: made by the browser, so that sending twice stores once
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    interview_id: Mapped[int] = mapped_column(ForeignKey("interview.id"))
    #: order of arrival in the interview, given by the server
    revision: Mapped[int]
    #: the revision that the browser had seen when it made the event
    base_revision: Mapped[int]
    question: Mapped[str] = mapped_column(String(40))
    #: the interview had an answer to the question before; where nothing replaces, every event stands
    replaces: Mapped[bool]
    #: code, space separated codes, or a number; verbatims stand in their own table
    value: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(12))
    #: how long the question was on the page before it was answered, by the browser's stopwatch
    seconds: Mapped[float | None]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    interview: Mapped[Interview] = relationship()
    verbatim: Mapped[Verbatim | None] = relationship(back_populates="event", uselist=False)


class Verbatim(Base):
    """原话: sealed; pages and search use the machine-masked copy."""

    __tablename__ = "verbatim"
    __table_args__ = (
        Index("ix_verbatim_order", "round_id", "order_key"),
        Index("ix_verbatim_question_order", "round_id", "question", "order_key"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("answer_event.id"), primary_key=True)
    #: round and question of the event
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    question: Mapped[str] = mapped_column(String(40))
    #: by chance, so that the order in which words are read tells nothing of who said what when
    order_key: Mapped[str] = mapped_column(String(16), default=lambda: token_hex(8))
    #: null: destroyed when its time was over
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    masked: Mapped[str] = mapped_column(Text)

    event: Mapped[AnswerEvent] = relationship(back_populates="verbatim")
