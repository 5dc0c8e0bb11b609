"""The state of a case is a rule over its facts; nothing else decides it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime

from survey.errors import N_, Message
from survey.fieldwork.attempts import Attempt, effective, open_call, pending_appointment, wrapped_up
from survey.fieldwork.dispositions import Route, disposition
from survey.fieldwork.endings import ending, hard_refusal
from survey.fieldwork.facts import CaseFacts, CaseState, State
from survey.fieldwork.rules import CallingRules, earliest_call, shown
from survey.fieldwork.schedule import NextCall, kept_slot, next_call, route_of, senior_until

ROUTE_NAMES: dict[Route, str] = {
    "senior": N_("由资深访问员再联系一次"),
    "language": N_("需换能用其语言的访问员"),
    "proxy": N_("需找可代答的人"),
    "visit": N_("需入户访问"),
}


def case_state(
    facts: CaseFacts, rules: CallingRules, holidays: AbstractSet[date], now: datetime
) -> CaseState:
    """Where the case stands at `now`, when it is due, and why, in words.

    `now` only tells "ready" from "waiting" and whether a call never wrapped up may still be going on.
    """
    calls = effective(facts.attempts)
    state = (
        _withdrawn(facts, calls)
        or _closed_by_hand(facts, calls)
        or _held(facts, calls)
        or _refused(facts, calls, rules)
        or _in_progress(calls, rules, now)
        or _ended(facts, calls, rules)
        or _appointment(facts, calls, rules, holidays)
        or _open(facts, calls, rules, holidays, now)
    )
    return replace(state, do_not_call=hard_refusal(calls))


def _state(state: State, calls: Sequence[Attempt], reason: Message) -> CaseState:
    closed = wrapped_up(calls)
    return CaseState(
        state=state,
        due_at=None,
        disposition=closed[-1].outcome if closed else None,
        next_phone_slot=None,
        attempts_made=sum(call.mode != "inbound" for call in calls),
        reason=reason,
    )


def _final(calls: Sequence[Attempt], code: str, reason: Message) -> CaseState:
    return replace(_state("final", calls, reason), disposition=code)


def _withdrawn(facts: CaseFacts, calls: Sequence[Attempt]) -> CaseState | None:
    """Whatever else the calls had brought."""
    if facts.interview != "withdrawn":
        return None
    return _final(calls, "D16", Message(N_("受访者要求删除了全部回答，不再联系")))


def _closed_by_hand(facts: CaseFacts, calls: Sequence[Attempt]) -> CaseState | None:
    if facts.closed_as is None:
        return None
    row = disposition(facts.closed_as)
    return _final(calls, row.code, Message(N_("已判定为“%(outcome)s”"), {"outcome": Message(row.name)}))


def _held(facts: CaseFacts, calls: Sequence[Attempt]) -> CaseState | None:
    if facts.released_at is None:
        return _state("held", calls, Message(N_("尚未发放")))
    return None


def _refused(facts: CaseFacts, calls: Sequence[Attempt], rules: CallingRules) -> CaseState | None:
    """A hard refusal ends the case even while somebody has a call open."""
    return _ended(facts, calls, rules) if hard_refusal(calls) else None


def _in_progress(calls: Sequence[Attempt], rules: CallingRules, now: datetime) -> CaseState | None:
    call = open_call(calls, rules, now)
    if call is None:
        return None
    reason = Message(N_("%(at)s 开始的通话尚未记录结果"), {"at": shown(call.at)})
    return replace(_state("in_progress", calls, reason), next_phone_slot=call.phone_slot)


def _ended(facts: CaseFacts, calls: Sequence[Attempt], rules: CallingRules) -> CaseState | None:
    found = ending(facts, calls, rules)
    return None if found is None else _final(calls, *found)


def _appointment(
    facts: CaseFacts, calls: Sequence[Attempt], rules: CallingRules, holidays: AbstractSet[date]
) -> CaseState | None:
    made = pending_appointment(calls)
    if made is None or made.appointment_at is None:
        return None
    due = earliest_call(made.appointment_at, rules, holidays)
    slot = kept_slot(facts, calls, made, rules)
    state = _state("appointment", calls, Message(N_("已预约 %(at)s"), {"at": shown(due)}))
    return replace(
        state,
        due_at=due,
        next_phone_slot=slot,
        route=route_of(facts, calls, slot),
        appointment_by=made.by,
    )


def _open(
    facts: CaseFacts,
    calls: Sequence[Attempt],
    rules: CallingRules,
    holidays: AbstractSet[date],
    now: datetime,
) -> CaseState:
    plan = next_call(facts, calls, rules, holidays)
    route = route_of(facts, calls, plan.slot)
    state = _state("ready" if plan.due_at <= now else "waiting", calls, _why(calls, plan, route))
    kept = senior_until(calls, rules) if route == "senior" else None
    return replace(state, due_at=plan.due_at, next_phone_slot=plan.slot, route=route, senior_until=kept)


def _why(calls: Sequence[Attempt], plan: NextCall, route: Route | None) -> Message:
    values: dict[str, object] = {"at": shown(plan.due_at)}
    if not calls:
        return Message(N_("尚未联系，%(at)s 起可联系"), values)
    last = calls[-1]
    if last.outcome is None:
        return Message(N_("上次通话没有记录结果，%(at)s 起可再联系"), values)
    values["outcome"] = Message(last.result.name)
    if route is None:
        return Message(N_("上次结果为“%(outcome)s”，%(at)s 起可再联系"), values)
    values["route"] = Message(ROUTE_NAMES[route])
    return Message(N_("上次结果为“%(outcome)s”，%(route)s，%(at)s 起可再联系"), values)
