"""A station's rate over its rounds, each with its limits; no line joins rounds that were not counted alike."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from survey.errors import N_
from survey.reports.charts import TrendChart, TrendPoint
from survey.reports.charts_intervals import QUARTERS, key, place_rate, said
from survey.reports.drawing import (
    ACCENT,
    LINE,
    LINE_HEIGHT,
    SMALL,
    SOFT,
    Margins,
    Sheet,
    Typesetting,
    canvas,
    ending,
    veil,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, NARROW_HEIGHT = 220.0, 200.0

BROKEN = N_("竖虚线：口径改了，两边不能直接比较")


def draw(chart: TrendChart, typeset: Typesetting, sheet: Sheet) -> Figure:
    margins = Margins(38, 14, SMALL * 2)
    room = (sheet.width - margins.left - margins.right) / max(len(chart.points), 1)
    labels = [_label(point, typeset, room - 6) for point in chart.points]
    below = max((len(lines) for lines in labels), default=1) * SMALL * LINE_HEIGHT + 8
    margins = Margins(margins.left, margins.right, margins.above, below)
    height = NARROW_HEIGHT if sheet.narrow else HEIGHT
    figure, axes = canvas(sheet, typeset.text(chart.head.title), _foot(chart, typeset), height, margins)
    axes.set_xlim(-0.5, len(chart.points) - 0.5)
    axes.set_ylim(0, 1)
    _frame(axes, chart, typeset, ["\n".join(lines) for lines in labels])
    _joined(axes, chart)
    for place, point in enumerate(chart.points):
        _point(axes, place, point, typeset, room)
    return figure


def describe(chart: TrendChart, typeset: Typesetting) -> str:
    return typeset.series(
        f"{typeset.text(point.name)} {point.day} {_said(point, typeset)}".replace("  ", " ")
        for point in chart.points
    )


def _foot(chart: TrendChart, typeset: Typesetting) -> list[str]:
    keys = key(chart.rate_name, chart.level, [point.rate for point in chart.points], typeset)
    if any(point.other_definition for point in chart.points):
        keys.append(typeset.say(BROKEN))
    return [*keys, *map(typeset.text, chart.notes), *ending(chart, typeset)]


def _label(point: TrendPoint, typeset: Typesetting, room: float) -> list[str]:
    return [*wrapped(typeset.text(point.name), SMALL, room), *([point.day] if point.day else [])]


def _said(point: TrendPoint, typeset: Typesetting) -> str:
    if point.rate is None:
        return typeset.text(point.hidden) if point.hidden else "—"
    return f"{said(point.rate, typeset)} n={typeset.count(point.rate.n)}"


def _frame(axes: Axes, chart: TrendChart, typeset: Typesetting, labels: list[str]) -> None:
    axes.set_yticks(QUARTERS, [f"{100 * share:.0f}%" for share in QUARTERS])
    axes.set_xticks(range(len(labels)), labels)
    axes.tick_params(left=True, labelleft=True, labelbottom=True)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines["bottom"].set_visible(True)
    axes.set_title(typeset.text(chart.rate_name), loc="left", size=SMALL, color=SOFT, pad=8)


def _joined(axes: Axes, chart: TrendChart) -> None:
    """A thin line between neighbours that may be compared."""
    for place, (before, here) in enumerate(pairwise(chart.points)):
        if here.other_definition:
            axes.axvline(place + 0.5, color=SOFT, linewidth=1, linestyle=(0, (2, 3)), gid=f"break-{place}")
        if before.rate is not None and here.rate is not None and not here.other_definition:
            values = [before.rate.value, here.rate.value]
            axes.plot([place, place + 1], values, color=SOFT, linewidth=0.9, zorder=1, gid=f"joined-{place}")


def _point(axes: Axes, place: int, point: TrendPoint, typeset: Typesetting, room: float) -> None:
    if point.rate is None:
        reason = "\n".join(wrapped(_said(point, typeset), SMALL, room - 6))
        axes.text(
            place, 0.03, reason, size=SMALL, color=SOFT, ha="center", va="bottom", bbox=veil(),
            gid=f"hidden-{place}",
        )  # fmt: skip
        return
    place_rate(axes, point.rate, place, ACCENT, upright=True)
    down = point.rate.high > 0.9
    axes.annotate(
        f"{typeset.share(point.rate.value)}\nn={typeset.count(point.rate.n)}",
        (place, point.rate.low if down else point.rate.high), (0, -6 if down else 6), textcoords="offset points",
        size=SMALL, ha="center", va="top" if down else "bottom", bbox=veil(), annotation_clip=False,
    )  # fmt: skip
