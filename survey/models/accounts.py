"""People who work with Huifang, what they may do, and where.

The one place below the web that knows Flask-Security: its datastore needs its mixins on the mapped class.
"""

from __future__ import annotations

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, UtcDateTime


class Role(Base, RoleMixin):
    """Flask-Security's datastore asks for this table. Huifang's roles are bundles of permissions in web/access.py."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)


class User(Base, UserMixin):
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: what the person types to log in; normalised to NFKC
    username: Mapped[str] = mapped_column(String(64), unique=True)
    #: what others see, for instance 王芳
    display_name: Mapped[str] = mapped_column(String(64))
    #: 工号, read out at the start of a call
    staff_number: Mapped[str] = mapped_column(String(20), default="")
    #: languages a surveyor works in, space separated: zh yue en …
    languages: Mapped[str] = mapped_column(String(60), default="zh")
    #: what a surveyor is trained for, space separated: senior hearing visit (fieldwork.skills)
    skills: Mapped[str] = mapped_column(String(60), default="")
    #: the telephone line the surveyor calls from at present
    line_id: Mapped[int | None] = mapped_column(ForeignKey("line.id"))
    #: language of the interface: zh or en
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    email: Mapped[str | None] = mapped_column(String(255), unique=True)  # type: ignore[assignment]
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    #: changing it ends every session of the person
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    #: a one-time password must be changed at the first login
    must_change_password: Mapped[bool] = mapped_column(default=False)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # type: ignore[assignment]

    grants: Mapped[list[Grant]] = relationship(
        back_populates="user", cascade="all, delete-orphan", lazy="selectin"
    )
    recusals: Mapped[list[Recusal]] = relationship(
        back_populates="user", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def roles(self) -> list[Role]:  # type: ignore[override]
        """Flask-Security's idea of roles is not used; see grants."""
        return []


class Grant(Base):
    """A role, for one round or (round_id is null) for every round."""

    __tablename__ = "grant"
    __table_args__ = (UniqueConstraint("user_id", "role", "round_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(back_populates="grants")


class Recusal(Base):
    """回避: a conflict of interest, declared or objected to by the station, takes every permission in its rounds away."""

    __tablename__ = "recusal"
    __table_args__ = (
        UniqueConstraint("user_id", "station_id"),
        CheckConstraint("length(reason) > 0", name="reason_given"),
        CheckConstraint("raised_by IN ('person', 'station')", name="raised_by_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    reason: Mapped[str] = mapped_column(String(200))
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: the person's own declaration, or the evaluated station's objection to the person
    raised_by: Mapped[str] = mapped_column(String(8), default="person")

    user: Mapped[User] = relationship(back_populates="recusals")
