"""Whether a case has come to its end, and with which code: the most informative one, not the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from survey.errors import N_, Message
from survey.fieldwork.attempts import (
    Attempt,
    coverage,
    dials_on,
    is_dead,
    pending_appointment,
    wrapped_up,
)
from survey.fieldwork.dispositions import Route, disposition
from survey.fieldwork.facts import BY_PROXY, HOME_VISIT, NO_INTERVIEWER, NO_PROXY, CaseFacts
from survey.fieldwork.rules import CallingRules, local

Ending = tuple[str, Message]
_VISIT_MAY_HELP = frozenset({"UO", "NC"})
_VISIT_ROUTES = frozenset({"language", "proxy"})


def hard_refusal(calls: Sequence[Attempt]) -> bool:
    return any(call.result.do_not_call for call in wrapped_up(calls))


def ending(facts: CaseFacts, calls: Sequence[Attempt], rules: CallingRules) -> Ending | None:
    """The final code and why, or None while something is left to try."""
    closed = wrapped_up(calls)
    settled = (
        _by_interview(facts, closed)
        or _by_last_word(closed)
        or _by_refusals(facts, closed, rules)
        or _by_refusal_elsewhere(facts, closed, rules)
    )
    if settled is not None:
        return _keep_partial(facts, settled)
    found = _by_telephone(facts, closed, rules)
    if found is None or _visit_left(facts, closed, rules, found):
        return None
    return _keep_partial(facts, _by_visits(closed) or found)


def live_slots(facts: CaseFacts, calls: Sequence[Attempt], rules: CallingRules) -> tuple[int, ...]:
    """Numbers worth dialling: dialable, not dead."""
    return tuple(slot for slot in facts.dialable if not is_dead(slot, calls, rules))


def to_be_visited(facts: CaseFacts, calls: Sequence[Attempt], rules: CallingRules) -> bool:
    """Whether only a home visit is left: the telephone is done with the household, and the round visits it."""
    closed = wrapped_up(calls)
    found = _by_telephone(facts, closed, rules)
    return found is not None and _visit_left(facts, closed, rules, found)


def _visit_left(
    facts: CaseFacts, closed: Sequence[Attempt], rules: CallingRules, by_telephone: Ending
) -> bool:
    """Whether a home visit may still mend what the telephone ended with. Who refused, anywhere, is not visited."""
    row = disposition(_keep_partial(facts, by_telephone)[0])
    mendable = row.outcome in _VISIT_MAY_HELP or row.route in _VISIT_ROUTES
    refused = any(call.result.outcome == "R" for call in closed)
    visits = [call for call in closed if call.mode == "visit"]
    asked_back = bool(visits) and visits[-1] is closed[-1] and closed[-1].result.appointment
    more = len(visits) < rules.visits or asked_back
    return HOME_VISIT in facts.flags and mendable and not refused and more


def _by_visits(closed: Sequence[Attempt]) -> Ending | None:
    """How a case ends that was visited in vain; None where nobody went there."""
    made = sum(call.mode == "visit" for call in closed)
    if not made:
        return None
    return _most_informative(closed), Message(N_("已入户 %(n)s 次，没有访问成，已结束"), {"n": made})


def _by_telephone(facts: CaseFacts, closed: Sequence[Attempt], rules: CallingRules) -> Ending | None:
    """How the case would end if there were nothing but the telephone."""
    calls = tuple(call for call in closed if call.mode != "visit")
    return (
        _by_used_up_route(facts, calls) or _by_numbers(facts, calls, rules) or _by_effort(facts, calls, rules)
    )


def _keep_partial(facts: CaseFacts, found: Ending) -> Ending:
    """A questionnaire with the overall answer stays a partial interview, however the calls ended."""
    row = disposition(found[0])
    if facts.interview == "partial" and row.outcome not in {"I", "P", "NE"}:
        return "D03", _partial()
    if facts.interview == "break-off" and row.outcome in {"NC", "UO"}:
        return "D14", Message(N_("访问中断后未能继续，已结束"))
    return found


def _partial() -> Message:
    return Message(N_("访问部分完成，已结束"))


def _by_interview(facts: CaseFacts, closed: Sequence[Attempt]) -> Ending | None:
    if facts.interview == "complete":
        code = "D02" if BY_PROXY in facts.flags else "D01"
        return code, Message(N_("访问完成"))
    finished = closed and closed[-1].result.kind == "interview"
    if finished and facts.interview == "partial":
        return "D03", _partial()
    return None


def _by_last_word(closed: Sequence[Attempt]) -> Ending | None:
    """A code that ends the case by itself. Who broke off may think better of it and make an appointment."""
    if hard_refusal(closed):
        return "D12", Message(N_("对方要求不再拨打，已结束"))
    for index in range(len(closed) - 1, -1, -1):
        row = closed[index].result
        if row.code == "D14" and any(later.result.appointment for later in closed[index + 1 :]):
            continue
        if row.ends:
            return row.code, Message(N_("通话结果为“%(outcome)s”，已结束"), {"outcome": Message(row.name)})
    return None


def _by_refusals(facts: CaseFacts, closed: Sequence[Attempt], rules: CallingRules) -> Ending | None:
    if closed and closed[-1].result.appointment:
        return None
    own = sum(call.outcome == "D11" for call in closed)
    relatives = [call for call in closed if call.outcome == "D13"]
    if own + len(relatives) >= rules.soft_refusals:
        return ("D11" if own else "D13"), Message(N_("再次拒访，不再劝说，已结束"))
    if sum(call.outcome == "D15" for call in closed) >= rules.hang_ups_are_refusal:
        return "D13", Message(N_("多次接通即挂断，按拒访结束"))
    if relatives and _no_other_number(facts, closed, relatives[0], rules):
        return "D13", Message(N_("家人拒绝，没有其他号码可试，已结束"))
    return None


def _by_refusal_elsewhere(facts: CaseFacts, closed: Sequence[Attempt], rules: CallingRules) -> Ending | None:
    """Who refused for good in another round is not called in this one. A case that had ended by then stays as it was."""
    at = facts.refused_elsewhere_at
    if at is None:
        return None
    before = [call for call in closed if call.at <= at]
    if ending(replace(facts, refused_elsewhere_at=None), before, rules) is not None:
        return None
    return "D12", Message(N_("对方在另一轮要求不再拨打，已结束"))


def _no_other_number(
    facts: CaseFacts, closed: Sequence[Attempt], refusal: Attempt, rules: CallingRules
) -> bool:
    """After a relative's refusal another number is tried once, and only once unless somebody answers. At the door there
    is no other."""
    if refusal.mode == "visit":
        return True
    later = [call for call in closed if call.at > refusal.at and call.mode == "phone"]
    others = set(live_slots(facts, closed, rules)) - {refusal.phone_slot}
    return not others or (bool(later) and not any(call.result.reached for call in later))


def _by_used_up_route(facts: CaseFacts, closed: Sequence[Attempt]) -> Ending | None:
    """Language, hearing and cognition send a case elsewhere; they end it only when no way is left. That somebody decided
    so holds whatever was agreed before."""
    route, agreed = special_route(closed), _ends_in_appointment(closed)
    if route == "language" and (
        NO_INTERVIEWER in facts.flags or (not agreed and _language_used_up(facts, closed))
    ):
        return "D27", Message(N_("没有能用其语言访问的访问员，已结束"))
    if route == "proxy" and (NO_PROXY in facts.flags or (not agreed and _proxy_used_up(closed))):
        return "D26", Message(N_("本人无法受访，也没有可代答的人，已结束"))
    return None


def special_route(closed: Sequence[Attempt]) -> Route | None:
    """Whether the household waits for somebody who speaks its language or who answers for the client: until somebody
    else was reached there."""
    for call in reversed(closed):
        if call.result.route in _VISIT_ROUTES:
            return call.result.route
        if call.result.reached and call.result.route is None and not call.result.appointment:
            return None
    return None


def _language_used_up(facts: CaseFacts, closed: Sequence[Attempt]) -> bool:
    tried = {call.language for call in closed if call.outcome == "D27"}
    in_need = facts.language_needed is not None and facts.language_needed in tried
    return in_need or len(tried - {None}) >= 2


def _proxy_used_up(closed: Sequence[Attempt]) -> bool:
    return len({local(call.at).date() for call in closed if call.outcome == "D26"}) >= 2


def _by_numbers(facts: CaseFacts, closed: Sequence[Attempt], rules: CallingRules) -> Ending | None:
    if not facts.dialable:
        return _most_informative(closed), Message(
            N_("名册所列 %(n)s 个号码都不能拨打，已结束，仍计入分母"), {"n": facts.phones}
        )
    if live_slots(facts, closed, rules) or _ends_in_appointment(closed):
        return None
    return _most_informative(closed), Message(
        N_("%(n)s 个号码都已确认不通，已结束，仍计入分母"), {"n": len(facts.dialable)}
    )


def _by_effort(facts: CaseFacts, closed: Sequence[Attempt], rules: CallingRules) -> Ending | None:
    if _ends_in_appointment(closed):
        return None
    made = coverage(closed, rules)
    slots = live_slots(facts, closed, rules)
    every_number = all(len(dials_on(slot, closed)) >= rules.dials_per_number for slot in slots)
    if not (made.complete(rules) and every_number) and made.dials < rules.most_attempts:
        return None
    values: dict[str, object] = {"n": made.dials, "days": made.days, "bands": len(made.bands)}
    return _most_informative(closed), Message(
        N_("已拨打 %(n)s 次，覆盖 %(days)s 天、%(bands)s 个时段，达到规则，已结束"), values
    )


def _ends_in_appointment(closed: Sequence[Attempt]) -> bool:
    """The last call made an appointment, so there is one attempt more."""
    return pending_appointment(closed) is not None or bool(closed and closed[-1].result.appointment)


def code_so_far(facts: CaseFacts, calls: Sequence[Attempt]) -> str | None:
    """The code that tells most of what the calls have brought, for a case that nobody will call again; None before
    the first. An interview that was begun stays partial, or broken off, as in `ending`."""
    if facts.interview == "withdrawn":
        return "D16"
    closed = wrapped_up(calls)
    return _keep_partial(facts, (_most_informative(closed), _partial()))[0] if closed else None


def _most_informative(closed: Sequence[Attempt]) -> str:
    """The code that tells most; an appointment never kept means: not at home, nobody who could answer."""
    rows = [call.result for call in closed if call.result.kind == "dial"]
    best = max(rows, key=lambda row: row.rank, default=disposition("D39"))
    return "D23" if best.appointment else best.code
