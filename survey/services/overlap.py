"""How many households of a round were drawn in the station's earlier rounds: counts only, no identities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from survey.fieldwork.rules import SHANGHAI
from survey.models.draw import Case, Design, Release
from survey.models.frame import Frame, FrameRow
from survey.models.season import Round
from survey.sampling.coordination import months_before
from survey.services.canonical import in_frame


@dataclass(frozen=True, slots=True)
class Counts:
    """Households (户) of a stratum of this round's frame: all, and those of them that were also in the earlier frame,
    drawn in the earlier round, and released in it within the guard."""

    households: int = 0
    common: int = 0
    drawn: int = 0
    released: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.households + other.households,
            self.common + other.common,
            self.drawn + other.drawn,
            self.released + other.released,
        )


@dataclass(frozen=True, slots=True)
class EarlierRound:
    """A round of the same station whose releases fall into the guard (days of Shanghai); `strata` are those of the
    later frame."""

    round: Round
    design: Design
    released_from: date
    released_to: date
    strata: Mapping[str, Counts]

    @property
    def whole(self) -> Counts:
        return sum(self.strata.values(), Counts())


@dataclass(frozen=True, slots=True)
class Repeated:
    """What a draw came to, in 户: drawn both times; released earlier and drawn now; released both times."""

    drawn: int
    burdened: int
    released: int


def guarded_since(round_: Round) -> datetime:
    """Households released since then are spared: so many months before this round's fieldwork begins."""
    first = months_before(round_.fieldwork_from, round_.season.burden_months)
    return datetime.combine(first, time(), SHANGHAI)


def earlier_rounds(session: Session, round_: Round, frame: Frame) -> list[EarlierRound]:
    """The station's other rounds with releases within the guard, oldest first; none when the guard is 0 months."""
    if not round_.season.burden_months:
        return []
    since = guarded_since(round_)
    rows = session.execute(
        select(Release.round_id, func.min(Release.released_at), func.max(Release.released_at))
        .join(Round, Round.id == Release.round_id)
        .where(Round.station_id == round_.station_id, Round.id != round_.id, Release.released_at >= since)
        .group_by(Release.round_id)
        .order_by(func.min(Release.released_at))
    ).all()
    designs = latest_designs(session, round_)
    return [
        EarlierRound(
            session.get_one(Round, id_),
            designs[id_],
            first.astimezone(SHANGHAI).date(),
            last.astimezone(SHANGHAI).date(),
            _counts(session, frame, designs[id_], since),
        )
        for id_, first, last in rows
    ]


def latest_designs(session: Session, round_: Round) -> dict[int, Design]:
    """The designs that count of the other rounds of the station, by round."""
    mine = select(Design).join(Round, Round.id == Design.round_id)
    others = mine.where(Round.station_id == round_.station_id, Round.id != round_.id)
    return {design.round_id: design for design in session.scalars(others.order_by(Design.id))}


def _counts(session: Session, frame: Frame, earlier: Design, since: datetime) -> dict[str, Counts]:
    before = aliased(FrameRow)
    query = (
        in_frame(frame)
        .with_only_columns(
            FrameRow.stratum,
            func.count(FrameRow.id),
            func.count(before.id),
            func.count(Case.id),
            func.count(Release.id),
        )
        .outerjoin(
            before,
            and_(
                before.household_id == FrameRow.household_id,
                before.frame_id == earlier.frame_id,
                before.excluded_reason.is_(None),
            ),
        )
        .outerjoin(Case, and_(Case.household_id == FrameRow.household_id, Case.design_id == earlier.id))
        .outerjoin(Release, and_(Release.id == Case.release_id, Release.released_at >= since))
        .group_by(FrameRow.stratum)
    )
    return {stratum or "": Counts(*counts) for stratum, *counts in session.execute(query)}


def repeated(session: Session, design: Design, earlier: EarlierRound) -> Repeated:
    """The actual overlap of a drawn design with an earlier round."""
    before, then = aliased(Case), aliased(Release)
    since = guarded_since(session.get_one(Round, design.round_id))
    row = session.execute(
        select(
            func.count(Case.id),
            func.count(then.id),
            func.count(Case.release_id).filter(then.id.is_not(None)),
        )
        .join(before, before.household_id == Case.household_id)
        .outerjoin(then, and_(then.id == before.release_id, then.released_at >= since))
        .where(Case.design_id == design.id, before.design_id == earlier.design.id)
    ).one()
    return Repeated(*row)
