"""On which day the target will be reached, at the pace of the last days."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from survey.fieldwork.rules import NO_HOLIDAYS
from survey.fieldwork.ruleset import CallingRules

#: the pace is that of so many days with calls
PACE_DAYS = 3
#: with fewer days than that, so many completed households must stand behind it
ENOUGH_COMPLETES = 5


@dataclass(frozen=True, slots=True)
class Day:
    """What one day brought: calls (times) and completed households (户)."""

    day: date
    calls: int
    completes: int


@dataclass(frozen=True, slots=True)
class Finish:
    """When `remaining` households (户) will be completed.

    `state`: reached already; on `day`; not within the fieldwork period, where `missing` households are lacking at its
    end; or too early to tell. `pace`: completed households a day, None when too early; `days`: how many it rests on.
    """

    state: Literal["reached", "on", "not-within", "early"]
    remaining: int
    day: date | None = None
    pace: float | None = None
    days: int = 0
    missing: float = 0


def finish(
    remaining: int,
    before: Iterable[Day],
    done_today: int,
    today: date,
    last: date,
    is_calling_day: Callable[[date], bool],
) -> Finish:
    """The day on which `remaining` households are completed; those completed today are taken off already.

    pace = mean of the completed households of the last 3 days with calls before today; today is not over. Today still
    brings what it lacks of that, max(0, pace − done_today), every later calling day the pace: with R left after today,
    the day is the ⌈R / pace⌉-th calling day after it.
    Too early: no such day, or fewer than 3 with fewer than 5 completed households in all.
    """
    if remaining <= 0:
        return Finish("reached", 0)
    recent = sorted((day for day in before if day.calls), key=lambda day: day.day)[-PACE_DAYS:]
    completes = sum(day.completes for day in recent)
    if not recent or (len(recent) < PACE_DAYS and completes < ENOUGH_COMPLETES):
        return Finish("early", remaining)
    pace = completes / len(recent)
    ahead = [day for day in _days(today, last) if is_calling_day(day)]
    shares = [max(0.0, pace - done_today) if day == today else pace for day in ahead]
    return _reach(remaining, ahead, shares, pace, len(recent))


def _reach(remaining: int, ahead: Sequence[date], shares: Sequence[float], pace: float, days: int) -> Finish:
    left = float(remaining)
    for day, share in zip(ahead, shares, strict=True):
        left -= share
        if left <= 1e-9:  # sums of thirds
            return Finish("on", remaining, day, pace, days)
    return Finish("not-within", remaining, None, pace, days, missing=left)


def whole(missing: float) -> int:
    """Households lacking (户), a part of one counted as one."""
    return math.ceil(missing - 1e-9)


def calling_day(rules: CallingRules, holidays: AbstractSet[date] = NO_HOLIDAYS) -> Callable[[date], bool]:
    """Whether calls may be made on a day at all."""

    def callable_on(day: date) -> bool:
        windows = rules.weekend_windows if day.weekday() >= 5 else rules.weekday_windows
        return bool(windows) and day not in holidays

    return callable_on


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
