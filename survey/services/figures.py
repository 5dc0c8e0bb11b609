"""Figures: a question's counts, rate and score with everything that may be said of them, from a tally."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from survey.errors import N_, Message
from survey.questionnaire.expressions import evaluate, holds
from survey.questionnaire.schema import Question, Questionnaire
from survey.questionnaire.schema import Wording as Label
from survey.services.definitions import as_code
from survey.services.tallies import Tally
from survey.stats.cells import Cell, Code, Stratum, base, count_per_code
from survey.stats.definition import Definition
from survey.stats.estimate import mean_score, proportion
from survey.stats.reliability import Reliability, Verdict, judge, judge_table
from survey.stats.results import Estimate, Score
from survey.stats.sentences import AT_LEAST_BASICALLY, EFFECT, SATISFACTION, Wording

AWARE = Wording(N_("知道社工站"), N_("知晓率"))
EFFECTIVELY_AWARE = Wording(N_("五项中清楚至少三项"), N_("有效知晓率"))
CONTACTED = Wording(N_("这一年被联系过"), N_("服务接触率"))

#: role of a question -> how its rate is called
WORDINGS: Mapping[str, Wording] = {
    "overall": SATISFACTION,
    "item": SATISFACTION,
    "outcome": EFFECT,
    "aware": AWARE,
    "contact": CONTACTED,
}


@dataclass(frozen=True, slots=True)
class Basis:
    """What turns a tally into one question's rate: the codes counted, the base, and the points where it has a score."""

    satisfied: frozenset[Code]
    base: frozenset[Code]
    points: Mapping[Code, float] | None
    level: float

    @classmethod
    def of(cls, definition: Definition, question: Question) -> Basis:
        """Of an outcome (成效) the middle answer never counts, whatever counts as satisfied."""
        satisfied = definition.satisfied_codes - ({3} if question.role == "outcome" else set())
        return cls(satisfied, definition.base_codes, definition.score_map, definition.level)


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How many (户) gave a code. `in_base`: it counts in the base of the rate."""

    code: str
    label: Label
    n: int
    in_base: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """One question's result. Hidden (`reliability`), it holds neither counts nor rate, so that no page can leak them;
    where nobody is in the base, it still counts who said something else.

    `n`: base in 户. `rate` is a share, `score` points (分), never mixed.
    """

    question: Question
    wording: Wording
    n: int
    counts: tuple[CodeCount, ...]
    rate: Estimate | None
    score: Score | None
    reliability: Reliability

    @property
    def notes(self) -> tuple[Message, ...]:
        return self.rate.notes if self.rate else ()


@dataclass(frozen=True, slots=True)
class Part:
    """The whole round, or a part of it that is made of whole strata (domain None); or a domain of all strata, of so
    many households (户)."""

    strata: Mapping[str, Stratum]
    domain: str | None = None
    population: int | None = None

    def cells(self, cells: Sequence[Cell]) -> list[Cell]:
        return [cell for cell in cells if cell.stratum in self.strata]

    def in_part(self, cells: Sequence[Cell]) -> list[Cell]:
        return [cell for cell in self.cells(cells) if self.domain is None or cell.domain == self.domain]


def part_of(tally: Tally, zone: str | None = None) -> Part:
    if zone is None:
        return Part(tally.strata())
    return part_inside(tally, tally.zone_strata(zone), zone, tally.zones()[zone])


def part_inside(tally: Tally, households: Mapping[str, int], domain: str, population: int) -> Part:
    """What has so many households in each stratum: a survey of its own where these are the whole strata, a domain
    where it cuts through them."""
    strata = tally.strata()
    if all(strata[name].population == size for name, size in households.items() if size):
        return Part({name: strata[name] for name, size in households.items() if size})
    return Part(strata, domain, population)


def satisfaction(tally: Tally, question: Question, definition: Definition) -> Figure:
    """Figure of a five-point question of the whole round."""
    cells = tally.cells(question.name)
    reliability = judge(base(cells, definition.base_codes))
    return figure_of(question, part_of(tally), cells, Basis.of(definition, question), reliability)


def by_zone(tally: Tally, question: Question, definition: Definition) -> dict[str, Figure]:
    """The same for every zone; a zone with a small base is hidden, and another one where the total would betray it."""
    cells, basis = tally.cells(question.name), Basis.of(definition, question)
    parts = {zone: part_of(tally, zone) for zone in tally.zones()}
    verdicts = judge_table({zone: base(part.in_part(cells), basis.base) for zone, part in parts.items()})
    return {zone: figure_of(question, part, cells, basis, verdicts[zone]) for zone, part in parts.items()}


def yes_share(tally: Tally, question: Question, level: float) -> Figure:
    """Share of the first choice (知道, 有) among the substantive ones."""
    substantive = [as_code(choice.code) for choice in question.choices if not choice.missing]
    basis = Basis(frozenset(substantive[:1]), frozenset(substantive), None, level)
    cells = tally.cells(question.name)
    return figure_of(question, part_of(tally), cells, basis, judge(base(cells, basis.base)))


def effective_awareness(
    tally: Tally, questionnaire: Questionnaire, question: Question, level: float
) -> Figure:
    """有效知晓率: the questionnaire's rule (at least 3 of 5 things) applied to every combination of codes."""
    judged = [
        Cell(cell.stratum, code, cell.count, domain=cell.domain)
        for cell in tally.cells(question.name)
        if (code := _effectively_aware(questionnaire, question, cell.code)) is not None
    ]
    basis = Basis(frozenset({1}), frozenset({0, 1}), None, level)
    found = figure_of(question, part_of(tally), judged, basis, judge(base(judged, basis.base)))
    given = {as_code(choice.code) for choice in question.choices if not choice.missing}
    counts = _counts(question, _each_code(tally.cells(question.name)), given)
    counts = counts if found.reliability.may_show else ()
    return Figure(question, EFFECTIVELY_AWARE, found.n, counts, found.rate, None, found.reliability)


