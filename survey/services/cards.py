"""The card of a household: all that a surveyor sees of it, and nothing more.

No category, no file number, no community, no answers of earlier rounds. Numbers are masked; showing one is a step of
its own (calls.reveal).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.fieldwork.case import case_state
from survey.fieldwork.dispositions import disposition
from survey.fieldwork.facts import CaseState
from survey.fieldwork.rules import local
from survey.fieldwork.tokens import shown
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.frame import Contact, FrameRow, Household
from survey.models.season import QuestionnaireVersion, Round
from survey.questionnaire.columns import LANGUAGES
from survey.questionnaire.wording import scale_backwards
from survey.services.answers import Standing, interview_of, standing
from survey.services.calls import dialable, note_of
from survey.services.cases import facts_of, holidays, rules_of
from survey.services.counted import facts_of as routing_facts
from survey.services.personal import Person, PhoneNumber, open_contact
from survey.services.pool import Scope
from survey.services.queue import Dialled, actor_of, dialled
from survey.services.tokens import token_of
from survey.vault import Keyring
from survey.verbatim.lexicon import COMPOUND_SURNAMES

NOBODY = Person("", (), "")


@dataclass(frozen=True, slots=True)
class PastCall:
    at: datetime
    outcome: Message
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Card:
    """`values`: language -> placeholder -> what is said; `answers`: what was answered so far in this interview;
    `dialled`: the number that was shown in a call of which nothing is recorded yet."""

    case: Case
    salutation: str
    zone: str
    language: str
    needs: tuple[str, ...]
    note: str
    phones: tuple[PhoneNumber, ...]
    next_slot: int | None
    state: Message
    calls: tuple[PastCall, ...]
    version: QuestionnaireVersion
    backwards: bool
    facts: Mapping[str, object]
    values: Mapping[str, Mapping[str, str]]
    answers: Mapping[str, Standing]
    revision: int
    status: str
    warning: Message | None
    dialled: Dialled | None


def card_of(session: Session, vault: Keyring, user: User, case: Case, now: datetime) -> Card:
    """Everything the page of a call needs, opened for the surveyor who holds the household."""
    round_ = session.get_one(Round, case.round_id)
    row = session.get_one(FrameRow, case.frame_row_id)
    person = person_of(session, vault, case)
    interview = interview_of(session, case)
    version = interview.questionnaire if interview is not None else round_.questionnaire
    state = case_state(facts_of(session, case), rules_of(round_.season), holidays(session), now)
    phones = dialable(vault, session, case)
    return Card(
        case=case,
        salutation=person.salutation,
        zone=row.zone,
        language=case.language,
        needs=tuple(row.needs.split()),
        note=person.note,
        phones=phones,
        next_slot=state.next_phone_slot or (phones[0].slot if phones else None),
        state=state.reason,
        calls=tuple(past_calls(session, vault, case)),
        version=version,
        backwards=scale_backwards(case.household_id),
        facts=routing_facts(round_),
        values=spoken_values(round_, user, person.salutation, shown(token_of(vault, case))),
        answers=standing(session, interview) if interview is not None else {},
        revision=interview.revision if interview is not None else 0,
        status=interview.status if interview is not None else "open",
        warning=warning_of(session, case, state),
        dialled=dialled(session, actor_of(user), now, case),
    )


def warning_of(session: Session, case: Case, state: CaseState) -> Message | None:
    """What to know before a word is said: the household wants no calls, the case is closed, or it refused before."""
    if session.get_one(Household, case.household_id).do_not_call_since is not None:
        return Message(N_("这一户要求过不再联系：不要提问，只听来意；对方自己要求受访才继续。"))
    if state.is_final:
        return Message(N_("这一户已经结束：%(why)s"), {"why": state.reason})
    if any(disposition(row.outcome).outcome == "R" for row in standing_calls(session, case)):
        return Message(N_("这一户以前拒绝过：先问清意愿，愿意才继续，不要劝说。"))
    return None


def person_of(session: Session, vault: Keyring, case: Case) -> Person:
    contact = session.get(Contact, case.frame_row_id)
    return open_contact(vault, contact) if contact is not None else NOBODY


def past_calls(session: Session, vault: Keyring, case: Case) -> list[PastCall]:
    """Earlier calls, newest first; what was corrected shows as it was corrected."""
    return [
        PastCall(
            row.recorded_at,
            Message(disposition(row.outcome).name),
            row.user.display_name,
            note_of(vault, row),
        )
        for row in standing_calls(session, case)
    ]


def standing_calls(session: Session, case: Case) -> list[Attempt]:
    """The calls to a household, newest first, without those that were corrected."""
    rows = session.scalars(
        select(Attempt).where(Attempt.case_id == case.id).order_by(Attempt.id.desc())
    ).all()
    replaced = {row.corrects_id for row in rows}
    return [row for row in rows if row.id not in replaced]


def spoken_values(round_: Round, user: User, salutation: str, token: str) -> dict[str, dict[str, str]]:
    """What fills the placeholders of the questions, per language of the interview."""
    own = {
        "称呼": salutation,
        "姓": surname(user.display_name),
        "工号": user.staff_number or str(user.id),
        "编号": token,
    }
    return {language: {**own, **round_wording(round_, language)} for language in LANGUAGES}


def round_wording(round_: Round, language: str) -> dict[str, str]:
    """The placeholders that are the same in every call of a round."""
    season = round_.season
    return {
        "评估方": season.evaluator,
        "委托方": season.commissioner,
        "电话": season.verification_phone,
        "街道": round_.station.street,
        "起": spoken_date(season.period_from, language),
    }


def surname(name: str) -> str:
    """The part of a Chinese name that is said at the start of a call; a name in other letters stays whole."""
    if not "\u4e00" <= name[:1] <= "\u9fff":
        return name
    return name[:2] if name[:2] in COMPOUND_SURNAMES else name[:1]


def spoken_date(day: date, language: str) -> str:
    return f"{day.day} {day:%B %Y}" if language == "en" else f"{day.year}年{day.month}月{day.day}日"


# -- what the surveyor has on hand ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Appointment:
    """`name` shows the first character only: 陈…"""

    at: datetime
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class RecentCall:
    """`name` as in Appointment."""

    attempt: Attempt
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class MyDay:
    completed: int
    calls: int
    appointments: tuple[Appointment, ...]
    correctable: tuple[RecentCall, ...]


def my_day(
    session: Session, vault: Keyring, user: User, scope: Scope, now: datetime, correctable: timedelta
) -> MyDay:
    """Done today, my appointments ahead, and the calls that I may still correct."""
    midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    mine = select(Attempt).where(Attempt.user_id == user.id, Attempt.recorded_at >= midnight)
    today = session.scalars(mine.order_by(Attempt.id.desc())).all()
    replaced = {attempt.corrects_id for attempt in today}
    standing_ = [attempt for attempt in today if attempt.id not in replaced]
    return MyDay(
        completed=sum(disposition(attempt.outcome).kind == "interview" for attempt in standing_),
        calls=len(standing_),
        appointments=tuple(_appointments(session, vault, user, scope)),
        correctable=tuple(
            RecentCall(attempt, _short_name(session, vault, attempt.case), attempt.case.zone)
            for attempt in standing_
            if now - attempt.recorded_at <= correctable
        ),
    )


def _appointments(session: Session, vault: Keyring, user: User, scope: Scope) -> list[Appointment]:
    query = (
        select(Case)
        .join(Round, Round.id == Case.round_id)
        .where(scope, Case.state == "appointment", Case.appointment_user_id == user.id)
        .order_by(Case.appointment_at)
        .limit(20)
    )
    return [
        Appointment(
            case.appointment_at,
            _short_name(session, vault, case),
            session.get_one(FrameRow, case.frame_row_id).zone,
        )
        for case in session.scalars(query)
        if case.appointment_at is not None
    ]


def _short_name(session: Session, vault: Keyring, case: Case) -> str:
    return person_of(session, vault, case).salutation[:1] + "…"
