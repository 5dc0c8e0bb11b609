"""What a station has been asked to do, as its own people see it: only what households allowed, and only what left."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from survey.fieldwork.followup import RECALLED
from survey.models.followup import ActionItem
from survey.models.season import Round
from survey.services.followup_log import Entry

#: events that a station sees; what the household said when it was called back is not among them
SHOWN = frozenset({"handed_over", "moved", "replied", "extended", "returned", "recalled"})
MOST_LISTED = 500


def items_for(session: Session, visible: ColumnElement[bool]) -> list[ActionItem]:
    """Items that the stations of these rounds have, the next due first; `visible` is a condition on Round."""
    query = (
        select(ActionItem)
        .join(Round, Round.id == ActionItem.holder_round_id)
        .where(visible, ActionItem.owner == "station", ActionItem.handed_over_at.is_not(None))
        .options(joinedload(ActionItem.holder_round).joinedload(Round.station))
        .order_by(
            ActionItem.state == RECALLED, ActionItem.due_on.is_(None), ActionItem.due_on, ActionItem.code
        )
    )
    return list(session.scalars(query.limit(MOST_LISTED)))


def has(item: ActionItem) -> bool:
    """Whether the item is with its station at all."""
    return item.owner == "station" and item.handed_over_at is not None


def shown(entries: list[Entry]) -> list[Entry]:
    return [one for one in entries if one.event.kind in SHOWN and not one.undone]
