"""Databases, the app and browsers for the tests. SURVEY_TEST_DATABASE (a PostgreSQL address) runs everything on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from build import People
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session
from web_client import Client

from survey.db import db, writing
from survey.vault import new_keyring

POSTGRES = os.environ.get("SURVEY_TEST_DATABASE", "")


def make_app(folder: Path, address: str) -> Flask:
    from survey.app import create_app

    return create_app(
        {
            "TESTING": True,
            "INSTANCE": folder,
            "KEYS_FILE": folder / "keys.json",
            "SQLALCHEMY_DATABASE_URI": address,
            "RATELIMIT_ENABLED": False,
            "SECURITY_HASHING_SCHEMES": ["argon2"],
        }
    )


def upgrade(app: Flask) -> None:
    from flask_migrate import upgrade

    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


class SqliteServer:
    """Databases are files; each test starts from a copy of a migrated one."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / "template.db"
        upgrade(make_app(folder, f"sqlite:///{self.template}"))

    def new(self, folder: Path) -> str:
        path = folder / "test.db"
        shutil.copy(self.template, path)
        return f"sqlite:///{path}"

    def new_empty(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'empty.db'}"

    def drop(self, address: str) -> None:
        """The folder goes away by itself."""


class PostgresServer:
    """Each test gets a database made from a migrated template."""

    def __init__(self, folder: Path) -> None:
        self.address = make_url(POSTGRES)
        self.admin = create_engine(self.address, isolation_level="AUTOCOMMIT")
        self.template = f"huifang_template_{uuid.uuid4().hex[:8]}"
        self.execute(f'CREATE DATABASE "{self.template}"')
        upgrade(make_app(folder, self.url(self.template)))

    def url(self, name: str) -> str:
        return self.address.set(database=name).render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        with self.admin.connect() as connection:
            connection.execute(text(statement))

    def new(self, folder: Path) -> str:
        name = f"huifang_test_{uuid.uuid4().hex[:8]}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        return self.url(name)

    def new_empty(self, folder: Path) -> str:
        name = f"huifang_empty_{uuid.uuid4().hex[:8]}"
        self.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop(self, address: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{make_url(address).database}" WITH (FORCE)')


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteServer | PostgresServer]:
    folder = tmp_path_factory.mktemp("server")
    if not POSTGRES:
        yield SqliteServer(folder)
        return
    postgres = PostgresServer(folder)
    yield postgres
    postgres.drop(postgres.url(postgres.template))
    postgres.admin.dispose()


@pytest.fixture
def address(server: SqliteServer | PostgresServer, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database."""
    made = server.new(tmp_path)
    yield made
    server.drop(made)


@pytest.fixture
def app(address: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, address)
    with app.app_context():
        writing.set(True)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Session:
    """A database session for tests of services (commit where another connection has to see it)."""
    return db.session()


@pytest.fixture(scope="session")
def vault():
    return new_keyring()


@pytest.fixture
def people(session: Session) -> People:
    return People(session)


@pytest.fixture
def client(app: Flask) -> Client:
    """Nobody signed in; `client.sign_in(user)` changes that. Checks every page it gets."""
    return Client(app)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say loudly what this run did not cover."""
    if not POSTGRES:
        terminalreporter.write_line(
            "NOTE: ran on SQLite only; set SURVEY_TEST_DATABASE to run the same tests on PostgreSQL.",
            yellow=True,
        )
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"SKIPPED: {report.nodeid}: {report.longrepr[2]}", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under CI nothing may be skipped silently."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = 1
