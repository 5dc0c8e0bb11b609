"""Confidence intervals of one binomial or weighted proportion. Shares in and out, nothing rounded.

Exact intervals that know the population's size are in `hypergeometric`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy.special import betaincinv, expit, ndtri, stdtrit

from survey.errors import N_, Invalid

# Sums of weights leave this much noise where SE is 0, or p is 0 or 1.
NO_ERROR = 1e-9
EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """Two-sided limits of a share. `n`: size the method worked with (may be an effective, fractional one).

    `count`: limits of the number K in the population, where the method gives them.
    """

    low: float
    high: float
    level: float
    method: str
    n: float
    N: int | None = None
    count: tuple[int, int] | None = None


def check_level(level: float) -> None:
    if not 0 < level < 1:
        raise Invalid("bad-level", N_("置信水平为 %(level)s，应在 0 与 1 之间，例如 0.95。"), level=level)


def check_counts(x: float, n: float, level: float) -> None:
    """Refuse an empty sample, x outside 0..n and a level outside (0, 1)."""
    check_level(level)
    if not n > 0:
        raise Invalid("empty-sample", N_("样本量为 %(n)s，无法计算区间。"), n=n)
    if not 0 <= x <= n:
        raise Invalid("bad-count", N_("满意户数 %(x)s 不在 0 到样本量 %(n)s 之间。"), x=x, n=n)


def normal_quantile(level: float) -> float:
    """z with P(|Z| <= z) = level."""
    return float(ndtri(1 - (1 - level) / 2))


def t_quantile(level: float, df: float) -> float:
    """t with P(|T_df| <= t) = level."""
    return float(stdtrit(df, 1 - (1 - level) / 2))


def clopper_pearson(x: float, n: float, level: float = 0.95) -> Interval:
    """Exact binomial limits from beta quantiles; x and n may be effective, fractional sizes.

    Clopper and Pearson (1934). R: `binom.test(x, n, conf.level=level)$conf.int`.
    """
    check_counts(x, n, level)
    tail = (1 - level) / 2
    low = 0.0 if x <= 0 else float(betaincinv(x, n - x + 1, tail))
    high = 1.0 if x >= n else float(betaincinv(x + 1, n - x, 1 - tail))
    return Interval(low, high, level, "clopper-pearson", n)


def jeffreys(x: float, n: float, level: float = 0.95) -> Interval:
    """Beta(x+1/2, n-x+1/2) quantiles, 0 at x=0 and 1 at x=n. R: `qbeta(c(a/2, 1-a/2), x+.5, n-x+.5)`."""
    check_counts(x, n, level)
    tail = (1 - level) / 2
    low = 0.0 if x <= 0 else float(betaincinv(x + 0.5, n - x + 0.5, tail))
    high = 1.0 if x >= n else float(betaincinv(x + 0.5, n - x + 0.5, 1 - tail))
    return Interval(low, high, level, "jeffreys", n)


def wilson(x: float, n: float, level: float = 0.95, population: int | None = None) -> Interval:
    """Score limits (Wilson 1927). With `population`: effective size p(1-p)/SE² and t quantile with n-1 df.

    The finite form is not defined at 0 % and 100 % (SE 0) nor for n < 2 or a census; there the plain form
    is given.
    R: `prop.test(x, n, correct=FALSE)$conf.int`; finite `svyciprop(~y, design, method="wilson")` (survey
    >= 4.2).
    """
    check_counts(x, n, level)
    p = x / n
    if population is None:
        return score_limits(p, n, normal_quantile(level), level)
    check_population(x, n, population)
    if n < 2 or n == population or p in (0, 1):
        return score_limits(p, n, normal_quantile(level), level)
    effective = (n - 1) / (1 - n / population)
    return score_limits(p, effective, t_quantile(level, n - 1), level)


def score_limits(p: float, n: float, critical: float, level: float) -> Interval:
    """Wilson's score limits of share `p` at an (effective) size `n` and a critical value."""
    z2 = critical * critical
    centre = p + z2 / (2 * n)
    half = critical * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    divisor = 1 + z2 / n
    low, high = (centre - half) / divisor, (centre + half) / divisor
    return Interval(0.0 if p == 0 else low, 1.0 if p == 1 else high, level, "wilson", n)


