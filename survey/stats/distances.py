"""How far weights may move for what price: F of Deville and Särndal (1992), and the λ that meets the totals.

g = F(x'λ) with F(0) = F'(0) = 1: 1 + u (linear), exp(u) (raking), an S between two bounds (logit); linear and
raking may be cut at bounds. λ solves Σ w F(x'λ) x = totals. x is first turned into orthonormal columns, so
that units of measure do not disturb the solution.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import expit

from survey.errors import N_, Invalid
from survey.stats.design import Floats

Method: TypeAlias = Literal["linear", "raking", "logit"]
Bounds: TypeAlias = tuple[float, float]
Curve: TypeAlias = Callable[[Floats], Floats]

UNBOUNDED: Bounds = (-math.inf, math.inf)
HALVINGS = 60
ENOUGH, ROUNDING, DAMPING, IMPOSSIBLE = 1e-4, 1e-13, 1e-3, 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """F, its derivative and its integral, and the bounds F approaches or keeps."""

    factor: Curve
    slope: Curve
    area: Curve
    low: float
    high: float


def shape_of(method: Method, bounds: Bounds | None) -> Shape:
    if method == "logit" and bounds is None:
        raise Invalid("missing-bounds", N_("logit 校准需要上下限，例如 0.5 与 2。请给出。"))
    low, high = bounds or UNBOUNDED
    if not low < 1 < high or (method == "logit" and not math.isfinite(high - low)):
        text = N_("校准系数的界限为 %(low)s 与 %(high)s，应一个小于 1，一个大于 1。")
        raise Invalid("bad-bounds", text, low=low, high=high)
    if method == "logit":
        return _logit(low, high)
    if method == "raking":
        return _cut(np.exp, np.exp, np.exp, (max(0.0, low), high), np.log)
    if method == "linear":
        return _cut(lambda u: 1 + u, np.ones_like, lambda u: u + u * u / 2, (low, high), lambda g: g - 1)
    raise Invalid("unknown-method", N_("没有“%(method)s”这种校准方法。"), method=method)


def _cut(factor: Curve, slope: Curve, area: Curve, bounds: Bounds, inverse: Curve) -> Shape:
    """F held constant where it would leave the bounds."""
    with np.errstate(divide="ignore"):
        low, high = inverse(np.array(bounds))

    def whole(u: Floats) -> Floats:
        inner = np.clip(u, low, high)
        return area(inner) + (u - inner) * factor(inner)

    return Shape(
        factor=lambda u: factor(np.clip(u, low, high)),
        slope=lambda u: np.where((u > low) & (u < high), slope(np.clip(u, low, high)), 0.0),
        area=whole,
        low=bounds[0],
        high=bounds[1],
    )


def _logit(low: float, high: float) -> Shape:
    width = high - low
    steepness, start = width / ((1 - low) * (high - 1)), math.log((1 - low) / (high - 1))

    def slope(u: Floats) -> Floats:
        share = expit(steepness * u + start)
        return np.asarray(width * steepness * share * (1 - share))

    return Shape(
        factor=lambda u: np.asarray(low + width * expit(steepness * u + start)),
        slope=slope,
        area=lambda u: np.asarray(low * u + width / steepness * np.logaddexp(0, steepness * u + start)),
        low=low,
        high=high,
    )


def linear_factors(x: Floats, totals: Floats, weights: Floats) -> Floats:
    """g = 1 + x'λ, in closed form."""
    basis, goals = _orthonormal(x, totals, weights)
    return np.asarray(1 + basis @ (goals - basis.T @ weights))


@np.errstate(over="ignore", invalid="ignore")
def newton_factors(
    x: Floats, totals: Floats, weights: Floats, shape: Shape, tolerance: float, rounds: int
) -> Floats:
    """g at the minimum over λ of Σ w A(x'λ) - totals'λ, A' = F, a convex function: Newton's method, damped.

    Where many cases sit at a bound the curvature may vanish; a part of the identity, fading with what is
    still missed, then keeps the step finite. The caller has to look whether the totals are met.
    """
    dual = _Dual(*_orthonormal(x, totals, weights), weights, shape)
    place = np.zeros(len(totals))
    for _ in range(rounds):
        u = dual.basis @ place
        factor = shape.factor(u)
        if missed(x, totals, weights * factor).max() < tolerance:
            break
        missing = dual.missing(place)
        curvature = dual.basis.T @ (dual.basis * (weights * shape.slope(u))[:, None])
        fading = DAMPING * float(np.linalg.norm(missing)) / math.sqrt(weights.sum())
        step: Floats = np.linalg.solve(curvature + fading * np.eye(len(totals)), missing).astype(np.float64)
        length = dual.length(place, step)
        place = place + length * step
        if not length or dual.impossible(place):
            break
    return shape.factor(dual.basis @ place)


@dataclass(frozen=True, slots=True, eq=False)
class _Dual:
    """Σ w A(b'λ) - goals'λ, and what the goals are missed by: minus its gradient."""

    basis: Floats
    goals: Floats
    weights: Floats
    shape: Shape

    def value(self, at: Floats) -> float:
        return float(self.weights @ self.shape.area(self.basis @ at) - self.goals @ at)

    def missing(self, at: Floats) -> Floats:
        return self.goals - self.basis.T @ (self.weights * self.shape.factor(self.basis @ at))

    def impossible(self, at: Floats) -> bool:
        """Whether λ proves that no g within the bounds meets the goals: goals'λ > max Σ w g b'λ (Farkas)."""
        u = self.basis @ at
        most = self.weights @ (u * np.where(u > 0, self.shape.high, self.shape.low))
        room = IMPOSSIBLE * float(np.linalg.norm(self.goals) * np.linalg.norm(at))
        return bool(self.goals @ at > most + room)

    def length(self, at: Floats, step: Floats) -> float:
        """The longest of 1, 1/2, 1/4, ... that lowers the value enough or, at its floor, what is missed."""
        value, missing = self.value(at), self.missing(at)
        promise, floor = float(step @ missing), ROUNDING * (1 + abs(value))
        for length in 0.5 ** np.arange(HALVINGS):
            found = self.value(at + length * step)
            if found <= value - ENOUGH * length * promise:
                return float(length)
            if found <= value + floor and _shorter(self.missing(at + length * step), missing):
                return float(length)
        return 0.0


def _shorter(one: Floats, other: Floats) -> bool:
    return bool(one @ one < other @ other)


def _orthonormal(x: Floats, totals: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Columns b spanning x with Σ w b b' = 1, and the goals that stand for the totals."""
    root = np.sqrt(weights)[:, None]
    basis, triangle = np.linalg.qr(x * root)
    return basis / root, np.linalg.solve(triangle.T, totals)


def missed(x: Floats, totals: Floats, weights: Floats) -> Floats:
    """By how much each total is missed, relative to 1 + itself."""
    return np.asarray(np.abs(totals - x.T @ weights) / (1 + np.abs(totals)))
