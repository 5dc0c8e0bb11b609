"""Parts of a round side by side: zones, client categories, follow-up levels, as far as their bases allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from survey.errors import N_
from survey.questionnaire.schema import Question
from survey.roster.categories import CATEGORIES
from survey.roster.levels import level_key
from survey.services.definitions import as_code
from survey.services.figures import Basis, by_zone, figure_of, part_inside
from survey.services.findings import Group, Zone
from survey.services.tallies import INSIDE, GroupCount, Member, Tally, summed
from survey.stats.cells import base
from survey.stats.definition import Definition
from survey.stats.overlapping import judge_overlapping
from survey.stats.reliability import HIDE_BELOW, Reliability, judge, judge_table

MERGED = N_("合并的小片区")
NO_LEVEL = N_("名册没有写级别")


def zone_names(tally: Tally, overall: Question, definition: Definition) -> dict[str, str]:
    """Zone -> the name under which it is shown: zones with a base below 10 go together, with the next smallest ones
    until they are two or more with 10 at least, so that the total gives none of them away."""
    cells = tally.cells(overall.name)
    counted: Counter[str] = Counter()
    for cell in cells:
        counted[cell.domain or ""] += base([cell], definition.base_codes)
    zones = list(tally.zones())
    by_size = sorted((zone for zone in zones if counted[zone]), key=lambda zone: counted[zone])
    merged = [zone for zone in by_size if counted[zone] < HIDE_BELOW]
    others = by_size[len(merged) :]
    while merged and others and (len(merged) < 2 or sum(counted[zone] for zone in merged) < HIDE_BELOW):
        merged.append(others.pop(0))
    return {zone: MERGED if zone in merged else zone for zone in zones}


def zones(
    tally: Tally, questions: Sequence[Question], definition: Definition, names: Mapping[str, str]
) -> tuple[Zone, ...]:
    """Figures of every zone under its name; one alone is the whole, so it is not repeated."""
    together = tally.merging(names)
    populations = together.zones()
    if len(populations) < 2:
        return ()
    figures = {question.name: by_zone(together, question, definition) for question in questions}
    return tuple(
        Zone(
            zone,
            population,
            {name: found[zone] for name, found in figures.items()},
            tuple(one for one, name in names.items() if name == zone) if zone == MERGED else (),
        )
        for zone, population in populations.items()
    )


def categories(tally: Tally, overall: Question, definition: Definition) -> tuple[Group, ...]:
    """Client categories in their usual order; a household may be in several."""
    tally = tally.along("categories")
    members: Counter[frozenset[str]] = Counter()
    for row in tally.groups:
        members[frozenset(row.categories.split())] += _base(row, definition)
    known = list(CATEGORIES)
    listed = {name for row in tally.group_places for name in row.categories.split()}
    order = sorted(listed, key=lambda name: (known.index(name) if name in known else len(known), name))
    verdicts = judge_overlapping(members)
    return tuple(
        _group(tally, overall, definition, name, _in_category(name), verdicts.get(name) or judge(0))
        for name in order
    )


def levels(tally: Tally, overall: Question, definition: Definition) -> tuple[Group, ...]:
    """Follow-up levels as the station writes them; nothing where the roster has none."""
    tally = tally.along("level")
    bases = {
        row.level: 0
        for row in sorted(tally.group_places, key=lambda row: (not row.level, level_key(row.level)))
    }
    if not any(bases):
        return ()
    for row in tally.groups:
        bases[row.level] += _base(row, definition)
    verdicts = judge_table(bases)
    return tuple(
        _group(tally, overall, definition, level or NO_LEVEL, _of_level(level), verdicts[level])
        for level in bases
    )


def _in_category(name: str) -> Member:
    return lambda row: name in row.categories.split()


def _of_level(level: str) -> Member:
    return lambda row: row.level == level


def _base(row: GroupCount, definition: Definition) -> int:
    return row.n if as_code(row.value) in definition.base_codes else 0


def _group(
    tally: Tally, overall: Question, definition: Definition, name: str, member: Member, verdict: Reliability
) -> Group:
    mine = [row for row in tally.group_places if member(row)]
    population = sum(row.population - row.ineligible for row in mine)
    households = summed(mine, lambda row: row.stratum, lambda row: row.population)
    part = part_inside(tally, households, INSIDE, population)
    figure = figure_of(overall, part, tally.group_cells(member), Basis.of(definition, overall), verdict)
    return Group(name, population, figure)
