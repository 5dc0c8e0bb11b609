"""The household a surveyor should be given next, found in the database by the rule of survey.fieldwork.queue.

The order is walked class by class: own and shared appointments that are due, then language, need, and whether the time
band was tried. Within a class each round's first ticket is one step in the index ix_case_pool, so finding it costs the
same in a round of fifty as in one of fifty thousand. Households that wait for the clock are made ready first, each once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select, update
from sqlalchemy.orm import Session

from survey.fieldwork.queue import Caller
from survey.fieldwork.rules import CallingRules, in_window, local, time_band
from survey.fieldwork.skills import HEARING, NEEDS_PATIENCE, SENIOR
from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.frame import Household
from survey.models.season import Round, Season
from survey.services.cases import holidays, rules_of

Scope = ColumnElement[bool]
#: ids in one statement; SQLite takes some thousands
AT_ONCE = 500
#: spelled out in the statement, because the index holds ready cases only and a database must see that it may use it
READY = Case.state == literal("ready", literal_execute=True)


@dataclass(frozen=True, slots=True)
class Field:
    """The rounds of one season that can be worked in now: id -> its last day."""

    season: Season
    rounds: dict[int, date]
    rules: CallingRules

    @property
    def round_ids(self) -> tuple[int, ...]:
        return tuple(self.rounds)


def caller_of(user: User) -> Caller:
    """A surveyor as the rule of the queue knows one."""
    skills = user.skills.split()
    return Caller(user.id, frozenset(user.languages.split()), SENIOR in skills, HEARING in skills)


def callable_now(session: Session, scope: Scope, now: datetime) -> list[Field]:
    """The seasons in a calling window now, with their rounds that are open, in their dates, and in the scope."""
    closed = holidays(session)
    return [field for field in open_fields(session, scope, now) if in_window(now, field.rules, closed)]


def open_fields(session: Session, scope: Scope, now: datetime) -> list[Field]:
    """The rounds in the field today, by season."""
    day = local(now).date()
    query = (
        select(Round.season_id, Round.id, Round.fieldwork_to)
        .where(scope, Round.closed_at.is_(None), Round.fieldwork_from <= day, Round.fieldwork_to >= day)
        .order_by(Round.season_id, Round.id)
    )
    by_season: dict[int, dict[int, date]] = {}
    for season_id, round_id, last_day in session.execute(query):
        by_season.setdefault(season_id, {})[round_id] = last_day
    seasons = {id_: session.get_one(Season, id_) for id_ in by_season}
    return [Field(seasons[id_], rounds, rules_of(seasons[id_])) for id_, rounds in by_season.items()]


def first_free(session: Session, fields: Sequence[Field], user: User, now: datetime) -> Case | None:
    """The household for this surveyor, locked until the transaction ends; None when there is none.

    What another transaction has locked is passed over, never waited for.
    """
    caller = caller_of(user)
    found = session.scalars(_due_appointment(fields, caller, now)).first()
    if found is not None:
        return found
    ids = [id_ for field in fields for id_ in field.rounds]
    make_ready(session, ids, now)
    open_to = _open_to(caller, now)
    if (
        session.scalars(select(Case.id).where(Case.round_id.in_(ids), READY, open_to).limit(1)).first()
        is None
    ):
        return None
    deadlines = {id_: last_day for field in fields for id_, last_day in field.rounds.items()}
    for alternatives in _classes(fields, caller, now):
        found = _first_of_class(session, deadlines, [and_(open_to, one) for one in alternatives])
        if found is not None:
            return found
    return None


def make_ready(session: Session, round_ids: Sequence[int], now: datetime) -> None:
    """Households whose wait is over become ready; those that somebody just works on are left to the next time."""
    waited = select(Case.id).where(Case.round_id.in_(round_ids), Case.state == "waiting", Case.due_at <= now)
    ids = session.scalars(waited.with_for_update(skip_locked=True)).all()
    for start in range(0, len(ids), AT_ONCE):
        session.execute(update(Case).where(Case.id.in_(ids[start : start + AT_ONCE])).values(state="ready"))


# -- appointments ------------------------------------------------------------------------------------------------


def _due_appointment(fields: Sequence[Field], caller: Caller, now: datetime) -> Select[Case]:
    """The own one first, then shared ones, the earliest first."""
    own = Case.appointment_user_id == caller.id
    return (
        select(Case)
        .where(
            Case.round_id.in_([id_ for field in fields for id_ in field.rounds]),
            Case.state == "appointment",
            Case.due_at <= now,
            or_(Case.appointment_user_id.is_(None), own, *_overdue(fields, now)),
            _open_to(caller, now),
        )
        .order_by(case((own, 0), else_=1), Case.due_at, Case.ticket)
        .limit(1)
        .with_for_update(skip_locked=True, of=Case)
    )


def _overdue(fields: Sequence[Field], now: datetime) -> Iterator[ColumnElement[bool]]:
    """Another surveyor's appointment is shared once it is some minutes overdue."""
    for field in fields:
        shared_from = now - timedelta(minutes=field.rules.own_appointment_minutes)
        yield and_(Case.round_id.in_(field.round_ids), Case.due_at <= shared_from)


