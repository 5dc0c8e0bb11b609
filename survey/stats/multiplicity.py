"""Adjusted p-values when many stations are tested at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.errors import N_, Invalid

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Adjusted p-values under the names given, in their order; None where there was no test.

    `n`: tests counted. A station differs at `alpha` when its value is <= alpha: with Bonferroni, Holm and
    Hochberg the chance of even one false finding is at most alpha, with Benjamini-Hochberg and -Yekutieli
    the expected share of false findings among the findings is.
    """

    values: Mapping[str, float | None]
    n: int
    method: str


def bonferroni(p_values: Mapping[str, float | None]) -> Adjusted:
    """min(1, m·p). Any dependence. R: `p.adjust(p, "bonferroni")`."""
    return _adjusted(p_values, "bonferroni", lambda p: p * len(p))


def holm(p_values: Mapping[str, float | None]) -> Adjusted:
    """Step down: running maximum of (m-i+1)·p_(i). Any dependence, never above Bonferroni.

    Holm (1979). R: `p.adjust(p, "holm")`.
    """
    return _adjusted(p_values, "holm", lambda p: np.maximum.accumulate(_remaining(p) * p))


def hochberg(p_values: Mapping[str, float | None]) -> Adjusted:
    """Step up: running minimum, from the largest, of (m-i+1)·p_(i). Independent stations.

    Hochberg (1988). R: `p.adjust(p, "hochberg")`.
    """
    return _adjusted(p_values, "hochberg", lambda p: _minimum_from_above(_remaining(p) * p))


def benjamini_hochberg(p_values: Mapping[str, float | None]) -> Adjusted:
    """Step up: running minimum, from the largest, of m/i·p_(i). Independent stations.

    Benjamini and Hochberg (1995). R: `p.adjust(p, "BH")`.
    """
    return _adjusted(p_values, "benjamini-hochberg", lambda p: _minimum_from_above(len(p) / _ranks(p) * p))


def benjamini_yekutieli(p_values: Mapping[str, float | None]) -> Adjusted:
    """Benjamini-Hochberg times 1 + 1/2 + … + 1/m: any dependence. R: `p.adjust(p, "BY")`.

    Benjamini and Yekutieli (2001).
    """
    return _adjusted(
        p_values,
        "benjamini-yekutieli",
        lambda p: _minimum_from_above((1 / _ranks(p)).sum() * len(p) / _ranks(p) * p),
    )


def _adjusted(
    p_values: Mapping[str, float | None], method: str, of_sorted: Callable[[Values], Values]
) -> Adjusted:
    """Sort the tests made, adjust, cut at 1, and give each value back to its name."""
    _check(p_values)
    tested = sorted((p, name) for name, p in p_values.items() if p is not None)
    found = np.minimum(1.0, of_sorted(np.array([p for p, _ in tested], dtype=np.float64)))
    by_name = {name: float(value) for (_, name), value in zip(tested, found, strict=True)}
    return Adjusted({name: by_name.get(name) for name in p_values}, len(tested), method)


def _check(p_values: Mapping[str, float | None]) -> None:
    for name, p in p_values.items():
        if p is not None and not 0 <= p <= 1:
            text = N_("“%(name)s”的 p 值为 %(p)s，应在 0 与 1 之间；没有检验的，请留空。")
            raise Invalid("bad-p-value", text, name=name, p=p)


def _ranks(p: Values) -> Values:
    return np.arange(1, len(p) + 1, dtype=np.float64)


def _remaining(p: Values) -> Values:
    """m-i+1: tests not yet decided when the i-th smallest is looked at."""
    return np.arange(len(p), 0, -1, dtype=np.float64)


def _minimum_from_above(scaled: Values) -> Values:
    return np.minimum.accumulate(scaled[::-1])[::-1]
