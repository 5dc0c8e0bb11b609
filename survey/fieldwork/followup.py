"""跟进: which answers call for something to be done, what the household allows, and when what is due.

The household was asked item by item (K1): named, anonymous, or not at all. A named item may be told with the name; an
anonymous one leaves only among others, so that it points at nobody; one without consent never leaves and is only counted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from survey.errors import N_, Invalid, Message

NAMED, ANONYMOUS, NONE = "named", "anonymous", "none"
CONSENTS: Mapping[str, str] = {
    NAMED: N_("可以说是谁"),
    ANONYMOUS: N_("不说是谁"),
    NONE: N_("不转，只计数"),
}
#: codes of K1 and of K1a
_CONSENT_CODES = {"1": NAMED, "2": ANONYMOUS, "3": NONE}
_RECEIVER_CODES = {"1": "station", "2": "street", "3": "district"}

#: who gets something to do
ORGANISATIONS: Mapping[str, str] = {
    "station": N_("社工站"),
    "street": N_("街道"),
    "district": N_("区民政局"),
}
#: K1 itself speaks of these two; the district only where K1a names it
_WITHOUT_K1A = ("station", "street")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of item. `days`: working days that its owner has."""

    name: str
    days: int


KINDS: Mapping[str, Kind] = {
    "urgent": Kind(N_("急事"), 1),
    "broken_promise": Kind(N_("约好未兑现"), 5),
    "language_access": Kind(N_("语言与无障碍"), 5),
    "complaint": Kind(N_("不满"), 10),
    "need": Kind(N_("需要与心愿"), 15),
    "suggestion": Kind(N_("建议"), 20),
}

#: anonymous items leave together, of at least so many households
SMALLEST_BATCH = 5
#: working days after which anonymous items that are still too few are held back for good
WAIT = "wait"
DAYS: Mapping[str, int] = {**{key: kind.days for key, kind in KINDS.items()}, WAIT: 20}
MOST_DAYS = 60


# -- what calls for an item ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A question whose answer may call for an item, by its role; where its words stand, and where consent is asked."""

    question: str
    role: str
    words: str | None
    consent: str


@dataclass(frozen=True, slots=True)
class Called:
    """What one answer of a household calls for. `answer`: the question whose answer shows it; `standing`: what the owner
    reads where there are no words, "" where somebody has to write it."""

    question: str
    answer: str
    kind: str
    consent: str
    receivers: tuple[str, ...]
    standing: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    """`codes` that call for an item of this kind (none: any words do), and what its owner reads without words."""

    kind: str
    codes: frozenset[str] = frozenset()
    standing: str = ""


#: by the role of a question; the sentences are data, read by organisations in Chinese
_RULES: Mapping[str, _Rule] = {
    "promise": _Rule(
        "broken_promise",
        frozenset({"1"}),
        "有住户反映：约好的上门或答应办的事，后来没有兑现。请核实，说明原因并补上。",
    ),
    "change": _Rule(
        "complaint",
        frozenset({"3"}),
        "有住户反映：负责的社工换人以后，感受比以前差。请主动联系了解，做好交接。",
    ),
    "complaint": _Rule(
        "complaint",
        frozenset({"1"}),
        "有住户表示对社工服务有不满意的地方，没有细说。请主动联系了解。",
    ),
    "reason": _Rule("complaint"),
    "need": _Rule("need"),
    "wish": _Rule("need"),
    "suggestion": _Rule("suggestion"),
}


def called_for(
    sources: Iterable[Source], answers: Mapping[str, str], themes: Mapping[str, str] | None = None
) -> Iterator[Called]:
    """What the standing answers of one household call for. `themes`: open question -> kind of item that its coded
    words ask for, which is more precise than the question they were said to."""
    coded, receivers = dict(themes or {}), receivers_of(answers.get("K1a", ""))
    for source in sources:
        has_words = source.words is not None and bool(answers.get(source.words))
        answer = source.words if has_words and source.words is not None else source.question
        from_theme = coded.pop(answer, None)
        rule = _RULES.get(source.role)
        if rule is None or not _calls(rule, answers.get(source.question, "")):
            continue
        consent = _CONSENT_CODES.get(answers.get(source.consent, ""), NONE)
        allowed, standing = (receivers if consent != NONE else ()), ("" if has_words else rule.standing)
        yield Called(source.question, answer, from_theme or rule.kind, consent, allowed, standing)
    for question, kind in coded.items():  # said where nobody was asked whether it may be passed on
        yield Called(question, question, kind, NONE, ())


def _calls(rule: _Rule, given: str) -> bool:
    return given in rule.codes if rule.codes else bool(given)


