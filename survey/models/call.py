"""What happened on the telephone: one row a dial, never changed; a correction is a new row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.accounts import User
from survey.models.base import Base, UtcDateTime
from survey.models.draw import Case


class Attempt(Base):
    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: made by the browser, so that sending twice records once
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    #: which of the household's numbers, from 1; 0 = none was dialled (the household rang, or there is no number)
    phone_slot: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: the surveyor's outcome of the call: a code of fieldwork.dispositions
    outcome: Mapped[str] = mapped_column(String(4))
    language: Mapped[str] = mapped_column(String(12), default="")
    appointment_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: only this surveyor may take the appointment until it is overdue; null = anybody
    appointment_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))

    case: Mapped[Case] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
