"""The Word template of the evaluating organisation: the newest that has not ended, for every round."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict
from survey.models.report import ReportTemplate
from survey.services import trail
from survey.services.trail import Actor

LONGEST_NAME = 80


def in_use(session: Session) -> ReportTemplate | None:
    """None: the one that Huifang makes."""
    return session.scalars(
        select(ReportTemplate)
        .where(ReportTemplate.ended_at.is_(None))
        .order_by(ReportTemplate.id.desc())
        .limit(1)
    ).first()


def replace(session: Session, actor: Actor, now: datetime, name: str, content: bytes) -> ReportTemplate:
    """Use this file from now on; whoever calls has checked that it can be filled."""
    for one in session.scalars(select(ReportTemplate).where(ReportTemplate.ended_at.is_(None))):
        one.ended_at = now
    assert actor.id is not None, "a template has somebody who uploaded it"
    made = ReportTemplate(
        name=name[-LONGEST_NAME:], content=content, digest=hashlib.sha256(content).hexdigest(), uploaded_at=now,
        uploaded_by_id=actor.id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    trail.record(session, actor, "report.template-uploaded", now, file=made.name, digest=made.digest)
    return made


def end(session: Session, actor: Actor, now: datetime) -> None:
    """Back to the template that Huifang makes. Raises Conflict when it is in use already."""
    found = in_use(session)
    if found is None:
        raise Conflict("default-template", N_("现在用的就是自带的模板。"))
    found.ended_at = now
    trail.record(session, actor, "report.template-ended", now, file=found.name, digest=found.digest)
