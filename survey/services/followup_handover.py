"""交出: named items one by one with the name sealed for the receiver, anonymous ones only in batches of five households.

How anonymous ones wait: those for a station or street are of one round, those for the district of all stations of a
season together, where a few from each station soon are enough. Where too few are there at the latest date they are not
sent with another organisation's (the household agreed to these receivers and to no other) and not sent alone (fewer than
five point at somebody): they are held back, and only their number is told, to the evaluator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid
from survey.fieldwork.followup import (
    ANONYMOUS,
    CLOSED,
    NAMED,
    OPEN,
    ORGANISATIONS,
    RECALLED,
    SMALLEST_BATCH,
    SOLVED,
    WAIT,
    days_of,
    may_leave,
    working_days_after,
)
from survey.fieldwork.rules import local
from survey.models.draw import Case
from survey.models.followup import ActionBatch, ActionItem
from survey.models.interview import Interview
from survey.models.season import Round, Season
from survey.services import trail
from survey.services.cases import holidays
from survey.services.followup import lock, rounds_after
from survey.services.followup_contacts import seal_for_receiver
from survey.services.followup_log import append, told
from survey.services.trail import Actor
from survey.vault import Keyring

#: whose anonymous items of all stations of a season wait together
POOLED = "district"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Items for one owner that have not left: `named` and `anonymous` are ready, of so many `households` the anonymous;
    `unchecked` still want a text. `latest`: the day until which the oldest anonymous item waits."""

    owner: str
    named: tuple[ActionItem, ...]
    anonymous: tuple[ActionItem, ...]
    households: int
    unchecked: int
    latest: date | None

    @property
    def may_leave(self) -> bool:
        return self.households >= SMALLEST_BATCH

    def held_back(self, today: date) -> bool:
        """Their time is over and they are too few: they stay, and only their number is told."""
        return bool(self.anonymous) and not self.may_leave and self.latest is not None and self.latest < today


def waiting_in(session: Session, round_: Round) -> list[Waiting]:
    """What waits in a round for each organisation; anonymous items for the district wait in the season."""
    return [
        _waiting(session, round_.season, owner, ActionItem.round_id == round_.id)
        for owner in ORGANISATIONS
        if owner != POOLED
    ] + [
        _waiting(session, round_.season, POOLED, ActionItem.round_id == round_.id, consent=NAMED),
    ]  # fmt: skip


def waiting_for_district(session: Session, season: Season, visible: ColumnElement[bool]) -> Waiting:
    """Anonymous items for the district from the stations of a season; `visible` is a condition on Round."""
    return _waiting(session, season, POOLED, visible, consent=ANONYMOUS)


