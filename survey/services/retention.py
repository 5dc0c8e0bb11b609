"""保存期限: what is kept of a closed round until when, and its destruction, which is written down and never undone.

What is due is told by what is still there, so that a run repeated, or a restored backup, destroys again what came back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey.errors import N_
from survey.fieldwork.retention import DEFAULTS, KINDS, Kind, check, days_of, due_on, is_due
from survey.fieldwork.rules import local
from survey.models.care import Destruction
from survey.models.season import Round, Season
from survey.services import trail
from survey.services.retention_kinds import counted, destroy
from survey.services.trail import SYSTEM, Actor

REASON = N_("保存期限已到")


@dataclass(frozen=True, slots=True)
class Keeping:
    """One kind of data of one round. `due`: None while the round is open; `items`: still there; `past`: destructions."""

    round: Round
    kind: Kind
    days: int
    due: date | None
    items: int
    past: tuple[Destruction, ...]
    overdue: bool


def change(session: Session, actor: Actor, now: datetime, season: Season, days: Mapping[str, int]) -> bool:
    """Keep the data of a season so many days from now on; whether anything changed. Raises Invalid."""
    session.refresh(season, with_for_update=True)
    before, after = days_of(season.retention), {**days_of(season.retention), **days}
    check(after)
    changed = {key: [before[key], after[key]] for key in before if before[key] != after[key]}
    if not changed:
        return False
    season.retention = {key: value for key, value in after.items() if value != DEFAULTS[key]}
    session.flush()
    trail.record(
        session, actor, "season.retention-changed", now, subject=f"season:{season.id}", retention=changed
    )
    return True


def keepings(session: Session, rounds: Sequence[Round], now: datetime) -> list[Keeping]:
    """Every kind of every one of these rounds: overdue first, then by the day on which it is due; open rounds last."""
    ids = [round_.id for round_ in rounds]
    items = {kind.key: counted(session, kind.key, ids) for kind in KINDS}
    past = _destructions(session, ids)
    found = [
        _keeping(round_, kind, items[kind.key].get(round_.id, 0), past.get((round_.id, kind.key), []), now)
        for round_ in rounds
        for kind in KINDS
    ]
    return sorted(found, key=lambda one: (not one.overdue, one.due is None, one.due or date.max))


def _keeping(round_: Round, kind: Kind, items: int, past: Sequence[Destruction], now: datetime) -> Keeping:
    days = days_of(round_.season.retention)[kind.key]
    due = due_on(round_.closed_at, days) if round_.closed_at is not None else None
    overdue = due is not None and items > 0 and is_due(due, now)
    return Keeping(round_, kind, days, due, items, tuple(past), overdue)


def _destructions(session: Session, round_ids: Sequence[int]) -> dict[tuple[int, str], list[Destruction]]:
    found: dict[tuple[int, str], list[Destruction]] = {}
    query = select(Destruction).where(Destruction.round_id.in_(round_ids)).order_by(Destruction.id)
    for row in session.scalars(query):
        found.setdefault((row.round_id, row.kind), []).append(row)
    return found


def overdue(session: Session, now: datetime) -> list[Keeping]:
    """What has to be destroyed now, in every round."""
    closed = select(Round).where(Round.closed_at.is_not(None)).order_by(Round.id)
    rounds = session.scalars(closed.options(joinedload(Round.season), joinedload(Round.station))).all()
    return [one for one in keepings(session, rounds, now) if one.overdue]


def destroy_due(session: Session, now: datetime, round_id: int, kind: Kind) -> int:
    """Destroy one kind of data of one round if its time is over; how many items were there. 0: nothing was to be done."""
    round_ = session.get_one(Round, round_id)
    session.refresh(round_, with_for_update={"key_share": True})  # nobody reopens it meanwhile
    items = counted(session, kind.key, [round_id]).get(round_id, 0)
    state = _keeping(round_, kind, items, (), now)
    if not state.overdue or state.due is None:
        return 0
    destroy(session, kind.key, round_id)
    session.add(
        Destruction(
            round_id=round_id, kind=kind.key, items=items, due_on=state.due, reason=REASON, destroyed_at=now
        )
    )
    trail.record(
        session, SYSTEM, "retention.destroyed", now, round_id=round_id, critical=True, data=kind.key, items=items,
        due=state.due.isoformat(),
    )  # fmt: skip
    return items


def destroyed_since(session: Session, round_: Round) -> date | None:
    """The day on which the first data of the round were destroyed because their time was over; None: nothing yet."""
    first = select(Destruction.destroyed_at).where(
        Destruction.round_id == round_.id, Destruction.kind.in_(DEFAULTS)
    )
    found = session.scalar(first.order_by(Destruction.id).limit(1))
    return local(found).date() if found is not None else None


def record_of(session: Session, round_: Round) -> list[Destruction]:
    """Everything destroyed of a round, oldest first: by its time, or because a respondent asked for it."""
    return list(
        session.scalars(select(Destruction).where(Destruction.round_id == round_.id).order_by(Destruction.id))
    )
