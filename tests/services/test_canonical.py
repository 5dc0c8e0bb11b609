import hashlib
from datetime import timedelta

import pytest
from build import NOON, make_round
from build_frame import make_frame, make_sealed_frame
from sqlalchemy.exc import IntegrityError

from survey.errors import SurveyError
from survey.models.frame import Contact, FrameRow
from survey.models.trail import AuditEntry
from survey.sampling.frame import frame_hash, read_frame, strata_counts
from survey.services.canonical import canonical_of, commitment_list, commitments_of, in_frame, seal_frame
from survey.services.trail import SYSTEM

ZONES = {"一片区": 5, "二片区": 3}


@pytest.fixture
def round_(session):
    return make_round(session)


def first_row(session, frame):
    return session.scalars(in_frame(frame).order_by(FrameRow.id)).first()


def test_the_seal_writes_digests_that_can_be_rebuilt_from_the_rows(session, vault, round_):
    frame = make_sealed_frame(session, vault, round_, ZONES)

    data = canonical_of(session, frame)
    assert frame.digest == frame_hash(data)
    assert strata_counts(read_frame(data)) == ZONES
    assert frame.commitments_digest == hashlib.sha256(commitment_list(session, frame)).hexdigest()


def test_a_commitment_opens_with_its_salt_and_identity_alone(session, vault, round_):
    frame = make_sealed_frame(session, vault, round_, ZONES)
    row = first_row(session, frame)

    salt = vault.open_bytes(row.salt_sealed, f"frame.salt:{row.household_id}")
    opened = hashlib.sha256(f"{salt.hex()}|{row.household_id}|陈某0|DA-0000".encode()).hexdigest()
    assert opened == commitments_of(session, frame)[row.household_id]


def test_an_excluded_household_is_neither_in_the_frame_nor_committed_to(session, vault, round_):
    frame = make_frame(session, vault, round_, ZONES)
    gone = first_row(session, frame)
    gone.excluded_reason = "已去世"
    seal_frame(session, vault, SYSTEM, frame, stratify_by="zone", now=NOON)

    assert gone.household_id.encode() not in canonical_of(session, frame)
    assert gone.household_id not in commitments_of(session, frame)
    assert strata_counts(read_frame(canonical_of(session, frame))) == {"一片区": 4, "二片区": 3}


def test_without_strata_everybody_is_in_one(session, vault, round_):
    frame = make_sealed_frame(session, vault, round_, ZONES, stratify_by="none")

    assert strata_counts(read_frame(canonical_of(session, frame))) == {"全部": 8}


def test_communities_of_one_name_in_two_zones_stay_two_strata(session, vault, round_):
    zones = {"一片区": 2, "二片区": 2, "三片区": 2}
    names = {"一片区": "第一社区", "二片区": "第一社区", "三片区": "东约"}
    frame = make_sealed_frame(session, vault, round_, zones, stratify_by="community", communities=names)

    found = strata_counts(read_frame(canonical_of(session, frame)))
    assert found == {"一片区 第一社区": 2, "东约": 2, "二片区 第一社区": 2}


def test_the_seal_is_a_critical_entry_without_anybodys_identity(session, vault, round_):
    make_sealed_frame(session, vault, round_, ZONES)

    entry = session.query(AuditEntry).filter_by(action="frame.sealed").one()
    assert entry.chain_number == 1
    assert "陈" not in str(entry.details)


@pytest.mark.parametrize("change", ["frame", "row", "level", "new row"])
def test_the_database_refuses_every_change_of_a_sealed_frame(session, vault, round_, change):
    frame = make_sealed_frame(session, vault, round_, ZONES)
    row = first_row(session, frame)
    session.commit()
    if change == "frame":
        frame.rows_read += 1
    elif change == "row":
        row.stratum = "二片区"
    elif change == "level":
        row.level = "一级"
    else:
        session.add(
            FrameRow(
                frame_id=frame.id, household_id=row.household_id, sheet="", row=1, zone="", community="",
                persons=1, dialable_phones=0,
            )
        )  # fmt: skip

    with pytest.raises(IntegrityError, match="sealed"):
        session.flush()


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"confirmed": False}, "frame-unconfirmed"),
        ({"at": NOON + timedelta(hours=1)}, "confirmed-later"),
    ],
)
def test_a_frame_the_station_has_not_confirmed_is_not_sealed(session, vault, round_, setting, code):
    frame = make_frame(session, vault, round_, ZONES, **setting)

    with pytest.raises(SurveyError) as refused:
        seal_frame(session, vault, SYSTEM, frame, stratify_by="zone", now=NOON)
    assert (refused.value.code, refused.value.status) == (code, 409)


def test_a_frame_is_sealed_once(session, vault, round_):
    frame = make_sealed_frame(session, vault, round_, ZONES)

    with pytest.raises(SurveyError, match="已经封存"):
        seal_frame(session, vault, SYSTEM, frame, stratify_by="none", now=NOON + timedelta(hours=1))


def test_a_household_without_identity_is_named_and_nothing_is_sealed(session, vault, round_):
    frame = make_frame(session, vault, round_, ZONES)
    session.query(Contact).filter_by(frame_row_id=first_row(session, frame).id).delete()

    with pytest.raises(SurveyError, match="“一片区”第 2 行"):
        seal_frame(session, vault, SYSTEM, frame, stratify_by="zone", now=NOON)
    assert frame.sealed_at is None
