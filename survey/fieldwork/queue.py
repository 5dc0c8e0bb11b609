"""Whom to call next, and why there may be nobody.

`may_take` and `order_key` are the rule. services.pool finds the same household in a database by walking the order from
its first class to its last, each class by index; a test holds the two together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

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
    if (case.route == "visit") != caller.visits:
        return False
    if case.senior_until is not None and case.senior_until > now and not caller.senior:
        return False
    if case.route == "language" and case.language_needed and case.language_needed not in caller.languages:
        return False
    anothers = case.state == "appointment" and case.appointment_by not in (None, caller.id)
    return not anothers or now >= case.due_at + timedelta(minutes=rules.own_appointment_minutes)


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
    """Counts of cases (户) by what they are waiting for; a database can fill it with one GROUP BY."""

    released: int = 0
    final: int = 0
    in_progress: int = 0
    due: int = 0
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
            counts["due"] += 1
        else:
            counts["appointment" if case.state == "appointment" else "waiting"] += 1
            ahead.append(case.due_at)
    return QueueSummary(
        released=sum(counts.values()) - counts["held"],
        final=counts["final"],
        in_progress=counts["in_progress"],
        due=counts["due"],
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
) -> Message:
    """`why_empty` from counts."""
    if queue.released == 0:
        return Message(N_("还没有发放的样本，请统筹员发放第一批。"))
    if queue.final == queue.released:
        return Message(
            N_("已发放的 %(n)s 户全部结束；如完成数不够，请统筹员发放下一批。"), {"n": queue.released}
        )
    if rules is not None and not in_window(now, rules, holidays):
        return _outside_hours(queue, next_window_start(now, rules, holidays))
    if queue.due:
        return Message(
            N_("有 %(n)s 户已到时间，但需要其他访问员：语言、资深、入户、回避或他人的预约。"),
            {"n": queue.due},
        )
    if queue.next_due_at is None:
        return Message(N_("剩下的 %(n)s 户正由其他访问员通话中。"), {"n": queue.in_progress})
    values: dict[str, object] = {
        "at": shown(queue.next_due_at),
        "waiting": queue.waiting,
        "appointments": queue.appointments_ahead,
        "calling": queue.in_progress,
    }
    return Message(
        N_(
            "下一户 %(at)s 到时间；%(waiting)s 户在等待再次拨打，%(appointments)s 户已预约，"
            "%(calling)s 户正在通话。"
        ),
        values,
    )


def _outside_hours(queue: QueueSummary, opens: datetime) -> Message:
    ahead = queue.next_due_at
    first = opens if queue.due or ahead is None else max(ahead, opens)
    return Message(
        N_("现在不是拨打时段，下一时段 %(opens)s 开始；最早一户 %(at)s 到时间。"),
        {"opens": shown(opens), "at": shown(first)},
    )
