"""What each day and each hour of today brought: calls and completed households, by round.

A day that is over is counted once by each process: nothing is recorded into the past, and an interview that is
withdrawn or voided later was still that day's work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey.fieldwork.pace import PACE_DAYS, Day
from survey.fieldwork.rules import local, start_of_day
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.interview import Interview

#: how far back days with calls are looked for: over the longest holidays
LOOK_BACK = 14
HOUR = timedelta(hours=1)

#: of a day that is over: round -> calls, and round -> households whose interview counts since
PastDay = tuple[Mapping[int, int], Mapping[int, int]]
_over: WeakKeyDictionary[Engine, dict[date, PastDay]] = WeakKeyDictionary()


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
        calls, completes = past_day(session, now, back)
        for id_, days in found.items():
            if id_ in calls and len(days) < PACE_DAYS:
                days.append(Day(day, calls[id_], completes.get(id_, 0)))
    return found


def past_day(session: Session, now: datetime, back: int) -> PastDay:
    """What the day `back` days before today brought."""
    counted = _over.setdefault(session.get_bind().engine, {})
    day = local(now).date() - timedelta(days=back)
    if day not in counted:
        begin, end = start_of_day(now, -back), start_of_day(now, 1 - back)
        calls = session.execute(
            select(Case.round_id, func.count())
            .select_from(Attempt)
            .join(Case, Case.id == Attempt.case_id)
            .where(*_calls_between(begin, end))
            .group_by(Case.round_id)
        )
        completes = {round_id: n for (round_id, _part), n in _completes(session, [begin], end).items()}
        counted[day] = dict(calls.all()), completes
    return counted[day]


def _calls_between(begin: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    """A correction is no call."""
    return Attempt.recorded_at >= begin, Attempt.recorded_at < end, Attempt.corrects_id.is_(None)


def completes_of_today(session: Session, now: datetime) -> dict[int, int]:
    """Round -> households whose interview counts since today."""
    found = _completes(session, [start_of_day(now, 0)], start_of_day(now, 1))
    return {round_id: n for (round_id, _part), n in found.items()}


def hours_of_today(session: Session, round_ids: Iterable[int], now: datetime) -> list[Hour]:
    """From the first hour with a call to the present one, or to the last with a call."""
    wanted = set(round_ids)
    begins = [start_of_day(now, 0) + n * HOUR for n in range(24)]
    calls: Counter[int] = Counter()
    done: Counter[int] = Counter()
    for (round_id, hour), n in _calls(session, begins, start_of_day(now, 1)).items():
        calls[hour] += n if round_id in wanted else 0
    for (round_id, hour), n in _completes(session, begins, start_of_day(now, 1)).items():
        done[hour] += n if round_id in wanted else 0
    busy = [hour for hour in range(24) if calls[hour] or done[hour]]
    if not busy:
        return []
    return [
        Hour(hour, calls[hour], done[hour]) for hour in range(busy[0], max(busy[-1], local(now).hour) + 1)
    ]


def _calls(session: Session, begins: Sequence[datetime], end: datetime) -> dict[tuple[int, int], int]:
    part = _part(Attempt.recorded_at, begins)
    rows = session.execute(
        select(Case.round_id, part, func.count())
        .select_from(Attempt)
        .join(Case, Case.id == Attempt.case_id)
        .where(*_calls_between(begins[0], end))
        .group_by(Case.round_id, "part")
    )
    return {(round_id, number): n for round_id, number, n in rows}


def _completes(session: Session, begins: Sequence[datetime], end: datetime) -> dict[tuple[int, int], int]:
    part = _part(Interview.counted_at, begins)
    rows = session.execute(
        select(Interview.round_id, part, func.count())
        .where(Interview.counted_at >= begins[0], Interview.counted_at < end, Interview.status == "complete")
        .group_by(Interview.round_id, "part")
    )
    return {(round_id, number): n for round_id, number, n in rows}


def _part(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    begins: Sequence[datetime],
) -> ColumnElement[int]:
    """Which of the stretches of time that begin so a moment lies in."""
    if len(begins) == 1:
        return case((column >= begins[0], 0)).label("part")
    later = [(column < begin, number) for number, begin in enumerate(begins[1:])]
    return case(*later, else_=len(begins) - 1).label("part")
