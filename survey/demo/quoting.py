"""The demo's quotes: the coder proposes words of the themes most spoken of, the evaluator decides on all but a few."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.accounts import User
from survey.models.coding import Code, Coding
from survey.models.quote import Quote
from survey.models.season import Round
from survey.services import quotes
from survey.services.quotable import Source, words_of_theme
from survey.services.quote_warnings import TYPICAL_FROM
from survey.services.quotes import Draft
from survey.services.trail import Actor
from survey.vault import Keyring

PROPOSED = 10  # themes
TELLING = ("request", "LANGUAGE_ACCESS")  # whose words point at a person, so that the warnings can be seen
WAITING = 2  # quotes without warnings for whoever tries the second look; those with warnings wait too


def quote_some(
    session: Session, vault: Keyring, round_: Round, coder: User, evaluator: User, at: datetime
) -> None:
    proposer, other = (Actor(user.id, user.display_name) for user in (coder, evaluator))
    safe: list[Quote] = []
    spoken_of = _themes(session, round_)
    for (kind, theme), n in [
        *spoken_of[:PROPOSED],
        *(one for one in spoken_of[PROPOSED:] if one[0] == TELLING),
    ]:
        source = _shortest(session, round_, kind, theme)
        if source is None:
            continue
        at += timedelta(minutes=1)
        draft = Draft("original", "", (kind, theme), "typical" if n >= TYPICAL_FROM else "rare")
        quote = quotes.propose(session, vault, proposer, at, round_, source, draft)
        safe += [] if quote.warnings else [quote]
    for quote in safe[: max(0, len(safe) - WAITING)]:
        at += timedelta(minutes=1)
        quotes.decide(session, other, at, quote, "approved", "")


def _themes(session: Session, round_: Round) -> list[tuple[tuple[str, str], int]]:
    """(kind, theme) and how many words have it, most first."""
    query = (
        select(Code.kind, Code.theme)
        .join(Coding, Coding.id == Code.coding_id)
        .where(Coding.round_id == round_.id, Coding.stands)
    )
    found = Counter((kind, theme) for kind, theme in session.execute(query))
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def _shortest(session: Session, round_: Round, kind: str, theme: str) -> Source | None:
    """Words that were not quoted for another theme yet."""
    quoted = set(session.scalars(select(Quote.event_id).where(Quote.round_id == round_.id)))
    found, _ = words_of_theme(session, round_, theme, kind)
    return min(
        (source for source in found if source.event_id not in quoted),
        key=lambda source: (len(source.masked), source.masked),
        default=None,
    )
