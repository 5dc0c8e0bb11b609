"""What an allocation may be proportional to, from guesses made before the survey, and what it yields.

S_h = √(p_h(1-p_h)·N_h/(N_h-1)) is the spread of a satisfied / not satisfied answer among the N_h households
(户) of a stratum of which the share p_h is satisfied.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from survey.errors import N_, Invalid


def neyman_measure(sizes: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, float]:
    """N_h·S_h. Raises Invalid when no stratum has any spread: then nothing speaks for one or another."""
    _check_strata(sizes, shares)
    measure = {h: sizes[h] * _spread(sizes[h], _share(h, shares[h])) for h in sizes}
    if sizes and not any(measure.values()):
        text = N_("各层预计满意率都是 0 或 1，没有差异可依。请给出介于两者之间的比例，或改用按户数分配。")
        raise Invalid("no-spread", text)
    return measure


def cost_measure(
    sizes: Mapping[str, int], shares: Mapping[str, float], costs: Mapping[str, float]
) -> dict[str, float]:
    """N_h·S_h/√c_h, c_h > 0 in any unit of money."""
    _check_strata(sizes, costs)
    for h in sizes:
        if not 0 < costs[h] < math.inf:
            text = N_("层“%(stratum)s”的每户费用为 %(cost)s，应大于 0。")
            raise Invalid("bad-cost", text, stratum=h, cost=costs[h])
    return {h: value / math.sqrt(costs[h]) for h, value in neyman_measure(sizes, shares).items()}


def power_measure(sizes: Mapping[str, int], q: float) -> dict[str, float]:
    """N_h^q."""
    _check_power(q)
    return {h: float(size) ** q for h, size in sizes.items()}


def bankier_measure(sizes: Mapping[str, int], shares: Mapping[str, float], q: float) -> dict[str, float]:
    """X_h^q·CV_h with X_h = N_h·p_h and CV_h = S_h/p_h; no share may be 0."""
    _check_power(q)
    for h, value in neyman_measure(sizes, shares).items():
        if shares[h] == 0 and value == 0:
            text = N_("层“%(stratum)s”的预计满意率为 0，变异系数没有意义。请给出大于 0 的比例。")
            raise Invalid("share-of-nothing", text, stratum=h)
    return {h: (sizes[h] * shares[h]) ** q * _spread(sizes[h], shares[h]) / shares[h] for h in sizes}


def variance_of_share(
    sizes: Mapping[str, int], allocation: Mapping[str, int], shares: Mapping[str, float]
) -> float:
    """Variance of the whole's share, Σ (N_h/N)²·(1-n_h/N_h)·S_h²/n_h, when n_h households answer."""
    _check_strata(sizes, allocation)
    _check_strata(sizes, shares)
    population = sum(sizes.values())
    found = 0.0
    for h, size in sizes.items():
        n = allocation[h]
        if not min(1, size) <= n <= size:
            text = N_("层“%(stratum)s”有 %(size)s 户，分到 %(n)s 户；方差只对 1 到全部户数有意义。")
            raise Invalid("bad-allocation", text, stratum=h, size=size, n=n)
        if size:
            spread = _spread(size, _share(h, shares[h]))
            found += (size / population) ** 2 * (1 - n / size) * spread * spread / n
    return found


def _spread(size: int, share: float) -> float:
    """S_h; a single household does not differ from itself."""
    return math.sqrt(share * (1 - share) * size / (size - 1)) if size > 1 else 0.0


def _share(stratum: str, share: float) -> float:
    if not 0 <= share <= 1:
        text = N_("层“%(stratum)s”的预计满意率为 %(share)s，应在 0 与 1 之间。")
        raise Invalid("bad-share", text, stratum=stratum, share=share)
    return share


def _check_power(q: float) -> None:
    if not 0 <= q <= 1:
        text = N_("幂次 q 为 %(q)s，应在 0（各层相同）与 1（按户数）之间。")
        raise Invalid("bad-power", text, q=q)


def _check_strata(sizes: Mapping[str, int], given: Mapping[str, float]) -> None:
    for h in sizes:
        if h not in given:
            text = N_("没有给出层“%(stratum)s”的数值。请补上。")
            raise Invalid("missing-stratum", text, stratum=h)
    for h in given:
        if h not in sizes:
            text = N_("没有叫“%(stratum)s”的层。有：%(known)s。")
            raise Invalid("unknown-stratum", text, stratum=h, known="、".join(sizes))
