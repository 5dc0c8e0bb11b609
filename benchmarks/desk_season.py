"""A season of twenty rounds filled with as many cases as wanted, by the database itself, in a state as after weeks of calls.

One round is made through the services and serves as the pattern: every column that is not said here is copied from its
rows. All rows go in by ordinary INSERTs, so that foreign keys, guards and counting triggers see each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from desk_installation import (
    Installation,
    add_people,
    add_released_round,
    add_season,
    coordinator,
    working,
)
from flask import Flask
from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Table,
    bindparam,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    null,
    select,
    text,
    update,
)
from sqlalchemy import table as bare_table
from sqlalchemy.orm import Session

from survey.models.accounts import User
from survey.models.base import UtcDateTime
from survey.models.call import Attempt
from survey.models.draw import Case, Design, Release
from survey.models.frame import Contact, Frame, FrameRow, Household
from survey.models.interview import Interview
from survey.models.season import Round, Season
from survey.services import seasons
from survey.services.personal import PhoneNumber, sealed_contact

ROUNDS, PEOPLE, TRAINED = 20, 20, 5
#: so long the season has been in the field; the calls and interviews made so far are spread over it
DAYS = 90
EVERY_BAND = " ".join(
    f"{day}-{part}" for day in ("weekday", "weekend") for part in ("morning", "afternoon", "evening")
)
AT_ONCE = 20_000
#: of the released three fifths, by twelfths of five: what comes after what in ticket order is well mixed
FINAL, WAITING, READY, APPOINTMENT, OVERNIGHT = (
    range(25),
    range(25, 40),
    range(40, 55),
    range(55, 57),
    range(57, 60),
)

numbers = bare_table("benchmark_number", column("n", Integer))
n = numbers.c.n
mixed = (n * 37) % 60


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made: who may log in, the rounds, the season."""

    names: list[str]
    round_ids: list[int]
    season_id: int
    cases: int


def fill(installation: Installation, households: int) -> Filled:
    """Twenty rounds of so many households (户) each."""
    app = installation.app()
    with working(app) as session:
        names = add_people(session, PEOPLE)
        for user in session.query(User).filter(User.username.in_(names[:TRAINED])):
            user.skills = "hearing"
        pattern = add_released_round(app, session, add_season(session, "样板季"), 150, number=999)
        pattern.fieldwork_to = pattern.fieldwork_from  # over, so that nobody is given its households
        session.execute(text("CREATE TABLE benchmark_number (n integer PRIMARY KEY)"))
        for start in range(1, households + 1, AT_ONCE):
            rows = [{"n": one} for one in range(start, min(start + AT_ONCE, households + 1))]
            session.execute(insert(numbers), rows)
        season = add_season(session, "一季", DAYS)
        session.commit()
        round_ids = [
            fill_round(app, session, pattern, season, number, households) for number in range(1, ROUNDS + 1)
        ]
        settle(session)
        total = session.query(func.count(Case.id)).filter(Case.round_id.in_(round_ids)).scalar()
        return Filled(names, round_ids, season.id, total or 0)


def settle(session: Session) -> None:
    """PostgreSQL collects its statistics by itself a minute after such an import; SQLite is left as the product leaves it."""
    session.commit()
    from survey.db import db

    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def copied(model: Any, pattern_id: object, many: bool, **values: Any) -> Any:
    """INSERT ... SELECT of the pattern's row with other values: once, or once for every number."""
    table: Table = model.__table__
    key = next(iter(table.primary_key)).name
    names = [one.name for one in table.columns if one.name != key or key in values]
    chosen = [literal_of(table, name, values[name]) if name in values else table.c[name] for name in names]
    query = select(*chosen).where(table.c[key] == pattern_id)
    return insert(table).from_select(names, query.join_from(table, numbers, literal(True)) if many else query)


def literal_of(table: Table, name: str, value: Any) -> ColumnElement[Any]:
    return value if isinstance(value, ColumnElement) else literal(value, table.c[name].type)


