"""复核: which counted interviews are checked again, and what such a check amounts to.

Nobody picks. Of the interviews of a round one in ten is drawn: whenever another one is due, the smallest ticket among
those that have counted since the last one was drawn, so that an interview has the same chance however early or late it
counted (the very first of a round is always drawn). Tickets are keyed, so that nobody foresees them. Besides, always:
the first three interviews of each surveyor in a season, and every low answer to the overall question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from survey.errors import N_

#: one counted interview in so many is drawn
ONE_IN = 10
#: so many interviews of each surveyor in a season are checked whatever they say
FIRST_OF_SURVEYOR = 3
#: codes of the overall question that are always checked
LOW = ("1", "2")
#: calls to one household in vain, after which another one is checked in its place
MOST_CALLS = 3

RANDOM, FIRST, LOW_SCORE, OBJECTION = "random", "first", "low", "objection"
REASONS = (RANDOM, FIRST, LOW_SCORE, OBJECTION)

VERIFIED, ERROR, NOT_REACHED, DECLINED = "verified", "error", "not_reached", "declined"
#: outcomes that say something about the interview
CHECKED = (VERIFIED, ERROR)
OUTCOMES: Mapping[str, str] = {
    VERIFIED: N_("核对无误"),
    ERROR: N_("有差错"),
    NOT_REACHED: N_("联系不上"),
    DECLINED: N_("不愿核对"),
}

#: what a call of a verifier came to
TALKED, NO_MORE_CALLS = "talked", "no_more_calls"
RESULTS: Mapping[str, str] = {
    TALKED: N_("找到了人，下面逐题核对"),
    "no_answer": N_("没有接通、没有找到人，改天再打"),
    "wrong_number": N_("接电话的说打错了，没有这一户"),
    DECLINED: N_("对方不愿核对"),
    NO_MORE_CALLS: N_("对方不愿核对，并且要求以后不要再打来"),
}
IN_VAIN = ("no_answer", "wrong_number")

#: whether the interview took place, as the household says
NEVER = "no"
TOOK_PLACE: Mapping[str, str] = {
    "yes": N_("接过，是本人接的"),
    "other": N_("接过，是家里另一位接的"),
    NEVER: N_("没有接过"),
    "unsure": N_("记不清"),
}

#: why an answer differs from the earlier one
WRONGLY = "wrong"
VERDICTS: Mapping[str, str] = {
    "changed": N_("对方现在想法不同了"),
    WRONGLY: N_("当时记错了"),
    "forgot": N_("对方说不准了"),
}


class Agreement(StrEnum):
    SAME = "same"
    DIFFERS = "differs"
    #: not asked then, or no clear answer now or then
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A counted interview that may be drawn. `new`: it has counted since the last one was drawn."""

    id: int
    ticket: str
    new: bool


def wanted(counted: int) -> int:
    """How many of `counted` interviews are to be drawn: a tenth, rounded up."""
    return -(-counted // ONE_IN)


def draw(candidates: Sequence[Candidate], n: int) -> list[int]:
    """Ids of the `n` that are drawn next: smallest tickets of the new ones, and of the others when these are too few."""
    ordered = sorted(candidates, key=lambda one: (not one.new, one.ticket, one.id))
    return [one.id for one in ordered[: max(n, 0)]]


def with_reason(reasons: str, reason: str) -> str:
    """The space separated reasons and one more, in the order of REASONS."""
    held = {*reasons.split(), reason}
    return " ".join(each for each in REASONS if each in held)


def compare(
    before: Mapping[str, str], now: Mapping[str, str], unclear: Mapping[str, Collection[str]]
) -> dict[str, Agreement]:
    """Question -> how the answer given now agrees with the earlier one. `unclear`: codes of a question that say nothing
    (does not know, refused)."""
    return {
        question: _agreement(before.get(question, ""), answer, unclear.get(question, ()))
        for question, answer in now.items()
    }


def _agreement(before: str, now: str, unclear: Collection[str]) -> Agreement:
    if before and before == now:
        return Agreement.SAME
    if not before or not now or before in unclear or now in unclear:
        return Agreement.UNKNOWN
    return Agreement.DIFFERS


def unjudged(compared: Mapping[str, Agreement], verdicts: Mapping[str, str]) -> list[str]:
    """The differences that nobody has said the cause of."""
    return [
        question
        for question, found in compared.items()
        if found is Agreement.DIFFERS and question not in verdicts
    ]


def outcome_of(took_place: str, compared: Mapping[str, Agreement], verdicts: Mapping[str, str]) -> str | None:
    """What a check amounts to; None while a difference is unjudged.

    An error is an interview that never took place, or an answer recorded otherwise than given. Who now thinks or
    remembers differently makes no error of the interview.
    """
    if took_place == NEVER:
        return ERROR
    if unjudged(compared, verdicts):
        return None
    return ERROR if WRONGLY in verdicts.values() else VERIFIED
