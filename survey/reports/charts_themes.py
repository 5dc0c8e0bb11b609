"""Themes by the share of respondents who mention them: praise to the right of the middle, all else to the left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey.errors import N_
from survey.reports.charts import Rate, Span, ThemeChart, ThemeGroup
from survey.reports.charts_intervals import FLAGGED_KEY, said
from survey.reports.charts_rows import caption, row_margins
from survey.reports.drawing import (
    BODY,
    EDGE,
    INK,
    PAPER,
    SOFT,
    Margins,
    Sheet,
    Typesetting,
    canvas,
    ending,
    share_axis,
)
from survey.stats.reliability import FLAG_BELOW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: told apart by side and hatching where colours are not
PRAISE, OTHERS, HATCH = "#7fb6cf", "#eaa468", "////"
HEADING, PITCH, NARROW_PITCH, THICKNESS = 24.0, 24.0, 42.0, 14.0
#: ends of the axis (share) and the distance of its ticks
SCALES = ((0.1, 0.05), (0.2, 0.1), (0.3, 0.1), (0.5, 0.25), (1.0, 0.5))

KEY = N_("条形为提到的户占全部有效受访户的比例，右边是表扬，左边是其他；线段为 %(level)s 置信区间")
BOUNDS_KEY = N_(
    "条形为提到的户占全部有效受访户的比例，右边是表扬，左边是其他；虚线为未受访户的上下界，不是抽样误差"
)
POINT_KEY = N_("条形为提到的户占全部有效受访户的比例，右边是表扬，左边是其他；全体结果，没有抽样误差")
KEYS = {Span.INTERVAL: KEY, Span.BOUNDS: BOUNDS_KEY, Span.POINT: POINT_KEY}


def draw(chart: ThemeChart, typeset: Typesetting, sheet: Sheet) -> Figure:
    bars = [bar for group in chart.groups for bar in group.bars]
    margins = row_margins(
        sheet, [typeset.text(bar.name) for bar in bars], [said(bar.rate, typeset) for bar in bars]
    )
    pitch = NARROW_PITCH if sheet.narrow else PITCH
    height = HEADING * len(chart.groups) + pitch * len(bars)
    title = typeset.text(chart.head.title)
    figure, axes = canvas(sheet, title, _foot(chart, typeset), height, margins)
    axes.set_ylim(height, 0)
    _axis(axes, chart)
    for group, top in _placed(chart, pitch):
        _heading(axes, typeset.text(group.kind), top + HEADING / 2, margins)
        for number, bar in enumerate(group.bars):
            y = top + HEADING + (number + (0.7 if sheet.narrow else 0.5)) * pitch
            caption(axes, y, typeset.text(bar.name), said(bar.rate, typeset), sheet, margins)
            _bar(axes, y, bar.rate, group.praises)
    return figure


def describe(chart: ThemeChart, typeset: Typesetting) -> str:
    return typeset.series(f"{typeset.text(group.kind)} {_of_group(group, typeset)}" for group in chart.groups)


def _of_group(group: ThemeGroup, typeset: Typesetting) -> str:
    return " · ".join(f"{typeset.text(bar.name)} {said(bar.rate, typeset)}" for bar in group.bars)


def _foot(chart: ThemeChart, typeset: Typesetting) -> list[str]:
    rates = [bar.rate for group in chart.groups for bar in group.bars]
    keys = [
        typeset.say(KEYS[span], level=f"{100 * chart.level:g}%")
        for span in dict.fromkeys(rate.span for rate in rates)
    ]
    if any(rate.flagged for rate in rates):
        keys.append(typeset.say(FLAGGED_KEY, limit=FLAG_BELOW))
    return [*keys, *map(typeset.text, chart.notes), *ending(chart, typeset)]


def _placed(chart: ThemeChart, pitch: float) -> Iterator[tuple[ThemeGroup, float]]:
    """Each group with its upper edge."""
    top = 0.0
    for group in chart.groups:
        yield group, top
        top += HEADING + pitch * len(group.bars)


def _axis(axes: Axes, chart: ThemeChart) -> None:
    """The same scale to both sides, so that bars may be compared across the middle; a side without bars stays out."""
    right = [bar.rate.high for group in chart.groups if group.praises for bar in group.bars]
    left = [bar.rate.high for group in chart.groups if not group.praises for bar in group.bars]
    end, step = next(scale for scale in SCALES if max([*right, *left, 0.0]) <= scale[0])
    axes.set_xlim(-end if left else 0, end if right else 0)
    steps = math.floor(end / step + 1e-9)
    ticks = [n * step for n in range(-steps if left else 0, (steps if right else 0) + 1)]
    share_axis(axes, ticks, [f"{abs(100 * tick):.0f}%" for tick in ticks])
    axes.axvline(0, color=INK, linewidth=0.9, zorder=4)


def _heading(axes: Axes, text: str, y: float, margins: Margins) -> None:
    axes.annotate(
        text, (0, y), (EDGE - margins.left, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
        ha="left", va="center", size=BODY, color=SOFT, annotation_clip=False,
    )  # fmt: skip


def _bar(axes: Axes, y: float, rate: Rate, praises: bool) -> None:
    """A base below 30 leaves the bar empty."""
    side, colour = (1, PRAISE) if praises else (-1, OTHERS)
    axes.barh(
        y, side * rate.value, THICKNESS, facecolor=PAPER if rate.flagged else colour,
        edgecolor=colour if rate.flagged or praises else PAPER,
        linewidth=1.0, hatch=None if praises or rate.flagged else HATCH, zorder=2,
    )  # fmt: skip
    if rate.span is not Span.POINT:
        axes.plot(
            [side * rate.low, side * rate.high], [y, y], color=INK, linewidth=1.3, zorder=5, solid_capstyle="butt",
            linestyle=(0, (3, 2)) if rate.span is Span.BOUNDS else "-", marker="|", markersize=7,
            markeredgewidth=1.2, clip_on=False, gid=f"limits-{y:g}",
        )  # fmt: skip
