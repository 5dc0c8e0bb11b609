"""建议: what a report recommends to somebody, followed over the rounds of a station until it is done or dropped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid
from survey.fieldwork.followup import ORGANISATIONS
from survey.models.followup import Recommendation
from survey.models.season import Round
from survey.services import trail
from survey.services.followup import refuse_telling, round_before
from survey.services.followup_log import stated
from survey.services.trail import Actor

OWNERS: Mapping[str, str] = {**ORGANISATIONS, "evaluator": N_("评估方")}
OUTCOMES: Mapping[str, str] = {
    "done": N_("已落实"),
    "partly": N_("部分落实"),
    "dropped": N_("不再跟进"),
}


def make(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    *,
    text: str,
    owner: str,
    due_on: date | None,
) -> Recommendation:
    """Enter a recommendation of the round's report. Raises Invalid (text-missing, text-too-long, text-tells)."""
    told = text.strip()
    refuse_telling(told)
    if owner not in OWNERS:
        raise Invalid("no-such-choice", N_("没有“%(value)s”这个选项，请从列表中选。"), value=owner[:20])
    made = Recommendation(
        round_id=round_.id, owner=owner, text=told, due_on=due_on, made_at=now, made_by_id=actor.id
    )
    session.add(made)
    session.flush()
    _record(session, actor, "recommendation.made", now, made)
    return made


def close(
    session: Session, actor: Actor, now: datetime, one: Recommendation, outcome: str, finding: str
) -> None:
    """What became of it, and how that is known. Raises Conflict (recommendation-closed, carried-on), Invalid."""
    session.refresh(one, with_for_update=True)
    _refuse_carried(session, one)
    if one.closed_at is not None:
        raise Conflict("recommendation-closed", N_("这条建议已经了结，请刷新页面。"))
    if outcome not in OUTCOMES:
        raise Invalid("no-such-choice", N_("没有“%(value)s”这个选项，请从列表中选。"), value=outcome[:20])
    one.outcome, one.finding = outcome, stated(finding)
    one.closed_at, one.closed_by_id = now, actor.id
    session.flush()
    _record(session, actor, "recommendation.closed", now, one, outcome=outcome)


def reopen(session: Session, actor: Actor, now: datetime, one: Recommendation) -> None:
    """It was closed by mistake, or has come back. Raises Conflict (not-closed)."""
    session.refresh(one, with_for_update=True)
    if one.closed_at is None:
        raise Conflict("not-closed", N_("这条建议还没有了结。"))
    one.outcome = one.finding = one.closed_at = one.closed_by_id = None
    session.flush()
    _record(session, actor, "recommendation.reopened", now, one)


def _refuse_carried(session: Session, one: Recommendation) -> None:
    if session.scalar(select(Recommendation.id).where(Recommendation.carried_from_id == one.id)):
        raise Conflict("carried-on", N_("这条建议已带到下一轮，请在那里了结。"))


def carry_forward(session: Session, actor: Actor, now: datetime, round_: Round) -> int:
    """Bring what is open in the station's round before into this one; how many. Raises Conflict (nothing-to-carry)."""
    left = open_before(session, round_)
    if not left:
        raise Conflict("nothing-to-carry", N_("上一轮没有尚未了结、还没带过来的建议。"))
    for one in left:
        carried = Recommendation(
            round_id=round_.id, owner=one.owner, text=one.text, due_on=one.due_on, made_at=now, made_by_id=actor.id,
            carried_from_id=one.id,
        )  # fmt: skip
        session.add(carried)
        session.flush()
        _record(session, actor, "recommendation.carried", now, carried)
    return len(left)


def open_before(session: Session, round_: Round) -> list[Recommendation]:
    """Open recommendations of the station's round before that were not carried on."""
    before = round_before(session, round_)
    if before is None:
        return []
    carried = select(Recommendation.carried_from_id).where(Recommendation.carried_from_id.is_not(None))
    query = select(Recommendation).where(
        Recommendation.round_id == before.id,
        Recommendation.closed_at.is_(None),
        Recommendation.id.not_in(carried),
    )
    return list(session.scalars(query.order_by(Recommendation.id)))


def of_round(session: Session, round_: Round) -> list[Recommendation]:
    """Open ones first."""
    query = select(Recommendation).where(Recommendation.round_id == round_.id)
    return list(session.scalars(query.order_by(Recommendation.closed_at.is_not(None), Recommendation.id)))


def carried_on(session: Session, round_: Round) -> frozenset[int]:
    """Ids of this round's recommendations that a later round has taken over."""
    query = select(Recommendation.carried_from_id).join(Round, Round.id == Recommendation.round_id)
    found = session.scalars(query.where(Round.station_id == round_.station_id))
    return frozenset(id_ for id_ in found if id_ is not None)


def _record(
    session: Session, actor: Actor, action: str, now: datetime, one: Recommendation, **details: Any
) -> None:
    subject = f"recommendation:{one.id}"
    trail.record(session, actor, action, now, subject=subject, round_id=one.round_id, **details)
