"""Rosters: upload, confirm the columns, import, decide on problems, record the signed confirmation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.errors import N_, Invalid, Missing
from survey.models.frame import Contact, Frame, FrameRow, Household, PhoneIndex, RosterUpload
from survey.models.season import Round
from survey.roster import build, layout, reading, result
from survey.roster.layout import Layout
from survey.sampling.commitment import new_household_id
from survey.services import personal, trail
from survey.services.personal import PhoneNumber
from survey.services.roster_review import frame_of, refuse_when_sealed, seal_report
from survey.services.trail import Actor
from survey.vault import Keyring

SPOKEN = {"普通话": "zh", "粤语": "yue", "客家话": "hak", "潮汕话": "nan", "英语": "en", "手语": "sign"}
CHUNK = 500


def upload_of(session: Session, round_: Round) -> RosterUpload | None:
    return session.scalars(select(RosterUpload).where(RosterUpload.round_id == round_.id)).first()


def upload(
    session: Session,
    vault: Keyring,
    actor: Actor,
    now: datetime,
    round_: Round,
    *,
    name: str,
    data: bytes,
    password: str,
) -> RosterUpload:
    """Keep a readable roster, sealed, until its columns are confirmed. Raises Unreadable and keeps nothing otherwise."""
    refuse_when_sealed(session, round_)
    reading.refuse_size(data, name)
    content = reading.unlocked(data, name, password or None)
    book = reading.read_book(content, name)
    layout.guess_layout(book, round_.station.columns_remembered)
    drop_upload(session, round_)
    kept = RosterUpload(
        round_id=round_.id,
        file_name=name[-200:],
        file_digest=hashlib.sha256(data).hexdigest(),
        sealed=vault.seal_bytes(content, f"upload:{round_.id}"),
        uploaded_by_id=actor.id,
        uploaded_at=now,
    )
    session.add(kept)
    session.flush()
    trail.record(session, actor, "roster.uploaded", now, round_id=round_.id, digest=kept.file_digest)
    return kept


def drop_upload(session: Session, round_: Round) -> None:
    session.execute(delete(RosterUpload).where(RosterUpload.round_id == round_.id))


def cancel_upload(session: Session, actor: Actor, now: datetime, round_: Round) -> None:
    drop_upload(session, round_)
    trail.record(session, actor, "roster.upload-cancelled", now, round_id=round_.id)


def drop_old_uploads(session: Session, now: datetime, lifetime: timedelta) -> None:
    """Files whose columns nobody confirmed do not stay."""
    session.execute(delete(RosterUpload).where(RosterUpload.uploaded_at < now - lifetime))


def layout_of(vault: Keyring, kept: RosterUpload, round_: Round) -> tuple[Any, Layout]:
    """The book and its layout: guessed, with the choices made so far."""
    book = reading.read_book(vault.open_bytes(kept.sealed, f"upload:{round_.id}"), kept.file_name)
    guessed = layout.guess_layout(book, round_.station.columns_remembered)
    for choice in kept.columns:
        guessed = guessed.with_column(choice["sheet"], choice["index"], choice["field"])
    return book, guessed


def choose_columns(
    session: Session, vault: Keyring, kept: RosterUpload, round_: Round, wanted: Mapping[tuple[str, int], str]
) -> Layout:
    """Keep what the coordinator chose over the guess: (sheet, column index) -> field."""
    kept.columns = []
    _book, guessed = layout_of(vault, kept, round_)
    changed = [
        {"sheet": sheet.sheet, "index": column.index, "field": wanted[sheet.sheet, column.index]}
        for sheet in guessed.sheets
        for column in sheet.columns
        if wanted.get((sheet.sheet, column.index), column.field) != column.field
    ]
    kept.columns = changed
    session.flush()
    return layout_of(vault, kept, round_)[1]


def import_roster(session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round) -> Frame:
    """Turn the uploaded file into the round's frame (not yet sealed); an earlier unsealed one is replaced."""
    refuse_when_sealed(session, round_)
    kept = upload_of(session, round_)
    if kept is None:
        raise Missing("no-upload", N_("没有待导入的名册文件，请重新上传。"))
    book, chosen = layout_of(vault, kept, round_)
    roster = build.build_roster(book, chosen)
    if not roster.households:
        raise Invalid(
            "no-households",
            N_("%(file)s 中没有读到任何一户，请检查各列的含义后再导入。"),
            file=kept.file_name,
        )
    remove_frame(session, round_)
    frame = new_frame(session, actor, now, round_, kept, roster)
    add_households(session, vault, round_, frame, roster)
    frame.report_sealed = seal_report(vault, session, frame, roster)
    round_.station.columns_remembered = {**round_.station.columns_remembered, **chosen.remembered()}
    session.delete(kept)
    session.flush()
    trail.record(
        session, actor, "roster.imported", now, round_id=round_.id,
        households=len(roster.households), persons=roster.persons, merged=len(roster.merges), digest=frame.file_digest,
    )  # fmt: skip
    return frame


