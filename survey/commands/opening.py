"""Open this installation for a command: its settings, its keys, and its database brought up to date."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from survey.errors import N_, Conflict, SurveyError

if TYPE_CHECKING:
    from alembic.config import Config
    from flask import Flask
    from flask_migrate import Migrate

PRIVATE = 0o077  # what others may not do with the database, the keys and the certificate


@contextmanager
def opened() -> Iterator[Flask]:
    """The app inside its context, with a database that is there and up to date. What it creates, only its owner reads."""
    from survey.app import create_app

    umask = os.umask(PRIVATE)
    try:
        app = create_app()
        refuse_loose_keys(Path(app.config["KEYS_FILE"]))
        ensure_database(app)
        with app.app_context():
            yield app
    finally:
        os.umask(umask)


def refuse_loose_keys(path: Path) -> None:
    """Raises Conflict when others on this machine may read the file of keys."""
    if os.name != "posix" or not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & PRIVATE:
        raise Conflict(
            "keys-readable-by-others",
            N_(
                "密钥文件 %(file)s 的权限是 %(mode)s，同一台机器上的其他人也能读到。请先运行：chmod 600 %(file)s"
            ),
            file=str(path),
            mode=f"{mode:o}",
        )


@dataclass(frozen=True, slots=True)
class Revisions:
    """Where the database stands in the migrations. `current` is None in an empty database."""

    current: str | None
    head: str
    known: frozenset[str]

    @property
    def up_to_date(self) -> bool:
        return self.current == self.head


def revisions(app: Flask) -> Revisions:
    """Raises SurveyError when the database cannot be reached."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy.exc import SQLAlchemyError

    from survey.db import db, writing

    scripts = ScriptDirectory.from_config(alembic_config(app))
    reading = writing.set(False)  # asking needs no write lock
    try:
        with app.app_context(), db.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise unreachable(app, error) from None
    finally:
        writing.reset(reading)
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return Revisions(current, scripts.get_current_head() or "", known)


def unreachable(app: Flask, error: Exception) -> SurveyError:
    from sqlalchemy import make_url

    shown = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).render_as_string(hide_password=True)
    reason = str(getattr(error, "orig", error)).strip().splitlines()
    return Conflict(
        "database-unreachable",
        N_("连不上数据库 %(address)s：%(reason)s。请检查 DATABASE_URL，并确认数据库已启动、文件夹可写。"),
        address=shown,
        reason=reason[0] if reason else type(error).__name__,
    )


def alembic_config(app: Flask) -> Config:
    migrate: Migrate = app.extensions["migrate"].migrate
    with app.app_context():
        config: Config = migrate.get_config()
    return config


def ensure_database(app: Flask) -> None:
    """Create the database or upgrade it to the newest migration; nothing happens when it is there already.

    Raises Conflict when it cannot be reached or was written by a newer version.
    """
    found = revisions(app)
    if found.up_to_date:
        return
    if found.current is not None and found.current not in found.known:
        raise Conflict(
            "database-newer",
            N_("数据库的版本（%(revision)s）比本程序新。请升级程序后再用，旧程序不会改动它。"),
            revision=found.current,
        )
    upgrade(app)


def upgrade(app: Flask, revision: str = "head") -> None:
    """Run the migrations up to `revision`, then let go of every connection (a server forks afterwards)."""
    from alembic import command

    from survey.db import db

    with app.app_context():
        command.upgrade(alembic_config(app), revision)
        db.session.remove()
        db.engine.dispose()
