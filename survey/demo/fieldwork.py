"""Weeks of calls played through the same services as the desk's, each at its own moment in the past."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.demo import respondents
from survey.demo.respondents import Household
from survey.errors import SurveyError
from survey.fieldwork.rules import SHANGHAI
from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.season import Round
from survey.services import calls, cases, interviews
from survey.services.answers import questionnaire_of
from survey.services.counted import facts_of
from survey.services.trail import Actor
from survey.vault import Keyring

SHIFTS = ((time(9, 35), 9), (time(15, 5), 10), (time(18, 35), 9))
CALL_MINUTES = 11


def moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SHANGHAI)


class Fieldwork:
    """Who calls whom, and what comes of it; the same random source gives the same weeks."""

    def __init__(
        self, session: Session, vault: Keyring, round_: Round, surveyors: list[User], draw: random.Random
    ) -> None:
        self.session, self.vault, self.round, self.draw = session, vault, round_, draw
        self.surveyors = surveyors
        self.pace = random.Random(1)  # seconds a question; its own, so that nothing else changes with it
        self.households: dict[int, Household] = {}
        self.questionnaire = questionnaire_of(round_.questionnaire)

    def work(self, day: date) -> None:
        """One day: every surveyor's shifts."""
        for surveyor in self.surveyors:
            for at in self.dials(day):
                self.call_next(surveyor, at)

    def dials(self, day: date) -> Iterator[datetime]:
        for start, dials in SHIFTS:
            for number in range(dials):
                yield moment(day, start) + timedelta(minutes=CALL_MINUTES * number + self.draw.randint(0, 4))

    def call_next(self, surveyor: User, at: datetime) -> None:
        found = self.session.scalars(
            select(Case)
            .where(
                Case.round_id == self.round.id,
                Case.state.in_(("ready", "waiting", "appointment")),
                Case.due_at <= at,
            )
            .order_by(Case.appointment_at.is_(None), Case.due_at, Case.ticket)
            .limit(1)
        ).first()
        if found is not None:
            self.call(surveyor, found, at)

    def call(self, surveyor: User, case: Case, at: datetime) -> None:
        household = self.household_of(case)
        outcome = household.course[min(case.attempts_made, len(household.course) - 1)]
        actor = Actor(surveyor.id, surveyor.display_name)
        if outcome == "talk":
            self.interview(actor, case, household, at)
        else:
            self.record(actor, case, at, outcome, household)

    def household_of(self, case: Case) -> Household:
        if case.id not in self.households:
            row = case.frame_row
            self.households[case.id] = respondents.meet(self.draw, row.language, row.needs)
        return self.households[case.id]

    def interview(self, actor: Actor, case: Case, household: Household, at: datetime) -> None:
        begun = interviews.start(self.session, actor, at, case)
        given = respondents.answers(self.draw, household, self.questionnaire, facts_of(self.round))
        events = [
            interviews.Given(
                self.uid(), name, value, household.language, number, round(self.pace.uniform(6, 26), 1)
            )
            for number, (name, value) in enumerate(given.items())
        ]
        interviews.save_answers(self.session, self.vault, actor, at + timedelta(minutes=5), begun, events)
        self.record(actor, case, at + timedelta(minutes=6), calls.INTERVIEW, household)

    def record(self, actor: Actor, case: Case, at: datetime, code: str, household: Household) -> None:
        appointment = (
            moment(at.astimezone(SHANGHAI).date() + timedelta(days=1), time(15, 30))
            if code == "D21"
            else None
        )
        given = calls.Outcome(
            uid=self.uid(),
            code=code,
            slot=self.slot(case, at),
            seconds=240,
            language=household.language,
            appointment_at=appointment,
        )
        calls.record(self.session, self.vault, actor, at, case, given)

    def slot(self, case: Case, at: datetime) -> int:
        """Which of the household's numbers is due."""
        return cases.state_of(self.session, case, at).next_phone_slot or 1

    def uid(self) -> str:
        return str(uuid.UUID(int=self.draw.getrandbits(128), version=4))

    def keep_appointments_for(self, at: datetime) -> None:
        """Leave two appointments for whoever tries the desk: one soon, one tomorrow."""
        open_cases = self.session.scalars(
            select(Case)
            .where(Case.round_id == self.round.id, Case.state == "ready")
            .order_by(Case.ticket)
            .limit(2)
        )
        for number, case in enumerate(open_cases):
            surveyor = self.surveyors[number % len(self.surveyors)]
            due = at + (timedelta(minutes=40) if number == 0 else timedelta(days=1))
            given = calls.Outcome(
                uid=self.uid(), code="D21", slot=1, seconds=60, appointment_at=due, mine=True
            )
            try:
                calls.record(
                    self.session, self.vault, Actor(surveyor.id, surveyor.display_name), at, case, given
                )
            except SurveyError:
                continue  # outside the calling windows there is no appointment to leave
