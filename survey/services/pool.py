"""The household a surveyor should be given next, found in the database by the rule of survey.fieldwork.queue.

The order is walked class by class: own and shared appointments that are due, then language, need, and whether the time
band was tried. Within a class each round's first ticket is found in the index ix_case_pool. A need or a time band is
looked for among the first LOOK_AHEAD ready tickets of a round and language only, so that finding nobody costs the same in
a round of fifty as in one of fifty thousand. Households that wait for the clock are made ready first, each once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, exists, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from survey.fieldwork.dispositions import Route
from survey.fieldwork.queue import Caller, Candidate, Obstacle, obstacle, opens_at
from survey.fieldwork.rules import CallingRules, in_window, local, time_band
from survey.fieldwork.skills import HEARING, NEEDS_PATIENCE, SENIOR
from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.frame import Household
from survey.models.season import Round, Season
from survey.services.cases import holidays, rules_of

Scope = ColumnElement[bool]
#: a condition on cases, or on those of a subquery
Suits = Callable[[type[Case]], ColumnElement[bool]]
#: ids in one statement; SQLite takes some thousands
AT_ONCE = 500
#: how many ready households of a round and language are looked through for one that suits better than the first
LOOK_AHEAD = 200
#: how many households are made ready at one request; the next one goes on
WOKEN_AT_ONCE = 2000
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
    anybody = select(Case.id).where(Case.round_id.in_(ids), READY, _open_to(Case, caller, now), _callable())
    if session.scalars(anybody.limit(1)).first() is None:
        return None
    deadlines = {id_: last_day for field in fields for id_, last_day in field.rounds.items()}
    for languages, suits in _classes(fields, caller, now):
        found = _first_of_class(session, deadlines, languages, suits)
        if found is not None:
            return found
    return None


def make_ready(session: Session, round_ids: Sequence[int], now: datetime) -> None:
    """Households whose wait is over become ready; those that somebody just works on are left to the next time."""
    waited = select(Case.id).where(Case.round_id.in_(round_ids), Case.state == "waiting", Case.due_at <= now)
    ids = session.scalars(waited.limit(WOKEN_AT_ONCE).with_for_update(skip_locked=True)).all()
    for start in range(0, len(ids), AT_ONCE):
        session.execute(update(Case).where(Case.id.in_(ids[start : start + AT_ONCE])).values(state="ready"))


def kept_for_others(
    session: Session, fields: Sequence[Field], user: User, now: datetime
) -> tuple[Counter[Obstacle], list[datetime]]:
    """What keeps the households that are due and free from this surveyor, and when some come free by themselves.

    Looks at the first LOOK_AHEAD of each season only. Those that are due at the door are not looked at.
    """
    caller = caller_of(user)
    reasons: Counter[Obstacle] = Counter()
    opens = []
    for field in fields:
        for case_ in _due_and_free(session, field, now):
            found = _as_candidate(case_)
            reason = obstacle(found, caller, now, field.rules)
            if reason is not None:
                reasons[reason] += 1
                opens.append(opens_at(found, reason, field.rules))
    return reasons, [at for at in opens if at is not None]


def _due_and_free(session: Session, field: Field, now: datetime) -> Sequence[Case]:
    free = or_(Case.lease_until.is_(None), Case.lease_until <= now)
    due = and_(Case.state.in_(("ready", "waiting", "appointment")), Case.due_at <= now, Case.route != "visit")
    query = select(Case).where(Case.round_id.in_(field.round_ids), due, free, _callable()).limit(LOOK_AHEAD)
    return session.scalars(query).all()


def _as_candidate(case_: Case) -> Candidate:
    assert case_.due_at is not None
    return Candidate(
        case_.state, case_.due_at, case_.ticket, case_.appointment_user_id, case_.language or None,
        cast(Route | None, case_.route or None), case_.senior_until,
    )  # fmt: skip


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
            or_(Case.appointment_user_id.is_(None), own, *overdue(fields, now)),
            _open_to(Case, caller, now),
            _callable(),
        )
        .order_by(case((own, 0), else_=1), Case.due_at, Case.ticket)
        .limit(1)
        .with_for_update(skip_locked=True, of=Case)
    )


def overdue(fields: Sequence[Field], now: datetime) -> Iterator[ColumnElement[bool]]:
    """Another person's appointment, to call or to come, is shared once it is some minutes overdue."""
    for field in fields:
        shared_from = now - timedelta(minutes=field.rules.own_appointment_minutes)
        yield and_(Case.round_id.in_(field.round_ids), Case.due_at <= shared_from)


