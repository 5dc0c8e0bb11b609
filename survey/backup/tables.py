"""All rows of a database as values that JSON can carry, and back into an empty one, of either kind.

SQLite and PostgreSQL take the same path, so a backup of one can be restored into the other. The tables are asked
from the database itself, not from today's models, so that a backup made by an older version finds the columns it had.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, func, null, select, text

AT_ONCE = 1000
#: who says which migration the database stands at; not data
NOT_DATA = frozenset({"alembic_version"})


def tables_of(connection: Connection) -> list[Table]:
    """The tables with data, referred-to ones first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in NOT_DATA]


def rows_of(connection: Connection, table: Table) -> Iterator[list[Any]]:
    """Every row in the order of its key, so that a row that refers to an earlier one follows it."""
    encoders = [encoder(column) for column in table.columns]
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    for row in connection.execute(query):
        yield [None if value is None else encode(value) for encode, value in zip(encoders, row, strict=True)]


def insert_rows(connection: Connection, table: Table, names: list[str], rows: Iterable[list[Any]]) -> int:
    """Put rows with these columns in; how many they were."""
    columns = [table.columns[name] for name in names]
    decoders = [decoder(column) for column in columns]
    count = 0
    for batch in batches(rows):
        values = [
            {name: decode(value) for name, decode, value in zip(names, decoders, row, strict=True)}
            for row in batch
        ]
        connection.execute(table.insert(), values)
        count += len(batch)
    return count


def batches(rows: Iterable[list[Any]]) -> Iterator[list[list[Any]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, AT_ONCE)):
        yield batch


def count_rows(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def encoder(column: Column[Any]) -> Callable[[Any], Any]:
    kind = column.type.python_type
    if kind is datetime:
        return encode_time
    if kind is date:
        return date.isoformat
    if kind is bytes:
        return lambda value: b64encode(value).decode()
    return lambda value: value


def decoder(column: Column[Any]) -> Callable[[Any], Any]:
    kind = column.type.python_type
    if kind is datetime:
        aware = bool(getattr(column.type, "timezone", False))
        return given(lambda value: decode_time(value, aware))
    if kind is date:
        return given(date.fromisoformat)
    if kind is bytes:
        return given(b64decode)
    if kind is dict:  # JSON: SQL's null where it may stand, JSON's own otherwise
        return lambda value: null() if value is None and column.nullable else value
    return lambda value: value


def given(decode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else decode(value)


def encode_time(value: datetime) -> str:
    return (value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)).isoformat()


def decode_time(value: str, aware: bool) -> datetime:
    """PostgreSQL stores the instant; SQLite its UTC reading without a zone."""
    instant = datetime.fromisoformat(value)
    return instant.replace(tzinfo=UTC) if aware else instant


@contextmanager
def unguarded(connection: Connection, tables: list[Table]) -> Iterator[None]:
    """Without the triggers that refuse changes of sealed things, inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        names = [connection.dialect.identifier_preparer.format_table(table) for table in tables]
        for name in names:
            connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        yield
        for name in names:
            connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
    else:
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        triggers = [(str(name), str(sql)) for name, sql in found]
        for name, _sql in triggers:
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        yield
        for _name, sql in triggers:
            connection.exec_driver_sql(sql)


def continue_numbering(connection: Connection, tables: list[Table]) -> None:
    """PostgreSQL counts new rows from behind the restored ones (SQLite does so by itself)."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            name = connection.dialect.identifier_preparer.format_table(table)
            sequence = connection.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": name, "column": column.name}
            )
            if sequence:
                highest = connection.scalar(select(func.max(column)))
                connection.execute(
                    text("SELECT setval(CAST(:sequence AS regclass), :value, :used)"),
                    {"sequence": sequence, "value": highest or 1, "used": highest is not None},
                )
