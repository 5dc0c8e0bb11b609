import os

import pytest
from sqlalchemy import create_engine, text

from survey.app import create_app
from survey.commands.opening import ensure_database, revisions


def test_an_upgrade_makes_the_database_and_running_it_again_changes_nothing(survey):
    assert survey("db", "check").code == 1

    assert survey("db", "upgrade").code == 0
    assert survey("db", "upgrade").code == 0

    assert survey("db", "check").code == 0


def test_a_database_of_a_newer_version_is_left_alone(survey, empty_address):
    survey("db", "upgrade")
    engine = create_engine(empty_address)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    engine.dispose()

    done = survey("db", "upgrade")

    assert done.code == 2 and "from-the-future" in done.err


def test_a_database_that_cannot_be_reached_is_said_in_one_line(survey, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://nobody:secret@127.0.0.1:1/none")

    done = survey("db", "upgrade")

    assert done.code == 2 and done.err.count("\n") == 1
    assert "secret" not in done.err


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX systems")
def test_keys_that_others_may_read_stop_every_command_that_opens_them(survey, installed):
    survey("db", "upgrade")
    (installed / "keys.json").chmod(0o644)

    done = survey("user", "list")

    assert done.code == 2 and "chmod 600" in done.err


def test_a_migrated_database_is_not_touched(address, tmp_path):
    app = create_app(
        {"INSTANCE": tmp_path, "KEYS_FILE": tmp_path / "keys.json", "SQLALCHEMY_DATABASE_URI": address}
    )

    ensure_database(app)

    assert revisions(app).up_to_date
