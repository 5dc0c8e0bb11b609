"""The coordinator's board: where the drawn cases stand, who is calling, and why the queue is empty or short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, false, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey.errors import N_, Message
from survey.fieldwork.queue import QueueSummary, explain
from survey.fieldwork.rules import in_window
from survey.fieldwork.ruleset import CallingRules
from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.frame import FrameRow
from survey.models.season import Holiday, Round

WAITING = ("ready", "waiting", "appointment")


@dataclass(frozen=True, slots=True)
class Standing:
    """Cases (户) of one stratum or zone: drawn = released + held; released = complete + other final + pending."""

    name: str
    drawn: int
    sample: int
    released: int
    final: int
    complete: int

    @property
    def held(self) -> int:
        return self.drawn - self.released

    @property
    def pending(self) -> int:
        return self.released - self.final

    @property
    def non_interview(self) -> int:
        return self.final - self.complete


@dataclass(frozen=True, slots=True)
class AtWork:
    """A surveyor who holds a household now; no scores."""

    name: str
    households: int
    lease_until: datetime


def standing(session: Session, round_: Round) -> list[Standing]:
    """Where each drawn stratum stands, in the order of the roster."""
    return _standing(session, round_, Case.stratum)


def standing_by_zone(session: Session, round_: Round) -> list[Standing]:
    """The same by zone, for draws that know no strata."""
    return _standing(session, round_, FrameRow.zone)


def _standing(session: Session, round_: Round, group: InstrumentedAttribute[str]) -> list[Standing]:
    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, 1)))

    final = Case.state == "final"
    rows = session.execute(
        select(
            group,
            func.count(Case.id),
            count(Case.role == "sample"),
            func.count(Case.release_id),
            count(final),
            count(final & (Case.outcome == "I")),
        )
        .join(FrameRow, FrameRow.id == Case.frame_row_id)
        .where(Case.round_id == round_.id)
        .group_by(group)
        .order_by(func.min(FrameRow.id))
    )
    return [Standing(*row) for row in rows]


def at_work(session: Session, round_: Round, now: datetime) -> list[AtWork]:
    """Who holds households of this round now."""
    rows = session.execute(
        select(User.display_name, func.count(Case.id), func.max(Case.lease_until))
        .join(User, User.id == Case.lease_user_id)
        .where(Case.round_id == round_.id, Case.lease_until > now)
        .group_by(User.id, User.display_name)
        .order_by(User.display_name)
    )
    return [AtWork(name, households, until or now) for name, households, until in rows]


def queue_note(session: Session, round_: Round, now: datetime) -> Message:
    """How many households can be called now, or exactly why none can."""
    queue = queue_of(session, round_, now)
    rules = CallingRules.from_dict(round_.season.calling_rules)
    holidays = frozenset(session.scalars(select(Holiday.day)))
    if not queue.due or not in_window(now, rules, holidays):
        return explain(queue, now, rules, holidays)
    counts: dict[str, object] = {
        "due": queue.due,
        "calling": queue.in_progress,
        "appointments": queue.appointments_ahead,
        "waiting": queue.waiting,
    }
    return Message(
        N_(
            "现在有 %(due)s 户可以拨打，%(calling)s 户正在通话，%(appointments)s 户已预约，"
            "%(waiting)s 户在等待再次拨打。"
        ),
        counts,
    )


def queue_of(session: Session, round_: Round, now: datetime) -> QueueSummary:
    """What the released cases wait for, in one query; a leased household is being called."""
    leased = (Case.lease_until > now) & Case.lease_user_id.is_not(None)
    waiting = Case.state.in_(WAITING) & ~func.coalesce(leased, false())
    ahead = waiting & (Case.due_at > now)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, 1)))

    row = session.execute(
        select(
            func.count(Case.release_id),
            count(Case.state == "final"),
            count((Case.state == "in_progress") | (Case.state.in_(WAITING) & leased)),
            count(waiting & (Case.due_at <= now)),
            count(ahead & (Case.state == "appointment")),
            count(ahead & (Case.state != "appointment")),
            func.min(case((ahead, Case.due_at))),
        ).where(Case.round_id == round_.id)
    ).one()
    return QueueSummary(*row)
