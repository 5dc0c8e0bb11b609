"""What is owed to the people who were called: help in danger, and that their data go when their time is over."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.accounts import User
from survey.models.base import Base, UtcDateTime
from survey.models.draw import Case


class Incident(Base):
    """Somebody's life or safety was at risk in a call: who raised it, who took it over and when; what happened is sealed."""

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)", name="acknowledged_by_somebody"
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: made by the browser, so that sending twice raises once
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: what kind of danger, what was said and done: JSON; null before it is written down, and after its time
    record_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    case: Mapped[Case] = relationship()
    raised_by: Mapped[User] = relationship(foreign_keys=[raised_by_id])
    acknowledged_by: Mapped[User | None] = relationship(foreign_keys=[acknowledged_by_id])


class Destruction(Base):
    """销毁记录: what was deleted, how much of it, why and when. It names nobody."""

    __tablename__ = "destruction"
    __table_args__ = (CheckConstraint("items >= 0", name="items_counted"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    #: a kind of data of fieldwork.retention, or withdrawal
    kind: Mapped[str] = mapped_column(String(20))
    items: Mapped[int]
    #: the day from which it was to go; for a withdrawal the day it was asked for
    due_on: Mapped[date]
    #: why, such as 期限已到 or 受访者要求
    reason: Mapped[str] = mapped_column(String(200))
    destroyed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: null: the system, when the time was over
    destroyed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
