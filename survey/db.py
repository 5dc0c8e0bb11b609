"""The database handle, and what SQLite needs so that it neither loses nor refuses a write."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event

from survey.models import Base

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

#: whether transactions begun now may write; the web sets it to False for GET, so that reading never waits for a writer
writing: ContextVar[bool] = ContextVar("writing", default=True)

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "secure_delete=ON",
)

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

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")


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
