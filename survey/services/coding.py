"""编码: which themes a coder finds in which words. First by one person, one in five by a second who does not see that, and
where the two differ, settled by whoever answers for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Missing
from survey.models.coding import Code, CodebookVersion, Coding
from survey.models.interview import Verbatim
from survey.models.season import Round
from survey.services import codebooks, trail
from survey.services.coding_words import (
    Words,
    codable,
    coded_twice,
    first_of,
    on_path,
    waiting_for,
)
from survey.services.trail import Actor
from survey.verbatim import codebook
from survey.verbatim.masking import mask

#: longest excerpt and paraphrase, in characters
LENGTH = 500


@dataclass(frozen=True, slots=True)
class Found:
    """What a coder found: `codes` are (kind, theme). No code is only believed with `nothing`."""

    codes: frozenset[tuple[str, str]] = frozenset()
    nothing: bool = False
    excerpt: str = ""
    paraphrase: str = ""


# -- what is next ------------------------------------------------------------------------------------------------


def next_words(session: Session, round_: Round, coder_id: int, after: str = "") -> Words | None:
    """What this person codes next, from behind a key of the order on and round to it again; None: nothing is left.

    First and second codings come mixed, so that no coder knows which a remark is. Everybody begins at another place: two
    who work at the same time seldom meet.
    """
    after = after or _beginning(coder_id)
    waiting = codable(round_).where(waiting_for(coder_id)).order_by(Verbatim.order_key)
    return first_of(session, round_, waiting.where(Verbatim.order_key > after)) or first_of(
        session, round_, waiting.where(Verbatim.order_key <= after)
    )


def _beginning(coder_id: int) -> str:
    return hashlib.sha256(f"coder {coder_id}".encode()).hexdigest()[:16]


def words_for(session: Session, round_: Round, coder_id: int, event_id: int) -> Words | None:
    """These words, if this person may code them now."""
    query = codable(round_).where(waiting_for(coder_id), Verbatim.event_id == event_id)
    return first_of(session, round_, query)


def words_of(session: Session, round_: Round, event_id: int) -> Words:
    """Words of the round that are coded. Raises Missing (not-to-be-coded)."""
    found = [
        Words._make(row) for row in session.execute(codable(round_).where(Verbatim.event_id == event_id))
    ]
    for one in on_path(session, round_, found):
        return one
    text = N_("这条原话不在编码之列：可能已撤回、作废，或所属的题已不在问卷路径上。请编下一条。")
    raise Missing("not-to-be-coded", text)


# -- coding --------------------------------------------------------------------------------------------------------


def code(session: Session, actor: Actor, now: datetime, round_: Round, event_id: int, found: Found) -> Coding:
    """Keep what a coder found. Whether it is the first or the second coding follows from what is there.

    Raises Missing, Invalid (nothing-chosen, unknown-theme, excerpt-not-said …), Conflict (already-coded).
    """
    words = words_of(session, round_, event_id)
    role = _role(session, actor, event_id)
    made = _coding(session, actor, now, round_, words, role, found)
    _insert(session, made)
    trail.record(session, actor, "coding.saved", now, round_id=round_.id, role=role, codes=len(made.codes))
    return made


def _role(session: Session, actor: Actor, event_id: int) -> str:
    """Raises Conflict where this person has nothing to code."""
    there = {one.role: one.coder_id for one in codings_of(session, event_id)}
    mine = actor.id in (there.get("first"), there.get("second"))
    if "first" not in there and not mine:
        return "first"
    twice = session.scalar(select(coded_twice()).where(Verbatim.event_id == event_id))
    if mine or "second" in there or not twice:
        raise _already()
    return "second"


def _already() -> Conflict:
    return Conflict("already-coded", N_("这条原话刚刚已有人编过，没有重复保存。请编下一条。"))


def codings_of(session: Session, event_id: int) -> list[Coding]:
    return list(session.scalars(select(Coding).where(Coding.event_id == event_id)))


def _coding(
    session: Session, actor: Actor, now: datetime, round_: Round, words: Words, role: str, found: Found
) -> Coding:
    book = codebooks.current(session, now)
    _check_codes(book, found)
    if actor.id is None:
        raise Invalid("no-coder", N_("编码要由登录的人来做。"))
    return Coding(
        event_id=words.event_id, round_id=round_.id, coder_id=actor.id, role=role, codebook_id=book.id, coded_at=now,
        excerpt=_excerpt(words, found.excerpt), paraphrase=_paraphrase(found.paraphrase), stands=role != "second",
        codes=[Code(kind=kind, theme=theme) for kind, theme in sorted(found.codes)],
    )  # fmt: skip


def _check_codes(book: CodebookVersion, found: Found) -> None:
    if bool(found.codes) == found.nothing:
        text = N_("请选出主题，或选“没有可编的内容”；两者不能同时，也不能都空着。")
        raise Invalid("nothing-chosen", text)
    themes = codebook.by_key(codebook.in_use(codebooks.themes_of(book)))
    for kind, key in sorted(found.codes):
        if key not in themes or kind not in themes[key].kinds:
            text = N_("编码表第 %(version)s 版没有“%(theme)s”的这一类。请刷新页面后再选。")
            raise Invalid("unknown-theme", text, version=book.version, theme=key)


def _excerpt(words: Words, excerpt: str) -> str:
    """摘录: a stretch of what was said, nothing else."""
    plain = excerpt.strip()
    if plain not in words.masked:
        raise Invalid(
            "excerpt-not-said", N_("摘录要与原话一字不差。请从原话里选出一段，改写请填在“改写”里。")
        )
    return _short(plain)


def _paraphrase(text: str) -> str:
    """改写: in the coder's own words, masked like the original."""
    return _short(mask(text.strip()).text)


