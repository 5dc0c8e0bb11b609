"""法定节假日: the public holidays of mainland China, as announced or, for years not announced yet, as they follow from the
calendar (春节, 清明 …). What is given in exchange for working weekends is known only once it is announced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
SATURDAY = 5
#: what the day before 春节 belongs to
PART_OF = {"农历除夕": "春节"}
IN_EXCHANGE = "休息日"


@dataclass(frozen=True, slots=True)
class Break:
    """Days off in a row with at least one public holiday among them, weekends included."""

    first: date
    last: date
    name: str

    @property
    def days(self) -> list[date]:
        return list(_days(self.first, self.last))


def breaks_between(first: date, last: date) -> list[Break]:
    """The breaks that have a day in `first` to `last`, in order."""
    from holidays import country_holidays  # 0.15 s, and only one page asks

    years = range(first.year, last.year + 1)
    calendar = country_holidays("CN", years=years, language="zh_CN")
    public, working = dict(calendar), calendar.weekend_workdays

    def is_off(day: date) -> bool:
        return day in public or (day.weekday() >= SATURDAY and day not in working)

    found = [Break(*ends, _name(public, *ends)) for ends in _runs(public, is_off)]
    return [one for one in found if one.last >= first and one.first <= last]


def _runs(public: Iterable[date], is_off: Callable[[date], bool]) -> Iterator[tuple[date, date]]:
    """First and last day of each run of days off around public holidays."""
    last = date.min
    for day in sorted(public):
        if day <= last:
            continue
        first = last = day
        while is_off(first - DAY):
            first -= DAY
        while is_off(last + DAY):
            last += DAY
        yield first, last


def _name(public: dict[date, str], first: date, last: date) -> str:
    said = "; ".join(public.get(day, "") for day in _days(first, last))
    names = re.sub(r"（.*?）", "", said).split("; ")
    whole = dict.fromkeys(PART_OF.get(name, name) for name in names if name not in ("", IN_EXCHANGE))
    return "、".join(whole) or IN_EXCHANGE


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * DAY for n in range((last - first).days + 1))
