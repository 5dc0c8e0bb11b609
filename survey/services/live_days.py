"""What each day and each hour of today brought: calls and completed households, by round.

A day or an hour that is over is counted once by each process: nothing is recorded into the past, and an interview that
is withdrawn or voided later was still that day's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey.fieldwork.pace import PACE_DAYS, Day
from survey.fieldwork.rules import local, start_of_day
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.interview import Interview

#: how far back days with calls are looked for: over the longest holidays
LOOK_BACK = 14
HOUR = timedelta(hours=1)
#: what was recorded just before an hour ended may be committed a moment after it
MOMENT = timedelta(minutes=1)


class Brought(NamedTuple):
    """Round -> calls (times), and round -> households (户) whose interview counts since, of some stretch of time."""

    calls: Mapping[int, int]
    completes: Mapping[int, int]


#: by begin and end
Stretches = dict[tuple[datetime, datetime], Brought]
_over: WeakKeyDictionary[Engine, Stretches] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Hour:
    """Calls (times) and completed households (户) from `hour` to the next, on the survey's clock."""

    hour: int
    calls: int
    completes: int


def days_of(session: Session, round_ids: Sequence[int], now: datetime) -> dict[int, list[Day]]:
    """Round -> its last days with calls before today, as many as the pace needs."""
    found: dict[int, list[Day]] = {id_: [] for id_ in round_ids}
    for back in range(1, LOOK_BACK + 1):
        if all(len(days) == PACE_DAYS for days in found.values()):
            break
        day = local(now).date() - timedelta(days=back)
        brought = brought_between(session, start_of_day(now, -back), start_of_day(now, 1 - back), now)
        for id_, days in found.items():
            if id_ in brought.calls and len(days) < PACE_DAYS:
                days.append(Day(day, brought.calls[id_], brought.completes.get(id_, 0)))
    return found


def hours_of_today(session: Session, round_ids: Iterable[int], now: datetime) -> list[Hour]:
    """From the first hour with a call to the present one."""
    wanted = set(round_ids)
    begins = [start_of_day(now, 0) + n * HOUR for n in range(local(now).hour + 1)]
    hours: list[Hour] = []
    for hour, begin in enumerate(begins):
        brought = brought_between(session, begin, begin + HOUR, now)
        calls, completes = (sum(n for id_, n in each.items() if id_ in wanted) for each in brought)
        if hours or calls or completes:
            hours.append(Hour(hour, calls, completes))
    return hours


def completes_of_today(session: Session, round_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """Round -> households whose interview counts since today."""
    begins = [start_of_day(now, 0) + n * HOUR for n in range(local(now).hour + 1)]
    hours = [brought_between(session, begin, begin + HOUR, now).completes for begin in begins]
    return {id_: sum(hour.get(id_, 0) for hour in hours) for id_ in round_ids}


def brought_between(session: Session, begin: datetime, end: datetime, now: datetime) -> Brought:
    """Counted anew while the stretch is not over."""
    if end > now - MOMENT:
        return _count(session, begin, end)
    counted = _over.setdefault(session.get_bind().engine, {})
    if (begin, end) not in counted:
        counted[begin, end] = _count(session, begin, end)
    return counted[begin, end]


def _count(session: Session, begin: datetime, end: datetime) -> Brought:
    """A correction is no call."""
    calls = (
        select(Case.round_id, func.count())
        .select_from(Attempt)
        .join(Case, Case.id == Attempt.case_id)
        .where(Attempt.recorded_at >= begin, Attempt.recorded_at < end, Attempt.corrects_id.is_(None))
        .group_by(Case.round_id)
    )
    completes = (
        select(Interview.round_id, func.count())
        .where(Interview.counted_at >= begin, Interview.counted_at < end, Interview.status == "complete")
        .group_by(Interview.round_id)
    )
    return Brought(dict(session.execute(calls).all()), dict(session.execute(completes).all()))
