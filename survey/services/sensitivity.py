"""换一种口径会怎样: the overall result under other rules and over other interviews of the same round.

Each variant stands beside the round's own result, so one that differs from it by 1 to 9 households (户) in the base is
withheld: the difference would be what these said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from survey.errors import N_, Message
from survey.services.differencing import differ_safely, too_close
from survey.services.figures import Figure, rate_of, score_of
from survey.services.findings import Variant
from survey.services.tallies import NO_CONTACT, Tally
from survey.stats.cells import base
from survey.stats.definition import SCORE_MAPS, Definition, alternatives, with_score_map
from survey.stats.reliability import judge

MIDDLE_COUNTS = N_("“一般”也算满意")
MIDDLE_LEFT_OUT = N_("“一般”不算满意")
MISSED_COUNT = N_("基数加上社工站没有接触过的户：%(n)s")
OTHER_POINTS = N_("同样的回答，换一张得分折算表：%(points)s")
LESS_PROXIES = N_("去掉代答的户：%(n)s")
LESS_LATER = N_("去掉后来补发的户：%(n)s")
LESS_FIRST = N_("去掉第一批的户：%(n)s")
PLUS_PARTIALS = N_("加上部分完成的户：%(n)s")
LESS_PARTIALS = N_("去掉部分完成的户：%(n)s")
SCORE_BY_MAP = N_("满意度得分（%(map)s 折算）")
WITHOUT_PROXIES = N_("%(name)s（不含代答）")
FIRST_ONLY = N_("%(name)s（只计第一批）")
LATER_ONLY = N_("%(name)s（只计后来补发的）")
WITH_PARTIALS = N_("%(name)s（连同部分完成的访问）")
WITHOUT_PARTIALS = N_("%(name)s（只计完整访问）")


@dataclass(frozen=True, slots=True)
class _Other:
    """Other interviews of the round: which, the text of what differs, and how many households (户) it concerns."""

    key: str
    name: str
    tally: Tally
    difference: str
    households: int


def sensitivity(whole: Tally, tally: Tally, overall: Figure, definition: Definition) -> tuple[Variant, ...]:
    """`whole`: complete and partial interviews; `tally`: those that the definition counts. Nothing where the overall
    figure itself is hidden."""
    if overall.rate is None:
        return ()
    others = [_variant(other, overall, definition) for other in _others(whole, tally)]
    return (*_other_rates(tally, overall, definition), *_other_maps(tally, overall, definition), *others)


def _other_rates(tally: Tally, overall: Figure, definition: Definition) -> Iterator[Variant]:
    """基本满意以上率, and 未接触计入不满意 where the form lets those without contact skip the question."""
    cells = tally.cells(overall.question.name)
    missed = tally.no_contact_cells()
    n = sum(cell.count for cell in missed)
    for other in alternatives(definition, NO_CONTACT if missed else None):
        if NO_CONTACT in other.base_codes:  # nothing they said can be told: they were not asked
            rate, difference = rate_of(tally, [*cells, *missed], other), Message(MISSED_COUNT, {"n": n})
            yield Variant("no_contact", Message(other.name), rate, None, difference)
        else:
            basically = 3 in other.satisfied_codes
            key, text = ("at_least_basically", MIDDLE_COUNTS) if basically else ("satisfied", MIDDLE_LEFT_OUT)
            yield Variant(key, Message(other.name), rate_of(tally, cells, other), None, Message(text))


def _other_maps(tally: Tally, overall: Figure, definition: Definition) -> Iterator[Variant]:
    cells = tally.cells(overall.question.name)
    for name, points in SCORE_MAPS.items():
        if points == definition.score_map or not definition.base_codes <= points.keys():
            continue
        score = score_of(tally, cells, with_score_map(definition, name))
        shown = " / ".join(f"{code}→{value:g}" for code, value in points.items())
        difference = Message(OTHER_POINTS, {"points": shown})
        yield Variant(name, Message(SCORE_BY_MAP, {"map": name}), None, score, difference)


def _others(whole: Tally, tally: Tally) -> Iterator[_Other]:
    proxies = tally.proxies
    partials = sum(row.n for row in whole.interviews if row.outcome == "P")
    first, later = (sum(row.n for row in tally.interviews if row.first is one) for one in (True, False))
    if proxies:
        without = tally.counting(("I", "P"), proxies=False)
        yield _Other("without_proxies", WITHOUT_PROXIES, without, LESS_PROXIES, proxies)
    if first and later:
        yield _Other("first_batch", FIRST_ONLY, tally.of_batch(True), LESS_LATER, later)
        yield _Other("later_batches", LATER_ONLY, tally.of_batch(False), LESS_FIRST, first)
    if partials and tally.respondents == whole.respondents:
        complete = whole.counting(("I",))
        yield _Other("without_partials", WITHOUT_PARTIALS, complete, LESS_PARTIALS, partials)
    elif partials:
        yield _Other("with_partials", WITH_PARTIALS, whole, PLUS_PARTIALS, partials)


def _variant(other: _Other, overall: Figure, definition: Definition) -> Variant:
    cells = other.tally.cells(overall.question.name)
    n = base(cells, definition.base_codes)
    name = Message(other.name, {"name": Message(definition.name)})
    difference = Message(other.difference, {"n": other.households})
    withheld = None if differ_safely(n, overall.n) else too_close()
    verdict = judge(n)
    if withheld or not verdict.may_show:
        return Variant(other.key, name, None, None, difference, withheld or verdict.message)
    rate, score = rate_of(other.tally, cells, definition), score_of(other.tally, cells, definition)
    return Variant(other.key, name, rate, score, difference)
