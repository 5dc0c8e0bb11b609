"""Where the drawn cases of rounds stand, who is calling, and why the queue is empty or short.

Nothing here counts cases: how many stand where is read from CaseTally, which triggers keep; what is due is found in the
index of the queue and counted up to MOST_COUNTED.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey.errors import N_, Message
from survey.fieldwork.queue import QueueSummary, explain, with_visits
from survey.fieldwork.rules import in_window
from survey.fieldwork.ruleset import CallingRules
from survey.models.accounts import User
from survey.models.draw import Case, CaseTally, Design
from survey.models.frame import Frame
from survey.models.season import Holiday, Round

WAITING = ("ready", "waiting", "appointment")
OPEN_CELLS = ("open", "appointment")
#: beyond so many due households a page says "more than"
MOST_COUNTED = 500


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


# -- where the cases stand ---------------------------------------------------------------------------------


def standing(session: Session, round_: Round) -> list[Standing]:
    """Where each drawn stratum stands, in the order of the roster."""
    latest = select(Design.allocation).where(Design.round_id == round_.id).order_by(Design.id.desc())
    allocated = session.scalars(latest.limit(1)).first() or {}
    found = _standings(session, [round_.id], CaseTally.stratum)
    return in_order(found.get(round_.id, []), [*allocated, *zones_in_order(session, [round_.id])[round_.id]])


def standing_by_zone(session: Session, round_: Round) -> list[Standing]:
    """The same by zone, for draws that know no strata."""
    return standings_by_zone(session, [round_.id])[round_.id]


def standings_by_zone(session: Session, round_ids: Sequence[int]) -> dict[int, list[Standing]]:
    """Round -> its zones, in the order of its roster; rounds without a draw have none."""
    found = _standings(session, round_ids, CaseTally.zone)
    order = zones_in_order(session, round_ids)
    return {id_: in_order(found.get(id_, []), order[id_]) for id_ in round_ids}


def together(name: str, parts: Iterable[Standing]) -> Standing:
    """The sum of some standings."""
    rows = [(one.drawn, one.sample, one.released, one.final, one.complete) for one in parts]
    drawn, sample, released, final, complete = (sum(column) for column in zip((0,) * 5, *rows, strict=True))
    return Standing(name, drawn, sample, released, final, complete)


def _standings(
    session: Session, round_ids: Sequence[int], group: InstrumentedAttribute[str]
) -> dict[int, list[Standing]]:
    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, CaseTally.households), else_=0))

    released = CaseTally.cell != "held"
    rows = session.execute(
        select(
            CaseTally.round_id,
            group,
            func.sum(CaseTally.households),
            count(CaseTally.role == "sample"),
            count(released),
            count(released & CaseTally.cell.not_in(OPEN_CELLS)),
            count(CaseTally.cell == "I"),
        )
        .where(CaseTally.round_id.in_(round_ids))
        .group_by(CaseTally.round_id, group)
        .having(func.sum(CaseTally.households) > 0)
    )
    found: dict[int, list[Standing]] = {}
    for round_id, name, *numbers in rows:
        found.setdefault(round_id, []).append(Standing(name, *map(int, numbers)))
    return found


def zones_in_order(session: Session, round_ids: Sequence[int]) -> dict[int, list[str]]:
    """Round -> its zones as its roster lists them."""
    order: dict[int, list[str]] = {id_: [] for id_ in round_ids}
    rows = session.execute(select(Frame.round_id, Frame.counts).where(Frame.round_id.in_(round_ids)))
    for round_id, counts in rows:
        order[round_id] = list(dict.fromkeys(str(place["zone"]) for place in counts))
    return order


def in_order(found: Iterable[Standing], names: Sequence[str]) -> list[Standing]:
    """As the names are listed; what is not listed comes last, by name."""
    rank = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return sorted(found, key=lambda one: (rank.get(one.name, len(rank)), one.name))


# -- who is calling, and what can be called ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lease:
    """A household in somebody's hand, or (`visit`) carried along to its door."""

    round_id: int
    user_id: int
    state: str
    until: datetime
    visit: bool


def leases(session: Session, round_ids: Sequence[int], now: datetime) -> list[Lease]:
    """The running leases in some rounds. Found by their own index, all of them: there are no more than people."""
    rows = session.execute(
        select(Case.round_id, Case.lease_user_id, Case.state, Case.lease_until, Case.route).where(
            Case.lease_user_id > 0, Case.lease_until > now
        )
    )
    running = (
        Lease(round_id, user or 0, state, until or now, route == "visit")
        for round_id, user, state, until, route in rows
    )
    return [lease for lease in running if lease.round_id in round_ids]


def at_work(session: Session, round_: Round, now: datetime) -> list[AtWork]:
    """Who holds households of this round now."""
    held: dict[int, list[datetime]] = {}
    for lease in leases(session, [round_.id], now):
        held.setdefault(lease.user_id, []).append(lease.until)
    people = session.execute(
        select(User.id, User.display_name).where(User.id.in_(held)).order_by(User.display_name)
    )
    return [AtWork(name, len(held[id_]), max(held[id_])) for id_, name in people]


