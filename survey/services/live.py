"""The live board of a season: where its stations stand, when they will be done, what today brings, who is on shift.

Its cost does not grow with the number of cases: counts come from CaseTally, calls of today and the last days from the
index of their time, what is due from the index of the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.fieldwork.pace import Day, Finish, calling_day, finish
from survey.fieldwork.rules import local, start_of_day
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case, Design
from survey.models.season import Round, Season
from survey.services import board, incidents, lines
from survey.services.board import Standing
from survey.services.cases import holidays, rules_of
from survey.services.live_days import Hour, completes_of_today, days_of, hours_of_today

#: who recorded a call within this time is on shift
ON_SHIFT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Station:
    """One round: `total` is the sum of its `zones`; `finish` is None once it is closed or before it is drawn."""

    round: Round
    total: Standing
    zones: list[Standing]
    target: int
    finish: Finish | None


@dataclass(frozen=True, slots=True)
class OnShift:
    """Somebody at work now, and whether a household is in hand or some are carried along to visit; no scores."""

    name: str
    calling: bool
    visiting: bool


@dataclass(frozen=True, slots=True)
class Appointments:
    """Appointments (户): those of today, and those whose time has come and nobody has called."""

    today: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Board:
    at: datetime
    stations: list[Station]
    total: Standing
    target: int
    finish: Finish | None
    hours: list[Hour]
    due: Message | int
    #: households (户) that are due at the door
    to_visit: int
    appointments: Appointments
    queue: Message
    people: list[OnShift]
    alarms: int
    #: lines that nobody answers any more: the line's name, and its numbers
    warnings: list[tuple[str, Message]]


def board_of(session: Session, season: Season, rounds: Sequence[Round], now: datetime) -> Board:
    """The board of those rounds of a season that the reader may see."""
    ids = [round_.id for round_ in rounds]
    outlook = outlook_of(session, season, ids, now)
    stations = stations_of(session, rounds, outlook)
    queue = board.queue_of_rounds(session, in_field(rounds, outlook.today), now)
    return Board(
        at=now,
        stations=stations,
        total=board.together("", (station.total for station in stations)),
        target=sum(station.target for station in stations),
        finish=finish_of_season(stations, outlook),
        hours=hours_of_today(session, ids, now),
        due=board.how_many(queue.due),
        to_visit=queue.to_visit,
        appointments=appointments(session, [one.id for one in rounds if one.closed_at is None], now),
        queue=board.note_of_queue(queue, now, rules_of(season), holidays(session))
        if in_field(rounds, outlook.today)
        else Message(N_("今天没有轮次在访问期内。")),
        people=on_shift(session, ids, now),
        alarms=incidents.waiting(session, Round.id.in_(ids)),
        warnings=lines.warnings(session),
    )


def in_field(rounds: Iterable[Round], today: date) -> list[int]:
    """The rounds that can be called today."""
    return [
        round_.id
        for round_ in rounds
        if round_.closed_at is None and round_.fieldwork_from <= today <= round_.fieldwork_to
    ]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What forecasts rest on: each round's last days with calls, what today brought so far, and when calls may be made."""

    today: date
    days: Mapping[int, list[Day]]
    done_today: Mapping[int, int]
    is_calling_day: Callable[[date], bool]

    def finish(self, round_ids: Sequence[int], remaining: int, last: date) -> Finish:
        """Of some rounds together, at the pace of all who work in them."""
        days = together(self.days[id_] for id_ in round_ids)
        done = sum(self.done_today.get(id_, 0) for id_ in round_ids)
        return finish(remaining, days, done, self.today, last, self.is_calling_day)


def outlook_of(session: Session, season: Season, round_ids: Sequence[int], now: datetime) -> Outlook:
    return Outlook(
        today=local(now).date(),
        days=days_of(session, round_ids, now),
        done_today=completes_of_today(session, round_ids, now),
        is_calling_day=calling_day(rules_of(season), holidays(session)),
    )


def stations_of(session: Session, rounds: Sequence[Round], outlook: Outlook) -> list[Station]:
    zones = board.standings_by_zone(session, [round_.id for round_ in rounds])
    targets = targets_of(session, rounds)
    return [_station(round_, zones[round_.id], targets[round_.id], outlook) for round_ in rounds]


def _station(round_: Round, zones: list[Standing], target: int, outlook: Outlook) -> Station:
    total, foretold = board.together("", zones), None
    if total.drawn and round_.closed_at is None:
        foretold = outlook.finish([round_.id], target - total.complete, round_.fieldwork_to)
    return Station(round_, total, zones, target, foretold)


def targets_of(session: Session, rounds: Sequence[Round]) -> dict[int, int]:
    """Round -> completed households (户) it is to reach: by its latest design, before there is one by the round."""
    targets = {round_.id: round_.target_completes for round_ in rounds}
    by_age = select(Design.round_id, Design.target_completes).where(Design.round_id.in_(targets))
    targets.update(session.execute(by_age.order_by(Design.id)).all())
    return targets


def finish_of_season(stations: Sequence[Station], outlook: Outlook) -> Finish | None:
    """The same for all stations in the field: what each still lacks, at the pace of the whole team."""
    open_ = [station for station in stations if station.finish is not None]
    if not open_:
        return None
    remaining = sum(max(0, station.target - station.total.complete) for station in open_)
    last = max(station.round.fieldwork_to for station in open_)
    return outlook.finish([station.round.id for station in open_], remaining, last)


def together(days: Iterable[Sequence[Day]]) -> list[Day]:
    """The days of several rounds as those of one team."""
    sums: dict[date, Day] = {}
    for day in (day for listed in days for day in listed):
        known = sums.get(day.day, Day(day.day, 0, 0))
        sums[day.day] = Day(day.day, known.calls + day.calls, known.completes + day.completes)
    return list(sums.values())


def appointments(session: Session, round_ids: Sequence[int], now: datetime) -> Appointments:
    booked = select(func.count()).where(Case.round_id.in_(round_ids), Case.state == "appointment")
    today = booked.where(Case.due_at >= start_of_day(now, 0), Case.due_at < start_of_day(now, 1))
    return Appointments(session.scalar(today) or 0, session.scalar(booked.where(Case.due_at <= now)) or 0)


def on_shift(session: Session, round_ids: Sequence[int], now: datetime) -> list[OnShift]:
    """Who holds a household now or recorded a call in the last half hour, by name."""
    running = board.leases(session, round_ids, now)
    calling = {lease.user_id for lease in running if not lease.visit}
    visiting = {lease.user_id for lease in running if lease.visit}
    recent = (
        select(Attempt.user_id, Case.round_id)
        .join(Case, Case.id == Attempt.case_id)
        .where(Attempt.recorded_at > now - ON_SHIFT, Attempt.recorded_at <= now)
        .distinct()
    )
    called = {user_id for user_id, round_id in session.execute(recent) if round_id in round_ids}
    people = select(User.id, User.display_name).where(User.id.in_(calling | visiting | called))
    return [
        OnShift(name, id_ in calling, id_ in visiting)
        for id_, name in session.execute(people.order_by(User.display_name, User.id))
    ]
