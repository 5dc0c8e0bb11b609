"""How a book is laid out: which sheets are rosters, which column is what; guessed, shown, corrected, remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from survey.errors import N_, Invalid, Message, Unreadable
from survey.roster.aliases import FIELDS, SEVERAL_COLUMNS, field_of, header_key
from survey.roster.book import Book, Row, Sheet, cell_text, column_letter
from survey.roster.headers import Header, find_header
from survey.roster.phones import looks_like_phone
from survey.roster.places import community_in, community_of_sheet, zone_in

Source = Literal["alias", "remembered", "chosen", "values", "unknown"]
EXAMPLES = 3
SAMPLE_ROWS = 60


@dataclass(frozen=True, slots=True)
class Column:
    """`field` is a key of FIELDS; "other" columns are not read. `source` says who decided."""

    index: int
    header: str
    field: str
    examples: tuple[str, ...]
    source: Source

    @property
    def letter(self) -> str:
        return column_letter(self.index)


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """`first_row` is the 0-based index of the first row below the header; zone and community hold for the whole sheet."""

    sheet: str
    header_row: int
    first_row: int
    columns: tuple[Column, ...]
    zone: str | None
    community: str | None
    title: str

    def index_of(self, field: str) -> int | None:
        return next((column.index for column in self.columns if column.field == field), None)

    def all_of(self, field: str) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.field == field)


@dataclass(frozen=True, slots=True)
class SkippedSheet:
    sheet: str
    reason: Message
    text: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class NotStored:
    """A column of the file that is not kept, and why."""

    sheet: str
    header: str
    field: str
    reason: Message


@dataclass(frozen=True, slots=True)
class Layout:
    book: str
    sheets: tuple[SheetLayout, ...]
    skipped: tuple[SkippedSheet, ...]

    def with_column(self, sheet: str, index: int, field: str) -> Layout:
        """The same layout with one column read as `field` ("other": not read). A single-column field moves there."""
        if field not in FIELDS:
            raise Invalid("unknown-field", N_("没有“%(field)s”这个栏目。请从列出的栏目中选择。"), field=field)
        if not any(s.sheet == sheet and any(c.index == index for c in s.columns) for s in self.sheets):
            raise Invalid(
                "unknown-column",
                N_("工作表“%(sheet)s”没有第 %(column)s 列。请刷新页面后重试。"),
                sheet=sheet,
                column=index + 1,
            )
        return replace(
            self, sheets=tuple(reassigned(s, index, field) if s.sheet == sheet else s for s in self.sheets)
        )

    def remembered(self) -> dict[str, str]:
        """Header text -> field, to be kept for the station and given to `guess_layout` next time."""
        return {
            header_key(column.header): column.field
            for sheet in self.sheets
            for column in sheet.columns
            if column.header and column.source != "unknown"
        }

    def not_stored(self) -> tuple[NotStored, ...]:
        """Every column that leaves nothing in the database, with the reason."""
        return tuple(
            NotStored(sheet.sheet, column.header, column.field, Message(FIELDS[column.field].reason))
            for sheet in self.sheets
            for column in sheet.columns
            if FIELDS[column.field].use in ("transient", "refused")
        )


def guess_layout(book: Book, remembered: Mapping[str, str] | None = None) -> Layout:
    """Guess the layout from headers, sheet names and titles. Raises Unreadable "no-table" when there is no roster."""
    known = {header_key(header): field for header, field in (remembered or {}).items() if field in FIELDS}
    sheets: list[SheetLayout] = []
    skipped: list[SkippedSheet] = []
    for sheet in book.sheets:
        header = None if sheet.hidden else find_header(sheet)
        if header is None:
            skipped.append(SkippedSheet(sheet.name, why_skipped(sheet), text_of(sheet), sheet.hidden))
        else:
            sheets.append(sheet_layout(sheet, header, known))
    if not sheets:
        raise no_table(book)
    return Layout(book.name, tuple(named_after_sheets(sheets)), tuple(skipped))


def no_table(book: Book) -> Unreadable:
    return Unreadable(
        "no-table",
        N_(
            "%(file)s：工作表“%(sheet)s”中没有找到名册的表头（查看了前 %(rows)s 行）。"
            "请在表头写明“姓名”或“户主姓名”，以及“联系电话”“社区”“户编号”等栏目后再导入。"
        ),
        file=book.name,
        sheet="、".join(sheet.name for sheet in book.sheets),
        rows=max(min(80, len(sheet.rows)) for sheet in book.sheets),
    )


def why_skipped(sheet: Sheet) -> Message:
    if sheet.hidden:
        return Message(N_("隐藏的工作表，没有读取。如其中有服务对象，请取消隐藏后重新导入。"))
    if not any(cell != "" for row in sheet.rows for cell in row):
        return Message(N_("空白工作表"))
    return Message(N_("没有名册表头（说明页或汇总页），没有读取其中的行"))


def text_of(sheet: Sheet) -> str:
    return "\n".join(" ".join(cell_text(cell) for cell in row if cell != "") for row in sheet.rows[:40])


def sheet_layout(sheet: Sheet, header: Header, known: Mapping[str, str]) -> SheetLayout:
    sample = sheet.rows[header.bottom : header.bottom + SAMPLE_ROWS]
    title = "\n".join(
        " ".join(dict.fromkeys(cell_text(c) for c in row if c != "")) for row in sheet.rows[: header.top]
    )
    columns = settle(list(guess_columns(header, sample, known)), sample)
    fields = {column.field for column in columns}
    zone = None if "zone" in fields else zone_in(sheet.name) or zone_in(title)
    community = None if "community" in fields else community_in(sheet.name) or first_community(title)
    return SheetLayout(sheet.name, header.top, header.bottom, tuple(columns), zone, community, title)


def first_community(title: str) -> str | None:
    return next((found for line in title.splitlines() if (found := community_in(line)) is not None), None)


def guess_columns(header: Header, sample: list[Row], known: Mapping[str, str]) -> Iterator[Column]:
    for index, parts in enumerate(header.parts):
        values = [text for row in sample if (text := cell_text(row[index]))]
        examples = tuple(dict.fromkeys(values))[:EXAMPLES]
        if not parts and not examples:
            continue
        name = "·".join(parts)
        if header_key(name) in known:
            yield Column(index, name, known[header_key(name)], examples, "remembered")
        elif field := field_of(parts):
            yield Column(index, name, field, examples, "alias")
        elif len(values) > 2 and sum(map(looks_like_phone, values)) * 10 >= len(values) * 6:
            yield Column(index, name, "phone", examples, "values")
        else:
            yield Column(index, name, "other", examples, "unknown")


def settle(columns: list[Column], sample: list[Row]) -> list[Column]:
    """One column for each field except phones, notes and categories; a telling 编号 becomes the household code."""
    fields = {column.field for column in columns}
    settled: list[Column] = []
    taken: set[str] = set()
    for column in columns:
        field = column.field
        if field == "serial" and "household_code" not in fields and is_code(column, sample):
            field = "household_code"
        if field in taken and field not in SEVERAL_COLUMNS:
            field = "other"
        taken.add(field)
        settled.append(replace(column, field=field))
    return settled


def is_code(column: Column, sample: list[Row]) -> bool:
    """编号 holds household codes when most of its values are more than running numbers."""
    if header_key(column.header) in ("序号", "序", "no", "户序号", "户序", "顺序号", "行号"):
        return False
    values = [text for row in sample if (text := cell_text(row[column.index]))]
    return sum(1 for text in values if not text.isdigit() and any(c.isdigit() for c in text)) * 2 > len(
        values
    )


def named_after_sheets(sheets: list[SheetLayout]) -> list[SheetLayout]:
    """Several rosters without a community column: each sheet's name is its community (牡丹, 芍药)."""
    if len(sheets) < 2:
        return sheets
    return [
        replace(sheet, community=community_of_sheet(sheet.sheet))
        if sheet.community is None and sheet.index_of("community") is None
        else sheet
        for sheet in sheets
    ]


def reassigned(sheet: SheetLayout, index: int, field: str) -> SheetLayout:
    columns = []
    for column in sheet.columns:
        if column.index == index:
            column = replace(column, field=field, source="chosen")
        elif column.field == field and field not in SEVERAL_COLUMNS and field != "other":
            column = replace(column, field="other", source="chosen")
        columns.append(column)
    return replace(sheet, columns=tuple(columns))
