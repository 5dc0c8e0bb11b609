"""Tokens for tests of the API, also for people who could not make one themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from survey.models.accounts import User
from survey.services import api_tokens
from survey.services.api_tokens import SCOPES
from survey.services.trail import Actor
from survey.web.clock import now


def make_token(
    session: Session, user: User, *, scopes: Collection[str] = tuple(SCOPES), at: datetime | None = None, days: int = 90
) -> str:  # fmt: skip
    """The text of a token that a person has, committed."""
    _token, text = api_tokens.make(
        session, Actor(user.id), at or now(), user, name="每晚汇总", scopes=scopes, allowed=SCOPES, days=days
    )
    session.commit()
    return text
