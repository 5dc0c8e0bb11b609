"""Can the figures be trusted: the chain from the sealed frame to the released cases, checked anew at every look."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Message, SurveyError
from survey.models.draw import Case, Design
from survey.models.frame import Frame
from survey.models.season import Round
from survey.sampling.certificate import Certificate, certificate_digest, from_json
from survey.sampling.verification import Check, verify, verify_first
from survey.services.canonical import canonical_of
from survey.services.certification import earlier_draws, first_certificate
from survey.services.designs import design_of


@dataclass(frozen=True, slots=True)
class Integrity:
    """Times of the steps (None: not yet), digests, and what the verification found. No personal data.

    `checked_at`: when a closed round was verified and frozen; None: just now.
    """

    sealed_at: datetime | None
    frame_digest: str | None
    confirmed_at: datetime | None
    drawn_at: datetime | None
    certificate_digest: str | None
    checks: tuple[Check, ...]
    checked_at: datetime | None = None

    @property
    def verified(self) -> bool:
        """Frame, certificate, cases and releases agree in everything."""
        return bool(self.checks) and all(check.agrees for check in self.checks)

    @property
    def differing(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.agrees)


def integrity_of(session: Session, round_: Round) -> Integrity:
    """Verified anew, which takes as long as the frame and the sample are large."""
    return with_checks(session, round_, checks_of(session, round_))


def with_checks(
    session: Session, round_: Round, checks: Sequence[Check], checked_at: datetime | None = None
) -> Integrity:
    """The same with checks that were made at an earlier time."""
    frame = session.scalars(select(Frame).where(Frame.round_id == round_.id)).first()
    design = design_of(session, round_)
    return Integrity(
        sealed_at=frame.sealed_at if frame else None,
        frame_digest=frame.digest if frame else None,
        confirmed_at=frame.confirmed_at if frame else None,
        drawn_at=design.drawn_at if design else None,
        certificate_digest=design.certificate_digest if design else None,
        checks=tuple(checks),
        checked_at=checked_at,
    )


def checks_of(session: Session, round_: Round) -> list[Check]:
    """What a verification of the round's draw finds now; nothing before the draw."""
    design = design_of(session, round_)
    if not design or not design.drawn_at:
        return []
    with collector_at_rest():
        return _checks(session, design)


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """The households of a frame are all in use until the last check; searching them for garbage takes a fifth of the time."""
    awake = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if awake:
            gc.enable()


def _checks(session: Session, design: Design) -> list[Check]:
    """The certificate against the frame in the database, then the cases and their releases against the certificate."""
    try:
        certificate = from_json(design.certificate or "")
        digest = certificate_digest(certificate)
        checks = verify(certificate, canonical_of(session, design.frame), digest)
    except SurveyError as error:
        return [Check(Message(N_("抽样证书")), False, error.message)]
    return [
        *checks,
        _recorded(N_("抽样时登记的证书哈希"), design.certificate_digest, digest),
        _recorded(N_("封存时登记的抽样框哈希"), design.frame.digest, certificate.frame.sha256),
        _earlier(session, design, certificate),
        *_first(session, design, certificate),
        *_cases(session, design, certificate),
    ]


def _first(session: Session, design: Design, certificate: Certificate) -> list[Check]:
    """A later coordinated round against the certificate of the first one."""
    first = first_certificate(session, design)
    return [verify_first(certificate, first)] if first else []


def _earlier(session: Session, design: Design, certificate: Certificate) -> Check:
    """Every draw that was replaced stands in the certificate, with its digest and the reason."""
    recorded = [(one.certificate_sha256, one.reason) for one in earlier_draws(session, design)]
    stated = [(one.certificate_sha256, one.reason) for one in certificate.earlier_draws]
    values: dict[str, object] = {"recorded": len(recorded), "stated": len(stated)}
    text = N_("登记 %(recorded)s 次，证书 %(stated)s 次")
    return Check(Message(N_("被替换的抽样")), recorded == stated, Message(text, values))


def _recorded(name: str, recorded: str | None, found: str) -> Check:
    agrees = recorded == found
    text = N_("%(found)s") if agrees else N_("登记为 %(recorded)s，现为 %(found)s")
    values: dict[str, object] = {"recorded": (recorded or "—")[:8], "found": found[:8]}
    return Check(Message(name), agrees, Message(text, values))


def _cases(session: Session, design: Design, certificate: Certificate) -> list[Check]:
    columns = (Case.stratum, Case.rank, Case.household_id, Case.role, Case.release_id.is_not(None))
    query = select(*columns).where(Case.design_id == design.id).order_by(Case.stratum, Case.rank)
    cases: Sequence[Sequence[object]] = session.execute(query).all()
    drawn = {(unit.stratum, unit.rank, unit.id, unit.role) for unit in certificate.units}
    same = len(cases) == len(drawn) and all(case[:4] in drawn for case in cases)
    values: dict[str, object] = {"cases": len(cases), "units": len(certificate.units)}
    text = N_("个案 %(cases)s 户，证书 %(units)s 户")
    return [
        Check(Message(N_("个案与证书中的户")), same, Message(text, values)),
        Check(Message(N_("发放是各层抽签顺序的前段")), _is_prefix(cases)),
    ]


def _is_prefix(cases: Sequence[Sequence[object]]) -> bool:
    """In rank order of each stratum no released case stands behind one that is held."""
    return not any(before[0] == after[0] and after[4] and not before[4] for before, after in pairwise(cases))
