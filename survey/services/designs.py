"""The design of a round's sample: chosen, saved as often as wanted, locked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Message, Missing
from survey.models.draw import Design
from survey.models.frame import Frame, FrameRow
from survey.models.season import Round, Station
from survey.sampling.allocation import proportional
from survey.sampling.order_of_events import check_order_of_events
from survey.sampling.size import Plan, plan, to_issue
from survey.sampling.strata import EVERYBODY
from survey.services import coordination, trail
from survey.services.canonical import in_frame
from survey.services.roster_review import frame_of
from survey.services.trail import Actor

METHODS: Mapping[str, str] = {
    "srs": N_("简单随机抽样"),
    "proportional": N_("按层比例抽样"),
    "census": N_("全覆盖"),
}
_LONGEST = 200  # characters of a source, a value or a confirmation


@dataclass(frozen=True, slots=True)
class Choice:
    """What the coordinator chooses. Shares 0–1; `reserve` in 户 behind the sample of each stratum, None: half of the largest."""

    method: str
    target_completes: int
    assumed_completion: float = 0.6
    assumed_satisfaction: float = 0.9
    minimum_per_stratum: int = 0
    reserve: int | None = None
    #: with the station's other rounds, by permanent random numbers; means nothing in a census
    coordinated: bool = False


@dataclass(frozen=True, slots=True)
class Allocation:
    """Households (户) per stratum (`*` the whole frame), and up to `reserve` more in each."""

    sample: dict[str, int]
    reserve: int

    @property
    def total(self) -> int:
        return sum(self.sample.values())


def sealed_frame(session: Session, round_: Round) -> Frame:
    """The round's frame; raises Conflict until it is sealed."""
    frame = frame_of(session, round_)
    if frame is None or frame.sealed_at is None:
        raise Conflict("frame-not-sealed", N_("名册还没有封存。请先导入名册、登记确认书并封存。"))
    return frame


def design_of(session: Session, round_: Round) -> Design | None:
    """The round's design; after a second draw was begun, the latest one."""
    return session.scalars(_latest(round_)).first()


def _latest(round_: Round) -> Select[Design]:
    return select(Design).where(Design.round_id == round_.id).order_by(Design.id.desc()).limit(1)


def replaced_by(session: Session, design: Design) -> list[tuple[Design, Design]]:
    """(design, the drawn design it replaces), newest first; empty when this is the first draw of its frame."""
    found = []
    while design.redraw_of_id is not None:
        replaced = session.get_one(Design, design.redraw_of_id)
        found.append((design, replaced))
        design = replaced
    return found


def saved_design(session: Session, round_: Round) -> Design:
    """The round's design, locked against a change by somebody else at the same moment."""
    mine = _latest(round_).with_for_update()
    design = session.scalars(mine.execution_options(populate_existing=True)).first()
    if design is None:
        raise Missing("no-design", N_("还没有保存抽样设计。请先在“设计与抽样”页选择抽法并保存。"))
    return design


def rule_of(session: Session, round_: Round) -> Plan:
    """Which branch of the ≥100 rule holds for the households and persons in the round's frame."""
    frame = frame_of(session, round_)
    if frame is None:
        raise Conflict("no-frame", N_("还没有名册。请先导入社工站提供的名册。"))
    counted = in_frame(frame).with_only_columns(
        func.count(FrameRow.id), func.coalesce(func.sum(FrameRow.persons), 0)
    )
    households, persons = session.execute(counted).one()
    return plan(persons, households, round_.target_completes)


def strata_of(session: Session, frame: Frame) -> dict[str, int]:
    """Stratum → 户 of a sealed frame, in the order of the labels."""
    counted = in_frame(frame).with_only_columns(FrameRow.stratum, func.count(FrameRow.id))
    rows = session.execute(counted.group_by(FrameRow.stratum))
    return dict(sorted((stratum or "", n) for stratum, n in rows))


def order_of_strata(session: Session, frame: Frame) -> list[str]:
    """The strata as the roster lists them, 一片区 before 二片区: for people; the draw goes by the labels' bytes."""
    listed = in_frame(frame).with_only_columns(FrameRow.stratum).group_by(FrameRow.stratum)
    return [stratum or "" for stratum in session.scalars(listed.order_by(func.min(FrameRow.id)))]


