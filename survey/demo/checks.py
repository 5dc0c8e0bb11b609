"""A verifier of the demo at work: calls a few households an evening and asks again, through the same services as the page."""

from __future__ import annotations

import random
from datetime import datetime

from sqlalchemy import true
from sqlalchemy.orm import Session

from survey.models.accounts import User
from survey.models.recheck import Recheck
from survey.services import recheck_queue, recheck_work
from survey.services.answers import answers_of
from survey.services.recheck_work import Report
from survey.services.trail import Actor
from survey.vault import Keyring

#: of a hundred calls of a verifier so many find nobody, and of those answered so many think differently by now
NOBODY, CHANGED = 12, 8


def check_some(
    session: Session, vault: Keyring, verifier: User, at: datetime, most: int, draw: random.Random
) -> None:
    """Up to `most` calls from `at` on."""
    for _ in range(most):
        recheck = recheck_queue.take_next(session, vault, verifier, true(), at)
        if recheck is None:
            return
        actor = Actor(verifier.id, verifier.display_name)
        recheck_work.reveal(session, vault, actor, at, recheck)
        recheck_work.record(session, vault, actor, at, recheck, _report(session, vault, recheck, draw))
        if recheck.outcome is None and recheck.answered_at is not None:
            verdicts = dict.fromkeys(recheck.answers, "changed")
            recheck_work.judge(session, actor, at, recheck, verdicts)


def _report(session: Session, vault: Keyring, recheck: Recheck, draw: random.Random) -> Report:
    """Who answers says the same again, or one step less of everything."""
    if draw.randrange(100) < NOBODY:
        return Report("no_answer")
    before, less = answers_of(session, recheck.interview), draw.randrange(100) < CHANGED
    answers = {}
    for question in recheck_work.asked_again(vault, recheck):
        codes = [choice.code for choice in question.choices]
        said = before.get(question.name) or codes[-1]
        answers[question.name] = codes[min(codes.index(said) + (less and question.scale), len(codes) - 1)]
    return Report("talked", "yes", answers)
