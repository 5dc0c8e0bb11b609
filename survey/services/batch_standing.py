"""Where every round of a season stands between roster and first release, in a fixed number of queries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.models.draw import Case, Design
from survey.models.frame import Frame, FrameRow, RosterUpload
from survey.models.season import Round
from survey.sampling.size import Plan, plan


@dataclass(frozen=True, slots=True)
class Households:
    """户 and 人 in the frame after exclusions; `flagged`: the roster says moved out, deceased or 空挂."""

    households: int = 0
    persons: int = 0
    flagged: int = 0
    without_phone: int = 0
    zones: int = 0
    communities: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """One round; `drawn` and `released` in 户, `uploaded`: a file waits for its columns to be confirmed."""

    round: Round
    frame: Frame | None
    design: Design | None
    counted: Households
    strata: Mapping[str, int] = field(default_factory=dict)
    drawn: int = 0
    released: int = 0
    uploaded: bool = False

    @property
    def station(self) -> str:
        return self.round.station.name

    @property
    def rule(self) -> Plan:
        """Which branch of the ≥100 rule holds; needs a frame with households."""
        return plan(self.counted.persons, self.counted.households, self.round.target_completes)

    @property
    def sampled(self) -> int | None:
        """户 of the design's sample."""
        return sum(self.design.allocation.values()) if self.design else None

    @property
    def mark(self) -> str:
        """Changes with everything that a batch could fix: what a page showed is what its button does."""
        frame, design = self.frame, self.design
        seen = [
            frame and [frame.file_digest, frame.confirmed_name, frame.digest, str(frame.sealed_at)],
            [self.counted.households, self.counted.persons, self.released, self.round.target_completes],
            design
            and [design.id, design.method, design.allocation, design.reserve, str(design.locked_at), design.prn_start],
            design
            and [design.seed_source, str(design.seed_expected_at), design.seed_value, str(design.drawn_at)],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def attention(self) -> tuple[Message, ...]:
        """What somebody has to look at on the round's own pages."""
        return tuple(_attention(self))


def standings(session: Session, rounds: Sequence[Round]) -> list[Standing]:
    """The rounds in their order. Six queries, whatever their number."""
    ids = [round_.id for round_ in rounds]
    frames = {one.round_id: one for one in session.scalars(select(Frame).where(Frame.round_id.in_(ids)))}
    by_age = select(Design).where(Design.round_id.in_(ids)).order_by(Design.id)
    designs = {design.round_id: design for design in session.scalars(by_age)}  # the latest counts
    counted, strata, cases = _households(session, ids), _strata(session, ids), _cases(session, ids)
    uploads = set(session.scalars(select(RosterUpload.round_id).where(RosterUpload.round_id.in_(ids))))
    return [
        Standing(
            round_, frames.get(round_.id), designs.get(round_.id), counted.get(round_.id, Households()),
            strata.get(round_.id, {}), *cases.get(round_.id, (0, 0)), round_.id in uploads,
        )
        for round_ in rounds
    ]  # fmt: skip


def _households(session: Session, ids: Sequence[int]) -> dict[int, Households]:
    rows = session.execute(
        select(
            Frame.round_id,
            func.count(),
            func.coalesce(func.sum(FrameRow.persons), 0),
            func.count().filter(FrameRow.flags != ""),
            func.count().filter(FrameRow.dialable_phones == 0),
            func.count(FrameRow.zone.distinct()),
            func.count(FrameRow.community.distinct()),
        )
        .join(Frame, Frame.id == FrameRow.frame_id)
        .where(Frame.round_id.in_(ids), FrameRow.excluded_reason.is_(None))
        .group_by(Frame.round_id)
    )
    return {round_id: Households(*(int(n) for n in numbers)) for round_id, *numbers in rows}


def _strata(session: Session, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Round id → stratum → 户 of its sealed frame, as the roster lists them."""
    rows = session.execute(
        select(Frame.round_id, FrameRow.stratum, func.count())
        .join(Frame, Frame.id == FrameRow.frame_id)
        .where(Frame.round_id.in_(ids), FrameRow.excluded_reason.is_(None), FrameRow.stratum.is_not(None))
        .group_by(Frame.round_id, FrameRow.stratum)
        .order_by(func.min(FrameRow.id))
    )
    found: dict[int, dict[str, int]] = {}
    for round_id, stratum, n in rows:
        found.setdefault(round_id, {})[stratum or ""] = n
    return found


def _cases(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    counted = select(Case.round_id, func.count(), func.count(Case.release_id)).where(Case.round_id.in_(ids))
    rows = session.execute(counted.group_by(Case.round_id))
    return {round_id: (drawn, released) for round_id, drawn, released in rows}


def differing(frame: Frame) -> int:
    """Places where the roster has other figures than the station states."""
    return sum(
        count.get(f"stated_{unit}") is not None and count[f"stated_{unit}"] != count[unit]
        for count in frame.counts
        for unit in ("households", "persons")
    )


def _attention(standing: Standing) -> list[Message]:
    found = []
    if standing.uploaded:
        found.append(Message(N_("名册的列待确认")))
    if standing.frame is None:
        return found or [Message(N_("还没有名册"))]
    if standing.frame.sealed_at is None:
        if standing.counted.flagged:
            text = N_("%(n)s 户注明迁出、去世或空挂，封存前请决定")
            found.append(Message(text, {"n": standing.counted.flagged}))
        if places := differing(standing.frame):
            found.append(Message(N_("%(n)s 处与社工站自报数不符"), {"n": places}))
    if gap_open(standing):
        found.append(Message(N_("规则有缺口，须由委托方确认")))
    return found


def gap_open(standing: Standing) -> bool:
    """The rule leaves a gap, and nobody has confirmed yet that everybody is to be asked."""
    if not standing.counted.households or standing.rule.kind != "census_rule_gap":
        return False
    return standing.design is None or not standing.design.rule_confirmation
