"""硬拒访 reaches further than one round: who wants no more calls is not called in any other round that is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.fieldwork.dispositions import DISPOSITIONS
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.frame import Household
from survey.models.season import Round
from survey.services import trail
from survey.services.cases import recompute_cases
from survey.services.freeze import still_open
from survey.services.queue import subject
from survey.services.trail import Actor


def refuses(code: str) -> bool:
    """Whether a surveyor's outcome is a wish not to be called again."""
    row = DISPOSITIONS.get(code)
    return row is not None and row.do_not_call


def lock_everywhere(session: Session, household_id: str) -> None:
    """Keep others from changing any case of the household, locked by id as everybody who locks several does."""
    released = select(Case.id).where(Case.household_id == household_id, Case.release_id.is_not(None))
    session.execute(released.order_by(Case.id).with_for_update())


def note_wish(household: Household, attempt: Attempt, wrong: Attempt | None) -> bool:
    """Keep since when the household wants no more calls, or forget it with the call that said so by mistake; whether
    that changed. To be done before the case is computed anew."""
    asked = refuses(attempt.outcome)
    if asked and household.do_not_call_since is None:
        household.do_not_call_since = attempt.recorded_at
        return True
    if not asked and wrong is not None and household.do_not_call_since == wrong.recorded_at:
        household.do_not_call_since = None
        return True
    return False


def carry_over(session: Session, actor: Actor, now: datetime, household: Household, said_in: Case) -> None:
    """Let the household's cases in other open rounds follow its wish, or its correction. All of them are locked."""
    session.flush()
    found = select(Case).where(
        Case.household_id == household.id, Case.id != said_in.id, Case.release_id.is_not(None)
    )
    cases = session.scalars(found.order_by(Case.id)).all()
    going_on = still_open(session, {case.round_id for case in cases})
    for case in (case for case in cases if case.round_id in going_on):
        _follow(session, actor, now, case)


def refused_since(session: Session, round_: Round) -> list[int]:
    """The open cases of a round whose households want no more calls: they asked while the round was closed."""
    refused = Household.do_not_call_since.is_not(None)
    query = select(Case.id).join(Household, Household.id == Case.household_id).where(
        Case.round_id == round_.id, Case.release_id.is_not(None), Case.state != "final", refused
    )  # fmt: skip
    return list(session.scalars(query.order_by(Case.id)))


def _follow(session: Session, actor: Actor, now: datetime, case: Case) -> None:
    before = case.state, case.disposition
    recompute_cases(session, [case.id], now)
    if (case.state, case.disposition) != before:
        came_to: dict[str, Any] = {"outcome": case.disposition} if case.disposition else {}
        trail.record(
            session,
            actor,
            "case.followed-refusal",
            now,
            subject=subject(case),
            round_id=case.round_id,
            **came_to,
        )
