"""Rows of a chart: the name left of the field and the numbers right of it, or both above the bar on a narrow sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.reports.drawing import BODY, EDGE, INK, SMALL, SOFT, Margins, Sheet, veil, width_of, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES_AT_MOST = 0.3  # of the sheet
NARROW_SIZE = SMALL + 0.5
#: between the field and what stands beside it
APART = EDGE + 4


def row_margins(sheet: Sheet, names: Sequence[str], numbers: Sequence[str], above: float = 0.0) -> Margins:
    """Room for the longest name, up to a share of the sheet, and for the longest numbers."""
    if sheet.narrow:
        return Margins(APART + 2, APART + 2, above)
    longest = max((width_of(name, BODY) for name in names), default=0.0)
    widest = max((width_of(number, BODY) for number in numbers), default=0.0)
    left = min(longest, NAMES_AT_MOST * sheet.width)
    return Margins(EDGE + left + APART, max(EDGE + widest, 2 * EDGE) + APART, above)


def caption(
    axes: Axes, y: float, name: str, numbers: str, sheet: Sheet, margins: Margins, colour: str = INK
) -> None:
    """Name and numbers of the row whose bar is at `y`."""
    if sheet.narrow:
        room = sheet.width - margins.left - margins.right - width_of(numbers, NARROW_SIZE) - EDGE
        above = max(9.0, APART)
        _at(axes, y, "\n".join(wrapped(name, NARROW_SIZE, max(room, 60))), 0, -6, above, "left", colour)
        _at(axes, y, numbers, 1, 6, above, "right", colour)
    else:
        lines = wrapped(name, BODY, margins.left - EDGE - APART + 1)
        _at(axes, y, "\n".join(lines), 0, -APART, 0, "right", colour)
        _at(axes, y, numbers, 1, APART, 0, "left", colour)


def reason(axes: Axes, y: float, text: str, row: int) -> None:
    """Why nothing is drawn in a row, in its place at the left end of the field."""
    axes.annotate(
        text, (0, y), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
        size=SMALL, color=SOFT, bbox=veil(), annotation_clip=False, gid=f"hidden-{row}",
    )  # fmt: skip


def _at(
    axes: Axes, y: float, text: str, side: float, aside: float, above: float, towards: str, colour: str
) -> None:
    """Text at the left (0) or right (1) end of the field, `aside` and `above` it; above the bar it veils the field."""
    axes.annotate(
        text, (side, y), (aside, above), xycoords=("axes fraction", "data"), textcoords="offset points",
        ha=towards, va="bottom" if above else "center", size=NARROW_SIZE if above else BODY, color=colour,
        bbox=veil() if above else None, annotation_clip=False, linespacing=1.15,
    )  # fmt: skip
