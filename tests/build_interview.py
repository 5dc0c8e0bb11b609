"""A whole interview held at the desk, with words and a note, as the services store it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from build import actor_of
from build_case import TEN
from sqlalchemy.orm import Session

from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.interview import Interview
from survey.services.calls import Outcome, record
from survey.services.interviews import Given, save_answers, start
from survey.vault import Keyring

ANSWERS = {
    "A1": "1", "A2": "1", "B1": "2", "C1": "1", "D1": "1", "D7": "2", "F1": "5", "F3": "4", "F4": "5", "F6": "8",
    "G1": "4", "H1": "5",
}  # fmt: skip
WORDS = "希望社工多陪老人晒太阳紫薇花"
NOTE = "讲到紫藤架就高兴"


def hold_interview(
    session: Session,
    vault: Keyring,
    user: User,
    case: Case,
    *,
    words: str = WORDS,
    note: str = NOTE,
    now: datetime = TEN,
) -> Interview:
    """Answers of a daughter, one of them changed, a suggestion in words, and the call wrapped up with a note."""
    actor = actor_of(user)
    interview = start(session, actor, now, case)
    answers = [("F1", "3"), *ANSWERS.items(), ("J1", words)]
    events = [Given(uuid.uuid4().hex, question, value, "yue", 0) for question, value in answers]
    saved = save_answers(session, vault, actor, now, interview, events)
    assert saved.status == "complete", saved
    end = now + timedelta(minutes=4)
    record(session, vault, actor, end, case, Outcome(uuid.uuid4().hex, "interview", 1, 240, "yue", note=note))
    return interview
