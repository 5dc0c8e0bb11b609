"""Stations over the size of their base, against the rate common to all and its limits. Never ranked, only placed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.errors import N_
from survey.reports.charts import FunnelChart, FunnelLimit, FunnelPoint
from survey.reports.drawing import (
    ACCENT,
    ATTENTION,
    BODY,
    EDGE,
    INK,
    LINE,
    PAPER,
    SMALL,
    SOFT,
    Margins,
    Sheet,
    Typesetting,
    canvas,
    ending,
    veil,
    width_of,
)
from survey.stats.funnel import binomial_interpolated

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OUTER = 0.998
HEIGHT, NARROW_HEIGHT = 300.0, 230.0
STEPS = 120  # of a limit's line
#: where a label may stand about its point, the first free place first
AROUND = (
    (7, 0),
    (-7, 0),
    (0, 9),
    (0, -9),
    (7, 9),
    (-7, 9),
    (7, -9),
    (-7, -9),
    (12, 16),
    (-12, 16),
    (12, -16),
    (-12, -16),
)

COMMON = N_("共同率 %(rate)s")
BASE = N_("作出评价的户数 n")
DOTS_KEY = N_("数字为表中编号")
WITHIN_KEY = N_("● 在控制限内")
BEYOND_KEY = N_("◇ 单看在 %(level)s 控制限外，许多站同时比较时常有")
FAR_BEYOND_KEY = N_("◆ 在 %(level)s 控制限外")
LIMITS_KEY = N_("虚线 %(inner)s、实线 %(outer)s：各站真实比率都等于共同率时，偶然会有的范围")
NOT_DRAWN = N_("没有画出：%(stations)s")


def limits_about(common: float, largest: int, level: float = 0.95) -> tuple[FunnelLimit, ...]:
    """Lines to draw for bases up to `largest` 户, at `level` and 99.8 %; none where the common rate is 0 or 1, or nobody
    answered."""
    if not 0 < common < 1 or largest < 1:
        return ()
    step = max(1, largest // STEPS)
    bases = sorted({*range(1, min(largest, 40)), *range(1, largest + 1, step), largest})
    found = [binomial_interpolated(bases, common, level) for level in (level, OUTER)]
    return tuple(
        FunnelLimit(one.level, tuple(bases), tuple(map(float, one.low)), tuple(map(float, one.high)))
        for one in found
    )


def draw(chart: FunnelChart, typeset: Typesetting, sheet: Sheet) -> Figure:
    drawn = [point for point in chart.points if point.rate is not None]
    height = NARROW_HEIGHT if sheet.narrow else HEIGHT
    margins = Margins(38, 44, SMALL * 1.6, 38)
    foot = [*_key(chart, drawn, typeset), *map(typeset.text, chart.notes), *ending(chart, typeset)]
    figure, axes = canvas(sheet, typeset.text(chart.head.title), foot, height, margins)
    most = 1.06 * max((point.n for point in drawn), default=1)
    axes.set_xlim(0, most)
    axes.set_ylim(*_range(chart, drawn))
    _frame(axes, chart, typeset)
    for limit in chart.limits:
        _limit(axes, limit)
    taken = [_box(axes, point.n, point.rate or 0, 4, 4) for point in drawn]
    for point in sorted(drawn, key=lambda one: one.beyond or 0, reverse=True):
        _point(axes, point, typeset, taken)
    return figure


def describe(chart: FunnelChart, typeset: Typesetting) -> str:
    said = [typeset.say(COMMON, rate=typeset.share(chart.common))]
    for point in chart.points:
        value = typeset.share(point.rate) if point.rate is not None else typeset.text(point.hidden or "—")
        base = f" n={typeset.count(round(point.n))}" if point.rate is not None else ""
        beyond = f" {_beyond(point, typeset)}" if point.beyond else ""
        said.append(f"{point.number} {typeset.text(point.name)} {value}{base}{beyond}")
    return typeset.series(said)


def _is_far(point: FunnelPoint) -> bool:
    return point.beyond is not None and point.beyond >= OUTER


def _beyond(point: FunnelPoint, typeset: Typesetting) -> str:
    return typeset.say(FAR_BEYOND_KEY if _is_far(point) else BEYOND_KEY, level=_per_cent(point.beyond or 0))


def _per_cent(level: float) -> str:
    return f"{100 * level:g}%"


def _key(chart: FunnelChart, drawn: Sequence[FunnelPoint], typeset: Typesetting) -> list[str]:
    marks = dict.fromkeys(_beyond(point, typeset) for point in drawn if point.beyond)
    lines = [typeset.series([typeset.say(WITHIN_KEY), *marks, typeset.say(DOTS_KEY)])]
    if chart.limits:
        inner, outer = (_per_cent(limit.level) for limit in chart.limits)
        lines.append(typeset.say(LIMITS_KEY, inner=inner, outer=outer))
    left_out = [point for point in chart.points if point.rate is None]
    if left_out:
        stations = typeset.series(
            f"{point.number} {typeset.text(point.name)}（{typeset.text(point.hidden or '—')}）"
            for point in left_out
        )
        lines.append(typeset.say(NOT_DRAWN, stations=stations))
    return lines


def _range(chart: FunnelChart, drawn: Sequence[FunnelPoint]) -> tuple[float, float]:
    """What the stations and the limits at the smallest station's base need, to the next ten per cent."""
    values = [chart.common, *(point.rate for point in drawn if point.rate is not None)]
    smallest = min((point.n for point in drawn), default=1)
    for limit in chart.limits:
        values += [low for n, low in zip(limit.n, limit.low, strict=True) if n >= smallest][:1]
    low = max(0.0, (int(min(values) * 10) - 0.5) / 10)
    return low, 1.02


