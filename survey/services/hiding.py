"""补遮: what masking by machine missed in somebody's words, hidden by whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid
from survey.models.coding import Coding
from survey.models.followup import ActionItem
from survey.models.interview import AnswerEvent, Verbatim
from survey.models.quote import Quote
from survey.models.season import Round
from survey.services import quotes, trail
from survey.services.masked_words import mask_for
from survey.services.quotable import Source
from survey.services.raw_words import open_words
from survey.services.trail import Actor
from survey.vault import Keyring
from survey.verbatim import masking
from survey.verbatim.found import TOKENS

LONGEST_STRETCH = 60


def hide(
    session: Session, actor: Actor, now: datetime, round_: Round, source: Source, stretch: str, kind: str
) -> int:
    """Put the token of `kind` (KIND_NAMES) wherever `stretch` stands in what this interview said, and in excerpts,
    paraphrases and items made of it; quotes that hold it are taken back. In how many texts it stood.

    Raises Invalid (stretch-empty, stretch-long, stretch-not-said, stretch-with-token, kind-unknown).
    """
    plain, token = stretch.strip(), _token(kind)
    _check(source.masked, plain, token)
    interview_id = session.get_one(AnswerEvent, source.event_id).interview_id
    texts = [one for one in _texts(session, interview_id) if _stands_in(getattr(*one), plain, token)]
    for thing, name in texts:
        setattr(thing, name, masking.hide(getattr(thing, name), plain, token))
    quoted = [one for one in _quotes(session, interview_id) if _stands_in(one.text, plain, token)]
    for quote in quoted:
        quotes.end(session, actor, now, quote)
    session.flush()
    trail.record(
        session, actor, "verbatim.hidden", now, subject=f"words:{source.key}", round_id=round_.id, critical=True,
        hidden=kind, texts=len(texts) + len(quoted),
    )  # fmt: skip
    return len(texts) + len(quoted)


def _token(kind: str) -> str:
    found = next((token for known, token in TOKENS.items() if known == kind), None)
    if found is None:
        raise Invalid("kind-unknown", N_("请选择遮去的是什么。"))
    return found


def _stands_in(text: str, plain: str, token: str) -> bool:
    return masking.hide(text, plain, token) != text


def _check(masked: str, plain: str, token: str) -> None:
    if not plain:
        raise Invalid("stretch-empty", N_("请填写原话里要遮去的那一段。"))
    if len(plain) > LONGEST_STRETCH:
        raise Invalid(
            "stretch-long",
            N_("一次最多遮去 %(most)s 个字，现有 %(n)s 个。"),
            most=LONGEST_STRETCH,
            n=len(plain),
        )
    if "〔" in plain or "〕" in plain:
        raise Invalid("stretch-with-token", N_("这一段里有已经遮去的标记，请分开填写标记前后的字。"))
    if not _stands_in(masked, plain, token):
        raise Invalid("stretch-not-said", N_("原话里没有“%(stretch)s”，请从上面原样复制。"), stretch=plain)


def _texts(session: Session, interview_id: int) -> Iterator[tuple[object, str]]:
    """Every text with words of the interview that may be changed, as object and attribute."""
    said = _said(interview_id)
    for words in session.scalars(select(Verbatim).where(Verbatim.event_id.in_(said)).with_for_update()):
        yield words, "masked"
    for coding in session.scalars(select(Coding).where(Coding.event_id.in_(said))):
        yield coding, "excerpt"
        yield coding, "paraphrase"
    for item in session.scalars(select(ActionItem).where(ActionItem.interview_id == interview_id)):
        yield item, "text"


def _quotes(session: Session, interview_id: int) -> list[Quote]:
    """Those that wait or may be used. What somebody decided on is never rewritten."""
    found = session.scalars(select(Quote).where(Quote.event_id.in_(_said(interview_id))).with_for_update())
    return [quote for quote in found if quote.waits or quote.stands]


def _said(interview_id: int) -> Select[int]:
    return select(AnswerEvent.id).where(AnswerEvent.interview_id == interview_id)


def restore(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, source: Source
) -> str:
    """Mask the words as the machine does, without what was hidden by hand: the masked words. Nobody sees the raw ones.

    Raises Conflict (raw-destroyed, nothing-hidden).
    """
    words = session.get_one(Verbatim, source.event_id, with_for_update=True)
    masked = mask_for(session, vault, words.event.interview.case.frame_row, open_words(vault, words)).text
    if masked == words.masked:
        raise Conflict("nothing-hidden", N_("这条原话没有补遮过，不用恢复。"))
    words.masked = masked
    session.flush()
    trail.record(
        session, actor, "verbatim.hiding-undone", now, subject=f"words:{source.key}", round_id=round_.id, critical=True
    )  # fmt: skip
    return masked