def rate_of(tally: Tally, cells: Sequence[Cell], definition: Definition) -> Estimate:
    """A rate of the whole round under another definition or from other cells, for the sensitivity table."""
    part = part_of(tally)
    return proportion(cells, part.strata, definition.satisfied_codes, definition.base_codes, definition.level)


def score_of(tally: Tally, cells: Sequence[Cell], definition: Definition) -> Score:
    return mean_score(cells, tally.strata(), definition.score_map, definition.level)


def figure_of(
    question: Question, part: Part, cells: Sequence[Cell], basis: Basis, reliability: Reliability
) -> Figure:
    inside = part.in_part(cells)
    n = base(inside, basis.base)
    wording = _wording(question, basis)
    if not reliability.may_show:
        outside = _counts(question, inside, basis.base) if reliability.verdict is Verdict.NOBODY else ()
        return Figure(question, wording, n, outside, None, None, reliability)
    kept = part.cells(cells)
    place = {"level": basis.level, "domain": part.domain, "domain_population": part.population}
    return Figure(
        question=question,
        wording=wording,
        n=n,
        counts=_counts(question, inside, basis.base),
        rate=proportion(kept, part.strata, basis.satisfied, basis.base, **place),  # type: ignore[arg-type]
        score=mean_score(kept, part.strata, basis.points, **place) if basis.points else None,  # type: ignore[arg-type]
        reliability=reliability,
    )


def _wording(question: Question, basis: Basis) -> Wording:
    """A rate that counts the middle answer carries the name that says so."""
    found = WORDINGS.get(question.role, SATISFACTION)
    return AT_LEAST_BASICALLY if found is SATISFACTION and 3 in basis.satisfied else found


def _counts(question: Question, cells: Sequence[Cell], base_codes: Collection[Code]) -> tuple[CodeCount, ...]:
    """Every choice of the question in its order, also those that nobody gave."""
    given = count_per_code(cells)
    return tuple(
        CodeCount(
            choice.code,
            choice.label,
            given.get(as_code(choice.code), 0),
            as_code(choice.code) in base_codes,
        )
        for choice in question.choices
    )


def _each_code(cells: Sequence[Cell]) -> list[Cell]:
    """Combinations of a multiple choice taken apart: one cell a code."""
    return [
        Cell(cell.stratum, as_code(code), cell.count, domain=cell.domain)
        for cell in cells
        for code in str(cell.code).split()
    ]


def _effectively_aware(questionnaire: Questionnaire, question: Question, value: Code) -> int | None:
    """1 or 0; None where the respondent refused, so that there is nothing to count."""
    rule = questionnaire.completion
    if rule is None or not rule.effective_aware:
        return None
    known: dict[str, object] = {question.name: str(value)}
    for each in questionnaire.questions:
        if each.type == "calculate":
            known[each.name] = evaluate(each.calculation, known)
    return int(holds(rule.effective_aware, known)) if evaluate(rule.aware_n, known) is not None else None
