"""From the source of the seed to the drawn cases and their certificate: each step once, in order, in the trail."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import cast

from sqlalchemy import func, insert
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict
from survey.fieldwork.rules import SHANGHAI
from survey.models.accounts import User
from survey.models.draw import Case, Design
from survey.models.frame import Frame, FrameRow
from survey.models.season import Round
from survey.sampling import certificate as certificates
from survey.sampling.certificate import Certificate, Event, FrameFacts, Rule, Seed, standard_events
from survey.sampling.draw import DrawnUnit
from survey.sampling.draw import draw as draw_tickets
from survey.sampling.frame import read_frame, strata_counts
from survey.sampling.order_of_events import check_order_of_events
from survey.sampling.strata import check_seed
from survey.sampling.verification import verify
from survey.services.canonical import check_unchanged, in_frame
from survey.services.designs import record_step, required_text, rule_of, saved_design, sealed_frame
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
        raise Conflict("drawn-already", N_("本轮已经抽样，结果不能重抽。证书可在本页下载。"))
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
    certificate = _certificate(session, actor, now, round_, design, data, drawn.units)
    _refuse_unverified(certificate, data)
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


def _certificate(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    design: Design,
    data: bytes,
    units: tuple[DrawnUnit, ...],
) -> Certificate:
    frame, rule = _frame_facts(session, design.frame, data), rule_of(session, round_)
    fixed, seed = _design_facts(session, design), _seed_facts(session, design)
    drawn_by = name_of(session, actor.id)
    confirmed = Event(_at(design.frame.confirmed_at), "roster_confirmed", round_.station.name)
    return Certificate(
        round=round_.season.name,
        station=round_.station.name,
        frame=frame,
        rule=Rule(rule.kind, round_.target_completes, rule.target_completes, design.rule_confirmation),
        design=fixed,
        seed=seed,
        drawn_at=now,
        drawn_by=drawn_by,
        events=(confirmed, *standard_events(frame, fixed, seed, now, drawn_by)),
        units=units,
        commitments_sha256=design.frame.commitments_digest,
    )


def _frame_facts(session: Session, frame: Frame, data: bytes) -> FrameFacts:
    strata = strata_counts(read_frame(data))
    persons = session.scalar(in_frame(frame).with_only_columns(func.sum(FrameRow.persons)))
    return FrameFacts(
        sha256=frame.digest or "",
        households=sum(strata.values()),
        persons=persons or 0,
        strata=strata,
        sealed_at=_at(frame.sealed_at),
        sealed_by=name_of(session, frame.sealed_by_id),
    )


def _design_facts(session: Session, design: Design) -> certificates.Design:
    return certificates.Design(
        method=cast(certificates.Method, design.method),
        allocation=dict(sorted(design.allocation.items())),
        reserve=design.reserve,
        minimum=design.minimum_per_stratum,
        assumed_completion=design.assumed_completion,
        locked_at=_at(design.locked_at),
        locked_by=name_of(session, design.locked_by_id),
    )


def _seed_facts(session: Session, design: Design) -> Seed:
    return Seed(
        source=design.seed_source or "",
        named_at=_at(design.seed_named_at),
        named_by=name_of(session, design.seed_named_by_id),
        value_expected_at=_at(design.seed_expected_at),
        value=design.seed_value or "",
        entered_at=_at(design.seed_entered_at),
        entered_by=name_of(session, design.seed_entered_by_id),
    )


def name_of(session: Session, user_id: int | None) -> str:
    """Who acted, as the certificate names people; `system` for steps that no person took."""
    user = session.get(User, user_id) if user_id is not None else None
    return user.display_name if user else "system"


def _at(moment: datetime | None) -> datetime:
    assert moment is not None, "the order of events was checked before"
    return moment


def _refuse_unverified(certificate: Certificate, data: bytes) -> None:
    """What the public verifier would object to is never written."""
    for check in verify(certificate, data):
        if not check.agrees:
            raise Conflict(
                "certificate-differs",
                N_("抽样证书自查不通过（%(check)s：%(detail)s），没有写入任何内容。"),
                check=check.name,
                detail=check.detail,
            )
