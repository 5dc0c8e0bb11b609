"""The log of an item: what its owner answered, with proof, and what the household says when it is called back.

Nothing in it is changed; what was a mistake is taken back by another event. What people wrote is sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from survey.errors import N_, Conflict, Invalid, Missing
from survey.fieldwork.followup import (
    ANSWERED,
    CLOSED,
    HANDED_OVER,
    IN_HAND,
    NONE,
    NOT_SOLVED,
    OPEN,
    OUTCOMES,
    SOLVED,
    UNDOABLE,
    days_of,
    working_days_after,
)
from survey.fieldwork.rules import local
from survey.models.accounts import User
from survey.models.followup import ActionEvent, ActionItem
from survey.services import trail
from survey.services.cases import holidays
from survey.services.followup import lock, refresh, refuse_telling
from survey.services.followup_recall import subject
from survey.services.frame_attachments import Document, fitting_name, kind_of, refuse_size
from survey.services.trail import Actor
from survey.vault import Keyring
from survey.verbatim.masking import mask

LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True)
class Proof:
    """A file that shows that something was done."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it is read. `undone`: it was taken back later."""

    event: ActionEvent
    by: str
    text: str
    undone: bool


def reply(
    session: Session,
    vault: Keyring,
    actor: Actor,
    now: datetime,
    item: ActionItem,
    text: str,
    proof: Proof | None = None,
) -> None:
    """What the owner did about it, in words, with proof or without. Raises Conflict (not-in-hand), Invalid."""
    _in_state(session, item, *IN_HAND)
    append(session, vault, actor, now, item, "replied", text=stated(text), proof=proof)
    _record(session, actor, "action.replied", now, item, proof=proof is not None)


def extend(
    session: Session, vault: Keyring, actor: Actor, now: datetime, item: ActionItem, until: date, reason: str
) -> None:
    """The owner has until another day. Raises Conflict (not-in-hand), Invalid (day-past, note-missing)."""
    _in_state(session, item, HANDED_OVER, NOT_SOLVED)
    if until <= local(now).date():
        raise Invalid("day-past", N_("%(day)s 已经过去，请填今天之后的日期。"), day=until.isoformat())
    append(session, vault, actor, now, item, "extended", until=until, text=told(reason))
    _record(session, actor, "action.extended", now, item, until=until.isoformat())


def call_back(
    session: Session, vault: Keyring, actor: Actor, now: datetime, item: ActionItem, outcome: str, note: str
) -> None:
    """What the household says of it now. Raises Conflict (not-in-hand), Invalid (no-such-choice, note-too-long)."""
    _in_state(session, item, *IN_HAND, SOLVED)
    if outcome not in OUTCOMES:
        raise Invalid("no-such-choice", N_("没有“%(value)s”这个选项，请从列表中选。"), value=outcome[:20])
    text = stated(note) if note.strip() else ""
    append(session, vault, actor, now, item, "called", outcome=outcome, text=text)
    _record(session, actor, "action.called", now, item, outcome=outcome)


def give_back(
    session: Session, vault: Keyring, actor: Actor, now: datetime, item: ActionItem, note: str
) -> None:
    """The owner has it again, with the whole time of its kind: it was not solved, or closed too early."""
    _in_state(session, item, ANSWERED, SOLVED, NOT_SOLVED, CLOSED)
    if item.handed_over_at is None:
        raise Conflict("not-handed-over", N_("这一条没有交出过，请撤销了结。"))
    days = days_of(item.round.season.followup)[item.kind]
    until = working_days_after(local(now).date(), days, holidays(session))
    append(session, vault, actor, now, item, "returned", until=until, text=told(note))
    _record(session, actor, "action.returned", now, item)


def close(
    session: Session, vault: Keyring, actor: Actor, now: datetime, item: ActionItem, reason: str
) -> None:
    """Nothing more is done about it, and why. Raises Conflict (not-in-hand), Invalid (note-missing)."""
    _in_state(session, item, OPEN, *IN_HAND, SOLVED)
    append(session, vault, actor, now, item, "closed", text=stated(reason))
    _record(session, actor, "action.closed", now, item)


def undo(session: Session, vault: Keyring, actor: Actor, now: datetime, item: ActionItem) -> None:
    """Take the last event back. Raises Conflict (nothing-to-undo): what left has left."""
    _in_state(session, item, OPEN, *IN_HAND, SOLVED, CLOSED)
    last = next((one for one in reversed(_valid(session, item))), None)
    if last is None or last.kind not in UNDOABLE:
        raise Conflict("nothing-to-undo", N_("没有可以撤销的一步；已经交出的收不回来。"))
    append(session, vault, actor, now, item, "undone", undoes=last)
    _record(session, actor, "action.undone", now, item, undone=last.kind)


