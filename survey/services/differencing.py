"""Two views of one round side by side: whoever sees both can subtract, so what differs by a few households is withheld."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from survey.errors import N_, Message
from survey.services.figures import Figure
from survey.services.findings import Answers, Zone
from survey.stats.reliability import HIDE_BELOW, Reliability, Verdict

DIFFERS_BY_FEW = N_("—（与全部结果相差不到 %(limit)s 户，为防止相减推算，不公布）")


def beside(found: Answers, whole: Answers) -> Answers:
    """A view of fewer or more interviews, as far as it may be seen beside the round's own.

    Zones are shown only when none of them is hidden in either view and none differs by so few; then no sum of them
    gives more away. Variants, categories and levels would each be one more subtraction.
    """
    overall = checked(found.overall, whole.overall)
    return replace(
        found,
        overall=overall,
        sensitivity=(),
        items=_all_checked(found.items, whole.items),
        trio=_all_checked(found.trio, whole.trio),
        reach=_all_checked(found.reach, whole.reach),
        zones=found.zones if _zones_are_safe(found.zones, whole.zones) else (),
        contact=(),
        categories=(),
        levels=(),
        conclusion=found.conclusion if overall.rate else None,
        caution=found.caution if overall.rate else None,
    )


def differ_safely(n: int, other: int) -> bool:
    """Whether two bases (户) are the same, or too far apart to tell of single households."""
    return n == other or abs(n - other) >= HIDE_BELOW


def too_close() -> Message:
    return Message(DIFFERS_BY_FEW, {"limit": HIDE_BELOW})


def _all_checked(found: Sequence[Figure], whole: Sequence[Figure]) -> tuple[Figure, ...]:
    return tuple(checked(one, other) for one, other in zip(found, whole, strict=True))


def checked(found: Figure, whole: Figure) -> Figure:
    """A figure as far as it may stand beside the same one of other interviews."""
    if not found.reliability.may_show or differ_safely(found.n, whole.n):
        return found
    verdict = Reliability(Verdict.HIDDEN, found.n, too_close(), "difference-suppression")
    return replace(found, counts=(), rate=None, score=None, reliability=verdict)


def _zones_are_safe(found: Iterable[Zone], whole: Iterable[Zone]) -> bool:
    pairs = [
        (one.figures[name], figure)
        for one, other in zip(found, whole, strict=True)
        for name, figure in other.figures.items()
    ]
    return all(
        differ_safely(one.n, other.n)
        and (one.reliability.may_show or one.n == 0)
        and (other.reliability.may_show or other.n == 0)
        for one, other in pairs
    )
