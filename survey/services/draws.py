"""From the source of the seed to the drawn cases and their certificate: each step once, in order, in the trail."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict
from survey.fieldwork.rules import SHANGHAI
from survey.models.draw import Case, Design, Release
from survey.models.frame import FrameRow
from survey.models.season import Round
from survey.sampling import certificate as certificates
from survey.sampling.draw import Draw, DrawnUnit
from survey.sampling.draw import draw as draw_tickets
from survey.sampling.frame import read_frame
from survey.sampling.order_of_events import check_order_of_events
from survey.sampling.prn import draw_prn
from survey.sampling.strata import check_seed
from survey.services.canonical import check_unchanged, in_frame
from survey.services.certification import certify
from survey.services.coordination import shared_by_others
from survey.services.designs import (
    record_step,
    required_text,
    saved_design,
    sealed_frame,
)
from survey.services.trail import Actor


def name_seed_source(
    session: Session, actor: Actor, now: datetime, round_: Round, source: str, expected_at: datetime
) -> Design:
    """公布随机数来源: which public number, of what moment; the moment has to lie after now."""
    design = saved_design(session, round_)
    if design.seed_named_at is not None:
        raise Conflict("source-named", N_("随机数来源已经公布，不能更改。"))
    if design.coordinated_with_id is not None:
        raise Conflict("seed-shared", N_("本轮与首轮协调，须沿用首轮公布的随机数，不能另选来源。"))
    frame, named = sealed_frame(session, round_), required_text(source, N_("随机数来源"))
    if expected_at <= now:
        raise Conflict(
            "value-before-source",
            N_(
                "随机数产生的时间 %(expected)s 不晚于现在 %(now)s。请选一个尚未产生的随机数，先公布、后产生。"
            ),
            expected=shown(expected_at),
            now=shown(now),
        )
    check_order_of_events(
        frame_sealed_at=frame.sealed_at,
        design_locked_at=design.locked_at,
        seed_named_at=now,
        value_expected_at=expected_at,
    )
    design.seed_source, design.seed_expected_at = named, expected_at
    design.seed_named_at, design.seed_named_by_id = now, actor.id
    session.flush()
    record_step(
        session, actor, now, design, "seed.source-named", source=named, expected_at=expected_at.isoformat()
    )
    return design


def take_over_seed(session: Session, actor: Actor, now: datetime, round_: Round) -> Design:
    """沿用首轮的随机数: a later coordinated round names the first one's source and takes its value, in one step."""
    design = saved_design(session, round_)
    if design.seed_named_at is not None:
        raise Conflict("source-named", N_("随机数来源已经公布，不能更改。"))
    if design.coordinated_with_id is None:
        raise Conflict("seed-not-shared", N_("本轮没有可沿用的随机数。请公布一个尚未产生的随机数的来源。"))
    first = session.get_one(Design, design.coordinated_with_id)
    check_order_of_events(
        frame_sealed_at=design.frame.sealed_at,
        design_locked_at=design.locked_at,
        seed_named_at=now,
        value_expected_at=first.seed_expected_at,
        value_entered_at=now,
        seed_shared=True,
    )
    season = session.get_one(Round, first.round_id).season.name
    design.seed_source = f"沿用“{season}”首轮公布的随机数：{first.seed_source}"[:200]
    design.seed_expected_at, design.seed_value = first.seed_expected_at, first.seed_value
    design.seed_named_at, design.seed_named_by_id = now, actor.id
    design.seed_entered_at, design.seed_entered_by_id = now, actor.id
    session.flush()
    record_step(session, actor, now, design, "seed.source-named", source=design.seed_source)
    record_step(session, actor, now, design, "seed.entered", value=design.seed_value)
    return design


def enter_seed(session: Session, actor: Actor, now: datetime, round_: Round, value: str) -> Design:
    """录入随机数: as published, after it came into being."""
    design = saved_design(session, round_)
    if design.seed_entered_at is not None:
        raise Conflict("seed-entered", N_("随机数已经录入，不能更改。"))
    seed = normal_seed(value)
    if design.seed_expected_at is not None and now < design.seed_expected_at:
        raise Conflict(
            "seed-not-yet",
            N_("随机数要到 %(expected)s 才产生，现在是 %(now)s。请届时再录入。"),
            expected=shown(design.seed_expected_at),
            now=shown(now),
        )
    check_order_of_events(
        frame_sealed_at=design.frame.sealed_at,
        design_locked_at=design.locked_at,
        seed_named_at=design.seed_named_at,
        value_expected_at=design.seed_expected_at,
        value_entered_at=now,
    )
    design.seed_value, design.seed_entered_at, design.seed_entered_by_id = seed, now, actor.id
    session.flush()
    record_step(session, actor, now, design, "seed.entered", value=seed)
    return design


def normal_seed(value: str) -> str:
    """The seed as it enters the tickets: NFKC, so that ０１ typed in a Chinese keyboard is 01, without blanks around."""
    return check_seed(required_text(unicodedata.normalize("NFKC", value), N_("随机数")))


