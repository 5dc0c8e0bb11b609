"""What happened on the telephone and at the door: one row a dial, visit or call received, never changed; a correction is a
new row. And the lines it went out on, and calls received that belong to no household."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.accounts import User
from survey.models.base import Base, UtcDateTime
from survey.models.draw import Case


class Line(Base):
    """An outgoing telephone line, by the number that the called see."""

    __tablename__ = "line"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    #: what the team calls it, such as 三号机
    name: Mapped[str] = mapped_column(String(40), default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attempt(Base):
    __tablename__ = "attempt"
    __table_args__ = (CheckConstraint("mode IN ('phone', 'visit', 'inbound')", name="mode_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: made by the browser, so that sending twice records once
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    mode: Mapped[str] = mapped_column(String(8), default="phone")
    #: which of the household's numbers, from 1; 0 = none was dialled (the household rang, or was visited)
    phone_slot: Mapped[int] = mapped_column(default=1)
    #: the line dialled from; null where nobody said
    line_id: Mapped[int | None] = mapped_column(ForeignKey("line.id"))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: the surveyor's outcome of the call: a code of fieldwork.dispositions
    outcome: Mapped[str] = mapped_column(String(4))
    language: Mapped[str] = mapped_column(String(12), default="")
    appointment_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: only this surveyor may take the appointment until it is overdue; null = anybody
    appointment_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: the one column that may still change: it is erased when its time is over
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))

    case: Mapped[Case] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    line: Mapped[Line | None] = relationship()


class InboundCall(Base):
    """A call received that was not taken to a household: somebody asked who we are, or was not found."""

    __tablename__ = "inbound_call"
    __table_args__ = (
        CheckConstraint("kind IN ('enquiry', 'not_found', 'no_more_calls', 'other')", name="kind_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kind: Mapped[str] = mapped_column(String(16))


class Reassignment(Base):
    """What somebody who is absent had promised to call goes to another, or (to nobody) to everybody.

    An appointment of the round that was recorded until `at` and is reserved for `from_user_id` is `to_user_id`'s. Never
    changed: the next one continues from here.
    """

    __tablename__ = "reassignment"
    __table_args__ = (CheckConstraint("from_user_id <> to_user_id", name="to_somebody_else"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    from_user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class RouteEnd(Base):
    """Somebody in charge found that a household waits in vain: nobody speaks its language, nobody can answer for the
    client, or it is another's double. Never changed: taken back by a row that names the one it undoes."""

    __tablename__ = "route_end"
    __table_args__ = (
        CheckConstraint("kind IN ('no_interviewer', 'no_proxy', 'duplicate')", name="kind_known"),
        CheckConstraint("undoes_id IS NOT NULL OR length(reason) > 0", name="reason_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    #: without names or numbers
    reason: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("route_end.id"), unique=True)

    case: Mapped[Case] = relationship()
    by: Mapped[User] = relationship()
