"""Somebody rings us: the household is found by its number and by nothing else, and every call leaves a record.

Nobody learns from a search who is listed: a whole number finds any released household, the last four digits only those
called lately, since four digits fit many people.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from survey.errors import N_, Invalid
from survey.models.call import Attempt, InboundCall
from survey.models.draw import Case
from survey.models.frame import PhoneIndex
from survey.models.season import Round
from survey.roster.phones import HOME_AREA, read_one
from survey.services import trail
from survey.services.pool import Scope
from survey.services.queue import subject
from survey.services.trail import Actor
from survey.vault import Keyring

#: how long ago a household was called at most, to be found by four digits
LATELY = timedelta(days=14)
MOST_FOUND = 20
KINDS = {
    "enquiry": N_("只问我们是谁、要核实"),
    "not_found": N_("按号码没有找到"),
    "no_more_calls": N_("要求不再来电，未找到住户"),
    "other": N_("其他"),
}


def ringing(
    session: Session, vault: Keyring, actor: Actor, now: datetime, scope: Scope, digits: str
) -> list[Case]:
    """The released households with this number (户). The trail keeps that somebody looked, not for what; a search that
    finds nobody is recorded as a call received. Raises Invalid (number-unreadable)."""
    query = (
        select(Case)
        .join(Round, Round.id == Case.round_id)
        .join(PhoneIndex, PhoneIndex.frame_row_id == Case.frame_row_id)
        .where(
            scope, Round.closed_at.is_(None), Case.release_id.is_not(None), _has_number(vault, digits, now)
        )
        .distinct()
        .order_by(Case.id)
        .limit(MOST_FOUND)
    )
    found = list(session.scalars(query))
    for case in found:
        trail.record(session, actor, "case.found", now, subject=subject(case), round_id=case.round_id)
    if not found:
        trail.record(session, actor, "case.searched", now)
        receive(session, actor, now, uuid.uuid4().hex, "not_found")
    return found


def _has_number(vault: Keyring, digits: str, now: datetime) -> ColumnElement[bool]:
    if len(digits) == 4:
        called = exists().where(Attempt.case_id == Case.id, Attempt.recorded_at > now - LATELY)
        return (PhoneIndex.last_four == vault.blind(digits, "phone.last-four")) & called
    phone = read_one(digits, HOME_AREA)
    if not phone.dialable:
        raise Invalid(
            "number-unreadable", N_("“%(number)s”不是完整的电话号码。请照来电显示输入全部数字，或只输入后四位。"),
            number=digits,
        )  # fmt: skip
    return PhoneIndex.whole == vault.blind(phone.number, "phone")


def receive(session: Session, actor: Actor, now: datetime, uid: str, kind: str) -> InboundCall:
    """Record a call received that was not taken to a household, once. Raises Invalid (unknown-inbound-kind)."""
    known = session.scalars(select(InboundCall).where(InboundCall.uid == uid)).first()
    if known is not None:
        return known
    if kind not in KINDS:
        raise Invalid("unknown-inbound-kind", N_("没有“%(kind)s”这种来电，请刷新页面。"), kind=kind)
    assert actor.id is not None, "a call is received by a person"
    call = InboundCall(uid=uid, user_id=actor.id, received_at=now, kind=kind)
    session.add(call)
    session.flush()
    trail.record(session, actor, "call.received", now, kind=kind)
    return call
