"""What is inside the envelope: compressed lines of JSON. First who made it and the keys, then table by table, then counts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from survey.backup import tables
from survey.backup.envelope import damaged
from survey.errors import N_, Unreadable

TOGETHER = 200


@dataclass(frozen=True, slots=True)
class About:
    """The first line. `revision` is the migration the database stood at, `keys` the file of keys."""

    version: str
    made_at: str
    revision: str
    keys: str


def pieces(connection: Connection, about: About) -> Iterator[bytes]:
    """Compressed bytes of everything."""
    compressor = zlib.compressobj(6)
    held: list[str] = []
    for line in lines(connection, about):
        held.append(line)
        if len(held) >= TOGETHER:
            yield compressor.compress("".join(held).encode())
            held.clear()
    yield compressor.compress("".join(held).encode())
    yield compressor.flush()


def lines(connection: Connection, about: About) -> Iterator[str]:
    counts: dict[str, int] = {}
    yield line(asdict(about))
    for table in tables.tables_of(connection):
        yield line({"table": table.name, "columns": [column.name for column in table.columns]})
        counts[table.name] = 0
        for row in tables.rows_of(connection, table):
            counts[table.name] += 1
            yield line(row)
    yield line({"end": counts})


def line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


class Content:
    """An opened backup: `about` at once, the rows when they are loaded, which is possible once."""

    def __init__(self, plain: Iterable[bytes]) -> None:
        self.values = values(plain)
        try:
            self.about = About(**next(self.values, {}))
        except TypeError:
            raise damaged() from None

    def load(self, connection: Connection) -> dict[str, int]:
        """Put every row into the empty, migrated database; rows per table. Raises Unreadable, and the caller rolls back."""
        known = tables.tables_of(connection)
        with tables.unguarded(connection, known):
            try:
                counts = self.load_tables(connection, {table.name: table for table in known})
            except (SQLAlchemyError, KeyError, TypeError, ValueError) as error:
                raise unsuitable(error) from error
        tables.continue_numbering(connection, known)
        return counts

    def load_tables(self, connection: Connection, known: dict[str, Any]) -> dict[str, int]:
        counts: dict[str, int] = {}
        cut: dict[str, Any] = {"end": None}
        while "end" not in (heading := next(self.values, cut)):
            name, columns = heading["table"], heading["columns"]
            counts[name] = tables.insert_rows(connection, known[name], columns, self.rows())
        if counts != heading["end"] or list(self.values):  # reading to the end proves the end
            raise damaged()
        return counts

    def rows(self) -> Iterator[list[Any]]:
        """The rows up to the next heading, which stays to be read."""
        for value in self.values:
            if isinstance(value, dict):
                self.values = chain([value], self.values)
                return
            yield value


def values(plain: Iterable[bytes]) -> Iterator[Any]:
    """One JSON value a line."""
    decompressor = zlib.decompressobj()
    rest = b""
    for piece in plain:
        try:
            *whole, rest = (rest + decompressor.decompress(piece)).split(b"\n")
        except zlib.error:
            raise damaged() from None
        for one in whole:
            yield json.loads(one)
    if rest or not decompressor.eof:
        raise damaged()


def unsuitable(error: Exception) -> Unreadable:
    reason = str(getattr(error, "orig", error)).strip().splitlines()
    return Unreadable(
        "backup-unsuitable",
        N_("备份的内容放不进数据库（%(reason)s），什么也没有恢复。请用写出它的程序版本恢复。"),
        reason=reason[0] if reason else type(error).__name__,
    )
