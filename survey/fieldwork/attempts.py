"""The record of calls of one case, and what can be read off it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from survey.fieldwork.dispositions import Disposition, disposition
from survey.fieldwork.rules import CallingRules, local, time_band

Mode = Literal["phone", "visit", "inbound"]
EARLY_FOR_APPOINTMENT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One dial, visit or call received.

    `outcome` is None while the call is not wrapped up. A record with `corrects` replaces the outcome of an
    earlier one: the call itself still happened when, where and by whom the earlier record says.
    """

    id: int | str
    at: datetime
    outcome: str | None
    phone_slot: int | None = None
    by: int | str | None = None
    language: str | None = None
    appointment_at: datetime | None = None
    mode: Mode = "phone"
    corrects: int | str | None = None

    @property
    def is_correction(self) -> bool:
        return self.corrects is not None

    @property
    def result(self) -> Disposition:
        """The row of the outcome; only for a call that was wrapped up."""
        assert self.outcome is not None
        return disposition(self.outcome)


def effective(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """The calls in order of time, each with its last correction applied."""
    first_of: dict[int | str, int | str] = {}
    calls: dict[int | str, Attempt] = {}
    for record in sorted(attempts, key=lambda a: (a.at, a.is_correction)):
        first = first_of.get(record.corrects) if record.corrects is not None else None
        if first is None:
            first_of[record.id], calls[record.id] = record.id, replace(record, corrects=None)
        else:
            first_of[record.id] = first
            calls[first] = _corrected(calls[first], record)
    return tuple(calls.values())


def _corrected(call: Attempt, correction: Attempt) -> Attempt:
    return replace(
        call,
        outcome=correction.outcome,
        appointment_at=correction.appointment_at,
        language=correction.language or call.language,
        phone_slot=call.phone_slot if correction.phone_slot is None else correction.phone_slot,
    )


def wrapped_up(calls: Iterable[Attempt]) -> tuple[Attempt, ...]:
    return tuple(call for call in calls if call.outcome is not None)


def open_call(calls: Sequence[Attempt], rules: CallingRules, now: datetime) -> Attempt | None:
    """The call that is going on: not wrapped up, the last one, and not longer ago than any call lasts."""
    if not calls or calls[-1].outcome is not None:
        return None
    longest = timedelta(minutes=rules.longest_call_minutes)
    return calls[-1] if now < calls[-1].at + longest else None


def dials_on(slot: int, calls: Iterable[Attempt]) -> tuple[Attempt, ...]:
    return tuple(call for call in calls if call.mode == "phone" and call.phone_slot == slot)


def could_ring(calls: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """The dials that count as an effort: wrapped up, by telephone, and not to a dead number."""
    return tuple(call for call in wrapped_up(calls) if call.mode == "phone" and not call.result.dead_number)


def is_dead(slot: int, calls: Iterable[Attempt], rules: CallingRules) -> bool:
    """A number is dead after dead-number outcomes on two different days with nothing else between them."""
    days: set[date] = set()
    for dial in wrapped_up(dials_on(slot, calls)):
        if not dial.result.dead_number:
            days.clear()
        else:
            days.add(local(dial.at).date())
    return len(days) >= rules.dead_dials


def pending_appointment(calls: Sequence[Attempt]) -> Attempt | None:
    """The appointment still to be kept: no later call came at its time or reached somebody."""
    for index in range(len(calls) - 1, -1, -1):
        call = calls[index]
        if call.outcome is None:
            continue
        if call.result.appointment and call.appointment_at is not None:
            due = call.appointment_at - EARLY_FOR_APPOINTMENT
            return None if any(later.at >= due for later in calls[index + 1 :]) else call
        if call.result.reached:
            return None
    return None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the dials reach: number, days, time bands, and what the rules still miss."""

    dials: int
    days: int
    bands: frozenset[str]
    evening_missing: bool
    weekend_missing: bool

    def complete(self, rules: CallingRules) -> bool:
        missing = self.evening_missing or self.weekend_missing
        enough = self.dials >= rules.min_attempts and self.days >= rules.min_days
        return enough and len(self.bands) >= rules.min_bands and not missing


def coverage(calls: Iterable[Attempt], rules: CallingRules) -> Coverage:
    dials = could_ring(calls)
    bands = frozenset(time_band(dial.at, rules) for dial in dials)
    return Coverage(
        dials=len(dials),
        days=len({local(dial.at).date() for dial in dials}),
        bands=bands,
        evening_missing=rules.need_evening and not any(band.endswith("evening") for band in bands),
        weekend_missing=rules.need_weekend and not any(band.startswith("weekend") for band in bands),
    )
