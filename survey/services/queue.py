"""Whom a surveyor calls next (services.pool finds it), and the lease on it.

A lease keeps two surveyors from holding the same household. It runs out by itself; answers never depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Message
from survey.fieldwork.queue import explain
from survey.fieldwork.rules import in_window
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import trail
from survey.services.board import queue_of_rounds
from survey.services.cases import holidays
from survey.services.pool import Scope, callable_now, first_free, kept_for_others, open_fields
from survey.services.trail import Actor

#: what somebody carries along to visit is held beside it, by services.visits
BY_TELEPHONE = Case.route != "visit"
#: no call goes on longer than this, whatever was never recorded of it
LONGEST_CALL = timedelta(hours=12)
#: for so long a surveyor is asked what came of a call: the next morning too
ASKED_FOR = timedelta(hours=24)


def subject(case_: Case) -> str:
    """How the trail names a case."""
    return f"case:{case_.household_id}"


def next_case(session: Session, user: User, scope: Scope, now: datetime, lease: timedelta) -> Case | None:
    """The household this surveyor already holds, else one that was called and whose call is not recorded, else the next
    one, taken under a lease; None when there is none.

    `scope` is a condition on Round; the order is that of survey.fieldwork.queue.
    """
    lock_person(session, actor_of(user))
    held = held_case(session, user, scope, now)
    if held is not None:
        return held
    left = left_without_outcome(session, user, scope, now)
    if left is not None:
        take(session, actor_of(user), now, left, lease)
        return left
    fields = callable_now(session, scope, now)
    if not fields:
        return None
    found = first_free(session, fields, user, now)
    if found is not None:
        take(session, actor_of(user), now, found, lease)
    return found


def actor_of(user: User) -> Actor:
    return Actor(user.id, user.display_name)


def lock_person(session: Session, actor: Actor) -> None:
    """Whatever gives this person a household waits here for its like: nobody holds two. Lock this before any case."""
    session.execute(select(User.id).where(User.id == actor.id).with_for_update(key_share=True))


def held_case(session: Session, user: User, scope: Scope, now: datetime) -> Case | None:
    """The household under this surveyor's running lease."""
    query = (
        select(Case)
        .join(Round, Round.id == Case.round_id)
        .where(scope, Case.lease_user_id == user.id, Case.lease_until > now, BY_TELEPHONE)
        .order_by(Case.lease_until.desc())
    )
    return session.scalars(query).first()


def left_without_outcome(session: Session, user: User, scope: Scope, now: datetime) -> Case | None:
    """A household that this surveyor called and left without an outcome, and nobody has taken since: the page was
    closed, or the surveyor logged out, and the lease ran out."""
    mine = (Case.lease_user_id == user.id, Case.lease_until <= now, BY_TELEPHONE)
    query = select(Case).join(Round, Round.id == Case.round_id).where(scope, Round.closed_at.is_(None), *mine)
    for case_ in session.scalars(
        query.order_by(Case.lease_until).with_for_update(skip_locked=True, of=Case)
    ).all():
        if unrecorded(session, actor_of(user), now, case_):
            return case_
    return None


# -- the lease ---------------------------------------------------------------------------------------------


def take(session: Session, actor: Actor, now: datetime, case_: Case, lease: timedelta) -> None:
    """Hold a household and no other. Raises Conflict: household-held while somebody else holds it,
    call-without-outcome while a call of one's own is not recorded."""
    if held_by_another(case_, actor, now):
        raise Conflict("household-held", N_("这一户正由另一位访问员通话，请稍后再试。"))
    _let_others_go(session, actor, now, case_)
    longer = case_.lease_until if case_.lease_user_id == actor.id else None  # carried along on visits
    case_.lease_user_id, case_.lease_until = actor.id, max(longer or now, now + lease)
    session.flush()
    trail.record(session, actor, "case.taken", now, subject=subject(case_), round_id=case_.round_id)


def _let_others_go(session: Session, actor: Actor, now: datetime, kept: Case) -> None:
    """Give back what this person holds besides; a lease that ran out just ends."""
    others = select(Case).where(Case.lease_user_id == actor.id, Case.id != kept.id, BY_TELEPHONE)
    for other in session.scalars(others.with_for_update(skip_locked=True)).all():
        if other.lease_until is not None and other.lease_until > now:
            give_back(session, actor, now, other)
        end_lease(other)


def held_by_another(case_: Case, actor: Actor, now: datetime) -> bool:
    return case_.lease_until is not None and case_.lease_until > now and case_.lease_user_id != actor.id


def lock(session: Session, case_: Case) -> Case:
    """Read the case again and keep others from changing it until the transaction ends."""
    session.refresh(case_, with_for_update=True)
    return case_


def extend(session: Session, actor: Actor, now: datetime, case_: Case, lease: timedelta) -> datetime:
    """A sign of life: the lease runs on, also when it had run out and nobody took the household since.

    Raises Conflict (lease-lost) when the household went to somebody else or was given back.
    """
    lock_person(session, actor)
    lock(session, case_)
    if case_.lease_user_id != actor.id:
        raise Conflict(
            "lease-lost",
            N_("这一户已转给其他访问员，请不要再拨打；已填的答案仍会保存。"),
        )
    case_.lease_until = now + lease
    session.flush()
    return case_.lease_until