def starting_choice(rule: Plan, strata: Mapping[str, int]) -> Choice:
    """What the page proposes before anybody has chosen."""
    method = "census" if rule.kind != "sample" else "proportional" if len(strata) > 1 else "srs"
    return Choice(method, rule.target_completes)


def choice_of(design: Design) -> Choice:
    return Choice(
        method=design.method,
        target_completes=design.target_completes,
        assumed_completion=design.assumed_completion,
        assumed_satisfaction=design.assumed_satisfaction,
        minimum_per_stratum=design.minimum_per_stratum,
        reserve=design.reserve,
        coordinated=design.prn_start is not None,
    )


def allocate(choice: Choice, rule: Plan, strata: Mapping[str, int]) -> Allocation:
    """Sample per stratum: ceiling(target / completion) households, shared in proportion; everybody in a census.

    Raises Invalid naming the value that does not fit the rule or the frame.
    """
    households = sum(strata.values())
    _check_choice(choice, rule, households)
    if choice.method == "census":
        return Allocation({EVERYBODY: households}, 0)
    n = to_issue(choice.target_completes, choice.assumed_completion, households)
    sample = {EVERYBODY: n}
    if choice.method == "proportional":
        sample = proportional(dict(strata), n, choice.minimum_per_stratum)
    half = -(-max(sample.values()) // 2)
    return Allocation(sample, half if choice.reserve is None else choice.reserve)


def save_draft(session: Session, actor: Actor, now: datetime, round_: Round, choice: Choice) -> Design:
    """Keep the choice; it may be changed until it is locked."""
    design = design_of(session, round_) or Design(
        round_id=round_.id, frame_id=sealed_frame(session, round_).id
    )
    _refuse_locked(design)
    _fill(session, round_, design, choice)
    session.add(design)
    session.flush()
    record_step(session, actor, now, design, "design.saved", critical=False, **fixed_of(design))
    return design


def sketch(session: Session, round_: Round, choice: Choice) -> Design:
    """The design that `save_draft` would keep, not saved. Raises what `allocate` raises."""
    saved = design_of(session, round_)
    design = Design(round_id=round_.id, redraw_of_id=saved.redraw_of_id if saved else None)
    _fill(session, round_, design, choice)
    return design


def _fill(session: Session, round_: Round, design: Design, choice: Choice) -> None:
    frame, rule = sealed_frame(session, round_), rule_of(session, round_)
    found = allocate(choice, rule, strata_of(session, frame))
    start, first = _place(session, round_, design) if _coordinates(choice) else (None, None)
    design.method, design.rule_branch = choice.method, rule.kind
    design.target_completes = choice.target_completes
    design.assumed_completion = choice.assumed_completion
    design.assumed_satisfaction = choice.assumed_satisfaction
    design.minimum_per_stratum = choice.minimum_per_stratum if choice.method == "proportional" else 0
    design.allocation, design.reserve = found.sample, found.reserve
    design.prn_start, design.coordinated_with_id = start, first


def _coordinates(choice: Choice) -> bool:
    return choice.coordinated and choice.method != "census"


def _place(session: Session, round_: Round, design: Design) -> tuple[str, int | None]:
    """Start of the round among the station's coordinated ones, and the id of the first of them."""
    replaced = session.get(Design, design.redraw_of_id) if design.redraw_of_id is not None else None
    place = coordination.place_of(session, round_, replaced)
    return place.start, place.first.id if place.first else None


def confirm_gap(session: Session, actor: Actor, now: datetime, round_: Round, confirmation: str) -> Design:
    """Record who of the commissioner agreed, and when, to interview everybody where the rule leaves a gap."""
    design = saved_design(session, round_)
    _refuse_locked(design)
    design.rule_confirmation = required_text(confirmation, N_("委托方的确认"))
    session.flush()
    record_step(session, actor, now, design, "design.gap-confirmed", critical=False)
    return design


def acknowledge_burden(session: Session, actor: Actor, now: datetime, round_: Round, text: str) -> Design:
    """Record who of the commissioner accepted, and when, that households of an earlier round may be asked again."""
    design = saved_design(session, round_)
    _refuse_locked(design)
    given = required_text(text, N_("委托方的知情确认"))
    found = coordination.outlooks(session, round_, sealed_frame(session, round_), design)
    if not coordination.needs_acknowledgement(found, design):
        raise Conflict("nothing-to-acknowledge", N_("本设计不需要知情确认。请重新打开本页再看。"))
    record_step(
        session, actor, now, design, coordination.ACKNOWLEDGED, acknowledgement=given,
        **fixed_of(design),
    )  # fmt: skip
    return design


def lock(session: Session, actor: Actor, now: datetime, round_: Round) -> Design:
    """锁定设计: from here neither method nor numbers change."""
    session.execute(select(Station.id).where(Station.id == round_.station_id).with_for_update())
    design = saved_design(session, round_)
    _refuse_locked(design)
    frame, rule = sealed_frame(session, round_), rule_of(session, round_)
    check_order_of_events(frame_sealed_at=frame.sealed_at, design_locked_at=now)
    found = allocate(choice_of(design), rule, strata_of(session, frame))
    expected: tuple[object, ...] = (rule.kind, found, (design.prn_start, design.coordinated_with_id))
    place = _place(session, round_, design) if design.prn_start is not None else (None, None)
    if expected != (design.rule_branch, Allocation(design.allocation, design.reserve), place):
        raise Conflict(
            "design-outdated", N_("保存设计之后名册、目标数或本站其他轮次有变动。请重新保存设计再锁定。")
        )
    if rule.kind == "census_rule_gap" and not design.rule_confirmation:
        raise Conflict(
            "gap-unconfirmed", N_("规则有缺口，须先记录委托方的确认（何人、何日），才能锁定设计。")
        )
    coordination.check_burden(session, round_, frame, design, fixed_of(design))
    design.locked_at, design.locked_by_id = now, actor.id
    session.flush()
    record_step(session, actor, now, design, "design.locked", **fixed_of(design))
    return design


def _check_choice(choice: Choice, rule: Plan, households: int) -> None:
    if choice.method not in METHODS:
        raise Invalid("method-unknown", N_("没有“%(value)s”这种抽法。"), value=choice.method)
    if rule.kind != "sample" and choice.method != "census":
        raise Invalid("rule-asks-for-census", N_("按规则应调查全部 %(n)s 户，抽法须为全覆盖。"), n=households)
    if not rule.target_completes <= choice.target_completes <= households:
        raise Invalid(
            "target-out-of-range",
            N_("目标完成数 %(value)s 户不可用：规则要求至少 %(least)s 户，名册共 %(most)s 户。"),
            value=choice.target_completes,
            least=rule.target_completes,
            most=households,
        )
    if not 0 <= choice.assumed_satisfaction <= 1:
        raise Invalid(
            "satisfaction-share",
            N_("预计满意率 %(value)s 应在 0 与 1 之间。"),
            value=choice.assumed_satisfaction,
        )
    if choice.minimum_per_stratum < 0 or (choice.reserve or 0) < 0:
        raise Invalid("negative-households", N_("每层最低户数和备用户数不能为负数。"))
    to_issue(choice.target_completes, choice.assumed_completion, households)


def _refuse_locked(design: Design) -> None:
    if design.locked_at is not None:
        raise Conflict("design-locked", N_("设计已经锁定，不能再改。"))


def required_text(text: str, what: str) -> str:
    cleaned = text.strip()
    if not 0 < len(cleaned) <= _LONGEST:
        raise Invalid(
            "text-length", N_("“%(what)s”须填 1 到 %(most)s 个字。"), what=Message(what), most=_LONGEST
        )
    return cleaned


def fixed_of(design: Design) -> dict[str, Any]:
    """What a lock fixes, as the trail keeps it."""
    return {
        "method": design.method,
        "target": design.target_completes,
        "allocation": design.allocation,
        "minimum": design.minimum_per_stratum,
        "reserve": design.reserve,
        **({"start": design.prn_start} if design.prn_start is not None else {}),
    }


def record_step(
    session: Session, actor: Actor, now: datetime, design: Design, action: str, *, critical: bool = True,
    **details: Any,
) -> None:  # fmt: skip
    trail.record(
        session, actor, action, now, subject=f"design:{design.id}", round_id=design.round_id, critical=critical,
        **details,
    )  # fmt: skip
