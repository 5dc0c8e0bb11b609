"""Which rows are one household: by its code, by head and address, by merged cells, by relation, by blanks below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.roster.book import Cell, Sheet, cell_text, squeezed
from survey.roster.layout import SheetLayout
from survey.roster.people import role_of
from survey.roster.places import community_key
from survey.roster.rows import Line

if TYPE_CHECKING:
    from survey.roster.draft import Draft

# A cell of one of these that is merged over rows holds the rows of one household; the most telling first.
HOUSEHOLD_CELLS = ("household_code", "serial", "head_name", "persons", "address", "phone", "note")


def merged_below(sheet: Sheet, layout: SheetLayout) -> frozenset[int]:
    """Row numbers (1-based) that a merged household cell covers, its first row excepted."""
    upright: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _right) in sheet.merged:
        if bottom > top >= layout.first_row:
            upright.setdefault(left, []).append((top, bottom))
    for field in HOUSEHOLD_CELLS:
        index = layout.index_of(field)
        if index in upright:
            return frozenset(row + 1 for top, bottom in upright[index] for row in range(top + 1, bottom + 1))
    return frozenset()


def code_is_personal(sheet: Sheet, layout: SheetLayout) -> bool:
    """一人一档: members carry codes of their own, so the code column tells persons, not households, apart."""
    code_at, relation_at = layout.index_of("household_code"), layout.index_of("relation")
    if code_at is None or relation_at is None:
        return False
    roles = {text: role_of(text.strip()) for text in {cell_text(row[relation_at]) for row in sheet.rows}}
    rows = sheet.rows[layout.first_row :]
    of_heads = {row[code_at] for row in rows if roles[cell_text(row[relation_at])] == "head"}
    members = [row[code_at] for row in rows if roles[cell_text(row[relation_at])] in ("member", "guardian")]
    own = sum(1 for code in members if code != "" and code not in of_heads)
    return bool(members) and own * 2 > len(members)


class Grouping:
    """Finds the open household that a line belongs to; None means that the line opens a new one."""

    def __init__(self, codes: dict[str, list[Draft]]) -> None:
        self.codes = codes
        self.heads: dict[tuple[str, str, str], Draft] = {}
        self.latest: dict[tuple[str, str], Draft] = {}
        self.previous: Draft | None = None
        self.previous_serial: Cell = ""
        self.below: frozenset[int] = frozenset()
        self.by_code = self.by_head = self.has_serial = False
        self.household_columns: tuple[int, ...] = ()

    def start(self, sheet: Sheet, layout: SheetLayout) -> None:
        has = {column.field for column in layout.columns}
        self.previous, self.previous_serial = None, ""
        self.below = merged_below(sheet, layout)
        self.by_code = "household_code" in has and not code_is_personal(sheet, layout)
        self.by_head = not self.by_code and {"head_name", "name"} <= has
        self.has_serial = "serial" in has
        wanted = ("zone", "community", "household_code", "persons", "address", "phone")
        self.household_columns = tuple(c.index for c in layout.columns if c.field in wanted)

    def find(self, line: Line) -> Draft | None:
        if self.by_code and line.code:
            return self.with_code(line)
        if self.by_head and line.head:
            return self.with_head(line)
        return self.previous if self.continues(line) else None

    def remember(self, line: Line, draft: Draft) -> None:
        """`line` was added to `draft`: later lines may refer to it."""
        self.previous, self.previous_serial = draft, line.serial
        if self.by_head and line.head:
            place, head = community_key(line.community), squeezed(line.head)
            self.latest[place, head] = draft
            self.heads.setdefault((place, head, squeezed(line.address)), draft)

    def with_code(self, line: Line) -> Draft | None:
        """The same code in another community is another household: stations number each community from 1."""
        for draft in self.codes.get(line.code_key, ()):
            if community_key(draft.community) == community_key(line.community):
                return draft
        return None

    def with_head(self, line: Line) -> Draft | None:
        """Head and address together; two households may have heads of the same name."""
        place, head = community_key(line.community), squeezed(line.head)
        latest = self.latest.get((place, head))
        if latest is None:
            return None
        if not line.address:
            return None if line.role == "head" and latest.has_head and not latest.address else latest
        exact = self.heads.get((place, head, squeezed(line.address)))
        return exact or (latest if not latest.address else None)

    def continues(self, line: Line) -> bool:
        """Without code and head: is this a further row of the household above?"""
        above = self.previous
        if above is None or (line.community, line.zone) != (above.community, above.zone):
            return False
        if line.row in self.below:
            return True
        if line.role == "head" or lives_elsewhere(line, above):
            return False
        if line.role or line.indented:
            return True
        if self.has_serial:
            return not line.serial or line.serial == self.previous_serial
        return self.nothing_of_its_own(line)

    def nothing_of_its_own(self, line: Line) -> bool:
        """Blank below: every cell that a household has is blank, and there are at least two such columns."""
        columns = self.household_columns
        return len(columns) > 1 and all(line.cells[index] == "" for index in columns)


def lives_elsewhere(line: Line, above: Draft) -> bool:
    return bool(line.address and above.address and squeezed(line.address) != squeezed(above.address))
