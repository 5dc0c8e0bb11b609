"""How far coders of the same verbatims agree: Cohen, Fleiss, Krippendorff, and per code.

`ratings` maps a coder to the code of every item, in one order for all; None: not coded by this coder.
A coefficient that chance alone fixes (one code used for everything) is None, with a note that says why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from survey.errors import N_, Invalid, Message
from survey.stats.codings import (
    CodeSets,
    Matrix,
    Ratings,
    check_coders,
    codebook,
    codes_used,
    coincidences,
    counts_per_item,
    cross_table,
    ordered_codes,
)
from survey.stats.intervals import check_level, normal_quantile

NOTHING_SHARED = N_("没有一条回答由两名编码员都编过码，无法计算一致性。")
NOTHING_COMPLETE = N_("没有一条回答由全部编码员都编过码，无法计算一致性。")
ONE_CODE = N_("两名或更多编码员都编过码的回答只用了一个编码，全部一致在所难免，系数没有意义。")
NO_SPREAD = N_("编码员之间的一致程度在样本中没有变化，标准误为 0，不能给出区间。")


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa of two coders over the `n` items both coded. `agreement`: share coded alike.

    `low`, `high`: limits at `level`; None where kappa is, or where its standard error is 0.
    """

    value: float | None
    low: float | None
    high: float | None
    se: float | None
    agreement: float | None
    n: int
    level: float
    method: str
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class Fleiss:
    """Fleiss' kappa of all `coders` over the `n` items that every one of them coded."""

    value: float | None
    n: int
    coders: int
    note: Message | None = None
    method: str = "fleiss"


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's alpha. `n`: items with two codes or more; `codings`: the codes on these items."""

    value: float | None
    n: int
    codings: int
    method: str
    note: Message | None = None


def cohen(first: Sequence[str | None], second: Sequence[str | None], level: float = 0.95) -> Kappa:
    """(po - pe)/(1 - pe) of two coders; interval kappa ± z·SE with the large-sample variance, cut at ±1.

    Cohen (1960); Fleiss, Cohen and Everitt (1969). R: `psych::cohen.kappa(data.frame(a, b))`, `irr::kappa2`.
    """
    codes = codes_used({"1": first, "2": second})
    return _kappa(first, second, codes, np.eye(len(codes)), level, "cohen")


def cohen_pairs(ratings: Ratings, level: float = 0.95) -> dict[tuple[str, str], Kappa]:
    """`cohen` of every pair of coders, each over the items both coded."""
    check_coders(ratings)
    return {(one, two): cohen(ratings[one], ratings[two], level) for one, two in combinations(ratings, 2)}


def cohen_linear(
    first: Sequence[str | None], second: Sequence[str | None], order: Sequence[str], level: float = 0.95
) -> Kappa:
    """Weighted kappa of ordered codes, lowest first: a distance of d steps costs d. Cohen (1968)."""
    return _weighted(first, second, order, 1, level, "cohen-linear")


def cohen_quadratic(
    first: Sequence[str | None], second: Sequence[str | None], order: Sequence[str], level: float = 0.95
) -> Kappa:
    """Weighted kappa of ordered codes, lowest first: a distance of d steps costs d². Cohen (1968)."""
    return _weighted(first, second, order, 2, level, "cohen-quadratic")


def fleiss(ratings: Ratings) -> Fleiss:
    """Fleiss' kappa (1971) over the items that all coders coded. R: `irr::kappam.fleiss`."""
    counts = counts_per_item(ratings, codes_used(ratings))
    coders = len(ratings)
    complete = counts[counts.sum(axis=1) == coders]
    n = len(complete)
    if not n:
        return Fleiss(None, 0, coders, Message(NOTHING_COMPLETE))
    by_chance = float(((complete.sum(axis=0) / (n * coders)) ** 2).sum())
    if _is_one(by_chance):
        return Fleiss(None, n, coders, Message(ONE_CODE))
    alike = float((complete * (complete - 1)).sum()) / (n * coders * (coders - 1))
    return Fleiss((alike - by_chance) / (1 - by_chance), n, coders)


def krippendorff(ratings: Ratings) -> Alpha:
    """Alpha of unordered codes; missing codes allowed. R: `irr::kripp.alpha(x, "nominal")`."""
    codes = codes_used(ratings)
    return _alpha(counts_per_item(ratings, codes), 1 - np.eye(len(codes)), "krippendorff-nominal")


def krippendorff_ordinal(ratings: Ratings, order: Sequence[str]) -> Alpha:
    """Alpha of ordered codes, lowest first. R: `irr::kripp.alpha(x, "ordinal")`.

    Squared distance of c < k: (n_c/2 + everything between + n_k/2)², n_c the codings of c that can be
    compared.
    """
    counts = counts_per_item(ratings, ordered_codes(ratings, order))
    used = coincidences(counts).sum(axis=0)
    middle = np.cumsum(used) - used / 2
    return _alpha(counts, np.subtract.outer(middle, middle) ** 2, "krippendorff-ordinal")


