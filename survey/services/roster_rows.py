"""The rows that an imported roster becomes: made and sealed without a database, then written in one go.

Sealing takes longer than writing, and on SQLite whoever writes keeps everybody else from writing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from survey.models.base import Base
from survey.models.frame import Contact, Frame, FrameRow, Household, PhoneIndex
from survey.models.season import Round
from survey.roster import result
from survey.roster.numbering import numbering
from survey.sampling.commitment import new_household_id
from survey.services import personal
from survey.services.personal import PhoneNumber
from survey.services.roster_review import seal_report
from survey.vault import Keyring

SPOKEN = {"普通话": "zh", "粤语": "yue", "客家话": "hak", "潮汕话": "nan", "英语": "en", "手语": "sign"}

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What goes into the tables, without the numbers that the database gives; one entry a household in `rows`,
    `contacts` and `phones`."""

    frame: Columns
    new_households: list[Columns]
    rows: list[Columns]
    contacts: list[Columns]
    phones: list[list[dict[str, str]]]


def known_households(session: Session, round_: Round) -> dict[str, str]:
    """Blind key → public id of every household that any roster of the station has had."""
    query = select(Household.key_index, Household.id).where(Household.station_id == round_.station_id)
    return dict(session.execute(query).all())


def prepare(
    vault: Keyring, round_id: int, station_id: int, known: Mapping[str, str], roster: result.Roster
) -> Prepared:
    """Give every household its public id, the old one where the station's earlier rosters had it, and seal the rest."""
    keys = [vault.blind(household.key, "household.key") for household in roster.households]
    new = {key: new_household_id() for key in keys if key not in known}
    ids = [known.get(key) or new[key] for key in keys]
    phones = [phones_of(household) for household in roster.households]
    labels = {id_: household.label for id_, household in zip(ids, roster.households, strict=True)}
    return Prepared(
        frame_columns(roster) | {"report_sealed": seal_report(vault, round_id, roster, labels)},
        [{"id": id_, "station_id": station_id, "key_index": key} for key, id_ in new.items()],
        [row_columns(id_, household) for id_, household in zip(ids, roster.households, strict=True)],
        [
            personal.sealed_contact(
                vault,
                id_,
                salutation=household.salutation,
                phones=numbers,
                identity=identity_of(household),
                address=household.address or "",
            )
            for id_, household, numbers in zip(ids, roster.households, phones, strict=True)
        ],
        [personal.blind_phones(vault, numbers) for numbers in phones],
    )


def write(session: Session, frame: Frame, prepared: Prepared) -> None:
    """Households that are new, then the rows of the frame, then what is sealed beside them."""
    insert_rows(session, Household, prepared.new_households)
    insert_rows(session, FrameRow, [{"frame_id": frame.id, **row} for row in prepared.rows])
    query = select(FrameRow.household_id, FrameRow.id).where(FrameRow.frame_id == frame.id)
    row_ids = dict(session.execute(query).all())
    numbers = [row_ids[row["household_id"]] for row in prepared.rows]
    contacts = zip(numbers, prepared.contacts, strict=True)
    insert_rows(session, Contact, [{"frame_row_id": row_id, **contact} for row_id, contact in contacts])
    phones = zip(numbers, prepared.phones, strict=True)
    insert_rows(
        session,
        PhoneIndex,
        [{"frame_row_id": row_id, **phone} for row_id, found in phones for phone in found],
    )


def insert_rows(session: Session, model: type[Base], rows: list[Columns]) -> None:
    """By the table, not the class: the session need not know these rows, and the write lock is held half as long."""
    if rows:
        session.execute(insert(model.metadata.tables[model.__tablename__]), rows)


def frame_columns(roster: result.Roster) -> Columns:
    return {
        "rows_read": roster.rows,
        "rows_merged": len(roster.merges),
        "counts": list(counts(roster)),
        "not_stored": not_stored(roster),
        "stratify_by": natural_strata(roster),
    }


def counts(roster: result.Roster) -> Iterator[Columns]:
    """Per zone and community: 户 and 人, what the station states, and how its files are numbered."""
    numbers = numbering(roster.households)
    for count in roster.communities:
        found = numbers[count.zone, count.community]
        yield {**asdict(count), "numbered": found.numbered, "missing_numbers": found.missing}


def natural_strata(roster: result.Roster) -> str:
    """What the seal offers first: zones where the roster has several, else communities, else no strata."""
    if len({household.zone for household in roster.households}) > 1:
        return "zone"
    return "community" if len({household.community for household in roster.households}) > 1 else "none"


def not_stored(roster: result.Roster) -> list[dict[str, str]]:
    """Headers that leave nothing in the database, each once, with the reason and the sheets they stand in."""
    sheets: dict[tuple[str, str], list[str]] = {}
    for item in roster.not_stored:
        sheets.setdefault((item.header, item.reason.text), []).append(item.sheet)
    return [
        {"header": header, "reason": reason, "sheet": "、".join(dict.fromkeys(found))}
        for (header, reason), found in sheets.items()
    ]


def row_columns(household_id: str, household: result.Household) -> Columns:
    return {
        "household_id": household_id,
        "sheet": household.sheet[:60],
        "row": household.row,
        "zone": household.zone[:60],
        "community": household.community[:60],
        "persons": household.persons,
        "categories": " ".join(household.categories)[:200],
        "level": household.level[:20],
        "language": language_of(household),
        "needs": " ".join(household.needs),
        "flags": " ".join(flag for flag in household.flags if flag != "needs_proxy"),
        "dialable_phones": sum(phone.dialable for phone in household.phones),
    }


def language_of(household: result.Household) -> str:
    """The language to call in as a code; somebody who speaks no Mandarin is called in Cantonese unless the roster says other."""
    if household.language:
        return SPOKEN.get(household.language, household.language[:12])
    return "yue" if "no_mandarin" in household.needs else ""


def phones_of(household: result.Household) -> list[PhoneNumber]:
    return [
        PhoneNumber(slot, phone.number or phone.source[:40], phone.note, phone.dialable)
        for slot, phone in enumerate(household.phones, start=1)
    ]


def identity_of(household: result.Household) -> str:
    """What a commissioner recognises when an identity is opened: file number, form of address, community."""
    return "｜".join(
        [household.code or household.key, household.salutation, household.zone, household.community]
    )
