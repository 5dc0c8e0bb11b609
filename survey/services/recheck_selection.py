"""Which interviews are checked again: the rule of survey.fieldwork.rechecks applied to the tables. Nobody else selects.

`counted` is asked whenever an interview counts, so that its cost does not depend on how many there are;
`bring_up_to_date` reads a whole round and finds what was missed, such as interviews from before this existed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.fieldwork.rechecks import (
    DECLINED,
    FIRST,
    FIRST_OF_SURVEYOR,
    LOW,
    LOW_SCORE,
    NOT_REACHED,
    OBJECTION,
    RANDOM,
    Candidate,
    draw,
    with_reason,
)
from survey.models.draw import Case
from survey.models.frame import Contact, Household
from survey.models.interview import AnswerEvent, Interview
from survey.models.recheck import Objection, Recheck
from survey.models.season import QuestionnaireVersion, Round
from survey.services.answers import questionnaire_of, standing
from survey.services.counted import is_counted, stands
from survey.services.recheck_quota import IS_LIVE, owed
from survey.vault import Keyring

PURPOSE = "recheck"
#: the code of the question on a later check (role verification) that refuses it
NOT_AGREED = "2"
#: no more at a time than a database takes in one statement
AT_ONCE = 500


def counted(session: Session, vault: Keyring, now: datetime, interview: Interview) -> None:
    """Select what an interview asks for that counts now: itself, and the next of the draw when one is due."""
    if interview.counted_at is None:
        return
    found = []
    if _is_low(session, interview):
        found.append(LOW_SCORE)
    if _firsts(session, interview.round_id, interview.started_by_id, interview.id) < FIRST_OF_SURVEYOR:
        found.append(FIRST)
    for reason in found:
        _select(session, vault, now, [interview.id], reason)
    top_up(session, vault, now, interview.round_id)


def bring_up_to_date(session: Session, vault: Keyring, now: datetime, round_: Round) -> None:
    """Everything that should be checked of a round is selected; a closed round stays as it is."""
    if round_.closed_at is not None:
        return
    _forget_uncounted(session, round_)
    _select(session, vault, now, _missed_low(session, round_), LOW_SCORE)
    _select(session, vault, now, _missed_firsts(session, round_), FIRST)
    top_up(session, vault, now, round_.id)


def top_up(session: Session, vault: Keyring, now: datetime, round_id: int) -> None:
    """Draw until a tenth of the interviews is drawn and not ended in vain, or nobody is left."""
    while (missing := owed(session, round_id)) > 0:
        drawn = draw(_candidates(session, vault, round_id, missing), missing)
        if not drawn:
            return
        _select(session, vault, now, drawn, RANDOM)


def for_objection(session: Session, vault: Keyring, now: datetime, objection: Objection) -> None:
    """The next interviews in the order of the draw that nobody checks yet, as many as the objection asks for."""
    held = select(func.count()).where(Recheck.objection_id == objection.id, IS_LIVE)
    while (owed := objection.households - (session.scalar(held) or 0)) > 0:
        following = session.scalars(_next_in_order(objection.round_id).limit(owed)).all()
        if not following:
            return
        _select(session, vault, now, following, OBJECTION, objection.id)


def replace_in_vain(session: Session, vault: Keyring, now: datetime, recheck: Recheck) -> None:
    """Another interview in the place of one that could not be checked."""
    if recheck.drawn_at is not None:
        top_up(session, vault, now, recheck.round_id)
    if recheck.objection_id is not None:
        for_objection(session, vault, now, session.get_one(Objection, recheck.objection_id))


def cannot_be_called(session: Session, interview: Interview) -> str | None:
    """The outcome of a check without a call: the household wants none, said in the interview that nobody may check it,
    or has no number (any more); None where it may be called."""
    case = session.get_one(Case, interview.case_id)
    if session.get_one(Household, case.household_id).do_not_call_since is not None:
        return DECLINED
    version = session.get_one(QuestionnaireVersion, interview.questionnaire_id)
    asked = questionnaire_of(version).with_role("verification")
    answer = standing(session, interview).get(asked[0].name) if asked else None
    if answer is not None and answer.answer == NOT_AGREED:
        return DECLINED
    contact = session.get(Contact, case.frame_row_id)
    reachable = contact is not None and contact.phones_sealed is not None and case.frame_row.dialable_phones
    return None if reachable else NOT_REACHED


# -- what the rules ask for ------------------------------------------------------------------------------------


def _is_low(session: Session, interview: Interview) -> bool:
    name = _overall(session.get_one(QuestionnaireVersion, interview.questionnaire_id))
    value = select(AnswerEvent.value).where(
        AnswerEvent.interview_id == interview.id, AnswerEvent.question == name
    )
    return session.scalar(value.order_by(AnswerEvent.revision.desc()).limit(1)) in LOW


def _overall(version: QuestionnaireVersion) -> str:
    return questionnaire_of(version).with_role("overall")[0].name


def _missed_low(session: Session, round_: Round) -> list[int]:
    query = (
        select(AnswerEvent.interview_id)
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(
            is_counted(round_), AnswerEvent.question == _overall(round_.questionnaire), stands(),
            AnswerEvent.value.in_(LOW), ~_selected(AnswerEvent.interview_id, LOW_SCORE),
        )
    )  # fmt: skip
    return list(session.scalars(query))


def _firsts(session: Session, round_id: int, surveyor_id: int, but: int = 0) -> int:
    """How many of this surveyor's interviews in the season are checked because they are the first."""
    query = select(func.count()).where(
        Recheck.surveyor_id == surveyor_id,
        Recheck.round_id.in_(_season_of(round_id)),
        Recheck.reasons.contains(FIRST),
        Recheck.interview_id != but,
    )
    return session.scalar(query) or 0