def shown(moment: datetime) -> str:
    """An instant on the clock of Shanghai, to the second."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def draw(session: Session, actor: Actor, now: datetime, round_: Round) -> Design:
    """抽样: tickets of every household, cases in ticket order, and the certificate, verified before it is kept."""
    design = saved_design(session, round_)
    if design.drawn_at is not None:
        raise Conflict(
            "drawn-already", N_("本轮已经抽样，不能再抽一次。确有必要时，在发放之前写明理由，另行重新抽样。")
        )
    frame = sealed_frame(session, round_)
    check_order_of_events(
        frame_sealed_at=frame.sealed_at,
        design_locked_at=design.locked_at,
        seed_named_at=design.seed_named_at,
        value_expected_at=design.seed_expected_at,
        value_entered_at=design.seed_entered_at,
        drawn_at=now,
        seed_shared=design.coordinated_with_id is not None,
    )
    data = check_unchanged(session, frame)
    drawn = _drawn(design, data)
    certificate = certify(session, actor, now, round_, design, data, drawn.units)
    _add_cases(session, round_, design, drawn.units)
    design.certificate = certificates.to_json(certificate)
    design.certificate_digest = certificates.certificate_digest(certificate)
    design.drawn_at, design.drawn_by_id = now, actor.id
    session.flush()
    record_step(
        session,
        actor,
        now,
        design,
        "sample.drawn",
        households=len(drawn.units),
        certificate=design.certificate_digest,
    )
    return design


def _drawn(design: Design, data: bytes) -> Draw:
    """Bound to its frame; a coordinated round by permanent numbers from its start."""
    units, seed = read_frame(data), design.seed_value or ""
    allocation = dict(sorted(design.allocation.items()))
    if design.prn_start is not None:
        return draw_prn(units, seed, allocation, design.prn_start, design.reserve)
    return draw_tickets(units, design.frame.digest or "", seed, allocation, design.reserve)


def _add_cases(session: Session, round_: Round, design: Design, units: tuple[DrawnUnit, ...]) -> None:
    columns = in_frame(design.frame).with_only_columns(
        FrameRow.household_id, FrameRow.id, FrameRow.language, FrameRow.zone, FrameRow.needs
    )
    rows = {household_id: row for household_id, *row in session.execute(columns)}
    session.execute(
        insert(Case),
        [
            {
                "round_id": round_.id,
                "design_id": design.id,
                "household_id": unit.id,
                "frame_row_id": rows[unit.id][0],
                "language": rows[unit.id][1],
                "zone": rows[unit.id][2],
                "needs": rows[unit.id][3],
                "stratum": unit.stratum,
                "rank": unit.rank,
                "role": unit.role,
                "ticket": unit.ticket,
                "state": "held",
            }
            for unit in units
        ],
    )


def start_again(session: Session, actor: Actor, now: datetime, round_: Round, reason: str) -> Design:
    """重新抽样: put a new design beside the drawn one, which stands in every later certificate with the reason.

    Only before anything was released. The new design starts unlocked with the same choice; its number has to be
    named anew and come into being after that. Raises Conflict when it is too late, or too early.
    """
    session.execute(select(Round.id).where(Round.id == round_.id).with_for_update())
    replaced = saved_design(session, round_)
    _refuse_redraw(session, round_, replaced)
    check_unchanged(session, replaced.frame)
    given = required_text(reason, N_("重新抽样的理由"))
    design = _copy(session, replaced, given)
    gone = delete(Case).where(Case.design_id == replaced.id).returning(Case.id)
    removed = session.scalars(gone, execution_options={"synchronize_session": False}).all()
    session.expire_all()
    record_step(
        session, actor, now, design, "sample.redraw-started", reason=given, households=len(removed),
        certificate=replaced.certificate_digest,
    )  # fmt: skip
    return design


#: the columns of a choice, which a second draw starts from
CHOICE = (
    "round_id", "frame_id", "method", "rule_branch", "rule_confirmation", "target_completes", "assumed_completion",
    "assumed_satisfaction", "minimum_per_stratum", "allocation", "reserve", "prn_start", "coordinated_with_id",
)  # fmt: skip


def _copy(session: Session, replaced: Design, reason: str) -> Design:
    """A new, unlocked design of the same choice that takes the place of a drawn one."""
    design = Design(**{name: getattr(replaced, name) for name in CHOICE})
    design.redraw_of_id, design.redraw_reason = replaced.id, reason
    session.add(design)
    session.flush()
    return design


def may_start_again(session: Session, round_: Round, design: Design | None) -> bool:
    """Whether a drawn sample could still be replaced: nothing of it has been released and the round is open."""
    if design is None or design.drawn_at is None or round_.closed_at is not None:
        return False
    return not session.scalar(select(func.count(Release.id)).where(Release.round_id == round_.id))


def _refuse_redraw(session: Session, round_: Round, design: Design) -> None:
    if design.drawn_at is None:
        raise Conflict("not-drawn-yet", N_("本轮还没有抽样，谈不上重新抽样。请按先后次序完成抽样。"))
    if round_.closed_at is not None:
        raise Conflict("round-closed", N_("本轮已经结束，不能重新抽样。"))
    if shared_by_others(session, design):
        raise Conflict(
            "draw-shared", N_("本站以后的轮次已经沿用这次的随机数，不能重新抽样。请改为调整以后的轮次。")
        )
    if not may_start_again(session, round_, design):
        raise Conflict(
            "released-already",
            N_("样本已经发放，不能重新抽样：有的住户可能已经接到电话。样本不够时请在“样本发放”页补发。"),
        )
