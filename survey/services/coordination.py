"""Sparing households between rounds: the place of a round on the circle, and the guard against asking again too soon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict
from survey.models.draw import Design
from survey.models.frame import Frame
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.sampling.coordination import Window, capacity, independent_overlap, next_start, window_overlap
from survey.sampling.strata import EVERYBODY
from survey.services.overlap import Counts, EarlierRound, Repeated, earlier_rounds, latest_designs, repeated

ACKNOWLEDGED = "design.burden-acknowledged"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a coordinated round starts, and the design whose seed it shares: None for the station's first one."""

    start: str
    first: Design | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """One earlier round against a choice of this one, in 户 of the sample that were released in it.

    `shared`: both use the same permanent numbers. `expected`: to be drawn again by this choice; `independent`: by a
    draw without coordination. `apart`: not even the reserves can be expected to meet. `actual`: after the draw.
    """

    earlier: EarlierRound
    shared: bool
    expected: float
    independent: float
    apart: bool
    actual: Repeated | None = None

    @property
    def coordinated_before(self) -> bool:
        return self.earlier.design.prn_start is not None


@dataclass(frozen=True, slots=True)
class Room:
    """The share (0–1) of a stratum that a coordinated design takes at most, reserve included, and how many successive
    rounds of that share keep apart."""

    share: float
    rounds: int


def room_of(design: Design, strata: Mapping[str, int]) -> Room | None:
    """None for a design that is not coordinated; `strata` are the households (户) of each."""
    if design.prn_start is None:
        return None
    sizes = {**strata, EVERYBODY: sum(strata.values())}
    share = max(min(1.0, (n + design.reserve) / sizes[name]) for name, n in design.allocation.items())
    return Room(share, capacity(share))


def follows_coordinated(session: Session, round_: Round) -> bool:
    """Whether the station has drawn a coordinated round before, so that this one had better be coordinated too."""
    return any(one.prn_start and one.drawn_at for one in latest_designs(session, round_).values())


def place_of(session: Session, round_: Round, replaced: Design | None) -> Place:
    """The round's fixed start. Its own when it was drawn coordinated before (`replaced`) and no other round has taken
    that place since, else the station's next one.

    Raises Conflict while another coordinated round of the station has begun, or begun again, and is not drawn.
    """
    others = [one for one in latest_designs(session, round_).values() if one.prn_start and _begun(one)]
    first = next((one for one in others if one.coordinated_with_id is None), None)
    if replaced is not None and replaced.prn_start is not None and _still_free(replaced, others, first):
        return Place(replaced.prn_start, first)
    waiting = next((one for one in others if one.drawn_at is None), None)
    if waiting is not None:
        raise Conflict(
            "coordinated-not-drawn",
            N_("本站“%(season)s”的协调抽样已经开始、还没有抽出，本轮不能接着协调。请先完成那一轮的抽样。"),
            season=session.get_one(Round, waiting.round_id).season.name,
        )
    return Place(next_start(one.prn_start or "" for one in others), first)


def _begun(design: Design) -> bool:
    """Locked, or about to repeat a draw: its place on the circle is taken."""
    return design.locked_at is not None or design.redraw_of_id is not None


def _still_free(replaced: Design, others: Iterable[Design], first: Design | None) -> bool:
    """Whether a replaced draw may keep its place: the same first round, and nobody else at its start."""
    same_first = replaced.coordinated_with_id == (first.id if first else None)
    return same_first and all(one.prn_start != replaced.prn_start for one in others)


def shared_by_others(session: Session, design: Design) -> bool:
    """Whether later rounds have taken over this design's seed."""
    mine = select(Design.id).where(
        Design.coordinated_with_id == design.id, Design.round_id != design.round_id
    )
    return session.scalar(mine.limit(1)) is not None


def outlooks(session: Session, round_: Round, frame: Frame, design: Design) -> list[Outlook]:
    """Each earlier round within the guard against the design (saved or not), oldest first."""
    found = []
    for earlier in earlier_rounds(session, round_, frame):
        actual = repeated(session, design, earlier) if design.drawn_at else None
        found.append(_outlook(earlier, design, actual))
    return found