def queue_note(session: Session, round_: Round, now: datetime) -> Message:
    """How many households can be called now, or exactly why none can."""
    rules = CallingRules.from_dict(round_.season.calling_rules)
    holidays = frozenset(session.scalars(select(Holiday.day)))
    return note_of_queue(queue_of(session, round_, now), now, rules, holidays)


def note_of_queue(
    queue: QueueSummary, now: datetime, rules: CallingRules, holidays: AbstractSet[date]
) -> Message:
    """The same from counts."""
    if not queue.due or not in_window(now, rules, holidays):
        return explain(queue, now, rules, holidays)
    counts: dict[str, object] = {
        "due": how_many(queue.due),
        "calling": queue.in_progress,
        "appointments": queue.appointments_ahead,
        "waiting": queue.waiting,
    }
    if queue.due > MOST_COUNTED:
        said = N_("现在有 %(due)s 户可以拨打，%(calling)s 户正在通话，%(appointments)s 户已预约。")
    else:
        said = N_(
            "现在有 %(due)s 户可以拨打，%(calling)s 户正在通话，%(appointments)s 户已预约，"
            "%(waiting)s 户在等待再次拨打。"
        )
    return with_visits(Message(said, counts), queue.to_visit)


def how_many(n: int) -> Message | int:
    """A count of due households as a page says it."""
    return Message(N_("超过 %(n)s"), {"n": MOST_COUNTED}) if n > MOST_COUNTED else n


def queue_of(session: Session, round_: Round, now: datetime) -> QueueSummary:
    """What the released cases of a round wait for."""
    return queue_of_rounds(session, [round_.id], now)


def queue_of_rounds(session: Session, round_ids: Sequence[int], now: datetime) -> QueueSummary:
    """What the released cases of some rounds wait for; a leased household is being called.

    At the same cost however many cases there are. `due` is counted up to MOST_COUNTED + 1; beyond that `waiting` is
    not exact.
    """
    cells = _cells(session, round_ids)
    running = leases(session, round_ids, now)
    calling = Counter(lease.state for lease in running if not lease.visit)
    between = _up_to(session, round_ids, Case.state == "in_progress")
    due_appointments = _due(session, round_ids, ("appointment",), now)
    due_others = _due(session, round_ids, ("ready", "waiting"), now)
    at_door = to_visit(session, round_ids, now) + Counter(lease.state for lease in running if lease.visit)
    appointments = (
        cells.get("appointment", 0) - calling["appointment"] - due_appointments - at_door["appointment"]
    )
    others = calling["ready"] + calling["waiting"]
    visits = at_door["ready"] + at_door["waiting"]
    released = sum(n for cell, n in cells.items() if cell != "held")
    return QueueSummary(
        released=released,
        final=released - sum(cells.get(cell, 0) for cell in OPEN_CELLS),
        in_progress=between + others + calling["appointment"],
        due=min(due_appointments + due_others, MOST_COUNTED + 1),
        to_visit=at_door.total(),
        appointments_ahead=max(appointments, 0),
        waiting=max(cells.get("open", 0) - between - others - due_others - visits, 0),
        next_due_at=next_due(session, round_ids, now),
    )


def _cells(session: Session, round_ids: Sequence[int]) -> Mapping[str, int]:
    rows = session.execute(
        select(CaseTally.cell, func.sum(CaseTally.households))
        .where(CaseTally.round_id.in_(round_ids))
        .group_by(CaseTally.cell)
    )
    return {cell: int(n) for cell, n in rows}


def to_visit(session: Session, round_ids: Sequence[int], now: datetime) -> Counter[str]:
    """State -> households that are due at the door and that nobody carries along. Only rounds that say so visit any."""
    visited = session.scalars(select(Round.id).where(Round.id.in_(round_ids), Round.home_visits)).all()
    if not visited:
        return Counter()
    return Counter(
        appointment=_due(session, visited, ("appointment",), now, at_door=True),
        ready=_due(session, visited, ("ready", "waiting"), now, at_door=True),
    )


def _due(
    session: Session, round_ids: Sequence[int], states: Sequence[str], now: datetime, at_door: bool = False
) -> int:
    """Households that are due and in nobody's hand: on the telephone, or at the door."""
    free = Case.lease_until.is_(None) | (Case.lease_until <= now)
    where = Case.route == "visit" if at_door else Case.route != "visit"
    return _up_to(session, round_ids, Case.state.in_(states) & (Case.due_at <= now) & free & where)


def _up_to(session: Session, round_ids: Sequence[int], condition: ColumnElement[bool]) -> int:
    some = select(Case.id).where(Case.round_id.in_(round_ids), condition).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def next_due(session: Session, round_ids: Sequence[int], now: datetime) -> datetime | None:
    """When the next household becomes due on the telephone: the first entry of each round and state in the index of
    the queue."""

    def first(state: str) -> ScalarSelect[datetime | None]:
        ahead = select(func.min(Case.due_at)).where(
            Case.round_id == Round.id, Case.state == state, Case.due_at > now, Case.route != "visit"
        )
        return ahead.correlate(Round).scalar_subquery()

    rows = session.execute(select(*map(first, WAITING)).where(Round.id.in_(round_ids)))
    return min((at for row in rows for at in row if at is not None), default=None)
