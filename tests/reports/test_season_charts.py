"""Charts of a season and of a station over its rounds against their results: placed, never ranked, hidden alike."""

import pytest
from build import NOON, make_season
from build_charts import typesetting
from build_seasons import Counted, make_measured, make_place, make_year
from sqlalchemy import true

from survey.errors import Message
from survey.models.season import DefinitionVersion
from survey.reports.chart_files import as_svg, describe
from survey.reports.season_charts import funnel, side_by_side, trend_chart
from survey.services.season_results import season_results
from survey.services.trend import trend_of


@pytest.fixture
def season(session):
    return make_season(session)


@pytest.fixture
def station(session, season):
    """`station("甲", 45, 5)`: a frozen round of a new station with so many satisfied and dissatisfied."""

    def measured(name, *counts, households=60):
        place = make_place(session, name, f"{name}街")
        return make_measured(session, season, place, {"*": Counted(households, *counts)})

    return measured


def only_group(session, season):
    (group,) = season_results(session, season, true()).groups
    return group


def test_stations_stand_in_the_order_of_the_table_with_their_intervals(session, season, station):
    for name, satisfied in (("甲", 30), ("乙", 48), ("丙", 40)):
        station(name, satisfied, 50 - satisfied)
    group = only_group(session, season)

    found = side_by_side(group, season)

    assert [str(row.name) for row in found.rows] == [f"{line.number} {line.round.station.name}" for line in group.lines]  # fmt: skip
    for row, line in zip(found.rows, group.lines, strict=True):
        rate = line.figure.overall.rate
        assert (row.rate.value, row.rate.low, row.rate.high, row.rate.n) == (rate.value, rate.low, rate.high, rate.n)  # fmt: skip
    assert Message("按区、街道和站名排列，不是名次") in found.head.source


def test_the_funnel_marks_who_lies_outside_the_exact_limits_and_who_does_not(session, season, station):
    station("甲", 56, 1, households=1000)
    station("乙", 55, 3, households=1000)
    station("丙", 20, 36, households=1000)
    group = only_group(session, season)

    found = funnel(group, season)

    assert found.common == group.funnel.rate and [limit.level for limit in found.limits] == [0.95, 0.998]
    for point, line in zip(found.points, group.lines, strict=True):
        placed = line.placed
        outside = not placed.low <= placed.station.share <= placed.high
        far = not placed.outer_low <= placed.station.share <= placed.outer_high
        assert (point.number, point.n, point.rate) == (line.number, placed.station.n, placed.station.share)
        assert point.beyond == (0.998 if far else 0.95 if outside else None)
    assert {point.name: point.beyond for point in found.points}["丙"] == 0.998


def test_a_hidden_station_is_in_neither_chart_but_by_name(session, season, station):
    station("甲", 45, 5)
    station("乙", 40, 10)
    station("丙", 5, 1)
    group = only_group(session, season)

    rates, placed = side_by_side(group, season), funnel(group, season)

    hidden = [row for row in rates.rows if row.rate is None]
    assert [str(row.hidden) for row in hidden] == ["基数不足，不公布"]
    (left_out,) = [point for point in placed.points if point.rate is None]
    assert (left_out.name, left_out.n) == ("丙", 0)
    for chart in (rates, placed):
        assert "1 丙 基数不足，不公布；" in describe(chart, typesetting())


@pytest.mark.parametrize("counts", [(50, 0), (0, 50)])
def test_all_alike_and_a_single_station_are_charts_without_limits(counts, session, season, station):
    station("甲", *counts)
    assert funnel(only_group(session, season), season) is None

    station("乙", *counts)
    group = only_group(session, season)

    assert funnel(group, season).limits == ()
    for chart in (funnel(group, season), side_by_side(group, season)):
        for language in ("zh", "en"):
            assert as_svg(chart, typesetting(language))


def test_a_trend_breaks_where_the_definition_changed(session):
    place = make_place(session, "甲")
    years = [make_year(session, year) for year in (2022, 2023, 2024)]
    first = make_measured(session, years[0], place, {"*": Counted(60, 40, 10)}).round_
    make_measured(session, years[1], place, {"*": Counted(60, 45, 5)})
    content = {**first.definition.content, "satisfied_codes": [3, 4, 5]}
    other = DefinitionVersion(name="满意率", version=2, content=content, created_at=NOON)
    make_measured(session, years[2], place, {"*": Counted(60, 44, 6)}, definition=other)

    chart = trend_chart(trend_of(session, place, true()), place)

    assert [point.day for point in chart.points] == ["2022-04", "2023-04", "2024-04"]
    assert [point.rate.value for point in chart.points] == [0.8, 0.9, 0.88]
    assert [point.other_definition for point in chart.points] == [False, False, True]
    assert as_svg(chart, typesetting("en"))


def test_a_station_without_frozen_rounds_has_no_trend(session):
    place = make_place(session, "甲")

    assert trend_chart(trend_of(session, place, true()), place) is None
