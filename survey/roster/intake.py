"""Read the lines of every sheet into household drafts; exact duplicates are merged here."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from survey.roster.book import Cell, Row, Sheet, cell_text, column_letter, tidy
from survey.roster.draft import Draft
from survey.roster.grouping import Grouping
from survey.roster.layout import Column, SheetLayout
from survey.roster.levels import level_text
from survey.roster.phones import Phone, is_plain_mobile, noted, parse_cell
from survey.roster.problems import NOTE_KINDS
from survey.roster.remarks import NOTHING, Remark, read_remark
from survey.roster.rows import Line, SheetWalk, Subtotal

FULL_ID = re.compile(r"^\d{17}[\dXx]$|^\d{15}$")
YES = re.compile(r"^(是|有|√|✓|y|yes|true|1|空挂户?|人户分离)$", re.IGNORECASE)
WHOSE = re.compile("家属|家人|亲属|监护人|照顾者|子女|儿子|女儿|配偶|紧急|备用|联系人|护工")
COUNT = re.compile(r"\d{1,3}")  # full-width digits are digits too
NUMERALS = {numeral: number for number, numeral in enumerate("零一二三四五六七八九十")} | {"两": 2}


Seen = tuple[str, int, Row, Draft]  # sheet, row, cells, the household they went to


@dataclass(slots=True)
class Duplicate:
    sheet: str
    row: int
    kept_sheet: str
    kept_row: int
    draft: Draft


@dataclass(slots=True)
class RawStated:
    """A subtotal row and the places of the households that it closes."""

    sheet: str
    row: int
    places: set[tuple[str, str]]
    households: int | None
    persons: int | None
    total: bool


@dataclass(slots=True)
class Intake:
    """Everything read so far, over all sheets of the book."""

    drafts: list[Draft] = field(default_factory=list)
    codes: dict[str, list[Draft]] = field(default_factory=dict)
    duplicates: list[Duplicate] = field(default_factory=list)
    stated: list[RawStated] = field(default_factory=list)
    seen: dict[tuple[object, ...], list[Seen]] = field(default_factory=dict)
    people: dict[str, tuple[str, int]] = field(default_factory=dict)
    twice: list[tuple[str, int, Draft, tuple[str, int]]] = field(default_factory=list)
    levels: Counter[Cell] = field(default_factory=Counter)
    ignored: list[tuple[str, int]] = field(default_factory=list)
    rows: int = 0

    def read(self, sheet: Sheet, layout: SheetLayout, grouping: Grouping) -> None:
        grouping.start(sheet, layout)
        reader = SheetIntake(self, sheet, layout, grouping)
        reader.read()
        self.ignored.extend((sheet.name, row) for row in reader.walk.ignored)


class SheetIntake:
    """One sheet: its columns looked up once, then row by row."""

    def __init__(self, intake: Intake, sheet: Sheet, layout: SheetLayout, grouping: Grouping) -> None:
        self.intake, self.layout, self.grouping = intake, layout, grouping
        self.name = sheet.name
        self.walk = SheetWalk(sheet, layout)
        self.phones = tuple((c.index, shown(c), whose(c)) for c in self.walk.phones)
        self.notes = tuple((c.index, shown(c)) for c in layout.all_of("note"))
        self.categories = tuple(c.index for c in layout.all_of("category"))
        at = layout.index_of
        self.language_at, self.gender_at, self.persons_at = at("language"), at("gender"), at("persons")
        self.id_at, self.level_at, self.nickname_at = at("id_number"), at("level"), at("salutation")
        self.hukou_at, self.code_at = at("hukou_only"), at("household_code")

    def read(self) -> None:
        first = since = len(self.intake.drafts)
        for item in self.walk:
            if isinstance(item, Line):
                self.take(item)
            else:
                start = first if item.total else since
                self.state(item, self.intake.drafts[start:])
                since = since if item.total else len(self.intake.drafts)

    def state(self, item: Subtotal, closed: list[Draft]) -> None:
        places = {(draft.zone, draft.community) for draft in closed} or {
            (self.walk.zone, self.walk.community)
        }
        self.intake.stated.append(
            RawStated(self.name, item.row, places, item.households, item.persons, item.total)
        )

    def take(self, line: Line) -> None:
        draft = self.grouping.find(line)
        if draft is not None and not line.name:
            return  # a blank line inside a merged household
        self.intake.rows += 1
        alike = self.alike(line, draft)
        for sheet, kept_row, kept_cells, owner in alike:
            if self.content(kept_cells) == self.content(line.cells):
                self.intake.duplicates.append(Duplicate(self.name, line.row, sheet, kept_row, owner))
                self.grouping.remember(line, owner)
                return
        if draft is None:
            draft = self.open(line)
        alike.append((self.name, line.row, line.cells, draft))
        self.absorb(line, draft)
        self.grouping.remember(line, draft)

    def alike(self, line: Line, draft: Draft | None) -> list[Seen]:
        """Earlier lines that may say exactly the same; none for a line with too little to tell two people apart."""
        if draft is not None and not line.code and not line.head:
            return self.intake.seen.setdefault((draft.sheet, draft.row, line.name), [])
        if not (line.code or line.address or self.has_phone_or_id(line.cells)):
            return []
        return self.intake.seen.setdefault((line.community, line.code_key, line.name), [])

    def content(self, cells: Row) -> tuple[Cell, ...]:
        """All cells but the running number, outer blanks aside."""
        serial = self.walk.serial_at
        return tuple(cell_text(cell) for index, cell in enumerate(cells) if index != serial)

    def has_phone_or_id(self, cells: Row) -> bool:
        return any(cells[index] != "" for index, _column, _whose in self.phones) or bool(
            self.id_at is not None and cells[self.id_at] != ""
        )

    def open(self, line: Line) -> Draft:
        draft = Draft(self.name, line.row, line.zone, line.community)
        draft.code, draft.code_key, draft.head_name = line.code, line.code_key, line.head or line.name
        if line.code:
            self.intake.codes.setdefault(line.code_key, []).append(draft)
        self.intake.drafts.append(draft)
        return draft

    def absorb(self, line: Line, draft: Draft) -> None:
        cells = line.cells
        draft.rows += 1
        if draft.rows == 1 or line.role == "head" or line.head:
            self.take_head(line, draft)
        if line.role == "guardian":
            draft.guardian = True
        if not draft.address and line.address:
            draft.address = line.address
        for index, column, owner in self.phones:
            if (cell := cells[index]) != "" and (cell.__class__ is not str or cell not in draft.phone_cells):
                self.take_phones(cell, line, draft, column, owner)
        for index in self.categories:
            if (text := cells[index]) != "" and text not in draft.categories:
                draft.categories.append(cell_text(text))
        for index, column in self.notes:
            if cells[index] != "":
                self.take_note(cell_text(cells[index]), line.row, column, draft)
        self.take_rest(line, draft)

    def take_head(self, line: Line, draft: Draft) -> None:
        """Name, gender, form of address and language come from the head's row; before it is seen, from the first."""
        is_head = line.role == "head" or (bool(line.head) and line.head == line.name)
        if is_head and draft.has_head and not line.head and line.name != draft.head_name:
            draft.spot("two_heads", line.row, "", line.name)
        if draft.rows > 1 and (not is_head or draft.has_head):
            return
        draft.has_head = draft.has_head or is_head
        draft.head_name = line.head or line.name
        same = not line.head or line.head == line.name
        draft.gender = self.walk.text(line.cells, self.gender_at) if same else ""
        draft.nickname = self.walk.text(line.cells, self.nickname_at)
        draft.languages = self.walk.text(line.cells, self.language_at) or draft.languages
        draft.level = "" if self.level_at is None else level_text(line.cells[self.level_at])

    def take_phones(self, cell: Cell, line: Line, draft: Draft, column: str, owner: str) -> None:
        cells = line.cells
        draft.phone_cells.append(cell)
        if (
            cell.__class__ is str
            and not owner
            and not draft.phones
            and line.role == "head"
            and is_plain_mobile(cell)
        ):
            draft.phones.append(
                Phone(cell, "mobile", True, "", cell)
            )  # three rows in four: nothing to take apart
            return
        parsed = parse_cell(cell)
        text = cell_text(cell)
        if not owner and line.role in ("member", "guardian") and self.walk.relation_at is not None:
            owner = cell_text(cells[self.walk.relation_at])
        for phone in parsed.phones:
            self.add_phone(phone if phone.note or not owner else noted(phone, owner), draft)
            if not phone.dialable:
                draft.spot("phone_invalid", line.row, column, text)
        if len(draft.phones) > 1:
            draft.spot("several_phones", line.row, column, text)
        if not parsed.phones:
            draft.spot("no_number", line.row, column, text)
        if parsed.full_width:
            draft.spot("fullwidth_digits", line.row, column, text)
        if parsed.numeric:
            draft.spot("phone_numeric_cell", line.row, column, text)

    @staticmethod
    def add_phone(phone: Phone, draft: Draft) -> None:
        if all(phone.identity != known.identity for known in draft.phones):
            draft.phones.append(phone)

    @staticmethod
    def take_note(text: str, row: int, column: str, draft: Draft) -> None:
        remark = read_remark(text)
        if remark is NOTHING:
            return
        draft.remark = remark if draft.remark is NOTHING else draft.remark | remark
        for flag, kind in NOTE_KINDS.items():
            if getattr(remark, flag):
                draft.spot(kind, row, column, text)

    def take_rest(self, line: Line, draft: Draft) -> None:
        cells = line.cells
        if self.persons_at is not None and draft.stated is None:
            draft.stated = count_of(cells[self.persons_at])
        if not draft.languages and self.language_at is not None and draft.rows == 1:
            draft.languages = cell_text(cells[self.language_at])
        if self.level_at is not None and (level := cells[self.level_at]) != "":
            self.intake.levels[level] += 1
            draft.levels.add(level_text(level))
        if self.hukou_at is not None and YES.match(text := cell_text(cells[self.hukou_at])):
            draft.remark = draft.remark | Remark(hukou_only=True)
            draft.spot("note_hukou_only", line.row, self.layout.all_of("hukou_only")[0].header, text)
        if self.id_at is not None:
            self.take_id(cells[self.id_at], line, draft)

    def take_id(self, number: Cell, line: Line, draft: Draft) -> None:
        """The same full ID number on a second line: the same person, listed differently."""
        if number.__class__ is not str or "*" in number or not FULL_ID.match(number.strip()):
            return
        first = self.intake.people.get(number)
        if first is None:
            self.intake.people[number] = (self.name, line.row)
        else:
            self.intake.twice.append((self.name, line.row, draft, first))


def shown(column: Column) -> str:
    return column.header or column_letter(column.index)


def whose(column: Column) -> str:
    found = WHOSE.search(column.header)
    return found.group() if found else ""


def count_of(cell: Cell) -> int | None:
    """3, 3.0, "3人", "三口": a number of persons; None when blank or no number."""
    text = tidy(cell)
    if found := COUNT.search(text):
        return int(found.group())
    return NUMERALS.get(text[:1])
