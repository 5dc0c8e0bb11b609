"""折分: the agreed rule that turns a satisfaction rate or score into points (分) of an evaluation.

Rates (as per cent) and scores are both taken on the scale 0 to 100 on which a contract states its edges. Values are
compared unrounded; only what arithmetic in floating point adds (TOLERANCE) is forgiven, so that 90 of 100 reaches 90 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from survey.errors import N_, Invalid, Message, listed
from survey.stats.rounding import fixed

TOLERANCE = 1e-9
#: so many edges are named in a warning
_NAMED = 3


class Measure(StrEnum):
    """What is turned into points."""

    RATE = "rate"
    BASIC = "basic"
    SCORE = "score"


class Kind(StrEnum):
    PROPORTIONAL = "proportional"
    BANDS = "bands"
    DEDUCTION = "deduction"


class Below(StrEnum):
    """What happens where the base is smaller than the minimum."""

    NOT_SCORED = "not_scored"
    PENALTY = "penalty"


@dataclass(frozen=True, slots=True)
class Band:
    """From `lower` (0-100, inclusive) on, `points`."""

    lower: float
    points: float


@dataclass(frozen=True, slots=True)
class PointsRule:
    """At most `maximum` points, never below 0.

    PROPORTIONAL: maximum x value / 100. BANDS: points of the highest band reached, 0 below the lowest. DEDUCTION:
    `per_point` less for each percentage point below `target`, a `started` one counting whole or each by its size,
    at most `most_deducted` in all (None: no limit but 0).
    Where the base n (户 that gave a judgement) is below `minimum`: no points at all, or `penalty` less.
    """

    kind: Kind
    maximum: float
    measure: Measure = Measure.RATE
    bands: tuple[Band, ...] = ()
    target: float = 0.0
    per_point: float = 0.0
    started: bool = True
    most_deducted: float | None = None
    minimum: int = 0
    below: Below = Below.NOT_SCORED
    penalty: float = 0.0

    def __post_init__(self) -> None:
        if not self.maximum > 0:
            text = N_("满分为 %(points)s，应大于 0。请填写本项的满分。")
            raise Invalid("bad-maximum", text, points=f"{self.maximum:g}")
        if self.kind is Kind.BANDS:
            _check_bands(self.bands, self.maximum)
        if self.kind is Kind.DEDUCTION and not (0 < self.target <= 100 and self.per_point > 0):
            text = N_(
                "扣分折法要有大于 0、不超过 100 的目标和大于 0 的每点扣分（现为 %(target)s 和 %(points)s）。"
            )
            raise Invalid("bad-deduction", text, target=f"{self.target:g}", points=f"{self.per_point:g}")


@dataclass(frozen=True, slots=True)
class Measured:
    """A rate in per cent or a score in 分 with its interval, and the base n (户). None: not known or not shown."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Points:
    """What the rule gives. `points` and their interval `low`, `high` (from the limits of the rate) are unrounded.

    `edges`: edges of the rule inside the interval, lowest first; `warning` speaks of them. `reason`: why there are no
    points, or fewer. `note`: where the value as shown would seem to reach an edge that it does not.
    """

    rule: PointsRule
    measured: Measured
    points: float | None
    low: float | None
    high: float | None
    edges: tuple[float, ...] = ()
    warning: Message | None = None
    reason: Message | None = None
    note: Message | None = None

    @property
    def straddles(self) -> bool:
        return bool(self.edges)


def points_for(rule: PointsRule, measured: Measured) -> Points:
    """Points of a result, with the points that the limits of its interval would give."""
    too_few = measured.n < rule.minimum
    if too_few and rule.below is Below.NOT_SCORED:
        return Points(rule, measured, None, None, None, reason=_too_few(rule, measured))
    if measured.value is None:
        return Points(rule, measured, None, None, None)
    less = rule.penalty if too_few else 0.0

    def given(value: float | None) -> float | None:
        return None if value is None else max(0.0, scored(rule, value) - less)

    edges = edges_inside(rule, measured.low, measured.high)
    low, high = given(measured.low), given(measured.high)
    return Points(
        rule, measured, given(measured.value), low, high, edges,
        warning=_warning(rule, measured, edges, low, high) if low is not None and high is not None else None,
        reason=_too_few(rule, measured) if too_few else None,
        note=_not_reached(rule, measured.value),
    )  # fmt: skip


def scored(rule: PointsRule, value: float) -> float:
    """Points of a value (0-100) where the base is large enough; never falls as the value rises."""
    if rule.kind is Kind.PROPORTIONAL:
        found = rule.maximum * value / 100
    elif rule.kind is Kind.BANDS:
        found = max((band.points for band in rule.bands if value >= band.lower - TOLERANCE), default=0.0)
    else:
        found = rule.maximum - _deduction(rule, value)
    return min(max(found, 0.0), rule.maximum)


