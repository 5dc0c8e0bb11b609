"""Personal data: sealed here, opened here, and nowhere else. Callers that open something record it in the trail.

The context of every sealed value names its column and household, so that a value moved elsewhere does not open.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.frame import Contact, FrameRow, PhoneIndex
from survey.vault import Keyring, VaultError


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """One of a household's numbers as the roster gives it. `slot` counts from 1."""

    slot: int
    number: str
    note: str = ""
    dialable: bool = True

    @property
    def masked(self) -> str:
        """138****0017; a short or unusable number shows nothing of itself."""
        if len(self.number) < 7:
            return "****"
        return f"{self.number[:3]}****{self.number[-4:]}"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is called, opened: never loaded for evaluators' pages."""

    salutation: str
    phones: tuple[PhoneNumber, ...]
    note: str
    #: only in rounds with home visits
    address: str = ""


def context(column: str, household_id: str) -> str:
    return f"contact.{column}:{household_id}"


def make_contact(
    vault: Keyring,
    row: FrameRow,
    *,
    salutation: str,
    phones: Sequence[PhoneNumber],
    identity: str,
    note: str = "",
    address: str = "",
) -> Contact:
    """Seal who the household of this frame row is. `identity` is what the commitment commits to."""
    sealed = sealed_contact(
        vault,
        row.household_id,
        salutation=salutation,
        phones=phones,
        identity=identity,
        note=note,
        address=address,
    )
    return Contact(frame_row_id=row.id, **sealed)


def sealed_contact(
    vault: Keyring,
    household_id: str,
    *,
    salutation: str,
    phones: Sequence[PhoneNumber],
    identity: str,
    note: str = "",
    address: str = "",
) -> dict[str, Any]:
    """The columns of a Contact whose frame row does not exist yet."""

    def seal(column: str, text: str) -> bytes:
        return vault.seal(text, context(column, household_id))

    return {
        "household_id": household_id,
        "salutation_sealed": seal("salutation", salutation),
        "phones_sealed": seal("phones", json.dumps([asdict(phone) for phone in phones], ensure_ascii=False)),
        "identity_sealed": seal("identity", identity),
        "note_sealed": seal("note", note) if note else None,
        "address_sealed": seal("address", address) if address else None,
    }


def open_contact(vault: Keyring, contact: Contact) -> Person:
    """Who to reach; what was destroyed when its time was over is empty."""

    def opened(column: str, sealed: bytes | None) -> str:
        return vault.open(sealed, context(column, contact.household_id)) if sealed else ""

    return Person(
        salutation=opened("salutation", contact.salutation_sealed),
        phones=open_phones(vault, contact.household_id, contact.phones_sealed),
        note=opened("note", contact.note_sealed),
        address=opened("address", contact.address_sealed),
    )


def open_phones(vault: Keyring, household_id: str, sealed: bytes | None) -> tuple[PhoneNumber, ...]:
    """A household's numbers alone; none once they were destroyed."""
    phones = json.loads(vault.open(sealed, context("phones", household_id)) if sealed else "[]")
    return tuple(PhoneNumber(**phone) for phone in phones)


def open_identity(vault: Keyring, contact: Contact) -> str:
    return vault.open(contact.identity_sealed, context("identity", contact.household_id))


def sealed_with(session: Session, vault: Keyring) -> bool:
    """Whether these keys open what is sealed in this database; true while nothing is."""
    contact = session.scalars(select(Contact).limit(1)).first()
    try:
        return contact is None or bool(open_identity(vault, contact))
    except VaultError:
        return False


def phone_indexes(vault: Keyring, row: FrameRow, phones: Sequence[PhoneNumber]) -> list[PhoneIndex]:
    return [PhoneIndex(frame_row_id=row.id, **blind) for blind in blind_phones(vault, phones)]


def blind_phones(vault: Keyring, phones: Sequence[PhoneNumber]) -> list[dict[str, str]]:
    """The columns of a PhoneIndex for each number that can be dialled."""
    return [
        {
            "whole": vault.blind(phone.number, "phone"),
            "last_four": vault.blind(phone.number[-4:], "phone.last-four"),
        }
        for phone in phones
        if phone.dialable
    ]
