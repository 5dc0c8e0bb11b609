"""A household while its rows are being read."""

from __future__ import annotations

from survey.roster.book import Cell, squeezed, tidy
from survey.roster.categories import categories_of, languages_of
from survey.roster.levels import household_level
from survey.roster.people import form_of_address, gender_of
from survey.roster.phones import Phone
from survey.roster.places import community_key
from survey.roster.remarks import NOTHING, Remark
from survey.roster.result import Household

Place = tuple[int, str, str]  # row, column header, the cell's text


class Draft:
    """Collects rows; `spots` keeps, for each kind of problem, the first place where it shows."""

    __slots__ = (
        "address",
        "categories",
        "code",
        "code_key",
        "community",
        "gender",
        "guardian",
        "has_head",
        "head_name",
        "languages",
        "level",
        "levels",
        "nickname",
        "phone_cells",
        "phones",
        "remark",
        "row",
        "rows",
        "sheet",
        "spots",
        "stated",
        "zone",
    )

    def __init__(self, sheet: str, row: int, zone: str, community: str) -> None:
        self.sheet, self.row, self.zone, self.community = sheet, row, zone, community
        self.code = self.code_key = self.head_name = self.address = self.gender = self.nickname = (
            self.languages
        ) = self.level = ""
        self.levels: set[str] = set()
        self.rows = 0
        self.stated: int | None = None
        self.has_head = self.guardian = False
        self.phones: list[Phone] = []
        self.phone_cells: list[Cell] = []
        self.categories: list[str] = []
        self.remark: Remark = NOTHING
        self.spots: dict[str, Place] = {}

    @property
    def label(self) -> str:
        return self.code or self.head_name

    def spot(self, kind: str, row: int, column: str, value: str) -> None:
        self.spots.setdefault(kind, (row, column, value))

    def all_categories(self) -> tuple[str, ...]:
        if len(self.categories) == 1:
            return categories_of(self.categories[0])
        return tuple(dict.fromkeys(name for text in self.categories for name in categories_of(text)))

    def key(self) -> str:
        """Personal data: to be hashed with a secret before it is stored. A telling code; a bare running number only together with its community; else community, head and address."""
        place = community_key(self.community)
        if code := self.code_key:
            return f"{place}|{code}" if len(code) < 6 and code.isdigit() else code
        first_phone = next((phone.number for phone in self.phones if phone.number), "")
        return f"{place}|{squeezed(self.head_name)}|{squeezed(self.address) or first_phone}"

    def household(
        self, key: str, persons: int, places: tuple[str, str], levels: dict[str, str], keep_address: bool
    ) -> Household:
        return Household(
            self.code or None,
            key,
            self.label,
            self.sheet,
            self.row,
            places[0],
            places[1],
            self.head_name,
            tidy(self.nickname) if self.nickname else form_of_address(self.head_name, gender_of(self.gender)),
            persons,
            tuple(self.phones),
            self.all_categories(),
            languages_of(self.languages) if self.languages else (),
            self.remark,
            self.guardian,
            (self.address or None) if keep_address else None,
            household_level(levels.get(self.level, ""), (levels[level] for level in self.levels)),
        )
