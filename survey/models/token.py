"""Tokens with which a person's own programs read through the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.accounts import User
from survey.models.base import Base, UtcDateTime


class ApiToken(Base):
    """接口令牌: stands for its owner within its scopes until it expires or is ended. The token itself is not kept."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("length(name) > 0", name="named"),
        CheckConstraint("length(scopes) > 0", name="opens_something"),
        CheckConstraint("expires_at > created_at", name="expires_after_creation"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    #: what it is for, in the owner's words
    name: Mapped[str] = mapped_column(String(60))
    #: how the token begins, to tell one from another
    prefix: Mapped[str] = mapped_column(String(16))
    #: SHA-256 of the token
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    #: what it opens, space separated (services.api_tokens.SCOPES)
    scopes: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: to the hour
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()
