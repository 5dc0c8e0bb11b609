"""Do answers differ between groups? Tests of a weighted groups × answers table under the design.

The test to use is `rao_scott`: Pearson's X² divided by the design effects of its parts, against F. The others
are there to be compared with R: the χ² form of the same X² is off by orders of magnitude in small p.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import brentq
from scipy.special import fdtrc, gammaincc, ndtr

from survey.errors import N_, Invalid
from survey.stats.comparison import is_complete, mean_scores
from survey.stats.design import Booleans, Design, Factor, Floats, check_lengths, one_group, sums
from survey.stats.linearization import Lonely, covariance, degrees_of_freedom

# Relative to what simple random sampling would give; below it a variance is the noise of an exact 0.
NO_VARIANCE = 1e-12
# Condition number from which on the digits of a solution are noise (R stops only at 4.5e15).
REGULAR = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Weighted counts (rows, columns) of the categories that occur, of `n` respondents.

    `df`: primary units minus strata of the base. `left_out`: categories without a respondent in the base.
    """

    design: Design
    rows: Factor
    columns: Factor
    inside: Booleans
    counts: Floats
    n: int
    df: int
    left_out: tuple[str, ...]
    lonely: Lonely

    @property
    def freedom(self) -> int:
        return (self.rows.size - 1) * (self.columns.size - 1)


@dataclass(frozen=True, slots=True, eq=False)
class RaoScott:
    """Second-order corrected F of `table` (weighted counts); `x2`: Pearson's X² scaled to n respondents.

    `method` is "census" when every unit of the strata was observed: the table is then a fact, and
    statistic and p-value are None. `left_out`: categories without a respondent, not part of the table.
    """

    statistic: float | None
    df1: float | None
    df2: float | None
    p_value: float | None
    x2: float
    table: Floats
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    n: int
    left_out: tuple[str, ...]
    method: str


@dataclass(frozen=True, slots=True)
class Association:
    """Another statistic of the same table, named as in R: for comparison only. df2 None: χ² or a mixture."""

    statistic: float
    df1: float | None
    df2: float | None
    p_value: float
    n: int
    method: str


def rao_scott(
    design: Design, rows: Factor, columns: Factor, base: Booleans | None = None, lonely: Lonely = "refuse"
) -> RaoScott:
    """Test that the answers (`columns`) are distributed alike in all groups (`rows`), second-order corrected.

    F = X² / tr Δ on tr²Δ / tr Δ² and that times df, Δ the generalised design effects (Rao and Scott 1984).
    Categories without a respondent are left out and named. Raises Invalid when fewer than two groups or
    answers remain, or where the zeros of the table leave no variance.
    R: `svychisq(~group + answer, design, statistic="F")`.
    """
    table = weighted_table(design, rows, columns, base, lonely)
    x2 = pearson(table)
    found = RaoScott(
        statistic=None,
        df1=None,
        df2=None,
        p_value=None,
        x2=x2,
        table=table.counts,
        rows=table.rows.names,
        columns=table.columns.names,
        n=table.n,
        left_out=table.left_out,
        method="census",
    )
    if is_complete(design, table.inside):
        return found
    first, df1, df2 = _satterthwaite(table, design_effects(table))
    statistic, p_value = x2 / first, float(fdtrc(df1, df2, x2 / first))
    return replace(
        found, statistic=statistic, df1=df1, df2=df2, p_value=p_value, method="rao-scott second-order F"
    )


def chi_square(table: Table) -> Association:
    """First-order correction, X² over the mean design effect against χ². R: `statistic="Chisq"`."""
    x2, mean = pearson(table), float(design_effects(table).mean())
    p_value = float(gammaincc(table.freedom / 2, x2 / mean / 2))
    return Association(x2, table.freedom, None, p_value, table.n, "Chisq")


