"""Quotes as the page shows them: those that wait for a second look, and those decided, with who did what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from survey.models.accounts import User
from survey.models.quote import Quote
from survey.models.season import Round
from survey.services.quotes import of_counting_words
from survey.verbatim.found import KIND_NAMES
from survey.verbatim.masking import tokens_in

#: decided quotes that the page shows, the latest first
MOST_DECIDED = 200


@dataclass(frozen=True, slots=True)
class Hidden:
    """Something that was masked in the words: its kind in words, and at which character of the masked words it stands."""

    kind: str
    at: int


@dataclass(frozen=True, slots=True)
class Shown:
    """`hidden`: what is masked in the words quoted from; `counts`: these words count in the results."""

    quote: Quote
    words: str
    hidden: tuple[Hidden, ...]
    proposed_by: str
    decided_by: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Lists:
    waiting: list[Shown]
    decided: list[Shown]


def lists_of(session: Session, round_: Round) -> Lists:
    newest = Quote.proposed_at.desc(), Quote.id.desc()
    mine = select(Quote).options(selectinload(Quote.verbatim)).where(Quote.round_id == round_.id)
    found = list(session.scalars(mine.order_by(*newest)))
    counting = {quote.id for quote in of_counting_words(session, round_)}
    names = _names(session, found)
    shown = [_shown(quote, names, counting) for quote in found]
    decided = [one for one in shown if not one.quote.waits]
    return Lists([one for one in reversed(shown) if one.quote.waits], decided[:MOST_DECIDED])


def _names(session: Session, quotes: Iterable[Quote]) -> dict[int, str]:
    ids = {id_ for quote in quotes for id_ in (quote.proposed_by_id, quote.decided_by_id)}
    return {user.id: user.display_name for user in session.scalars(select(User).where(User.id.in_(ids)))}


def _shown(quote: Quote, names: dict[int, str], counting: set[int]) -> Shown:
    words = quote.verbatim.masked
    by = names.get(quote.decided_by_id or 0, "")
    return Shown(quote, words, hidden_in(words), names[quote.proposed_by_id], by, quote.id in counting)


def hidden_in(masked: str) -> tuple[Hidden, ...]:
    return tuple(Hidden(KIND_NAMES[one.kind], one.start + 1) for one in tokens_in(masked))