def edges_of(rule: PointsRule) -> tuple[float, ...]:
    """Values (0-100) at which the points change at once, or the rule changes; lowest first."""
    if rule.kind is Kind.PROPORTIONAL:
        return ()
    if rule.kind is Kind.BANDS:
        return tuple(band.lower for band in rule.bands)
    if not rule.started:
        return (rule.target,)
    steps = range(math.floor(rule.target), -1, -1)
    edges = [rule.target - step for step in steps]
    return tuple(edge for edge in edges if scored(rule, edge) > scored(rule, edge - 1000 * TOLERANCE))


def edges_inside(rule: PointsRule, low: float | None, high: float | None) -> tuple[float, ...]:
    """Edges that the lower limit misses and the upper one reaches."""
    if low is None or high is None:
        return ()
    return tuple(edge for edge in edges_of(rule) if low < edge - TOLERANCE and high >= edge - TOLERANCE)


def _deduction(rule: PointsRule, value: float) -> float:
    missing = max(0.0, rule.target - value)
    if rule.started:
        missing = max(0, math.ceil(missing - TOLERANCE))
    lost = rule.per_point * missing
    return lost if rule.most_deducted is None else min(lost, rule.most_deducted)


def _check_bands(bands: Sequence[Band], maximum: float) -> None:
    """Edges and points rise together; anything else would reward a lower rate."""
    if not bands:
        raise Invalid("no-bands", N_("分档折法至少要有一档。请填写各档的下限和分值。"))
    for band in bands:
        if not (0 <= band.lower <= 100 and 0 <= band.points <= maximum):
            text = N_(
                "“%(lower)s 及以上 %(points)s 分”不可用：下限应在 0 到 100 之间，分值应在 0 到满分 %(maximum)s 之间。"
            )
            values = {"lower": f"{band.lower:g}", "points": f"{band.points:g}", "maximum": f"{maximum:g}"}
            raise Invalid("bad-band", text, **values)
    for lower, higher in pairwise(bands):
        if not (lower.lower < higher.lower and lower.points < higher.points):
            text = N_("各档的下限和分值应一起升高：“%(first)s”之后不能是“%(second)s”。请改正其中一档。")
            raise Invalid(
                "bands-out-of-order", text,
                first=f"{lower.lower:g} → {lower.points:g}", second=f"{higher.lower:g} → {higher.points:g}",
            )  # fmt: skip


def _too_few(rule: PointsRule, measured: Measured) -> Message:
    values: dict[str, object] = {"n": measured.n, "minimum": rule.minimum}
    if rule.below is Below.NOT_SCORED:
        return Message(N_("基数 %(n)s 户，少于约定的 %(minimum)s 户：按规则不折分。"), values)
    text = N_("基数 %(n)s 户，少于约定的 %(minimum)s 户：按规则已扣 %(penalty)s 分。")
    return Message(text, values | {"penalty": f"{rule.penalty:g}"})


def _warning(
    rule: PointsRule, measured: Measured, edges: tuple[float, ...], low: float, high: float
) -> Message | None:
    if not edges:
        return None
    named = [in_unit(rule, edge) for edge in edges[-_NAMED:]]
    values: dict[str, object] = {
        "interval": f"{in_unit(rule, measured.low, 1)}–{in_unit(rule, measured.high, 1)}",
        "edges": listed(named if len(edges) <= _NAMED else ["…", *named]),
        "low": fixed(low, 2),
        "high": fixed(high, 2),
    }
    if rule.kind is Kind.DEDUCTION and not rule.started:
        text = N_(
            "区间 %(interval)s 跨过目标 %(edges)s：是否达标单凭误差就可能不同（折 %(low)s 到 %(high)s 分）。"
        )
    else:
        text = N_(
            "区间 %(interval)s 跨过分界 %(edges)s：按下限折 %(low)s 分，按上限折 %(high)s 分，单凭误差就可能落在另一档。"
        )
    return Message(text, values)


def _not_reached(rule: PointsRule, value: float) -> Message | None:
    """A value that rounds up to an edge and does not reach it would look like a mistake."""
    for edge in edges_of(rule):
        if value < edge - TOLERANCE and round(value, 1) >= edge:
            text = N_("显示为 %(shown)s，实为 %(exact)s，没有达到 %(edge)s：按未四舍五入的数值比较。")
            values: dict[str, object] = {
                "shown": in_unit(rule, value, 1),
                "exact": in_unit(rule, math.floor(value * 10_000 + 1e-6) / 10_000, 4),
                "edge": in_unit(rule, edge),
            }
            return Message(text, values)
    return None


def in_unit(rule: PointsRule, value: float | None, digits: int | None = None) -> str:
    """90% for a rate, 90 for a score; as typed, or with so many decimals."""
    if value is None:
        return "—"
    number = f"{value:g}" if digits is None else f"{value:.{digits}f}"
    return number if rule.measure is Measure.SCORE else f"{number}%"
