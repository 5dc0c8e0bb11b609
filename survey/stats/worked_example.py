"""A worked example, to show before fieldwork what a definition does: one hundred answers, the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from survey.stats.cells import Cell, Stratum
from survey.stats.definition import Definition
from survey.stats.estimate import mean_score, proportion
from survey.stats.points import Measure, Points, points_for
from survey.stats.points_measured import of_rate, of_score
from survey.stats.results import Estimate, Score

#: code -> 户: 60 very satisfied, 30 fairly, 6 middling, 3 not very, 1 not at all
ANSWERS = MappingProxyType({5: 60, 4: 30, 3: 6, 2: 3, 1: 1})
POPULATION = 1000


@dataclass(frozen=True, slots=True)
class Example:
    """The definition's rate, the rate with the middle answer, its score, and the points they give (None: no rule)."""

    rate: Estimate
    basic: Estimate
    score: Score
    points: Points | None


def work_out(definition: Definition) -> Example:
    """The answers of a simple random sample of 100 of 1,000 households under `definition`."""
    cells = [Cell("*", code, n) for code, n in ANSWERS.items()]
    strata = {"*": Stratum(POPULATION)}

    def share(codes: frozenset[int | str]) -> Estimate:
        return proportion(cells, strata, codes, definition.base_codes, definition.level)

    rate, basic = share(definition.satisfied_codes), share(definition.satisfied_codes | {3})
    score = mean_score(cells, strata, definition.score_map, definition.level)
    measured = {
        Measure.RATE: of_rate(rate, rate.n),
        Measure.BASIC: of_rate(basic, basic.n),
        Measure.SCORE: of_score(score, score.n),
    }
    rule = definition.points
    return Example(rate, basic, score, points_for(rule, measured[rule.measure]) if rule else None)