def saddlepoint(table: Table) -> Association:
    """X² against its mixture of χ² over F's denominator, by Lugannani and Rice; Satterthwaite near the mean.

    R: `statistic="saddlepoint"`; also what `statistic="lincom"` falls back to without CompQuadForm.
    """
    x2, effects = pearson(table), design_effects(table)
    first, df1, df2 = _satterthwaite(table, effects)
    # R repeats the term a whole number of times.
    shares, times = np.append(effects, -x2 / df2), np.append(np.ones(len(effects)), np.floor(df2))
    p_value = _tail_at_zero(shares, times)
    if p_value is None:
        p_value = float(fdtrc(df1, df2, x2 / first))
    return Association(x2, None, None, p_value, table.n, "saddlepoint")


def wald(table: Table, adjusted: bool = False) -> Association:
    """Wald's test of counts minus those expected; with many cells and few clusters far too eager.

    Raises Invalid where the covariance is singular, as with census strata. R: `statistic="Wald"`, "adjWald".
    """
    scores, gaps = _gap_scores(table)
    variance = covariance(table.design, scores, table.lonely)
    freedom, df = table.freedom, table.df
    _check_regular(variance)
    statistic = float(gaps @ np.linalg.solve(variance, gaps))
    df2 = df - freedom + 1 if adjusted else df
    if df2 < 1:
        text = N_("设计自由度 %(df)s 少于表的自由度 %(freedom)s，不能用 Wald 检验。请用 Rao-Scott 检验。")
        raise Invalid("too-few-units", text, df=df, freedom=freedom)
    statistic *= df2 / (freedom * df) if adjusted else 1 / freedom
    p_value = float(fdtrc(freedom, df2, statistic))
    return Association(statistic, freedom, df2, p_value, table.n, "adjWald" if adjusted else "Wald")


def weighted_table(
    design: Design, rows: Factor, columns: Factor, base: Booleans | None = None, lonely: Lonely = "refuse"
) -> Table:
    """The table with what its tests need. Raises Invalid with fewer than two groups or answers, or df < 1."""
    inside = np.ones(design.rows, dtype=np.bool_) if base is None else base
    check_lengths(design.rows, len(rows.codes), len(columns.codes), len(inside))
    kept, without = _occurring(rows, inside)
    answers, unused = _occurring(columns, inside)
    if kept.size < 2:
        text = N_("只有 %(count)s 个组有人回答，至少要两个组才能比较。")
        raise Invalid("one-group", text, count=kept.size)
    if answers.size < 2:
        text = N_("所有人的回答都在同一类“%(answer)s”，没有差异可检验。")
        raise Invalid("one-answer", text, answer=answers.names[0])
    df = int(degrees_of_freedom(design, one_group(design.rows), inside)[0])
    if df < 1:
        text = N_("每层至多一个初级抽样单元有回答，看不出误差，不能检验。")
        raise Invalid("too-few-units", text)
    number = inside.astype(np.float64) if design.counts is None else np.where(inside, design.counts, 0.0)
    place = kept.codes * answers.size + answers.codes
    counts = sums(place, number * design.weights, kept.size * answers.size)
    shape = kept.size, answers.size
    n = round(float(number.sum()))
    return Table(design, kept, answers, inside, counts.reshape(shape), n, df, without + unused, lonely)


def pearson(table: Table) -> float:
    """Pearson's X² of the weighted shares, as if n respondents had been drawn at random."""
    shares = table.counts / table.counts.sum()
    alike = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    return float(table.n * ((shares - alike) ** 2 / alike).sum())


def design_effects(table: Table) -> Floats:
    """Eigenvalues of Δ: variances of the table's interaction contrasts over those of a simple sample."""
    contrasts = _interaction(table.rows.size, table.columns.size)
    shares = (table.counts / table.counts.sum()).ravel()
    inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)
    simple = contrasts.T @ (inverse[:, None] * contrasts) / table.n
    _check_regular(simple)
    place = table.rows.codes * table.columns.size + table.columns.codes
    weighed = inverse[:, None] * contrasts
    scores = np.column_stack([_scores(table, weighed[place, k]) for k in range(table.freedom)])
    numerator = covariance(table.design, scores, table.lonely)
    effects = np.asarray(eigh(numerator, simple, eigvals_only=True), dtype=np.float64)
    if effects.sum() <= NO_VARIANCE:
        text = N_("在这个抽样设计下该表没有抽样误差（各层已全部调查或答案全同），不能检验。")
        raise Invalid("no-variance", text)
    return effects


