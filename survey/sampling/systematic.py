"""Systematic draws, with equal probability or proportional to size, in integers only.

Start r = SHA-256(seed|frame hash|sys or pps|stratum) mod S, by Horner's rule on the hexadecimal digits;
hits at floor((r + j S) / m) on the cumulated sizes in file order. The inclusion probability is exactly n/N or
n size/S.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from survey.errors import N_, Invalid
from survey.sampling.draw import Draw, DrawnUnit
from survey.sampling.frame import FrameUnit
from survey.sampling.strata import by_stratum, check_seed

Mode = Literal["sys", "pps"]


@dataclass(frozen=True, slots=True)
class SystematicDraw:
    """Start and total of one stratum, the units taken with certainty, and the units hit."""

    stratum: str
    start: int
    total: int
    certainty: tuple[FrameUnit, ...]
    hits: tuple[FrameUnit, ...]


def draw_systematic(
    units: Sequence[FrameUnit], frame_hash: str, seed: str, allocation: Mapping[str, int], mode: Mode
) -> tuple[SystematicDraw, ...]:
    """One systematic draw a stratum, in file order; raises Invalid as `draw` does, or without sizes."""
    check_seed(seed)
    return tuple(
        _one(members, stratum, allocation[stratum], mode, f"{seed}|{frame_hash}|{mode}|{stratum}")
        for stratum, members in by_stratum([unit.stratum for unit in units], units, allocation).items()
    )


def as_draw(draws: Sequence[SystematicDraw]) -> Draw:
    """The same as ranked units; there is no ticket and no reserve in a systematic draw."""
    return Draw(
        {
            one.stratum: tuple(
                DrawnUnit(one.stratum, rank, "sample", unit.id, None)
                for rank, unit in enumerate(one.certainty + one.hits, 1)
            )
            for one in draws
        }
    )


def _one(members: Sequence[FrameUnit], stratum: str, n: int, mode: Mode, message: str) -> SystematicDraw:
    taken: list[FrameUnit] = []
    pool = list(members)
    if mode == "pps":
        _check_sizes(members)
        taken, pool = _certainty(pool, n)
    sizes = [_size(unit) for unit in pool] if mode == "pps" else [1] * len(pool)
    total = sum(sizes)
    start = _start(message, total)
    return SystematicDraw(
        stratum, start, total, tuple(taken), _hits(pool, sizes, n - len(taken), start, total)
    )


def _certainty(pool: list[FrameUnit], n: int) -> tuple[list[FrameUnit], list[FrameUnit]]:
    """Take units whose size would be hit at least once whatever the start, until none is left."""
    taken: list[FrameUnit] = []
    while pool and n > len(taken):
        total, left = sum(map(_size, pool)), n - len(taken)
        certain = [unit for unit in pool if _size(unit) * left >= total]
        if not certain:
            break
        taken += certain
        pool = [unit for unit in pool if _size(unit) * left < total]
    return taken, pool


def _start(message: str, total: int) -> int:
    start = 0
    for digit in hashlib.sha256(message.encode()).hexdigest():
        start = (start * 16 + int(digit, 16)) % max(total, 1)
    return start


def _hits(
    pool: Sequence[FrameUnit], sizes: Sequence[int], m: int, start: int, total: int
) -> tuple[FrameUnit, ...]:
    hits: list[FrameUnit] = []
    cumulated = 0
    for unit, size in zip(pool, sizes, strict=True):
        cumulated += size
        while len(hits) < m and (start + len(hits) * total) // m < cumulated:
            hits.append(unit)
    return tuple(hits)


def _size(unit: FrameUnit) -> int:
    return unit.size or 0


def _check_sizes(members: Sequence[FrameUnit]) -> None:
    without = next((unit for unit in members if not unit.size), None)
    if without is not None:
        raise Invalid(
            "size-missing",
            N_("住户“%(id)s”没有大于零的 size，按规模抽样时永远抽不到它。请补上 size，或换一种抽法。"),
            id=without.id,
        )
