"""跟进 as those see it who see that something is done: the items of a round or season, their text, and what is overdue.

Nothing here leads to a household: neither its id nor its zone, neither who called nor when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, joinedload

from survey.errors import N_, Conflict, Invalid, Message
from survey.fieldwork import followup as rules
from survey.fieldwork.followup import (
    HANDED_OVER,
    KINDS,
    NONE,
    OPEN,
    ORGANISATIONS,
    Happened,
    repeats,
    standing_of,
)
from survey.fieldwork.rules import local
from survey.models.coding import Coding
from survey.models.followup import ActionEvent, ActionItem
from survey.models.interview import Verbatim
from survey.models.season import Round, Season
from survey.services import trail
from survey.services.followup_recall import subject
from survey.services.trail import Actor
from survey.verbatim.masking import mask

LONGEST_TEXT = 300
MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class Counts:
    """Items of a round. `states` and `kinds`: of those that may be told; `untold`: kind -> items without consent."""

    states: Mapping[str, int]
    kinds: Mapping[str, int]
    untold: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.states.values())


def items_of(
    session: Session, round_: Round, today: date, *, state: str = "", kind: str = ""
) -> list[ActionItem]:
    """The items of a round that may be told, what is due first. `state` as shown, overdue included."""
    query = _listed(ActionItem.round_id == round_.id, ActionItem.consent != NONE)
    if kind:
        query = query.where(ActionItem.kind == kind)
    if state:
        query = query.where(_shown_as(state, today))
    return list(session.scalars(query.limit(MOST_LISTED)))


def _shown_as(state: str, today: date) -> ColumnElement[bool]:
    """`shown_state` as a condition."""
    late = and_(ActionItem.state == HANDED_OVER, ActionItem.due_on < today)
    if state == rules.OVERDUE:
        return late
    return and_(ActionItem.state == state, ~late) if state == HANDED_OVER else ActionItem.state == state


def shown_state(item: ActionItem, today: date) -> str:
    return rules.shown_state(item.state, item.due_on, today)


def counts_of(session: Session, round_: Round, today: date) -> Counts:
    query = select(ActionItem.consent, ActionItem.kind, ActionItem.state, ActionItem.due_on).where(
        ActionItem.round_id == round_.id
    )
    rows = session.execute(query).all()
    told = [row for row in rows if row.consent != NONE]
    return Counts(
        Counter(rules.shown_state(row.state, row.due_on, today) for row in told),
        Counter(row.kind for row in told),
        Counter(row.kind for row in rows if row.consent == NONE),
    )


def overdue(session: Session, visible: ColumnElement[bool], today: date) -> list[ActionItem]:
    """What owners have not answered in time, the longest overdue first; `visible` is a condition on Round."""
    late = _listed(ActionItem.state == HANDED_OVER, ActionItem.due_on < today)
    query = late.join(Round, Round.id == ActionItem.round_id).where(visible)
    return list(session.scalars(query.limit(MOST_LISTED)))


def _listed(*which: ColumnElement[bool]) -> Select[ActionItem]:
    return (
        select(ActionItem)
        .where(*which)
        .options(joinedload(ActionItem.round).joinedload(Round.station))
        .order_by(ActionItem.due_on.is_(None), ActionItem.due_on, ActionItem.code)
    )


def lock(session: Session, item: ActionItem) -> None:
    """Nobody else changes the item meanwhile."""
    session.refresh(item, with_for_update=True)


def log_of(session: Session, items: Collection[ActionItem]) -> dict[int, list[ActionEvent]]:
    """Item -> its events, the oldest first."""
    found: dict[int, list[ActionEvent]] = {item.id: [] for item in items}
    query = select(ActionEvent).where(ActionEvent.item_id.in_(found)).order_by(ActionEvent.id)
    for event in session.scalars(query):
        found[event.item_id].append(event)
    return found


def happened(event: ActionEvent) -> Happened:
    return Happened(event.id, event.kind, event.outcome, event.until, event.undoes_id)


def refresh(session: Session, item: ActionItem) -> None:
    """Write the cache of an item from its log."""
    standing = standing_of(map(happened, log_of(session, [item])[item.id]))
    item.state, item.due_on = standing.state, standing.due_on
    session.flush()


# -- what the owner reads ----------------------------------------------------------------------------------------


def words_of(session: Session, item: ActionItem) -> str:
    """The masked words that an item comes from, to write the paraphrase by; "" where it comes from a code."""
    words = session.get(Verbatim, item.event_id) if item.event_id is not None else None
    return words.masked if words is not None else ""


def paraphrase_of(session: Session, item: ActionItem) -> str:
    """How the coder put the words in others, where one did; "" otherwise."""
    query = select(Coding.paraphrase).where(Coding.event_id == item.event_id, Coding.stands)
    return session.scalar(query) or ""


def check_text(
    session: Session, actor: Actor, now: datetime, item: ActionItem, *, text: str, kind: str, owner: str
) -> None:
    """What the owner will read, in other words than those that were said, without anything that leads to somebody.

    Raises Conflict (has-left, not-to-be-told), Invalid (text-missing, text-too-long, text-repeats, text-tells,
    no-such-choice).
    """
    lock(session, item)
    if item.consent == NONE:
        raise Conflict("not-to-be-told", N_("住户没有同意转出这一条，它只计数，不写内容。"))
    if item.state != OPEN:
        raise Conflict("has-left", N_("这一条已经交出或了结，内容不能再改。"))
    if kind not in KINDS or owner not in item.receivers.split():
        raise Invalid("no-such-choice", N_("请从列表中选类别和交给谁；只能交给住户同意的单位。"))
    told = text.strip()
    refuse_telling(told, words_of(session, item))
    item.text, item.kind, item.owner = told, kind, owner
    item.checked_at, item.checked_by_id = now, actor.id
    session.flush()
    trail.record(session, actor, "action.checked", now, subject=subject(item), round_id=item.round_id)


def refuse_telling(text: str, words: str = "") -> None:
    """Raises Invalid for what is too long, gives words again as they were said, or leads to a person."""
    if not text:
        raise Invalid("text-missing", N_("请写下要办的事。"))
    if len(text) > LONGEST_TEXT:
        raise Invalid("text-too-long", N_("最多 %(most)s 个字，请写短些。"), most=LONGEST_TEXT)
    if repeats(text, words):
        raise Invalid(
            "text-repeats",
            N_("这里还有住户的原话，单位可能听得出是谁。请换成自己的话，只写要办的事。"),
        )
    found = mask(text).spans
    if found:
        raise Invalid(
            "text-tells",
            N_("“%(piece)s”可能指向某个人或某一户，请删去或改成笼统的说法。"),
            piece=text[found[0].start : found[0].end],
        )


# -- days --------------------------------------------------------------------------------------------------------


def change_days(
    session: Session, actor: Actor, now: datetime, season: Season, days: Mapping[str, int]
) -> bool:
    """How many working days each kind has in a season, for what is handed over from now on; whether anything changed."""
    session.refresh(season, with_for_update=True)
    before, after = rules.days_of(season.followup), {**rules.days_of(season.followup), **days}
    rules.check_days(after)
    changed = {key: [before[key], after[key]] for key in before if before[key] != after[key]}
    if not changed:
        return False
    season.followup = {key: n for key, n in after.items() if n != rules.DAYS[key]}
    session.flush()
    trail.record(session, actor, "season.followup-changed", now, subject=f"season:{season.id}", days=changed)
    return True


# -- how much is solved ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SolvedShare:
    """Items of one round: handed over (recalled ones do not count), answered by their owners, called back and reached,
    and solved as the household says. All items are counted, none is drawn, so there is no interval."""

    handed_over: int
    answered: int
    reached: int
    solved: int

    @property
    def share(self) -> float | None:
        """Solved of those handed over, 0–1."""
        return self.solved / self.handed_over if self.handed_over else None

    @property
    def sentence(self) -> Message:
        return Message(
            N_(
                "交出 %(handed)s 件，答复 %(answered)s 件，回访问到 %(reached)s 件，其中住户说已解决 %(solved)s 件。"
            ),
            {
                "handed": self.handed_over, "answered": self.answered, "reached": self.reached, "solved": self.solved,
            },
        )  # fmt: skip


def solved_share(session: Session, round_: Round) -> SolvedShare:
    left = select(ActionItem).where(
        ActionItem.round_id == round_.id,
        ActionItem.handed_over_at.is_not(None),
        ActionItem.state != rules.RECALLED,
    )
    logs = log_of(session, session.scalars(left).all()).values()
    valid = [_valid(log) for log in logs]
    last = [_last_said(log) for log in valid]
    return SolvedShare(
        len(valid),
        sum(any(event.kind == "replied" for event in log) for log in valid),
        sum(said is not None for said in last),
        sum(said == "solved" for said in last),
    )


def _valid(log: Sequence[ActionEvent]) -> list[ActionEvent]:
    undone = {event.undoes_id for event in log if event.undoes_id is not None}
    return [event for event in log if event.id not in undone and event.kind != "undone"]


def _last_said(log: Sequence[ActionEvent]) -> str | None:
    """The last outcome of calling back that reached somebody."""
    reached = [event.outcome for event in log if event.kind == "called" and event.outcome != "not_reached"]
    return reached[-1] if reached else None


def round_before(session: Session, round_: Round) -> Round | None:
    """The station's round before this one, closed or not."""
    earlier = select(Round).where(
        Round.station_id == round_.station_id,
        Round.id != round_.id,
        Round.fieldwork_from < round_.fieldwork_from,
    )
    return session.scalars(earlier.order_by(Round.fieldwork_from.desc(), Round.id.desc()).limit(1)).first()


def rounds_after(session: Session, round_: Round) -> list[Round]:
    """The station's later rounds, the next one first."""
    later = select(Round).where(
        Round.station_id == round_.station_id, Round.fieldwork_from > round_.fieldwork_from
    )
    return list(session.scalars(later.order_by(Round.fieldwork_from, Round.id)))


def name_of(owner: str) -> str:
    return ORGANISATIONS.get(owner, owner)


def today_of(now: datetime) -> date:
    return local(now).date()
