"""Find the header of a sheet: below titles and instructions, one to three rows, groups over columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from survey.roster.aliases import exact_field, field_of, pattern_field
from survey.roster.book import Cell, Row, Sheet, cell_text

SEARCH_ROWS = 80
MAX_HEADER_ROWS = 3
LONGEST_HEADER = 30
WHO = frozenset({"name", "head_name"})
ABOUT = frozenset(
    {
        "phone",
        "community",
        "household_code",
        "address",
        "relation",
        "category",
        "id_number",
        "persons",
        "zone",
    }
)
STATEMENT = re.compile("[:：].")
DIGITS = re.compile(r"\d{5,}")


@dataclass(frozen=True, slots=True)
class Header:
    """`parts` per column: from group to column, e.g. ("联系方式", "电话1"). Rows are 0-based; data start at `bottom`."""

    top: int
    bottom: int
    parts: tuple[tuple[str, ...], ...]


def find_header(sheet: Sheet) -> Header | None:
    """The header that explains most columns, the first of equals; None when the sheet is no list of people."""
    best: Header | None = None
    best_score = 0.0
    upper_part = beginning(sheet)
    for top, row in enumerate(upper_part.rows[:SEARCH_ROWS]):
        if not promising(row):
            continue
        for header in headers_at(upper_part, top):
            score = worth(header)
            if score > best_score:
                best, best_score = header, score
    return best


def beginning(sheet: Sheet) -> Sheet:
    """The rows where a header can stand, with the cells merged sideways there."""
    last = SEARCH_ROWS + MAX_HEADER_ROWS
    sideways = tuple(span for span in sheet.merged if span[0][0] < last and span[1][1] > span[0][1])
    return Sheet(sheet.name, sheet.rows[:last], sideways)


def promising(row: Row) -> bool:
    return any(cell.__class__ is str and cell and (exact_field(cell) or pattern_field(cell)) for cell in row)


def headers_at(sheet: Sheet, top: int) -> list[Header]:
    """The header that starts in row `top`, once for each height it can have; a lone text is a title, not a header."""
    found: list[Header] = []
    filled = [header_cells(sheet, top)]
    if len({text for text in filled[0] if text}) < 2:
        return found
    found.append(Header(top, top + 1, combined(filled)))
    for depth in range(1, MAX_HEADER_ROWS):
        if top + depth >= len(sheet.rows) or not continues(sheet, top + depth, filled[-1]):
            break
        below = header_cells(sheet, top + depth)
        filled[-1] = spread(filled[-1], below)
        filled.append(below)
        found.append(Header(top, top + depth + 1, combined(filled)))
    return found


def header_cells(sheet: Sheet, number: int) -> list[str]:
    """The texts of one header row, a horizontally merged group repeated over its columns."""
    cells = [header_text(cell) for cell in sheet.rows[number]]
    for (top, left), (_bottom, right) in sheet.merged:
        if top == number and right > left and right < len(cells) and right - left < len(cells) - 1:
            cells[left : right + 1] = [cells[left]] * (right - left + 1)
    return cells


def header_text(cell: Cell) -> str:
    """The text without blanks; "" for what is too long, or says something after a colon as titles do."""
    text = "".join(cell.split()) if isinstance(cell, str) else cell_text(cell)
    return "" if len(text) > LONGEST_HEADER or STATEMENT.search(text) else text


def spread(upper: list[str], lower: list[str]) -> list[str]:
    """A group whose cells are not merged stands in its first column only; give it to the blank ones beside it."""
    filled = list(upper)
    for index in range(1, len(filled)):
        if not filled[index] and lower[index]:
            filled[index] = filled[index - 1]
    return filled


def continues(sheet: Sheet, number: int, upper: list[str]) -> bool:
    """Is row `number` the lower part of the header `upper`? It must name columns, not people."""
    row = sheet.rows[number]
    lower = [header_text(cell) for cell in row]
    new = [index for index, text in enumerate(lower) if text and text != upper[index]]
    if not new or any(not isinstance(row[index], str) or DIGITS.search(lower[index]) for index in new):
        return False
    if any(upper[index] and not is_group(upper, lower, index) for index in new):
        return False
    known = [index for index in new if exact_field(lower[index]) or field_of((upper[index], lower[index]))]
    return len(known) * 2 >= len(new)


def is_group(upper: list[str], lower: list[str], index: int) -> bool:
    """A heading over several columns: it is repeated (merged) or stands before a blank that the row below names."""
    neighbours = [i for i in (index - 1, index + 1) if 0 <= i < len(upper)]
    if any(upper[i] == upper[index] for i in neighbours):
        return True
    return index + 1 < len(upper) and not upper[index + 1] and bool(lower[index + 1])


def combined(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    columns = []
    for texts in zip(*rows, strict=True):
        parts: list[str] = []
        for text in texts:
            if text and (not parts or parts[-1] != text):
                parts.append(text)
        columns.append(tuple(parts))
    return tuple(columns)


def worth(header: Header) -> float:
    """Columns explained; 0 unless the header names people and at least one more thing about them."""
    fields = [field for parts in header.parts if (field := field_of(parts))]
    distinct = set(fields)
    if not distinct & WHO or not distinct & ABOUT:
        return 0.0
    return (
        len(distinct) + len(fields) / 100 + (header.bottom - header.top) / 10_000
    )  # of equals the whole header
