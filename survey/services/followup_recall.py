"""What becomes of the items of a household that withdraws, or whose interview no longer counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.fieldwork.followup import RECALLED
from survey.models.followup import ActionEvent, ActionItem
from survey.models.interview import Interview
from survey.services import trail
from survey.services.trail import Actor


def take_away(session: Session, actor: Actor, now: datetime, item: ActionItem) -> None:
    """An item that nothing happened to is deleted. Of any other stay its code and what was done when: the owner sees that
    it was recalled, and everything that tells something is gone."""
    if not _happened(session, item):
        session.delete(item)
        session.flush()
        return
    if item.state == RECALLED:
        return
    session.add(ActionEvent(item_id=item.id, kind="recalled", at=now, by_id=actor.id))
    item.text, item.contact_sealed, item.state, item.due_on = "", None, RECALLED, None
    erased = update(ActionEvent).where(ActionEvent.item_id == item.id)
    session.execute(
        erased.values(text_sealed=None, proof_sealed=None).execution_options(synchronize_session=False)
    )
    session.flush()
    trail.record(
        session, actor, "action.recalled", now, subject=subject(item), round_id=item.round_id, critical=True
    )


def take_all_away(session: Session, actor: Actor, now: datetime, interview: Interview) -> None:
    """Before the answers of a withdrawn interview are deleted: no item leads to it any more."""
    for item in session.scalars(select(ActionItem).where(ActionItem.interview_id == interview.id)).all():
        take_away(session, actor, now, item)
    mine = update(ActionItem).where(ActionItem.interview_id == interview.id)
    session.execute(
        mine.values(interview_id=None, event_id=None).execution_options(synchronize_session=False)
    )
    session.expire_all()


def _happened(session: Session, item: ActionItem) -> bool:
    return session.scalar(select(ActionEvent.id).where(ActionEvent.item_id == item.id).limit(1)) is not None


def subject(item: ActionItem) -> str:
    """What the trail calls an item: it leads to no household."""
    return f"action:{item.code}"
