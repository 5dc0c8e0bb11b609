"""An absent surveyor's work goes on: appointments reserved for them become somebody else's or everybody's, leases end.

What was passed on is a fact of its own (Reassignment): the calls stay as they were recorded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict
from survey.models.accounts import User
from survey.models.call import Reassignment
from survey.models.draw import Case
from survey.models.season import Round
from survey.services import trail
from survey.services.board import leases
from survey.services.cases import recompute_cases
from survey.services.freeze import still_open
from survey.services.queue import end_lease, lock_person
from survey.services.trail import Actor

#: a page that shows a household says so at least this often
SIGN_OF_LIFE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Burden:
    """What one surveyor has in the rounds: appointments nobody else may take before they are overdue, and households in
    hand. `at_work`: their page gave a sign of life just now."""

    user: User
    #: round -> appointments reserved for them
    appointments: dict[int, int]
    households: int
    at_work: bool

    @property
    def reserved(self) -> int:
        return sum(self.appointments.values())


@dataclass(frozen=True, slots=True)
class Moved:
    """What a reassignment moved: appointments, and leases that ended."""

    appointments: int
    households: int


def burdens(
    session: Session, round_ids: Sequence[int], now: datetime, lease: timedelta, user_id: int | None = None
) -> list[Burden]:
    """Who has something in these rounds that waits for them, by name. `lease`: how long a sign of life holds a household."""
    reserved: dict[int, dict[int, int]] = defaultdict(dict)
    for holder, round_id, n in session.execute(_reserved(round_ids)):
        reserved[holder or 0][round_id] = n
    running = leases(session, round_ids, now)
    held = Counter(one.user_id for one in running)
    alive = {one.user_id for one in running if one.until - lease > now - SIGN_OF_LIFE}
    wanted = (reserved.keys() | held.keys()) & ({user_id} if user_id else reserved.keys() | held.keys())
    people = select(User).where(User.id.in_(wanted)).order_by(User.display_name, User.id)
    return [
        Burden(user, reserved.get(user.id, {}), held[user.id], user.id in alive)
        for user in session.scalars(people)
    ]


def _reserved(round_ids: Sequence[int]) -> Select[int | None, int, int]:
    return (
        select(Case.appointment_user_id, Case.round_id, func.count())
        .join(Round, Round.id == Case.round_id)
        .where(
            Case.round_id.in_(round_ids),
            Round.closed_at.is_(None),
            Case.state == "appointment",
            Case.appointment_user_id.is_not(None),
        )
        .group_by(Case.appointment_user_id, Case.round_id)
    )


def reassign(
    session: Session,
    actor: Actor,
    now: datetime,
    round_ids: Sequence[int],
    absent: User,
    to: User | None,
) -> Moved:
    """Pass on what is reserved for `absent` in these rounds to `to`, or to everybody, and end their leases there.

    An answer or outcome of theirs that comes in later is stored as ever. Raises Conflict (nobody-else,
    nothing-to-reassign).
    """
    if to is not None and to.id == absent.id:
        raise Conflict("nobody-else", N_("请选另一位访问员，或选“大家都可以接”。"))
    moved = pass_on(session, actor, now, round_ids, absent, to)
    if moved == Moved(0, 0):
        raise Conflict(
            "nothing-to-reassign",
            N_("%(name)s 现在没有保留的预约，也没有占用的户，不用转出。"),
            name=absent.display_name,
        )
    return moved


def pass_on(
    session: Session, actor: Actor, now: datetime, round_ids: Sequence[int], absent: User, to: User | None
) -> Moved:
    """`reassign` without asking whether there is anything to do. What a closed round left open stays as it is."""
    lock_person(session, Actor(absent.id))  # a call of theirs is recorded before all this, or after it
    cases = session.scalars(_theirs(round_ids, absent)).all()
    going_on = still_open(session, {case.round_id for case in cases})
    cases = [case for case in cases if case.round_id in going_on]
    appointed = [case for case in cases if _appointed(case, absent)]
    leased = [case for case in cases if case.lease_user_id == absent.id]
    held = [case for case in leased if case.lease_until is not None and case.lease_until > now]
    for round_id in sorted({case.round_id for case in (*appointed, *held)}):
        appointments = sum(case.round_id == round_id for case in appointed)
        households = sum(case.round_id == round_id for case in held)
        _state_passed(session, actor, now, round_id, absent, to, appointments, households)
    for case in leased:
        end_lease(case)
    session.flush()
    recompute_cases(session, [case.id for case in appointed], now)
    return Moved(len(appointed), len(held))


def _theirs(round_ids: Sequence[int], absent: User) -> Select[Case]:
    return (
        select(Case)
        .where(
            Case.round_id.in_(round_ids),
            or_(
                (Case.state == "appointment") & (Case.appointment_user_id == absent.id),
                Case.lease_user_id == absent.id,
            ),
        )
        .order_by(Case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _appointed(case: Case, absent: User) -> bool:
    return case.state == "appointment" and case.appointment_user_id == absent.id


def _state_passed(
    session: Session,
    actor: Actor,
    now: datetime,
    round_id: int,
    absent: User,
    to: User | None,
    appointments: int,
    households: int,
) -> None:
    to_id = to.id if to is not None else None
    if appointments:
        passed = Reassignment(
            round_id=round_id, from_user_id=absent.id, to_user_id=to_id, at=now, by_id=actor.id
        )
        session.add(passed)
    trail.record(
        session,
        actor,
        "appointments.reassigned",
        now,
        subject=f"user:{absent.id}",
        round_id=round_id,
        to_user=to_id,
        appointments=appointments,
        leases_ended=households,
    )
