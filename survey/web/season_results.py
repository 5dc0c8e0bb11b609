"""Stations side by side, and one station over its rounds: the evaluator's and the commissioner's pages. No ranking."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from survey.db import db
from survey.models.season import Season, Station
from survey.reports.season_charts import funnel_chart, trend_chart
from survey.services.season_results import SeasonResults, matching, season_results
from survey.services.trend import Trend, trend_of
from survey.web.access import my_scope
from survey.web.charts import asked_language, picture

blueprint = Blueprint("season_results", __name__)


@blueprint.get("/seasons/<int:season_id>/results/")
def season(season_id: int) -> ResponseReturnValue:
    """?district= and ?q= leave lines out; what the stations are held against stays."""
    season = db.get_or_404(Season, season_id)
    whole = results_of(season)
    district, text = request.args.get("district", ""), request.args.get("q", "").strip()[:100]
    return render_template(
        "season_results/season.html",
        season=season,
        whole=whole,
        results=matching(whole, district, text),
        district=district,
        text=text,
    )


@blueprint.get("/stations/<int:station_id>/results/")
def station(station_id: int) -> ResponseReturnValue:
    station = db.get_or_404(Station, station_id)
    return render_template("season_results/station.html", station=station, trend=rounds_of(station))


@blueprint.get("/seasons/<int:season_id>/results/charts/funnel-<int:number>.svg")
def funnel(season_id: int, number: int) -> ResponseReturnValue:
    """The stations of one group: all that the person may see, whatever the page is filtered by."""
    season = db.get_or_404(Season, season_id)
    group = next((group for group in results_of(season).groups if group.number == number), None)
    chart = (group and funnel_chart(group, season)) or abort(404)
    with force_locale(asked_language()):
        return picture(chart, frozen=True)


@blueprint.get("/stations/<int:station_id>/results/charts/trend.svg")
def trend(station_id: int) -> ResponseReturnValue:
    station = db.get_or_404(Station, station_id)
    chart = trend_chart(rounds_of(station), station) or abort(404)
    with force_locale(asked_language()):
        return picture(chart, frozen=True)


def results_of(season: Season) -> SeasonResults:
    return season_results(db.session(), season, my_scope("results.view").condition())


def rounds_of(station: Station) -> Trend:
    return trend_of(db.session(), station, my_scope("results.view").condition())