def remove_frame(session: Session, round_: Round) -> None:
    frame = frame_of(session, round_)
    if frame is None:
        return
    rows = select(FrameRow.id).where(FrameRow.frame_id == frame.id)
    for table, column in ((Contact, Contact.frame_row_id), (PhoneIndex, PhoneIndex.frame_row_id)):
        session.execute(delete(table).where(column.in_(rows)))
    session.execute(delete(FrameRow).where(FrameRow.frame_id == frame.id))
    session.delete(frame)
    session.flush()


def new_frame(
    session: Session, actor: Actor, now: datetime, round_: Round, kept: RosterUpload, roster: result.Roster
) -> Frame:
    frame = Frame(
        round_id=round_.id,
        file_name=kept.file_name,
        file_digest=kept.file_digest,
        imported_by_id=actor.id,
        imported_at=now,
        rows_read=roster.rows,
        rows_merged=len(roster.merges),
        counts=[asdict(count) for count in roster.communities],
        not_stored=not_stored(roster),
        report_sealed=b"",
        stratify_by=natural_strata(roster),
    )
    session.add(frame)
    session.flush()
    return frame


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


def known_households(
    session: Session, vault: Keyring, round_: Round, roster: result.Roster
) -> dict[str, str]:
    """Key of each household -> its public id: the old one where the station's earlier rosters had it, else a new one."""
    stored = dict(
        session.execute(
            select(Household.key_index, Household.id).where(Household.station_id == round_.station_id)
        ).all()
    )
    ids: dict[str, str] = {}
    for household in roster.households:
        index = vault.blind(household.key, "household.key")
        if index not in stored:
            stored[index] = new_household_id()
            session.add(Household(id=stored[index], station_id=round_.station_id, key_index=index))
        ids[household.key] = stored[index]
    session.flush()
    return ids


def add_households(
    session: Session, vault: Keyring, round_: Round, frame: Frame, roster: result.Roster
) -> None:
    ids = known_households(session, vault, round_, roster)
    rows = [frame_row(frame, ids[household.key], household) for household in roster.households]
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        session.add_all(chunk)
        session.flush()
        for row, household in zip(chunk, roster.households[start : start + CHUNK], strict=True):
            phones = phones_of(household)
            session.add(
                personal.make_contact(
                    vault,
                    row,
                    salutation=household.salutation,
                    phones=phones,
                    identity=identity_of(household),
                )
            )
            session.add_all(personal.phone_indexes(vault, row, phones))
    session.flush()


def frame_row(frame: Frame, household_id: str, household: result.Household) -> FrameRow:
    return FrameRow(
        frame_id=frame.id,
        household_id=household_id,
        sheet=household.sheet[:60],
        row=household.row,
        zone=household.zone[:60],
        community=household.community[:60],
        persons=household.persons,
        categories=" ".join(household.categories)[:200],
        language=language_of(household),
        needs=" ".join(household.needs),
        flags=" ".join(flag for flag in household.flags if flag != "needs_proxy"),
        dialable_phones=sum(phone.dialable for phone in household.phones),
    )


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
