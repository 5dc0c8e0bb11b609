"""Estimates on the scale of a points rule: rates in per cent, scores in 分."""

from __future__ import annotations

from survey.stats.points import Measured
from survey.stats.results import Estimate, Score


def of_rate(rate: Estimate | None, n: int) -> Measured:
    """In per cent; `n`: base where there is no rate to show.

    Where everybody was released and not everybody answered, the interval is worst and best case.
    """
    if rate is None or rate.value is None:
        return Measured(None, None, None, n)
    worst_case = rate.bounds if rate.is_census_with_nonresponse else None
    low, high = (worst_case.low, worst_case.high) if worst_case else (rate.low, rate.high)
    return Measured(100 * rate.value, _percent(low), _percent(high), rate.n)


def of_score(score: Score | None, n: int) -> Measured:
    """As it is. `n`: base where there is no score to show."""
    if score is None or score.value is None:
        return Measured(None, None, None, n)
    return Measured(score.value, score.low, score.high, score.n)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
