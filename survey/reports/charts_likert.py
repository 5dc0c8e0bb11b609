"""Diverging bars: dissatisfied left of the middle, satisfied right, the middle answer astride; households inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.errors import N_
from survey.reports.charts import LikertChart, LikertPart, LikertRow
from survey.reports.charts_rows import caption, reason, row_margins
from survey.reports.drawing import (
    EDGE,
    INK,
    PAPER,
    SMALL,
    SOFT,
    Sheet,
    Typesetting,
    canvas,
    ending,
    heading_height,
    points_across,
    share_axis,
    width_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: from the worst answer to the best: told apart by colour-blind people, and in grey by side and hatching
SCALE = ("#a84a00", "#eaa468", "#c9cfd1", "#7fb6cf", "#00618f")
ON_DARK = frozenset({SCALE[0], SCALE[-1]})
HATCH = "////"

PITCH, NARROW_PITCH, THICKNESS = 27.0, 46.0, 17.0
SWATCH, GAP, KEY_LINE = 9.0, 12.0, 1.7 * SMALL

KEY = N_("条形为各答案占作出评价户数的百分比（不加权），条内为户数；中间一档居中")


def draw(chart: LikertChart, typeset: Typesetting, sheet: Sheet) -> Figure:
    labels = [typeset.text(label) for label in chart.labels]
    places = flowed(labels, sheet.width - 2 * EDGE)
    above = (1 + max((line for line, _ in places), default=0)) * KEY_LINE + EDGE
    names = [typeset.text(row.name) for row in chart.rows]
    numbers = [f"n={typeset.count(row.n)}" if row.parts else "" for row in chart.rows]
    margins = row_margins(sheet, names, numbers, above)
    pitch = NARROW_PITCH if sheet.narrow else PITCH
    title, foot = typeset.text(chart.head.title), [typeset.say(KEY), *ending(chart, typeset)]
    figure, axes = canvas(sheet, title, foot, pitch * len(chart.rows), margins)
    _legend(figure, labels, places, heading_height(title, sheet))
    _axis(axes, chart, pitch)
    for place, row in enumerate(chart.rows):
        y = (place + (0.7 if sheet.narrow else 0.5)) * pitch
        caption(axes, y, names[place], numbers[place], sheet, margins)
        if not row.parts:
            reason(axes, y, _said(row, typeset), place)
        for number, (part, colour) in enumerate(zip(row.parts, colours(len(row.parts)), strict=True)):
            _part(axes, y, part, colour, _hatch(number, len(row.parts)), typeset)
    return figure


def describe(chart: LikertChart, typeset: Typesetting) -> str:
    return typeset.series(f"{typeset.text(row.name)} {_said(row, typeset)}" for row in chart.rows)


def colours(answers: int) -> list[str]:
    """One for each answer, the worst first; scales of other lengths take them from the two ends."""
    if answers == len(SCALE):
        return list(SCALE)
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    ramp = LinearSegmentedColormap.from_list("answers", SCALE)
    return [to_hex(ramp(place / max(answers - 1, 1))) for place in range(answers)]


def flowed(labels: Sequence[str], width: float) -> list[tuple[int, float]]:
    """Line and left edge of each label with its swatch, as many on a line as fit."""
    places: list[tuple[int, float]] = []
    line, left = 0, 0.0
    for label in labels:
        room = SWATCH + 4 + width_of(label, SMALL)
        if left and left + room > width:
            line, left = line + 1, 0.0
        places.append((line, left))
        left += room + GAP
    return places


def _legend(figure: Figure, labels: Sequence[str], places: Sequence[tuple[int, float]], down: float) -> None:
    """Swatches with their labels, the first line of them `down` from the upper edge."""
    from matplotlib.patches import Rectangle

    width, height = (72 * float(inches) for inches in figure.get_size_inches())
    for number, (label, (line, left)) in enumerate(zip(labels, places, strict=True)):
        middle = height - down - (line + 0.5) * KEY_LINE
        box = Rectangle(
            ((EDGE + left) / width, (middle - SWATCH / 2) / height), SWATCH / width, SWATCH / height,
            transform=figure.transFigure, facecolor=colours(len(labels))[number], edgecolor=PAPER, linewidth=0,
            hatch=_hatch(number, len(labels)),
        )  # fmt: skip
        figure.add_artist(box)
        at = ((EDGE + left + SWATCH + 4) / width, middle / height)
        figure.text(*at, label, size=SMALL, color=SOFT, va="center_baseline")


def _hatch(number: int, answers: int) -> str | None:
    return HATCH if number < answers // 2 else None


def _axis(axes: Axes, chart: LikertChart, pitch: float) -> None:
    """Only as far to either side as the bars go, to the next ten."""
    parts = [part for row in chart.rows for part in row.parts]
    low = min((part.x for part in parts), default=-50)
    high = max((part.x + part.width for part in parts), default=50)
    left, right = 10 * math.floor(min(low, -10) / 10 + 1e-9), 10 * math.ceil(max(high, 10) / 10 - 1e-9)
    axes.set_xlim(left, right)
    axes.set_ylim(pitch * len(chart.rows), 0)
    ticks = [tick for tick in range(-100, 101, 25) if left <= tick <= right]
    share_axis(axes, ticks, [f"{abs(tick)}%" for tick in ticks])
    axes.axvline(0, color=INK, linewidth=0.9, zorder=4)


def _part(
    axes: Axes, y: float, part: LikertPart, colour: str, hatch: str | None, typeset: Typesetting
) -> None:
    if not part.n:
        return
    axes.barh(y, part.width, THICKNESS, part.x, color=colour, hatch=hatch, edgecolor=PAPER, linewidth=0.6)
    number = typeset.count(part.n)
    if width_of(number, SMALL) + 6 <= points_across(axes, part.width):
        axes.text(
            part.x + part.width / 2, y, number, size=SMALL, ha="center", va="center", zorder=5,
            color=PAPER if colour in ON_DARK else INK,
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def _said(row: LikertRow, typeset: Typesetting) -> str:
    if not row.parts:
        return typeset.text(row.hidden) if row.hidden else "—"
    answers = (f"{typeset.text(part.label)} {typeset.count(part.n)}" for part in reversed(row.parts))
    return f"n={typeset.count(row.n)}: {' · '.join(answers)}"
