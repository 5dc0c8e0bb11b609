"""Rates with their limits, one under the other on one axis from 0 to 100 %, the whole of it always shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.errors import N_
from survey.reports.charts import IntervalChart, IntervalRow, Rate, Span, Text
from survey.reports.charts_rows import caption, reason, row_margins
from survey.reports.drawing import ACCENT, INK, PAPER, Sheet, Typesetting, canvas, ending, share_axis
from survey.stats.reliability import FLAG_BELOW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
PITCH, NARROW_PITCH = 25.0, 42.0

INTERVAL_KEY = N_("● %(rate)s，线段为 %(level)s 置信区间")
BOUNDS_KEY = N_("● %(rate)s，虚线为未受访户的上下界，不是抽样误差")
POINT_KEY = N_("◆ 全体结果，没有抽样误差")
FLAGGED_KEY = N_("空心：基数不足 %(limit)s 户，仅供参考")


def draw(chart: IntervalChart, typeset: Typesetting, sheet: Sheet) -> Figure:
    rates = [row.rate for row in chart.rows]
    foot = [*key(chart.rate_name, chart.level, rates, typeset), *ending(chart, typeset)]
    names = [typeset.text(row.name) for row in chart.rows]
    numbers = [_said(row, typeset) if row.rate else "" for row in chart.rows]
    margins = row_margins(sheet, names, numbers)
    height = (NARROW_PITCH if sheet.narrow else PITCH) * len(chart.rows)
    figure, axes = canvas(sheet, typeset.text(chart.head.title), foot, height, margins)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(chart.rows) - (0.7 if sheet.narrow else 0.5), -0.7 if sheet.narrow else -0.5)
    share_axis(axes, QUARTERS, [f"{100 * share:.0f}%" for share in QUARTERS])
    for place, row in enumerate(chart.rows):
        colour = ACCENT if row.is_whole else INK
        caption(axes, place, names[place], numbers[place], sheet, margins, colour)
        if row.rate is None:
            reason(axes, place, _said(row, typeset), place)
        else:
            place_rate(axes, row.rate, place, colour)
    return figure


def describe(chart: IntervalChart, typeset: Typesetting) -> str:
    """Every row in words, for whoever hears the chart."""
    return typeset.series(f"{typeset.text(row.name)} {_said(row, typeset)}" for row in chart.rows)


def place_rate(axes: Axes, rate: Rate, place: float, colour: str, upright: bool = False) -> None:
    """The line from limit to limit and the mark of the rate, at `place` on the axis across."""
    ends, across = [rate.low, rate.high], [place, place]
    if rate.span is not Span.POINT:
        axes.plot(
            *((across, ends) if upright else (ends, across)), color=colour, linewidth=1.8, clip_on=False,
            linestyle=(0, (3, 2)) if rate.span is Span.BOUNDS else "-", solid_capstyle="butt",
            marker="_" if upright else "|", markersize=8, markeredgewidth=1.4, gid=f"limits-{place:g}",
        )  # fmt: skip
    axes.plot(
        *(([place], [rate.value]) if upright else ([rate.value], [place])), linestyle="none", clip_on=False,
        marker="D" if rate.span is Span.POINT else "o", markersize=7, markeredgecolor=colour, zorder=3,
        markerfacecolor=PAPER if rate.flagged else colour, markeredgewidth=1.5, gid=f"rate-{place:g}",
    )  # fmt: skip


def key(rate_name: Text, level: float, rates: Sequence[Rate | None], typeset: Typesetting) -> list[str]:
    """What the marks mean, as far as they occur."""
    shown = [rate for rate in rates if rate is not None]
    spans, name = {rate.span for rate in shown}, typeset.text(rate_name)
    texts = []
    if Span.INTERVAL in spans:
        texts.append(typeset.say(INTERVAL_KEY, rate=name, level=f"{100 * level:g}%"))
    if Span.BOUNDS in spans:
        texts.append(typeset.say(BOUNDS_KEY, rate=name))
    if Span.POINT in spans:
        texts.append(typeset.say(POINT_KEY))
    if any(rate.flagged for rate in shown):
        texts.append(typeset.say(FLAGGED_KEY, limit=FLAG_BELOW))
    return [typeset.series(texts)] if texts else []


def said(rate: Rate, typeset: Typesetting) -> str:
    """96.0%（90.4–98.8%）, as the tables write it; the wide brackets bring their own space."""
    value = typeset.share(rate.value)
    if rate.span is Span.POINT:
        return value
    limits = typeset.interval(rate.low, rate.high)
    text = N_("（上下界 %(interval)s）") if rate.span is Span.BOUNDS else N_("（%(interval)s）")
    return value + ("" if typeset.language == "zh" else " ") + typeset.say(text, interval=limits)


def _said(row: IntervalRow, typeset: Typesetting) -> str:
    if row.rate is None:
        return typeset.text(row.hidden) if row.hidden else "—"
    return f"{said(row.rate, typeset)} n={typeset.count(row.rate.n)}"
