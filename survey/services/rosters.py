"""Rosters: upload, confirm the columns, import.

A large file is read, grouped and sealed with no transaction open. So each verb comes in two: what looks at the file
and needs no session, and what writes. `upload` and `import_roster` are both in one, for programs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.errors import N_, Invalid, Missing
from survey.models.frame import Contact, Frame, FrameRow, PhoneIndex, RosterUpload
from survey.models.season import Round
from survey.roster import build, layout, reading
from survey.roster.book import Book
from survey.roster.layout import Layout
from survey.services import roster_rows, trail
from survey.services.frame_attachments import drop_attachments
from survey.services.roster_review import frame_of, refuse_when_sealed
from survey.services.roster_rows import Prepared
from survey.services.trail import Actor
from survey.vault import Keyring

Choices = Mapping[tuple[str, int], str]  # (sheet, column index) -> field


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A file that can be read as a roster, without its password."""

    name: str
    digest: str
    content: bytes


def read_file(name: str, data: bytes, password: str, remembered: Mapping[str, str]) -> RosterFile:
    """Look whether the file is a roster. Raises Unreadable."""
    reading.refuse_size(data, name)
    content = reading.unlocked(data, name, password or None)
    layout.guess_layout(reading.read_book(content, name), remembered)
    return RosterFile(name, hashlib.sha256(data).hexdigest(), content)


def upload_of(session: Session, round_: Round) -> RosterUpload | None:
    return session.scalars(select(RosterUpload).where(RosterUpload.round_id == round_.id)).first()


def keep_upload(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, file: RosterFile
) -> RosterUpload:
    """Keep a readable roster, sealed, until its columns are confirmed."""
    refuse_when_sealed(session, round_)
    drop_upload(session, round_)
    kept = RosterUpload(
        round_id=round_.id,
        file_name=file.name[-200:],
        file_digest=file.digest,
        sealed=vault.seal_bytes(file.content, f"upload:{round_.id}"),
        columns=[],
        uploaded_by_id=actor.id,
        uploaded_at=now,
    )
    session.add(kept)
    session.flush()
    trail.record(session, actor, "roster.uploaded", now, round_id=round_.id, digest=kept.file_digest)
    return kept


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
    """`read_file` and `keep_upload`. Raises Unreadable and keeps nothing otherwise."""
    refuse_when_sealed(session, round_)
    file = read_file(name, data, password, round_.station.columns_remembered)
    return keep_upload(session, vault, actor, now, round_, file)


def drop_upload(session: Session, round_: Round) -> None:
    session.execute(delete(RosterUpload).where(RosterUpload.round_id == round_.id))


def cancel_upload(session: Session, actor: Actor, now: datetime, round_: Round) -> None:
    drop_upload(session, round_)
    trail.record(session, actor, "roster.upload-cancelled", now, round_id=round_.id)


def drop_old_uploads(session: Session, now: datetime, lifetime: timedelta) -> None:
    """Files whose columns nobody confirmed do not stay."""
    session.execute(delete(RosterUpload).where(RosterUpload.uploaded_at < now - lifetime))


@dataclass(frozen=True, slots=True)
class Opened:
    """An upload out of its seal, with all that reading and sealing it needs: no session."""

    upload_id: int
    round_id: int
    station_id: int
    file: RosterFile
    remembered: Mapping[str, str]
    choices: Choices
    known: Mapping[str, str]
    #: only in rounds with home visits
    keep_address: bool = False

    def read(self) -> tuple[Book, Layout]:
        """The book and its layout: guessed, with the choices made so far."""
        book = reading.read_book(self.file.content, self.file.name)
        return book, with_choices(layout.guess_layout(book, self.remembered), self.choices)

    def prepare(self, vault: Keyring, book: Book, chosen: Layout) -> Prepared:
        """Everything that `write_roster` writes. Raises Unreadable, or Invalid when nobody is in the file."""
        roster = build.build_roster(book, chosen, self.keep_address)
        if not roster.households:
            raise Invalid(
                "no-households",
                N_("%(file)s 中没有读到任何一户，请检查各列的含义后再导入。"),
                file=self.file.name,
            )
        return roster_rows.prepare(vault, self.round_id, self.station_id, self.known, roster)


