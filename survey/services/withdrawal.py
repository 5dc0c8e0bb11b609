"""撤回: what a respondent said is deleted because the respondent asks for it, also after the round was closed.

The right to have it deleted outlives the closing. What stays is that there was an interview, its number (so that a
second request gets an answer), when and how calls went, and the sealed record of an emergency, which protects life.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid
from survey.fieldwork import tokens
from survey.fieldwork.rules import local
from survey.models.call import Attempt
from survey.models.care import Destruction
from survey.models.coding import Code, Coding
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview, Verbatim
from survey.models.quote import Quote
from survey.models.recheck import Recheck
from survey.models.season import Round
from survey.services import frozen, trail
from survey.services.cases import refresh
from survey.services.queue import end_lease, lock
from survey.services.trail import SYSTEM, Actor
from survey.vault import Keyring

#: how the respondent asked
WAYS: Mapping[str, str] = {
    "phone": N_("打电话来"),
    "letter": N_("写信"),
    "person": N_("当面提出"),
    "station": N_("经社工站或居委会转告"),
    "other": N_("其他方式"),
}
#: the way of a deletion that is done again, because a backup from before it was restored
AGAIN = "restored"
#: among the kinds of Destruction
KIND = "withdrawal"
REASON = N_("受访者要求")


@dataclass(frozen=True, slots=True)
class Holding:
    """All that a page shows of an interview before its answers are deleted: neither who nor what."""

    interview_id: int
    season: str
    station: str
    round_id: int
    day: date
    answers: int
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """Rows that are gone: answers with every change of them, words among these, and notes of the household's calls."""

    answers: int
    words: int
    notes: int


def find(session: Session, actor: Actor, now: datetime, typed: str) -> Interview | None:
    """The interview with this number; Invalid when it cannot be one. The trail keeps that somebody looked, not for what."""
    token = tokens.read(typed)
    found = session.scalars(select(Interview).where(Interview.token == token)).first()
    round_id = found.round_id if found is not None else None
    trail.record(
        session, actor, "withdrawal.searched", now, round_id=round_id, matches=int(found is not None)
    )
    return found


def holding(session: Session, interview: Interview) -> Holding:
    round_ = session.get_one(Round, interview.round_id)
    questions = select(func.count(AnswerEvent.question.distinct())).where(
        AnswerEvent.interview_id == interview.id
    )
    return Holding(
        interview_id=interview.id,
        season=round_.season.name,
        station=round_.station.name,
        round_id=round_.id,
        day=local(interview.started_at).date(),
        answers=session.scalar(questions) or 0,
        withdrawn_at=interview.withdrawn_at,
    )


def withdraw(session: Session, actor: Actor, now: datetime, interview: Interview, way: str) -> Deleted:
    """Delete what was said in this interview, for good; the case ends as D16, in a closed round too.

    Raises Invalid (way-unknown), Conflict (already-withdrawn).
    """
    if way not in WAYS:
        raise Invalid("way-unknown", N_("请选择受访者是怎样提出的。"))
    return _withdraw(session, actor, now, interview, way, now)


def _withdraw(
    session: Session, actor: Actor, now: datetime, interview: Interview, way: str, asked_at: datetime
) -> Deleted:
    case = lock(session, session.get_one(Case, interview.case_id))
    session.refresh(interview, with_for_update=True)
    if interview.withdrawn_at is not None:
        raise Conflict(
            "already-withdrawn",
            N_("这次访问的回答已于 %(day)s 删除，不用再删。"),
            day=local(interview.withdrawn_at).date().isoformat(),
        )
    deleted = _delete(session, interview)
    _empty(interview, asked_at)
    case.left_open_reason = None
    end_lease(case)
    session.flush()
    refresh(session, case, now)
    session.add(
        Destruction(
            round_id=interview.round_id, kind=KIND, items=deleted.answers + deleted.notes, reason=REASON,
            due_on=local(asked_at).date(), destroyed_at=now, destroyed_by_id=actor.id,
        )
    )  # fmt: skip
    trail.record(
        session, actor, "interview.withdrawn", now, round_id=interview.round_id, critical=True, way=way,
        answers=deleted.answers, words=deleted.words, notes=deleted.notes,
    )  # fmt: skip
    frozen.withdraw(session, actor, now, session.get_one(Round, interview.round_id))
    return deleted


def _empty(interview: Interview, asked_at: datetime) -> None:
    """The row stays, and tells nothing of what was said."""
    interview.status, interview.withdrawn_at = "withdrawn", asked_at
    interview.is_proxy = interview.no_contact = False
    interview.language, interview.revision, interview.counted_at = "", 0, None


def _delete(session: Session, interview: Interview) -> Deleted:
    """Everything that holds what was said: answers and their earlier versions, words sealed and masked, what coders made
    of them, quotes of them, notes of calls, and the check of the interview, why it was checked included."""
    events = select(AnswerEvent.id).where(AnswerEvent.interview_id == interview.id)
    codings = select(Coding.id).where(Coding.event_id.in_(events))
    notes = (Attempt.case_id == interview.case_id, Attempt.note_sealed.is_not(None))
    deleted = Deleted(
        answers=_count(session, select(AnswerEvent.id).where(AnswerEvent.interview_id == interview.id)),
        words=_count(session, select(Verbatim.event_id).where(Verbatim.event_id.in_(events))),
        notes=_count(session, select(Attempt.id).where(*notes)),
    )
    for statement in (
        delete(Recheck).where(Recheck.interview_id == interview.id),
        delete(Code).where(Code.coding_id.in_(codings)),
        delete(Coding).where(Coding.event_id.in_(events)),
        delete(Quote).where(Quote.event_id.in_(events)),
        delete(Verbatim).where(Verbatim.event_id.in_(events)),
        delete(AnswerEvent).where(AnswerEvent.interview_id == interview.id),
        update(Attempt).where(*notes).values(note_sealed=None),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    session.expire_all()
    return deleted


def _count(session: Session, query: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


# -- a backup from before a withdrawal ---------------------------------------------------------------------------


def mark_of(vault: Keyring, household_id: str, started_at: datetime) -> str:
    """By which an interview is known again in an older backup; tells nobody without the keys which one it is."""
    return vault.blind(f"{household_id}|{started_at.isoformat()}", "withdrawal")


def marks(session: Session, vault: Keyring) -> dict[str, datetime]:
    """Mark -> when it was asked for, of every withdrawn interview."""
    return {
        mark_of(vault, household_id, interview.started_at): interview.withdrawn_at
        for interview, household_id in _interviews(session, Interview.withdrawn_at.is_not(None))
        if interview.withdrawn_at is not None
    }


def repeat(session: Session, vault: Keyring, now: datetime, known: Mapping[str, datetime]) -> int:
    """Withdraw again whatever of `known` has come back with a restored backup; how many interviews."""
    if not known:
        return 0
    back = [
        (interview, known[mark])
        for interview, household_id in _interviews(session, Interview.withdrawn_at.is_(None))
        if (mark := mark_of(vault, household_id, interview.started_at)) in known
    ]
    for interview, asked_at in back:
        _withdraw(session, SYSTEM, now, interview, AGAIN, asked_at)
    return len(back)


def _interviews(session: Session, which: ColumnElement[bool]) -> list[tuple[Interview, str]]:
    query = select(Interview, Case.household_id).join(Case, Case.id == Interview.case_id).where(which)
    return [(interview, household_id) for interview, household_id in session.execute(query)]
