"""The red button: somebody's life or safety is at risk in a call. Raised at the desk, taken over by a supervisor.

An alarm is never refused because the lease ran out or the round was closed, and sending it twice raises it once. What
happened is sealed apart (services.incident_records).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Missing
from survey.models.care import Incident
from survey.models.draw import Case
from survey.models.season import Round, Season, Station
from survey.services import trail
from survey.services.interviews import UID
from survey.services.queue import lock, subject
from survey.services.trail import Actor

#: M7 of the questionnaire
DANGERS: Mapping[str, str] = {
    "1": N_("自伤、轻生"),
    "2": N_("疑似虐待、忽视"),
    "3": N_("急病"),
    "4": N_("断粮、断药"),
    "5": N_("儿童有风险"),
}
#: no browser keeps an alarm longer than this before it is sent
LONGEST_AGO = timedelta(days=7)
#: who raised an alarm sees it at the desk this long, unless it is closed before
AT_DESK = timedelta(days=7)
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """One alarm as those who handle it see it in the list; nothing of what was said."""

    incident: Incident
    season: str
    station: str

    @property
    def state(self) -> str:
        """waiting: nobody has taken it over; open: somebody has; closed."""
        if self.incident.closed_at is not None:
            return "closed"
        return "waiting" if self.incident.acknowledged_at is None else "open"

    @property
    def seconds(self) -> float | None:
        """From raised to acknowledged."""
        taken = self.incident.acknowledged_at
        return None if taken is None else (taken - self.incident.raised_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm as its raiser sees it. `written`: something of what happened has been written down."""

    incident: Incident
    season: Season
    written: bool


def report(
    session: Session, actor: Actor, now: datetime, case_: Case, uid: str = "", seconds: float = 0
) -> Incident:
    """Raise an alarm, once per `uid`; `seconds` ago it was raised at the desk. Without a uid, an alarm that this person
    raised for this household and nobody has taken over yet is the same one."""
    assert actor.id is not None, "a person raises an alarm"
    if uid and not UID.fullmatch(uid):
        raise Invalid("uid-malformed", N_("报告的编号不对，请刷新页面；情况紧急请直接打电话给值班督导。"))
    lock(session, case_)
    known = _known(session, actor, case_, uid)
    if known is not None:
        return known
    ago = min(timedelta(seconds=max(seconds, 0)), LONGEST_AGO)
    incident = Incident(
        uid=uid or uuid.uuid4().hex,
        round_id=case_.round_id,
        case_id=case_.id,
        raised_by_id=actor.id,
        raised_at=now - ago,
    )
    session.add(incident)
    session.flush()
    trail.record(session, actor, "case.urgent", now, subject=subject(case_), round_id=case_.round_id)
    return incident


def _known(session: Session, actor: Actor, case_: Case, uid: str) -> Incident | None:
    if not uid:
        mine = select(Incident).where(
            Incident.case_id == case_.id,
            Incident.raised_by_id == actor.id,
            Incident.acknowledged_at.is_(None),
        )
        return session.scalars(mine.order_by(Incident.id.desc())).first()
    known = session.scalars(select(Incident).where(Incident.uid == uid)).first()
    if known is not None and (known.case_id, known.raised_by_id) != (case_.id, actor.id):
        raise Conflict("uid-taken", N_("这条报告的编号已用在另一户，请刷新页面后重新报告。"))
    return known


def acknowledge(session: Session, actor: Actor, now: datetime, incident: Incident) -> bool:
    """Take the alarm over. False when somebody already has: the first one stays."""
    session.refresh(incident, with_for_update=True)
    if incident.acknowledged_at is not None:
        return False
    incident.acknowledged_by_id, incident.acknowledged_at = actor.id, max(now, incident.raised_at)
    session.flush()
    session.refresh(incident, ["acknowledged_by"])
    note(session, actor, "incident.acknowledged", now, incident)
    return True


def note(session: Session, actor: Actor, action: str, now: datetime, incident: Incident) -> None:
    """What is done with an alarm stands in the trail under its household, without a word of what it is about."""
    trail.record(
        session,
        actor,
        action,
        now,
        subject=subject(incident.case),
        round_id=incident.round_id,
        critical=action != "incident.acknowledged",
    )


# -- seeing --------------------------------------------------------------------------------------------------


def waiting(session: Session, visible: ColumnElement[bool]) -> int:
    """How many alarms nobody has taken over; `visible` is a condition on Round."""
    query = select(func.count(Incident.id)).join(Round, Round.id == Incident.round_id)
    return session.scalar(query.where(Incident.acknowledged_at.is_(None), visible)) or 0


def listed(session: Session, visible: ColumnElement[bool]) -> list[Listed]:
    """The alarms of these rounds: those nobody has taken over first, then open, then closed; the newest first."""
    rank = case((Incident.acknowledged_at.is_(None), 0), (Incident.closed_at.is_(None), 1), else_=2)
    query = _with_names().where(visible).order_by(rank, Incident.raised_at.desc(), Incident.id.desc())
    return [_listed(row) for row in session.execute(query.limit(MOST_LISTED))]


def named(session: Session, incident: Incident) -> Listed:
    return _listed(session.execute(_with_names().where(Incident.id == incident.id)).one())


def _with_names() -> Select[Incident, str, str]:
    return (
        select(Incident, Season.name, Station.name)
        .join(Round, Round.id == Incident.round_id)
        .join(Season, Season.id == Round.season_id)
        .join(Station, Station.id == Round.station_id)
    )


def _listed(row: Row[Incident, str, str]) -> Listed:
    incident, season, station = row
    return Listed(incident, season, station)


def raised_by(session: Session, actor: Actor, now: datetime) -> list[Standing]:
    """The alarms that this person raised lately and that are not closed, the newest first."""
    query = (
        select(Incident, Season, Incident.record_sealed.is_not(None))
        .join(Round, Round.id == Incident.round_id)
        .join(Season, Season.id == Round.season_id)
        .where(
            Incident.raised_by_id == actor.id,
            Incident.closed_at.is_(None),
            Incident.raised_at > now - AT_DESK,
        )
        .order_by(Incident.raised_at.desc(), Incident.id.desc())
    )
    return [Standing(*row) for row in session.execute(query)]


def own(session: Session, actor: Actor, uid: str) -> Incident:
    """The alarm with this uid, for whoever raised it. Raises Missing."""
    found = session.scalars(
        select(Incident).where(Incident.uid == uid, Incident.raised_by_id == actor.id)
    ).first()
    if found is None:
        raise Missing("no-such-incident", N_("没有找到您的这条紧急报告，请刷新页面。"))
    return found
