"""What is wrong with calling rules as somebody typed them: every fault with its field, its value and the remedy.

`CallingRules` itself refuses at the first fault that would keep a case from ever ending; this also guards people from
calls early in the morning, late at night, or again right after they said no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import time
from typing import Any

from survey.errors import N_, Message
from survey.fieldwork.ruleset import CallingRules, Delay, Window, possible_bands

EARLIEST, LATEST = time(8, 0), time(21, 0)
EVENING = (time(16, 0), time(20, 0))
SHORTEST_WAIT, LONGEST_WAIT = 5, 720
LONGEST_DAYS = 60
SOFT_REFUSAL = "D11"
SOFT_REFUSAL_DAYS = 3
DAYS = ("weekday_windows", "weekend_windows")


@dataclass(frozen=True, slots=True)
class Fault:
    """`field` names a field of CallingRules; `part` the row of a window or the code of a delay."""

    field: str
    message: Message
    part: int | str = ""


def settled(values: Mapping[str, Any]) -> CallingRules:
    """The rules made of typed values without fault: empty rows left out, windows in order of time."""
    windows = {day: tuple(sorted(filter(None, values[day]), key=lambda window: window.start)) for day in DAYS}
    known = {field.name for field in fields(CallingRules)}
    return CallingRules(**{name: value for name, value in {**values, **windows}.items() if name in known})


def faults(values: Mapping[str, Any]) -> list[Fault]:
    """All faults of typed values: the fields of CallingRules by name, empty rows of windows as None."""
    found = [fault for day in DAYS for fault in _window_faults(day, values[day])]
    return [
        *found,
        *_count_faults(values),
        *(() if found else _demand_faults(values)),
        *_delay_faults(values["delays"]),
    ]


def _window_faults(day: str, rows: Sequence[Window | None]) -> Iterator[Fault]:
    typed = sorted(
        ((row, window) for row, window in enumerate(rows) if window is not None),
        key=lambda pair: pair[1].start,
    )
    before: Window | None = None
    for row, window in typed:
        if message := _of_one_window(window) or _of_neighbours(before, window):
            yield Fault(day, message, row)
        before = window if before is None or window.end > before.end else before


def _of_one_window(window: Window) -> Message | None:
    start, end = f"{window.start:%H:%M}", f"{window.end:%H:%M}"
    if window.end <= window.start:
        text = N_("结束 %(end)s 不晚于开始 %(start)s，请把结束改晚，或对调两个时间。")
    elif window.start < EARLIEST or window.end > LATEST:
        text = N_("%(start)s–%(end)s 超出 08:00–21:00：清早和深夜来电是打扰，请移到这之内。")
    else:
        return None
    return Message(text, {"start": start, "end": end})


def _of_neighbours(before: Window | None, window: Window) -> Message | None:
    if before is None or window.start > before.end:
        return None
    return Message(
        N_("%(window)s 与 %(other)s 重叠或相接，请错开，或合并成一段。"),
        {"window": str(window), "other": str(before)},
    )


def _count_faults(values: Mapping[str, Any]) -> Iterator[Fault]:
    least, evening = values["min_attempts"], values["evening_from"]
    if not EVENING[0] <= evening <= EVENING[1]:
        text = N_("晚间从 %(evening)s 算起不合适，请填 16:00 到 20:00。")
        yield Fault("evening_from", Message(text, {"evening": f"{evening:%H:%M}"}))
    if values["most_attempts"] < least:
        yield Fault(
            "most_attempts",
            Message(
                N_("最多 %(most)s 次少于至少 %(least)s 次，请把其中一个改过来。"),
                {"most": values["most_attempts"], "least": least},
            ),
        )
    for name, text in (
        ("min_days", N_("%(n)s 天多于至少 %(least)s 次拨打，请减少天数或增加次数。")),
        ("min_bands", N_("%(n)s 个时段多于至少 %(least)s 次拨打，请减少时段或增加次数。")),
    ):
        if values[name] > least:
            yield Fault(name, Message(text, {"n": values[name], "least": least}))


def _demand_faults(values: Mapping[str, Any]) -> Iterator[Fault]:
    """What the rules demand must be possible in the windows, or no case could ever end."""
    weekday, weekend = (tuple(filter(None, values[day])) for day in DAYS)
    if not weekday and not weekend:
        yield Fault("weekday_windows", Message(N_("一段时间也没有，请至少填一段。")), 0)
        return
    if values["need_weekend"] and not weekend:
        yield Fault(
            "need_weekend", Message(N_("要求周末拨打，但周末没有时段。请在周末加一段，或取消这个要求。"))
        )
    evening = values["evening_from"]
    if values["need_evening"] and max(window.end for window in (*weekday, *weekend)) <= evening:
        text = N_("要求晚间拨打，但 %(evening)s 之后没有时段。请加一段晚间，或取消这个要求。")
        yield Fault("need_evening", Message(text, {"evening": f"{evening:%H:%M}"}))
    possible = possible_bands(weekday, weekend, evening)
    if values["min_bands"] > possible:
        text = N_("要求 %(n)s 个时段，而可拨打的时间只涉及 %(possible)s 个。请加时间，或减少要求。")
        yield Fault("min_bands", Message(text, {"n": values["min_bands"], "possible": possible}))


def _delay_faults(delays: Mapping[str, Delay]) -> Iterator[Fault]:
    for code, delay in delays.items():
        if message := _of_delay(code, delay):
            yield Fault("delays", message, code)


def _of_delay(code: str, delay: Delay) -> Message | None:
    if code == SOFT_REFUSAL and delay.days < SOFT_REFUSAL_DAYS:
        return Message(N_("刚说过不方便的人，至少 %(n)s 天后再打，请改成天数。"), {"n": SOFT_REFUSAL_DAYS})
    if delay.next_band:
        return None
    if delay.days:
        n, low, high = delay.days, 1, LONGEST_DAYS
        text = N_("%(n)s 天不可用，请填 %(low)s 到 %(high)s 天。")
    else:
        n, low, high = delay.minutes, SHORTEST_WAIT, LONGEST_WAIT
        text = N_("%(n)s 分钟不可用，请填 %(low)s 到 %(high)s 分钟，或改用天数。")
    return None if low <= n <= high else Message(text, {"n": n, "low": low, "high": high})