def krippendorff_interval(ratings: Ratings, values: Mapping[str, float]) -> Alpha:
    """Alpha of codes that stand for numbers: squared differences. R: `irr::kripp.alpha(x, "interval")`."""
    for code, value in values.items():
        if not math.isfinite(value):
            text = N_("编码“%(label)s”的分值为 %(value)s，应为有限的数。")
            raise Invalid("bad-code-value", text, label=code, value=value)
    codes = ordered_codes(ratings, list(values))
    numbers = np.array([values[code] for code in codes], dtype=np.float64)
    distance = np.subtract.outer(numbers, numbers) ** 2
    return _alpha(counts_per_item(ratings, codes), distance, "krippendorff-interval")


def krippendorff_per_code(ratings: Ratings, codes: Sequence[str] | None = None) -> dict[str, Alpha]:
    """Alpha of each code as yes or no. `codes`: the codebook in its order; otherwise the codes that occur.

    R: `irr::kripp.alpha(x == code, "nominal")`.
    """
    codes_used(ratings)
    return krippendorff_of_sets(
        {
            coder: [None if code is None else frozenset((code,)) for code in given]
            for coder, given in ratings.items()
        },
        codes,
    )


def krippendorff_of_sets(ratings: CodeSets, codes: Sequence[str] | None = None) -> dict[str, Alpha]:
    """Alpha of each code as yes or no, where an item may carry several codes.

    An empty set is a judgement (no code fits) and counts; None is a missing one and does not.
    """
    book = codebook(ratings, codes)
    return {
        code: replace(
            krippendorff(
                {
                    coder: [None if given is None else str(code in given) for given in items]
                    for coder, items in ratings.items()
                }
            ),
            method="krippendorff-code",
        )
        for code in book
    }


def _weighted(
    first: Sequence[str | None],
    second: Sequence[str | None],
    order: Sequence[str],
    power: int,
    level: float,
    method: str,
) -> Kappa:
    codes = ordered_codes({"1": first, "2": second}, order)
    steps = np.arange(len(codes), dtype=np.float64)
    distance = np.abs(np.subtract.outer(steps, steps)) ** power
    weights = 1 - distance / max(1.0, float(distance.max(initial=0)))
    return _kappa(first, second, codes, weights, level, method)


def _kappa(
    first: Sequence[str | None],
    second: Sequence[str | None],
    codes: list[str],
    weights: Matrix,
    level: float,
    method: str,
) -> Kappa:
    """Weighted kappa with agreement `weights` (1 on the diagonal); the identity gives the plain one."""
    check_level(level)
    table = cross_table(first, second, codes)
    n = int(table.sum())
    if not n:
        return Kappa(None, None, None, None, None, 0, level, method, Message(NOTHING_SHARED))
    shares = table / n
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    agreement = float(np.trace(table)) / n
    by_chance = float((weights * np.outer(rows, columns)).sum())
    if _is_one(by_chance):
        return Kappa(None, None, None, None, agreement, n, level, method, Message(ONE_CODE))
    alike = float((weights * shares).sum())
    value = (alike - by_chance) / (1 - by_chance)
    se = _standard_error(shares, weights, alike, by_chance, n)
    if se == 0:
        return Kappa(value, None, None, se, agreement, n, level, method, Message(NO_SPREAD))
    half = normal_quantile(level) * se
    return Kappa(value, max(-1.0, value - half), min(1.0, value + half), se, agreement, n, level, method)


def _standard_error(shares: Matrix, weights: Matrix, alike: float, by_chance: float, n: int) -> float:
    """Fleiss, Cohen and Everitt (1969), eq. 16; exactly 0 where only rounding is left."""
    of_rows, of_columns = weights @ shares.sum(axis=0), weights @ shares.sum(axis=1)
    deviation = weights * (1 - by_chance) - np.add.outer(of_rows, of_columns) * (1 - alike)
    centre = alike * by_chance - 2 * by_chance + alike
    spread = float((shares * deviation**2).sum()) - centre**2
    return math.sqrt(spread / n) / (1 - by_chance) ** 2 if spread > 1e-13 else 0.0


def _alpha(counts: Matrix, distance: Matrix, method: str) -> Alpha:
    """1 - observed over expected disagreement, from the coincidences of codes within items."""
    pairs = coincidences(counts)
    used = pairs.sum(axis=0)
    per_item = counts.sum(axis=1)
    n, codings = int((per_item >= 2).sum()), int(per_item[per_item >= 2].sum())
    if not n:
        return Alpha(None, 0, 0, method, Message(NOTHING_SHARED))
    expected = float((np.outer(used, used) * distance).sum()) / (codings - 1)
    if np.count_nonzero(used) < 2 or expected == 0:
        return Alpha(None, n, codings, method, Message(ONE_CODE))
    return Alpha(1 - float((pairs * distance).sum()) / expected, n, codings, method)


def _is_one(share: float) -> bool:
    return abs(1 - share) < 1e-12
