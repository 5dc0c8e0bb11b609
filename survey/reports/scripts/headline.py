"""Recompute the headline of a survey round from the files beside this script: python headline.py [FOLDER ...]

Needs Python 3.10 or newer with numpy and scipy, and nothing else. (The package svy would do the stratified variance too;
it is a beta that brings its own data-frame runtime, and has neither the interval for a finite population nor
Korn-Graubard limits at Kish's size, so plain numpy it is.)

Reads definition.csv (which codes count), strata.csv (size and respondents of each stratum) and data.csv (one line a
household), and prints value, low, high, n, N and method, unrounded. It uses neither `satisfied` nor `in_base` of
data.csv: those are only compared.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta, hypergeom, t

TIE = 1 + 1e-11  # what a tail of exactly a/2 rejects stays rejected in spite of the last bits of a sum
NO_ERROR, EDGE = 1e-10, 1e-12

Row = dict[str, str]
Result = dict[str, Any]


def main(folders: list[Path]) -> None:
    for folder in folders:
        for name, value in headline(folder).items():
            print(name, "NA" if value is None else repr(value) if isinstance(value, float) else value)


def headline(folder: Path) -> Result:
    """Value, limits, n, N and method; None where there is nothing to tell."""
    definition = {row["key"]: row["value"] for row in read(folder / "definition.csv")}
    if definition["withheld"]:
        return result(None, None, None, None, None, "withheld")
    strata, data = read(folder / "strata.csv"), read(folder / "data.csv")
    size = {row["stratum"]: float(row["E_h"]) for row in strata}
    asked = {row["stratum"]: int(row["respondents"]) for row in strata}
    population = sum(int(row["N_h"]) for row in strata if asked[row["stratum"]])
    inside = [row[definition["column"]] in definition["base_codes"].split() for row in data]
    if not any(inside):
        return result(None, None, None, 0, population, "nobody")
    y = np.array(
        [row[definition["column"]] in definition["satisfied_codes"].split() for row in data], dtype=float
    )
    base = np.array(inside, dtype=float)
    check(data, base, y, asked)
    weights = np.array([float(row["weight"]) for row in data]) * base
    value = float(np.sum(weights * y) / np.sum(weights))
    n, x, tail = int(base.sum()), int((base * y).sum()), (1 - float(definition["level"])) / 2
    if all(asked[name] >= size[name] - 1e-9 for name in size):
        return result(value, value, value, n, population, "census")
    if sum(count > 0 for count in asked.values()) == 1:
        return result(value, *hypergeometric(x, n, population, tail), n, population, "hypergeometric")
    strata_of = np.array([row["stratum"] for row in data])
    limits, method = weighted(value, weights, y, strata_of, size, tail)
    return result(value, *limits, n, population, method)


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def result(value: Any, low: Any, high: Any, n: Any, population: Any, method: str) -> Result:
    return {"value": value, "low": low, "high": high, "n": n, "N": population, "method": method}


def check(data: list[Row], base: Any, y: Any, asked: dict[str, int]) -> None:
    """The columns of data.csv say the same, and its lines are as many as strata.csv counts."""
    for row, inside, satisfied in zip(data, base, y, strict=True):
        assert row["in_base"] == str(int(inside)) and (not inside or row["satisfied"] == str(int(satisfied)))
    for name, count in asked.items():
        assert sum(row["stratum"] == name for row in data) == count, name


def hypergeometric(x: int, n: int, population: int, tail: float) -> tuple[float, float]:
    """The least and the greatest K of N that would not make x of n too rare, as shares."""
    least, most = x, population - (n - x)
    low = first(least, most, lambda K: hypergeom.sf(x - 1, population, K, n) > tail * TIE)
    high = most - first(0, most - least, lambda d: hypergeom.cdf(x, population, most - d, n) > tail * TIE)
    return low / population, high / population


def first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The smallest number from which on it holds, by halving."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def weighted(
    value: float, weights: Any, y: Any, strata: Any, size: dict[str, float], tail: float
) -> tuple[tuple[float, float], str]:
    """Korn and Graubard: the exact limits at the effective size, which never exceeds Kish's."""
    base = weights > 0
    n, total = int(base.sum()), float(weights.sum())
    kish = total * total / float((weights * weights).sum())
    scores = weights * (y - value) / total
    variance, lonely = 0.0, False
    for name in np.unique(strata):
        z = scores[strata == name]
        open_share = 1 - min(1.0, len(z) / size[name])
        lonely = lonely or (len(z) == 1 and size[name] > 1)
        if len(z) > 1:
            variance += open_share * len(z) / (len(z) - 1) * float(((z - z.mean()) ** 2).sum())
    df = n - len(np.unique(strata[base]))
    if lonely or df < 1:
        return clopper_pearson(min(value * kish, kish), kish, tail), "clopper-pearson-kish"
    effective = kish
    if variance > NO_ERROR**2 and EDGE < value < 1 - EDGE:
        ratio = t.ppf(1 - tail, n - 1) / t.ppf(1 - tail, df) if n > 1 else 1.0
        effective = min(kish, value * (1 - value) / variance * ratio**2)
    return clopper_pearson(value * effective, effective, tail), "korn-graubard-kish"


def clopper_pearson(x: float, n: float, tail: float) -> tuple[float, float]:
    low = 0.0 if x <= 0 else float(beta.ppf(tail, x, n - x + 1))
    high = 1.0 if x >= n else float(beta.ppf(1 - tail, x + 1, n - x))
    return low, high


if __name__ == "__main__":
    main([Path(folder) for folder in sys.argv[1:]] or [Path(__file__).parent])
