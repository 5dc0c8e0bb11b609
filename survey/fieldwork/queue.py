"""Whom to call next, and why there may be nobody.

`may_take` and `order_key` are the rule. services.pool finds the same household in a database by walking the order from
its first class to its last, each class by index; a test holds the two together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from survey.errors import N_, Message
from survey.fieldwork.dispositions import Route
from survey.fieldwork.facts import CaseState
from survey.fieldwork.rules import (
    NO_HOLIDAYS,
    CallingRules,
    in_window,
    next_window_start,
    shown,
    time_band,
)
from survey.fieldwork.skills import needs_patience

_NO_DEADLINE = date.max
_ANY_TIME = datetime.min
_OPEN_STATES = frozenset({"ready", "waiting", "appointment"})

#: what keeps a household that is due from a surveyor
Obstacle = Literal["visit", "senior", "language", "appointment"]
OBSTACLE_NAMES: Mapping[Obstacle, str] = {
    "language": N_("%(n)s 户要用您没有登记的语言"),
    "senior": N_("%(n)s 户拒绝过，先留给资深访问员"),
    "appointment": N_("%(n)s 户是别人的预约"),
    "visit": N_("%(n)s 户要入户访问"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the order needs to know of a case; `ticket` is the draw's ticket, smaller is earlier."""

    state: str
    due_at: datetime
    ticket: str
    appointment_by: int | str | None = None
    language_needed: str | None = None
    route: Route | None = None
    senior_until: datetime | None = None
    needs: frozenset[str] = frozenset()
    tried_bands: frozenset[str] = frozenset()
    deadline: date | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """What the order needs to know of a surveyor. `hearing`: trained for households that need patience; `visits`: out on
    home visits, not on the telephone."""

    id: int | str
    languages: frozenset[str] = field(default_factory=frozenset)
    senior: bool = False
    hearing: bool = False
    visits: bool = False


def may_take(case: Candidate, caller: Caller, now: datetime, rules: CallingRules) -> bool:
    """Whether this surveyor may be given the case at `now`.

    A soft refusal goes to a senior while it is kept for one, a case routed by language to a speaker; another's
    appointment is shared once `own_appointment_minutes` have passed.
    """
    if case.state not in _OPEN_STATES or case.due_at > now:
        return False
    return obstacle(case, caller, now, rules) is None


def obstacle(case: Candidate, caller: Caller, now: datetime, rules: CallingRules) -> Obstacle | None:
    """What keeps a household that is due from this surveyor; None when nothing does."""
    if (case.route == "visit") != caller.visits:
        return "visit"
    if case.senior_until is not None and case.senior_until > now and not caller.senior:
        return "senior"
    if case.route == "language" and case.language_needed and case.language_needed not in caller.languages:
        return "language"
    anothers = case.state == "appointment" and case.appointment_by not in (None, caller.id)
    return "appointment" if anothers and now < _shared_from(case, rules) else None


def opens_at(case: Candidate, kept_by: Obstacle, rules: CallingRules) -> datetime | None:
    """When the obstacle goes away by itself; None when it does not."""
    if kept_by == "senior":
        return case.senior_until
    return _shared_from(case, rules) if kept_by == "appointment" else None


def _shared_from(case: Candidate, rules: CallingRules) -> datetime:
    return case.due_at + timedelta(minutes=rules.own_appointment_minutes)


def order_key(
    case: Candidate, caller: Caller, now: datetime, rules: CallingRules
) -> tuple[int, datetime, int, int, int, date, str]:
    """Sorts what may be taken: own appointment, shared one, each by its time; then language, need, untried band, the
    round that closes first, ticket."""
    if case.state == "appointment":
        return int(case.appointment_by != caller.id), case.due_at, 0, 0, 0, _NO_DEADLINE, case.ticket
    need = int(needs_patience(case.needs) != caller.hearing)
    band_tried = int(time_band(now, rules) in case.tried_bands)
    deadline = case.deadline or _NO_DEADLINE
    return 2, _ANY_TIME, _language_rank(case, caller), need, band_tried, deadline, case.ticket


def _language_rank(case: Candidate, caller: Caller) -> int:
    if case.language_needed is None:
        return 1
    return 0 if case.language_needed in caller.languages else 2


def next_case(
    cases: Iterable[Candidate], caller: Caller, now: datetime, rules: CallingRules
) -> Candidate | None:
    """The case this surveyor should be given, or None."""
    suited = (case for case in cases if may_take(case, caller, now, rules))
    return min(suited, key=lambda case: order_key(case, caller, now, rules), default=None)


@dataclass(frozen=True, slots=True)
class QueueSummary:
    """Counts of cases (户) by what they are waiting for; a database can fill it with one GROUP BY.

    `due` can be called now, if only by the right person; `to_visit` are due at the door and not on the telephone.
    """

    released: int = 0
    final: int = 0
    in_progress: int = 0
    due: int = 0
    to_visit: int = 0
    appointments_ahead: int = 0
    waiting: int = 0
    next_due_at: datetime | None = None


