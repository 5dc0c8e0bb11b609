"""What each possible stratification would bring, shown before the seal fixes one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import func
from sqlalchemy.orm import Session

from survey.models.frame import Frame, FrameRow
from survey.models.season import Round
from survey.sampling.size import Plan
from survey.sampling.strata import EVERYBODY
from survey.services.canonical import in_frame
from survey.services.designs import Choice, allocate, rule_of, starting_choice
from survey.services.places import Place, expected, limits, sizes_of
from survey.services.stratification import STRATIFICATIONS, Home, labels

MOST_STRATA = 200
#: 户. In the public frame a smaller stratum almost names its households.
TELLING = 5
SMALL = 10

Homes = Mapping[Home, tuple[int, int]]  # 户, 人


@dataclass(frozen=True, slots=True)
class Option:
    """One way to divide the frame; counts of strata, sizes in 户.

    `choice`: the design that the page would propose; `sample`: what it takes from the smallest stratum, `empty`:
    strata from which it takes nobody; `low`, `high`: the interval to expect for the whole, as shares. `same_as`: name
    of a simpler way that makes the same strata under shorter names.
    """

    stratify_by: str
    name: str
    strata: int
    smallest: int
    largest: int
    telling: int
    small: int
    choice: Choice
    sample: int
    empty: int
    low: float | None
    high: float | None
    same_as: str | None = None


def options(session: Session, round_: Round, frame: Frame) -> list[Option]:
    """The stratifications that make 2 to 200 strata, and none; nothing while nobody is in the frame."""
    homes = _homes(session, frame)
    if not homes:
        return []
    rule, found = rule_of(session, round_), list[Option]()
    for stratify_by in STRATIFICATIONS:
        places = _places(homes, labels(homes, stratify_by))
        sizes = sizes_of(places)
        if stratify_by == "none" or 2 <= len(sizes) <= MOST_STRATA:
            name = STRATIFICATIONS[stratify_by]
            twin = _twin(stratify_by, len(sizes), found)
            found.append(
                replace(twin, stratify_by=stratify_by, name=name, same_as=twin.same_as or twin.name)
                if twin
                else _option(stratify_by, rule, places, sizes)
            )
    return found


def _homes(session: Session, frame: Frame) -> Homes:
    columns = (FrameRow.zone, FrameRow.community, FrameRow.categories)
    counted = in_frame(frame).with_only_columns(*columns, func.count(FrameRow.id), func.sum(FrameRow.persons))
    rows = session.execute(counted.group_by(*columns).order_by(func.min(FrameRow.id)))
    return {Home(*home): (n, persons) for *home, n, persons in rows}


def _places(homes: Homes, stratum_of: Mapping[Home, str]) -> list[Place]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for home, (n, _persons) in homes.items():
        counted[home.zone, home.community, stratum_of[home]] += n
    return [Place(*place, households=n) for place, n in counted.items()]


def _option(stratify_by: str, rule: Plan, places: list[Place], sizes: dict[str, int]) -> Option:
    choice = starting_choice(rule, sizes)
    allocation = allocate(choice, rule, sizes)
    shared = expected(places, choice, allocation, by="stratum")
    sample: Counter[str] = Counter()
    for place in shared:
        sample[place.stratum] += place.sample
    low, high = limits(shared, by_strata=EVERYBODY not in allocation.sample)
    smallest = min(sizes, key=lambda stratum: sizes[stratum])
    return Option(
        stratify_by=stratify_by,
        name=STRATIFICATIONS[stratify_by],
        strata=len(sizes),
        smallest=sizes[smallest],
        largest=max(sizes.values()),
        telling=sum(n < TELLING for n in sizes.values()),
        small=sum(n < SMALL for n in sizes.values()),
        choice=choice,
        sample=sample[smallest],
        empty=sum(sample[stratum] == 0 for stratum in sizes),
        low=low,
        high=high,
    )


def _twin(stratify_by: str, strata: int, simpler: Iterable[Option]) -> Option | None:
    """A coarser way that makes as many strata makes the same ones."""
    parts = set(stratify_by.split("+"))
    return next(
        (one for one in simpler if set(one.stratify_by.split("+")) < parts and one.strata == strata), None
    )
