"""Which interview a verifier checks next, and who may: nobody who ever called or interviewed the household.

The order is that of a keyed ticket, so that it tells nothing of why an interview is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from survey.errors import N_, Conflict
from survey.fieldwork.rules import in_window
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.frame import Household
from survey.models.interview import AnswerEvent, Interview
from survey.models.recheck import Objection, Recheck
from survey.models.season import Round, Season
from survey.models.trail import AuditEntry
from survey.services import trail
from survey.services.cases import holidays, rules_of
from survey.services.queue import actor_of, lock_person, subject
from survey.services.recheck_selection import cannot_be_called, replace_in_vain
from survey.services.trail import Actor
from survey.vault import Keyring

Scope = ColumnElement[bool]

LEASE = timedelta(minutes=30)
#: whoever checks a Cantonese interview speaks it
NEEDS_SPEAKER = "yue"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Interviews (户) that this person may check: now, later the same way (`later`: called in vain before, or outside
    the calling windows), and such as need a speaker of Cantonese."""

    now: int
    later: int
    other_language: int


def in_hand(session: Session, user: User, scope: Scope, now: datetime) -> Recheck | None:
    """The check this person has begun: answers without a verdict first, then what is held."""
    query = (
        select(Recheck)
        .join(Round, Round.id == Recheck.round_id)
        .where(scope, Recheck.verifier_id == user.id, Recheck.outcome.is_(None))
        .where(or_(Recheck.answered_at.is_not(None), Recheck.taken_until > now))
        .order_by(Recheck.answered_at.is_(None), Recheck.id)
    )
    return session.scalars(query).first()


def take_next(session: Session, vault: Keyring, user: User, scope: Scope, now: datetime) -> Recheck | None:
    """The check in hand, else the next one, held for half an hour; None when there is none to be called now."""
    lock_person(session, actor_of(user))
    held = in_hand(session, user, scope, now)
    while held is None:
        query = _free(user, scope, now).where(Round.season_id.in_(_callable_seasons(session, now)))
        found = session.scalars(
            query.order_by(Recheck.ticket).limit(1).with_for_update(of=Recheck, skip_locked=True)
        ).first()
        if found is None:
            return None
        held = _hold(session, vault, user, now, found)
    return held


def _hold(session: Session, vault: Keyring, user: User, now: datetime, recheck: Recheck) -> Recheck | None:
    outcome = cannot_be_called(session, recheck.interview)
    if outcome is not None:
        finish(recheck, now, outcome)
        session.flush()
        replace_in_vain(session, vault, now, recheck)
        return None
    recheck.verifier_id, recheck.taken_until = user.id, now + LEASE
    session.flush()
    note(session, actor_of(user), "recheck.taken", now, recheck)
    return recheck


def waiting(session: Session, user: User, scope: Scope, now: datetime) -> Waiting:
    """How many there are for this person, so that an empty queue is explained."""
    found = _free(user, scope, now, due=False).with_only_columns(
        Round.season_id, or_(Recheck.due_at.is_(None), Recheck.due_at <= now), func.count()
    )
    seasons = _callable_seasons(session, now)
    counts = session.execute(found.group_by(Round.season_id, Recheck.due_at)).all()
    at_once = sum(n for season_id, due, n in counts if due and season_id in seasons)
    everybody = _free(user, scope, now, due=False, speaks=False).with_only_columns(func.count())
    whole = sum(n for *_, n in counts)
    return Waiting(at_once, whole - at_once, (session.scalar(everybody) or 0) - whole)


def done_by(session: Session, user: User, scope: Scope, most: int = 20) -> list[Recheck]:
    """What this person finished last, newest first."""
    query = (
        select(Recheck)
        .join(Round, Round.id == Recheck.round_id)
        .where(scope, Recheck.verifier_id == user.id, Recheck.outcome.is_not(None))
        .order_by(Recheck.done_at.desc(), Recheck.id.desc())
    )
    return list(session.scalars(query.limit(most)))


