"""A call: the number shown for dialling, and its outcome. Every call ends in a disposition, recorded once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Message, Missing, Refused
from survey.fieldwork.dispositions import WRONG_NUMBER, Disposition, disposition, possible_at_door
from survey.fieldwork.facts import CaseState
from survey.fieldwork.rules import check_appointment, local
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.frame import Contact, Household
from survey.models.season import Round
from survey.services import recheck_selection, refusals, trail
from survey.services.answers import completion_of, interview_of
from survey.services.cases import holidays, refresh, rules_of, state_of
from survey.services.counted import INTERVIEWED
from survey.services.freeze import refuse_closed
from survey.services.hands import check_callable, taken_along_at
from survey.services.personal import PhoneNumber, open_contact
from survey.services.queue import end_lease, held_by_another, lock, subject
from survey.services.trail import Actor
from survey.vault import Keyring

#: "the interview is done": which code that is follows from its answers
INTERVIEW = "interview"
CORRECTABLE = timedelta(minutes=15)
LONGEST_NOTE = 500
#: a call cannot have begun longer ago than this before it was recorded, even after an outage
LONGEST_AGO = timedelta(hours=24)
#: nor a visit, however long the telephone it was taken down on had no network
LONGEST_VISIT_AGO = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a surveyor says of a call, or of a visit at the door.

    `uid` is made by the browser; `slot` counts the household's dialable numbers from 1, 0 when it rang us or was
    visited; `code` is a disposition of a dial, or INTERVIEW; `seconds` is how long ago the call began; `mine` keeps an
    appointment for the surveyor who made it.
    """

    uid: str
    code: str
    slot: int
    seconds: float = 0
    language: str = ""
    appointment_at: datetime | None = None
    mine: bool = False
    note: str = ""
    visit: bool = False


def dialable(vault: Keyring, session: Session, case: Case) -> tuple[PhoneNumber, ...]:
    """The household's numbers that can be dialled; slot n of a call is the nth of them."""
    contact = session.get(Contact, case.frame_row_id)
    phones = open_contact(vault, contact).phones if contact is not None else ()
    usable = (phone for phone in phones if phone.dialable)
    return tuple(replace(phone, slot=slot) for slot, phone in enumerate(usable, start=1))


def reveal(
    session: Session, vault: Keyring, actor: Actor, now: datetime, case: Case, slot: int
) -> PhoneNumber:
    """The number to dial, for whoever holds a household that may be called. The trail keeps that it was shown, not the number."""
    if case.lease_user_id != actor.id or held_by_another(case, actor, now):
        raise Conflict("lease-lost", N_("这一户已不在您手上，请重新取户；已填的答案仍会保存。"))
    check_callable(session, now, case)
    found = next((phone for phone in dialable(vault, session, case) if phone.slot == slot), None)
    if found is None:
        raise Missing("no-such-number", N_("这一户没有第 %(slot)s 个可拨打的号码。"), slot=slot)
    trail.record(
        session, actor, "phone.revealed", now, subject=subject(case), round_id=case.round_id, slot=slot
    )
    return found


def record(
    session: Session, vault: Keyring, actor: Actor, now: datetime, case: Case, given: Outcome
) -> tuple[Attempt, CaseState]:
    """Record a call once, whatever happened to the lease meanwhile, and end the lease of whoever made it.

    Raises Invalid naming what is wrong with the outcome; then nothing is kept.
    """
    if refusals.refuses(given.code):
        refusals.lock_everywhere(session, case.household_id)
    lock(session, case)
    known = session.scalars(select(Attempt).where(Attempt.uid == given.uid)).first()
    if known is not None:
        _same_case(known, case)
        return known, state_of(session, case, now)
    refuse_closed(session, case.round_id)
    if given.visit:
        given = replace(given, slot=0)
    began = _began_at(session, actor, now, case, given)
    attempt = _attempt(session, vault, actor, now, case, given, agreed_at=began if given.visit else now)
    attempt.started_at = began
    session.add(attempt)
    session.flush()
    state = _after(session, vault, actor, now, case, attempt, "call.recorded")
    if case.lease_user_id == actor.id:
        end_lease(case)
        session.flush()
    return attempt, state


