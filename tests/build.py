"""Builders: plain functions that make what a test needs and nothing else."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from survey.models.accounts import Grant, User
from survey.models.season import DefinitionVersion, QuestionnaireVersion, Round, Season, Station
from survey.services import adoptions, definitions
from survey.services.trail import SYSTEM, Actor

NOON = datetime(2025, 4, 10, 4, 0, tzinfo=UTC)  # a Thursday, 12:00 in Shanghai


class People:
    """`people("surveyor", "王芳")`: an account with that role, committed."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __call__(
        self, role: str | None = None, username: str = "", *, round_: Round | None = None, **values
    ) -> User:
        name = username or f"{role or 'nobody'}-{uuid.uuid4().hex[:6]}"
        user = User(
            username=name, display_name=name, fs_uniquifier=uuid.uuid4().hex, created_at=NOON, password="!",
            **values,
        )  # fmt: skip
        if role:
            user.grants.append(Grant(role=role, round_id=round_.id if round_ else None, granted_at=NOON))
        self.session.add(user)
        self.session.commit()
        return user


def actor_of(user: User) -> Actor:
    return Actor(user.id, user.display_name)


def make_station(session: Session, name: str = "三元里街社工服务站", street: str = "三元里街") -> Station:
    station = Station(name=name, street=street, district="白云区")
    session.add(station)
    session.flush()
    return station


def make_season(session: Session, name: str = "2025 年末期评估") -> Season:
    season = Season(
        name=name, period_from=date(2024, 5, 24), period_to=date(2025, 5, 23), fieldwork_from=date(2025, 4, 1),
        fieldwork_to=date(2025, 4, 30), evaluator="某市社会组织联合会", commissioner="某街道办事处",
        verification_phone="020-81234567", created_at=NOON,
    )  # fmt: skip
    session.add(season)
    session.flush()
    return season


def make_round(
    session: Session, season: Season | None = None, station: Station | None = None, **values
) -> Round:
    """A round with whatever questionnaire and definition there are; services.seasons makes real ones."""
    season = season or make_season(session)
    station = station or make_station(session)
    round_ = Round(
        season=season, station=station, target_group="建档的困难群众和特殊群体", fieldwork_from=season.fieldwork_from,
        fieldwork_to=season.fieldwork_to, questionnaire=any_questionnaire(session), definition=any_definition(session),
        created_at=NOON, **values,
    )  # fmt: skip
    session.add(round_)
    session.flush()
    adoptions.record_first(session, SYSTEM, NOON, round_)
    return round_


def any_questionnaire(session: Session) -> QuestionnaireVersion:
    found = session.query(QuestionnaireVersion).first()
    return found or QuestionnaireVersion(
        name="empty", version="1", digest=uuid.uuid4().hex, content="{}", created_at=NOON
    )


def any_definition(session: Session) -> DefinitionVersion:
    found = session.query(DefinitionVersion).first()
    return found or definitions.ensure_default(session, NOON)
