"""The chance that a group of households is missed altogether by a draw without replacement."""

from __future__ import annotations

import math
from collections.abc import Mapping

from survey.errors import N_, Invalid

_UNDERFLOW = -746.0  # exp() of less is no number above 0


def chance_of_nobody(
    members: Mapping[str, int], sizes: Mapping[str, int], sample: Mapping[str, int]
) -> float:
    """P(none of the group is drawn): Π_h C(N_h - m_h, n_h) / C(N_h, n_h), strata being drawn independently.

    `members` m_h: households (户) of the group in each stratum; `sizes` N_h; `sample` n_h. Exact but for the last
    rounding of each factor. R: `prod(dhyper(0, m, N - m, n))`. Raises Invalid when a stratum is unknown or smaller
    than what it should hold.
    """
    return math.prod(_missed(stratum, m, sizes, sample) for stratum, m in members.items())


def _missed(stratum: str, m: int, sizes: Mapping[str, int], sample: Mapping[str, int]) -> float:
    size, n = sizes.get(stratum, 0), sample.get(stratum, 0)
    if not (0 <= m <= size and 0 <= n <= size):
        raise Invalid(
            "group-above-population",
            N_("“%(stratum)s”层有 %(size)s 户，不能含有该组 %(m)s 户或抽取 %(n)s 户。请核对层名和户数。"),
            stratum=stratum,
            size=size,
            m=m,
            n=n,
        )
    if m + n > size:
        return 0.0
    few, many = sorted((m, n))  # the factor is the same with both exchanged
    if few and few * math.log1p(-many / size) < _UNDERFLOW:
        return 0.0
    return math.perm(size - many, few) / math.perm(size, few)