def _open_to(caller: Caller, now: datetime) -> ColumnElement[bool]:
    """fieldwork.queue.may_take, but for the clock: nobody holds it, and it is not kept for others."""
    asked_not_to = exists().where(Household.id == Case.household_id, Household.do_not_call_since.is_not(None))
    conditions = [
        or_(Case.lease_until.is_(None), Case.lease_until <= now),
        Case.route != "visit",
        or_(Case.route != "language", Case.language.in_(["", *sorted(caller.languages)])),
        ~asked_not_to,
    ]
    if not caller.senior:
        conditions.append(or_(Case.senior_until.is_(None), Case.senior_until <= now))
    return and_(*conditions)


# -- the pool ----------------------------------------------------------------------------------------------------


def _classes(fields: Sequence[Field], caller: Caller, now: datetime) -> Iterator[list[ColumnElement[bool]]]:
    """The classes of fieldwork.queue.order_key in their order; each as alternatives that an index can walk by ticket."""
    languages: list[list[ColumnElement[bool]]] = [
        [Case.language == one for one in sorted(caller.languages)],
        [Case.language == ""],
        [Case.language.not_in(["", *sorted(caller.languages)])],
    ]
    patience = or_(*(Case.needs.contains(need) for need in sorted(NEEDS_PATIENCE)))
    suited = patience if caller.hearing else ~patience
    tried = _band_tried(fields, now)
    for alternatives in languages:
        for need, band in product((suited, ~suited), (~tried, tried)):
            yield [and_(one, need, band) for one in alternatives]


def _band_tried(fields: Sequence[Field], now: datetime) -> ColumnElement[bool]:
    padded = literal(" ") + Case.bands_tried + literal(" ")
    bands = [f" {time_band(now, field.rules)} " for field in fields]
    if len(set(bands)) == 1:
        return padded.contains(bands[0])
    conditions = [
        and_(Case.round_id.in_(field.round_ids), padded.contains(band))
        for field, band in zip(fields, bands, strict=True)
    ]
    return or_(*conditions)


def _first_of_class(
    session: Session, deadlines: dict[int, date], alternatives: Sequence[ColumnElement[bool]]
) -> Case | None:
    """The first ticket of the round that closes first. When others lock all that a round has, the next one is tried."""
    left = dict(deadlines)
    while found := _first_tickets(session, list(left), alternatives):
        round_id = min(found, key=lambda id_: (left[id_], min(found[id_])))
        for _ticket, number in sorted(found[round_id]):
            query = select(Case).where(Case.round_id == round_id, READY, alternatives[number])
            first = query.order_by(Case.ticket).limit(1).with_for_update(skip_locked=True, of=Case)
            locked = session.scalars(first).first()
            if locked is not None:
                return locked
        del left[round_id]
    return None


def _first_tickets(
    session: Session, round_ids: Sequence[int], alternatives: Sequence[ColumnElement[bool]]
) -> dict[int, list[tuple[str, int]]]:
    """Round -> the first ticket that meets each condition, with the condition's number; rounds without any are left out."""
    firsts = [
        select(Case.ticket)
        .where(Case.round_id == Round.id, READY, condition)
        .order_by(Case.ticket)
        .limit(1)
        .correlate(Round)
        .scalar_subquery()
        for condition in alternatives
    ]
    found: dict[int, list[tuple[str, int]]] = {}
    for start in range(0, len(round_ids), AT_ONCE):
        some = select(Round.id, *firsts).where(Round.id.in_(round_ids[start : start + AT_ONCE]))
        for round_id, *tickets in session.execute(some):
            if present := [(ticket, number) for number, ticket in enumerate(tickets) if ticket is not None]:
                found[round_id] = present
    return found
