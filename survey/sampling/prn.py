"""Permanent random numbers: T(id) = hex SHA-256(UTF-8(seed|PRN|id)), the same in every round.

A round takes the first units at or after its start, wrapping round (Ohlsson 1995). Two rounds with far-apart
starts hardly meet, and newcomers have the same chance as everybody else. For one-off draws use the ticket
draw, which is bound to its frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from survey.errors import N_, Invalid
from survey.sampling.draw import Draw, digests, drawn_by_key
from survey.sampling.frame import FrameUnit
from survey.sampling.strata import check_seed

_HEX = re.compile(r"[0-9a-f]{1,64}", re.ASCII)


def draw_prn(
    units: Sequence[FrameUnit], seed: str, allocation: Mapping[str, int], start: str, reserve: int = 0
) -> Draw:
    """As `draw`, ordered from `start` (leading hexadecimal digits; `8` is half-way) upwards and round."""
    prefix = f"{check_seed(seed)}|PRN|"
    beginning = bytes.fromhex(_hex_start(start).ljust(64, "0"))

    def keys(ids: Sequence[bytes]) -> Iterator[bytes]:
        numbers = zip(digests(prefix, ids), ids, strict=True)
        return ((b"\1" if number < beginning else b"\0") + number + id_ for number, id_ in numbers)

    return drawn_by_key(units, allocation, reserve, keys, skip=1)


def _hex_start(start: str) -> str:
    if not _HEX.fullmatch(start.lower()):
        raise Invalid(
            "prn-start", N_("起点“%(value)s”应为 1 至 64 位十六进制数，例如 0 或 8。"), value=start[:80]
        )
    return start.lower()
