"""Charts of a season and of a station at their addresses: for whom, and of which rounds."""

from xml.etree import ElementTree

import pytest
from build import make_season
from build_seasons import Counted, make_measured, make_place

DESC = "{http://www.w3.org/2000/svg}desc"


@pytest.fixture
def season(session):
    made = make_season(session)
    for name, satisfied in (("甲站", 45), ("乙站", 40)):
        make_measured(session, made, make_place(session, name, f"{name}街"), {"*": Counted(60, satisfied, 50 - satisfied)})  # fmt: skip
    session.commit()
    return made


def said(page):
    return ElementTree.fromstring(page.response.data).find(DESC).text


def round_of(season, name):
    return next(one for one in season.rounds if one.station.name == name)


def test_the_page_shows_both_charts_of_each_group_and_they_say_its_figures(client, people, season):
    client.sign_in(people("evaluator"))
    address = f"/seasons/{season.id}/results/charts"

    page = client.get(f"/seasons/{season.id}/results/")

    for name in ("stations", "funnel"):
        assert f'src="{address}/{name}.svg?group=1&amp;lang=zh"' in page.html
        found = client.get(f"{address}/{name}.svg?group=1")
        assert "甲站 90.0%" in said(found) and "乙站 80.0%" in said(found)
        assert found.response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "private" in found.response.headers["Cache-Control"] and "ETag" in found.response.headers


@pytest.mark.parametrize("path", ["stations.svg?group=2", "stations.svg?group=0", "stations.svg?group=-1", "other.svg"])  # fmt: skip
def test_what_there_is_not_is_not_found(path, client, people, season):
    client.sign_in(people("evaluator")).get(f"/seasons/{season.id}/results/charts/{path}", 404)


def test_who_may_see_one_round_gets_a_chart_of_that_one_alone(client, people, season):
    client.sign_in(people("evaluator", round_=round_of(season, "甲站")))

    found = client.get(f"/seasons/{season.id}/results/charts/stations.svg")

    assert "甲站" in said(found) and "乙站" not in said(found)
    client.get(f"/seasons/{season.id}/results/charts/funnel.svg", 404)


@pytest.mark.parametrize("role", ["coordinator", "surveyor", "station", "admin"])
def test_without_the_right_to_see_results_there_are_no_charts(role, client, people, season):
    client.sign_in(people(role))

    client.get(f"/seasons/{season.id}/results/charts/funnel.svg", 403)
    client.get(f"/stations/{season.rounds[0].station_id}/results/charts/trend.svg", 403)


def test_a_station_has_its_trend_at_an_address_of_its_own(client, people, season):
    client.sign_in(people("evaluator"))
    place = round_of(season, "甲站").station_id
    address = f"/stations/{place}/results/charts/trend.svg"

    assert "2025 年末期评估 2025-04 90.0%" in said(client.get(address))
    assert "Base" not in said(client.get(f"{address}?lang=en"))
