"""Rounds that spare one another: fixed starts on the circle of permanent random numbers, and the overlap to expect.

The permanent random number of a household is its ticket / 16^64, even on a circle from 0 to 1. A round that draws a
share p of a stratum from start s takes the window [s, s + p) in expectation; windows apart share no household. Starts
are fixed beforehand: beginning "where the last round ended" would give newcomers another chance than the others.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from survey.errors import N_, Conflict, Invalid

#: where the first, second, … coordinated round of a station starts, each in the middle of the widest gap; then again
STARTS = ("0", "8", "4", "c", "2", "a", "6", "e", "1", "9", "5", "d", "3", "b", "7", "f")


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the circle that a draw takes: from `start` (hexadecimal digits) the share (0–1) of the households."""

    start: str
    share: float

    @property
    def position(self) -> float:
        """The start on the circle, 0 ≤ position < 1."""
        value: float = int(self.start, 16) / 16 ** len(self.start)
        return value


def next_start(taken: Iterable[str]) -> str:
    """Where a station's next coordinated round starts: the first place that the fewest of its others have `taken`."""
    used = Counter(taken)
    return min(STARTS, key=lambda start: used[start])


def window_overlap(first: Window, second: Window) -> float:
    """How much of the circle (0–1) both windows take; 0 when they are apart."""
    _check_shares(first.share, second.share)
    begin, end = first.position, first.position + first.share
    turns = (second.position + turn for turn in (-1, 0, 1))
    return sum(max(0.0, min(end, other + second.share) - max(begin, other)) for other in turns)


def capacity(share: float) -> int:
    """How many successive rounds that each draw this share keep all apart: 16, 8, 4, 2, or 1 above a half."""
    _check_shares(share)
    return next((rounds for rounds in (16, 8, 4, 2) if share * rounds <= 1), 1)


def independent_overlap(first: int, second: int, population: int) -> float:
    """Households (户) to expect in both of two independent draws of the same `population`: n₁ n₂ / N."""
    if not 0 <= max(first, second) <= population or min(first, second) < 0:
        raise Invalid(
            "overlap-counts",
            N_("两次各抽 %(first)s 户、%(second)s 户，须在 0 与总体 %(population)s 户之间。"),
            first=first,
            second=second,
            population=population,
        )
    return first * second / population if population else 0.0


def check_start(start: str, *, shares_seed: bool) -> None:
    """Raise Conflict unless the start is one that was fixed beforehand: the first for the round whose seed is shared."""
    if start != STARTS[0] if not shares_seed else start not in STARTS:
        raise Conflict(
            "start-not-fixed",
            N_("起点 %(start)s 不是事先定好的：首轮为 %(first)s，以后各轮依次为 %(others)s。"),
            start=start,
            first=STARTS[0],
            others=" ".join(STARTS[1:]),
        )


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _check_shares(*shares: float) -> None:
    for share in shares:
        if not 0 <= share <= 1:
            raise Invalid("window-share", N_("抽取的份额 %(share)s 应在 0 与 1 之间。"), share=share)
