"""What a surveyor may do to a household by having, or having had, it in hand.

A call or an answer may be saved long after the lease ran out, but only by somebody who once held the household: the
trail knows. Showing a number asks for more, since a call follows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Refused
from survey.fieldwork.rules import local
from survey.models.draw import Case
from survey.models.frame import Household
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import trail
from survey.services.freeze import refuse_closed
from survey.services.queue import lock_person, subject
from survey.services.trail import Actor

#: a household found by its number may be opened this long
RANG = timedelta(minutes=30)
MOST_SEARCHES = 10
SEARCHES_WITHIN = timedelta(minutes=10)


def _entries(actor: Actor, case: Case, action: str) -> Select[int]:
    return select(AuditEntry.id).where(
        AuditEntry.subject == subject(case),
        AuditEntry.user_id == actor.id,
        AuditEntry.action == action,
        AuditEntry.round_id == case.round_id,
    )


def check_has_held(session: Session, actor: Actor, case: Case) -> None:
    """Raise Refused (never-held) unless this person holds the household or once held it."""
    if case.lease_user_id == actor.id:
        return
    for action in ("case.taken", "visit.taken"):
        if session.scalar(_entries(actor, case, action).limit(1)) is not None:
            return
    raise Refused("never-held", N_("这一户从未在您手上，不能替它保存；请先取户，或按来电号码打开。"))


def taken_along_at(session: Session, actor: Actor, case: Case) -> datetime:
    """When this person last took the household along for a visit. Raises Refused (never-taken-along)."""
    entries = _entries(actor, case, "visit.taken").with_only_columns(func.max(AuditEntry.at))
    at = session.scalar(entries)
    if at is None:
        raise Refused("never-taken-along", N_("这一户没有由您带上去入户，不能记录入户结果。"))
    return at


def check_rang(session: Session, actor: Actor, now: datetime, case: Case) -> None:
    """Raise Refused (not-found-by-number) unless this person has just found the household by its number."""
    just_now = _entries(actor, case, "case.found").where(AuditEntry.at > now - RANG)
    if session.scalar(just_now.limit(1)) is None:
        raise Refused("not-found-by-number", N_("请先输入来电号码的后四位查找，再打开这一户。"))


def check_in_field(session: Session, now: datetime, case: Case) -> None:
    """Raise Conflict (round-closed, outside-fieldwork) when the household's round is not in the field today."""
    refuse_closed(session, case.round_id)
    round_ = session.get_one(Round, case.round_id)
    if not round_.fieldwork_from <= local(now).date() <= round_.fieldwork_to:
        raise Conflict(
            "outside-fieldwork",
            N_("本轮的访问期是 %(first)s 至 %(last)s，今天不能拨打或访问。"),
            first=round_.fieldwork_from,
            last=round_.fieldwork_to,
        )


def check_callable(session: Session, now: datetime, case: Case) -> None:
    """Raise Conflict (do-not-call, round-closed, outside-fieldwork) for a household that must not be called."""
    if session.get_one(Household, case.household_id).do_not_call_since is not None:
        raise Conflict("do-not-call", N_("这一户要求过不再联系，不能拨打，号码不显示。"))
    check_in_field(session, now, case)


def admit_search(session: Session, actor: Actor, now: datetime) -> bool:
    """Whether this person may look up one more number; a refusal is trailed. Entries of one search share its moment."""
    lock_person(session, actor)
    searches = session.scalar(
        select(func.count(AuditEntry.at.distinct())).where(
            AuditEntry.at > now - SEARCHES_WITHIN,
            AuditEntry.user_id == actor.id,
            AuditEntry.action.in_(("case.found", "case.searched")),
        )
    )
    admitted = (searches or 0) < MOST_SEARCHES
    if not admitted:
        trail.record(session, actor, "case.search-refused", now)
    return admitted