def receivers_of(codes: str) -> tuple[str, ...]:
    """Whom the household allows, from the answer to K1a; without one, those whom K1 names."""
    named = tuple(_RECEIVER_CODES[code] for code in codes.split() if code in _RECEIVER_CODES)
    return named or _WITHOUT_K1A


# -- words ------------------------------------------------------------------------------------------------------

_SPACE_AND_POINTS = re.compile(r"[\W_]+")
#: so many characters in a row are somebody's own words
_OWN_WORDS = 10


def repeats(text: str, words: str) -> bool:
    """Whether a text gives words again as they were said: all of them, or ten characters in a row."""
    said, told = (_SPACE_AND_POINTS.sub("", one).casefold() for one in (words, text))
    if not said:
        return False
    length = min(_OWN_WORDS, len(said))
    return any(said[start : start + length] in told for start in range(len(said) - length + 1))


# -- days -------------------------------------------------------------------------------------------------------


def working_days_after(day: date, days: int, holidays: AbstractSet[date]) -> date:
    """The last of so many working days after `day`: Monday to Friday without holidays."""
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in holidays:
            days -= 1
    return day


def days_of(stored: Mapping[str, Any]) -> dict[str, int]:
    """Kind (or WAIT) -> working days; what a season does not name keeps its default."""
    return {key: int(stored.get(key, days)) for key, days in DAYS.items()}


def check_days(days: Mapping[str, int]) -> None:
    """Raise Invalid (followup-days)."""
    for key, n in days.items():
        if not 1 <= n <= MOST_DAYS:
            name = Message(KINDS[key].name) if key in KINDS else Message(N_("等凑满一批"))
            raise Invalid(
                "followup-days",
                N_("“%(kind)s”请填 1 到 %(most)s 个工作日，现在是 %(days)s。"),
                kind=name, most=MOST_DAYS, days=n,
            )  # fmt: skip


# -- batches ----------------------------------------------------------------------------------------------------


def may_leave(households: Collection[object]) -> bool:
    """Whether anonymous items of these households may leave together; items of one household count once."""
    return len(set(households)) >= SMALLEST_BATCH


# -- state ------------------------------------------------------------------------------------------------------

OPEN, HANDED_OVER, ANSWERED, SOLVED, NOT_SOLVED, CLOSED, RECALLED = (
    "open", "handed_over", "answered", "solved", "not_solved", "closed", "recalled",
)  # fmt: skip
OVERDUE = "overdue"
#: its owner can still do something about it
IN_HAND = (HANDED_OVER, ANSWERED, NOT_SOLVED)
STATES: Mapping[str, str] = {
    OPEN: N_("未交出"),
    HANDED_OVER: N_("已交出"),
    OVERDUE: N_("逾期未答复"),
    ANSWERED: N_("已答复，待回访"),
    SOLVED: N_("回访：已解决"),
    NOT_SOLVED: N_("回访：没有解决"),
    CLOSED: N_("已了结"),
    RECALLED: N_("已收回"),
}
#: what the household says when it is called back
OUTCOMES: Mapping[str, str] = {
    "solved": N_("已解决"),
    "partly": N_("解决了一部分"),
    "not_solved": N_("没有解决"),
    "not_reached": N_("没有联系上"),
}
#: what happens to an item -> the state that follows; a call that reached nobody changes nothing
_FOLLOWS: Mapping[str, str] = {
    "handed_over": HANDED_OVER,
    "moved": HANDED_OVER,
    "returned": HANDED_OVER,
    "replied": ANSWERED,
    "closed": CLOSED,
    "recalled": RECALLED,
}
_AFTER_CALL = {"solved": SOLVED, "partly": NOT_SOLVED, "not_solved": NOT_SOLVED}
#: events that may be taken back
UNDOABLE = frozenset({"replied", "extended", "called", "closed", "returned"})


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of an item's log, as far as the state follows from it."""

    id: int
    kind: str
    outcome: str | None = None
    until: date | None = None
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an item stands by its log. `due_on`: its owner has until then."""

    state: str
    due_on: date | None


def standing_of(log: Iterable[Happened]) -> Standing:
    """From the events in their order; what was taken back did not happen."""
    events = list(log)
    undone = {one.undoes for one in events if one.undoes is not None}
    state, due_on = OPEN, None
    for one in events:
        if one.id in undone:
            continue
        due_on = one.until or due_on
        if one.kind == "called":
            state = _AFTER_CALL.get(one.outcome or "", state)
        else:
            state = _FOLLOWS.get(one.kind, state)
    return Standing(state, due_on)


def shown_state(state: str, due_on: date | None, today: date) -> str:
    """The state as people see it: what its owner has not answered in time is overdue."""
    late = state == HANDED_OVER and due_on is not None and due_on < today
    return OVERDUE if late else state
