"""The database handle, and what SQLite needs so that it neither loses nor refuses a write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event

from survey.models import Base

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

#: whether transactions begun now may write; the web sets it to False for GET, so that reading never waits for a writer
writing: ContextVar[bool] = ContextVar("writing", default=True)


@contextmanager
def others_may_write() -> Iterator[None]:
    """Only read for a while, in the middle of a request or command that will write again afterwards: what takes long
    keeps nobody else waiting. Nothing may have been written before."""
    db.session.rollback()
    before = writing.set(False)
    try:
        yield
    finally:
        db.session.rollback()
        writing.reset(before)


PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "secure_delete=ON",
)

#: seconds that a writer waits for the others of its process
LONGEST_TURN = 30

#: milliseconds that emptying the log waits for those who read
PATIENCE = 2000


def prepare_sqlite(engine: Engine) -> None:
    """WAL and full sync; a writing transaction takes the write lock at its start, so two writers queue instead of failing."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # this module says BEGIN, not the driver
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    turn = Turn()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        if writing.get():
            turn.take(connection.info)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def end(connection: Any) -> None:
        if not connection.invalidated:  # a lost one was checked in already
            turn.give(connection.info)

    @event.listens_for(engine, "checkin")
    def come_back(_connection: Any, record: Any) -> None:
        turn.give(record.info)


class Turn:
    """Writers of one process queue here. SQLite itself only lets each ask again and again, ever more seldom, so that
    some wait for seconds while the file is free."""

    def __init__(self) -> None:
        self.lock = Lock()

    def take(self, info: dict[str, Any]) -> None:
        """Wait, but no longer than SQLite would; then it may refuse."""
        if "turn" not in info and self.lock.acquire(timeout=LONGEST_TURN):
            info["turn"] = self

    def give(self, info: dict[str, Any]) -> None:
        if info.pop("turn", None) is not None:
            self.lock.release()


def leave_no_trace(engine: Engine) -> None:
    """After a deletion: SQLite's write-ahead log, which still holds the deleted, is emptied into the file, where it is
    overwritten. While somebody reads, as much as goes. PostgreSQL's own vacuum sees to the rest there."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={PATIENCE}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        connection.close()