def give_back(session: Session, actor: Actor, now: datetime, case_: Case) -> None:
    """Return a household that was not spoken with. Raises Conflict (call-without-outcome) once a number was revealed
    or an answer was taken down."""
    lock(session, case_)
    if case_.lease_user_id != actor.id:
        return
    if dialled(session, actor, now, case_) is not None:
        raise Conflict("call-without-outcome", N_("号码已经显示，请先记录这次通话的结果，再取下一户。"))
    if answered_since_last_call(session, actor, now, case_):
        raise Conflict("call-without-outcome", N_("已经记下答案，请先记录这次通话的结果，再取下一户。"))
    end_lease(case_)
    session.flush()
    trail.record(session, actor, "case.given-back", now, subject=subject(case_), round_id=case_.round_id)


def let_go(session: Session, actor: Actor, now: datetime) -> int:
    """Give back, at logout, what this person holds and did not call; how many stay because a call has no outcome yet.

    Those are free again when their lease runs out; what waits in the browser is recorded whenever it arrives.
    """
    held = select(Case).where(Case.lease_user_id == actor.id, Case.lease_until > now, BY_TELEPHONE)
    kept = 0
    for case_ in session.scalars(held).all():
        try:
            give_back(session, actor, now, case_)
        except Conflict:
            kept += 1
    return kept


def end_lease(case_: Case) -> None:
    case_.lease_user_id = case_.lease_until = None


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number that was shown to be dialled, and since when nothing was recorded of the call."""

    slot: int
    at: datetime


def unrecorded(session: Session, actor: Actor, now: datetime, case_: Case) -> bool:
    """Whether this surveyor called the household, or took down an answer, and has recorded no outcome after it."""
    called = dialled(session, actor, now, case_) is not None
    return called or answered_since_last_call(session, actor, now, case_)


def dialled(session: Session, actor: Actor, now: datetime, case_: Case) -> Dialled | None:
    """The number of the household that this surveyor was last shown, unless an outcome was recorded after it."""
    shown = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.at > now - ASKED_FOR,
            AuditEntry.action == "phone.revealed",
            AuditEntry.user_id == actor.id,
            AuditEntry.subject == subject(case_),
        )
        .order_by(AuditEntry.at.desc())
        .limit(1)
    ).first()
    if shown is None or not _no_outcome_since(session, actor, case_, shown.at):
        return None
    return Dialled(int(shown.details["slot"]), shown.at)


def answered_since_last_call(session: Session, actor: Actor, now: datetime, case_: Case) -> bool:
    """Whether this surveyor took down an answer of the household and has recorded no outcome after it."""
    answered = session.scalar(
        select(func.max(AnswerEvent.received_at))
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .where(
            Interview.case_id == case_.id,
            AnswerEvent.user_id == actor.id,
            AnswerEvent.received_at > now - ASKED_FOR,
        )
    )
    return _no_outcome_since(session, actor, case_, answered)


def _no_outcome_since(session: Session, actor: Actor, case_: Case, moment: datetime | None) -> bool:
    recorded = session.scalar(
        select(func.max(Attempt.recorded_at)).where(Attempt.case_id == case_.id, Attempt.user_id == actor.id)
    )
    return moment is not None and (recorded is None or recorded < moment)


# -- why there is none -------------------------------------------------------------------------------------


def why_empty(session: Session, user: User, scope: Scope, now: datetime) -> Message:
    """Why there is nobody for this surveyor to call, in words, and when there will be."""
    fields = open_fields(session, scope, now)
    if not fields:
        return Message(
            N_(
                "今天没有您可以拨打的轮次：已经结束、不在访问期内，或您回避该站。请联系统筹员核对访问日期、您的角色和回避登记。"
            )
        )
    closed = holidays(session)
    open_now = [field for field in fields if in_window(now, field.rules, closed)]
    counted = queue_of_rounds(session, [id_ for field in open_now or fields for id_ in field.round_ids], now)
    if not open_now:
        return explain(counted, now, fields[0].rules, closed)
    kept, opens = kept_for_others(session, open_now, user, now)
    if counted.to_visit:
        kept["visit"] = counted.to_visit
    ahead = [at for at in (counted.next_due_at, *opens) if at is not None]
    return explain(
        replace(counted, next_due_at=min(ahead, default=None)), now, open_now[0].rules, closed, kept
    )


def keep(session: Session, user: User, scope: Scope, now: datetime, case_: Case, lease: timedelta) -> bool:
    """Hold the household on after a call when another of its numbers may ring at once; whether it is held."""
    due = case_.state == "ready" and case_.due_at is not None and case_.due_at <= now
    if not due or held_by_another(case_, actor_of(user), now):
        return False
    if held_case(session, user, scope, now) not in (None, case_):
        return False
    if not any(case_.round_id in field.round_ids for field in callable_now(session, scope, now)):
        return False
    take(session, actor_of(user), now, case_, lease)
    return True
