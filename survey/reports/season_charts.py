"""The charts of a season's stations and of a station's rounds: the same figures as on their pages."""

from __future__ import annotations

from survey.errors import N_, Message
from survey.models.season import Season, Station
from survey.reports.charts import (
    Chart,
    FunnelChart,
    FunnelPoint,
    Head,
    Rate,
    TrendChart,
    TrendPoint,
    why_hidden,
)
from survey.reports.charts_funnel import LEVELS, limits_about
from survey.reports.round_charts import DEFINITION, FROZEN
from survey.services.frozen_figures import FrozenFigure
from survey.services.season_results import Group, Line
from survey.services.trend import Trend
from survey.stats.common_rate import Funnel, Placed
from survey.stats.definition import Definition

FUNNEL = N_("各站与共同率")
TREND = N_("历次结果")
HOW_MARKED = N_("线按二项分布画，记号按各站自己的抽样检验（户数有限时限更窄）")
READ_THE_TABLE = N_("在限外不等于超出偶然范围：同时比较 %(tested)s 站，以表中调整后的结论为准")


def funnel_chart(group: Group, season: Season) -> Chart | None:
    """All stations of a group about their common rate; None where there is nothing to be held against."""
    found = group.funnel
    if found is None or len(found.placed) < 2:
        return None
    definition = group.definitions[0]
    largest = max(int(placed.station.n) for placed in found.placed)
    return FunnelChart(
        head=Head(Message(FUNNEL), (season.name, _named(definition), Message(FROZEN))),
        rate_name=Message(definition.name),
        common=found.rate,
        points=tuple(_point(line) for line in group.lines),
        limits=limits_about(found.rate, largest) if found.tested else (),
        notes=_notes(found),
    )


def trend_chart(trend: Trend, station: Station) -> Chart | None:
    """The station's frozen rounds; None for a single one."""
    if not trend.steps:
        return None
    last = trend.figures[-1]
    broken = (False, *(step.broken for step in trend.steps))
    return TrendChart(
        head=Head(Message(TREND), (station.name, Message(FROZEN))),
        rate_name=Message(last.definition.name),
        level=last.footing.level,
        points=tuple(_round(figure, other) for figure, other in zip(trend.figures, broken, strict=True)),
    )


def _notes(found: Funnel) -> tuple[Message, ...]:
    if not found.tested:
        return ()
    return Message(HOW_MARKED), Message(READ_THE_TABLE, {"tested": found.tested})


def _named(definition: Definition) -> Message:
    return Message(DEFINITION, {"name": Message(definition.name), "version": definition.version})


def _point(line: Line) -> FunnelPoint:
    name, figure = line.round.station.name, line.figure.overall
    if line.placed is None:
        return FunnelPoint(line.number, name, figure.n, None, hidden=why_hidden(figure.reliability))
    station = line.placed.station
    return FunnelPoint(line.number, name, station.n, station.share, _beyond(line.placed))


def _beyond(placed: Placed) -> float | None:
    """The widest control limits that the station lies outside of, taken alone; None where it was not tested."""
    if placed.p_value is None:
        return None
    return next((one for one in sorted(LEVELS, reverse=True) if placed.p_value < 1 - one), None)


def _round(figure: FrozenFigure, other_definition: bool) -> TrendPoint:
    overall, round_ = figure.overall, figure.round
    return TrendPoint(
        name=round_.season.name,
        day=round_.fieldwork_from.strftime("%Y-%m"),
        rate=Rate.of(overall),
        hidden=why_hidden(overall.reliability),
        other_definition=other_definition,
    )
