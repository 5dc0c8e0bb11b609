"""From one round of a station to the next: the difference of two published rates, with the interval that goes with theirs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from survey.errors import Message
from survey.stats.comparison import Limits, newcombe
from survey.stats.hypergeometric import hypergeometric
from survey.stats.intervals import korn_graubard
from survey.stats.results import Estimate, Method
from survey.stats.rounds import Common, EarlierFrame, Tally, rounds_difference

#: p-values below this are given as this
SMALLEST = 1e-9
#: halvings of log p: relative error below 1e-6
HALVINGS = 25

LimitsAt = Callable[[float], Limits]


@dataclass(frozen=True, slots=True)
class Change:
    """Rate of the second round minus rate of the first, a share. `p_value`: two-sided; None where nothing is tested.

    `common`: households (户) with a judgement in both rounds, None where not known. `method`: "overlapping",
    "independent" (simple random samples, see `rounds`), "weighted" (a round is; taken as independent), "census"
    (a fact), "nonresponse" (a round asked everybody and not everybody answered: not a sampling error).
    """

    value: float
    low: float | None
    high: float | None
    p_value: float | None
    common: int | None
    level: float
    method: str
    notes: tuple[Message, ...] = ()


def change(
    first: Estimate,
    second: Estimate,
    common: Common | None = None,
    in_both_frames: int = 0,
    *,
    test: bool = True,
) -> Change | None:
    """Newcombe's interval from the rounds' own, with the correlation of the `common` households where both are simple
    random samples; p by inverting it, so that p <= 1 - level exactly when it leaves out 0. None when a round has none.

    `in_both_frames`: households in both frames; used only with `common`. `test=False`: without the p-value, which costs
    some fifty intervals.
    """
    if first.value is None or second.value is None:
        return None
    value, level = second.value - first.value, second.level
    if first.is_census_with_nonresponse or second.is_census_with_nonresponse:
        return Change(value, None, None, None, None, level, "nonresponse")
    if first.method is second.method is Method.CENSUS:
        return Change(value, value, value, None, None, level, "census")
    if is_simple(first) and is_simple(second):
        return _of_simple(first, second, common, in_both_frames, test)

    def limits_at(level: float) -> Limits:
        assert first.value is not None and second.value is not None
        return newcombe(second.value, _limits(second, level), first.value, _limits(first, level))

    low, high = limits_at(level)
    p_value = p_by_inversion(limits_at) if test else None
    return Change(value, low, high, p_value, None, level, "weighted")


def is_simple(estimate: Estimate) -> bool:
    """Simple random sample, or everybody, of a known number of households."""
    return not estimate.weighted and estimate.N is not None


def p_by_inversion(limits_at: LimitsAt) -> float:
    """Smallest alpha at which the interval of level 1 - alpha leaves out 0, at least 1e-9; 1 when none does."""
    if not _leaves_out_zero(limits_at(SMALLEST)):
        return 1.0
    if _leaves_out_zero(limits_at(1 - SMALLEST)):
        return SMALLEST
    inside, outside = math.log(SMALLEST), 0.0
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if _leaves_out_zero(limits_at(-math.expm1(middle))):
            outside = middle
        else:
            inside = middle
    return math.exp(outside)


def _of_simple(
    first: Estimate, second: Estimate, common: Common | None, in_both_frames: int, test: bool
) -> Change:
    assert first.N is not None and second.N is not None
    one, other = Tally(first.n, first.satisfied), Tally(second.n, second.satisfied)
    population, frame = second.N, _earlier_frame(first, second, common, in_both_frames)
    found = rounds_difference(one, other, population, common, second.level, frame)
    assert found.value is not None and found.newcombe is not None

    def limits_at(level: float) -> Limits:
        limits = rounds_difference(one, other, population, common, level, frame).newcombe
        assert limits is not None
        return limits

    low, high = found.newcombe
    together = common.n if common is not None else None
    p_value = p_by_inversion(limits_at) if test else None
    return Change(found.value, low, high, p_value, together, found.level, found.method, found.notes)


def _earlier_frame(first: Estimate, second: Estimate, common: Common | None, in_both: int) -> EarlierFrame:
    """Households found ineligible have left N and may still be counted in both frames: never more than can be."""
    assert first.N is not None and second.N is not None
    distinct = first.n + second.n - (common.n if common is not None else 0)
    most = min(first.N, second.N, first.N + second.N - distinct)
    return EarlierFrame(first.N, max(0, min(in_both, most)))


def _limits(estimate: Estimate, level: float) -> Limits:
    assert estimate.value is not None
    if estimate.method is Method.CENSUS:
        return estimate.value, estimate.value
    if is_simple(estimate) and estimate.N is not None:
        found = hypergeometric(estimate.satisfied, estimate.n, estimate.N, level)
    else:
        found = korn_graubard(
            estimate.value, estimate.se, estimate.n, estimate.df, level, cap=estimate.effective
        )
    return found.low, found.high


def _leaves_out_zero(limits: Limits) -> bool:
    low, high = limits
    return low > 0 or high < 0
