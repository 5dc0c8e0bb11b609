"""The state of cases: facts gathered, the rule of survey.fieldwork applied, and its result cached in the case's row.

`refresh`, `released` and `recompute` are the only functions that write the cache columns of a case, but for
services.pool, which makes those ready whose wait is over; `recheck` finds any that lie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from json import dumps, loads
from typing import Any, cast

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from survey.fieldwork.attempts import Attempt as Call
from survey.fieldwork.attempts import Mode, coverage, effective
from survey.fieldwork.case import case_state
from survey.fieldwork.dispositions import disposition
from survey.fieldwork.endings import code_so_far
from survey.fieldwork.facts import BY_PROXY, HOME_VISIT, CaseFacts, CaseState
from survey.fieldwork.facts import Interview as InterviewStatus
from survey.fieldwork.rules import CallingRules
from survey.models.call import Attempt, Reassignment
from survey.models.draw import Case, Release
from survey.models.frame import FrameRow, Household
from survey.models.interview import AnswerEvent, Interview
from survey.models.recheck import Recheck
from survey.models.season import Holiday, Round, Season
from survey.models.trail import AuditEntry
from survey.questionnaire.completion import Completion
from survey.services.answers import completion_of, interview_of, status_of
from survey.services.reassigning_facts import holder, passed_on
from survey.services.route_facts import DOUBLE, DUPLICATE, FLAGS, found_of, route_ends

CHUNK = 200
#: the language tried in vain -> the one that is needed, where the roster does not say
OTHER_LANGUAGE = {"zh": "yue", "yue": "zh"}
STATUSES: dict[str, InterviewStatus] = {
    "complete": "complete",
    "partial": "partial",
    "break_off": "break-off",
    "no_consent": "no_consent",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A cache column of a case that does not hold what follows from the facts."""

    case_id: int
    household_id: str
    column: str
    stored: object
    computed: object


def rules_of(season: Season) -> CallingRules:
    """The calling rules of a season."""
    return _rules(dumps(season.calling_rules, sort_keys=True))


@lru_cache(maxsize=64)
def _rules(stored: str) -> CallingRules:
    return CallingRules.from_dict(loads(stored))


def holidays(session: Session) -> frozenset[date]:
    """Days without calls."""
    return frozenset(session.scalars(select(Holiday.day)))


def facts_of(session: Session, case: Case) -> CaseFacts:
    """Everything that decides the state of a case."""
    return _facts(session, [case])[case.id]


def state_of(session: Session, case: Case, now: datetime) -> CaseState:
    """The state that follows from the facts at `now`; nothing is written."""
    rules = rules_of(session.get_one(Round, case.round_id).season)
    return case_state(facts_of(session, case), rules, holidays(session), now)


def codes_so_far(session: Session, cases: Sequence[Case]) -> dict[int, str | None]:
    """Case id -> the disposition it would have if nobody called it again; None where nobody ever did."""
    return {
        id_: code_so_far(facts, effective(facts.attempts))
        for start in range(0, len(cases), CHUNK)
        for id_, facts in _facts(session, cases[start : start + CHUNK]).items()
    }


def refresh(session: Session, case: Case, now: datetime) -> CaseState:
    """Compute the state from the facts and write the cache of the case and of its interview."""
    facts = facts_of(session, case)
    rules = rules_of(session.get_one(Round, case.round_id).season)
    state = case_state(facts, rules, holidays(session), now)
    for column, value in _cache(facts, state, rules).items():
        setattr(case, column, value)
    _mark_counted(session, case, now)
    session.flush()
    return state


def released(session: Session, cases: Sequence[Case], release: Release, now: datetime) -> None:
    """Put cases into a release: ready for the queue, or final where no number can be dialled (D39)."""
    with session.no_autoflush:  # release and state must reach the database together
        for case in cases:
            case.release, case.release_id = release, release.id
        facts = _facts(session, cases)
        closed = holidays(session)
        for case in cases:
            rules = rules_of(session.get_one(Round, case.round_id).season)
            state = case_state(facts[case.id], rules, closed, now)
            for column, value in _cache(facts[case.id], state, rules).items():
                setattr(case, column, value)
    session.flush()


