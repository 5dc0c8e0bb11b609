"""Which figures may be shown: the report rule, complementary suppression, NCHS presentation standards."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from survey.errors import N_, Message
from survey.stats.intervals import korn_graubard

HIDE_BELOW = 10
FLAG_BELOW = 30


class Verdict(StrEnum):
    """May a figure be shown?"""

    SHOWN = "shown"
    FLAGGED = "flagged"
    HIDDEN = "hidden"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Reliability:
    """Verdict on a figure of base `n` (户) and the sentence to print with it (None when shown plainly)."""

    verdict: Verdict
    n: int
    message: Message | None
    method: str = "report-rule"

    @property
    def may_show(self) -> bool:
        return self.verdict in (Verdict.SHOWN, Verdict.FLAGGED)


def judge(n: int, hide_below: int = HIDE_BELOW, flag_below: int = FLAG_BELOW) -> Reliability:
    """Report rule: base < 10 hidden, < 30 shown with a warning, nobody shown as such."""
    if n == 0:
        return Reliability(Verdict.NOBODY, n, Message(N_("没有人回答，无法计算。")))
    if n < hide_below:
        text = N_("—（基数不足：少于 %(limit)s 户，不公布）")
        return Reliability(Verdict.HIDDEN, n, Message(text, {"limit": hide_below}))
    if n < flag_below:
        text = N_("基数只有 %(n)s 户（少于 %(limit)s 户），仅供参考。")
        return Reliability(Verdict.FLAGGED, n, Message(text, {"n": n, "limit": flag_below}))
    return Reliability(Verdict.SHOWN, n, None)


def judge_table(
    bases: Mapping[str, int], hide_below: int = HIDE_BELOW, flag_below: int = FLAG_BELOW
) -> dict[str, Reliability]:
    """Verdicts for the cells of a one-dimensional table whose total is published, in the order given.

    While the total minus the shown cells would give a hidden one away (`gives_away`), the smallest shown cell
    that has answers is hidden too (ties: the earlier one). When even all of them together give something
    away, the total has to go as well: `total_gives_away`. Tables with two margins: `cross_table`.
    """
    verdicts = {name: judge(n, hide_below, flag_below) for name, n in bases.items()}
    shown = [name for name, found in verdicts.items() if found.may_show]
    hidden = [bases[name] for name, found in verdicts.items() if found.verdict is Verdict.HIDDEN]
    while shown and gives_away(hidden, hide_below):
        partner = min(shown, key=lambda name: bases[name])
        shown.remove(partner)
        hidden.append(bases[partner])
        verdicts[partner] = hidden_beside(bases[partner])
    return verdicts


def total_gives_away(bases: Mapping[str, int], hide_below: int = HIDE_BELOW) -> bool:
    """Whether the total of a one-dimensional table must be hidden too, as after 9 and 9 households (户)."""
    verdicts = judge_table(bases, hide_below)
    hidden = [bases[name] for name, found in verdicts.items() if found.verdict is Verdict.HIDDEN]
    return gives_away(hidden, hide_below)


def gives_away(hidden: Collection[int], hide_below: int = HIDE_BELOW) -> bool:
    """Whether the published sum of these hidden bases (all above 0) betrays one of them, or a small group.

    Safe are two or more whose sum is at least the limit and is neither the least nor the most that they can
    come to, given what is printed of each: below the limit, or hidden beside such a one, so not below it.
    """
    if not hidden:
        return False
    least = sum(1 if n < hide_below else hide_below for n in hidden)
    most = (hide_below - 1) * len(hidden) if max(hidden) < hide_below else math.inf
    return len(hidden) < 2 or sum(hidden) < hide_below or not least < sum(hidden) < most


def hidden_beside(n: int) -> Reliability:
    """Verdict on a figure that is hidden only because it would give another away."""
    text = N_("—（为防止由合计推算出另一组，一并不公布）")
    return Reliability(Verdict.HIDDEN, n, Message(text), "complementary-suppression")


@dataclass(frozen=True, slots=True)
class NchsVerdict:
    """NCHS presentation of a proportion. Widths in points, rounded to 0.1 as the standard's macro does.

    `n_eff`: p(1-p)/SE². `relative_width*`: width over p and over 1-p in %, None when that is 0.
    """

    n: int
    n_eff: float
    low: float
    high: float
    width: float
    relative_width: float | None
    relative_width_complement: float | None
    suppress_size: bool
    suppress_width: bool
    suppress_relative: bool
    review: bool
    footnote_complement: bool
    level: float
    method: str = "nchs-2017"

    @property
    def suppress(self) -> bool:
        return self.suppress_size or self.suppress_width or self.suppress_relative

    @property
    def present(self) -> bool:
        return not self.suppress and not self.review


def nchs_presentation(p: float, se: float, n: int, df: int, level: float = 0.95) -> NchsVerdict:
    """NCHS data presentation standards for proportions (Series 2, no. 175, 2017, corrected 2021).

    Suppress when min(n, n_eff) < 30; or the Korn-Graubard width (size capped at n) is >= 30 points; or it
    is > 5 points and > 130 % of p. Not suppressed and p in {0, 1} or df < 8: statistical review.
    Presentable, wider than 5 points and > 130 % of 1-p: footnote that the complement may be unreliable.
    R: `surveytable`.
    """
    found = korn_graubard(p, se, n, df, level, cap=float(n))
    exact = se <= 1e-9 or p <= 1e-12 or p >= 1 - 1e-12
    n_eff = float(n) if exact else p * (1 - p) / (se * se)
    span = 100 * (found.high - found.low)
    width = round(span, 1)
    relative = round(span / p, 1) if p > 0 else None
    complement = round(span / (1 - p), 1) if p < 1 else None
    size, wide = min(n_eff, n) < 30, width >= 30
    wide_for_p = width > 5 and (relative is None or relative > 130)
    review = not (size or wide or wide_for_p) and (p <= 0 or p >= 1 or df < 8)
    presentable = not (size or wide or wide_for_p or review)
    return NchsVerdict(
        n=n,
        n_eff=n_eff,
        low=found.low,
        high=found.high,
        width=width,
        relative_width=relative,
        relative_width_complement=complement,
        suppress_size=size,
        suppress_width=wide,
        suppress_relative=wide_for_p,
        review=review,
        footnote_complement=presentable and width > 5 and complement is not None and complement > 130,
        level=level,
    )
