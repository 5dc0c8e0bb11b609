"""The charts of a season and of a station over its rounds, filled from their results: nothing is ranked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from survey.errors import N_, Message
from survey.models.season import Season, Station
from survey.reports.charts import (
    Chart,
    FunnelChart,
    FunnelPoint,
    Head,
    IntervalChart,
    IntervalRow,
    Rate,
    Text,
    TrendChart,
    TrendPoint,
    why_hidden,
)
from survey.reports.charts_funnel import limits_about
from survey.services.frozen_figures import FrozenFigure
from survey.services.season_results import Group, Line
from survey.services.trend import Trend
from survey.stats.common_rate import Placed

SIDE_BY_SIDE = N_("各站：%(rate)s")
FUNNEL = N_("各站与共同率：%(rate)s")
TREND = N_("历次：%(rate)s")
NUMBERED = N_("%(number)s %(station)s")
OWN_LIMITS = N_("标记按各站自己的控制限：不放回抽样，名册户数少的站比线画的窄，见旁边的表")
NO_ORDER = N_("按区、街道和站名排列，不是名次")
DEFINITIONS = N_("口径 %(name)s v%(version)s")


def side_by_side(group: Group, season: Season) -> Chart | None:
    """Every station with its interval, in the order of the table; None without stations."""
    if not group.lines:
        return None
    rows = tuple(_row(line) for line in group.lines)
    head = Head(_title(SIDE_BY_SIDE, _rate_name(group)), (*_source(group, season), Message(NO_ORDER)))
    return IntervalChart(head, _rate_name(group), group.footing.level, rows)


def funnel(group: Group, season: Season) -> Chart | None:
    """None unless two stations have a rate: one alone is the common rate."""
    found = group.funnel
    if found is None or len(found.placed) < 2:
        return None
    largest = math.ceil(max(placed.station.n for placed in found.placed))
    return FunnelChart(
        head=Head(_title(FUNNEL, _rate_name(group)), _source(group, season)),
        rate_name=_rate_name(group),
        common=found.rate,
        points=tuple(_point(line, found.level, found.outer) for line in group.lines),
        limits=limits_about(found.rate, largest, found.level) if found.tested else (),
        notes=(Message(OWN_LIMITS),) if found.tested else (),
    )


#: the name in the address -> what fills it, for one group of the season
SEASON_CHARTS: Mapping[str, Callable[[Group, Season], Chart | None]] = {
    "stations": side_by_side,
    "funnel": funnel,
}


def trend_chart(trend: Trend, station: Station) -> Chart | None:
    """The station's frozen rounds, oldest first; None without any."""
    if not trend.figures:
        return None
    broken = [False, *(step.broken for step in trend.steps)]
    points = tuple(_trend_point(one, new) for one, new in zip(trend.figures, broken, strict=True))
    names = dict.fromkeys(one.overall.wording.rate for one in trend.figures)
    last = trend.figures[-1]
    name = Message(last.overall.wording.rate if len(names) == 1 else N_("总体的比率"))
    head = Head(_title(TREND, name), (station.name,))
    return TrendChart(head, name, last.footing.level, points)


def _title(text: str, rate_name: Message) -> Message:
    return Message(text, {"rate": rate_name})


def _rate_name(group: Group) -> Message:
    return Message(group.lines[0].figure.overall.wording.rate)


def _source(group: Group, season: Season) -> tuple[Text, ...]:
    named = (
        Message(DEFINITIONS, {"name": Message(one.name), "version": one.version}) for one in group.definitions
    )
    return (season.name, *named)


def _row(line: Line) -> IntervalRow:
    figure = line.figure.overall
    name = Message(NUMBERED, {"number": line.number, "station": line.round.station.name})
    return IntervalRow(name, Rate.of(figure), why_hidden(figure.reliability))


def _point(line: Line, level: float, outer: float) -> FunnelPoint:
    figure, placed = line.figure.overall, line.placed
    return FunnelPoint(
        number=line.number,
        name=line.round.station.name,
        n=placed.station.n if placed else 0,
        rate=placed.station.share if placed else None,
        beyond=_beyond(placed, level, outer) if placed else None,
        hidden=why_hidden(figure.reliability),
    )


def _beyond(placed: Placed, level: float, outer: float) -> float | None:
    """The widest level whose exact limits the station lies outside of; None inside, or where it was not tested."""
    share = placed.station.share
    limits = ((outer, placed.outer_low, placed.outer_high), (level, placed.low, placed.high))
    for each, low, high in limits:
        if low is not None and high is not None and not low - 1e-12 <= share <= high + 1e-12:
            return each
    return None


def _trend_point(one: FrozenFigure, other_definition: bool) -> TrendPoint:
    day = one.round.fieldwork_to.strftime("%Y-%m")
    hidden = why_hidden(one.overall.reliability)
    return TrendPoint(one.round.season.name, day, Rate.of(one.overall), hidden, other_definition)
