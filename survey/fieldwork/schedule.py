"""When an open case is due next, and on which of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from survey.fieldwork.attempts import Attempt, coverage, dials_on, wrapped_up
from survey.fieldwork.dispositions import Route
from survey.fieldwork.endings import live_slots, special_route, to_be_visited
from survey.fieldwork.facts import HOME_VISIT, CaseFacts
from survey.fieldwork.rules import (
    CallingRules,
    after,
    earliest_call,
    local,
    next_band_start,
    start_of_day,
    time_band,
)


@dataclass(frozen=True, slots=True)
class NextCall:
    """`slot` is None for a home visit."""

    due_at: datetime
    slot: int | None


def next_call(
    facts: CaseFacts, calls: Sequence[Attempt], rules: CallingRules, holidays: AbstractSet[date]
) -> NextCall:
    """The earliest number in turn: due first, then least dialled, then first listed; or a home visit."""
    if to_be_visited(facts, calls, rules):
        return NextCall(_case_due(facts, calls, rules, holidays), None)
    closed = wrapped_up(calls)
    slots = live_slots(facts, closed, rules)
    refused_on = {call.phone_slot for call in closed if call.outcome == "D13"}
    preferred = tuple(slot for slot in slots if slot not in refused_on) or slots
    if not preferred:  # all dead, but somebody who rang asked to be called again
        return NextCall(_case_due(facts, calls, rules, holidays), next(iter(facts.dialable), None))
    choices = [
        (slot_due(facts, slot, calls, rules, holidays), len(dials_on(slot, calls)), slot)
        for slot in preferred
    ]
    due, _, slot = min(choices)
    return NextCall(_towards_coverage(due, closed, rules, holidays), slot)


def kept_slot(facts: CaseFacts, calls: Sequence[Attempt], made: Attempt, rules: CallingRules) -> int | None:
    """On which number the appointment `made` is kept; None: at the door, or the household has none."""
    if to_be_visited(facts, calls, rules):
        return None
    slots = live_slots(facts, calls, rules) or facts.dialable
    return made.phone_slot if made.phone_slot in slots else next(iter(slots), None)


def slot_due(
    facts: CaseFacts,
    slot: int,
    calls: Sequence[Attempt],
    rules: CallingRules,
    holidays: AbstractSet[date],
) -> datetime:
    """When `slot` may ring: after the wait of its own last dial, that of the case, and the daily limit."""
    due = _case_due(facts, calls, rules, holidays)
    own = dials_on(slot, calls)
    if own:
        due = max(due, _after_call(own[-1], rules, holidays))
    while _dials_that_day(own, due) >= rules.most_per_day:
        due = earliest_call(start_of_day(due, 1), rules, holidays)
    return due


def _case_due(
    facts: CaseFacts, calls: Sequence[Attempt], rules: CallingRules, holidays: AbstractSet[date]
) -> datetime:
    """The wait that holds for every number; a dead or switched-off number does not delay the others."""
    assert facts.released_at is not None
    if not calls:
        return earliest_call(facts.released_at, rules, holidays)
    last = calls[-1]
    other_number_at_once = last.outcome is not None and last.result.another_number and last.mode == "phone"
    if other_number_at_once and any(slot != last.phone_slot for slot in facts.dialable):
        return earliest_call(last.at, rules, holidays)
    return _after_call(last, rules, holidays)


def _after_call(call: Attempt, rules: CallingRules, holidays: AbstractSet[date]) -> datetime:
    """A call never wrapped up is treated as one without answer."""
    return after(call.at, call.outcome or "D37", rules, holidays)


def _dials_that_day(dials: Sequence[Attempt], day: datetime) -> int:
    return sum(local(dial.at).date() == local(day).date() for dial in dials)


def _towards_coverage(
    due: datetime, closed: Sequence[Attempt], rules: CallingRules, holidays: AbstractSet[date]
) -> datetime:
    """Push the last dials into an evening, a weekend, a new day or band where the rules still miss one."""
    made = coverage(closed, rules)
    days = {local(call.at).date() for call in closed if call.mode == "phone" and not call.result.dead_number}
    owed = made.evening_missing + made.weekend_missing
    more_days, more_bands = made.days < rules.min_days, len(made.bands) < rules.min_bands
    if made.dials + max(owed, 1) < rules.min_attempts or not (owed or more_days or more_bands):
        return due

    def helps(at: datetime) -> bool:
        band = time_band(at, rules)
        evening = made.evening_missing and band.endswith("evening")
        weekend = made.weekend_missing and band.startswith("weekend")
        if owed:
            return evening or weekend
        return (more_bands and band not in made.bands) or (more_days and local(at).date() not in days)

    while not helps(due):
        due = next_band_start(due, rules, holidays)
    return due


def senior_until(calls: Sequence[Attempt], rules: CallingRules) -> datetime | None:
    """Until when a refusal is kept for a senior surveyor: `senior_days` after it; then anybody may try, so that a team
    without seniors loses nobody."""
    refused = [call for call in wrapped_up(calls) if call.outcome == "D11"]
    return start_of_day(refused[-1].at, rules.senior_days) if refused and rules.senior_days else None


def route_of(facts: CaseFacts, calls: Sequence[Attempt], slot: int | None) -> Route | None:
    """Who should take the case: a senior after a refusal, a speaker of the language, a proxy, a visitor."""
    if slot is None and HOME_VISIT in facts.flags:
        return "visit"
    closed = wrapped_up(calls)
    if any(call.outcome == "D11" for call in closed):
        return "senior"
    return special_route(closed)