def _in_state(session: Session, item: ActionItem, *states: str) -> None:
    lock(session, item)
    if item.consent == NONE or item.state not in states:
        raise Conflict("not-in-hand", N_("这一条现在的状态不能这样做，请刷新页面再看。"))


def _valid(session: Session, item: ActionItem) -> list[ActionEvent]:
    events = session.scalars(
        select(ActionEvent).where(ActionEvent.item_id == item.id).order_by(ActionEvent.id)
    ).all()
    undone = {event.undoes_id for event in events if event.undoes_id is not None}
    return [event for event in events if event.id not in undone and event.kind != "undone"]


def append(
    session: Session,
    vault: Keyring | None,
    actor: Actor,
    now: datetime,
    item: ActionItem,
    kind: str,
    *,
    text: str = "",
    until: date | None = None,
    outcome: str | None = None,
    undoes: ActionEvent | None = None,
    proof: Proof | None = None,
) -> None:
    """Add an event, with what was written sealed under its uid, and bring the item's cache in line."""
    event = ActionEvent(
        uid=token_hex(16), item_id=item.id, kind=kind, at=now, by_id=actor.id, until=until, outcome=outcome,
        undoes_id=undoes.id if undoes is not None else None,
    )  # fmt: skip
    if vault is not None and text:
        event.text_sealed = vault.seal(text, context(event))
    if vault is not None and proof is not None:
        _attach(vault, event, proof)
    session.add(event)
    session.flush()
    refresh(session, item)


def _attach(vault: Keyring, event: ActionEvent, proof: Proof) -> None:
    refuse_size(proof.data, proof.name)
    # its own name may say who was visited
    event.proof_name = fitting_name(f"proof-{event.uid[:8]}", kind_of(proof.data, proof.name))
    event.proof_digest = hashlib.sha256(proof.data).hexdigest()
    event.proof_sealed = vault.seal_bytes(proof.data, f"{context(event)}:proof")


def context(event: ActionEvent) -> str:
    return f"action.event:{event.uid}"


def _record(
    session: Session, actor: Actor, action: str, now: datetime, item: ActionItem, **details: Any
) -> None:
    trail.record(session, actor, action, now, subject=subject(item), round_id=item.round_id, **details)


def stated(text: str) -> str:
    """Raises Invalid (note-missing, note-too-long)."""
    found = text.strip()
    if not found:
        raise Invalid("note-missing", N_("请写明。"))
    if len(found) > LONGEST_NOTE:
        raise Invalid("note-too-long", N_("最多 %(most)s 个字，请写短些。"), most=LONGEST_NOTE)
    return found


def told(text: str) -> str:
    """A note that the owner reads, and that therefore leads to nobody. Raises Invalid as `stated`, and text-tells."""
    found = stated(text)
    refuse_telling(found)
    return found


# -- reading -----------------------------------------------------------------------------------------------------


def entries_of(session: Session, vault: Keyring, item: ActionItem, *, with_names: bool) -> list[Entry]:
    """The log of an item, oldest first. Without `with_names` what was written is masked again: an owner may have written
    whom it visited."""
    query = (
        select(ActionEvent, User.display_name)
        .outerjoin(User, User.id == ActionEvent.by_id)
        .where(ActionEvent.item_id == item.id)
        .order_by(ActionEvent.id)
        .options(undefer(ActionEvent.text_sealed))
    )
    rows: Sequence[tuple[ActionEvent, str | None]] = [(event, by) for event, by in session.execute(query)]
    undone = {event.undoes_id for event, _ in rows if event.undoes_id is not None}
    return [Entry(event, by or "", _text(vault, event, with_names), event.id in undone) for event, by in rows]


def _text(vault: Keyring, event: ActionEvent, with_names: bool) -> str:
    if event.text_sealed is None:
        return ""
    written = vault.open(event.text_sealed, context(event))
    return written if with_names else mask(written).text


def open_proof(
    session: Session, vault: Keyring, actor: Actor, now: datetime, item: ActionItem, event_id: int
) -> Document:
    """The file, which may show faces and signatures; that it was opened is in the trail. Raises Missing."""
    query = select(ActionEvent).where(ActionEvent.id == event_id, ActionEvent.item_id == item.id)
    event = session.scalars(query.options(undefer(ActionEvent.proof_sealed))).first()
    if event is None or event.proof_sealed is None or event.proof_name is None:
        raise Missing("no-such-proof", N_("没有这个文件，或它已按保存期限销毁。"))
    content = vault.open_bytes(event.proof_sealed, f"{context(event)}:proof")
    _record(session, actor, "action.proof-opened", now, item, digest=event.proof_digest)
    return Document(event.proof_name, kind_of(content, event.proof_name).mimetype, content)