def _frame(axes: Axes, chart: FunnelChart, typeset: Typesetting) -> None:
    low, _ = axes.get_ylim()
    ticks = [tenth / 10 for tenth in range(11) if tenth / 10 >= low]
    axes.set_yticks(ticks, [f"{100 * tick:.0f}%" for tick in ticks])
    axes.tick_params(left=True, labelleft=True, bottom=True, labelbottom=True)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(True)
    axes.set_xlabel(typeset.say(BASE))
    axes.set_title(typeset.text(chart.rate_name), loc="left", size=SMALL, color=SOFT, pad=4)
    axes.axhline(chart.common, color=INK, linewidth=1.0, gid="common")
    text = typeset.say(COMMON, rate=typeset.share(chart.common))
    axes.annotate(
        text, (0, chart.common), (4, 2), textcoords="offset points", size=SMALL, color=INK, bbox=veil(),
        zorder=2, xycoords=("axes fraction", "data"), va="bottom",
    )  # fmt: skip


def _limit(axes: Axes, limit: FunnelLimit) -> None:
    style = {"color": SOFT, "linewidth": 1.1, "linestyle": "-" if limit.level >= OUTER else (0, (5, 3))}
    for side, values in (("low", limit.low), ("high", limit.high)):
        axes.plot(limit.n, values, gid=f"{side}-{limit.level:g}", **style)  # type: ignore[arg-type]
    if limit.n:
        axes.annotate(
            _per_cent(limit.level), (1, limit.low[-1]), (3, 0), textcoords="offset points", va="center",
            xycoords=("axes fraction", "data"), size=SMALL, color=SOFT, annotation_clip=False,
        )  # fmt: skip


def _point(axes: Axes, point: FunnelPoint, typeset: Typesetting, taken: list[tuple[float, ...]]) -> None:
    assert point.rate is not None
    colour = ATTENTION if _is_far(point) else ACCENT
    axes.plot(
        [point.n], [point.rate], linestyle="none", marker="D" if point.beyond else "o", markersize=6.5,
        markerfacecolor=colour if _is_far(point) or not point.beyond else PAPER, markeredgecolor=colour, zorder=3,
        clip_on=False, gid=f"station-{point.number}",
    )  # fmt: skip
    size = BODY if point.beyond else SMALL - 0.5
    label = f"{point.number} {typeset.text(point.name)}" if point.beyond else str(point.number)
    _label(axes, point, label, size, ATTENTION if _is_far(point) else INK if point.beyond else SOFT, taken)


def _label(
    axes: Axes, point: FunnelPoint, label: str, size: float, colour: str, taken: list[tuple[float, ...]]
) -> None:
    """At the first place about the point where it covers nothing; nowhere rather than over another."""
    wide, high = width_of(label, size), size
    for right, up in AROUND:
        side = "left" if right > 0 else "right" if right < 0 else "center"
        middle = right + (wide / 2 if right > 0 else -wide / 2 if right < 0 else 0)
        box = _box(axes, point.n, point.rate or 0, wide / 2, high / 2, middle, up)
        if _inside(axes, box) and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            axes.annotate(
                label, (point.n, point.rate or 0), (right, up), textcoords="offset points", size=size, color=colour,
                ha=side, va="center", annotation_clip=False, zorder=4,
            )  # fmt: skip
            return


def _box(
    axes: Axes, x: float, y: float, half_wide: float, half_high: float, aside: float = 0, up: float = 0
) -> tuple[float, ...]:
    """Left, bottom, right, top in points of the sheet about a point of the field."""
    pixels = axes.transData.transform((x, y)) * 72 / axes.figure.dpi
    across, along = float(pixels[0]) + aside, float(pixels[1]) + up
    return across - half_wide, along - half_high, across + half_wide, along + half_high


def _inside(axes: Axes, box: tuple[float, ...]) -> bool:
    field = axes.get_window_extent()
    scale = 72 / axes.figure.dpi
    left, right = field.x0 * scale, field.x1 * scale + 40
    return bool(left <= box[0] and box[2] <= right and box[1] >= field.y0 * scale + EDGE / 4)


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