def open_upload(session: Session, vault: Keyring, kept: RosterUpload, round_: Round) -> Opened:
    return Opened(
        kept.id,
        round_.id,
        round_.station_id,
        RosterFile(kept.file_name, kept.file_digest, vault.open_bytes(kept.sealed, f"upload:{round_.id}")),
        dict(round_.station.columns_remembered),
        {(choice["sheet"], choice["index"]): choice["field"] for choice in kept.columns},
        roster_rows.known_households(session, round_),
        round_.home_visits,
    )


def with_choices(guessed: Layout, choices: Choices) -> Layout:
    """What was chosen over the guess; a column left as guessed keeps saying who guessed it."""
    fields = {
        (sheet.sheet, column.index): column.field for sheet in guessed.sheets for column in sheet.columns
    }
    chosen = guessed
    for (sheet, index), field in choices.items():
        if fields.get((sheet, index)) != field:
            chosen = chosen.with_column(sheet, index, field)
    return chosen


def keep_choices(session: Session, opened: Opened, choices: Choices) -> None:
    """Remember the chosen columns with the upload, so that they still stand when the import is refused."""
    kept = same_upload(session, opened)
    kept.columns = [
        {"sheet": sheet, "index": index, "field": field} for (sheet, index), field in choices.items()
    ]
    session.flush()


def same_upload(session: Session, opened: Opened) -> RosterUpload:
    """The upload that was opened, looked up anew: meanwhile somebody may have imported or cancelled it."""
    session.expire_all()
    same = select(RosterUpload).where(
        RosterUpload.id == opened.upload_id, RosterUpload.file_digest == opened.file.digest
    )
    kept = session.scalars(same).first()
    if kept is None:
        raise no_upload()
    return kept


def no_upload() -> Missing:
    return Missing("no-upload", N_("没有待导入的名册文件，请重新上传。"))


def import_roster(session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round) -> Frame:
    """Open, read, prepare and write: turn the uploaded file into the round's frame, not yet sealed."""
    refuse_when_sealed(session, round_)
    kept = upload_of(session, round_)
    if kept is None:
        raise no_upload()
    opened = open_upload(session, vault, kept, round_)
    book, chosen = opened.read()
    prepared = opened.prepare(vault, book, chosen)
    session.flush()
    return write_roster(session, actor, now, round_, opened, chosen, prepared)


def write_roster(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    opened: Opened,
    chosen: Layout,
    prepared: Prepared,
) -> Frame:
    """Put the round's frame into the tables; an earlier unsealed one is replaced, the upload is deleted."""
    kept = same_upload(session, opened)
    refuse_when_sealed(session, round_)
    remove_frame(session, actor, now, round_)
    frame = Frame(
        round_id=round_.id,
        file_name=kept.file_name,
        file_digest=kept.file_digest,
        imported_by_id=actor.id,
        imported_at=now,
        **prepared.frame,
    )
    session.add(frame)
    session.flush()
    roster_rows.write(session, frame, prepared)
    round_.station.columns_remembered = {**round_.station.columns_remembered, **chosen.remembered()}
    session.delete(kept)
    session.flush()
    trail.record(
        session, actor, "roster.imported", now, round_id=round_.id, households=len(prepared.rows),
        persons=sum(row["persons"] for row in prepared.rows), merged=frame.rows_merged, digest=frame.file_digest,
    )  # fmt: skip
    return frame


def remove_frame(session: Session, actor: Actor, now: datetime, round_: Round) -> None:
    frame = frame_of(session, round_)
    if frame is None:
        return
    drop_attachments(session, actor, now, round_, frame)
    rows = select(FrameRow.id).where(FrameRow.frame_id == frame.id)
    for table, column in ((Contact, Contact.frame_row_id), (PhoneIndex, PhoneIndex.frame_row_id)):
        session.execute(delete(table).where(column.in_(rows)))
    session.execute(delete(FrameRow).where(FrameRow.frame_id == frame.id))
    session.delete(frame)
    session.flush()
