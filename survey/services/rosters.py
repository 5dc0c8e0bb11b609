"""Rosters: upload, confirm the columns, import, decide on problems, record the signed confirmation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Message, Missing
from survey.models.frame import Contact, Frame, FrameRow, Household, PhoneIndex, RosterUpload
from survey.models.season import Round
from survey.roster import build, layout, reading, result
from survey.roster.layout import Layout
from survey.sampling.commitment import new_household_id
from survey.services import personal, trail
from survey.services.personal import PhoneNumber
from survey.services.trail import Actor
from survey.vault import Keyring

SPOKEN = {"普通话": "zh", "粤语": "yue", "客家话": "hak", "潮汕话": "nan", "英语": "en", "手语": "sign"}
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem or notice of the import, as the report shows it."""

    kind: str
    sheet: str
    row: int
    column: str
    household: str
    value: str
    message: Message


@dataclass(frozen=True, slots=True)
class Report:
    """What an import found: opened from the seal, for the coordinator alone."""

    problems: tuple[Finding, ...]
    notices: tuple[Finding, ...]
    merges: tuple[dict[str, Any], ...]
    labels: Mapping[str, str]


def frame_of(session: Session, round_: Round) -> Frame | None:
    return session.scalars(select(Frame).where(Frame.round_id == round_.id)).first()


def refuse_when_sealed(session: Session, round_: Round) -> None:
    frame = frame_of(session, round_)
    if frame is not None and frame.sealed_at is not None:
        raise Conflict(
            "frame-sealed", N_("抽样框已封存，名册不能再改。如名册有误，请在封存记录中说明并另开一轮。")
        )


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
        stratify_by="zone" if len({household.zone for household in roster.households}) > 1 else "community",
    )
    session.add(frame)
    session.flush()
    return frame


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


def seal_report(vault: Keyring, session: Session, frame: Frame, roster: result.Roster) -> bytes:
    places = {(household.sheet, household.row): household.label for household in roster.households}
    rows = session.execute(
        select(FrameRow.household_id, FrameRow.sheet, FrameRow.row).where(FrameRow.frame_id == frame.id)
    )
    content = {
        "problems": [finding_as_json(problem) for problem in roster.problems],
        "notices": [finding_as_json(notice) for notice in roster.notices],
        "merges": [asdict(merge) for merge in roster.merges],
        "labels": {household_id: places.get((sheet, row), "") for household_id, sheet, row in rows},
    }
    return vault.seal(json.dumps(content, ensure_ascii=False), f"frame.report:{frame.round_id}")


def finding_as_json(problem: result.Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind, "sheet": problem.sheet, "row": problem.row, "column": problem.column,
        "household": problem.household, "value": problem.value, "text": problem.message.text,
        "values": {name: str(value) for name, value in problem.message.values.items()},
    }  # fmt: skip


def open_report(vault: Keyring, frame: Frame) -> Report:
    content = json.loads(vault.open(frame.report_sealed, f"frame.report:{frame.round_id}"))

    def findings(items: list[dict[str, Any]]) -> Iterator[Finding]:
        for item in items:
            yield Finding(
                item["kind"], item["sheet"], item["row"], item["column"], item["household"], item["value"],
                Message(item["text"], item["values"]),
            )  # fmt: skip

    return Report(
        tuple(findings(content["problems"])),
        tuple(findings(content["notices"])),
        tuple(content["merges"]),
        content["labels"],
    )


def flagged_rows(session: Session, frame: Frame) -> list[FrameRow]:
    """Households on which the coordinator decides: the roster says moved out, deceased or 空挂; or already excluded."""
    query = select(FrameRow).where(
        FrameRow.frame_id == frame.id, (FrameRow.flags != "") | FrameRow.excluded_reason.is_not(None)
    )
    return list(session.scalars(query.order_by(FrameRow.id)))


def find_rows(session: Session, vault: Keyring, frame: Frame, wanted: str) -> list[FrameRow]:
    """Households whose file number (or name, where there is none) contains what was typed; at most 20."""
    labels = open_report(vault, frame).labels
    ids = [household_id for household_id, label in labels.items() if wanted and wanted in label][:20]
    rows = select(FrameRow).where(FrameRow.frame_id == frame.id, FrameRow.household_id.in_(ids))
    return list(session.scalars(rows.order_by(FrameRow.id)))


def exclude(
    session: Session, actor: Actor, now: datetime, round_: Round, household_id: str, reason: str
) -> None:
    """Take a household out of the frame with a reason (empty: put it back). A signed confirmation is void then."""
    refuse_when_sealed(session, round_)
    frame = frame_of(session, round_)
    row = (
        frame
        and session.scalars(
            select(FrameRow).where(FrameRow.frame_id == frame.id, FrameRow.household_id == household_id)
        ).first()
    )
    if not frame or not row:
        raise Missing("no-such-household", N_("名册中没有这一户，请刷新页面。"))
    row.excluded_reason = reason.strip()[:200] or None
    frame.confirmed_at, frame.confirmed_name = None, None
    session.flush()
    action = "roster.household-excluded" if row.excluded_reason else "roster.household-kept"
    trail.record(session, actor, action, now, subject=f"household:{household_id}", round_id=round_.id)


def confirm(session: Session, actor: Actor, now: datetime, round_: Round, signed_by: str) -> Frame:
    """Record that the station signed the roster confirmation (名册确认书)."""
    refuse_when_sealed(session, round_)
    frame = frame_of(session, round_)
    if frame is None:
        raise Conflict("no-roster", N_("还没有导入名册。"))
    frame.confirmed_name, frame.confirmed_at = signed_by.strip(), now
    session.flush()
    trail.record(session, actor, "roster.confirmed", now, round_id=round_.id, digest=frame.file_digest)
    return frame


@dataclass(frozen=True, slots=True)
class Totals:
    """户 and 人 in the roster and in the frame after exclusions."""

    households: int
    persons: int
    excluded: int
    frame_households: int
    frame_persons: int
    without_phone: int


def totals(session: Session, frame: Frame) -> Totals:
    kept = FrameRow.excluded_reason.is_(None)
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(FrameRow.persons), 0),
            func.count().filter(~kept),
            func.count().filter(kept),
            func.coalesce(func.sum(FrameRow.persons).filter(kept), 0),
            func.count().filter(kept, FrameRow.dialable_phones == 0),
        ).where(FrameRow.frame_id == frame.id)
    ).one()
    return Totals(*(int(value) for value in row))
