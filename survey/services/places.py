"""What a design can expect of the parts of a frame: households shared out, and the interval they would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from sqlalchemy import func
from sqlalchemy.orm import Session

from survey.models.frame import Frame, FrameRow
from survey.sampling.strata import EVERYBODY
from survey.services.canonical import in_frame
from survey.services.designs import Allocation, Choice
from survey.stats.cells import Cell, Stratum
from survey.stats.estimate import proportion

SATISFIED, OTHERWISE = 1, 0


@dataclass(frozen=True, slots=True)
class Place:
    """The households of one community in one stratum, and what is expected of them; all counts but `persons` in 户."""

    zone: str
    community: str
    stratum: str
    households: int
    persons: int = 0
    sample: int = 0
    completes: int = 0
    satisfied: int = 0


def places_of(session: Session, frame: Frame) -> list[Place]:
    """The places of a sealed frame, in the order of the roster."""
    columns = (FrameRow.zone, FrameRow.community, FrameRow.stratum)
    counted = in_frame(frame).with_only_columns(*columns, func.count(FrameRow.id), func.sum(FrameRow.persons))
    rows = session.execute(counted.group_by(*columns).order_by(func.min(FrameRow.id)))
    return [
        Place(zone, community, stratum or "", n, persons) for zone, community, stratum, n, persons in rows
    ]


def sizes_of(places: Iterable[Place]) -> dict[str, int]:
    """Stratum → 户, in the order of the labels."""
    sizes: Counter[str] = Counter()
    for place in places:
        sizes[place.stratum] += place.households
    return dict(sorted(sizes.items()))


def expected(places: Iterable[Place], choice: Choice, allocation: Allocation, by: str) -> list[Place]:
    """Sample, completes and satisfied shared over the places, in the order of their `by` (zone or stratum).

    The parts add up to the whole, and each zone (or stratum) is at most one household off its exact share.
    """
    ordered = _grouped(places, by)
    samples = _samples(ordered, allocation)
    completes = _spread(samples, max(1, round(allocation.total * choice.assumed_completion)))
    satisfied = _spread(completes, round(sum(completes) * choice.assumed_satisfaction))
    return [
        replace(place, sample=sample, completes=done, satisfied=good)
        for place, sample, done, good in zip(ordered, samples, completes, satisfied, strict=True)
    ]


def _grouped(places: Iterable[Place], by: str) -> list[Place]:
    """Places of one zone (or stratum) stand together, in the order in which it first appears."""
    groups: dict[str, list[Place]] = {}
    for place in places:
        groups.setdefault(getattr(place, by), []).append(place)
    return [place for group in groups.values() for place in group]


def _samples(places: Sequence[Place], allocation: Allocation) -> list[int]:
    members: dict[str, list[int]] = {}
    for i, place in enumerate(places):
        members.setdefault(EVERYBODY if EVERYBODY in allocation.sample else place.stratum, []).append(i)
    found = [0] * len(places)
    for stratum, n in allocation.sample.items():
        inside = members[stratum]
        for i, share in zip(inside, _spread([places[i].households for i in inside], n), strict=True):
            found[i] = share
    return found


def _spread(sizes: Sequence[int], n: int) -> list[int]:
    """n shared over `sizes` in proportion, none above its size; what rounding adds is spread along the list."""
    total = max(1, sum(sizes))
    reached = [(2 * size * n + total) // (2 * total) for size in accumulate(sizes)]
    return [upto - before for before, upto in zip([0, *reached], reached, strict=False)]


def limits(places: Sequence[Place], by_strata: bool) -> tuple[float | None, float | None]:
    """95 % limits of the expected answers, by the method the results will use; needs a complete among them."""
    population: Counter[str] = Counter()
    answers: Counter[tuple[str, int]] = Counter()
    for place in places:
        stratum = place.stratum if by_strata else EVERYBODY
        population[stratum] += place.households
        answers[stratum, SATISFIED] += place.satisfied
        answers[stratum, OTHERWISE] += place.completes - place.satisfied
    cells = [Cell(stratum, code, count) for (stratum, code), count in answers.items()]
    strata = {name: Stratum(n) for name, n in population.items()}
    found = proportion(cells, strata, [SATISFIED], [SATISFIED, OTHERWISE])
    return found.low, found.high
