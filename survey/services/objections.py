"""异议: a station doubts the interviews of its round. So many more are checked, chosen by the order of the draw; those who
check them know of no objection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from survey.errors import N_, Conflict, Invalid
from survey.fieldwork.rechecks import CHECKED, ERROR
from survey.models.recheck import Objection, Recheck
from survey.models.season import Round
from survey.services import trail
from survey.services.recheck_quota import IS_LIVE
from survey.services.recheck_selection import bring_up_to_date, for_objection
from survey.services.rechecks import stated
from survey.services.trail import Actor
from survey.vault import Keyring

LONGEST_FINDING = 400
LONGEST_TEXT = 2000
LONGEST_NAME = 60
#: an objection asks for so many interviews at most
MOST_HOUSEHOLDS = 100


@dataclass(frozen=True, slots=True)
class Raised:
    """An objection and how far its checks are."""

    objection: Objection
    text: str
    selected: int
    checked: int
    errors: int
    in_vain: int

    @property
    def done(self) -> bool:
        return self.selected == self.checked


def raise_objection(
    session: Session,
    vault: Keyring,
    actor: Actor,
    now: datetime,
    round_: Round,
    *,
    raised_by: str,
    text: str,
    households: int,
) -> Objection:
    """Record what a station objects to, and select the next interviews in the order of the draw. Raises Invalid,
    Conflict (nothing-to-check)."""
    if not 1 <= households <= MOST_HOUSEHOLDS:
        raise Invalid("too-many-households", N_("请填 1 到 %(most)s 户。"), most=MOST_HOUSEHOLDS)
    objection = Objection(
        round_id=round_.id,
        raised_by=stated(raised_by, LONGEST_NAME),
        households=households,
        received_at=now,
        recorded_by_id=actor.id,
    )
    session.add(objection)
    session.flush()
    objection.text_sealed = vault.seal(stated(text, LONGEST_TEXT), text_context(objection))
    bring_up_to_date(session, vault, now, round_)
    for_objection(session, vault, now, objection)
    session.flush()
    if not _tallied(session, round_).get(objection.id):
        raise Conflict("nothing-to-check", N_("本轮计入的访问都已在复核之列，没有可以加核的户。"))
    trail.record(session, actor, "objection.recorded", now, round_id=round_.id, households=households)
    return objection


def close_objection(
    session: Session, actor: Actor, now: datetime, objection: Objection, finding: str
) -> None:
    """What came of it. Raises Conflict (checks-open) while interviews selected for it are unchecked."""
    session.refresh(objection, with_for_update=True)
    if objection.closed_at is not None:
        raise Conflict("objection-closed", N_("这项异议已经答复，不能再改。"))
    waiting = select(func.count()).where(Recheck.objection_id == objection.id, Recheck.outcome.is_(None))
    if open_ := session.scalar(waiting):
        raise Conflict("checks-open", N_("为这项异议加核的户还有 %(n)s 户没有核对完。"), n=open_)
    objection.finding = stated(finding, LONGEST_FINDING)
    objection.closed_at, objection.closed_by_id = now, actor.id
    session.flush()
    trail.record(session, actor, "objection.closed", now, round_id=objection.round_id)


def objections(session: Session, vault: Keyring, round_: Round) -> list[Raised]:
    """The objections to a round, the latest first, with their words."""
    query = select(Objection).where(Objection.round_id == round_.id).options(undefer(Objection.text_sealed))
    tallied = _tallied(session, round_)
    return [
        Raised(one, _opened(vault, one), *tallied.get(one.id, (0, 0, 0, 0)))
        for one in session.scalars(query.order_by(Objection.id.desc()))
    ]


def _tallied(session: Session, round_: Round) -> dict[int, tuple[int, int, int, int]]:
    """Objection -> interviews live, of these checked, with errors; and those ended in vain."""
    checked, wrong = Recheck.outcome.in_(CHECKED), Recheck.outcome == ERROR
    query = (
        select(
            Recheck.objection_id,
            func.count(Recheck.id).filter(IS_LIVE),
            func.count(Recheck.id).filter(checked),
            func.count(Recheck.id).filter(wrong),
            func.count(Recheck.id).filter(~IS_LIVE),
        )
        .where(Recheck.round_id == round_.id, Recheck.objection_id.is_not(None))
        .group_by(Recheck.objection_id)
    )
    return {
        id_: (live, done, errors, vain) for id_, live, done, errors, vain in session.execute(query) if id_
    }


def text_context(objection: Objection) -> str:
    return f"objection:{objection.id}"


def _opened(vault: Keyring, objection: Objection) -> str:
    return vault.open(objection.text_sealed, text_context(objection)) if objection.text_sealed else ""