def _began_at(session: Session, actor: Actor, now: datetime, case: Case, given: Outcome) -> datetime:
    """By how long ago the browser says it began. A visit cannot have begun before its household was taken along, whatever
    the clock of the telephone says. Raises Refused (never-taken-along)."""
    ago = timedelta(seconds=max(given.seconds, 0))
    if not given.visit:
        return now - min(ago, LONGEST_AGO)
    return max(now - min(ago, LONGEST_VISIT_AGO), taken_along_at(session, actor, case))


def correct(
    session: Session, vault: Keyring, actor: Actor, now: datetime, wrong: Attempt, given: Outcome
) -> tuple[Attempt, CaseState]:
    """Replace the outcome of an own call within 15 minutes; both rows stay."""
    case = session.get_one(Case, wrong.case_id)
    if refusals.refuses(given.code) or refusals.refuses(wrong.outcome):
        refusals.lock_everywhere(session, case.household_id)
    lock(session, case)
    known = session.scalars(select(Attempt).where(Attempt.uid == given.uid)).first()
    if known is not None:
        _same_case(known, case)
        return known, state_of(session, case, now)
    refuse_closed(session, case.round_id)
    _check_correctable(session, actor, now, wrong)
    given = replace(given, slot=wrong.phone_slot, visit=wrong.mode == "visit")
    attempt = _attempt(session, vault, actor, now, case, given, agreed_at=now)
    attempt.corrects_id, attempt.line_id = wrong.id, wrong.line_id
    session.add(attempt)
    session.flush()
    return attempt, _after(session, vault, actor, now, case, attempt, "call.corrected", wrong)


def _check_correctable(session: Session, actor: Actor, now: datetime, wrong: Attempt) -> None:
    if wrong.user_id != actor.id:
        raise Refused("not-your-call", N_("只能更正自己记录的通话结果，请联系访问督导。"))
    if now - wrong.recorded_at > CORRECTABLE:
        raise Conflict("too-late-to-correct", N_("已超过 15 分钟，不能自行更正；请把情况告诉访问督导。"))
    later = select(Attempt.id).where(Attempt.case_id == wrong.case_id, Attempt.id > wrong.id)
    if session.scalars(later).first() is not None:
        raise Conflict("call-followed", N_("这次通话之后已有新的记录，请更正最后一条。"))


def _same_case(known: Attempt, case: Case) -> None:
    if known.case_id != case.id:
        raise Conflict("uid-taken", N_("这条记录的编号已用在另一户，请刷新页面后重新记录。"))


def _attempt(
    session: Session,
    vault: Keyring,
    actor: Actor,
    now: datetime,
    case: Case,
    given: Outcome,
    agreed_at: datetime,
) -> Attempt:
    """The row of an outcome, checked. `agreed_at`: an appointment has to lie after it."""
    if case.release_id is None:
        raise Conflict("not-released", N_("这一户还没有发放，不能记录通话。"))
    code = _interview_code(session, case) if given.code == INTERVIEW else _dial_code(given)
    appointment = _appointment_of(session, agreed_at, case, code, given)
    if len(given.note) > LONGEST_NOTE:
        raise Invalid("note-too-long", N_("备注最多 %(most)s 个字，请缩短。"), most=LONGEST_NOTE)
    if given.slot > len(dialable(vault, session, case)):
        raise Invalid("no-such-number", N_("这一户没有第 %(slot)s 个可拨打的号码。"), slot=given.slot)
    return Attempt(
        uid=given.uid,
        case_id=case.id,
        user_id=actor.id,
        mode="visit" if given.visit else "phone" if given.slot else "inbound",
        phone_slot=given.slot,
        line_id=session.get_one(User, actor.id).line_id if given.slot else None,
        recorded_at=now,
        outcome=code,
        language=given.language,
        appointment_at=appointment,
        appointment_user_id=actor.id if appointment is not None and given.mine else None,
        note_sealed=vault.seal(given.note.strip(), note_context(given.uid)) if given.note.strip() else None,
    )


