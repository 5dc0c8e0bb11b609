"""The rates of a group against the target of their points rule (达标), all stations counted as one family."""

from __future__ import annotations

from collections.abc import Iterable

from survey.errors import N_, Message
from survey.services.frozen_figures import FrozenFigure
from survey.services.season_sentences import show_p
from survey.stats.definition import Definition
from survey.stats.multiplicity import holm
from survey.stats.points import Kind, Measure
from survey.stats.results import Estimate
from survey.stats.target import TargetTest, estimate_against_target

REACHED = N_("目标 %(target)s：全体结果，达到了，是事实。")
MISSED = N_("目标 %(target)s：全体结果，没有达到，是事实。")
ABOVE = N_("目标 %(target)s：达到，超出偶然范围（调整后 p%(adjusted)s）。")
BELOW = N_("目标 %(target)s：没有达到，超出偶然范围（调整后 p%(adjusted)s）。")
OPEN = N_("目标 %(target)s：这样大的样本不能说达到或没有达到（调整后 p%(adjusted)s）。")
BOUNDS_ABOVE = N_("目标 %(target)s：无论未受访户意见如何，都达到。")
BOUNDS_BELOW = N_("目标 %(target)s：无论未受访户意见如何，都没有达到。")
BOUNDS_OPEN = N_("目标 %(target)s：上下界跨过目标，不能说达到或没有达到。")


def target_of(definition: Definition) -> float | None:
    """The share below which the points rule deducts; None where the rule has no target, or one for another measure."""
    rule = definition.points
    if rule is None or rule.kind is not Kind.DEDUCTION:
        return None
    measured = rule.measure is Measure.RATE or (
        rule.measure is Measure.BASIC and 3 in definition.satisfied_codes
    )
    return rule.target / 100 if measured else None


def against_targets(figures: Iterable[FrozenFigure], level: float) -> dict[int, Message]:
    """What may be said of each rate that has a target, by round id; p-values adjusted by Holm over all of them."""
    having = {
        str(one.round.id): (one.overall.rate, target)
        for one in figures
        if one.overall.rate is not None and (target := target_of(one.definition)) is not None
    }
    tests = {name: estimate_against_target(rate, target) for name, (rate, target) in having.items()}
    adjusted = holm({name: test.p_value if test else None for name, test in tests.items()}).values
    return {
        int(name): _said(rate, target, tests[name], adjusted[name], 1 - level)
        for name, (rate, target) in having.items()
    }


def _said(
    rate: Estimate, target: float, test: TargetTest | None, adjusted: float | None, alpha: float
) -> Message:
    values: dict[str, object] = {"target": f"{100 * target:g}%"}
    if test is None:
        return Message(_by_bounds(rate, target), values)
    if adjusted is None or test.p_above is None or test.p_below is None:
        return Message(REACHED if test.reached else MISSED, values)
    values["adjusted"] = show_p(adjusted)
    if adjusted > alpha:
        return Message(OPEN, values)
    return Message(ABOVE if test.p_above < test.p_below else BELOW, values)


def _by_bounds(rate: Estimate, target: float) -> str:
    bounds = rate.bounds
    if bounds is None or bounds.low is None or bounds.high is None:
        return BOUNDS_OPEN
    if bounds.low >= target - 1e-12:
        return BOUNDS_ABOVE
    return BOUNDS_BELOW if bounds.high < target - 1e-12 else BOUNDS_OPEN
