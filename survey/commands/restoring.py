"""Put a backup in place: whole, or not at all. What was there before gets another name and is never deleted."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from flask import Config, Flask
from sqlalchemy import URL, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from survey.app import ROOT, create_app, read_settings
from survey.backup.content import About, Content
from survey.backup.envelope import unseal
from survey.commands.opening import ensure_database, in_use, let_go, revisions, unreachable, upgrade
from survey.db import db, leave_no_trace
from survey.errors import N_, Conflict, Unreadable
from survey.private import set_aside, write_private
from survey.services import api_tokens, report_links, trail, withdrawal, withdrawal_list
from survey.vault import keyring_from_json
from survey.web.clock import now

#: an installation in which one of these has a row is not empty
TELLING = ("user", "season", "station")


@dataclass(slots=True)
class Restored:
    """`withdrawn_again`: interviews whose answers came back with the backup and were deleted again."""

    about: About
    counts: dict[str, int] = field(default_factory=dict)
    withdrawn_again: int = 0
    set_aside: list[Path] = field(default_factory=list)


def settings_here() -> Config:
    """The settings of this installation, without making an app (which would make keys)."""
    return read_settings(Config(str(ROOT)), {})


def restore_from(
    file: BinaryIO, passphrase: str, *, replace: bool, withdrawals: Sequence[Path] = ()
) -> Restored:
    """Restore the opened backup into the installation that the settings name; every error leaves that as it was.

    What was withdrawn since the backup, by the list in the instance folder and by other copies of it, is deleted again.
    """
    content = Content(unseal(file, passphrase))
    settings = settings_here()
    url = make_url(settings["SQLALCHEMY_DATABASE_URI"])
    folder = Path(settings["INSTANCE"])
    refuse_other_keys(content.about)
    known = withdrawn_since((folder / withdrawal_list.NAME, *withdrawals))
    with in_use(folder, alone=True), TemporaryDirectory(prefix=".restore-", dir=folder) as workshop:
        place = restore_file if url.get_backend_name() == "sqlite" else restore_server
        return place(content, url, Path(settings["KEYS_FILE"]), Path(workshop), replace, known)


def withdrawn_since(lists: Sequence[Path]) -> Mapping[str, datetime]:
    return {mark: at for path in lists for mark, at in withdrawal_list.read(path).items()}


def refuse_other_keys(about: About) -> None:
    """Keys in the environment outrank the file; with others than those of the backup its data would stay shut."""
    given = os.environ.get("SURVEY_KEYS")
    if given and keyring_from_json(given) != keyring_from_json(about.keys):
        raise Conflict(
            "other-keys",
            N_(
                "环境变量 SURVEY_KEYS 里的密钥与备份中的不同，恢复后数据无法打开。请先去掉该变量，或换成备份时的密钥。"
            ),
        )


def restore_file(
    content: Content, url: URL, keys: Path, workshop: Path, replace: bool, known: Mapping[str, datetime]
) -> Restored:
    """SQLite: build the database apart, then rename."""
    target = Path(url.database or "")
    if not target.is_absolute():
        raise Conflict("database-relative", N_("请把 DATABASE_URL 写成绝对路径（sqlite:////…），再恢复。"))
    if not replace and occupied(url):
        raise Conflict(
            "instance-occupied",
            N_("%(database)s 里已有数据。要换下它请加 --replace（原有文件改名保留）。"),
            database=str(target),
        )
    close_file(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    built = target.with_name(f".{workshop.name}.db")
    try:
        app = workshop_app(f"sqlite:///{built}", content, workshop)
        done = Restored(content.about, *fill(app, content, known))
        with keys_in_place(keys, done):
            done.set_aside += [set_aside(path, stamp()) for path in files_of(target)]
            os.replace(built, target)
    finally:
        for path in files_of(built):
            path.unlink()
    return done


def restore_server(
    content: Content, url: URL, keys: Path, workshop: Path, _replace: bool, known: Mapping[str, datetime]
) -> Restored:
    """PostgreSQL: one transaction into an empty database. A full one is left alone: it is the way back."""
    if occupied(url):
        raise Conflict(
            "instance-occupied",
            N_(
                "数据库 %(database)s 里已有数据。请新建一个空数据库，让 DATABASE_URL 指向它，再恢复；原数据库保持不变。"
            ),
            database=url.render_as_string(hide_password=True),
        )
    app = workshop_app(url.render_as_string(hide_password=False), content, workshop)
    if revisions(app).current not in (None, content.about.revision):
        raise Conflict(
            "database-other-version",
            N_("数据库里已建好另一版本的空表。请新建一个空数据库，让 DATABASE_URL 指向它，再恢复。"),
        )
    done = Restored(content.about)
    with keys_in_place(keys, done):
        done.counts, done.withdrawn_again = fill(app, content, known)
    return done


def workshop_app(address: str, content: Content, workshop: Path) -> Flask:
    """An app with the keys of the backup, apart from the installation."""
    keys = workshop / "keys.json"
    write_private(keys, [content.about.keys.encode()])
    return create_app({"INSTANCE": workshop, "KEYS_FILE": keys, "SQLALCHEMY_DATABASE_URI": address})


def fill(app: Flask, content: Content, known: Mapping[str, datetime]) -> tuple[dict[str, int], int]:
    """Tables as they were when the backup was made, then the rows, then what migrations have changed since, and what
    was withdrawn since. Rows per table, and interviews withdrawn again."""
    about = content.about
    if about.revision not in revisions(app).known:
        raise Unreadable(
            "backup-newer",
            N_("备份由较新的程序（%(version)s）写出。请先升级程序，再恢复。"),
            version=about.version,
        )
    upgrade(app, about.revision)
    with app.app_context():
        with db.engine.begin() as connection:
            counts = content.load(connection)
        let_go()
    ensure_database(app)
    with app.app_context():
        trail.record(db.session(), trail.SYSTEM, "backup.restored", now(), made_at=about.made_at)
        api_tokens.end_all(db.session(), trail.SYSTEM, now())
        report_links.end_all(db.session(), trail.SYSTEM, now())
        again = withdrawal.repeat(db.session(), app.extensions["vault"], now(), known)
        db.session.commit()
        leave_no_trace(db.engine)
        let_go()
    return counts, again


@contextmanager
def keys_in_place(keys: Path, done: Restored) -> Iterator[None]:
    """The file of keys becomes that of the backup; the former one comes back when something fails meanwhile."""
    if os.environ.get("SURVEY_KEYS"):
        yield
        return
    aside = set_aside(keys, stamp()) if keys.exists() else None
    try:
        write_private(keys, [done.about.keys.encode()])
        yield
    except BaseException:
        keys.unlink(missing_ok=True)
        if aside:
            aside.rename(keys)
        raise
    done.set_aside += [aside] if aside else []


def occupied(url: URL) -> bool:
    """Whether there is anything to lose. A file that cannot be read as a database counts as something."""
    if url.get_backend_name() == "sqlite" and not files_of(Path(url.database or "")):
        return False
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            return any(
                connection.scalar(text(f'SELECT count(*) FROM "{name}"'))
                for name in TELLING
                if name in tables
            )
    except DBAPIError as error:
        if engine.dialect.name == "sqlite":
            return True
        raise unreachable(url, error) from None
    finally:
        engine.dispose()


def close_file(target: Path) -> None:
    """Fold the write-ahead log into the file, which succeeds only when nobody else has it open."""
    if not target.exists():
        return
    with closing(sqlite3.connect(target, timeout=1)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise Conflict(
                "instance-in-use",
                N_("%(folder)s 正在使用中（survey serve 或 survey restore 在运行）。请先停止它，再试一次。"),
                folder=str(target.parent),
            ) from None
        except sqlite3.DatabaseError:
            return  # no database at all: it is set aside as it is


def files_of(database: Path) -> list[Path]:
    """The files of a SQLite database that exist."""
    found = [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
    return [path for path in found if path.exists()]


def stamp() -> str:
    return now().strftime("%Y%m%d-%H%M%S")