def summarise(states: Iterable[CaseState], now: datetime) -> QueueSummary:
    counts: Counter[str] = Counter()
    ahead: list[datetime] = []
    for case in states:
        if case.due_at is None:
            counts[case.state] += 1
        elif case.due_at <= now:
            counts["visit" if case.route == "visit" else "due"] += 1
        else:
            counts["appointment" if case.state == "appointment" else "waiting"] += 1
            ahead.append(case.due_at)
    return QueueSummary(
        released=sum(counts.values()) - counts["held"],
        final=counts["final"],
        in_progress=counts["in_progress"],
        due=counts["due"],
        to_visit=counts["visit"],
        appointments_ahead=counts["appointment"],
        waiting=counts["waiting"],
        next_due_at=min(ahead, default=None),
    )


def why_empty(
    states: Iterable[CaseState],
    now: datetime,
    rules: CallingRules | None = None,
    holidays: AbstractSet[date] = NO_HOLIDAYS,
) -> Message:
    """Exactly why nothing can be called now, and when the next case is due."""
    return explain(summarise(states, now), now, rules, holidays)


def explain(
    queue: QueueSummary,
    now: datetime,
    rules: CallingRules | None = None,
    holidays: AbstractSet[date] = NO_HOLIDAYS,
    kept: Mapping[Obstacle, int] | None = None,
) -> Message:
    """`why_empty` from counts. `kept`: what keeps how many due households (户) from the one surveyor who asks."""
    if queue.released == 0:
        return Message(N_("还没有发放的样本，请统筹员发放第一批。"))
    if queue.final == queue.released:
        return Message(
            N_("已发放的 %(n)s 户全部结束；如完成数不够，请统筹员发放下一批。"), {"n": queue.released}
        )
    if rules is not None and not in_window(now, rules, holidays):
        return _outside_hours(queue, next_window_start(now, rules, holidays))
    if kept:
        return _for_others(kept, queue.next_due_at)
    if queue.due:
        return Message(
            N_("有 %(n)s 户已到时间，但刚被别人取走，或需要其他访问员；请再取一次。"), {"n": queue.due}
        )
    if queue.next_due_at is None:
        return _none_ahead(queue)
    return _next_due(queue, queue.next_due_at)


def _for_others(kept: Mapping[Obstacle, int], next_at: datetime | None) -> Message:
    """Each reason with its households, and when the next one comes up, if that is known."""
    reasons = [Message(name, {"n": kept[key]}) for key, name in OBSTACLE_NAMES.items() if kept.get(key)]
    values: dict[str, object] = {"n": sum(kept.values()), "why": _one_after_the_other(reasons)}
    if next_at is None:
        return Message(N_("有 %(n)s 户已到时间，但不归您拨打：%(why)s。"), values)
    return Message(
        N_("有 %(n)s 户已到时间，但不归您拨打：%(why)s。最早 %(at)s 会再有一户。"),
        values | {"at": shown(next_at)},
    )


def _one_after_the_other(messages: Sequence[Message]) -> Message:
    first, *rest = messages
    return (
        Message(N_("%(first)s，%(rest)s"), {"first": first, "rest": _one_after_the_other(rest)})
        if rest
        else first
    )


def _none_ahead(queue: QueueSummary) -> Message:
    values: dict[str, object] = {"n": queue.in_progress, "visits": queue.to_visit}
    if not queue.to_visit:
        return Message(N_("剩下的 %(n)s 户正由其他访问员通话中。"), values)
    if not queue.in_progress:
        return Message(N_("电话能打的都结束了，剩下 %(visits)s 户等入户访问。"), values)
    return Message(N_("%(n)s 户正由其他访问员通话中，%(visits)s 户等入户访问。"), values)


def _next_due(queue: QueueSummary, at: datetime) -> Message:
    values: dict[str, object] = {
        "at": shown(at),
        "waiting": queue.waiting,
        "appointments": queue.appointments_ahead,
        "calling": queue.in_progress,
    }
    return with_visits(
        Message(
            N_(
                "下一户 %(at)s 到时间；%(waiting)s 户在等待再次拨打，%(appointments)s 户已预约，"
                "%(calling)s 户正在通话。"
            ),
            values,
        ),
        queue.to_visit,
    )


def with_visits(said: Message, visits: int) -> Message:
    """The same sentence, and how many households (户) wait for a visit, if any does."""
    return Message(N_("%(said)s另有 %(n)s 户等入户访问。"), {"said": said, "n": visits}) if visits else said


def _outside_hours(queue: QueueSummary, opens: datetime) -> Message:
    ahead = queue.next_due_at
    first = opens if queue.due or ahead is None else max(ahead, opens)
    return Message(
        N_("现在不是拨打时段，下一时段 %(opens)s 开始；最早一户 %(at)s 到时间。"),
        {"opens": shown(opens), "at": shown(first)},
    )
