"""How often each household is drawn over 20,000 seeds, against the inclusion probabilities of the design.

For a design with first and joint inclusion probabilities p_i and p_ij the counts over M independent seeds have mean
M p_i and covariance M (p_ij - p_i p_j) = M V. So d' V+ d / M, d the deviations from the mean, is about chi-square
with rank(V) degrees of freedom, and what V cannot reach (a fixed sample size, households taken with certainty) has to
agree exactly. The seeds are fixed: each test either holds or does not; a right draw fails one with probability 1e-4.
"""

from bisect import bisect_right
from itertools import accumulate

import numpy as np
import pytest
from scipy import stats

from survey.sampling.draw import draw
from survey.sampling.frame import FrameUnit
from survey.sampling.prn import draw_prn
from survey.sampling.systematic import as_draw, draw_systematic

SEEDS = 20_000
LEVEL = 1e-4
F = "f" * 64
SIZES = [3, 9, 1, 4, 2, 6, 5, 2, 7, 1]
UNITS = [FrameUnit(f"村-{i:04d}", "北" if i < 6 else "S 2", size) for i, size in enumerate(SIZES)]
WITH_GIANT = [*UNITS, FrameUnit("1e5", "S 2", 60)]


def simple(population, n):
    """Joint inclusion probabilities of a simple random sample; the diagonal holds the first-order ones."""
    joint = np.full((population, population), n * (n - 1) / (population * (population - 1)))
    np.fill_diagonal(joint, n / population)
    return joint


def stratified(*strata):
    first = np.concatenate([np.full(size, n / size) for size, n in strata])
    joint, start = np.outer(first, first), 0
    for size, n in strata:
        joint[start : start + size, start : start + size] = simple(size, n)
        start += size
    return joint


def systematic(sizes, n):
    """By going through every start: one hit at floor((start + j S) / n) for each j."""
    ends, total = list(accumulate(sizes)), sum(sizes)
    joint = np.zeros((len(sizes), len(sizes)))
    for start in range(total):
        hits = [bisect_right(ends, (start + j * total) // n) for j in range(n)]
        joint[np.ix_(hits, hits)] += 1 / total
    return joint


def with_certainty(joint):
    """One more household, the last, that is always taken."""
    first = np.append(np.diag(joint), 1)
    whole = np.outer(first, first)
    whole[:-1, :-1] = joint
    return whole


def by_size(units, n):
    return lambda seed: as_draw(draw_systematic(units, F, seed, {"*": n}, "pps")).units


DESIGNS = {
    "simple": (UNITS, simple(10, 4), lambda seed: draw(UNITS, F, seed, {"*": 4}).units),
    "sample and reserve": (UNITS, simple(10, 6), lambda seed: draw(UNITS, F, seed, {"*": 4}, 2).units),
    "stratified": (
        UNITS,
        stratified((6, 4), (4, 1)),
        lambda seed: draw(UNITS, F, seed, {"北": 4, "S 2": 1}).units,
    ),
    "permanent numbers": (UNITS, simple(10, 4), lambda seed: draw_prn(UNITS, seed, {"*": 4}, "c").units),
    "systematic": (
        UNITS,
        systematic([1] * 10, 4),
        lambda seed: as_draw(draw_systematic(UNITS, F, seed, {"*": 4}, "sys")).units,
    ),
    "proportional to size": (UNITS, systematic(SIZES, 4), by_size(UNITS, 4)),
    "proportional to size, one certain": (
        WITH_GIANT,
        with_certainty(systematic(SIZES, 3)),
        by_size(WITH_GIANT, 4),
    ),
}


@pytest.mark.parametrize(("units", "joint", "drawn"), DESIGNS.values(), ids=DESIGNS)
def test_households_are_drawn_as_often_as_the_design_says(units, joint, drawn):
    place = {unit.id: i for i, unit in enumerate(units)}
    counts = np.bincount(
        [place[u.id] for seed in range(SEEDS) for u in drawn(str(seed))], minlength=len(units)
    )
    first = np.diag(joint)
    deviation, covariance = counts - SEEDS * first, joint - np.outer(first, first)
    inverse = np.linalg.pinv(covariance, rcond=1e-9, hermitian=True)
    freedom = np.linalg.matrix_rank(covariance, tol=1e-9, hermitian=True)
    assert deviation - covariance @ inverse @ deviation == pytest.approx(0, abs=1e-6)
    assert deviation @ inverse @ deviation / SEEDS < stats.chi2.isf(LEVEL, freedom)