def _outlook(earlier: EarlierRound, design: Design, actual: Repeated | None) -> Outlook:
    pairs = list(_strata(earlier, design.allocation))
    shared = _share_seed(design, earlier.design) and design.method != "census"
    independent = sum(independent_overlap(one.released, n, one.households) for one, n in pairs)
    if not shared:
        return Outlook(earlier, False, independent, independent, not independent, actual)
    expected = sum(one.common * _meeting(earlier, design, one, n, reserves=False) for one, n in pairs)
    apart = not any(_meeting(earlier, design, one, n, reserves=True) for one, n in pairs)
    return Outlook(earlier, True, expected, independent, apart, actual)


def _strata(earlier: EarlierRound, allocation: Mapping[str, int]) -> Iterator[tuple[Counts, int]]:
    """The counts of each stratum that is drawn from, and its sample."""
    for stratum, n in allocation.items():
        yield (earlier.whole if stratum == EVERYBODY else earlier.strata.get(stratum, Counts())), n


def _meeting(earlier: EarlierRound, design: Design, one: Counts, n: int, *, reserves: bool) -> float:
    """Share of the circle that both draws take in a stratum; with what an open round may still release."""
    if not one.common or not one.households:
        return 0.0
    still_open = reserves and earlier.round.closed_at is None
    before = Window(earlier.design.prn_start or "", (one.drawn if still_open else one.released) / one.common)
    wanted = min(one.households, n + (design.reserve if reserves else 0))
    return window_overlap(before, Window(design.prn_start or "", wanted / one.households))


def _share_seed(design: Design, other: Design) -> bool:
    first = design.coordinated_with_id
    return first is not None and first in (other.id, other.coordinated_with_id)


def check_burden(
    session: Session, round_: Round, frame: Frame, design: Design, fixed: Mapping[str, Any]
) -> None:
    """Raise Conflict when the design may ask households again within the guard and nobody has accepted that in writing.

    A round that was coordinated is followed by a coordinated one; only what the windows cannot keep apart, or an
    earlier round that was not coordinated, can be accepted.
    """
    if design.method == "census":
        return
    near = [one for one in outlooks(session, round_, frame, design) if not one.apart]
    for one in near:
        if one.coordinated_before and not one.shared:
            raise Conflict(
                "burden-uncoordinated",
                N_(
                    "%(months)s 个月内的“%(season)s”是协调抽样，其中发放过的 %(n)s 户仍在本轮名册。"
                    "请在设计中勾选“与本站各轮协调”再锁定。"
                ),
                **_values(round_, one),
            )
    if near and acknowledgement_of(session, design, fixed) is None:
        raise Conflict(
            "burden-unacknowledged",
            N_(
                "%(months)s 个月内的“%(season)s”发放过的 %(n)s 户仍在本轮名册，预计约 %(expected)s 户会再次抽中。"
                "不能把他们排除，否则新户的入样机会偏高。请减少样本与备用，或先记录委托方的知情确认。"
            ),
            **_values(round_, near[-1]),
        )


def _values(round_: Round, one: Outlook) -> dict[str, object]:
    return {
        "months": round_.season.burden_months,
        "season": one.earlier.round.season.name,
        "n": one.earlier.whole.released,
        "expected": f"{one.expected:.0f}",
    }


def needs_acknowledgement(found: list[Outlook], design: Design) -> bool:
    """Whether the design can only be locked with a written acknowledgement."""
    near = [one for one in found if not one.apart]
    return design.method != "census" and bool(near) and all(
        one.shared or not one.coordinated_before for one in near
    )  # fmt: skip


def acknowledgement_of(
    session: Session, design: Design, fixed: Mapping[str, Any] | None = None
) -> AuditEntry | None:
    """The last acknowledgement in the trail; with `fixed` only one that was given for exactly this choice."""
    mine = select(AuditEntry).where(
        AuditEntry.round_id == design.round_id,
        AuditEntry.action == ACKNOWLEDGED,
        AuditEntry.subject == f"design:{design.id}",
    )
    entry = session.scalars(mine.order_by(AuditEntry.id.desc()).limit(1)).first()
    expected = {**fixed, "start": design.prn_start} if fixed is not None else {}
    if entry is not None and any(entry.details.get(name) != value for name, value in expected.items()):
        return None
    return entry
