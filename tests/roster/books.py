"""Builders of roster files. All people, phones and addresses are invented."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

import openpyxl

from survey.roster.build import build_roster
from survey.roster.layout import guess_layout
from survey.roster.reading import read_book
from survey.roster.result import Roster

Rows = Sequence[Sequence[object]]


def workbook(sheets: Mapping[str, Rows], merged: Mapping[str, Iterable[str]] | None = None) -> bytes:
    """An .xlsx with these rows in these sheets; `merged` names ranges such as "A3:A4" for each sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
        for area in (merged or {}).get(name, ()):
            sheet.merge_cells(area)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def text(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    return "\r\n".join(delimiter.join(map(str, row)) for row in rows).encode(encoding)


def roster_of(data: bytes, name: str = "名册.xlsx", **options: bool) -> Roster:
    book = read_book(data, name)
    return build_roster(book, guess_layout(book), **options)


def roster_of_rows(*rows: Sequence[object], sheet: str = "名册") -> Roster:
    """One sheet; the first row is its header."""
    return roster_of(workbook({sheet: rows}))


def kinds(roster: Roster) -> dict[str, list[str]]:
    """Problem kind -> labels of the households, in file order."""
    found: dict[str, list[str]] = {}
    for problem in roster.problems:
        found.setdefault(problem.kind, []).append(problem.household)
    return found


def notices(roster: Roster) -> set[str]:
    return {notice.kind for notice in roster.notices}
