"""Two rounds of one station a year apart, with households that stay, leave and join."""

from __future__ import annotations

from datetime import date, timedelta

from build import NOON, make_round, make_season
from build_frame import make_sealed_frame
from sqlalchemy.orm import Session

from survey.models.draw import Case, Design
from survey.models.frame import FrameRow
from survey.models.season import Round
from survey.services import releases
from survey.services.trail import Actor
from survey.vault import Keyring

YEAR = timedelta(days=360)  # within twelve months
LATER = NOON + YEAR


def make_next_round(
    session: Session, vault: Keyring, earlier: Round, *, leaving: int = 0, joining: int = 0, number: int = 2
) -> Round:
    """The next season's round of the station: its frame without the first `leaving` households, with `joining` new."""
    season = make_season(session, f"第 {number} 季")
    season.fieldwork_from, season.fieldwork_to = (
        date(2025 + number - 2, 12, 1),
        date(2025 + number - 2, 12, 31),
    )
    round_ = make_round(session, season, earlier.station)
    stay = [
        id_ for (id_,) in session.query(FrameRow.household_id).filter(
            FrameRow.frame_id == session.query(Design.frame_id).filter_by(round_id=earlier.id).limit(1).scalar_subquery()
        ).order_by(FrameRow.id)
    ][leaving:]  # fmt: skip
    make_sealed_frame(
        session, vault, round_, {"一片区": len(stay) + joining}, returning=stay, at=NOON + (number - 1) * YEAR
    )
    return round_


def release_all(session: Session, actor: Actor, round_: Round, design: Design) -> set[str]:
    """Release the sample; the ids of its households."""
    at = design.drawn_at + timedelta(minutes=5)
    releases.release(session, actor, at, round_, design.allocation, "第一批")
    return drawn_ids(session, design, released=True)


def drawn_ids(session: Session, design: Design, *, released: bool = False) -> set[str]:
    cases = session.query(Case.household_id).filter_by(design_id=design.id)
    if released:
        cases = cases.filter(Case.release_id.is_not(None))
    return {id_ for (id_,) in cases}