def _satterthwaite(table: Table, effects: Floats) -> tuple[float, float, float]:
    """tr Δ, and the degrees of freedom tr²Δ / tr Δ² and that times those of the design."""
    first = float(effects.sum())
    df1 = first * first / float((effects**2).sum())
    return first, df1, df1 * table.df


def _scores(table: Table, values: Floats) -> Floats:
    return mean_scores(table.design, values, table.inside)


def _occurring(labels: Factor, inside: Booleans) -> tuple[Factor, tuple[str, ...]]:
    """The factor with only the names that occur inside (rows outside get code 0), and the names left out."""
    present = np.bincount(labels.codes[inside], minlength=labels.size) > 0
    place = np.where(present, np.cumsum(present) - 1, 0)
    names = tuple(name for name, there in zip(labels.names, present, strict=True) if there)
    without = tuple(name for name, there in zip(labels.names, present, strict=True) if not there)
    return Factor(np.asarray(place[labels.codes], dtype=np.intp), names), without


def _interaction(rows: int, columns: int) -> Floats:
    """(cells, freedom) contrasts of cells orthogonal to the main effects: centred rows ⊗ centred columns."""
    return np.asarray(np.kron(_centred(rows), _centred(columns)), dtype=np.float64)


def _centred(size: int) -> Floats:
    return np.asarray(np.eye(size)[:, 1:] - 1 / size, dtype=np.float64)


def _gap_scores(table: Table) -> tuple[Floats, Floats]:
    """Scores and values of count - row total · column total / total, without first row and column."""
    counts, total = table.counts, table.counts.sum()
    row, column = counts.sum(axis=1), counts.sum(axis=0)
    weights = np.where(table.inside, table.design.weights, 0.0)
    gaps = counts - np.outer(row, column) / total
    scores = []
    for i, j in product(range(1, len(row)), range(1, len(column))):
        in_row, in_column = table.rows.codes == i, table.columns.codes == j
        share, answer = row[i] / total, column[j] / total
        scores.append(weights * ((in_row & in_column) - in_row * answer - in_column * share + share * answer))
    return np.column_stack(scores), gaps[1:, 1:].ravel()


def _check_regular(matrix: Floats) -> None:
    if not np.linalg.cond(matrix) < REGULAR:
        text = N_("表中有空格，或有的组没有抽样误差，协方差矩阵退化，不能用该检验。请合并类别。")
        raise Invalid("singular-table", text)


def _tail_at_zero(shares: Floats, times: Floats) -> float | None:
    """P(Σ share_k χ²_{times_k} > 0) by the saddlepoint; None too near the mean. R: `survey:::saddle`."""
    shares = shares / shares.max()

    def slope(at: float) -> float:
        return float((times * shares / (1 - 2 * at * shares)).sum())

    lowest = float((1 / (2 * shares[shares < 0])).max()) * 0.99999
    highest = float((1 / (2 * shares[shares > 0])).min()) * 0.99999
    at = brentq(slope, lowest, highest, xtol=1e-14)
    if abs(at) < 1e-4:
        return None
    cumulant = -float((times * np.log(1 - 2 * at * shares)).sum()) / 2
    curvature = 2 * float((times * shares**2 / (1 - 2 * at * shares) ** 2).sum())
    w = np.sign(at) * np.sqrt(-2 * cumulant)
    v = at * np.sqrt(curvature)
    return float(ndtr(-(w + np.log(v / w) / w)))
