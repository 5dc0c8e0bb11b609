"""Builder of drawn and released households, made through the models: what the desk needs to be tried.

`make_released_cases(session, vault, 3)` gives three cases of a round with the short form, sealed, drawn and released
on a Thursday at 9:40 in Shanghai. Give `now` and `ALL_DAY` for a server that runs on the real clock.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from build import any_definition, make_season, make_station
from sqlalchemy.orm import Session

from survey.fieldwork.rules import local
from survey.models.draw import Case, Design, Release
from survey.models.frame import Frame, FrameRow, Household
from survey.models.season import QuestionnaireVersion, Round, Season, Station
from survey.questionnaire import schema
from survey.services import adoptions
from survey.services.cases import released
from survey.services.personal import PhoneNumber, make_contact, phone_indexes
from survey.services.trail import SYSTEM
from survey.vault import Keyring

RELEASED = datetime(2025, 4, 10, 1, 40, tzinfo=UTC)  # a Thursday, 9:40 in Shanghai
TEN = datetime(2025, 4, 10, 2, 0, tzinfo=UTC)  # the same morning, 10:00: inside a calling window

#: calling rules for a desk that is tried at any hour
ALL_DAY: dict[str, Any] = {
    "weekday_windows": ["00:00-23:59:59.999999"],
    "weekend_windows": ["00:00-23:59:59.999999"],
}
SALUTATIONS = ("陈女士", "黄伯", "李姨", "梁先生", "何婆婆", "郭女士")


def make_desk_round(
    session: Session,
    *,
    questionnaire: str = "short",
    now: datetime = RELEASED,
    calling_rules: dict[str, Any] | None = None,
    season: Season | None = None,
    station: Station | None = None,
    **values: Any,
) -> Round:
    """A round whose fieldwork lasts two weeks to either side of `now`, with a shipped questionnaire."""
    season = season or make_season(session, f"评估季 {uuid.uuid4().hex[:12]}")
    season.calling_rules = calling_rules or {}
    day = local(now).date()
    round_ = Round(
        season=season,
        station=station or make_station(session, f"三元里街社工服务站 {uuid.uuid4().hex[:12]}"),
        target_group="建档的困难群众和特殊群体",
        fieldwork_from=day - timedelta(days=14),
        fieldwork_to=day + timedelta(days=14),
        questionnaire=questionnaire_version(session, questionnaire),
        definition=any_definition(session),
        created_at=now,
        **values,
    )
    session.add(round_)
    session.flush()
    adoptions.record_first(session, SYSTEM, now, round_)
    return round_


def questionnaire_version(session: Session, name: str) -> QuestionnaireVersion:
    content = schema.load(name)
    found = session.query(QuestionnaireVersion).filter_by(name=name, digest=content.digest).first()
    return found or QuestionnaireVersion(
        name=name, version=content.version, digest=content.digest, content=content.to_json(), created_at=RELEASED
    )  # fmt: skip


def make_released_cases(
    session: Session,
    vault: Keyring,
    n: int = 1,
    *,
    round_: Round | None = None,
    now: datetime = RELEASED,
    phones: Sequence[str] | None = None,
    row: dict[str, Any] | None = None,
    note: str = "",
    households: Sequence[str] = (),
    **round_values: Any,
) -> list[Case]:
    """`n` released cases in ticket order, committed. `phones`: the same numbers for every household (default: one each).

    `row` sets columns of every FrameRow, such as language="yue", needs="hearing". A phone with * cannot be dialled.
    `households`: ids of known ones that the first cases are of, as when a station is asked again.
    """
    round_ = round_ or make_desk_round(session, now=now, **round_values)
    rows = make_frame(session, vault, round_, n, phones, row or {}, note, now, households)
    design = make_drawn_design(session, rows[0].frame_id, round_, n, now)
    release = Release(
        round_id=round_.id, number=1, reason="首批", counts={"*": n}, released_at=now, released_by_id=None
    )
    session.add(release)
    session.flush()
    cases = [make_case(round_, design, found, rank) for rank, found in enumerate(rows, start=1)]
    session.add_all(cases)
    session.flush()
    released(session, cases, release, now)
    session.commit()
    return cases


def make_case(round_: Round, design: Design, row: FrameRow, rank: int) -> Case:
    return Case(
        round_id=round_.id, design_id=design.id, household_id=row.household_id, frame_row_id=row.id, stratum="*",
        zone=row.zone, needs=row.needs,
        rank=rank, role="sample", ticket=f"{rank:04d}{hashlib.sha256(row.household_id.encode()).hexdigest()[:60]}",
    )  # fmt: skip


def make_frame(
    session: Session,
    vault: Keyring,
    round_: Round,
    n: int,
    phones: Sequence[str] | None,
    values: dict[str, Any],
    note: str,
    now: datetime,
    households: Sequence[str],
) -> list[FrameRow]:
    frame = Frame(
        round_id=round_.id, file_name="名册.xlsx", file_digest="0" * 64, imported_by_id=somebody(session), imported_at=now,
        rows_read=n, rows_merged=0, counts=[{"zone": "一片区", "community": "松柏社区", "households": n, "persons": n}],
        report_sealed=vault.seal("[]", "frame.report"), confirmed_name="站长", confirmed_at=now,
    )  # fmt: skip
    session.add(frame)
    session.flush()
    known = [session.get_one(Household, id_) for id_ in households]
    known += [make_household(session, round_) for _ in range(n - len(known))]
    rows = [
        make_row(session, vault, frame, number, household, phones, values, note)
        for number, household in enumerate(known)
    ]
    frame.digest, frame.commitments_digest, frame.sealed_at = "f" * 64, "c" * 64, now
    session.flush()
    return rows


def make_household(session: Session, round_: Round) -> Household:
    household = Household(
        id=f"H-{uuid.uuid4().hex[:10].upper()}", station_id=round_.station_id, key_index=uuid.uuid4().hex
    )
    session.add(household)
    session.flush()
    return household


def make_row(
    session: Session,
    vault: Keyring,
    frame: Frame,
    number: int,
    household: Household,
    phones: Sequence[str] | None,
    values: dict[str, Any],
    note: str,
) -> FrameRow:
    given = phones if phones is not None else (f"1380000{number:04d}",)
    numbers = [
        PhoneNumber(slot=slot, number=text.replace("*", ""), dialable="*" not in text)
        for slot, text in enumerate(given, start=1)
    ]
    row = FrameRow(
        frame_id=frame.id, household_id=household.id, sheet="名册", row=number + 2, zone="一片区", community="松柏社区",
        persons=1, categories="low_income disabled", dialable_phones=sum(phone.dialable for phone in numbers),
        stratum="*", **values,
    )  # fmt: skip
    session.add(row)
    session.flush()
    salutation = SALUTATIONS[number % len(SALUTATIONS)]
    session.add(
        make_contact(
            vault, row, salutation=salutation, phones=numbers, identity=f"档案 {number:04d}", note=note
        )
    )
    session.add_all(phone_indexes(vault, row, numbers))
    return row


def make_drawn_design(session: Session, frame_id: int, round_: Round, n: int, now: datetime) -> Design:
    before = now - timedelta(hours=1)
    design = Design(
        round_id=round_.id, frame_id=frame_id, method="srs", rule_branch="sample", target_completes=round_.target_completes,
        assumed_completion=0.45, assumed_satisfaction=0.9, allocation={"*": n}, locked_at=before,
        seed_source="某日开奖号", seed_named_at=before, seed_expected_at=before + timedelta(minutes=10), seed_value="1 2 3",
        seed_entered_at=before + timedelta(minutes=20), drawn_at=before + timedelta(minutes=21), certificate="{}",
        certificate_digest="d" * 64,
    )  # fmt: skip
    session.add(design)
    session.flush()
    return design


def somebody(session: Session) -> int:
    """The id of any account: the roster was imported by someone."""
    from survey.models.accounts import User

    found = session.query(User).first()
    if found is None:
        found = User(username=f"nobody-{uuid.uuid4().hex[:12]}", display_name="统筹", fs_uniquifier=uuid.uuid4().hex,
                     created_at=RELEASED, password="!")  # fmt: skip
        session.add(found)
        session.flush()
    return found.id
