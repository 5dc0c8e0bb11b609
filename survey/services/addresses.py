"""Where households live: kept sealed in rounds with home visits alone, and gone when a round has none any more."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict
from survey.models.frame import Contact, Frame, FrameRow
from survey.models.season import Round
from survey.services.roster_review import frame_of


def kept(session: Session, frame: Frame) -> int:
    """How many households (户) of the frame have an address."""
    rows = select(FrameRow.id).where(FrameRow.frame_id == frame.id)
    query = select(func.count()).where(Contact.frame_row_id.in_(rows), Contact.address_sealed.is_not(None))
    return session.scalar(query) or 0


def missing(session: Session, round_: Round) -> bool:
    """Whether the round visits households, but its roster was imported without a single address."""
    frame = frame_of(session, round_)
    return round_.home_visits and frame is not None and kept(session, frame) == 0


def begin(session: Session, round_: Round) -> None:
    """The round is to visit households. Raises Conflict (sealed-without-addresses) when it is too late for addresses."""
    frame = frame_of(session, round_)
    if frame is not None and frame.sealed_at is not None and kept(session, frame) == 0:
        raise Conflict(
            "sealed-without-addresses",
            N_("名册已经封存，里面没有住址，本轮不能再改为入户访问；请在下一轮导入名册之前勾选。"),
        )


def forget(session: Session, round_: Round) -> None:
    """The round visits nobody: the addresses are erased, and come back only by another import."""
    frame = frame_of(session, round_)
    if frame is None:
        return
    rows = select(FrameRow.id).where(FrameRow.frame_id == frame.id)
    session.execute(
        update(Contact)
        .where(Contact.frame_row_id.in_(rows))
        .values(address_sealed=None)
        .execution_options(synchronize_session="fetch")
    )