def _free(user: User, scope: Scope, now: datetime, due: bool = True, speaks: bool = True) -> Select[Recheck]:
    """Checks that this person may make: of nobody whom the person called or interviewed in any round, held by nobody
    else, and not because of an objection that the person took down."""
    recorded = select(Objection.id).where(Objection.recorded_by_id == user.id)
    query = (
        select(Recheck)
        .join(Round, Round.id == Recheck.round_id)
        .join(Interview, Interview.id == Recheck.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .join(Household, Household.id == Case.household_id)
        .where(scope, Recheck.outcome.is_(None), Recheck.answered_at.is_(None))
        .where(Interview.counted_at.is_not(None))
        .where(or_(Recheck.taken_until.is_(None), Recheck.taken_until <= now))
        .where(or_(Recheck.objection_id.is_(None), Recheck.objection_id.not_in(recorded)))
        .where(~_was_there(user))
    )
    if due:
        query = query.where(or_(Recheck.due_at.is_(None), Recheck.due_at <= now))
    if speaks and NEEDS_SPEAKER not in user.languages.split():
        query = query.where(Interview.language != NEEDS_SPEAKER)
    return query


def _was_there(user: User) -> ColumnElement[bool]:
    """The person once recorded an answer or a call of the household."""
    other, held = aliased(Case), aliased(Interview)
    called = select(Attempt.id).join(other, other.id == Attempt.case_id)
    answered = (
        select(AnswerEvent.id)
        .join(held, held.id == AnswerEvent.interview_id)
        .join(other, other.id == held.case_id)
    )
    mine = other.household_id == Household.id
    return or_(
        called.where(mine, Attempt.user_id == user.id).correlate(Household).exists(),
        answered.where(mine, AnswerEvent.user_id == user.id).correlate(Household).exists(),
    )


def _callable_seasons(session: Session, now: datetime) -> list[int]:
    """Seasons with something to check in whose calling windows we are."""
    open_ = select(Round.season_id).join(Recheck, Recheck.round_id == Round.id)
    ids = open_.where(Recheck.outcome.is_(None)).distinct()
    closed = holidays(session)
    seasons = session.scalars(select(Season).where(Season.id.in_(ids)))
    return [season.id for season in seasons if in_window(now, rules_of(season), closed)]


def give_back(session: Session, actor: Actor, now: datetime, recheck: Recheck) -> None:
    """Return what was not called. Raises Conflict (call-without-outcome) once the numbers were shown."""
    check_held(actor, recheck)
    if revealed(session, actor, recheck):
        raise Conflict("call-without-outcome", N_("号码已经显示，请先记录这次通话的结果。"))
    recheck.verifier_id = recheck.taken_until = None
    session.flush()
    note(session, actor, "recheck.given-back", now, recheck)


def check_held(actor: Actor, recheck: Recheck) -> None:
    """Raise Conflict unless this person holds the check and it is still to be made; a lease that ran out and that nobody
    took over still counts."""
    if recheck.outcome is not None or recheck.answered_at is not None:
        raise Conflict("check-ended", N_("这一户的核对已经结束，不能再改。"))
    check_mine(actor, recheck)


def check_mine(actor: Actor, recheck: Recheck) -> None:
    """Raise Conflict (lease-lost) unless this person holds the check or made it."""
    if recheck.verifier_id != actor.id:
        raise Conflict("lease-lost", N_("这一户已不在您手上，请回到复核页重新取户。"))


def revealed(session: Session, actor: Actor, recheck: Recheck) -> bool:
    """Whether this person saw the numbers since taking the check."""
    case = session.get_one(Case, recheck.interview.case_id)

    def last(action: str) -> int:
        query = select(func.max(AuditEntry.id)).where(
            AuditEntry.subject == subject(case), AuditEntry.user_id == actor.id, AuditEntry.action == action
        )
        return session.scalar(query) or 0

    return last("recheck.number-revealed") > last("recheck.taken")


def finish(recheck: Recheck, now: datetime, outcome: str) -> None:
    recheck.outcome, recheck.done_at, recheck.taken_until = outcome, now, None


def note(
    session: Session, actor: Actor, action: str, now: datetime, recheck: Recheck, **details: Any
) -> None:
    """Into the trail: never why it is checked nor what was answered."""
    case = session.get_one(Case, recheck.interview.case_id)
    trail.record(session, actor, action, now, subject=subject(case), round_id=recheck.round_id, **details)
