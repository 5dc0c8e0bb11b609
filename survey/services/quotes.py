"""引语: proposed from masked words by one person, looked at again and decided by another, and taken back when need be.

`approved` is the only source of quotations for anything that leaves the house.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Refused
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.quote import Quote
from survey.models.season import Round
from survey.services import trail
from survey.services.masked_words import mask_for
from survey.services.quotable import Source, off_path_events
from survey.services.quote_warnings import Warnings, warnings_of
from survey.services.trail import Actor
from survey.services.words import that_count
from survey.vault import Keyring
from survey.verbatim.masking import Masked

FORMS: Mapping[str, str] = {"original": N_("整条原话"), "excerpt": N_("摘录"), "paraphrase": N_("改写")}
PREVALENCES: Mapping[str, str] = {"typical": N_("典型"), "rare": N_("少见")}
DECISIONS: Mapping[str, str] = {"approved": N_("可以引用"), "rejected": N_("不能引用")}
LONGEST_TEXT = 300
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to quote. `code`: (kind, theme), None for words without codes; `text` is not read where the
    whole words are quoted."""

    form: str
    text: str
    code: tuple[str, str] | None
    prevalence: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The text as it would be quoted, and what speaks against it."""

    text: str
    warnings: Warnings


def check(session: Session, vault: Keyring, round_: Round, source: Source, draft: Draft) -> Checked:
    """Look at a draft without keeping it. Raises Invalid: which field, what is wrong, what to do."""
    _check_choices(source, draft)
    written = _written(session, vault, source, draft)
    kind, theme = draft.code or (None, None)
    found = warnings_of(session, round_, written, theme, kind, draft.prevalence == "typical")
    return Checked(written.text, found)


def propose(
    session: Session, vault: Keyring, actor: Actor, now: datetime, round_: Round, source: Source, draft: Draft
) -> Quote:
    """Raises Invalid as `check`, Conflict (already-proposed)."""
    checked = check(session, vault, round_, source, draft)
    _refuse_twice(session, source, checked.text)
    kind, theme = draft.code or (None, None)
    quote = Quote(
        round_id=round_.id, event_id=source.event_id, form=draft.form, text=checked.text, kind=kind, theme=theme,
        prevalence=draft.prevalence, warnings=checked.warnings, proposed_at=now, proposed_by_id=actor.id,
    )  # fmt: skip
    session.add(quote)
    session.flush()
    trail.record(
        session, actor, "quote.proposed", now, subject=_subject(quote), round_id=round_.id, form=quote.form,
        theme=theme, warnings=[one["kind"] for one in quote.warnings],
    )  # fmt: skip
    return quote


def _check_choices(source: Source, draft: Draft) -> None:
    if draft.form not in FORMS or draft.prevalence not in PREVALENCES:
        raise Invalid("quote-choice-unknown", N_("请选择引用方式，以及典型还是少见。"))
    if draft.code is None and source.codes:
        raise Invalid("quote-without-theme", N_("这条原话已编码，请选择引语属于哪个主题。"))
    if draft.code is not None and draft.code not in source.codes:
        raise Invalid("quote-theme-unknown", N_("这条原话没有编成这个主题，请从列出的主题中选。"))


def _written(session: Session, vault: Keyring, source: Source, draft: Draft) -> Masked:
    """The text, masked by the rules of today and by the household's own names."""
    text = source.masked if draft.form == "original" else draft.text.strip()
    if not text:
        raise Invalid("quote-empty", N_("请填写要引用的文字。"))
    if draft.form == "excerpt" and not _is_stretch(text, source.masked):
        raise Invalid(
            "quote-no-excerpt", N_("摘录要与原话逐字相同，并且不从遮去的标记中间断开。改动了文字请选“改写”。")
        )
    if draft.form == "paraphrase" and len(text) > LONGEST_TEXT:
        raise Invalid(
            "quote-too-long", N_("改写最多 %(most)s 个字，现在有 %(n)s 个。"), most=LONGEST_TEXT, n=len(text)
        )
    event = session.get_one(AnswerEvent, source.event_id)
    return mask_for(session, vault, event.interview.case.frame_row, text)


