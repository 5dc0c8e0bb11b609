"""File numbers of a roster: which run on, and which are missing in between. The numbers themselves never leave the import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from survey.roster.result import Household

LONGEST_NUMBER = 6  # digits; longer ones are dates, years with months or ids

ByNumber = dict[int, Household]


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing numbers of one community's series, such as SYL-松柏岗-C…; `last` is the household with the highest one."""

    prefix: str
    missing: tuple[int, ...]
    last: Household


@dataclass(frozen=True, slots=True)
class Numbering:
    """Of one zone and community: households that have a file number (户), and numbers missing in its series (个)."""

    numbered: int
    missing: int


def gaps(households: Iterable[Household]) -> Iterator[Gap]:
    """Series of numbers that differ in their last digits only, each with what is missing between its lowest and highest.

    Numbers that another community of the same series has are not missing, unless each community counts for itself
    (some number occurs twice). A series of which more than half is missing is none.
    """
    for prefix, communities in series(households).items():
        used = [number for numbers in communities.values() for number in numbers]
        shared = set(used) if len(set(used)) == len(used) else set[int]()
        for numbers in communities.values():
            missing = sorted(set(range(min(numbers), max(numbers))) - set(numbers) - shared)
            if missing and len(missing) <= len(numbers):
                yield Gap(prefix, tuple(missing), numbers[max(numbers)])


def series(households: Iterable[Household]) -> dict[str, dict[str, ByNumber]]:
    """What stands before the last digits of a file number -> community -> number -> household."""
    found: defaultdict[str, dict[str, ByNumber]] = defaultdict(dict)
    for household in households:
        code = household.code or ""
        prefix = code.rstrip("0123456789")
        if 0 < len(code) - len(prefix) <= LONGEST_NUMBER:
            numbers = found[prefix].setdefault(household.community, {})
            numbers[int(code[len(prefix) :])] = household
    return found


def numbering(households: tuple[Household, ...]) -> dict[tuple[str, str], Numbering]:
    """(zone, community) -> how its households are numbered."""
    numbered: defaultdict[tuple[str, str], int] = defaultdict(int)
    missing: defaultdict[tuple[str, str], int] = defaultdict(int)
    for household in households:
        numbered[household.zone, household.community] += bool(household.code)
    for gap in gaps(households):
        missing[gap.last.zone, gap.last.community] += len(gap.missing)
    return {place: Numbering(count, missing[place]) for place, count in numbered.items()}
