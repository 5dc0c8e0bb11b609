"""Households that wait for somebody who may not exist: a speaker of their language, or a person who answers for the
client. Whoever is in charge of the telephone desk says so, and the case goes on to its next route or ends.

A finding is a fact of its own (RouteEnd); the state follows by the rule of survey.fieldwork, as it does from calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Missing
from survey.fieldwork.facts import NO_INTERVIEWER, NO_PROXY
from survey.fieldwork.rules import local
from survey.models.call import Attempt, RouteEnd
from survey.models.draw import Case
from survey.models.season import Round
from survey.services import trail
from survey.services.cases import refresh
from survey.services.freeze import refuse_closed
from survey.services.queue import held_by_another, lock, subject
from survey.services.route_facts import DUPLICATE, not_taken_back
from survey.services.trail import Actor
from survey.verbatim.folding import fold
from survey.verbatim.numbers import numbers_in

KIND_NAMES: Mapping[str, str] = {
    NO_INTERVIEWER: N_("没有人会这种语言"),
    NO_PROXY: N_("没有代答人"),
    DUPLICATE: N_("与另一户重复"),
}
#: what a household waits for -> what can be found of it
POSSIBLE: Mapping[str, tuple[str, ...]] = {
    "language": (NO_INTERVIEWER, DUPLICATE),
    "proxy": (NO_PROXY, DUPLICATE),
}
#: the outcome that sent a household there
SENT_BY = {"language": "D27", "proxy": "D26"}
OPEN = ("ready", "waiting", "appointment")
LONGEST_REASON = 200
#: so many households are listed at a time; the next ones come up as these are dealt with
MOST_LISTED = 200
#: spelled out in the statement, because the index holds cases with a route only
ROUTED = Case.route != literal("", literal_execute=True)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open household that waits for `case.route`, since `since` for `days` whole days."""

    case: Case
    since: datetime
    days: int


def waiting(session: Session, round_ids: Sequence[int], now: datetime) -> list[Waiting]:
    """The households of open rounds that wait for a language or a proxy, MOST_LISTED at most, the longest first."""
    cases = session.scalars(
        select(Case)
        .join(Round, Round.id == Case.round_id)
        .where(
            Round.id.in_(round_ids),
            Round.closed_at.is_(None),
            ROUTED,
            Case.state.in_(OPEN),
            Case.route.in_(POSSIBLE),
        )
        .order_by(Case.round_id, Case.route)
        .limit(MOST_LISTED)
    ).all()
    since = _sent(session, [case.id for case in cases])
    found = [_waiting(case, since[case.id, SENT_BY[case.route]], now) for case in cases]
    return sorted(found, key=lambda one: (one.since, one.case.id))


def _sent(session: Session, case_ids: Sequence[int]) -> dict[tuple[int, str], datetime]:
    """(case, outcome) -> when a call first came to it."""
    first = (
        select(Attempt.case_id, Attempt.outcome, func.min(Attempt.recorded_at))
        .where(Attempt.case_id.in_(case_ids), Attempt.outcome.in_(SENT_BY.values()))
        .group_by(Attempt.case_id, Attempt.outcome)
    )
    return {(case_id, outcome): at for case_id, outcome, at in session.execute(first)}


def _waiting(case: Case, since: datetime, now: datetime) -> Waiting:
    return Waiting(case, since, (local(now).date() - local(since).date()).days)


def ended(session: Session, round_ids: Sequence[int]) -> list[RouteEnd]:
    """What was found in open rounds and not taken back, the newest first."""
    query = not_taken_back().join(Case, Case.id == RouteEnd.case_id).join(Round, Round.id == Case.round_id)
    mine = query.where(Round.id.in_(round_ids), Round.closed_at.is_(None))
    return list(session.scalars(mine))[::-1]


def end_route(session: Session, actor: Actor, now: datetime, case: Case, kind: str, reason: str) -> RouteEnd:
    """Say that a household waits in vain. Raises Conflict (round-closed, household-held, not-waiting) or Invalid
    (reason-length, reason-personal); then nothing is kept."""
    said = _reason(reason)
    _lock(session, actor, now, case)
    if case.state not in OPEN or kind not in POSSIBLE.get(case.route, ()):
        raise Conflict("not-waiting", N_("这一户已不在等待这样的人，状态刚有变化。请刷新看板再看。"))
    found = RouteEnd(case_id=case.id, kind=kind, reason=said, at=now, by_id=actor.id)
    _keep(session, actor, now, case, found, "route.ended")
    return found


def take_back(session: Session, actor: Actor, now: datetime, case: Case, end_id: int) -> None:
    """Undo a finding, as long as the round is open: the household waits again, unless it was reached meanwhile.

    Raises Missing (no-such-finding), Conflict (round-closed, household-held).
    """
    _lock(session, actor, now, case)
    wrong = session.scalars(
        not_taken_back().where(RouteEnd.id == end_id, RouteEnd.case_id == case.id)
    ).first()
    if wrong is None:
        raise Missing("no-such-finding", N_("这项认定已经撤销，或不属于这一户。请刷新看板再看。"))
    undoing = RouteEnd(case_id=case.id, kind=wrong.kind, at=now, by_id=actor.id, undoes_id=wrong.id)
    _keep(session, actor, now, case, undoing, "route.restored")


def _lock(session: Session, actor: Actor, now: datetime, case: Case) -> None:
    lock(session, case)
    refuse_closed(session, case.round_id)
    if held_by_another(case, actor, now):
        raise Conflict("household-held", N_("这一户正在访问员手上，请等这次联系记录结果后再认定。"))


def _keep(session: Session, actor: Actor, now: datetime, case: Case, row: RouteEnd, action: str) -> None:
    session.add(row)
    session.flush()
    refresh(session, case, now)
    said: dict[str, Any] = {"reason": row.reason} if row.reason else {}
    trail.record(
        session, actor, action, now, subject=subject(case), round_id=case.round_id, found=row.kind, **said
    )


def _reason(text: str) -> str:
    said = text.strip()
    if not 0 < len(said) <= LONGEST_REASON:
        raise Invalid("reason-length", N_("请写明理由，1 到 %(most)s 个字。"), most=LONGEST_REASON)
    if any(numbers_in(fold(said))):
        raise Invalid("reason-personal", N_("理由里像有电话、证件等号码。请去掉号码、姓名和住址再提交。"))
    return said
