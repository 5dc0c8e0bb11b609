"""How many households of the frame are satisfied: totals, as shares of everybody times N."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from survey.errors import Message
from survey.stats.cells import Cell, Code, Stratum, check_design, count_per_stratum, respondents_per_stratum
from survey.stats.estimate import proportion
from survey.stats.intervals import NO_ERROR
from survey.stats.results import Method


@dataclass(frozen=True, slots=True)
class Total:
    """Households (户) of `N` in the frame who are satisfied, with limits at `level`; None when nobody answered.

    `n`: interviewed households, `satisfied`: of these, unweighted.
    """

    value: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int
    satisfied: int
    N: int | None
    method: Method
    level: float
    domain: str | None = None
    notes: tuple[Message, ...] = ()


def total(
    cells: Iterable[Cell],
    strata: Mapping[str, Stratum],
    satisfied: Collection[Code],
    level: float = 0.95,
    domain: str | None = None,
) -> Total:
    """Σ w over the satisfied, w = N_h / r_h, in the whole or in one domain.

    Everybody else, whether dissatisfied, undecided or outside the domain, counts as not satisfied, so that
    the weights add up to N and the total is N times a share: its limits are N times those of `proportion`,
    whole numbers of households inside one simple random sample. R: `svytotal(~I(y & domain), design)`.
    """
    everybody = _indicators(list(cells), strata, satisfied, domain)
    share = proportion(everybody, strata, [1], [0, 1], level)
    size = share.N
    se = 0.0 if share.se is not None and share.se < NO_ERROR else share.se

    def households(part: float | None) -> float | None:
        return None if part is None or size is None else part * size

    return Total(
        value=households(share.value),
        se=households(se),
        low=households(share.low),
        high=households(share.high),
        n=share.n,
        satisfied=share.satisfied,
        N=size,
        method=share.method,
        level=level,
        domain=domain,
        notes=share.notes,
    )


def _indicators(
    cells: list[Cell], strata: Mapping[str, Stratum], satisfied: Collection[Code], domain: str | None
) -> list[Cell]:
    """Every interviewed household as 1 (satisfied, in the domain) or 0, with those that no cell counts."""
    check_design(cells, strata)
    found = [
        Cell(cell.stratum, _indicator(cell, satisfied, domain), cell.count, cluster=cell.cluster)
        for cell in cells
    ]
    counted = count_per_stratum(cells)
    for name, interviewed in respondents_per_stratum(cells, strata).items():
        if missing := interviewed - counted.get(name, 0):
            found.append(Cell(name, 0, missing))
    return found


def _indicator(cell: Cell, satisfied: Collection[Code], domain: str | None) -> int:
    return int(cell.code in satisfied and (domain is None or cell.domain == domain))
