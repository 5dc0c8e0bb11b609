"""Home visits: the households that only somebody at the door can reach, and who carries which of them along.

Who takes households along holds each under a long lease, because a telephone in a stairwell has no network to renew it.
Outcomes and answers come in through services.calls and services.interviews like those of any call, hours later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Refused
from survey.fieldwork.skills import VISIT
from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.frame import Contact, FrameRow, Household
from survey.models.season import Round, Station
from survey.services import trail
from survey.services.pool import Field, Scope, open_fields, overdue
from survey.services.queue import (
    actor_of,
    answered_since_last_call,
    end_lease,
    lock,
    lock_person,
    subject,
)
from survey.services.trail import Actor

OPEN = ("ready", "waiting", "appointment")
#: so many households (户) may be on one telephone
MOST_CARRIED = 15
#: so many are listed to choose from
MOST_LISTED = 300


@dataclass(frozen=True, slots=True)
class ToVisit:
    """A household to choose, by where it is and what it needs: neither name nor address."""

    case: Case
    station: str
    zone: str
    community: str
    needs: tuple[str, ...]
    has_address: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """`gone`: ids of households that went to somebody else, or came to their end, since the list was shown."""

    cases: tuple[Case, ...]
    gone: tuple[int, ...]


def check_visitor(user: User) -> None:
    """Raise Refused (not-a-visitor) for a surveyor who is not trained for the door."""
    if VISIT not in user.skills.split():
        raise Refused("not-a-visitor", N_("您的账号没有“入户访问”这项专长；需要时请管理员在人员页勾选。"))


def to_visit(session: Session, user: User, scope: Scope, now: datetime, lease: timedelta) -> list[ToVisit]:
    """The households that this surveyor may take along, place by place; first those that are due longest."""
    fields = open_fields(session, scope, now)
    query = (
        select(Case, Station.name, FrameRow.zone, FrameRow.community, FrameRow.needs)
        .add_columns(Contact.address_sealed.is_not(None))
        .join(Round, Round.id == Case.round_id)
        .join(Station, Station.id == Round.station_id)
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .outerjoin(Contact, Contact.frame_row_id == Case.frame_row_id)
        .where(_free_to(user, fields, now, lease))
        .order_by(Station.name, FrameRow.zone, FrameRow.community, Case.due_at, Case.ticket)
        .limit(MOST_LISTED)
    )
    return [
        ToVisit(case, station, zone, community, tuple(needs.split()), has_address)
        for case, station, zone, community, needs, has_address in session.execute(query)
    ]


def _free_to(user: User, fields: Sequence[Field], now: datetime, lease: timedelta) -> ColumnElement[bool]:
    """Whether a case waits for a visit that nobody makes yet, and becomes due before a lease from now runs out."""
    asked_not_to = (
        select(Household.id)
        .where(Household.id == Case.household_id, Household.do_not_call_since.is_not(None))
        .exists()
    )
    return and_(
        Case.round_id.in_([id_ for field in fields for id_ in field.round_ids]),
        Case.state.in_(OPEN),
        Case.route == "visit",
        Case.due_at <= now + lease,
        or_(Case.lease_until.is_(None), Case.lease_until <= now),
        or_(Case.appointment_user_id.is_(None), Case.appointment_user_id == user.id, *overdue(fields, now)),
        ~asked_not_to,
    )


def carried(session: Session, user: User, scope: Scope, now: datetime) -> list[Case]:
    """The households that this surveyor carries along now."""
    return list(session.scalars(_carried(user, now).join(Round, Round.id == Case.round_id).where(scope)))


def _carried(user: User, now: datetime) -> Select[Case]:
    mine = (Case.lease_user_id == user.id, Case.lease_until > now, Case.route == "visit")
    return select(Case).where(*mine).order_by(Case.id)


def take_along(
    session: Session, user: User, scope: Scope, now: datetime, case_ids: Sequence[int], lease: timedelta
) -> Taken:
    """Hold households for a tour. Those that somebody else just took are passed over, never waited for; those held
    already are given again, because the telephone may have lost them.

    Raises Conflict (too-many-carried).
    """
    lock_person(session, actor_of(user))
    held = {case.id: case for case in session.scalars(_carried(user, now))}
    wanted = sorted(set(case_ids) - held.keys())
    if len(held) + len(wanted) > MOST_CARRIED:
        raise Conflict(
            "too-many-carried",
            N_("一部手机最多带 %(most)s 户，您手上已有 %(held)s 户；请少选几户，或先交回、上传完成的户。"),
            most=MOST_CARRIED,
            held=len(held),
        )
    free = and_(Case.id.in_(wanted), _free_to(user, open_fields(session, scope, now), now, lease))
    found = session.scalars(
        select(Case).where(free).order_by(Case.id).with_for_update(skip_locked=True, of=Case)
    ).all()
    for case in found:
        case.lease_user_id, case.lease_until = user.id, now + lease
        session.flush()
        _trail(session, user, "visit.taken", now, case)
    again = [held[id_] for id_ in sorted(set(case_ids) & held.keys())]
    for case in (*found, *again):  # the address goes to the telephone with everything else
        _trail(session, user, "address.revealed", now, case)
    return Taken((*found, *again), tuple(sorted(set(wanted) - {case.id for case in found})))


def _trail(session: Session, user: User, action: str, now: datetime, case: Case) -> None:
    trail.record(session, actor_of(user), action, now, subject=subject(case), round_id=case.round_id)


def give_back(session: Session, actor: Actor, now: datetime, case: Case) -> None:
    """Return a household that was not spoken with. Raises Conflict (visit-without-outcome) once it was answered."""
    lock(session, case)
    if case.lease_user_id != actor.id:
        return
    if answered_since_last_call(session, actor, now, case):
        raise Conflict("visit-without-outcome", N_("这一户已经记下答案，请先记录这次入户的结果。"))
    end_lease(case)
    session.flush()
    trail.record(session, actor, "visit.given-back", now, subject=subject(case), round_id=case.round_id)
