"""The seal: strata, salted commitments and the canonical frame, rebuilt from frame rows whenever somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict
from survey.models.frame import Contact, Frame, FrameRow
from survey.sampling.commitment import commit, commitment_digest, commitment_file, new_salt
from survey.sampling.frame import FrameUnit, canonical_frame, frame_hash
from survey.services import trail
from survey.services.freeze import refuse_closed
from survey.services.personal import open_identity
from survey.services.stratification import Home, labels, parts_of
from survey.services.trail import Actor
from survey.vault import Keyring


def in_frame(frame: Frame) -> Select[FrameRow]:
    """The households of the frame: its rows without an exclusion."""
    return select(FrameRow).where(FrameRow.frame_id == frame.id, FrameRow.excluded_reason.is_(None))


def canonical_of(session: Session, frame: Frame) -> bytes:
    """The public file `id,stratum` of the frame, from its rows; needs the strata that the seal has set."""
    rows = in_frame(frame).with_only_columns(FrameRow.household_id, FrameRow.stratum)
    return canonical_frame(FrameUnit(id_, stratum or "") for id_, stratum in session.execute(rows))


def commitments_of(session: Session, frame: Frame) -> dict[str, str]:
    """Household id → commitment, of every household in the frame."""
    rows = in_frame(frame).with_only_columns(FrameRow.household_id, FrameRow.commitment)
    return {id_: commitment or "" for id_, commitment in session.execute(rows)}


def commitment_list(session: Session, frame: Frame) -> bytes:
    """The public list `id,commitment`; its SHA-256 stands in the certificate."""
    return commitment_file(commitments_of(session, frame))


def seal_frame(
    session: Session, vault: Keyring, actor: Actor, frame: Frame, *, stratify_by: str, now: datetime
) -> None:
    """封存: fix strata, commitments and both digests. From here the database refuses every change.

    Raises Conflict when the frame is sealed already, the station has not confirmed it, or a household has no
    identity to commit to; Invalid for strata that cannot be named.
    """
    refuse_closed(session, frame.round_id)
    _check_sealable(frame, stratify_by, now)
    session.flush()
    labels = stratum_labels(session, frame, stratify_by)
    if not labels:
        raise Conflict("frame-empty", N_("名册里没有住户。请先导入名册。"))
    session.execute(update(FrameRow), list(_sealed_rows(session, vault, frame, labels)))
    session.expire_all()
    digest = frame_hash(canonical_of(session, frame))
    commitments = commitment_digest(commitments_of(session, frame))
    frame.digest, frame.commitments_digest, frame.stratify_by = digest, commitments, stratify_by
    frame.sealed_at, frame.sealed_by_id = now, actor.id
    session.flush()
    trail.record(
        session,
        actor,
        "frame.sealed",
        now,
        subject=f"frame:{frame.id}",
        round_id=frame.round_id,
        critical=True,
        digest=digest,
        commitments=commitments,
        stratify_by=stratify_by,
        households=len(labels),
    )


def check_unchanged(session: Session, frame: Frame) -> bytes:
    """The canonical frame, after making sure that it still is the one that was sealed."""
    data = canonical_of(session, frame)
    if frame_hash(data) != frame.digest:
        raise Conflict(
            "frame-edited",
            N_("抽样框与封存时不同：封存为 %(sealed)s，现为 %(found)s。请用封存当日的备份核对数据库。"),
            sealed=(frame.digest or "")[:8],
            found=frame_hash(data)[:8],
        )
    return data


def stratum_labels(session: Session, frame: Frame, stratify_by: str) -> dict[int, str]:
    """Frame row id → label of its stratum."""
    columns = (FrameRow.id, FrameRow.zone, FrameRow.community, FrameRow.categories)
    rows = session.execute(in_frame(frame).with_only_columns(*columns))
    homes = {id_: Home(*home) for id_, *home in rows}
    label_of = labels(homes.values(), stratify_by)
    return {id_: label_of[home] for id_, home in homes.items()}


def _sealed_rows(
    session: Session, vault: Keyring, frame: Frame, labels: Mapping[int, str]
) -> Iterator[dict[str, object]]:
    query = in_frame(frame).outerjoin(Contact, Contact.frame_row_id == FrameRow.id).add_columns(Contact)
    for row, contact in session.execute(query.execution_options(yield_per=2000)):
        if contact is None:
            raise Conflict(
                "identity-missing",
                N_("“%(sheet)s”第 %(row)s 行的住户没有身份信息，无法封存。请重新导入名册。"),
                sheet=row.sheet,
                row=row.row,
            )
        salt, household = new_salt(), row.household_id
        yield {
            "id": row.id,
            "stratum": labels[row.id],
            "commitment": commit(salt, household, open_identity(vault, contact)),
            "salt_sealed": vault.seal_bytes(salt, f"frame.salt:{household}"),
        }


def _check_sealable(frame: Frame, stratify_by: str, now: datetime) -> None:
    if frame.sealed_at is not None:
        raise Conflict("frame-sealed", N_("名册已经封存，不能再次封存。"))
    if frame.confirmed_at is None:
        raise Conflict(
            "frame-unconfirmed", N_("还没有登记社工站签字的名册确认书，不能封存。请先登记确认书。")
        )
    if frame.confirmed_at > now:
        raise Conflict("confirmed-later", N_("名册确认书的登记时间晚于现在，不能封存。请核对电脑的时钟。"))
    parts_of(stratify_by)  # refuses what it does not know
