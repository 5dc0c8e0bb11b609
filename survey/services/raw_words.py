"""Reading words as they were said, unmasked: with a reason, once, and in the trail's chain before anybody sees them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid
from survey.models.interview import AnswerEvent
from survey.models.season import Round
from survey.services import trail
from survey.services.interviews import verbatim_context
from survey.services.quotable import Source
from survey.services.trail import Actor
from survey.vault import Keyring
from survey.verbatim.masking import mask

SHORTEST_REASON, LONGEST_REASON = 4, 200


def read_raw(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, source: Source, reason: str
) -> str:
    """The words. Raises Invalid (raw-reason-short), Conflict (raw-destroyed). What the reason names is masked in the trail."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            "raw-reason-short", N_("请写明为什么要看未遮去的原话，至少 %(n)s 个字。"), n=SHORTEST_REASON
        )
    event = session.get_one(AnswerEvent, source.event_id)
    if event.verbatim is None or event.verbatim.sealed is None:
        raise Conflict("raw-destroyed", N_("未遮去的原话已到期销毁，只剩遮去后的文字。"))
    trail.record(
        session, actor, "verbatim.raw-read", now, subject=f"words:{source.key}", round_id=round_.id, critical=True,
        question=source.question.name, reason=mask(reason.strip()[:LONGEST_REASON]).text,
    )  # fmt: skip
    return vault.open(event.verbatim.sealed, verbatim_context(event.uid))
