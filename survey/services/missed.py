"""Communities from which a design may draw nobody."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from survey.sampling.inclusion import chance_of_nobody
from survey.sampling.strata import EVERYBODY
from survey.services.designs import Allocation
from survey.services.places import Place

WORTH_SAYING = 0.01


@dataclass(frozen=True, slots=True)
class Missed:
    """A community of `households` 户 and the chance (0–1) that nobody of it is in the sample."""

    zone: str
    community: str
    households: int
    chance: float


def missed_communities(places: Sequence[Place], allocation: Allocation) -> list[Missed]:
    """The communities that are missed with a chance of 1 % or more, the likeliest first.

    Exact: by the hypergeometric law in each stratum, reserves not counted.
    """
    by_strata = EVERYBODY not in allocation.sample
    sizes: Counter[str] = Counter()
    members: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for place in places:
        stratum = place.stratum if by_strata else EVERYBODY
        sizes[stratum] += place.households
        members[place.zone, place.community][stratum] += place.households
    found = [
        Missed(zone, community, inside.total(), chance_of_nobody(inside, sizes, allocation.sample))
        for (zone, community), inside in members.items()
    ]
    likely = [one for one in found if one.chance >= WORTH_SAYING]
    return sorted(likely, key=lambda one: -one.chance)
