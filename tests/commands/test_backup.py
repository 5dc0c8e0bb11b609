"""An installation with a round in it is backed up, restored elsewhere, and goes on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from build import NOON
from build_results import make_survey
from build_token import make_token
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from survey.app import create_app
from survey.backup import content, envelope
from survey.commands.backup import snapshot, write_backup
from survey.commands.opening import ensure_database, in_use
from survey.db import db
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.frame import Contact
from survey.models.token import ApiToken
from survey.models.trail import AuditEntry
from survey.services import accounts, personal, trail
from survey.services.consistency import strayed_rows, unopenable_contacts
from survey.vault import new_keyring

PASSWORD = "一句很长的密码 2025"
PASSPHRASE = "备份用的一句很长的话"


@pytest.fixture(autouse=True)
def passphrase(monkeypatch):
    monkeypatch.setattr(envelope, "COST", 10)
    monkeypatch.setenv("SURVEY_BACKUP_PASSPHRASE", PASSPHRASE)


@dataclass
class Machine:
    """Where the commands find an installation. `switch` makes them find this one."""

    folder: Path
    address: str
    patch: pytest.MonkeyPatch

    def switch(self) -> None:
        self.patch.setenv("SURVEY_INSTANCE", str(self.folder))
        self.patch.setenv("DATABASE_URL", self.address)

    def files(self) -> dict[str, bytes]:
        return {
            str(path): path.read_bytes()
            for path in sorted(self.folder.parent.rglob("*"))
            if path.is_file() and path.name != "in-use.lock"
        }


@pytest.fixture
def machine(server, tmp_path, monkeypatch):
    """`machine("name")`: an empty one; `machine("name", address)`: with a database of its own choice."""
    made: list[str] = []

    def make(name: str, address: str = "") -> Machine:
        place = tmp_path / name
        place.mkdir()
        if not address:
            address = server.new_empty(place)
            made.append(address)
        return Machine(place / "instance", address, monkeypatch)

    yield make
    for address in made:
        server.drop(address)


def live_in(machine: Machine) -> None:
    """A round with interviews, and somebody who can log in."""
    from flask_security import hash_password

    machine.switch()
    app = create_app()
    ensure_database(app)
    with app.app_context():
        session = db.session()
        user, _once = accounts.add_user(
            session, trail.SYSTEM, NOON, username="王芳", display_name="王芳", hash_password=hash_password
        )
        accounts.change_password(session, NOON, user, hash_password(PASSWORD))
        survey = make_survey(session, app.extensions["vault"], {"一片区": 30, "二片区": 20}, {"*": 20})
        survey.interview(words={"F6": "社工人好，“常来”看我\n谢谢 🙏"})
        survey.finish("D12")
        session.commit()
        db.session.remove()
        db.engine.dispose()


def in_app(machine: Machine):
    machine.switch()
    return create_app({"WTF_CSRF_ENABLED": False})


def everything(machine: Machine) -> dict[str, list[tuple]]:
    """All rows of all tables but what backing up and restoring add to the trail."""
    app = in_app(machine)
    with app.app_context():
        found = {}
        for table in db.metadata.sorted_tables:
            rows = db.session.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows if "backup." not in str(row)]
        db.session.remove()
        db.engine.dispose()
    return found


@pytest.fixture(scope="module")
def old(server, tmp_path_factory) -> Iterator[Machine]:
    """The installation that is backed up; tests leave it as it is."""
    place = tmp_path_factory.mktemp("old")
    address = server.new_empty(place)
    with pytest.MonkeyPatch.context() as patch:
        made = Machine(place / "instance", address, patch)
        live_in(made)
        yield made
    server.drop(address)


@pytest.fixture(scope="module")
def backup_of_old(old, tmp_path_factory) -> bytes:
    file = tmp_path_factory.mktemp("backup") / "backup.huifang"
    old.switch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "COST", 10)
        write_backup(file, PASSPHRASE)
    assert file.stat().st_mode & 0o077 == 0, "only its owner reads it"
    return file.read_bytes()


@pytest.fixture
def backed_up(backup_of_old, tmp_path) -> Path:
    file = tmp_path / "backup.huifang"
    file.write_bytes(backup_of_old)
    return file


@pytest.fixture
def new(machine) -> Machine:
    return machine("new")


def test_an_empty_machine_takes_the_backup_over_and_goes_on(survey, backed_up, old, new):
    new.switch()
    done = survey("restore", str(backed_up))

    assert done.code == 0, done.err
    assert everything(new) == everything(old)
    app = in_app(new)
    login = app.test_client().post("/login", data={"username": "王芳", "password": PASSWORD})
    assert login.status_code == 302
    with app.app_context():
        session, vault = db.session(), app.extensions["vault"]
        contact = session.scalars(select(Contact)).first()
        assert personal.open_contact(vault, contact).phones[0].number.startswith("138")
        assert list(unopenable_contacts(session, vault)) == []
        assert list(strayed_rows(session)) == []
        assert list(trail.broken_links(session)) == []
        user, case = session.scalars(select(User)).first(), session.scalars(select(Case)).first()
        session.add(Attempt(uid="a1", case_id=case.id, user_id=user.id, recorded_at=NOON, outcome="D20"))
        trail.record(session, trail.SYSTEM, "frame.sealed", NOON, critical=True)
        session.commit()
        assert list(trail.broken_links(session)) == []


def test_what_was_sealed_stays_guarded_after_the_restore(survey, backed_up, new):
    new.switch()
    survey("restore", str(backed_up))

    app = in_app(new)
    with app.app_context():
        for statement in ("DELETE FROM audit_entry", "UPDATE frame_row SET persons = 9"):
            with pytest.raises(DBAPIError):
                db.session.execute(text(statement))
            db.session.rollback()


def test_a_backup_of_sqlite_goes_into_the_database_at_hand(survey, machine, new, tmp_path):
    old = machine("small", f"sqlite:///{tmp_path / 'small.db'}")
    live_in(old)
    survey("backup", str(tmp_path / "small.huifang"))

    new.switch()
    done = survey("restore", str(tmp_path / "small.huifang"))

    assert done.code == 0, done.err
    assert everything(new) == everything(old)


def test_no_token_comes_back_with_a_backup(survey, machine, new, tmp_path):
    """It might have been ended since the backup was made."""
    old = machine("with-token", f"sqlite:///{tmp_path / 'with-token.db'}")
    live_in(old)
    with in_app(old).app_context():
        make_token(db.session(), db.session.scalars(select(User)).first())
        db.session.remove()
        db.engine.dispose()
    survey("backup", str(tmp_path / "with-token.huifang"))

    new.switch()
    survey("restore", str(tmp_path / "with-token.huifang"))

    with in_app(new).app_context():
        (token,) = db.session.scalars(select(ApiToken))
        assert token.revoked_at is not None


def test_a_backup_holds_one_moment_whatever_others_write_meanwhile(old):
    app = in_app(old)
    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(User))
        db.session.rollback()
        with snapshot() as connection:
            lines = content.lines(connection, content.About("", "", "", ""))
            next(lines), next(lines)
            db.session.add(User(username="半途", display_name="半途", fs_uniquifier="x", created_at=NOON))
            db.session.commit()
            *_, last = lines
        db.session.execute(text("DELETE FROM \"user\" WHERE username = '半途'"))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()

    assert json.loads(last)["end"]["user"] == before


def test_the_file_shows_nothing_of_what_it_holds(backup_of_old):
    assert not any(word in backup_of_old for word in ("陈女士".encode(), b"keys", b"audit_entry"))


def test_making_and_restoring_a_backup_stand_in_the_trail(survey, backed_up, new):
    new.switch()
    survey("restore", str(backed_up))

    with in_app(new).app_context():
        actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions[-2:] == ["backup.made", "backup.restored"]


def test_an_existing_backup_file_is_not_overwritten(survey, backed_up, old):
    before = backed_up.read_bytes()

    done = survey("backup", str(backed_up))

    assert done.code == 2 and backed_up.read_bytes() == before


def test_nothing_is_backed_up_where_nothing_is(survey, new, tmp_path):
    new.switch()

    done = survey("backup", str(tmp_path / "b"))

    assert done.code == 2 and done.err.count("\n") == 1
    assert not (tmp_path / "b").exists() and not new.folder.exists()


def test_a_short_passphrase_is_refused(survey, old, tmp_path, monkeypatch):
    old.switch()
    (tmp_path / "passphrase").write_text("太短的话\n")

    done = survey("backup", str(tmp_path / "b"), "--passphrase-file", str(tmp_path / "passphrase"))

    assert done.code == 2 and "10" in done.err


@pytest.mark.parametrize("fault", ["passphrase", "cut", "changed", "foreign", "missing"])
def test_a_bad_file_or_passphrase_is_one_line_and_changes_nothing(survey, backed_up, new, monkeypatch, fault):
    new.switch()
    sealed = bytearray(backed_up.read_bytes())
    if fault == "passphrase":
        monkeypatch.setenv("SURVEY_BACKUP_PASSPHRASE", "另一句很长很长很长的话")
    elif fault == "cut":
        backed_up.write_bytes(sealed[:-100])
    elif fault == "changed":
        sealed[-500] ^= 1
        backed_up.write_bytes(sealed)
    elif fault == "foreign":
        backed_up.write_bytes(b"PK\x03\x04")
    else:
        backed_up.unlink()

    done = survey("restore", str(backed_up))

    assert done.code == 2 and done.err.count("\n") == 1
    assert new.files() == {}
    assert survey("db", "check").code == 1, "the database is as empty as before"


def test_a_backup_of_a_newer_program_asks_for_the_upgrade(survey, old, new, tmp_path, monkeypatch):
    old.switch()
    future = content.About("9.9", "", "from-the-future", new_keyring().to_json())
    monkeypatch.setattr("survey.commands.backup.about", lambda app: future)
    survey("backup", str(tmp_path / "b"))

    new.switch()
    done = survey("restore", str(tmp_path / "b"))

    assert done.code == 2 and "9.9" in done.err and done.err.count("\n") == 1
    assert new.files() == {}


def test_an_installation_with_people_in_it_is_not_overwritten(survey, backed_up, new):
    new.switch()
    survey("user", "add", "李四", "--role", "admin")

    done = survey("restore", str(backed_up))

    assert done.code == 2
    assert "李四" in survey("user", "list").out


def test_a_machine_that_was_only_started_is_restored_to(survey, backed_up, old, new):
    new.switch()
    survey("db", "upgrade")

    done = survey("restore", str(backed_up))

    assert done.code == 0, done.err
    assert everything(new) == everything(old)


def test_replacing_keeps_the_former_files_under_other_names(survey, backed_up, old, machine, tmp_path):
    new = machine("former", f"sqlite:///{tmp_path / 'former' / 'huifang.db'}")
    new.switch()
    survey("user", "add", "李四", "--role", "admin")
    keys = (new.folder / "keys.json").read_text()

    done = survey("restore", str(backed_up), "--replace")

    assert done.code == 0, done.err
    (former,) = (tmp_path / "former").glob("huifang.db.before-*")
    with sqlite3.connect(former) as connection:
        assert connection.execute('SELECT username FROM "user"').fetchall() == [("李四",)]
    connection.close()
    (former_keys,) = new.folder.glob("keys.json.before-*")
    assert former_keys.read_text() == keys
    assert everything(new) == everything(old)


def test_nothing_is_restored_under_a_running_server(survey, backed_up, new):
    new.switch()
    with in_use(new.folder):
        done = survey("restore", str(backed_up))

    assert done.code == 2 and done.err.count("\n") == 1
    assert new.files() == {}


def test_a_database_that_somebody_has_open_is_not_replaced(survey, backed_up, machine, tmp_path):
    new = machine("open", f"sqlite:///{tmp_path / 'open' / 'huifang.db'}")
    new.switch()
    survey("user", "add", "李四", "--role", "admin")
    other = sqlite3.connect(tmp_path / "open" / "huifang.db")
    other.execute("SELECT * FROM user").fetchone()

    done = survey("restore", str(backed_up), "--replace")
    other.close()

    assert done.code == 2
    assert "李四" in survey("user", "list").out


def test_other_keys_in_the_environment_are_refused(survey, backed_up, new, monkeypatch, vault):
    new.switch()
    monkeypatch.setenv("SURVEY_KEYS", vault.to_json())

    done = survey("restore", str(backed_up))

    assert done.code == 2 and "SURVEY_KEYS" in done.err
    assert new.files() == {}
