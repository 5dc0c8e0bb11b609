"""Diverging bars: dissatisfied to the left of the middle, satisfied to the right, the middle answer astride."""

from __future__ import annotations

from dataclasses import dataclass

from survey.services.figures import Figure


@dataclass(frozen=True, slots=True)
class Segment:
    """One answer's part of a bar: `x` and `width` in % of the base, the middle of the scale at 0."""

    code: str
    x: float
    width: float


def diverging(figure: Figure) -> tuple[Segment, ...]:
    """Segments from the worst answer to the best, by unweighted counts; none where a figure is hidden or empty."""
    counted = [each for each in reversed(figure.counts) if each.in_base]
    total = sum(each.n for each in counted)
    if not total:
        return ()
    widths = [100 * each.n / total for each in counted]
    middle, odd = divmod(len(widths), 2)
    x = -sum(widths[:middle]) - (widths[middle] / 2 if odd else 0)
    segments = []
    for each, width in zip(counted, widths, strict=True):
        segments.append(Segment(each.code, x, width))
        x += width
    return tuple(segments)