def _short(text: str) -> str:
    if len(text) > LENGTH:
        raise Invalid(
            "too-long", N_("摘录和改写各不超过 %(most)s 个字，现有 %(n)s 个字。"), most=LENGTH, n=len(text)
        )
    return text


def _insert(session: Session, made: Coding) -> None:
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as overtaken:
        raise _already() from overtaken


# -- taking back, settling -------------------------------------------------------------------------------------------


def undo(session: Session, actor: Actor, now: datetime, round_: Round) -> int | None:
    """Take back one's own last coding of this round; its event, to be coded again. None: there is none.

    Raises Conflict (already-settled).
    """
    mine = select(Coding).where(
        Coding.round_id == round_.id, Coding.coder_id == actor.id, Coding.role != "settled"
    )
    last = session.scalars(mine.order_by(Coding.coded_at.desc(), Coding.id.desc()).limit(1)).first()
    if last is None:
        return None
    if any(one.role == "settled" for one in codings_of(session, last.event_id)):
        raise Conflict("already-settled", N_("这条的分歧已经裁定，不能再撤销。"))
    event_id = last.event_id
    session.delete(last)
    session.flush()
    trail.record(session, actor, "coding.undone", now, round_id=round_.id, role=last.role)
    return event_id


def settle(
    session: Session, actor: Actor, now: datetime, round_: Round, event_id: int, found: Found
) -> Coding:
    """Lay down what counts where two coders differ; both codings stay for the measure of agreement.

    Raises Missing, Invalid, Conflict (nothing-to-settle, already-settled).
    """
    words = words_of(session, round_, event_id)
    there = {one.role: one for one in codings_of(session, event_id)}
    if not {"first", "second"} <= there.keys():
        raise Conflict("nothing-to-settle", N_("这条原话没有两个人的编码，没有分歧可裁定。"))
    if "settled" in there:
        raise Conflict("already-settled", N_("这条的分歧已经裁定，不能再裁定一次。"))
    made = _coding(session, actor, now, round_, words, "settled", found)
    there["first"].stands = False
    session.flush()
    _insert(session, made)
    trail.record(session, actor, "coding.settled", now, round_id=round_.id, codes=len(made.codes))
    return made