def _open_to(of: type[Case], caller: Caller, now: datetime) -> ColumnElement[bool]:
    """fieldwork.queue.may_take, but for the clock: nobody holds it, and it is not kept for others. All in the index."""
    conditions = [
        or_(of.lease_until.is_(None), of.lease_until <= now),
        of.route != "visit",
        or_(of.route != "language", of.language.in_(["", *sorted(caller.languages)])),
    ]
    if not caller.senior:
        conditions.append(or_(of.senior_until.is_(None), of.senior_until <= now))
    return and_(*conditions)


def _callable() -> ColumnElement[bool]:
    """The household never asked not to be called."""
    return ~exists().where(Household.id == Case.household_id, Household.do_not_call_since.is_not(None))


# -- the pool ----------------------------------------------------------------------------------------------------


def _classes(
    fields: Sequence[Field], caller: Caller, now: datetime
) -> Iterator[tuple[list[ColumnElement[bool]], Suits]]:
    """The classes of fieldwork.queue.order_key in their order: the languages, each walked by itself, and what suits."""
    languages: list[list[ColumnElement[bool]]] = [
        [Case.language == one for one in sorted(caller.languages)],
        [Case.language == ""],
        [Case.language.not_in(["", *sorted(caller.languages)])],
    ]
    for alternatives in languages:
        for suited, tried in product((True, False), (False, True)):
            yield alternatives, _suits(fields, caller, now, suited, tried)


def _suits(fields: Sequence[Field], caller: Caller, now: datetime, suited: bool, tried: bool) -> Suits:
    def condition(of: type[Case]) -> ColumnElement[bool]:
        patience = or_(*(of.needs.contains(need) for need in sorted(NEEDS_PATIENCE)))
        band = _band_tried(of, fields, now)
        return and_(
            _open_to(of, caller, now),
            patience if caller.hearing == suited else ~patience,
            band if tried else ~band,
        )

    return condition


def _band_tried(of: type[Case], fields: Sequence[Field], now: datetime) -> ColumnElement[bool]:
    padded = literal(" ") + of.bands_tried + literal(" ")
    bands = [f" {time_band(now, field.rules)} " for field in fields]
    if len(set(bands)) == 1:
        return padded.contains(bands[0])
    conditions = [
        and_(of.round_id.in_(field.round_ids), padded.contains(band))
        for field, band in zip(fields, bands, strict=True)
    ]
    return or_(*conditions)


def _first_of_class(
    session: Session, deadlines: dict[int, date], languages: Sequence[ColumnElement[bool]], suits: Suits
) -> Case | None:
    """The first ticket of the round that closes first. When others lock all that a round has, the next one is tried."""
    left = dict(deadlines)
    while found := _first_tickets(session, list(left), languages, suits):
        round_id = min(found, key=lambda id_: (left[id_], min(found[id_])))
        for ticket, number in sorted(found[round_id]):
            from_here = (Case.round_id == round_id, READY, languages[number], Case.ticket >= ticket)
            query = select(Case).where(*from_here, suits(Case), _callable()).order_by(Case.ticket).limit(1)
            locked = session.scalars(query.with_for_update(skip_locked=True, of=Case)).first()
            if locked is not None:
                return locked
        del left[round_id]
    return None


def _first_tickets(
    session: Session, round_ids: Sequence[int], languages: Sequence[ColumnElement[bool]], suits: Suits
) -> dict[int, list[tuple[str, int]]]:
    """Round -> the first ticket that suits in each language, with the language's number; rounds without are left out."""
    firsts = [_first_ticket(language, suits) for language in languages]
    found: dict[int, list[tuple[str, int]]] = {}
    for start in range(0, len(round_ids), AT_ONCE):
        some = select(Round.id, *firsts).where(Round.id.in_(round_ids[start : start + AT_ONCE]))
        for round_id, *tickets in session.execute(some):
            if present := [(ticket, number) for number, ticket in enumerate(tickets) if ticket is not None]:
                found[round_id] = present
    return found


def _first_ticket(language: ColumnElement[bool], suits: Suits) -> ScalarSelect[str]:
    """Of the round that the statement is at, among its first LOOK_AHEAD ready tickets. They come in order, and both
    databases stop at the first that suits; ordering them again would have SQLite read all."""
    in_index = (
        Case.round_id, Case.language, Case.ticket, Case.needs, Case.bands_tried, Case.senior_until, Case.route,
        Case.lease_until,
    )  # fmt: skip
    ahead = select(*in_index).where(Case.round_id == Round.id, READY, language).order_by(Case.ticket)
    near = aliased(Case, ahead.limit(LOOK_AHEAD).correlate(Round).subquery())
    return select(near.ticket).where(suits(near)).limit(1).scalar_subquery()