def recompute(session: Session, round_ids: Iterable[int], now: datetime) -> int:
    """Write the caches of all released cases of these rounds anew, after rules or holidays changed; how many differ."""
    released_in = select(Case.id).where(Case.round_id.in_(tuple(round_ids)), Case.release_id.is_not(None))
    return recompute_cases(session, session.scalars(released_in.order_by(Case.id)).all(), now)


def recompute_cases(session: Session, ids: Sequence[int], now: datetime) -> int:
    """The same for some cases. All are locked before the first is written: a write holds the counts of its cell, for
    which whoever holds a later case may wait."""
    for start in range(0, len(ids), CHUNK):
        some = select(Case.id).where(Case.id.in_(ids[start : start + CHUNK]))
        session.execute(some.order_by(Case.id).with_for_update())
    closed = holidays(session)
    parts = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    return sum(_recompute(session, part, closed, now) for part in parts)


def _recompute(session: Session, ids: Sequence[int], closed: frozenset[date], now: datetime) -> int:
    """Write what follows from the facts of some cases that are locked, so that no call is recorded meanwhile."""
    locked = select(Case).where(Case.id.in_(ids)).order_by(Case.id)
    cases = session.scalars(locked.execution_options(populate_existing=True)).all()
    facts = _facts(session, cases)
    changed = 0
    for case in cases:
        rules = rules_of(session.get_one(Round, case.round_id).season)
        state = case_state(facts[case.id], rules, closed, now)
        cache = _cache(facts[case.id], state, rules)
        if all(getattr(case, column) == value for column, value in cache.items()):
            continue
        changed += 1
        for column, value in cache.items():
            setattr(case, column, value)
        _mark_counted(session, case, now)
    session.flush()
    return changed


def recompute_everything(session: Session, now: datetime) -> int:
    """`recompute` for every round but those closed under calling rules that have moved since; how many cases differ."""
    rounds = session.scalars(select(Round).order_by(Round.id)).all()
    return recompute(session, [round_.id for round_ in rounds if not rules_moved(session, round_)], now)


def rules_moved(session: Session, round_: Round) -> bool:
    """Whether calling rules or holidays changed after a round closed: its cases stay as the old ones left them."""
    if round_.closed_at is None:
        return False
    of_season = AuditEntry.subject == f"season:{round_.season_id}"
    changed = select(AuditEntry.id).where(
        AuditEntry.at >= round_.closed_at,
        or_(
            and_(AuditEntry.action == "season.calling-rules-changed", of_season),
            AuditEntry.action.in_(("holiday.added", "holiday.removed")),
        ),
    )
    return session.scalars(changed.limit(1)).first() is not None


def recheck(session: Session, now: datetime) -> Iterator[Difference]:
    """Recompute every case and report what its row holds differently. ready and waiting differ by the clock only.

    Closed rounds whose rules have moved since are left out but for their interviews.
    """
    moved = {round_.id for round_ in session.scalars(select(Round)) if rules_moved(session, round_)}
    closed = holidays(session)
    ids = session.scalars(select(Case.id).order_by(Case.id)).all()
    for start in range(0, len(ids), CHUNK):
        cases = session.scalars(select(Case).where(Case.id.in_(ids[start : start + CHUNK]))).all()
        facts = _facts(session, cases)
        for case in cases:
            rules = rules_of(session.get_one(Round, case.round_id).season)
            state = case_state(facts[case.id], rules, closed, now)
            if case.round_id not in moved:
                yield from _differences(case, _cache(facts[case.id], state, rules))
            yield from _interview_differences(session, case)


