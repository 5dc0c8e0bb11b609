"""Reading words as they were said, unmasked: with a reason, once, and in the trail's chain before anybody sees them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid
from survey.models.interview import Verbatim
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
    said = open_words(vault, session.get_one(Verbatim, source.event_id))
    trail.record(
        session, actor, "verbatim.raw-read", now, subject=f"words:{source.key}", round_id=round_.id, critical=True,
        question=source.question.name, reason=mask(reason.strip()[:LONGEST_REASON]).text,
    )  # fmt: skip
    return said


def open_words(vault: Keyring, words: Verbatim) -> str:
    """Raises Conflict (raw-destroyed)."""
    if words.sealed is None:
        raise Conflict("raw-destroyed", N_("未遮去的原话已到期销毁，只剩遮去后的文字，不能恢复。"))
    return vault.open(words.sealed, verbatim_context(words.event.uid))
