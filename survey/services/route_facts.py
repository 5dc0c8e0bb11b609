"""What somebody found of households that wait in vain, as far as it still holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from survey.fieldwork.dispositions import disposition
from survey.fieldwork.facts import NO_INTERVIEWER, NO_PROXY
from survey.models.call import Attempt, RouteEnd

#: kinds that are flags of the case
FLAGS = frozenset({NO_INTERVIEWER, NO_PROXY})
DUPLICATE = "duplicate"
#: the final code of a household that is another's double
DOUBLE = "D42"


def not_taken_back() -> Select[RouteEnd]:
    """Findings that nobody has taken back, oldest first."""
    later = aliased(RouteEnd)
    undone = select(later.id).where(later.undoes_id == RouteEnd.id).exists()
    return select(RouteEnd).where(RouteEnd.undoes_id.is_(None), ~undone).order_by(RouteEnd.id)


def route_ends(session: Session, case_ids: Sequence[int]) -> Mapping[int, Sequence[RouteEnd]]:
    """Case -> findings that nobody has taken back."""
    found: dict[int, list[RouteEnd]] = defaultdict(list)
    for one in session.scalars(not_taken_back().where(RouteEnd.case_id.in_(case_ids))):
        found[one.case_id].append(one)
    return found


def found_of(ends: Iterable[RouteEnd], attempts: Sequence[Attempt]) -> frozenset[str]:
    """The kinds that hold: who was promised a call on the telephone after a route was given up is called all the same."""
    return frozenset(end.kind for end in ends if end.kind == DUPLICATE or not _promised_since(end, attempts))


def _promised_since(end: RouteEnd, attempts: Sequence[Attempt]) -> bool:
    corrected = {attempt.corrects_id for attempt in attempts}
    return any(
        attempt.recorded_at > end.at and attempt.mode != "visit" and disposition(attempt.outcome).appointment
        for attempt in attempts
        if attempt.id not in corrected
    )
