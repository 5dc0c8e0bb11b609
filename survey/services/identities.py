"""Who the opened ids are, with the salts that prove it. Opens personal data; read by the page of openings alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from survey.models.accounts import User
from survey.models.draw import Design
from survey.models.frame import Contact, FrameRow, Opening
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.sampling.commitment import commit, commitment_digest
from survey.services import trail
from survey.services.canonical import commitments_of
from survey.services.personal import open_identity
from survey.services.trail import Actor
from survey.vault import Keyring


@dataclass(frozen=True, slots=True)
class Opened:
    """One household. `identity` is None where it was deleted since; `agrees`: identity and salt give the commitment
    that was sealed; `ticket` is empty where the id was named."""

    household_id: str
    identity: str | None
    salt: str
    commitment: str
    agrees: bool
    ticket: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What was opened at one time, by whom and why. `number`, `among` and `asked` are set where a public number picked."""

    at: datetime
    by: str
    reason: str
    number: str
    among: str
    asked: int
    households: tuple[Opened, ...]


def opened(session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round) -> list[Batch]:
    """Everything opened so far in this round, newest first; that somebody read it goes into the trail."""
    query = (
        select(Opening, FrameRow, Contact, User.display_name)
        .join(FrameRow, FrameRow.id == Opening.frame_row_id)
        .outerjoin(Contact, Contact.frame_row_id == FrameRow.id)
        .join(User, User.id == Opening.opened_by_id)
        .where(Opening.round_id == round_.id)
        .order_by(Opening.opened_at.desc(), Opening.opened_by_id, Opening.id)
        .options(undefer(FrameRow.salt_sealed))
    )
    told = _told(session, round_)
    rows = [(*row, told.get(row[1].household_id, {})) for row in session.execute(query)]
    if rows:
        trail.record(session, actor, "identity.read", now, round_id=round_.id, opened=len(rows))
    groups = groupby(rows, key=lambda row: (row[0].opened_at, row[0].opened_by_id))
    return [_batch(vault, list(group)) for _, group in groups]


def list_is_sealed(session: Session, design: Design) -> bool:
    """Whether the list of commitments still is the one whose digest stands in the certificate."""
    return commitment_digest(commitments_of(session, design.frame)) == design.frame.commitments_digest


def _told(session: Session, round_: Round) -> dict[str, Mapping[str, Any]]:
    """Household id -> how it was picked, as the trail has it."""
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.round_id == round_.id, AuditEntry.action == "identity.opened")
    )
    return {entry.subject.partition(":")[2]: entry.details for entry in entries}


def _batch(
    vault: Keyring, rows: list[tuple[Opening, FrameRow, Contact | None, str, Mapping[str, Any]]]
) -> Batch:
    opening, _, _, name, told = rows[0]
    return Batch(
        at=opening.opened_at,
        by=name,
        reason=opening.reason,
        number=told.get("public_number", ""),
        among=told.get("among", ""),
        asked=told.get("asked", 0),
        households=tuple(_households(vault, rows)),
    )


def _households(
    vault: Keyring, rows: Iterable[tuple[Opening, FrameRow, Contact | None, str, Mapping[str, Any]]]
) -> Iterable[Opened]:
    for _, row, contact, _, told in rows:
        id_ = row.household_id
        salt = vault.open_bytes(row.salt_sealed, f"frame.salt:{id_}") if row.salt_sealed else b""
        identity = open_identity(vault, contact) if contact is not None else None
        agrees = identity is not None and commit(salt, id_, identity) == row.commitment
        yield Opened(id_, identity, salt.hex(), row.commitment or "", agrees, told.get("ticket", ""))
