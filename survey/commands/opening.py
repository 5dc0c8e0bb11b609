"""Open this installation for a command: its settings, its keys, and its database brought up to date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from survey.errors import N_, Conflict, SurveyError
from survey.private import OTHERS, refuse_loose

if TYPE_CHECKING:
    from alembic.config import Config
    from flask import Flask
    from flask_migrate import Migrate
    from sqlalchemy import URL


@contextmanager
def opened() -> Iterator[Flask]:
    """The app inside its context, with a database that is there and up to date. What it creates, only its owner reads."""
    from survey.app import create_app

    umask = os.umask(OTHERS)
    try:
        app = create_app()
        refuse_loose(Path(app.config["KEYS_FILE"]))
        ensure_database(app)
        with app.app_context():
            refuse_foreign_keys(app)
            yield app
            let_go()
    finally:
        os.umask(umask)


def refuse_foreign_keys(app: Flask) -> None:
    """Raises Conflict when the keys are not those that sealed this database: going on would seal with two sets of keys."""
    from survey.db import db
    from survey.services.personal import sealed_with

    if not sealed_with(db.session(), app.extensions["vault"]):
        raise Conflict(
            "keys-of-another-database",
            N_(
                "密钥文件 %(file)s 打不开数据库里的名单：密钥丢失后被重新生成，或取自别处。请从备份恢复密钥（survey restore）。"
            ),
            file=app.config["KEYS_FILE"],
        )
    let_go()


def let_go() -> None:
    """Close every connection of the app in whose context this is."""
    from survey.db import db

    db.session.remove()
    db.engine.dispose()


@contextmanager
def in_use(folder: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold the installation while serving it, or (`alone`) while nobody else may; raises Conflict when others hold it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "in-use.lock").open("w") as file:
        if os.name == "posix":
            import fcntl

            try:
                fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(
                    "instance-in-use",
                    N_(
                        "%(folder)s 正在使用中（survey serve 或 survey restore 在运行）。请先停止它，再试一次。"
                    ),
                    folder=str(folder),
                ) from None
        yield


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
    from sqlalchemy import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from survey.db import db, writing

    scripts = ScriptDirectory.from_config(alembic_config(app))
    reading = writing.set(False)  # asking needs no write lock
    try:
        with app.app_context(), db.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise unreachable(make_url(app.config["SQLALCHEMY_DATABASE_URI"]), error) from None
    finally:
        writing.reset(reading)
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return Revisions(current, scripts.get_current_head() or "", known)


def unreachable(address: URL, error: Exception) -> SurveyError:
    reason = str(getattr(error, "orig", error)).strip().splitlines()
    return Conflict(
        "database-unreachable",
        N_("连不上数据库 %(address)s：%(reason)s。请检查 DATABASE_URL，并确认数据库已启动、文件夹可写。"),
        address=address.render_as_string(hide_password=True),
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
    if found.current is not None:
        follow_the_facts(app)


def follow_the_facts(app: Flask) -> None:
    """What is kept beside the facts, written anew: a migration adds columns but knows no calling rules, and tables but
    counts no answers."""
    from survey.db import db
    from survey.services import cases, frozen
    from survey.web.clock import now

    with app.app_context():
        cases.recompute_everything(db.session(), now())
        frozen.freeze_missing(db.session(), now())
        db.session.commit()
        let_go()


def upgrade(app: Flask, revision: str = "head") -> None:
    """Run the migrations up to `revision`, then let go of every connection (a server forks afterwards)."""
    from alembic import command

    with app.app_context():
        command.upgrade(alembic_config(app), revision)
        let_go()