def fill_round(
    app: Flask, session: Session, pattern: Round, season: Season, number: int, households: int
) -> int:
    actor, now = coordinator(session), datetime.now(UTC)
    sample = session.query(Case).filter_by(round_id=pattern.id).first()
    assert sample is not None
    round_ = seasons.add_round(
        session, actor, now, season, station=f"第{number}街社工服务站", street=f"第{number}街", district="某区",
        questionnaire="short", target_group="建档的困难群众", target_completes=100,
        fieldwork_from=season.fieldwork_from, fieldwork_to=season.fieldwork_to, records_calls=False,
    )  # fmt: skip
    household = literal("H") + cast(number * 1_000_000 + n, String)
    base = number * 1_000_000
    session.execute(copied(Household, sample.household_id, True, id=household, station_id=round_.station_id,
                           key_index=household))  # fmt: skip
    frame_id = sample.frame_row.frame_id
    sealed = session.get_one(Frame, frame_id)
    seal = {"sealed_at": sealed.sealed_at, "digest": sealed.digest, "sealed_by_id": sealed.sealed_by_id}
    session.execute(copied(Frame, frame_id, False, round_id=round_.id, **dict.fromkeys(seal)))
    own_frame = session.query(Frame.id).filter_by(round_id=round_.id).scalar()
    session.execute(
        copied(FrameRow, sample.frame_row_id, True, id=base + n, frame_id=own_frame, household_id=household, row=n,
               zone=zone_of(), needs="", language="")
    )  # fmt: skip
    session.execute(update(Frame).where(Frame.id == own_frame).values(**seal))
    session.execute(copied(Design, sample.design_id, False, round_id=round_.id, frame_id=own_frame))
    session.execute(copied(Release, sample.release_id, False, round_id=round_.id))
    design_id = session.query(Design.id).filter_by(round_id=round_.id).scalar()
    release_id = session.query(Release.id).filter_by(round_id=round_.id).scalar()
    facts = {
        "round_id": round_.id,
        "design_id": design_id,
        "frame_row_id": base + n,
        "household_id": household,
    }
    session.execute(
        copied(Case, sample.id, True, id=base + n, **facts, rank=n, needs="", zone=zone_of(),
               ticket=cast(10_000_000 + n, String) + f"{number:056x}", **standing(release_id, households, now))
    )  # fmt: skip
    call_some(session, round_, now)
    seal_contacts(app, session, round_.id)
    session.commit()
    return round_.id


def zone_of() -> ColumnElement[str]:
    return case((n % 3 == 0, "一片区"), (n % 3 == 1, "二片区"), else_="三片区")


def standing(release_id: int, households: int, now: datetime) -> dict[str, ColumnElement[Any]]:
    """The cache columns: two fifths held; of the others 25 final, 18 waiting, 15 ready, 2 with an appointment in 60."""
    held, nothing = n > households * 3 // 5, null()
    state = case(
        (held, "held"), (mixed.in_(FINAL), "final"), (mixed.in_(READY), "ready"), (mixed.in_(APPOINTMENT), "appointment"),
        else_="waiting",
    )  # fmt: skip
    later = case(
        *((n % 8 == one, moment(now + timedelta(hours=1 + 5 * one))) for one in range(7)),
        else_=moment(now + timedelta(days=3)),
    )
    ago = moment(now - timedelta(hours=1))
    due = case((held | mixed.in_(FINAL), nothing), (mixed.in_([*READY, *OVERNIGHT]), ago), else_=later)
    final = ~held & mixed.in_(FINAL)
    return {
        "state": state,
        "release_id": case((held, nothing), else_=literal(release_id, Integer)),
        "due_at": due,
        "appointment_at": case((~held & mixed.in_(APPOINTMENT), later), else_=nothing),
        "appointment_user_id": nothing,
        "disposition": case(
            (final, case((mixed < 15, "D01"), (mixed < 20, "D12"), else_="D37")), else_=nothing
        ),
        "outcome": case((final, case((mixed < 15, "I"), (mixed < 20, "R"), else_="UO")), else_=nothing),
        "language": case((n % 7 == 0, ""), (n % 5 == 0, "yue"), else_="zh"),
        "attempts_made": case((worked(held), 1), else_=0),
        "bands_tried": case((worked(held), "weekday-morning"), else_=""),
    }


