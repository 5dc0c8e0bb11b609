"""SQLAlchemy models on a plain declarative base. Importing this package maps every table."""

from survey.models import (
    accounts,
    call,
    care,
    coding,
    draw,
    frame,
    frozen,
    interview,
    quote,
    recheck,
    season,
    token,
    trail,
)
from survey.models.base import Base

__all__ = [
    "Base",
    "accounts",
    "call",
    "care",
    "coding",
    "draw",
    "frame",
    "frozen",
    "interview",
    "quote",
    "recheck",
    "season",
    "token",
    "trail",
]