def agresti_coull(x: float, n: float, level: float = 0.95) -> Interval:
    """Wald limits after adding z²/2 to both counts; may leave [0, 1]. R: `binom::binom.agresti.coull`."""
    check_counts(x, n, level)
    z = normal_quantile(level)
    size = n + z * z
    p = (x + z * z / 2) / size
    half = z * math.sqrt(p * (1 - p) / size)
    return Interval(p - half, p + half, level, "agresti-coull", n)


def wald(p: float, se: float, df: float | None, n: float, level: float = 0.95) -> Interval:
    """p ± t_df·SE (z without df): for comparison only, coverage falls to .26 near 100 %.

    R: `confint(svymean(~y, design), df=degf(design))`.
    """
    check_level(level)
    half = (normal_quantile(level) if df is None else t_quantile(level, df)) * se
    return Interval(p - half, p + half, level, "wald", n)


def mean_t(p: float, se: float | None, n: int, df: float | None, level: float = 0.95) -> Interval | None:
    """p ± t_df·SE ("mean" in tables); may leave [0, 1]. None without spread, see `all_intervals`.

    R: `svyciprop(~y, design, method="mean")`.
    """
    half = _half_width(p, se, n, df, level)
    return None if half is None else Interval(p - half, p + half, level, "mean", n)


def logit(p: float, se: float | None, n: int, df: float | None, level: float = 0.95) -> Interval | None:
    """logit(p) ± t_df·SE/(p(1-p)), turned back into shares. None without spread, see `all_intervals`.

    R: `svyciprop(~y, design, method="xlogit")`; "logit" is the same from an iterative fit, and R loses it
    (limits 0 and NaN) where t_df is above 8, at df = 1.
    """
    half = _half_width(p, se, n, df, level)
    if half is None:
        return None
    centre, reach = math.log(p / (1 - p)), half / (p * (1 - p))
    return Interval(float(expit(centre - reach)), float(expit(centre + reach)), level, "logit", n)


def asin(p: float, se: float | None, n: int, df: float | None, level: float = 0.95) -> Interval | None:
    """asin(√p) ± t_df·SE/(2√(p(1-p))), cut at 0 and π/2, turned back. None without spread.

    R: `svyciprop(~y, design, method="asin")`, which does not cut: beyond π/2 its upper limit falls again.
    """
    half = _half_width(p, se, n, df, level)
    if half is None:
        return None
    centre, reach = math.asin(math.sqrt(p)), half / (2 * math.sqrt(p * (1 - p)))
    low, high = max(0.0, centre - reach), min(math.pi / 2, centre + reach)
    return Interval(math.sin(low) ** 2, math.sin(high) ** 2, level, "asin", n)


def beta(p: float, se: float | None, n: int, df: float | None, level: float = 0.95) -> Interval | None:
    """Korn-Graubard limits without any cap on the effective size. None without spread.

    Fails where the heaviest stratum is all satisfied; for comparison with R only:
    `svyciprop(~y, design, method="beta")`.
    """
    if _half_width(p, se, n, df, level) is None:
        return None
    return replace(korn_graubard(p, se, n, df, level), method="beta")


def wilson_effective(
    p: float, se: float | None, n: int, df: float | None, level: float = 0.95
) -> Interval | None:
    """Score limits at p(1-p)/SE² (`Interval.n`) with the t quantile of df. None without spread.

    R: `svyciprop(~y, design, method="wilson")`, survey >= 4.2.
    """
    if se is None or df is None or _half_width(p, se, n, df, level) is None:
        return None
    return score_limits(p, p * (1 - p) / (se * se), t_quantile(level, df), level)


def korn_graubard_nchs(p: float, se: float | None, n: int, df: float | None, level: float = 0.95) -> Interval:
    """Korn-Graubard limits with the effective size capped at n, as NCHS presents proportions (2017)."""
    return replace(korn_graubard(p, se, n, df, level, cap=float(n)), method="korn_graubard_nchs")


