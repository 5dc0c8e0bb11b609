"""Stations side by side, and one station over its rounds: the evaluator's and the commissioner's pages. No ranking."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from survey.db import db
from survey.models.season import Season, Station
from survey.services.season_results import matching, season_results
from survey.services.trend import trend_of
from survey.web.access import my_scope

blueprint = Blueprint("season_results", __name__)


@blueprint.get("/seasons/<int:season_id>/results/")
def season(season_id: int) -> ResponseReturnValue:
    """?district= and ?q= leave lines out; what the stations are held against stays."""
    season = db.get_or_404(Season, season_id)
    whole = season_results(db.session(), season, my_scope("results.view").condition())
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
    trend = trend_of(db.session(), station, my_scope("results.view").condition())
    return render_template("season_results/station.html", station=station, trend=trend)
