"""The certificate of a draw from what the database knows, verified before anybody keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict
from survey.models.accounts import User
from survey.models.draw import Design
from survey.models.frame import Frame, FrameRow
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.sampling import certificate as certificates
from survey.sampling.certificate import (
    PERMANENT,
    Algorithm,
    Certificate,
    Coordination,
    EarlierDraw,
    Event,
    FrameFacts,
    Rule,
    Seed,
    from_json,
    standard_events,
)
from survey.sampling.draw import DrawnUnit
from survey.sampling.frame import read_frame, strata_counts
from survey.sampling.verification import Check, verify, verify_first
from survey.services import coordination
from survey.services.canonical import in_frame
from survey.services.designs import fixed_of, replaced_by, rule_of
from survey.services.trail import Actor

#: steps besides the five of every draw that stand in the certificate: action in the trail -> name of the event
EXTRA_EVENTS = {"sample.redraw-started": "redraw_started"}


def certify(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    design: Design,
    data: bytes,
    units: tuple[DrawnUnit, ...],
) -> Certificate:
    """All facts of the draw as they stand; raises Conflict when the public verifier would object to them."""
    frame, rule = _frame_facts(session, design.frame, data), rule_of(session, round_)
    fixed, seed = _design_facts(session, design), _seed_facts(session, design)
    drawn_by = name_of(session, actor.id)
    confirmed = Event(_at(design.frame.confirmed_at), "roster_confirmed", round_.station.name)
    standard = standard_events(frame, fixed, seed, now, drawn_by)
    events = (confirmed, standard[0], *_extra_events(session, design), *standard[1:])
    made = Certificate(
        round=round_.season.name,
        station=round_.station.name,
        frame=frame,
        rule=Rule(rule.kind, round_.target_completes, rule.target_completes, design.rule_confirmation),
        design=fixed,
        seed=seed,
        drawn_at=now,
        drawn_by=drawn_by,
        events=tuple(sorted(events, key=lambda event: event.at)),
        units=units,
        commitments_sha256=design.frame.commitments_digest,
        earlier_draws=tuple(earlier_draws(session, design)),
        coordination=_coordination_facts(session, design),
        algorithm=PERMANENT if design.prn_start is not None else Algorithm(),
    )
    first = first_certificate(session, design)
    _refuse_differing([*verify(made, data), *([verify_first(made, first)] if first else [])])
    return made


def first_certificate(session: Session, design: Design) -> Certificate | None:
    """The certificate of the station's first coordinated round, when this one shares its seed."""
    if design.coordinated_with_id is None:
        return None
    return from_json(session.get_one(Design, design.coordinated_with_id).certificate or "")


def _coordination_facts(session: Session, design: Design) -> Coordination | None:
    if design.prn_start is None:
        return None
    first = session.get_one(Design, design.coordinated_with_id) if design.coordinated_with_id else None
    return Coordination(design.prn_start, first.certificate_digest if first else None)


def earlier_draws(session: Session, design: Design) -> list[EarlierDraw]:
    """The draws of this frame that `design` replaces, oldest first, each with the reason for replacing it."""
    found = []
    for later, replaced in replaced_by(session, design):
        found.append(
            EarlierDraw(
                drawn_at=_at(replaced.drawn_at),
                drawn_by=name_of(session, replaced.drawn_by_id),
                seed_value=replaced.seed_value or "",
                certificate_sha256=replaced.certificate_digest or "",
                reason=later.redraw_reason or "",
            )
        )
    return found[::-1]


def _extra_events(session: Session, design: Design) -> Iterator[Event]:
    """What else happened on the way to this draw, from the trail, which nobody can change."""
    ids = [design.id, *(replaced.id for _, replaced in replaced_by(session, design))]
    mine = select(AuditEntry).where(
        AuditEntry.round_id == design.round_id,
        AuditEntry.action.in_(EXTRA_EVENTS),
        AuditEntry.subject.in_([f"design:{id_}" for id_ in ids]),
    )
    for entry in session.scalars(mine.order_by(AuditEntry.id)):
        yield Event(entry.at, EXTRA_EVENTS[entry.action], name_of(session, entry.user_id))
    accepted = coordination.acknowledgement_of(session, design, fixed_of(design))
    if accepted is not None:
        yield Event(accepted.at, "burden_acknowledged", accepted.details["acknowledgement"])


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


def _refuse_differing(checks: Iterable[Check]) -> None:
    """What the public verifier would object to is never written."""
    for check in checks:
        if not check.agrees:
            raise Conflict(
                "certificate-differs",
                N_("抽样证书自查不通过（%(check)s：%(detail)s），没有写入任何内容。"),
                check=check.name,
                detail=check.detail,
            )
