"""What came of the released cases, and how many completes they will bring."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from survey.errors import N_, Invalid
from survey.fieldwork.dispositions import OUTCOMES, disposition

PENDING = "pending"
VOID = "void"


def outcomes(dispositions: Iterable[str | None]) -> dict[str, int]:
    """Counts per AAPOR class of the final codes of the released cases (户), plus pending (None) and void.

    The counts add up to the number of cases passed in. Raises Invalid (not-a-final-code).
    """
    counts = dict.fromkeys((*OUTCOMES, PENDING, VOID), 0)
    for code in dispositions:
        counts[_class_of(code)] += 1
    return counts


def _class_of(code: str | None) -> str:
    if code is None:
        return PENDING
    row = disposition(code)
    if row.code == "D61":
        return VOID
    if row.outcome is None:
        raise Invalid("not-a-final-code", N_("%(value)s 不能作为样本的最终结果。"), value=code)
    return row.outcome


@dataclass(frozen=True, slots=True)
class Forecast:
    """Counts in households (户); rates are shares.

    `rate`: completion rate expected of a case not yet final; `observed_rate`: completes among final cases,
    None while there are none; `shortfall`: completes missing from the target; `release_more`: cases that
    would fill it, never more than are left, and `enough_left` says whether those suffice.
    """

    released: int
    final: int
    pending: int
    complete: int
    observed_rate: float | None
    rate: float
    expected_completes: float
    shortfall: float
    release_more: int
    enough_left: bool


def forecast(
    released: int,
    final: int,
    complete: int,
    target: int,
    *,
    assumed_rate: float = 0.45,
    assumed_weight: float = 20,
    left: int | None = None,
) -> Forecast:
    """Expected completes = complete + pending × rate, with rate = (complete + w·p) / (final + w).

    The assumed rate p counts like w finished cases (a beta prior), so that a few early calls do not swing the
    proposal. Early finals are the easy cases; the rate is therefore somewhat hopeful until the calling rules
    have run their course. `left`: cases in reserve, None for no limit. Raises Invalid (forecast-counts).
    """
    _check(released, final, complete, assumed_rate, assumed_weight)
    pending = released - final
    rate = (complete + assumed_weight * assumed_rate) / (final + assumed_weight)
    expected = complete + pending * rate
    shortfall = max(0.0, target - expected)
    wanted = first_batch(shortfall, rate)
    return Forecast(
        released=released,
        final=final,
        pending=pending,
        complete=complete,
        observed_rate=complete / final if final else None,
        rate=rate,
        expected_completes=expected,
        shortfall=shortfall,
        release_more=wanted if left is None else min(wanted, left),
        enough_left=left is None or wanted <= left,
    )


def first_batch(target: float, rate: float) -> int:
    """Cases (户) to release for `target` expected completes: target / rate, rounded up."""
    if not 0 < rate <= 1:
        raise Invalid("forecast-rate", N_("预计完成率 %(rate)s 应大于 0、不超过 1。"), rate=rate)
    return math.ceil(round(target / rate, 9))


def _check(released: int, final: int, complete: int, rate: float, weight: float) -> None:
    if not 0 <= complete <= final <= released:
        raise Invalid(
            "forecast-counts",
            N_("完成 %(complete)s、结束 %(final)s、发放 %(released)s 户互相矛盾，请核对。"),
            complete=complete,
            final=final,
            released=released,
        )
    if not 0 < rate <= 1 or weight <= 0:
        raise Invalid("forecast-rate", N_("预计完成率 %(rate)s 应大于 0、不超过 1。"), rate=rate)