def _waiting(
    session: Session, season: Season, owner: str, which: ColumnElement[bool], consent: str = ""
) -> Waiting:
    query = (
        select(ActionItem, Case.household_id)
        .join(Round, Round.id == ActionItem.round_id)
        .join(Interview, Interview.id == ActionItem.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(which, Round.season_id == season.id, ActionItem.owner == owner, ActionItem.state == OPEN)
        .order_by(ActionItem.code)
    )
    rows = [row for row in session.execute(query) if not consent or row[0].consent == consent]
    ready = [(item, household) for item, household in rows if item.checked_at is not None]
    anonymous = [(item, household) for item, household in ready if item.consent == ANONYMOUS]
    since = min((local(item.collected_at).date() for item, _ in anonymous), default=None)
    wait = days_of(season.followup)[WAIT]
    return Waiting(
        owner,
        tuple(item for item, _ in ready if item.consent == NAMED),
        tuple(item for item, _ in anonymous),
        len({household for _, household in anonymous}),
        len(rows) - len(ready),
        working_days_after(since, wait, holidays(session)) if since is not None else None,
    )


# -- handing over ------------------------------------------------------------------------------------------------


def hand_over_named(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, owner: str
) -> int:
    """Every named item of the round that is ready for this owner, all or none; how many. Raises Conflict
    (nothing-ready, contact-gone)."""
    _known(owner)
    waiting = next(one for one in waiting_in(session, round_) if one.owner == owner)
    if not waiting.named:
        raise Conflict("nothing-ready", N_("没有写好的、可以说是谁的事项要交给这个单位。"))
    for item in waiting.named:
        lock(session, item)
        seal_for_receiver(session, vault, item)
    _leave(session, actor, now, round_.season, waiting.named)
    trail.record(
        session, actor, "action.handed-over", now, round_id=round_.id, critical=True, owner=owner,
        items=[item.code for item in waiting.named],
    )  # fmt: skip
    return len(waiting.named)


def hand_over_batch(session: Session, actor: Actor, now: datetime, round_: Round, owner: str) -> ActionBatch:
    """The anonymous items of a round that are ready for a station or street. Raises Conflict (batch-too-small)."""
    _known(owner)
    if owner == POOLED:
        raise Conflict("pooled", N_("给区民政局的不记名事项，由整季各站合在一批交出，请到本季的跟进页。"))
    waiting = next(one for one in waiting_in(session, round_) if one.owner == owner)
    return _batch(session, actor, now, round_.season, round_, waiting)


def hand_over_to_district(
    session: Session, actor: Actor, now: datetime, season: Season, visible: ColumnElement[bool]
) -> ActionBatch:
    """The anonymous items of all visible stations for the district. Raises Conflict (batch-too-small)."""
    return _batch(session, actor, now, season, None, waiting_for_district(session, season, visible))


def _batch(
    session: Session, actor: Actor, now: datetime, season: Season, round_: Round | None, waiting: Waiting
) -> ActionBatch:
    for item in waiting.anonymous:
        lock(session, item)
    if not may_leave(_households(session, waiting.anonymous)):
        raise Conflict(
            "batch-too-small",
            N_("不记名的事项至少要有 %(least)s 户才能一起交出，现在是 %(n)s 户；再少就可能看出是谁。"),
            least=SMALLEST_BATCH, n=waiting.households,
        )  # fmt: skip
    batch = ActionBatch(
        season_id=season.id, round_id=round_.id if round_ else None, owner=waiting.owner, households=waiting.households,
        items=len(waiting.anonymous), made_at=now, made_by_id=actor.id,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    for item in waiting.anonymous:
        item.batch_id = batch.id
    _leave(session, actor, now, season, waiting.anonymous)
    trail.record(
        session, actor, "action.batch-left", now, subject=f"action-batch:{batch.id}", round_id=batch.round_id,
        critical=True, owner=waiting.owner, households=batch.households,
        items=[item.code for item in waiting.anonymous],
    )  # fmt: skip
    return batch


def _households(session: Session, items: Sequence[ActionItem]) -> list[str]:
    query = (
        select(Case.household_id)
        .join(Interview, Interview.case_id == Case.id)
        .join(ActionItem, ActionItem.interview_id == Interview.id)
    )
    ids = [item.id for item in items if item.state == OPEN]
    return list(session.scalars(query.where(ActionItem.id.in_(ids))))


def _known(owner: str) -> None:
    if owner not in ORGANISATIONS:
        raise Invalid("no-such-choice", N_("没有“%(value)s”这个选项，请从列表中选。"), value=owner[:20])


def _leave(
    session: Session, actor: Actor, now: datetime, season: Season, items: Sequence[ActionItem]
) -> None:
    days, free, today = days_of(season.followup), holidays(session), local(now).date()
    for item in items:
        if item.state != OPEN:
            raise Conflict("has-left", N_("其中有事项刚刚已经交出，请刷新页面。"))
        until = working_days_after(today, days[item.kind], free)
        item.handed_over_at = now
        append(session, None, actor, now, item, "handed_over", until=until)


# -- what an organisation has been told ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HandoverList:
    """What has been handed over to one organisation by now, the next due first; of recalled ones the code alone."""

    items: tuple[ActionItem, ...]
    at: datetime


def list_for(session: Session, round_: Round, owner: str, now: datetime) -> HandoverList:
    """Of one round. Anonymous ones for the district are not among them: the station would say too much of them."""
    _known(owner)
    query = _told(owner).where(ActionItem.round_id == round_.id)
    if owner == POOLED:
        query = query.where(ActionItem.consent == NAMED)
    return HandoverList(tuple(session.scalars(query)), now)


def list_for_district(session: Session, season: Season, now: datetime) -> HandoverList:
    """The anonymous ones of all stations together, without their stations."""
    query = _told(POOLED).join(Round, Round.id == ActionItem.round_id)
    mine = query.where(Round.season_id == season.id, ActionItem.consent == ANONYMOUS)
    return HandoverList(tuple(session.scalars(mine)), now)


def _told(owner: str) -> Select[ActionItem]:
    return (
        select(ActionItem)
        .where(ActionItem.owner == owner, ActionItem.handed_over_at.is_not(None))
        .order_by(ActionItem.due_on.is_(None), ActionItem.due_on, ActionItem.code)
    )


# -- the next provider -------------------------------------------------------------------------------------------


def in_hand(session: Session, round_: Round) -> list[ActionItem]:
    """What the station of this round still has to do, whichever round it comes from."""
    query = select(ActionItem).where(
        ActionItem.holder_round_id == round_.id,
        ActionItem.owner == "station",
        ActionItem.handed_over_at.is_not(None),
        ActionItem.state.not_in((SOLVED, CLOSED, RECALLED)),
    )
    return list(session.scalars(query.order_by(ActionItem.due_on, ActionItem.code)))


def move_to_next_provider(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, to: Round, note: str
) -> int:
    """合同到期: what the station still has in hand goes to those who run it in a later round, with a note; how many.

    The accounts of the earlier round see it no more. Raises Conflict (nothing-in-hand), Invalid (not-next, note-missing).
    """
    if to.id not in {later.id for later in rounds_after(session, round_)}:
        raise Invalid("not-next", N_("只能移交给本站之后的一轮。"))
    text = told(note)
    items = in_hand(session, round_)
    if not items:
        raise Conflict("nothing-in-hand", N_("社工站手上没有要移交的事项。"))
    for item in items:
        lock(session, item)
        item.holder_round_id = to.id
        append(session, vault, actor, now, item, "moved", text=text, until=_until(session, item, now))
    trail.record(
        session, actor, "action.moved", now, round_id=round_.id, critical=True, to=to.id,
        items=[item.code for item in items],
    )  # fmt: skip
    return len(items)


def _until(session: Session, item: ActionItem, now: datetime) -> date:
    """Whoever takes it over has the whole time of its kind."""
    days: Mapping[str, int] = days_of(item.round.season.followup)
    return working_days_after(local(now).date(), days[item.kind], holidays(session))
