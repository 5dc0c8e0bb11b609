"""Seasons, stations and rounds: what a coordinator sets up before a roster comes in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from survey.errors import N_, Conflict, Invalid
from survey.models.season import QuestionnaireVersion, Round, Season, Station
from survey.questionnaire import schema
from survey.services import addresses, adoptions, trail
from survey.services.designs import design_of
from survey.services.freeze import refuse_closed
from survey.services.trail import Actor


def check_order(first: date, last: date, what: str) -> None:
    if first > last:
        raise Invalid(
            "dates-out-of-order",
            N_("%(what)s：开始日期 %(first)s 晚于结束日期 %(last)s，请对调。"),
            what=what, first=first.isoformat(), last=last.isoformat(),
        )  # fmt: skip


def save_season(
    session: Session, actor: Actor, now: datetime, season: Season | None, **values: Any
) -> Season:
    """Add a season, or change one. Values are the columns of Season."""
    check_order(values["period_from"], values["period_to"], N_("评估周期"))
    check_order(values["fieldwork_from"], values["fieldwork_to"], N_("访问期"))
    same_name = session.scalars(select(Season).where(Season.name == values["name"])).first()
    if same_name is not None and same_name is not season:
        raise Conflict("season-exists", N_("评估季“%(name)s”已经存在，请换一个名称。"), name=values["name"])
    action = "season.edited" if season else "season.added"
    season = season or Season(created_at=now)
    for name, value in values.items():
        setattr(season, name, value)
    session.add(season)
    session.flush()
    trail.record(session, actor, action, now, subject=f"season:{season.id}")
    return season


def freeze_questionnaire(session: Session, name: str, now: datetime) -> QuestionnaireVersion:
    """The shipped questionnaire as it is now, stored once per content."""
    questionnaire = schema.load(name)
    found = session.scalars(
        select(QuestionnaireVersion).where(
            QuestionnaireVersion.name == name, QuestionnaireVersion.digest == questionnaire.digest
        )
    ).first()
    if found is not None:
        return found
    version = QuestionnaireVersion(
        name=name,
        version=str(questionnaire.version),
        digest=questionnaire.digest,
        content=questionnaire.to_json(),
        created_at=now,
    )
    session.add(version)
    session.flush()
    return version


def station_named(session: Session, name: str, street: str, district: str) -> Station:
    """The station of this name; a new one when there is none yet."""
    station = session.scalars(select(Station).where(Station.name == name)).first()
    if station is None:
        station = Station(name=name, street=street, district=district)
        session.add(station)
        session.flush()
    return station


def add_round(
    session: Session,
    actor: Actor,
    now: datetime,
    season: Season,
    *,
    station: str,
    street: str,
    district: str,
    questionnaire: str,
    **values: Any,
) -> Round:
    """One station's survey in the season, with the questionnaire and the definition frozen as they are today."""
    check_order(values["fieldwork_from"], values["fieldwork_to"], N_("访问期"))
    place = station_named(session, station, street, district)
    if any(round_.station_id == place.id for round_ in season.rounds):
        raise Conflict("round-exists", N_("“%(station)s”在本评估季已有一轮。"), station=station)
    round_ = Round(
        season=season,
        station=place,
        questionnaire=freeze_questionnaire(session, questionnaire, now),
        definition=adoptions.season_version(session, season, now),
        created_at=now,
        **values,
    )
    session.add(round_)
    session.flush()
    adoptions.record_first(session, actor, now, round_)
    trail.record(session, actor, "round.added", now, subject=f"station:{place.id}", round_id=round_.id)
    return round_


def edit_round(
    session: Session, actor: Actor, now: datetime, round_: Round, *, questionnaire: str, **values: Any
) -> None:
    """Change a round. Once the design is locked, target, questionnaire, recording and home visits stay as they were."""
    refuse_closed(session, round_.id)
    check_order(values["fieldwork_from"], values["fieldwork_to"], N_("访问期"))
    version = freeze_questionnaire(session, questionnaire, now)
    locked = ("target_completes", "records_calls", "home_visits")
    changed = {name for name in locked if values.get(name, getattr(round_, name)) != getattr(round_, name)}
    if changed or version is not round_.questionnaire:
        refuse_when_fixed(session, round_)
    if "home_visits" in changed:
        (addresses.begin if values["home_visits"] else addresses.forget)(session, round_)
    round_.questionnaire = version
    for name, value in values.items():
        setattr(round_, name, value)
    session.flush()
    trail.record(session, actor, "round.edited", now, round_id=round_.id)


def refuse_when_fixed(session: Session, round_: Round) -> None:
    design = design_of(session, round_)
    if design is not None and design.locked_at is not None:
        raise Conflict(
            "round-fixed",
            N_("设计已经锁定：问卷、目标户数、录音约定和入户访问不能再改，否则前后答案不可比。"),
        )


def seasons_seen(session: Session, visible: ColumnElement[bool], everywhere: bool) -> list[Season]:
    """Seasons with at least one visible round, newest first; with a scope everywhere the empty ones too."""
    query = select(Season).order_by(Season.fieldwork_from.desc(), Season.id.desc())
    if not everywhere:
        query = query.where(Season.rounds.any(visible))
    return list(session.scalars(query))


def rounds_seen(session: Session, season: Season, visible: ColumnElement[bool]) -> list[Round]:
    query = select(Round).join(Station).where(Round.season_id == season.id, visible).order_by(Station.name)
    return list(session.scalars(query.options(joinedload(Round.station))))
