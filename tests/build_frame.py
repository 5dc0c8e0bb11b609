"""A sealed frame without a spreadsheet: households, rows and contacts, sealed through the public door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from build import NOON
from sqlalchemy.orm import Session

from survey.models.accounts import User
from survey.models.frame import Frame, FrameRow, Household
from survey.models.season import Round
from survey.sampling.commitment import new_household_id
from survey.services import personal
from survey.services.canonical import seal_frame
from survey.services.trail import Actor
from survey.vault import Keyring

EMPTY_REPORT = '{"problems": [], "notices": [], "merges": [], "labels": {}}'


def make_frame(
    session: Session,
    vault: Keyring,
    round_: Round,
    zones: Mapping[str, int],
    *,
    persons: int = 1,
    communities: Mapping[str, str] | None = None,
    confirmed: bool = True,
    at: datetime = NOON,
    returning: Sequence[str] = (),
    categories: Sequence[str] = ("",),
    levels: Sequence[str] = ("",),
) -> Frame:
    """An imported frame with so many households in each zone, each of `persons` persons with one invented number.

    The first places are taken by `returning` households of an earlier frame of the station. `categories` and `levels`
    go round: the first household has the first of each.
    """
    someone = session.query(User).first() or _add_importer(session)
    counts = [
        {
            "zone": zone, "community": "", "households": n, "persons": n * persons, "unreachable": 0,
            "stated_households": None, "stated_persons": None,
        }
        for zone, n in zones.items()
    ]  # fmt: skip
    frame = Frame(
        round_id=round_.id, file_name="名册.xlsx", file_digest="0" * 64, imported_by_id=someone.id, imported_at=at,
        rows_read=sum(zones.values()) * persons, rows_merged=0, counts=counts, report_sealed=vault.seal(EMPTY_REPORT, f"frame.report:{round_.id}"),
        confirmed_name="站长" if confirmed else None, confirmed_at=at if confirmed else None,
    )  # fmt: skip
    session.add(frame)
    session.flush()
    places = [zone for zone, n in zones.items() for _ in range(n)]
    households = [session.get_one(Household, id_) for id_ in returning]
    households += [
        Household(id=new_household_id(), station_id=round_.station_id, key_index=f"{round_.id}-{number}")
        for number in range(len(returning), len(places))
    ]
    session.add_all(households)
    session.flush()
    rows = [
        FrameRow(
            frame_id=frame.id, household_id=household.id, sheet=zone, row=number + 2, zone=zone,
            community=(communities or {}).get(zone, f"{zone}社区"), persons=persons, dialable_phones=1,
            categories=categories[number % len(categories)], level=levels[number % len(levels)],
        )
        for number, (zone, household) in enumerate(zip(places, households, strict=True))
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    for number, row in enumerate(rows):
        phones = [personal.PhoneNumber(slot=1, number=f"1380000{number:04d}")]
        session.add(
            personal.make_contact(
                vault, row, salutation="陈女士", phones=phones, identity=f"陈某{number}|DA-{number:04d}"
            )
        )
        session.add_all(personal.phone_indexes(vault, row, phones))
    session.flush()
    return frame


def make_sealed_frame(
    session: Session,
    vault: Keyring,
    round_: Round,
    zones: Mapping[str, int],
    *,
    stratify_by: str = "zone",
    at: datetime = NOON,
    **values,
) -> Frame:
    """`make_frame`, sealed one minute after the import."""
    frame = make_frame(session, vault, round_, zones, at=at, **values)
    sealer = Actor(frame.imported_by_id)
    seal_frame(session, vault, sealer, frame, stratify_by=stratify_by, now=at + timedelta(minutes=1))
    return frame


def _add_importer(session: Session) -> User:
    user = User(
        username="导入员", display_name="导入员", fs_uniquifier="importer", created_at=NOON, password="!"
    )
    session.add(user)
    session.flush()
    return user
