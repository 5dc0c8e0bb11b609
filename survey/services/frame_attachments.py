"""What the station handed in with its roster, above all the signed 名册确认书: kept sealed, opened on the record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.errors import N_, Invalid, Missing
from survey.models.frame import Frame, FrameAttachment
from survey.models.season import Round
from survey.services import trail
from survey.services.freeze import refuse_closed
from survey.services.roster_review import frame_of, refuse_when_sealed
from survey.services.trail import Actor
from survey.vault import Keyring

LARGEST = 10 * 1024 * 1024  # bytes
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file by its first bytes, whatever its name says."""

    magic: bytes
    mimetype: str
    endings: tuple[str, ...]


KINDS = (
    Kind(b"%PDF-", "application/pdf", (".pdf",)),
    Kind(b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    Kind(b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
)


@dataclass(frozen=True, slots=True)
class Document:
    """An attachment out of its seal."""

    name: str
    mimetype: str
    content: bytes


def kind_of(data: bytes, name: str) -> Kind:
    """Raises Invalid for what is neither PDF, JPEG nor PNG."""
    kind = next((kind for kind in KINDS if data.startswith(kind.magic)), None)
    if kind is None:
        raise Invalid(
            "attachment-kind",
            N_("%(file)s 不是 PDF、JPG 或 PNG。请扫描或拍照后上传，或把文件另存为 PDF。"),
            file=name,
        )
    return kind


def fitting_name(name: str, kind: Kind) -> str:
    """The name with an ending that says what the file is."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1].strip() or "confirmation"
    ending = "" if bare.lower().endswith(kind.endings) else kind.endings[0]
    return (bare + ending)[-LONGEST_NAME:]


def attach(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, *, name: str, data: bytes
) -> FrameAttachment:
    """Keep a document with the round's roster, before or after the seal. Raises Invalid for its kind or size."""
    refuse_closed(session, round_.id)
    frame = roster_of(session, round_)
    refuse_size(data, name)
    digest = hashlib.sha256(data).hexdigest()
    kept = FrameAttachment(
        frame_id=frame.id,
        file_name=fitting_name(name, kind_of(data, name)),
        file_digest=digest,
        size=len(data),
        sealed=vault.seal_bytes(data, context(frame, digest)),
        attached_by_id=actor.id or 0,
        attached_at=now,
    )
    session.add(kept)
    session.flush()
    record(session, actor, "frame.attachment-added", now, round_, kept)
    return kept


def refuse_size(data: bytes, name: str) -> None:
    if not data:
        raise Invalid("attachment-empty", N_("%(file)s 是空的。请检查后重新选择文件。"), file=name)
    if len(data) > LARGEST:
        raise Invalid(
            "attachment-large",
            N_("%(file)s 超过 %(limit)s MB。请降低扫描的清晰度，或分成几个文件上传。"),
            file=name,
            limit=LARGEST // (1024 * 1024),
        )


def context(frame: Frame, digest: str) -> str:
    return f"frame.attachment:{frame.id}:{digest}"


def roster_of(session: Session, round_: Round) -> Frame:
    frame = frame_of(session, round_)
    if frame is None:
        raise Missing("no-roster", N_("还没有导入名册。"))
    return frame


def attachments_of(session: Session, frame: Frame) -> list[FrameAttachment]:
    query = select(FrameAttachment).where(FrameAttachment.frame_id == frame.id)
    return list(session.scalars(query.order_by(FrameAttachment.id)))


def open_attachment(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, attachment_id: int
) -> Document:
    """The document, which may show names and signatures; that it was opened is in the trail."""
    kept = find_attachment(session, round_, attachment_id)
    frame = roster_of(session, round_)
    content = vault.open_bytes(kept.sealed, context(frame, kept.file_digest))
    record(session, actor, "frame.attachment-downloaded", now, round_, kept)
    return Document(kept.file_name, kind_of(content, kept.file_name).mimetype, content)


def find_attachment(session: Session, round_: Round, attachment_id: int) -> FrameAttachment:
    frame = roster_of(session, round_)
    kept = session.get(FrameAttachment, attachment_id)
    if kept is None or kept.frame_id != frame.id:
        raise Missing("no-such-attachment", N_("没有这个附件，请刷新页面。"))
    return kept


def remove_attachment(
    session: Session, actor: Actor, now: datetime, round_: Round, attachment_id: int
) -> None:
    """Before the seal only; afterwards what was attached stays."""
    refuse_when_sealed(session, round_)
    kept = find_attachment(session, round_, attachment_id)
    record(session, actor, "frame.attachment-removed", now, round_, kept)
    session.delete(kept)
    session.flush()


def drop_attachments(session: Session, actor: Actor, now: datetime, round_: Round, frame: Frame) -> None:
    """A roster that replaces another takes the documents about that one away with it; the trail keeps their digests."""
    for kept in attachments_of(session, frame):
        record(session, actor, "frame.attachment-removed", now, round_, kept)
    session.execute(delete(FrameAttachment).where(FrameAttachment.frame_id == frame.id))


def record(
    session: Session, actor: Actor, action: str, now: datetime, round_: Round, kept: FrameAttachment
) -> None:
    subject = f"attachment:{kept.id}"
    trail.record(session, actor, action, now, subject=subject, round_id=round_.id, digest=kept.file_digest)
