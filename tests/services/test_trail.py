import pytest
from build import NOON
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from survey.services import trail
from survey.services.trail import SYSTEM


def test_critical_entries_form_a_chain_and_others_do_not(session):
    trail.record(session, SYSTEM, "frame.sealed", NOON, critical=True)
    trail.record(session, SYSTEM, "phone.revealed", NOON)
    second = trail.record(session, SYSTEM, "design.locked", NOON, critical=True)

    assert second.chain_number == 2
    assert list(trail.broken_links(session)) == []


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_the_trail(session, change):
    trail.record(session, SYSTEM, "frame.sealed", NOON, critical=True)
    session.commit()

    with pytest.raises(DBAPIError, match="cannot be changed"):
        session.execute(text(change))


def test_a_changed_entry_breaks_the_chain(session):
    entry = trail.record(session, SYSTEM, "frame.sealed", NOON, critical=True, digest="aa")
    session.expunge(entry)
    assert trail.chain_hash(entry, None) == entry.chain_hash

    entry.details = {"digest": "bb"}

    assert trail.chain_hash(entry, None) != entry.chain_hash


def test_the_chain_does_not_depend_on_the_clock_it_was_written_by(session):
    from datetime import timedelta, timezone

    trail.record(
        session, SYSTEM, "frame.sealed", NOON.astimezone(timezone(timedelta(hours=8))), critical=True
    )
    session.commit()
    session.expire_all()

    assert list(trail.broken_links(session)) == []