def _season_of(round_id: int) -> Select[int]:
    season = select(Round.season_id).where(Round.id == round_id).scalar_subquery()
    return select(Round.id).where(Round.season_id == season)


def _missed_firsts(session: Session, round_: Round) -> list[int]:
    """By surveyor the earliest that count in the round, as far as the season has not three of them."""
    query = (
        select(Interview.started_by_id, Interview.id)
        .where(_counts(round_.id), ~_selected(Interview.id, FIRST))
        .order_by(Interview.counted_at, Interview.id)
    )
    waiting: dict[int, list[int]] = defaultdict(list)
    for surveyor_id, id_ in session.execute(query):
        if len(waiting[surveyor_id]) < FIRST_OF_SURVEYOR:
            waiting[surveyor_id].append(id_)
    return [
        id_
        for surveyor_id, ids in waiting.items()
        for id_ in ids[: max(FIRST_OF_SURVEYOR - _firsts(session, round_.id, surveyor_id), 0)]
    ]


def _forget_uncounted(session: Session, round_: Round) -> None:
    """An interview that counts no more, such as after a correction, is not called for nothing."""
    gone = select(Interview.id).where(Interview.round_id == round_.id, Interview.counted_at.is_(None))
    begun = or_(Recheck.outcome.is_not(None), Recheck.answered_at.is_not(None))
    statement = delete(Recheck).where(Recheck.round_id == round_.id, ~begun, Recheck.interview_id.in_(gone))
    session.execute(statement.execution_options(synchronize_session="fetch"))


def _counts(round_id: int) -> ColumnElement[bool]:
    return and_(Interview.round_id == round_id, Interview.counted_at.is_not(None))


def _selected(interview_id: object, reason: str) -> ColumnElement[bool]:
    return (
        select(Recheck.id)
        .where(Recheck.interview_id == interview_id, Recheck.reasons.contains(reason))
        .correlate_except(Recheck)
        .exists()
    )


# -- the draw --------------------------------------------------------------------------------------------------


def _candidates(session: Session, vault: Keyring, round_id: int, owed: int) -> list[Candidate]:
    """The interviews that counted since the last was drawn; all, where these are too few."""
    last = session.scalar(select(func.max(Recheck.drawn_at)).where(Recheck.round_id == round_id))
    free = select(Interview.id, Interview.counted_at).where(
        _counts(round_id), ~_selected(Interview.id, RANDOM)
    )
    new = session.execute(free.where(Interview.counted_at > last) if last else free).all()
    rows = new if len(new) >= owed or not last else session.execute(free).all()
    return [
        Candidate(id_, vault.blind(str(id_), PURPOSE), last is None or (counted_at or last) > last)
        for id_, counted_at in rows
    ]


def _next_in_order(round_id: int) -> Select[int]:
    """Interviews that nobody checks, as the draw has their households: the first of each stratum, then the second …"""
    checked = select(Recheck.id).where(Recheck.interview_id == Interview.id).correlate_except(Recheck)
    return (
        select(Interview.id)
        .join(Case, Case.id == Interview.case_id)
        .where(_counts(round_id), ~checked.exists())
        .order_by(Case.rank, Case.ticket)
    )


# -- writing ---------------------------------------------------------------------------------------------------


def _select(
    session: Session,
    vault: Keyring,
    now: datetime,
    interview_ids: Iterable[int],
    reason: str,
    objection_id: int | None = None,
) -> None:
    ids = sorted(interview_ids)  # always in one order, so that two that select never wait for each other
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        held = {row.interview_id: row for row in _rows(session, some)}
        for id_ in some:
            if id_ in held:
                held[id_].reasons = with_reason(held[id_].reasons, reason)
                held[id_].drawn_at = held[id_].drawn_at or (now if reason == RANDOM else None)
        session.flush()
        new = [id_ for id_ in some if id_ not in held]
        _insert(session, vault, now, new, reason, objection_id)
        _end_uncallable(session, now, new)


def _rows(session: Session, interview_ids: list[int]) -> list[Recheck]:
    query = select(Recheck).where(Recheck.interview_id.in_(interview_ids)).order_by(Recheck.interview_id)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def _insert(
    session: Session, vault: Keyring, now: datetime, ids: list[int], reason: str, objection_id: int | None
) -> None:
    """Whoever selects the same interview at the same moment has selected it: no error for a surveyor's call."""
    if not ids:
        return
    query = select(Interview.id, Interview.round_id, Interview.started_by_id).where(Interview.id.in_(ids))
    rows: list[Mapping[str, object]] = [
        {
            "interview_id": id_, "round_id": round_id, "surveyor_id": surveyor_id, "reasons": reason,
            "objection_id": objection_id, "ticket": vault.blind(str(id_), PURPOSE), "selected_at": now,
            "drawn_at": now if reason == RANDOM else None, "calls": 0, "answers": {}, "verdicts": {},
        }
        for id_, round_id, surveyor_id in session.execute(query.order_by(Interview.id))
    ]  # fmt: skip
    kind = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(kind.insert(Recheck).on_conflict_do_nothing(index_elements=["interview_id"]), rows)


def _end_uncallable(session: Session, now: datetime, interview_ids: list[int]) -> None:
    for row in _rows(session, interview_ids):
        outcome = cannot_be_called(session, row.interview) if row.outcome is None else None
        if outcome is not None:
            row.outcome, row.done_at = outcome, now
    session.flush()
