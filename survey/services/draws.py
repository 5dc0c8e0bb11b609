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
from survey.sampling.draw import DrawnUnit
from survey.sampling.draw import draw as draw_tickets
from survey.sampling.frame import read_frame
from survey.sampling.order_of_events import check_order_of_events
from survey.sampling.strata import check_seed
from survey.services.canonical import check_unchanged, in_frame
from survey.services.certification import certify
from survey.services.designs import (
    copy_for_redraw,
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
    )
    data = check_unchanged(session, frame)
    allocation = dict(sorted(design.allocation.items()))
    drawn = draw_tickets(
        read_frame(data), frame.digest or "", design.seed_value or "", allocation, design.reserve
    )
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


def _add_cases(session: Session, round_: Round, design: Design, units: tuple[DrawnUnit, ...]) -> None:
    columns = in_frame(design.frame).with_only_columns(FrameRow.household_id, FrameRow.id, FrameRow.language)
    rows = {household_id: (row_id, language) for household_id, row_id, language in session.execute(columns)}
    session.execute(
        insert(Case),
        [
            {
                "round_id": round_.id,
                "design_id": design.id,
                "household_id": unit.id,
                "frame_row_id": rows[unit.id][0],
                "language": rows[unit.id][1],
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
    design = copy_for_redraw(session, replaced, given)
    gone = delete(Case).where(Case.design_id == replaced.id).returning(Case.id)
    removed = session.scalars(gone, execution_options={"synchronize_session": False}).all()
    session.expire_all()
    record_step(
        session, actor, now, design, "sample.redraw-started", reason=given, households=len(removed),
        certificate=replaced.certificate_digest,
    )  # fmt: skip
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
    if not may_start_again(session, round_, design):
        raise Conflict(
            "released-already",
            N_("样本已经发放，不能重新抽样：有的住户可能已经接到电话。样本不够时请在“样本发放”页补发。"),
        )