def note_context(uid: str) -> str:
    return f"attempt.note:{uid}"


def note_of(vault: Keyring, attempt: Attempt) -> str:
    """The surveyor's note on a call, opened."""
    return vault.open(attempt.note_sealed, note_context(attempt.uid)) if attempt.note_sealed else ""


def _dial_code(given: Outcome) -> str:
    row = disposition(given.code)
    if row.kind != "dial":
        raise Invalid("not-a-call-outcome", N_("“%(value)s”不是通话结果，请从列表中选择。"), value=given.code)
    if not possible_at_door(row) if given.visit else row.at_door:
        raise Invalid(
            "not-at-the-door" if given.visit else "only-at-the-door",
            N_("“%(outcome)s”不是这次联系会有的结果，请从列表中改选。"),
            outcome=Message(row.name),
        )
    if given.slot == 0 and not given.visit and not possible_inbound(row):
        raise Invalid(
            "not-when-they-rang",
            N_("对方打进来的电话不会是“%(outcome)s”，请改选其他结果。"),
            outcome=Message(row.name),
        )
    return row.code


def possible_inbound(row: Disposition) -> bool:
    """Whether a call can end so when the household rang us: somebody was on the line, if only at a wrong number."""
    return row.group != "not_connected" and (not row.dead_number or row.code == WRONG_NUMBER)


def _interview_code(session: Session, case: Case) -> str:
    """D01, D02 or D03, as the answers have it."""
    interview = interview_of(session, case)
    amounts_to = completion_of(session, interview) if interview is not None else None
    if amounts_to is not None and amounts_to.letter == "I":
        return "D02" if amounts_to.proxy else "D01"
    if amounts_to is not None and amounts_to.letter == "P":
        return "D03"
    raise Invalid(
        "interview-not-finished",
        N_(
            "答案还不够，不能算完成：总体满意度和大部分分项要有答案。请继续访问，或选其他结果（如中途拒访、预约）。"
        ),
    )


def _appointment_of(
    session: Session, now: datetime, case: Case, code: str, given: Outcome
) -> datetime | None:
    if code != "D21":
        return None
    if given.appointment_at is None:
        raise Invalid("appointment-missing", N_("请填写预约的日期和时间；对方没有说定时间，选“改天再打”。"))
    round_ = session.get_one(Round, case.round_id)
    if local(given.appointment_at).date() > round_.fieldwork_to:
        raise Invalid(
            "appointment-after-fieldwork",
            N_("本轮访问期到 %(last)s 为止，请把预约改到这一天或之前。"),
            last=round_.fieldwork_to,
        )
    check_appointment(given.appointment_at, rules_of(round_.season), holidays(session), now)
    return given.appointment_at


def _after(
    session: Session,
    vault: Keyring,
    actor: Actor,
    now: datetime,
    case: Case,
    attempt: Attempt,
    action: str,
    wrong: Attempt | None = None,
) -> CaseState:
    """The state of the case, the household's wish not to be called, what is to be checked of it, and the trail."""
    household = session.get_one(Household, case.household_id)
    wish_changed = refusals.note_wish(household, attempt, wrong)
    state = refresh(session, case, now)
    interview = interview_of(session, case) if case.outcome in INTERVIEWED else None
    if interview is not None:
        recheck_selection.counted(session, vault, now, interview)
    trail.record(
        session, actor, action, now, subject=subject(case), round_id=case.round_id, outcome=attempt.outcome
    )
    if wish_changed:
        refusals.carry_over(session, actor, now, household, case)
    return state
