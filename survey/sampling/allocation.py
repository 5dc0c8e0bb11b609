"""How many households of each stratum, with a minimum, in whole households."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from survey.errors import N_, Invalid
from survey.sampling.measures import bankier_measure, cost_measure, neyman_measure, power_measure

# What is this close below a whole number is that number; sums of square roots are not exact.
WHOLE = Fraction(1, 10**9)


def proportional(sizes: Mapping[str, int], n: int, minimum: int = 0) -> dict[str, int]:
    """n households (户) shared over strata of `sizes` households.

    Each stratum gets at least min(minimum, size) and at most size. Raises Invalid when n is above the
    population or below the sum of the minimums.
    """
    return by_measure(sizes, sizes, n, minimum)


def equal(sizes: Mapping[str, int], n: int, minimum: int = 0) -> dict[str, int]:
    """The same number from every stratum, a small one whole: for comparing strata."""
    return by_measure(dict.fromkeys(sizes, 1), sizes, n, minimum)


def neyman(sizes: Mapping[str, int], n: int, shares: Mapping[str, float], minimum: int = 0) -> dict[str, int]:
    """In proportion to N_h·S_h: the smallest variance of the whole for n, given shares guessed beforehand."""
    return by_measure(neyman_measure(sizes, shares), sizes, n, minimum)


def cost_optimal(
    sizes: Mapping[str, int],
    n: int,
    shares: Mapping[str, float],
    costs: Mapping[str, float],
    minimum: int = 0,
) -> dict[str, int]:
    """In proportion to N_h·S_h/√c_h, c_h the cost of one household: the smallest variance for the money."""
    return by_measure(cost_measure(sizes, shares, costs), sizes, n, minimum)


def power(sizes: Mapping[str, int], n: int, q: float = 0.5, minimum: int = 0) -> dict[str, int]:
    """In proportion to N_h^q, 0 <= q <= 1: between equal (0) and proportional (1)."""
    return by_measure(power_measure(sizes, q), sizes, n, minimum)


def bankier(
    sizes: Mapping[str, int], n: int, shares: Mapping[str, float], q: float = 0.5, minimum: int = 0
) -> dict[str, int]:
    """In proportion to X_h^q·CV_h with X_h = N_h·p_h and CV_h = S_h/p_h (Bankier 1988)."""
    return by_measure(bankier_measure(sizes, shares, q), sizes, n, minimum)


def by_measure(
    measure: Mapping[str, float], sizes: Mapping[str, int], n: int, minimum: int = 0
) -> dict[str, int]:
    """n in proportion to any measure, between min(minimum, size) and size; a stratum without measure gets
    its minimum unless the others are used up."""
    return apportion(measure, n, _least(sizes, minimum), sizes)


def real_shares(
    measure: Mapping[str, float], sizes: Mapping[str, int], n: int, minimum: int = 0
) -> dict[str, float]:
    """`by_measure` before it is rounded to whole households."""
    fixed, free = _settle(measure, n, _least(sizes, minimum), sizes)
    return {h: float(fixed[h] if h in fixed else free[h]) for h in measure}


def apportion(
    measure: Mapping[str, float], n: int, at_least: Mapping[str, int], at_most: Mapping[str, int]
) -> dict[str, int]:
    """n shared out in proportion to `measure` between bounds; largest remainder, ties to the earlier stratum.

    Strata whose share falls outside a bound are fixed at it and the rest is shared again. When both bounds
    bite, the side that is further out is fixed first, so that the whole always fits.
    """
    fixed, free = _settle(measure, n, at_least, at_most)
    found = fixed | _largest_remainder(free)
    return {h: found[h] for h in measure}


def _settle(
    measure: Mapping[str, float], n: int, at_least: Mapping[str, int], at_most: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, Fraction]]:
    """The strata fixed at a bound, and the exact shares of the others."""
    _check_total(n, at_least, at_most)
    exact = {h: Fraction(value) for h, value in measure.items()}
    fixed: dict[str, int] = {}
    while free := [h for h in measure if h not in fixed]:
        shares = _shares(exact, free, n - sum(fixed.values()))
        below = {h: at_least[h] for h in free if shares[h] < at_least[h]}
        above = {h: at_most[h] for h in free if shares[h] > at_most[h]}
        if not below and not above:
            return fixed, shares
        lacking = sum((low - shares[h] for h, low in below.items()), Fraction(0))
        exceeding = sum((shares[h] - high for h, high in above.items()), Fraction(0))
        fixed |= (below if lacking >= exceeding else {}) | (above if exceeding >= lacking else {})
    return fixed, {}


def _shares(measure: Mapping[str, Fraction], strata: list[str], n: int) -> dict[str, Fraction]:
    total = sum((measure[h] for h in strata), Fraction(0))
    if total == 0:  # nothing to go by: equal shares
        return {h: Fraction(n, len(strata)) for h in strata}
    return {h: n * measure[h] / total for h in strata}


def _largest_remainder(shares: Mapping[str, Fraction]) -> dict[str, int]:
    whole = {h: int(share + WHOLE) for h, share in shares.items()}
    left = round(sum(shares.values(), Fraction(0))) - sum(whole.values())
    by_remainder = sorted(shares, key=lambda h: whole[h] - shares[h])  # stable: ties stay in order
    return whole | {h: whole[h] + 1 for h in by_remainder[:left]}


def _least(sizes: Mapping[str, int], minimum: int) -> dict[str, int]:
    for h, size in sizes.items():
        if size < 0:
            text = N_("层“%(stratum)s”的户数为 %(size)s，不能小于 0。")
            raise Invalid("bad-population", text, stratum=h, size=size)
    return {h: min(minimum, size) for h, size in sizes.items()}


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