def moment(at: datetime) -> ColumnElement[datetime]:
    return literal(at, UtcDateTime())


def worked(held: ColumnElement[bool]) -> ColumnElement[bool]:
    """Called before: all but the held and half of the ready ones."""
    return ~held & ~(mixed.in_(READY) & (mixed < 47))


def spread(now: datetime) -> ColumnElement[datetime]:
    """Some moment of the past season, by case."""
    days = (moment(now - timedelta(days=ago, hours=1)) for ago in range(DAYS - 1))
    return case(
        *((Case.id % DAYS == ago, day) for ago, day in enumerate(days)),
        else_=moment(now - timedelta(days=DAYS)),
    )


def call_some(session: Session, round_: Round, now: datetime) -> None:
    """One recorded call of every household that was called, and an interview of each complete one."""
    person = literal(session.query(User.id).filter_by(username="surveyor001").scalar(), Integer)
    at = spread(now)
    calls = {
        "uid": literal("benchmark-") + cast(Case.id, String), "case_id": Case.id, "user_id": person,
        "phone_slot": literal(1, Integer), "started_at": at, "recorded_at": at,
        "outcome": func.coalesce(Case.disposition, "D37"), "language": literal("zh", String),
    }  # fmt: skip
    query = select(*calls.values()).where(Case.round_id == round_.id, Case.attempts_made > 0)
    session.execute(insert(Attempt).from_select(list(calls), query))
    interviews = {
        "case_id": Case.id, "round_id": Case.round_id, "questionnaire_id": literal(round_.questionnaire_id, Integer),
        "started_by_id": person, "started_at": at, "counted_at": at, "status": literal("complete", String),
        "revision": literal(0, Integer),
    }  # fmt: skip
    query = select(*interviews.values()).where(Case.round_id == round_.id, Case.outcome == "I")
    session.execute(insert(Interview).from_select(list(interviews), query))


def seal_contacts(app: Flask, session: Session, round_id: int) -> None:
    """Names and numbers of whoever can be called now; the others' would be as many rows nobody reads."""
    vault = app.extensions["vault"]
    query = select(Case.frame_row_id, Case.household_id).where(
        Case.round_id == round_id, Case.state == "ready"
    )
    phones = [PhoneNumber(slot=1, number="13900000000")]
    rows = [
        {
            "frame_row_id": row,
            **sealed_contact(vault, household, salutation="陈女士", phones=phones, identity="户"),
        }
        for row, household in session.execute(query)
    ]
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(Contact), rows[start : start + AT_ONCE])


def make_appointments_due(installation: Installation, filled: Filled) -> None:
    """One appointment of the last surveyor in every round is due now."""
    app, now = installation.app(), datetime.now(UTC)
    with working(app) as session:
        person = session.query(User.id).filter_by(username=filled.names[-1]).scalar()
        first = select(func.min(Case.id)).where(Case.round_id == bindparam("of"), Case.state == "appointment")
        for round_id in filled.round_ids:
            id_ = session.scalar(first, {"of": round_id})
            values = {"appointment_at": now, "due_at": now, "appointment_user_id": person}
            session.execute(update(Case).where(Case.id == id_).values(**values))


def try_all(installation: Installation) -> None:
    """From now on every ready household has been tried at every time of day."""
    app = installation.app()
    with working(app) as session:
        session.execute(update(Case).where(Case.state == "ready").values(bands_tried=EVERY_BAND))
        settle(session)
