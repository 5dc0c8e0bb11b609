"""That data left the house: what, by whom, how much, and where identities went along, why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from survey.errors import N_, Invalid
from survey.models.season import Round
from survey.services import trail
from survey.services.trail import Actor

LONGEST_REASON = 200


def checked_reason(reason: str) -> str:
    """Why identities are wanted. Raises Invalid (no-export-reason, long-export-reason)."""
    stated = " ".join(reason.split())
    if not stated:
        raise Invalid(
            "no-export-reason", N_("导出含身份的数据要写明用途，例如：按区民政局来函核对三户。用途会留痕。")
        )
    if len(stated) > LONGEST_REASON:
        raise Invalid("long-export-reason", N_("用途最多 %(most)s 个字。"), most=LONGEST_REASON)
    return stated


def record_export(
    session: Session,
    actor: Actor,
    now: datetime,
    round_: Round,
    *,
    suffix: str,
    rows: int,
    digest: str,
    words: bool = False,
    reason: str | None = None,
) -> None:
    """Into the trail, before the file is handed over. `digest`: its SHA-256, by which a copy is known again; with a
    `reason` identities are in it, and the entry belongs to the chain."""
    action = "data.exported" if reason is None else "data.exported-identified"
    details = {"format": suffix, "rows": rows, "sha256": digest, "words": words}
    if reason is not None:
        details["reason"] = checked_reason(reason)
    trail.record(
        session, actor, action, now, subject=f"round:{round_.id}", round_id=round_.id, critical=reason is not None, **details
    )  # fmt: skip
