"""Builders for stories of calls, told on the clock of the survey."""

from datetime import date, datetime

from survey.fieldwork.attempts import Attempt
from survey.fieldwork.case import case_state
from survey.fieldwork.facts import CaseFacts, CaseState
from survey.fieldwork.rules import NO_HOLIDAYS, SHANGHAI, CallingRules

RULES = CallingRules()
LONG_AFTER = datetime(2026, 12, 31, 10, 0, tzinfo=SHANGHAI)


def at(day: str, clock: str) -> datetime:
    """`day` as "11-23" of 2026 (a Monday) and `clock` as "18:30", in Shanghai."""
    return datetime.fromisoformat(f"2026-{day}T{clock}").replace(tzinfo=SHANGHAI)


RELEASED = at("11-23", "09:00")


def attempts(*story: str) -> tuple[Attempt, ...]:
    """Each call as "11-23 18:30 D37", with optional "slot=2", "by=3", "app=11-24T15:00", "mode=visit", …"""
    return tuple(attempt(number, line) for number, line in enumerate(story, start=1))


def attempt(number: int, line: str) -> Attempt:
    day, clock, outcome, *extras = line.split()
    given = dict(extra.split("=") for extra in extras)
    appointment = given.get("app")
    return Attempt(
        id=number,
        at=at(day, clock),
        outcome=None if outcome == "open" else outcome,
        phone_slot=int(given.get("slot", 1)) if given.get("mode", "phone") == "phone" else None,
        by=given.get("by", "wang"),
        language=given.get("lang", "zh"),
        appointment_at=at(*appointment.split("T")) if appointment else None,
        mode=given.get("mode", "phone"),  # type: ignore[arg-type]
        corrects=int(given["corrects"]) if "corrects" in given else None,
    )


def facts(*story: str, dialable: tuple[int, ...] = (1,), **more: object) -> CaseFacts:
    values: dict[str, object] = {"released_at": RELEASED, "phones": len(dialable), **more}
    return CaseFacts(attempts=attempts(*story), dialable=dialable, **values)  # type: ignore[arg-type]


def state(
    *story: str, now: datetime = LONG_AFTER, holidays: frozenset[date] = NO_HOLIDAYS, **more: object
) -> CaseState:
    return case_state(facts(*story, **more), RULES, holidays, now)  # type: ignore[arg-type]
