"""How many households of each stratum: proportional with a minimum, in exact integers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from survey.errors import N_, Invalid


def proportional(sizes: Mapping[str, int], n: int, minimum: int = 0) -> dict[str, int]:
    """n households (户) shared over strata of `sizes` households.

    Each stratum gets at least min(minimum, size) and at most size. Raises Invalid when n is above the
    population or below the sum of the minimums.
    """
    return apportion(sizes, n, at_least={h: min(minimum, size) for h, size in sizes.items()}, at_most=sizes)


def apportion(
    measure: Mapping[str, int], n: int, at_least: Mapping[str, int], at_most: Mapping[str, int]
) -> dict[str, int]:
    """n shared out in proportion to `measure` between bounds; largest remainder, ties to the earlier stratum.

    Strata whose share falls outside a bound are fixed at it and the rest is shared again. When both bounds
    bite, the side that is further out is fixed first, so that the whole always fits.
    """
    _check_total(n, at_least, at_most)
    fixed: dict[str, int] = {}
    while free := [h for h in measure if h not in fixed]:
        shares = _shares(measure, free, n - sum(fixed.values()))
        below = {h: at_least[h] for h in free if shares[h] < at_least[h]}
        above = {h: at_most[h] for h in free if shares[h] > at_most[h]}
        if not below and not above:
            fixed |= _largest_remainder(shares)
            break
        lacking = sum((low - shares[h] for h, low in below.items()), Fraction(0))
        exceeding = sum((shares[h] - high for h, high in above.items()), Fraction(0))
        fixed |= (below if lacking >= exceeding else {}) | (above if exceeding >= lacking else {})
    return {h: fixed[h] for h in measure}


def _shares(measure: Mapping[str, int], strata: list[str], n: int) -> dict[str, Fraction]:
    total = sum(measure[h] for h in strata)
    if total == 0:  # nothing to go by: equal shares
        return {h: Fraction(n, len(strata)) for h in strata}
    return {h: Fraction(n * measure[h], total) for h in strata}


def _largest_remainder(shares: Mapping[str, Fraction]) -> dict[str, int]:
    whole = {h: int(share) for h, share in shares.items()}
    left = int(sum(shares.values(), Fraction(0))) - sum(whole.values())
    by_remainder = sorted(shares, key=lambda h: whole[h] - shares[h])  # stable: ties stay in order
    return whole | {h: whole[h] + 1 for h in by_remainder[:left]}


def _check_total(n: int, at_least: Mapping[str, int], at_most: Mapping[str, int]) -> None:
    most, least = sum(at_most.values()), sum(at_least.values())
    if n > most:
        raise Invalid(
            "allocation-above-population",
            N_("样本量 %(n)s 户多于可抽的 %(most)s 户。请改为不超过 %(most)s 户。"),
            n=n,
            most=most,
        )
    if n < least:
        raise Invalid(
            "allocation-below-minimum",
            N_("各层最低户数合计 %(least)s 户，多于样本量 %(n)s 户。请加大样本量或降低每层最低户数。"),
            n=n,
            least=least,
        )


def parse_allocation(text: str) -> dict[str, int]:
    """`S01=5,S02=7` as a mapping in the order given; raises Invalid naming the part that cannot be read."""
    allocation: dict[str, int] = {}
    for part in text.split(","):
        stratum, _, number = part.strip().rpartition("=")
        if not stratum or not re.fullmatch("[0-9]{1,9}", number) or stratum in allocation:
            raise Invalid(
                "allocation-unreadable",
                N_("看不懂分配“%(value)s”。请写成 S01=5,S02=7，每层只写一次。"),
                value=part[:80],
            )
        allocation[stratum] = int(number)
    return allocation
