"""What is known about a case, and the state that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from survey.errors import Message
from survey.fieldwork.attempts import Attempt
from survey.fieldwork.dispositions import Outcome, Route, disposition

Interview = Literal["complete", "partial", "break-off", "no_consent", "withdrawn"]
State = Literal["held", "ready", "waiting", "appointment", "in_progress", "final"]

# Flags of a case.
BY_PROXY = "by_proxy"  # somebody else answered for the client
HOME_VISIT = "home_visit"  # the round visits households that the telephone does not reach
NO_PROXY = "no_proxy"  # nobody can answer for the client
NO_INTERVIEWER = "no_interviewer"  # nobody speaks the household's language


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Facts of one case.

    `phones`: how many numbers are listed; `dialable`: the slots that hold a number that can be dialled.
    `interview`: completion status of the questionnaire, or that its answers were deleted because the respondent asked
    for it; `closed_as`: final code set by a coordinator; `refused_elsewhere_at`: since when the household, asked in
    another round or a recheck, wants no more calls.
    """

    released_at: datetime | None
    attempts: tuple[Attempt, ...] = ()
    phones: int = 0
    dialable: tuple[int, ...] = ()
    interview: Interview | None = None
    language_needed: str | None = None
    flags: frozenset[str] = frozenset()
    closed_as: str | None = None
    refused_elsewhere_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseState:
    """Where a case stands.

    `due_at`: when it may be called next, always inside a calling window and independent of `now`; None when
    held, in progress or final.
    `disposition`: the final code, or the code of the last call; None before the first.
    `senior_until`: only a senior surveyor should take it before; None when anybody may.
    """

    state: State
    due_at: datetime | None
    disposition: str | None
    next_phone_slot: int | None
    attempts_made: int
    reason: Message
    route: Route | None = None
    appointment_by: int | str | None = None
    senior_until: datetime | None = None
    do_not_call: bool = False

    @property
    def is_final(self) -> bool:
        return self.state == "final"

    @property
    def outcome(self) -> Outcome | None:
        """AAPOR class of a final case; None while it is pending or when it was voided."""
        if not self.is_final or self.disposition is None:
            return None
        return disposition(self.disposition).outcome
