"""The half hours of a day in which appointments can be kept, and how full each is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from survey.fieldwork.rules import CallingRules, windows_of

HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class HalfHour:
    """`booked`: appointments that begin in it; `room`: surveyors, each of whom keeps one appointment in half an hour."""

    start: datetime
    booked: int
    room: int

    @property
    def full(self) -> bool:
        return self.booked >= self.room


def half_hours(
    day: date,
    booked: Iterable[datetime],
    surveyors: int,
    rules: CallingRules,
    holidays: AbstractSet[date],
    now: datetime,
) -> list[HalfHour]:
    """The half hours inside the calling windows of `day` that are still ahead, in order; none on a day without calls.

    `booked`: when the appointments of that day are due.
    """
    taken = Counter(_start(at) for at in booked)
    starts = [
        start
        for opens, closes in windows_of(day, rules, holidays)
        for start in _starts(opens, closes)
        if start + HALF_HOUR > now
    ]
    return [HalfHour(start, taken[start], surveyors) for start in starts]


def _starts(opens: datetime, closes: datetime) -> Iterable[datetime]:
    start = _start(opens)
    while start < closes:
        yield start
        start += HALF_HOUR


def _start(at: datetime) -> datetime:
    """The half hour that `at` lies in."""
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
