"""Is the roster whole and honest: its counts, the station's previous frame, and figures stated elsewhere, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, null, select
from sqlalchemy.orm import Session, aliased

from survey.errors import N_, Conflict, Invalid, Missing
from survey.models.frame import Frame, FrameRow, PhoneIndex, StatedFigure
from survey.models.season import Round
from survey.roster.facts import (
    CategoryChange,
    Cell,
    FrameFacts,
    PlaceChange,
    category_changes,
    place_changes,
)
from survey.roster.observations import SHARED_BY, Observed, observe
from survey.roster.places import zone_key
from survey.services import trail
from survey.services.roster_review import frame_of, refuse_when_sealed
from survey.services.trail import Actor

MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure stated elsewhere beside the roster's own count, in households (户) or persons (人) as `unit` says."""

    figure: StatedFigure
    unit: str
    stated: int
    counted: int

    @property
    def difference(self) -> int:
        return self.counted - self.stated

    @property
    def share(self) -> float | None:
        """The difference as a share of what is stated."""
        return self.difference / self.stated if self.stated else None


@dataclass(frozen=True, slots=True)
class Honesty:
    """All that the page shows. `previous`: the station's latest frame that was sealed before this one was imported."""

    now: FrameFacts
    observed: Observed
    previous: Frame | None
    before: FrameFacts | None
    places: tuple[PlaceChange, ...]
    categories: tuple[CategoryChange, ...]
    comparisons: tuple[Comparison, ...]


def honesty(session: Session, frame: Frame) -> Honesty:
    """Everything about a frame, sealed or not, excluded households included: it is about what the station handed in."""
    previous = previous_frame(session, frame)
    now = facts_of(session, frame, previous)
    before = facts_of(session, previous, frame) if previous else None
    return Honesty(
        now,
        observe(now, before),
        previous,
        before,
        place_changes(before, now) if before else (),
        category_changes(before, now) if before else (),
        comparisons(session, frame),
    )


def previous_frame(session: Session, frame: Frame) -> Frame | None:
    query = (
        select(Frame)
        .join(Round)
        .where(
            Round.station_id == frame.round.station_id,
            Frame.id != frame.id,
            Frame.sealed_at < frame.imported_at,
        )
    )
    return session.scalars(query.order_by(Frame.sealed_at.desc()).limit(1)).first()


def facts_of(session: Session, frame: Frame, other: Frame | None = None) -> FrameFacts:
    per_number = households_per_number(session, frame)
    numbered, missing = numbering_of(frame)
    return FrameFacts(
        cells_of(session, frame, other), per_number, sharing_households(session, frame), numbered, missing
    )


def cells_of(session: Session, frame: Frame, other: Frame | None) -> tuple[Cell, ...]:
    twin = aliased(FrameRow)
    places = (twin.zone, twin.community) if other else (null(), null())
    alike = (FrameRow.zone, FrameRow.community, FrameRow.categories)
    query = select(
        *alike,
        func.count(),
        func.count().filter(FrameRow.dialable_phones == 0),
        func.sum(FrameRow.persons),
        func.count().filter(FrameRow.persons == 1),
        *places,
    ).where(FrameRow.frame_id == frame.id)
    if other:
        same = and_(twin.household_id == FrameRow.household_id, twin.frame_id == other.id)
        query = query.outerjoin(twin, same)
    grouped = query.group_by(*alike, *(places if other else ())).order_by(func.min(FrameRow.id))
    return tuple(
        Cell(
            zone, community, tuple(categories.split()), households, without_phone, persons, single,
            None if there[1] is None else (there[0], there[1]),
        )
        for zone, community, categories, households, without_phone, persons, single, *there in session.execute(grouped)
    )  # fmt: skip


def numbers_of(frame: Frame) -> Select[str, int]:
    """Blind number -> how many households have it."""
    users = func.count(PhoneIndex.frame_row_id.distinct())
    query = select(PhoneIndex.whole, users.label("users"))
    return query.join(FrameRow).where(FrameRow.frame_id == frame.id).group_by(PhoneIndex.whole)


def households_per_number(session: Session, frame: Frame) -> Mapping[int, int]:
    users = numbers_of(frame).subquery().c.users
    return dict(session.execute(select(users, func.count()).group_by(users)).all())


def sharing_households(session: Session, frame: Frame) -> int:
    numbers = numbers_of(frame).subquery()
    shared = select(numbers.c.whole).where(numbers.c.users > SHARED_BY)
    query = (
        select(func.count(PhoneIndex.frame_row_id.distinct()))
        .join(FrameRow)
        .where(FrameRow.frame_id == frame.id, PhoneIndex.whole.in_(shared))
    )
    return session.scalar(query) or 0


