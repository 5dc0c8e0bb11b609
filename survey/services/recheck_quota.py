"""How many interviews of a round are to be drawn for a check, counted without reading an interview."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from survey.fieldwork.rechecks import DECLINED, NOT_REACHED, wanted
from survey.models.draw import CaseTally
from survey.models.recheck import Recheck
from survey.models.season import Round
from survey.services.counted import INTERVIEWED

#: ended without telling anything of the interview, so that another one takes its place
IN_VAIN = (NOT_REACHED, DECLINED)
IS_LIVE = or_(Recheck.outcome.is_(None), Recheck.outcome.not_in(IN_VAIN))


def population(session: Session, round_id: int) -> int:
    """Interviews that were there to be checked: those that count, and those voided because of a check."""
    tallied = select(func.coalesce(func.sum(CaseTally.households), 0)).where(
        CaseTally.round_id == round_id, CaseTally.cell.in_(INTERVIEWED)
    )
    voided = select(func.count()).where(Recheck.round_id == round_id, Recheck.decision == "void")
    return (session.scalar(tallied) or 0) + (session.scalar(voided) or 0)


def owed(session: Session, round_id: int) -> int:
    """How many interviews of the round are still to be drawn."""
    live = select(func.count()).where(Recheck.round_id == round_id, Recheck.drawn_at.is_not(None), IS_LIVE)
    return wanted(population(session, round_id)) - (session.scalar(live) or 0)


def short_rounds(session: Session, visible: ColumnElement[bool]) -> list[Round]:
    """The open rounds among the visible ones (a condition on Round) in which the draw owes interviews."""
    tallied = select(CaseTally.round_id, func.sum(CaseTally.households))
    counts = dict(
        session.execute(tallied.where(CaseTally.cell.in_(INTERVIEWED)).group_by(CaseTally.round_id)).all()
    )
    is_drawn, is_void = and_(Recheck.drawn_at.is_not(None), IS_LIVE), Recheck.decision == "void"
    checks = select(
        Recheck.round_id, func.count(Recheck.id).filter(is_drawn), func.count(Recheck.id).filter(is_void)
    )
    found = {id_: (drawn, void) for id_, drawn, void in session.execute(checks.group_by(Recheck.round_id))}
    rounds = session.scalars(select(Round).where(visible, Round.closed_at.is_(None)).order_by(Round.id))

    def owes(round_: Round) -> bool:
        drawn, void = found.get(round_.id, (0, 0))
        return wanted(counts.get(round_.id, 0) + void) > drawn

    return [round_ for round_ in rounds if owes(round_)]