def korn_graubard_kish(
    p: float, se: float | None, n: int, df: float | None, kish: float, level: float = 0.95
) -> Interval:
    """Korn-Graubard limits with the effective size capped at Kish's (Σw)²/Σw²: our default across weights."""
    return replace(korn_graubard(p, se, n, df, level, cap=kish), method="korn_graubard_kish")


def all_intervals(
    p: float, se: float | None, n: int, df: float | None, kish: float, level: float = 0.95
) -> dict[str, Interval | None]:
    """Every interval of a weighted proportion, by the names that the tables and the command line print.

    Without spread (SE 0 or unknown, p in {0, 1}, df below 1) the first four are None: their formulas would
    call a sample's 100 % certain. The Korn-Graubard forms then work with their cap alone and keep a width.
    A full census is a point; that is for the caller, who knows that everybody answered.
    """
    return {
        "mean": mean_t(p, se, n, df, level),
        "logit": logit(p, se, n, df, level),
        "beta": beta(p, se, n, df, level),
        "wilson": wilson_effective(p, se, n, df, level),
        "korn_graubard_nchs": korn_graubard_nchs(p, se, n, df, level),
        "korn_graubard_kish": korn_graubard_kish(p, se, n, df, kish, level),
    }


def korn_graubard(
    p: float,
    se: float | None,
    n: int,
    df: float | None,
    level: float = 0.95,
    cap: float | None = None,
) -> Interval:
    """Clopper-Pearson limits at the effective size of a weighted proportion; `Interval.n` is that size.

    n_eff = p(1-p)/SE² · (t_{n-1}/t_df)², never above `cap`: Kish's size for our default
    ("korn-graubard-kish" in `estimate`), n for the NCHS form, None for the plain form. At SE = 0 or p in
    {0, 1} the cap itself is used. Korn and Graubard (1998); Parker et al. (NCHS, 2017).
    R: `svyciprop(~y, design, method="beta")` (no cap); NCHS form `surveytable`.
    """
    check_proportion(p, se, n, level)
    limit = math.inf if cap is None else cap
    if se is None or df is None or not _spreads(p, se, df):
        size = float(n) if cap is None else cap
    else:
        size = min(limit, effective_size(p, se, n, df, level))
    found = clopper_pearson(min(max(p, 0.0), 1.0) * size, size, level)
    return Interval(found.low, found.high, level, "korn-graubard", size)


def effective_size(p: float, se: float, n: int, df: float, level: float) -> float:
    """p(1-p)/SE² times (t_{n-1}/t_df)²: what the sample is worth as a simple random one."""
    ratio = t_quantile(level, n - 1) / t_quantile(level, df) if n > 1 else 1.0
    return p * (1 - p) / (se * se) * ratio * ratio


def _half_width(p: float, se: float | None, n: int, df: float | None, level: float) -> float | None:
    """t_df·SE, None where the sample shows no spread."""
    check_proportion(p, se, n, level)
    if se is None or df is None or not _spreads(p, se, df):
        return None
    return t_quantile(level, df) * se


def _spreads(p: float, se: float, df: float) -> bool:
    """SE of about 1e-10 is the rounding noise of an exact 0."""
    return se > NO_ERROR and EDGE < p < 1 - EDGE and df >= 1


def check_proportion(p: float, se: float | None, n: int, level: float) -> None:
    """Refuse a share outside 0..1, a negative or unreadable SE, an empty sample, a level outside (0, 1)."""
    check_level(level)
    if not n >= 1:
        raise Invalid("empty-sample", N_("样本量为 %(n)s，无法计算区间。"), n=n)
    if not -EDGE <= p <= 1 + EDGE:
        raise Invalid("bad-share", N_("比例为 %(share)s，应在 0 与 1 之间，例如 0.96。"), share=p)
    if se is not None and not 0 <= se < math.inf:
        raise Invalid("bad-standard-error", N_("标准误为 %(se)s，应为不小于 0 的数。"), se=se)


def check_population(x: float, n: float, population: int) -> None:
    if population < n:
        text = N_("总体 %(population)s 户小于样本 %(n)s 户。请核对总体户数。")
        raise Invalid("population-below-sample", text, population=population, n=n)
