"""When a household may be called, and how long to wait after each outcome.

All clock times are Asia/Shanghai; all datetimes passed in and out are aware (UTC is kept as the stored zone).
Holidays are dates without calls, passed in because their table is edited by hand every year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from survey.errors import N_, Conflict, Invalid
from survey.fieldwork.ruleset import CallingRules as CallingRules
from survey.fieldwork.ruleset import Delay as Delay
from survey.fieldwork.ruleset import Window as Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
NO_HOLIDAYS: frozenset[date] = frozenset()
_HORIZON_DAYS = 400

TimeBand = Literal[
    "weekday-morning",
    "weekday-afternoon",
    "weekday-evening",
    "weekend-morning",
    "weekend-afternoon",
    "weekend-evening",
]

BAND_NAMES: dict[str, str] = {
    "weekday-morning": N_("工作日上午"),
    "weekday-afternoon": N_("工作日下午"),
    "weekday-evening": N_("工作日晚上"),
    "weekend-morning": N_("周末上午"),
    "weekend-afternoon": N_("周末下午"),
    "weekend-evening": N_("周末晚上"),
}

Span = tuple[datetime, datetime]
SpansOfDay = Callable[[date, CallingRules, AbstractSet[date]], Iterator[Span]]


def local(at: datetime) -> datetime:
    """`at` on the clock of the survey."""
    return at.astimezone(SHANGHAI)


def shown(at: datetime) -> str:
    """Month, day, hour and minute on the clock of the survey, for messages."""
    return f"{local(at):%m-%d %H:%M}"


_DEFAULT_EVENING = time(18, 0)


def time_band(at: datetime, rules: CallingRules | None = None) -> TimeBand:
    """The band a dial counts for: weekday or weekend × morning (before 12), afternoon, evening (from 18)."""
    clock = local(at)
    evening = rules.evening_from if rules else _DEFAULT_EVENING
    weekend = clock.weekday() >= 5
    if clock.time() >= evening:
        return "weekend-evening" if weekend else "weekday-evening"
    if clock.hour < 12:
        return "weekend-morning" if weekend else "weekday-morning"
    return "weekend-afternoon" if weekend else "weekday-afternoon"


def windows_of(day: date, rules: CallingRules, holidays: AbstractSet[date]) -> Iterator[Span]:
    """The calling windows of a day on the survey's clock; none on a holiday."""
    if day in holidays:
        return
    for window in rules.weekend_windows if day.weekday() >= 5 else rules.weekday_windows:
        yield _moment(day, window.start), _moment(day, window.end)


def _pieces(day: date, rules: CallingRules, holidays: AbstractSet[date]) -> Iterator[Span]:
    """The windows of a day, cut where the evening begins, so that each piece lies in one band."""
    evening = _moment(day, rules.evening_from)
    for start, end in windows_of(day, rules, holidays):
        if start < evening < end:
            yield start, evening
            yield evening, end
        else:
            yield start, end


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)


def in_window(at: datetime, rules: CallingRules, holidays: AbstractSet[date] = NO_HOLIDAYS) -> bool:
    """Whether calls may be made at `at`."""
    return any(start <= at < end for start, end in windows_of(local(at).date(), rules, holidays))


def next_window_start(
    at: datetime, rules: CallingRules, holidays: AbstractSet[date] = NO_HOLIDAYS
) -> datetime:
    """The first start of a calling window after `at`. Raises Conflict (no-calling-window)."""
    return next(start for start, _ in _ahead(at, rules, holidays, windows_of) if start > at)


def next_band_start(at: datetime, rules: CallingRules, holidays: AbstractSet[date] = NO_HOLIDAYS) -> datetime:
    """Like `next_window_start`, but a window that runs into the evening begins anew there."""
    return next(start for start, _ in _ahead(at, rules, holidays, _pieces) if start > at)


def earliest_call(at: datetime, rules: CallingRules, holidays: AbstractSet[date] = NO_HOLIDAYS) -> datetime:
    """`at` itself inside a window, otherwise the start of the next one."""
    return at if in_window(at, rules, holidays) else next_window_start(at, rules, holidays)


def _ahead(
    at: datetime, rules: CallingRules, holidays: AbstractSet[date], spans: SpansOfDay
) -> Iterator[Span]:
    first = local(at).date()
    for offset in range(_HORIZON_DAYS):
        yield from spans(first + timedelta(days=offset), rules, holidays)
    raise Conflict(
        "no-calling-window", N_("%(day)s 之后一年内没有可拨打的时段，请检查节假日表。"), day=first.isoformat()
    )


def start_of_day(at: datetime, days: int) -> datetime:
    """Midnight on the survey's clock, `days` after the day of `at`."""
    return _moment(local(at).date() + timedelta(days=days), time(0))


def after(
    at: datetime, code: str, rules: CallingRules, holidays: AbstractSet[date] = NO_HOLIDAYS
) -> datetime:
    """When the rules allow the next dial after outcome `code` at `at`."""
    delay = rules.delay_after(code)
    if delay.next_band:
        return _band_change(at, rules, holidays)
    if delay.days:
        return earliest_call(start_of_day(at, delay.days), rules, holidays)
    return earliest_call(at + timedelta(minutes=delay.minutes), rules, holidays)


def _band_change(at: datetime, rules: CallingRules, holidays: AbstractSet[date]) -> datetime:
    start = next_band_start(at, rules, holidays)
    while time_band(start, rules) == time_band(at, rules) and local(start).date() == local(at).date():
        start = next_band_start(start, rules, holidays)
    return start


def check_appointment(at: datetime, rules: CallingRules, holidays: AbstractSet[date], now: datetime) -> None:
    """Raise Invalid (appointment-past, appointment-outside) for one that could not be kept."""
    if at <= now:
        raise Invalid("appointment-past", N_("预约时间 %(at)s 已过，请选之后的时间。"), at=shown(at))
    if not in_window(at, rules, holidays):
        raise Invalid(
            "appointment-outside",
            N_("预约时间 %(at)s 不在拨打时段内，最近的时段从 %(next)s 开始。"),
            at=shown(at),
            next=shown(next_window_start(at, rules, holidays)),
        )
