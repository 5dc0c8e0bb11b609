"""The ticket draw: T(id) = hex SHA-256(UTF-8(seed | frame hash | id)), smallest tickets first.

The first n units of a stratum are its sample, the next ones its reserve. Nothing depends on the order of
rows, a larger sample extends a smaller one, and strata do not disturb one another.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Literal

from survey.errors import N_, Invalid
from survey.sampling.frame import FrameUnit, ids_and_strata
from survey.sampling.strata import by_stratum, check_seed

Role = Literal["sample", "reserve"]
_DIGEST = 32  # bytes of a SHA-256


@dataclass(frozen=True, slots=True)
class DrawnUnit:
    """One drawn household: its rank (from 1) in its stratum's order; systematic draws have no ticket."""

    stratum: str
    rank: int
    role: Role
    id: str
    ticket: str | None


@dataclass(frozen=True, slots=True)
class Draw:
    """The drawn units of each stratum, in rank order."""

    strata: dict[str, tuple[DrawnUnit, ...]]

    @property
    def units(self) -> tuple[DrawnUnit, ...]:
        return tuple(unit for members in self.strata.values() for unit in members)


def ticket(seed: str, frame_hash: str, unit_id: str) -> str:
    """hex SHA-256(UTF-8(seed|frame hash|id))."""
    return hashlib.sha256(f"{seed}|{frame_hash}|{unit_id}".encode()).hexdigest()


def draw(
    units: Sequence[FrameUnit], frame_hash: str, seed: str, allocation: Mapping[str, int], reserve: int = 0
) -> Draw:
    """Draw `allocation[stratum]` households and up to `reserve` more in each stratum; `*` is the whole frame.

    Strata come in the order of the allocation. Raises Invalid for an unknown stratum, more than the stratum
    holds, or an unusable seed.
    """
    prefix = f"{check_seed(seed)}|{frame_hash}|"

    def keys(ids: Sequence[bytes]) -> Iterator[bytes]:
        return map(add, digests(prefix, ids), ids)

    return drawn_by_key(units, allocation, reserve, keys)


def digests(prefix: str, ids: Iterable[bytes]) -> Iterator[bytes]:
    """SHA-256 of prefix and id. All go on from one state that has read the prefix, which saves a third."""
    started = hashlib.sha256(prefix.encode())
    for id_ in ids:
        one = started.copy()
        one.update(id_)
        yield one.digest()


def drawn_by_key(
    units: Sequence[FrameUnit],
    allocation: Mapping[str, int],
    reserve: int,
    keys: Callable[[Sequence[bytes]], Iterator[bytes]],
    skip: int = 0,
) -> Draw:
    """Rank each stratum by the keys of its ids: `skip` bytes, then digest, then id, compared as bytes.

    The id at the end breaks ties and travels along, so that a million households need no list of pairs.
    """
    if reserve < 0:
        raise Invalid("reserve-negative", N_("备用户数 %(n)s 不能为负数。"), n=reserve)
    strata = {}
    ids, labels = ids_and_strata(units)
    for stratum, members in by_stratum(labels, ids, allocation).items():
        n = allocation[stratum]
        first = _smallest(n + reserve, keys(members), len(members))
        strata[stratum] = tuple(
            DrawnUnit(
                stratum,
                rank,
                "sample" if rank <= n else "reserve",
                key[skip + _DIGEST :].decode(),
                key[skip : skip + _DIGEST].hex(),
            )
            for rank, key in enumerate(first, 1)
        )
    return Draw(strata)


def _smallest(count: int, keys: Iterator[bytes], population: int) -> list[bytes]:
    if count * 8 < population:  # below that a heap is quicker than sorting everything
        return heapq.nsmallest(count, keys)
    return sorted(keys)[:count]
