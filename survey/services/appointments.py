"""How full the half hours of a day are, for whoever makes an appointment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from survey.fieldwork.appointments import HalfHour, half_hours
from survey.fieldwork.rules import SHANGHAI
from survey.models.accounts import Grant, User
from survey.models.draw import Case
from survey.models.season import Round, Season
from survey.services.cases import holidays, rules_of


def load_of(session: Session, season: Season, day: date, now: datetime) -> list[HalfHour]:
    """The half hours of `day` on the survey's clock, with the appointments of all open rounds of the season."""
    still_open = select(Round.id).where(Round.season_id == season.id, Round.closed_at.is_(None))
    rounds = session.scalars(still_open).all()
    midnight = datetime.combine(day, time(0), SHANGHAI)
    booked = session.scalars(
        select(Case.due_at).where(
            Case.round_id.in_(rounds),
            Case.state == "appointment",
            Case.due_at >= midnight,
            Case.due_at < midnight + timedelta(days=1),
        )
    )
    known = [at for at in booked if at is not None]
    return half_hours(day, known, surveyors_of(session, rounds), rules_of(season), holidays(session), now)


def surveyors_of(session: Session, round_ids: Sequence[int]) -> int:
    """How many people may call in one of these rounds."""
    query = select(func.count(User.id.distinct())).join(Grant, Grant.user_id == User.id)
    granted = or_(Grant.round_id.is_(None), Grant.round_id.in_(round_ids))
    return session.scalar(query.where(Grant.role == "surveyor", User.active, granted)) or 0
