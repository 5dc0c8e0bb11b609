"""Interviews held through the services, so that they count and the system selects from them, and checks of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from build import actor_of
from build_case import ALL_DAY, TEN, make_released_cases
from build_results import SATISFIED
from sqlalchemy import true
from sqlalchemy.orm import Session

from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.interview import Interview
from survey.models.recheck import Recheck
from survey.models.season import Round
from survey.services import recheck_queue, recheck_work
from survey.services.calls import Outcome, record
from survey.services.interviews import Given, save_answers, start
from survey.services.recheck_work import Report
from survey.vault import Keyring

LOW = SATISFIED | {"H1": "2"}
LATER = TEN + timedelta(hours=1)


def make_cases(session: Session, vault: Keyring, n: int, **values) -> list[Case]:
    """Released cases of a round that may be called at any hour."""
    return make_released_cases(session, vault, n, calling_rules=ALL_DAY, **values)


def hold(
    session: Session,
    vault: Keyring,
    user: User,
    case: Case,
    now: datetime = TEN,
    answers: Mapping[str, str] = SATISFIED,
    *,
    language: str = "zh",
    seconds: float | None = None,
    words: Mapping[str, str] | None = None,
) -> Interview:
    """One interview that counts, with its call, committed. `seconds`: how long each question stood on the page."""
    actor = actor_of(user)
    interview = start(session, actor, now, case)
    given = [*answers.items(), *(words or {}).items()]
    events = [Given(uuid.uuid4().hex, question, value, language, 0, seconds) for question, value in given]
    saved = save_answers(session, vault, actor, now, interview, events)
    assert not saved.not_kept, saved
    record(
        session, vault, actor, now + timedelta(minutes=4), case,
        Outcome(uuid.uuid4().hex, "interview", 1, 240, language),
    )  # fmt: skip
    assert interview.counted_at is not None
    session.commit()
    return interview


def hold_all(
    session: Session,
    vault: Keyring,
    user: User,
    cases: Iterable[Case],
    answers: Mapping[str, str] = SATISFIED,
) -> list[Interview]:
    """One interview after the other, ten minutes apart."""
    return [
        hold(session, vault, user, case, TEN + timedelta(minutes=10 * number), answers)
        for number, case in enumerate(cases)
    ]


def of_round(session: Session, round_id: int) -> list[Recheck]:
    session.expire_all()
    return list(session.query(Recheck).filter_by(round_id=round_id).order_by(Recheck.id))


def take(session: Session, vault: Keyring, user: User, now: datetime = LATER) -> Recheck | None:
    """The next check for this person, in every round."""
    return recheck_queue.take_next(session, vault, user, true(), now)


def call(
    session: Session,
    vault: Keyring,
    user: User,
    recheck: Recheck,
    now: datetime = LATER,
    *,
    result: str = "talked",
    took_place: str = "yes",
    changes: Mapping[str, str] | None = None,
    note: str = "",
) -> Recheck:
    """Number shown, household called, and recorded: the earlier answers again, but for `changes`."""
    recheck_work.reveal(session, vault, actor_of(user), now, recheck)
    asked = recheck_work.asked_again(vault, recheck)
    answers = {question.name: SATISFIED[question.name] for question in asked} | dict(changes or {})
    given = Report(result, took_place, {question.name: answers[question.name] for question in asked}, note)
    recheck_work.record(session, vault, actor_of(user), now, recheck, given)
    return recheck


def round_of(session: Session, case: Case) -> Round:
    return session.get_one(Round, case.round_id)