def numbering_of(frame: Frame) -> tuple[Mapping[str, int] | None, Mapping[str, int] | None]:
    """Per zone, as the import counted them; None for a frame imported before it did."""
    if not frame.counts or any("numbered" not in count for count in frame.counts):
        return None, None
    numbered: dict[str, int] = {}
    missing: dict[str, int] = {}
    for count in frame.counts:
        zone = count["zone"]
        numbered[zone] = numbered.get(zone, 0) + count["numbered"]
        missing[zone] = missing.get(zone, 0) + count["missing_numbers"]
    return numbered, missing


def zones_of(session: Session, frame: Frame) -> list[str]:
    """The zones in the order of the roster."""
    query = select(FrameRow.zone).where(FrameRow.frame_id == frame.id, FrameRow.zone != "")
    return list(session.scalars(query.group_by(FrameRow.zone).order_by(func.min(FrameRow.id))))


def figures_of(session: Session, round_id: int) -> list[StatedFigure]:
    query = select(StatedFigure).where(StatedFigure.round_id == round_id)
    return list(session.scalars(query.order_by(StatedFigure.source, StatedFigure.id)))


def comparisons(session: Session, frame: Frame) -> tuple[Comparison, ...]:
    query = select(FrameRow.zone, func.count(), func.sum(FrameRow.persons)).where(
        FrameRow.frame_id == frame.id
    )
    counts = [
        (zone_key(zone), households, persons)
        for zone, households, persons in session.execute(query.group_by(FrameRow.zone))
    ]
    found = []
    for figure in figures_of(session, frame.round_id):
        here = [count for count in counts if not figure.zone or count[0] == zone_key(figure.zone)]
        if figure.households is not None:
            found.append(Comparison(figure, N_("户"), figure.households, sum(count[1] for count in here)))
        if figure.persons is not None:
            found.append(Comparison(figure, N_("人"), figure.persons, sum(count[2] for count in here)))
    return tuple(found)


def save_figure(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    figure: StatedFigure | None,
    *,
    zone: str,
    source: str,
    households: int | None,
    persons: int | None,
) -> StatedFigure:
    """Add a figure that somebody else states about a zone ("": the station), or change one. Only until the seal.

    Raises Conflict when the round's frame is sealed or the source has a figure for the zone already, Invalid when the
    zone is not in the roster or no number is given.
    """
    refuse_when_sealed(session, round_)
    source = source.strip()
    check_figure(session, round_, zone, (households, persons))
    refuse_same_source(session, round_, figure, zone, source)
    action = "frame.figure-changed" if figure else "frame.figure-stated"
    figure = figure or StatedFigure(round_id=round_.id)
    figure.zone, figure.source, figure.households, figure.persons = zone, source, households, persons
    figure.typed_by_id, figure.typed_at = actor.id or 0, now
    session.add(figure)
    session.flush()
    record(session, actor, action, now, figure)
    return figure


def check_figure(session: Session, round_: Round, zone: str, numbers: tuple[int | None, int | None]) -> None:
    frame = frame_of(session, round_)
    if frame is None:
        raise Conflict("no-roster", N_("还没有导入名册。"))
    if zone and zone not in zones_of(session, frame):
        raise Invalid("zone-unknown", N_("名册里没有片区“%(zone)s”。请从列出的片区中选择。"), zone=zone)
    if numbers == (None, None):
        raise Invalid("nothing-stated", N_("请填写户数或人数，至少一项。"))
    if any(number is not None and not 0 <= number <= MOST for number in numbers):
        raise Invalid("figure-out-of-range", N_("户数和人数应在 0 到 %(most)s 之间。"), most=MOST)


def refuse_same_source(
    session: Session, round_: Round, figure: StatedFigure | None, zone: str, source: str
) -> None:
    same = session.scalars(
        select(StatedFigure).where(
            StatedFigure.round_id == round_.id, StatedFigure.zone == zone, StatedFigure.source == source
        )
    ).first()
    if same is not None and same is not figure:
        raise Conflict(
            "figure-exists",
            N_("“%(source)s”对这个范围的数字已经录入。如有变化，请修改原来的那一条。"),
            source=source,
        )


def remove_figure(session: Session, actor: Actor, now: datetime, round_: Round, figure: StatedFigure) -> None:
    refuse_when_sealed(session, round_)
    record(session, actor, "frame.figure-removed", now, figure)
    session.delete(figure)
    session.flush()


def record(session: Session, actor: Actor, action: str, now: datetime, figure: StatedFigure) -> None:
    said = {"zone": figure.zone or None, "households": figure.households, "persons": figure.persons}
    details: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    trail.record(
        session, actor, action, now, subject=f"figure:{figure.id}", round_id=figure.round_id,
        source=figure.source, **details,
    )  # fmt: skip


def find_figure(session: Session, round_: Round, figure_id: int) -> StatedFigure:
    figure = session.get(StatedFigure, figure_id)
    if figure is None or figure.round_id != round_.id:
        raise Missing("no-such-figure", N_("没有这条数字，请刷新页面。"))
    return figure
