"""How numbers, times and messages are typeset (Jinja filters)."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask
from flask_babel import format_decimal, get_locale, gettext

from survey.errors import Message
from survey.fieldwork.rules import SHANGHAI
from survey.stats.points_words import describe_rule
from survey.stats.rounding import fixed, percent


def show_time(value: datetime | None, seconds: bool = False) -> str:
    """An instant on the clock of Shanghai: 2025-04-29 14:32."""
    if value is None:
        return "—"
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def show_date(value: date | None) -> str:
    return value.isoformat() if value else "—"


def show_count(value: int | None) -> str:
    return "—" if value is None else str(format_decimal(value))


def show_share(value: float | None, digits: int = 1) -> str:
    """A share 0–1 as a percentage: 96.0%."""
    return "—" if value is None else f"{percent(value, digits)}%"


def show_interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "—"
    return f"{percent(low)}–{percent(high)}%"


def show_points(value: float | None) -> str:
    """A score 0–100: 86.3 分."""
    return "—" if value is None else gettext("%(points)s 分", points=fixed(value))


def show_message(value: Message | str) -> str:
    """A text of the pure parts or services, in the language of the page."""
    return value.show(gettext) if isinstance(value, Message) else gettext(value)


def short_digest(value: str | None) -> str:
    return value[:8] if value else "—"


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        time=show_time, day=show_date, count=show_count, share=show_share, interval=show_interval,
        points=show_points, points_rule=describe_rule, message=show_message, digest=short_digest, fixed=fixed,
    )  # fmt: skip
    app.jinja_env.globals.update(get_locale=get_locale)
