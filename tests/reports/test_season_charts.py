"""Charts of stations and of a station's rounds hold what their pages say, and nothing that is hidden there."""

import pytest
from build import make_season
from build_seasons import Counted, make_measured, make_place, make_year
from sqlalchemy import true

from survey.models.season import DefinitionVersion
from survey.reports.season_charts import funnel_chart, trend_chart
from survey.services.season_results import season_results
from survey.services.trend import trend_of


@pytest.fixture
def season(session):
    return make_season(session)


def groups_of(session, season, **stations):
    for name, counted in stations.items():
        make_measured(session, season, make_place(session, name), {"*": counted})
    return season_results(session, season, true()).groups


def test_stations_carry_their_number_in_the_table_and_are_marked_by_the_exact_test(session, season):
    (group,) = groups_of(
        session, season, 甲=Counted(100, 46, 4), 乙=Counted(100, 25, 25), 丙=Counted(100, 47, 3), 丁=Counted(100, 44, 6)
    )  # fmt: skip

    chart = funnel_chart(group, season)

    assert [(point.number, point.name) for point in chart.points] == [
        (1, "丙"),
        (2, "丁"),
        (3, "甲"),
        (4, "乙"),
    ]
    assert [point.beyond for point in chart.points] == [
        None if line.placed.p_value >= 0.05 else 0.998 if line.placed.p_value < 0.002 else 0.95
        for line in group.lines
    ]
    assert chart.points[3].beyond == 0.998 and chart.common == group.funnel.rate
    assert {limit.level for limit in chart.limits} == {0.95, 0.998}


def test_a_hidden_station_has_no_rate_in_the_chart_and_a_census_no_mark(session, season):
    (group,) = groups_of(
        session,
        season,
        少=Counted(60, 5, 2),
        全=Counted(20, 20),
        甲=Counted(60, 30, 10),
        乙=Counted(60, 31, 9),
    )

    points = {point.name: point for point in funnel_chart(group, season).points}

    assert points["少"].rate is None and points["少"].hidden is not None
    assert (points["全"].rate, points["全"].beyond) == (1.0, None)


def test_one_station_makes_no_funnel_and_equal_ones_have_no_limits(session, season):
    (alone,) = groups_of(session, season, 甲=Counted(60, 30))
    assert funnel_chart(alone, season) is None

    (alike,) = groups_of(session, season, 乙=Counted(60, 20))
    chart = funnel_chart(alike, season)
    assert (chart.common, chart.limits, chart.notes) == (1.0, (), ())


def test_a_trend_breaks_where_the_definition_changed_and_hides_what_the_page_hides(session):
    place = make_place(session, "甲")
    first = make_measured(session, make_year(session, 2025), place, {"*": Counted(60, 27, 3)})
    make_measured(session, make_year(session, 2026), place, {"*": Counted(60, 5, 3)})
    content = {**first.round_.definition.content, "satisfied_codes": [3, 4, 5]}
    other = DefinitionVersion(name="满意率", version=2, content=content, created_at=first.round_.created_at)
    make_measured(session, make_year(session, 2027), place, {"*": Counted(60, 20, 10)}, definition=other)

    points = trend_chart(trend_of(session, place, true()), place).points

    assert [point.day for point in points] == ["2025-04", "2026-04", "2027-04"]
    assert [point.other_definition for point in points] == [False, False, True]
    assert [point.rate is None for point in points] == [False, True, False]
    assert points[0].rate.value == 0.9 and points[1].hidden is not None


def test_a_single_round_has_no_trend(session):
    place = make_place(session, "甲")
    make_measured(session, make_year(session, 2025), place, {"*": Counted(60, 27, 3)})

    assert trend_chart(trend_of(session, place, true()), place) is None
