"""The demo's coders: they take what is suggested as their own choice; the second one now and then sees it otherwise."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from survey.models.accounts import User
from survey.models.interview import Verbatim
from survey.models.season import Round
from survey.services import codebooks, coding
from survey.services.coding import Found
from survey.services.coding_words import KIND_ASKED, Words, codable, count, on_path, waiting_for
from survey.services.trail import Actor
from survey.services.words import questions_of
from survey.verbatim.codebook import Themes
from survey.verbatim.suggestions import suggest

SECONDS = 4  # a remark
LEFT = 6  # remarks for whoever tries the desk
OTHERWISE = 0.12  # of the second coder's remarks


def code_all(
    session: Session, round_: Round, coders: Sequence[User], at: datetime, draw: random.Random
) -> None:
    """The first of the coders every remark but a few, then the others of these what is coded twice."""
    themes = codebooks.themes_in_force(session)
    roles = {question.name: question.role for question in questions_of(round_)}
    first, *others = coders
    for coder in coders:
        most = max(0, count(session, round_).words - LEFT)
        for words in _waiting(session, round_, coder, most, second=coder in others):
            found = _found(words, themes, KIND_ASKED.get(roles[words.question]))
            if coder is not first and draw.random() < OTHERWISE:
                found = _otherwise(found)
            at += timedelta(seconds=SECONDS)
            actor = Actor(coder.id, coder.display_name)
            coding.code(session, actor, at, round_, words.event_id, found)


def _waiting(session: Session, round_: Round, coder: User, most: int, *, second: bool) -> list[Words]:
    """In the order of reading; for a second coder only what a first has coded."""
    rows = session.execute(codable(round_).where(waiting_for(coder.id)).order_by(Verbatim.order_key))
    found = on_path(session, round_, [Words._make(row) for row in rows])
    if second:
        return [words for words in found if coding.codings_of(session, words.event_id)]
    return found[:most]


def _found(words: Words, themes: Themes, asked: str | None) -> Found:
    codes = frozenset((one.kind, one.theme) for one in suggest(words.masked, themes, asked))
    return Found(codes, nothing=not codes)


def _otherwise(found: Found) -> Found:
    """One theme less."""
    fewer = frozenset(sorted(found.codes)[:-1])
    return Found(fewer, nothing=not fewer)
