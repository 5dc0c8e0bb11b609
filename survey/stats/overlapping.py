"""Which figures of groups that overlap may be shown: a household can be in several, so their bases do not add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

from survey.stats.reliability import HIDE_BELOW, Reliability, hidden_beside, judge_table

Combinations = Mapping[frozenset[str], int]


def judge_overlapping(members: Combinations, hide_below: int = HIDE_BELOW) -> dict[str, Reliability]:
    """Verdicts for groups whose total is published. `members`: set of groups -> households (户) in exactly these.

    Hidden are: a base below the limit, and then another one as if the groups (and those in none) shared out the total;
    a group that all but a few belong to; the smaller of two where it lies wholly inside the larger and all but a few
    of that are in it, or where the two cover everybody and only a few are in both: whoever knows how the groups
    are made could subtract.
    """
    verdicts = judge_table(_bases(members), hide_below)
    for name in _telling(members, [name for name, one in verdicts.items() if one.may_show], hide_below):
        verdicts[name] = hidden_beside(verdicts[name].n)
    return {name: verdict for name, verdict in verdicts.items() if name}


def _bases(members: Combinations) -> dict[str, int]:
    """Households per group; those in none of them stand under an empty name."""
    names = sorted(frozenset[str]().union(*members)) if members else []
    return {"": _size(members, frozenset())} | {
        name: sum(n for groups, n in members.items() if name in groups) for name in names
    }


def _size(members: Combinations, groups: frozenset[str]) -> int:
    return members.get(groups, 0)


def _telling(members: Combinations, shown: list[str], hide_below: int) -> Iterator[str]:
    """Shown groups that would give a few households away together with the total or with another one."""
    total = sum(members.values())
    named = [name for name in shown if name]
    bases = {name: sum(n for groups, n in members.items() if name in groups) for name in named}
    for name in named:
        if 0 < total - bases[name] < hide_below:
            yield name
    for small, large in permutations(named, 2):
        both = sum(n for groups, n in members.items() if small in groups and large in groups)
        inside = both == bases[small] and 0 < bases[large] - both < hide_below
        cover = bases[small] + bases[large] - both == total and 0 < both < hide_below
        if inside or (cover and bases[small] <= bases[large]):
            yield small
