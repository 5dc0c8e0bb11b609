"""Walk down a sheet: lines about people on one side; subtotals, headings, footers and repeated headers on the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from survey.roster.book import Cell, Row, Sheet, cell_text, squeezed, tidy
from survey.roster.layout import Column, SheetLayout
from survey.roster.people import Role, role_of
from survey.roster.places import section_place

SUBTOTAL = re.compile(r"^[^\d]{0,14}?(小计|合计|总计|共计|累计)")
HOUSEHOLDS = re.compile(r"(\d+)户")
PERSONS = re.compile(r"(\d+)(?:人|口)")
FOOTER = re.compile(
    r"^(填表|制表|填报|填写|审核|复核|审批|经办|统计|负责|单位|领导|主管|分管|站长|社工|盖章|公章|签|日期|报送|报表|联系|抄送|核对|校对)"
    r"[^，。]{0,10}:|^(注|备注|说明|填表说明|注意)\d?:|^\(?\d{4}年\d{1,2}月(\d{1,2}日)?\)?$|^第\d+页"
)
SAMPLE = re.compile(r"^(示?例子?|样例|举例|范例)[:：]?$")
FOOTER_STARTS = frozenset("填制审复经统负单领主分站社盖公签日报联抄核校注备说示例样举范（12第")


@dataclass(slots=True)
class Line:
    """One row about a person or a household. `row` is the sheet's own number; zone and community are filled down."""

    row: int
    cells: Row
    zone: str
    community: str
    serial: Cell
    code: str
    code_key: str
    name: str
    head: str
    role: Role
    address: str
    indented: bool


@dataclass(slots=True)
class Subtotal:
    row: int
    total: bool
    households: int | None
    persons: int | None


class SheetWalk:
    """Yields Lines and Subtotals; remembers the place that headings and filled-down columns give."""

    def __init__(self, sheet: Sheet, layout: SheetLayout) -> None:
        self.sheet = sheet
        self.layout = layout
        self.zone = layout.zone or ""
        self.community = layout.community or ""
        self.ignored: list[int] = []
        self.places: dict[Cell, str] = {"": ""}
        self.roles: dict[Cell, Role] = {}
        at = layout.index_of
        self.zone_at, self.community_at, self.serial_at = at("zone"), at("community"), at("serial")
        self.code_at, self.name_at, self.head_at = at("household_code"), at("name"), at("head_name")
        self.relation_at, self.address_at, self.persons_at = at("relation"), at("address"), at("persons")
        self.who_at = self.name_at if self.name_at is not None else self.head_at
        self.phones: tuple[Column, ...] = layout.all_of("phone")
        self.headings = {text for column in layout.columns for text in column.header.split("·") if text}

    def __iter__(self) -> Iterator[Line | Subtotal]:
        start = self.layout.first_row
        for row, cells in enumerate(self.sheet.rows[start:], start + 1):
            first = cells[0] if cells else ""
            if first == "":
                first = next((cell for cell in cells if cell != ""), "")
                if first == "":
                    continue
            if (subtotal := self.subtotal(row, cells, first)) is not None:
                yield subtotal
            elif not (first.__class__ is str and is_footer(first)):
                line = self.line(row, cells)
                if line is not None:
                    yield line

    def subtotal(self, row: int, cells: Row, first: Cell) -> Subtotal | None:
        who = cells[self.who_at] if self.who_at is not None else ""
        place = cells[self.community_at] if self.community_at is not None else ""
        for cell in (first, who, place):
            if cell.__class__ is str and "计" in cell and SUBTOTAL.match(squeezed(cell)):
                return self.figures(row, cells, "小计" not in squeezed(cell))
        return None

    def figures(self, row: int, cells: Row, total: bool) -> Subtotal:
        text = " ".join(squeezed(cell_text(cell)) for cell in cells if cell != "")
        households, persons = HOUSEHOLDS.search(text), PERSONS.search(text)
        count = int(persons.group(1)) if persons else self.whole_number(cells)
        return Subtotal(row, total, int(households.group(1)) if households else None, count)

    def whole_number(self, cells: Row) -> int | None:
        text = cell_text(cells[self.persons_at]) if self.persons_at is not None else ""
        return int(text) if text.isdigit() else None

    def line(self, row: int, cells: Row) -> Line | None:
        raw = cells[self.who_at] if self.who_at is not None else ""
        name = tidy(raw)
        if (not name or name[-1] in "区会村片)）人") and self.is_section(cells):
            return None
        if name in self.headings and self.is_header(cells):
            return None
        self.move(cells)
        code = "" if self.code_at is None else tidy(cells[self.code_at])
        if not name and not self.worth_keeping(cells, code):
            if sum(1 for cell in cells if cell != "") > 2:
                self.ignored.append(row)
            return None
        relation = "" if self.relation_at is None else cells[self.relation_at]
        return Line(
            row,
            cells,
            self.zone,
            self.community,
            "" if self.serial_at is None else cells[self.serial_at],
            code,
            squeezed(code) if code else "",
            name,
            "" if self.head_at is None else tidy(cells[self.head_at]),
            self.roles[relation] if relation in self.roles else self.role(relation),
            self.text(cells, self.address_at),
            raw.__class__ is str and raw[:1].isspace(),
        )

    @staticmethod
    def text(cells: Row, index: int | None) -> str:
        if index is None:
            return ""
        value = cells[index]
        return value.strip() if value.__class__ is str else cell_text(value)

    def role(self, relation: Cell) -> Role:
        role = self.roles[relation] = role_of(tidy(relation))
        return role

    def move(self, cells: Row) -> None:
        """Blank zone and community cells mean: as above."""
        if self.zone_at is not None and (zone := self.place(cells[self.zone_at])):
            self.zone = zone
        if self.community_at is not None and (community := self.place(cells[self.community_at])):
            self.community = community

    def place(self, cell: Cell) -> str:
        known = self.places.get(cell)
        if known is None:
            known = self.places[cell] = tidy(cell)
        return known

    def is_section(self, cells: Row) -> bool:
        """A row that holds one text only, the name of a place, starts that place's part of the list."""
        texts = {cell_text(cell) for cell in cells if cell != ""}
        place = section_place(texts.pop()) if len(texts) == 1 else None
        if place is None:
            return False
        self.zone, self.community = place[0] or self.zone, place[1] or self.community
        return True

    def is_header(self, cells: Row) -> bool:
        texts = [tidy(cell) for cell in cells if cell != ""]
        return sum(1 for text in texts if "".join(text.split()) in self.headings) * 2 > len(texts)

    def worth_keeping(self, cells: Row, code: str) -> bool:
        """A row without a name still counts when it has a code of its own together with a phone or an address."""
        phone = any(cells[column.index] != "" for column in self.phones)
        return phone if code or self.code_at is None else False


def is_footer(first: str) -> bool:
    text = first.strip()
    return text[:1] in FOOTER_STARTS and bool(FOOTER.match(squeezed(text)) or SAMPLE.match(text))