def _is_stretch(text: str, masked: str) -> bool:
    whole_tokens = text.count("〔") == text.count("〕") and text.find("〕") >= text.find("〔")
    return text in masked and whole_tokens


def _refuse_twice(session: Session, source: Source, text: str) -> None:
    others = session.scalars(select(Quote).where(Quote.event_id == source.event_id, Quote.text == text))
    if any(other.waits or other.stands for other in others):
        raise Conflict("already-proposed", N_("同样的文字已经提过，正在等人再看，或已经可以引用。"))


def decide(session: Session, actor: Actor, now: datetime, quote: Quote, decision: str, reason: str) -> None:
    """The second look. Raises Invalid (decision-unknown, reason-missing), Refused (own-quote), Conflict (quote-decided)."""
    session.refresh(quote, with_for_update=True)
    if decision not in DECISIONS:
        raise Invalid("decision-unknown", N_("请选择可以引用或不能引用。"))
    if quote.proposed_by_id == actor.id:
        raise Refused("own-quote", N_("这是您自己提的，请另一位来看。"))
    if not quote.waits:
        raise Conflict("quote-decided", N_("这条引语已经有人决定，或已收回。"))
    if not reason.strip() and (decision == "rejected" or quote.warnings):
        raise Invalid("reason-missing", N_("有提醒的要写明为什么仍认不出人；不能引用的要写明理由。"))
    quote.decision, quote.reason = decision, reason.strip()[:LONGEST_REASON]
    quote.decided_at, quote.decided_by_id = now, actor.id
    session.flush()
    trail.record(
        session, actor, "quote.decided", now, subject=_subject(quote), round_id=quote.round_id, critical=True,
        decision=decision, warnings=[one["kind"] for one in quote.warnings],
    )  # fmt: skip


def take_back(session: Session, actor: Actor, now: datetime, quote: Quote) -> None:
    """Not to be quoted after all: one's own while it waits, anybody's once it was approved. Raises Refused, Conflict."""
    session.refresh(quote, with_for_update=True)
    if quote.waits and quote.proposed_by_id != actor.id:
        raise Refused("quote-of-another", N_("这条是别人提的；不合适请选“不能引用”。"))
    if not quote.waits and not quote.stands:
        raise Conflict("quote-over", N_("这条引语已不在引用之列，不用收回。"))
    end(session, actor, now, quote)


def end(session: Session, actor: Actor, now: datetime, quote: Quote) -> None:
    """Take it back whoever proposed it, since its words turned out to point at somebody."""
    quote.taken_back_at, quote.taken_back_by_id = now, actor.id
    session.flush()
    trail.record(
        session,
        actor,
        "quote.taken-back",
        now,
        subject=_subject(quote),
        round_id=quote.round_id,
        critical=True,
    )


def _subject(quote: Quote) -> str:
    return f"quote:{quote.id}"


def approved(session: Session, round_: Round) -> list[Quote]:
    """Quotes that may leave the house: approved by a second person, not taken back, of words that still count."""
    return [quote for quote in of_counting_words(session, round_) if quote.stands]


def of_counting_words(session: Session, round_: Round) -> list[Quote]:
    """Quotes, whatever came of them, of words that count in the results as they stand; in the order of decision."""
    query = (
        select(Quote, AnswerEvent.interview_id)
        .join(Verbatim, Verbatim.event_id == Quote.event_id)
        .join(AnswerEvent, AnswerEvent.id == Verbatim.event_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(Quote.round_id == round_.id, that_count(round_))
        .order_by(Quote.decided_at, Quote.id)
    )
    found = session.execute(query).all()
    gone = off_path_events(session, round_, [interview_id for _, interview_id in found])
    return [quote for quote, _ in found if quote.event_id not in gone]
