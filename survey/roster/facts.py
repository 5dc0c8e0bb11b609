"""A frame as counts, without anybody in it: enough to compare it with an earlier one and to see how it was kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from survey.roster.places import community_key, zone_key

Place = tuple[str, str]  # zone, community


@dataclass(frozen=True, slots=True)
class Cell:
    """So many households (户) of one place and the same client categories.

    `other` is their place in the other one of the two frames that are compared; None: not in it, or nothing compared.
    """

    zone: str
    community: str
    categories: tuple[str, ...]
    households: int
    without_phone: int
    persons: int
    single: int
    other: Place | None = None


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """`households_per_number`: how many households have one number -> how many such numbers (个).

    `sharing`: households (户) with a number that more than SHARED_BY households have. `numbered` and `missing` count
    file numbers per zone; None: nobody counted them at the import.
    """

    cells: tuple[Cell, ...]
    households_per_number: Mapping[int, int] = field(default_factory=dict)
    sharing: int = 0
    numbered: Mapping[str, int] | None = None
    missing: Mapping[str, int] | None = None

    @property
    def households(self) -> int:
        return sum(cell.households for cell in self.cells)

    @property
    def without_phone(self) -> int:
        return sum(cell.without_phone for cell in self.cells)

    @property
    def single(self) -> int:
        return sum(cell.single for cell in self.cells)

    @property
    def left(self) -> int:
        """Households that the other frame does not have."""
        return sum(cell.households for cell in self.cells if cell.other is None)


@dataclass(slots=True)
class Group:
    """Sums over the cells of a zone, a community or a category, under the name it goes by."""

    name: str
    zone: str = ""
    households: int = 0
    without_phone: int = 0
    persons: int = 0
    left: int = 0

    def add(self, cell: Cell) -> None:
        self.households += cell.households
        self.without_phone += cell.without_phone
        self.persons += cell.persons
        self.left += cell.households if cell.other is None else 0


def place_key(zone: str, community: str) -> str:
    """机场第一 and 机场第一社区居委会 are one place, in whichever zone a later roster puts it."""
    return "c" + community_key(community) if community else "z" + zone_key(zone)


def by_place(cells: Iterable[Cell]) -> dict[str, Group]:
    return summed(cells, lambda cell: ((place_key(cell.zone, cell.community), cell.community or cell.zone),))


def by_zone(cells: Iterable[Cell]) -> dict[str, Group]:
    return summed(cells, lambda cell: ((zone_key(cell.zone), cell.zone),))


def by_category(cells: Iterable[Cell]) -> dict[str, Group]:
    """A household counts in each of its categories."""
    return summed(cells, lambda cell: tuple((name, name) for name in cell.categories))


def summed(cells: Iterable[Cell], names: Callable[[Cell], Iterable[tuple[str, str]]]) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    for cell in cells:
        for key, name in names(cell):
            groups.setdefault(key, Group(name, cell.zone)).add(cell)
    return groups


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """Households (户) of a community then and now: now = before - gone - moved_out + new + moved_in."""

    zone: str
    community: str
    before: int
    now: int
    gone: int
    new: int
    moved_out: int
    moved_in: int


@dataclass(frozen=True, slots=True)
class CategoryChange:
    category: str
    before: int
    now: int


def place_changes(before: FrameFacts, now: FrameFacts) -> tuple[PlaceChange, ...]:
    """Every community of either frame, those of the present one first."""
    old, new = by_place(before.cells), by_place(now.cells)
    out, into = moved(before.cells), moved(now.cells)

    def changes() -> Iterator[PlaceChange]:
        for key in (*new, *(key for key in old if key not in new)):
            shown = new.get(key) or old[key]
            then, present = old.get(key, Group("")), new.get(key, Group(""))
            yield PlaceChange(
                shown.zone, shown.name, then.households, present.households, then.left, present.left,
                out.get(key, 0), into.get(key, 0),
            )  # fmt: skip

    return tuple(changes())


def moved(cells: Iterable[Cell]) -> dict[str, int]:
    """Households that the other frame has in another place, by their place in this one."""
    found: dict[str, int] = {}
    for cell in cells:
        here = place_key(cell.zone, cell.community)
        if cell.other is not None and place_key(*cell.other) != here:
            found[here] = found.get(here, 0) + cell.households
    return found


def category_changes(before: FrameFacts, now: FrameFacts) -> tuple[CategoryChange, ...]:
    old, new = by_category(before.cells), by_category(now.cells)
    return tuple(
        CategoryChange(
            name,
            old[name].households if name in old else 0,
            new[name].households if name in new else 0,
        )
        for name in dict.fromkeys((*new, *old))
    )
