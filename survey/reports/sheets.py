"""Sheets of an Excel workbook: tables under one another, strings as strings whatever they hold, ready to print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from survey.errors import Message, Translate

Rows = Iterable[Sequence[object]]

#: what a column holds -> how Excel shows it; the number itself is never rounded
NUMBER_FORMATS = {
    "count": "#,##0", "share": "0.0%", "points": "0.0", "marks": "0.00", "weight": "0.0000", "number": "General",
}  # fmt: skip

LARGEST = 1_048_576  # rows of a sheet
NAME_LENGTH = 31
LINE = 15  # points


def new_book(target: IO[bytes], *, large: bool = False) -> xlsxwriter.Workbook:
    """A workbook that takes no text for a formula, a number or a link. `large`: row by row, in little memory."""
    return xlsxwriter.Workbook(
        target,
        {
            "in_memory": not large,
            "constant_memory": large,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands: the sheet, its first row of values and the last one (counted from 0)."""

    sheet: str
    first: int
    last: int

    def column(self, number: int) -> list[str | int]:
        """A column of values, as charts take it."""
        return [self.sheet, self.first, number, self.last, number]


class Styles:
    """The formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        top = {"valign": "top"}
        self.head = book.add_format(
            {"bold": True, "bg_color": "#E2EFF0", "border": 1, "text_wrap": True, **top}
        )
        self.head_right = book.add_format(
            {"bold": True, "bg_color": "#E2EFF0", "border": 1, "text_wrap": True, "align": "right", **top}
        )
        self.fact = book.add_format({"num_format": "#,##0", "align": "left", **top})
        self.title = book.add_format({"bold": True, "font_size": 14, "font_color": "#00506E"})
        self.heading = book.add_format({"bold": True, "font_size": 12, "font_color": "#00506E"})
        self.note = book.add_format({"font_color": "#5A6468", "text_wrap": True, **top})
        self.text = book.add_format({"text_wrap": True, **top})
        self.plain = book.add_format({"num_format": "@", "indent": 1})
        self.numbers = {
            kind: book.add_format({"num_format": shown, **top}) for kind, shown in NUMBER_FORMATS.items()
        }


class Sheet:
    """Writes downwards, one row after the other. `printed`: so many of the columns go on paper (0: all)."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        styles: Styles,
        name: str,
        widths: Sequence[int],
        translate: Translate,
        printed: int = 0,
    ) -> None:
        self.book, self.styles, self.translate = book, styles, translate
        self.name = translate(name)[:NAME_LENGTH]
        self.sheet: Worksheet = book.add_worksheet(self.name)
        self.row = 0
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.widths = widths
        self.printed = printed or len(widths)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer("&L&A&C&P / &N")

    def title(self, text: str) -> None:
        self.sheet.write_string(self.row, 0, text, self.styles.title)
        self.row += 1

    def heading(self, text: str) -> None:
        """After an empty row."""
        self.row += 1
        self.sheet.write_string(self.row, 0, text, self.styles.heading)
        self.row += 1

    def line(self, text: str | None) -> None:
        """A sentence over the printed width; nothing for None."""
        if text is None:
            return
        self.sheet.merge_range(self.row, 0, self.row, self.printed - 1, text, self.styles.note)
        self.sheet.set_row(self.row, LINE * _lines(text, sum(self.widths[: self.printed])))
        self.row += 1

    def table(self, heads: Sequence[str], rows: Rows, kinds: Sequence[str] = ()) -> Place:
        """Heads are translated. `kinds`: what each column holds (text where not said)."""
        shown = [self.translate(text) for text in heads]
        for column, text in enumerate(shown):
            style = self.styles.head if _kind(kinds, column) == "text" else self.styles.head_right
            self.sheet.write_string(self.row, column, text, style)
        self._heighten(shown)
        self.row += 1
        first = self.row
        for row in rows:
            self.cells(row, kinds)
        return Place(self.name, first, max(first, self.row - 1))

    def cells(self, row: Sequence[object], kinds: Sequence[str] = ()) -> None:
        shown = [self.cell(column, value, _kind(kinds, column)) for column, value in enumerate(row)]
        self._heighten(shown)
        self.row += 1

    def cell(self, column: int, value: object, kind: str) -> str:
        """Write a value; gives the text of it, "" for a number or nothing."""
        if value is None:
            return ""
        if isinstance(value, int | float):
            shown = self.styles.numbers.get(kind, self.styles.numbers["number"])
            self.sheet.write_number(self.row, column, value, shown)
            return ""
        text = value.show(self.translate) if isinstance(value, Message) else str(value)
        self.sheet.write_string(self.row, column, text, self.styles.text)
        return text

    def fact(self, name: str, value: object) -> None:
        """A name and, over the other columns, what it is."""
        self.sheet.write_string(self.row, 0, self.translate(name), self.styles.text)
        if isinstance(value, int | float):
            self.sheet.write_number(self.row, 1, value, self.styles.fact)
        else:
            text, width = str(value or "—"), sum(self.widths[1:])
            self.sheet.merge_range(self.row, 1, self.row, len(self.widths) - 1, text, self.styles.text)
            self.sheet.set_row(self.row, LINE * _lines(text, width))
        self.row += 1

    def _heighten(self, texts: Sequence[str]) -> None:
        """Not every program makes a row as high as its wrapped texts."""
        lines = max((_lines(text, width) for text, width in zip(texts, self.widths, strict=False)), default=1)
        if lines > 1:
            self.sheet.set_row(self.row, LINE * lines)

    def chart(self, chart: Any, rows: int) -> None:
        """Below what stands there, over so many rows of the usual height."""
        self.row += 1
        self.sheet.insert_chart(self.row, 0, chart)
        self.row += rows + 1


def _kind(kinds: Sequence[str], column: int) -> str:
    return kinds[column] if column < len(kinds) else "text"


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column so many digits wide; a Chinese character is as wide as two."""
    return max(1, sum(math.ceil(_display_width(line) / width) for line in text.split("\n")))


def _display_width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WFA" else 1 for character in text)


def add_sheet(
    book: xlsxwriter.Workbook,
    name: str,
    widths: list[int],
    heads: list[str],
    rows: Rows,
    translate: Translate,
    styles: Styles | None = None,
) -> None:
    """A sheet that is one table, its head kept in sight and repeated on every printed page."""
    sheet = Sheet(book, styles or Styles(book), name, widths, translate)
    sheet.table(heads, rows)
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.repeat_rows(0)
