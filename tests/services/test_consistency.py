import pytest
from build import NOON
from build_results import make_survey
from sqlalchemy import text

from survey.backup.tables import tables_of, unguarded
from survey.models.draw import Case, CaseTally
from survey.models.frame import Contact
from survey.services import cases, trail
from survey.services.consistency import differences
from survey.vault import new_keyring

CENSUS = {"一片区": 12, "二片区": 8}


@pytest.fixture
def lived_in(session, vault):
    """A drawn round whose caches are as the services keep them."""
    survey = make_survey(session, vault, CENSUS, CENSUS)
    for case in session.query(Case).filter(Case.release_id.is_not(None)):
        cases.refresh(session, case, NOON)
    trail.record(session, trail.SYSTEM, "design.locked", NOON, critical=True)
    session.commit()
    return survey


def found(session, vault):
    return [str(difference) for difference in differences(session, vault, NOON)]


def test_a_round_kept_by_the_services_agrees_with_itself(session, vault, lived_in):
    assert found(session, vault) == []


def test_a_cache_that_lies_is_named_with_both_values(session, vault, lived_in):
    case = session.query(Case).filter(Case.release_id.is_not(None)).first()
    case.attempts_made = 7
    session.flush()

    (difference,) = found(session, vault)

    assert case.household_id in difference and "7" in difference and "0" in difference


def test_a_count_of_cases_that_lies_is_named_with_both_values(session, vault, lived_in):
    cell = session.query(CaseTally).filter_by(zone="一片区", cell="open").one()
    kept = cell.households
    cell.households = 99
    session.flush()

    (difference,) = found(session, vault)

    assert "一片区" in difference and "99" in difference and str(kept) in difference


def test_a_draw_changed_behind_the_guards_is_found(session, vault, lived_in):
    connection = session.connection()
    with unguarded(connection, tables_of(connection)):
        connection.execute(text("UPDATE \"case\" SET role = 'reserve' WHERE rank = 1"))

    assert any(f"轮次 {lived_in.round_.id}" in difference for difference in found(session, vault))


def test_an_entry_slipped_into_the_chain_is_found(session, vault, lived_in):
    session.execute(
        text(
            "INSERT INTO audit_entry (at, action, subject, details, chain_number, chain_hash) "
            "VALUES ('2025-04-10 04:00:00.000000', 'frame.sealed', '', '{}', 99, 'made up')"
        )
    )

    assert any("99" in difference for difference in found(session, vault))


def test_keys_that_are_not_the_ones_that_sealed_open_nothing(session, vault, lived_in):
    assert len(found(session, new_keyring())) == session.query(Contact).count()


def test_a_contact_moved_to_another_household_is_found(session, vault, lived_in):
    contact, other = session.query(Contact).limit(2)
    contact.household_id = other.household_id
    session.flush()

    lines = found(session, vault)

    assert any("contact" in line for line in lines)
