"""Databases, the app and browsers for the tests. With SURVEY_TEST_DATABASE (a PostgreSQL address) they use that."""

from __future__ import annotations

import gc
import json
import os
import shutil
import uuid
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from build import People
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine, create_engine, make_url, text
from sqlalchemy.orm import Session
from web_client import Client
from werkzeug.routing import Rule

from survey.db import db, writing
from survey.vault import new_keyring

POSTGRES = os.environ.get("SURVEY_TEST_DATABASE", "")
LEFT_OUT = pytest.StashKey[int]()

# Cores shared by several workers say nothing about a test: no example has a deadline.
settings.register_profile(
    "unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")

# Each app and each page leave many objects behind; looking through all of them as often as Python does costs a tenth.
gc.freeze()
gc.set_threshold(100_000, 20, 50)

# The command line speaks Chinese unless the terminal is English.
os.environ["LC_ALL"] = "C.UTF-8"

# Every app hashes at its start: argon2 at its cheapest, for all apps and processes of the tests.
# test_app.py looks at an app without this.
CHEAP_HASHES = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
os.environ["SURVEY_SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"] = json.dumps(CHEAP_HASHES)


class CompiledTemplates(BytecodeCache):
    """What Jinja made of a template's source, so that not every test's app compiles it anew."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED_TEMPLATES = CompiledTemplates()


class KnownRule(Rule):
    """Werkzeug parses each route of each app and compiles two functions for it; here equal routes of all tests' apps share
    what came out."""

    known: ClassVar[dict[tuple[str, str | None, str | None], Rule]] = {}

    def compile(self) -> None:
        known = self if self.defaults else self.known.setdefault((self.rule, self.subdomain, self.host), self)
        if known is self:
            super().compile()
            return
        self._parts, self._trace, self._converters = known._parts, known._trace, known._converters
        self.arguments |= known.arguments
        self._build = known._build.__func__.__get__(self)
        self._build_unknown = known._build_unknown.__func__.__get__(self)


Flask.url_rule_class = KnownRule


#: by kind of database: the dialect whose compiled statements every test's engine uses
DIALECTS: dict[str, tuple[Dialect, MutableMapping[Any, Any]]] = {}


def share_compiled_statements(engine: Engine) -> None:
    """SQLAlchemy keeps what it compiled by engine and dialect; here the engines of all tests have both in common, so that
    not every test compiles the same statements anew. Databases and connections stay each test's own."""
    if engine.name not in DIALECTS:
        engine.connect().close()  # a dialect knows its database once it has connected
        DIALECTS[engine.name] = engine.dialect, engine._compiled_cache
    engine.dialect, engine._compiled_cache = DIALECTS[engine.name]
    engine.pool._dialect = engine.dialect


def make_app(folder: Path, address: str) -> Flask:
    from survey.app import create_app

    app = create_app(
        {
            "TESTING": True,
            "INSTANCE": folder,
            "KEYS_FILE": folder / "keys.json",
            "SQLALCHEMY_DATABASE_URI": address,
            "RATELIMIT_ENABLED": False,
            "SECURITY_HASHING_SCHEMES": ["argon2"],
        }
    )
    app.jinja_env.bytecode_cache = COMPILED_TEMPLATES
    with app.app_context():
        share_compiled_statements(db.engine)
    return app


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


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Named test files start sooner without workers (`-n 2` gives them some); all else is shared out over the cores."""
    only_files = all(argument.split("::")[0].endswith(".py") for argument in config.args)
    return 0 if only_files else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A second database tells nothing new about tests that touch none, or that look at pages only: the run on
    PostgreSQL leaves them out."""
    if not POSTGRES:
        return
    left_out = [item for item in items if not depends_on_database(item)]
    config.stash[LEFT_OUT] = len(left_out)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if depends_on_database(item)]


def depends_on_database(item: pytest.Item) -> bool:
    """Uses one, directly or through other fixtures, for more than the look of pages."""
    return "server" in getattr(item, "fixturenames", ()) and item.get_closest_marker("appearance") is None


def pytest_testnodedown(node) -> None:
    """Only the workers collect; each has left out the same tests."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """Say loudly what this run did not cover."""
    if not POSTGRES:
        terminalreporter.write_line(
            "NOTE: ran on SQLite only; set SURVEY_TEST_DATABASE to run those that touch a database on PostgreSQL.",
            yellow=True,
        )
    if config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"NOTE: {config.stash[LEFT_OUT]} tests that touch no database, or look at pages only, are left out on PostgreSQL; "
            "they run on SQLite only, without SURVEY_TEST_DATABASE.",
            yellow=True,
        )
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"SKIPPED: {report.nodeid}: {report.longrepr[2]}", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under CI nothing may be skipped silently."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = 1
