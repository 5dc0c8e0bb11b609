"""A table file in memory: sheets of rows of cells, with row 1 of the file at index 0."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

Cell = str | float | int | bool | dt.datetime | dt.date | dt.time | dt.timedelta
Row = list[Cell]
Span = tuple[tuple[int, int], tuple[int, int]]

SPACES_INSIDE = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; vertically merged cells are already filled down, `merged` keeps the spans (0-based, inclusive)."""

    name: str
    rows: list[Row]
    merged: tuple[Span, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    name: str
    kind: str
    sheets: tuple[Sheet, ...]

    def sheet(self, name: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.name == name)


def cell_text(value: Cell) -> str:
    """The cell as a person reads it: 12.0 is "12", a date is ISO, outer blanks (also ideographic) are gone."""
    if value.__class__ is str:
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value).strip()


def tidy(value: Cell) -> str:
    """`cell_text` without blanks between Chinese characters and without invisible characters: 李　明福 -> 李明福."""
    text = cell_text(value)
    if text.isprintable() and " " not in text:
        return text
    return SPACES_INSIDE.sub("", INVISIBLE.sub("", text)).strip()


def squeezed(text: str) -> str:
    """For comparing: full-width folded, no blanks, upper case."""
    if text.isprintable() and " " not in text:
        return text.upper() if text.isascii() else unicodedata.normalize("NFKC", text).upper()
    return "".join(INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split()).upper()


def column_letter(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
