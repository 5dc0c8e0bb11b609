"""What the households that were released and not interviewed could change at most."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from survey.errors import N_, Invalid
from survey.stats.cells import Cell, Code, Stratum, check_design, respondents_per_stratum


@dataclass(frozen=True, slots=True)
class Bounds:
    """Rates of the released households if all `missing` ones were dissatisfied (`low`) or satisfied (`high`).

    No model and no confidence level: with a census these bounds are certain, with a sample they hold for
    the released part. `n`: answers in the base; `N`: released and eligible households they speak of.
    """

    low: float | None
    high: float | None
    n: int
    missing: int
    N: int
    method: str = "nonresponse-bounds"


def nonresponse_bounds(
    cells: Iterable[Cell],
    strata: Mapping[str, Stratum],
    satisfied: Collection[Code],
    base_codes: Collection[Code],
) -> Bounds:
    """Worst and best case of a rate over all released, eligible households (户).

    low = Σ u_h x_h / Σ u_h (n_h + missing_h), high = Σ u_h (x_h + missing_h) / the same, with the base
    weight u_h = N_h / eligible released cases; missing_h = released - ineligible - interviewed.
    Interviewed households without a substantive answer stay outside. Manski (1989). Raises Invalid when a
    stratum's releases are unknown.
    """
    cells = list(cells)
    check_design(cells, strata)
    interviewed = respondents_per_stratum(cells, strata)
    low, high, whole = [], [], []
    answered, missing_total, released_total = 0, 0, 0
    for name, stratum in strata.items():
        eligible = _eligible_released(name, stratum)
        if not eligible:
            continue
        x = sum(c.count for c in cells if c.stratum == name and c.code in satisfied and c.code in base_codes)
        n = sum(c.count for c in cells if c.stratum == name and c.code in base_codes)
        missing = eligible - interviewed[name]
        weight = stratum.eligible / eligible
        low.append(weight * x)
        high.append(weight * (x + missing))
        whole.append(weight * (n + missing))
        answered, missing_total = answered + n, missing_total + missing
        released_total += eligible
    total = math.fsum(whole)
    return Bounds(
        low=math.fsum(low) / total if total else None,
        high=math.fsum(high) / total if total else None,
        n=answered,
        missing=missing_total,
        N=released_total,
    )


def _eligible_released(name: str, stratum: Stratum) -> int:
    if stratum.released is None:
        text = N_("层“%(stratum)s”没有发放户数，无法给出未受访的上下界。")
        raise Invalid("unknown-releases", text, stratum=name)
    return stratum.released - stratum.ineligible