def _interview_differences(session: Session, case: Case) -> Iterator[Difference]:
    interview = interview_of(session, case)
    if interview is None:
        return
    for column, value in _computed(session, interview).items():
        if getattr(interview, column) != value:
            stored = getattr(interview, column)
            yield Difference(case.id, case.household_id, f"interview.{column}", stored, value)
    if interview.withdrawn_at is not None:
        kept = select(func.count()).select_from(AnswerEvent).where(AnswerEvent.interview_id == interview.id)
        if answers := session.scalar(kept):
            yield Difference(case.id, case.household_id, "answers", answers, 0)
        checked = select(func.count()).select_from(Recheck).where(Recheck.interview_id == interview.id)
        if rows := session.scalar(checked):
            yield Difference(case.id, case.household_id, "recheck", rows, 0)


def _computed(session: Session, interview: Interview) -> dict[str, Any]:
    """What the cache of an interview holds by its answers; of a withdrawn one nothing is left to tell."""
    if interview.withdrawn_at is not None:
        return {"status": "withdrawn", "is_proxy": False, "no_contact": False, "counted_at": None}
    amounts_to = completion_of(session, interview)
    return {
        "status": status_of(amounts_to),
        "is_proxy": amounts_to.proxy,
        "no_contact": amounts_to.no_contact,
    }


def _differences(case: Case, computed: dict[str, Any]) -> Iterator[Difference]:
    for column, value in computed.items():
        stored = getattr(case, column)
        if column == "state" and {stored, value} == {"ready", "waiting"}:
            continue
        if stored != value:
            yield Difference(case.id, case.household_id, column, stored, value)


def _cache(facts: CaseFacts, state: CaseState, rules: CallingRules) -> dict[str, Any]:
    """What the cache columns hold for this state."""
    appointed = state.state == "appointment"
    calls = effective(facts.attempts)
    return {
        "state": state.state,
        "due_at": state.due_at,
        "disposition": state.disposition,
        "outcome": state.outcome,
        "appointment_at": state.due_at if appointed else None,
        "appointment_user_id": state.appointment_by if appointed else None,
        "language": facts.language_needed or "",
        "route": state.route or "",
        "senior_until": state.senior_until,
        "bands_tried": " ".join(sorted(coverage(calls, rules).bands)),
        "attempts_made": state.attempts_made,
    }


def _mark_counted(session: Session, case: Case, now: datetime) -> None:
    """An interview counts from the moment its case is final as complete or partial."""
    interview = interview_of(session, case)
    if interview is None:
        return
    counts = case.state == "final" and case.outcome in ("I", "P")
    if counts != (interview.counted_at is not None):
        interview.counted_at = now if counts else None


# -- facts -------------------------------------------------------------------------------------------------


def _facts(session: Session, cases: Sequence[Case]) -> dict[int, CaseFacts]:
    """The facts of some cases, each table read once."""
    ids = [case.id for case in cases]
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in session.scalars(select(Attempt).where(Attempt.case_id.in_(ids)).order_by(Attempt.id)):
        attempts[attempt.case_id].append(attempt)
    found = (
        select(Interview, Recheck.decision)
        .outerjoin(Recheck, Recheck.interview_id == Interview.id)
        .where(Interview.case_id.in_(ids))
    )
    read = session.execute(found).all()
    interviews = {one.case_id: one for one, _ in read}
    voided = {one.case_id for one, decision in read if decision == "void"}
    reserved = any(attempt.appointment_user_id for calls in attempts.values() for attempt in calls)
    passed = passed_on(session, {case.round_id for case in cases}) if reserved else {}
    rows = _by_id(session, FrameRow, [case.frame_row_id for case in cases])
    households = _by_id(session, Household, [case.household_id for case in cases])
    ends = route_ends(session, ids)
    return {
        case.id: _facts_of(
            session, case, attempts[case.id], passed.get(case.round_id, ()), interviews.get(case.id),
            rows[case.frame_row_id], households[case.household_id], case.id in voided,
            found_of(ends.get(case.id, ()), attempts[case.id]),
        )
        for case in cases
    }  # fmt: skip


def _by_id(session: Session, kind: type[Any], ids: Iterable[Any]) -> dict[Any, Any]:
    return {found.id: found for found in session.scalars(select(kind).where(kind.id.in_(set(ids))))}


