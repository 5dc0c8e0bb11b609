"""Interviews that call for something to be done, with consent item by item, and a round whose items are collected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from build import actor_of
from build_case import TEN
from build_recheck import hold, make_cases
from build_results import SATISFIED
from sqlalchemy.orm import Session

from survey.errors import SurveyError
from survey.models.accounts import User
from survey.models.followup import ActionItem
from survey.models.interview import Interview
from survey.models.season import Round
from survey.services import followup, followup_collect, followup_handover
from survey.vault import Keyring

DAY = TEN + timedelta(days=1)  # a Friday
COAT = "冬天冷想要件羽绒服穿"


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What is done here is refused, with this code."""
    with pytest.raises(SurveyError) as error:
        yield
    assert error.value.code == code


def need(consent: str, words: str = COAT, receivers: str = "") -> dict[str, str]:
    """A need in words, and what K1 was answered: 1 named, 2 anonymous, 3 not at all; `receivers` are codes of K1a."""
    return {"I2": words, "K1_I2": consent} | ({"K1a": receivers} if receivers else {})


def promise(consent: str, receivers: str = "") -> dict[str, str]:
    """A visit that was arranged and did not happen."""
    return {"D7": "1", "K1_D7": consent} | ({"K1a": receivers} if receivers else {})


def hold_each(
    session: Session, vault: Keyring, user: User, given: list[Mapping[str, str]], **values
) -> tuple[Round, list[Interview]]:
    """A round with one interview for each of `given`, which is answered after (and instead of) what satisfies."""
    cases = make_cases(session, vault, len(given), **values)
    held = []
    for number, (case, extra) in enumerate(zip(cases, given, strict=True)):
        answers = {name: code for name, code in SATISFIED.items() if name not in extra}
        first = {name: code for name, code in extra.items() if name in SATISFIED}
        rest = {name: code for name, code in extra.items() if name not in SATISFIED}
        at = TEN + timedelta(minutes=10 * number)
        held.append(hold(session, vault, user, case, at, answers | first, words=rest))
    return session.get_one(Round, cases[0].round_id), held


def collect(session: Session, user: User, round_: Round, now: datetime = DAY) -> list[ActionItem]:
    """All items of the round, also those without consent, brought up to date."""
    followup_collect.collect(session, actor_of(user), now, round_)
    query = session.query(ActionItem).filter_by(round_id=round_.id).order_by(ActionItem.question)
    return list(query)


def write_texts(
    session: Session, user: User, items: list[ActionItem], text: str = "希望得到过冬衣物。", owner: str = ""
) -> None:
    """Whatever waits for a text gets one."""
    for item in items:
        if item.consent != "none" and item.state == "open" and (item.checked_at is None or owner):
            chosen = owner or item.owner
            followup.check_text(session, actor_of(user), DAY, item, text=text, kind=item.kind, owner=chosen)


def hand_over(session: Session, vault: Keyring, user: User, round_: Round) -> None:
    """Named items of the station leave."""
    followup_handover.hand_over_named(session, vault, actor_of(user), DAY, round_, "station")
    session.commit()
