"""How many households: the rule of the commission, how many to issue, and what to release next."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from survey.errors import N_, Invalid, Message
from survey.sampling.allocation import apportion

Kind = Literal["census", "census_rule_gap", "sample"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which branch of the rule holds, and how many completed households (户) it asks for."""

    kind: Kind
    target_completes: int
    notice: Message | None = None


def plan(persons: int, households: int, target: int = 100) -> Plan:
    """The rule with its unit made explicit.

    Fewer than `target` persons (人) -> everybody; no more than `target` households (户) -> all of them, a gap
    of the rule that somebody has to confirm; otherwise `target` completed households.
    """
    if households < 1:
        raise Invalid("frame-empty", N_("名册里没有住户。请先导入名册。"))
    if persons < target:
        return Plan("census", households)
    if households <= target:
        return Plan("census_rule_gap", households, _rule_gap(persons, households, target))
    return Plan("sample", target)


def _rule_gap(persons: int, households: int, target: int) -> Message:
    return Message(
        N_(
            "规则缺口：服务对象 %(persons)s 人，不低于 %(target)s 人，不属于全覆盖；"
            "但只有 %(households)s 户，无法从中抽取并完成 %(target)s 户。"
            "现按全部住户调查，须由委托方确认，并记录姓名和日期。"
        ),
        {"persons": persons, "households": households, "target": target},
    )


def to_issue(target: int, completion_rate: float, available: int) -> int:
    """Households to issue for `target` completes: ceiling(target / rate), at most `available`."""
    return min(available, math.ceil(target / _rate(completion_rate)))


@dataclass(frozen=True, slots=True)
class SampleSize:
    """`sample` households (户) to interview and `issued` to issue for them, of `population`.

    `n0`: size for an endless population; `exact`: n for this one before rounding up; `achieved`: margin
    (share) that `sample` interviews give, 0 when that is everybody.
    """

    population: int
    margin: float
    proportion: float
    level: float
    deff: float
    response: float
    n0: float
    exact: float
    sample: int
    issued: int
    achieved: float
    method: str = "cochran"

    @property
    def census(self) -> bool:
        return self.sample == self.population


def sample_size(
    population: int,
    margin: float,
    proportion: float,
    level: float = 0.95,
    deff: float = 1.0,
    response: float = 1.0,
) -> SampleSize:
    """Interviews needed so that the normal interval of a share is ± `margin` (a share, 0.05 for 5 points).

    n0 = z²·p(1-p)·deff/e², n = n0/(1+(n0-1)/N) rounded up, at most N (Cochran 1977); issued = n/response
    rounded up, at most N. R: `PracTools::nPropMoe`. The normal interval is too short near 0 and 1: a plan for
    p = 0.95 is a lower bound.
    """
    _check_plan(population, margin, proportion, level, deff)
    z = _normal_quantile(level)
    spread = proportion * (1 - proportion) * deff
    n0 = z * z * spread / margin / margin
    exact = 1 / (1 / population + (1 - 1 / population) / n0)
    sample = min(population, max(1, math.ceil(exact - 1e-9)))
    left = (population - sample) / (population - 1) if population > 1 else 0.0
    return SampleSize(
        population=population,
        margin=margin,
        proportion=proportion,
        level=level,
        deff=deff,
        response=response,
        n0=n0,
        exact=exact,
        sample=sample,
        issued=to_issue(sample, response, population),
        achieved=z * math.sqrt(spread / sample * left),
    )


def _normal_quantile(level: float) -> float:
    from statistics import NormalDist  # slow to load, and most commands do without

    return NormalDist().inv_cdf(1 - (1 - level) / 2)


def _check_plan(population: int, margin: float, proportion: float, level: float, deff: float) -> None:
    if population < 1:
        raise Invalid("bad-population", N_("总体为 %(n)s 户，应至少 1 户。"), n=population)
    if not 0 < margin < 1:
        text = N_("允许误差为 %(margin)s，应在 0 与 1 之间，例如 0.05（5 个百分点）。")
        raise Invalid("bad-margin", text, margin=margin)
    if not 0 < proportion < 1:
        text = N_("预计满意率为 %(share)s，应大于 0、小于 1，例如 0.9；不知道时用 0.5。")
        raise Invalid("bad-share", text, share=proportion)
    if not 0 < level < 1:
        raise Invalid("bad-level", N_("置信水平为 %(level)s，应在 0 与 1 之间，例如 0.95。"), level=level)
    if not 0 < deff < math.inf:
        raise Invalid(
            "bad-design-effect", N_("设计效应为 %(deff)s，应大于 0，通常在 1 与 2 之间。"), deff=deff
        )


def first_batch(
    shares: Mapping[str, int], target: int, completion_rate: float, order_lengths: Mapping[str, int]
) -> dict[str, int]:
    """Households to release at first, per stratum; `shares` is the design's allocation or strata sizes."""
    nothing = dict.fromkeys(order_lengths, 0)
    return next_batch(shares, target, 0, 0, nothing, order_lengths, completion_rate)


def next_batch(
    shares: Mapping[str, int],
    target: int,
    completed: int,
    pending: int,
    released: Mapping[str, int],
    order_lengths: Mapping[str, int],
    completion_rate: float,
) -> dict[str, int]:
    """Further households to release per stratum so that the forecast reaches `target`.

    Forecast = completed + pending x rate. What has been released in all stays proportional to `shares` as far
    as earlier releases and the lengths of the ticket orders allow; a stratum with share 0 is left alone. The
    sum is smaller than the forecast asks for when the orders are nearly used up.
    """
    rate = _rate(completion_rate)
    out = {h: released.get(h, 0) for h in order_lengths}
    most = {h: length if shares[h] > 0 else out[h] for h, length in order_lengths.items()}
    lacking = target - completed - pending * rate
    extra = min(sum(most.values()) - sum(out.values()), max(0, math.ceil(lacking / rate)))
    measure = {h: shares[h] for h in order_lengths}
    total = apportion(measure, sum(out.values()) + extra, at_least=out, at_most=most)
    return {h: total[h] - out[h] for h in order_lengths}


def forecast_rate(assumed: float, completed: int, final: int, weight: int = 30) -> float:
    """The completion rate to plan with: the assumed one, worth `weight` cases, updated by `final` ones."""
    return (assumed * weight + completed) / (weight + final)


def is_prefix(ranks: Collection[int]) -> bool:
    """Whether the released ranks of a stratum are exactly 1 to k."""
    return sorted(ranks) == list(range(1, len(ranks) + 1))


def _rate(completion_rate: float) -> Fraction:
    """The rate as the decimal it was written as, so that 66 / 0.66 is 100 and not a hair more."""
    if not 0 < completion_rate <= 1:
        raise Invalid(
            "completion-rate", N_("预计完成率 %(value)s 应大于 0、不超过 1。"), value=completion_rate
        )
    return Fraction(repr(float(completion_rate)))