def _facts_of(
    session: Session,
    case: Case,
    attempts: Sequence[Attempt],
    passed: Sequence[Reassignment],
    interview: Interview | None,
    row: FrameRow,
    household: Household,
    voided: bool,
    found: frozenset[str],
) -> CaseFacts:
    ended = _wrapped_up_since(interview, attempts)
    withdrawn = interview is not None and interview.withdrawn_at is not None
    amounts_to = completion_of(session, interview) if interview is not None and not withdrawn else None
    answered = STATUSES.get(status_of(amounts_to)) if amounts_to is not None and ended else None
    void = voided or (ended and amounts_to is not None and amounts_to.void)
    return CaseFacts(
        released_at=case.release.released_at if case.release is not None else None,
        attempts=tuple(_call(attempt, passed) for attempt in attempts),
        phones=row.dialable_phones,
        dialable=tuple(range(1, row.dialable_phones + 1)),
        interview="withdrawn" if withdrawn else answered,
        language_needed=_language_needed(row, attempts, interview),
        flags=_flags_of(session, case, amounts_to) | (found & FLAGS),
        closed_as="D61" if void else DOUBLE if DUPLICATE in found else _closed_before(case, household),
        refused_elsewhere_at=_refused_since(case, household),
    )


def _flags_of(session: Session, case: Case, amounts_to: Completion | None) -> frozenset[str]:
    by_proxy = amounts_to is not None and amounts_to.proxy
    visited = session.get_one(Round, case.round_id).home_visits
    return frozenset(flag for flag, holds in ((BY_PROXY, by_proxy), (HOME_VISIT, visited)) if holds)


def _call(attempt: Attempt, passed: Sequence[Reassignment]) -> Call:
    """A row as the fieldwork rules know it. An appointment belongs to the surveyor it is reserved for, if any."""
    appointed = disposition(attempt.outcome).appointment
    reserved_for = holder(attempt.appointment_user_id, attempt.recorded_at, passed)
    return Call(
        id=attempt.id,
        at=attempt.recorded_at if attempt.corrects_id else attempt.started_at or attempt.recorded_at,
        outcome=attempt.outcome,
        phone_slot=attempt.phone_slot or None,
        by=reserved_for if appointed else attempt.user_id,
        language=attempt.language or None,
        appointment_at=attempt.appointment_at,
        mode=cast(Mode, attempt.mode),
        corrects=attempt.corrects_id,
    )


def seen_by_case(interview: Interview) -> tuple[bool, bool]:
    """All that an interview under way tells about its case: whether by proxy, and whether in Cantonese."""
    return interview.is_proxy, interview.language == "yue"


def call_is_over(session: Session, interview: Interview) -> bool:
    """Whether a call was recorded since the interview began: until then its answers decide nothing."""
    since = select(Attempt.id).where(
        Attempt.case_id == interview.case_id, Attempt.recorded_at >= interview.started_at
    )
    return session.scalars(since.limit(1)).first() is not None


def _wrapped_up_since(interview: Interview | None, attempts: Iterable[Attempt]) -> bool:
    """The same as call_is_over, among calls already read."""
    return interview is not None and any(call.recorded_at >= interview.started_at for call in attempts)


def _language_needed(row: FrameRow, attempts: Iterable[Attempt], interview: Interview | None) -> str | None:
    """The roster's word, else what an interview was held in, else the other than the one tried in vain."""
    if row.language:
        return row.language
    if interview is not None and interview.language == "yue":
        return "yue"
    vain = [attempt.language for attempt in attempts if attempt.outcome == "D27"]
    return OTHER_LANGUAGE.get(vain[-1]) if vain else None


def _closed_before(case: Case, household: Household) -> str | None:
    """A household that asked in an earlier round not to be called again stays uncalled in this one."""
    since = household.do_not_call_since
    asked_before = case.release is not None and since is not None and since <= case.release.released_at
    return "D12" if asked_before else None


def _refused_since(case: Case, household: Household) -> datetime | None:
    """A wish, told in another round or a recheck, not to be called again; what a closing left open stays so."""
    since = household.do_not_call_since
    if case.release is None or since is None or case.left_open_reason is not None:
        return None
    return since if since > case.release.released_at else None
