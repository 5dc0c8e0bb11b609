"""Charts from addresses of their own: pictures that load nothing, kept only by the reader's own browser."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale, gettext

from survey.db import db
from survey.models.season import Round, Season, Station
from survey.reports.chart_files import as_svg
from survey.reports.charts import Chart
from survey.reports.drawing import NARROW, WIDE, Sheet, Typesetting
from survey.reports.names import short_names
from survey.reports.round_charts import CHARTS, Subject
from survey.reports.season_charts import SEASON_CHARTS, trend_chart
from survey.reports.theme_charts import theme_chart
from survey.services.season_results import season_results
from survey.services.themes import theme_results
from survey.services.trend import trend_of
from survey.web.access import find_round, my_scope
from survey.web.chosen import Chosen, chosen_results
from survey.web.language import LANGUAGES
from survey.web.showing import show_count, show_interval, show_share

blueprint = Blueprint("charts", __name__)

#: a chart opened by itself: no scripts, no styles, nothing loaded
CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'"
KEPT = 128  # drawings in memory, some 150 KB each


@blueprint.get("/rounds/<int:round_id>/results/charts/<name>.svg")
def round_chart(round_id: int, name: str) -> ResponseReturnValue:
    """?lang=zh or en, ?size=narrow for telephones, ?batch=first as on the page."""
    round_ = find_round(round_id)
    with force_locale(asked_language()):
        chosen = chosen_results(round_, verify=False)
        fill = CHARTS.get(name) or abort(404)
        chart = fill(subject_of(round_, chosen)) or abort(404)
        return picture(chart, frozen=chosen.results.freeze.closed_at is not None)


@blueprint.get("/seasons/<int:season_id>/results/charts/<name>.svg")
def season_chart(season_id: int, name: str) -> ResponseReturnValue:
    """?group=2: of the second group of rounds on one footing, as the page lists them. Rounds the reader may see alone."""
    season = db.get_or_404(Season, season_id)
    with force_locale(asked_language()):
        fill = SEASON_CHARTS.get(name) or abort(404)
        groups = season_results(db.session(), season, my_scope("results.view").condition()).groups
        number = request.args.get("group", 1, type=int)
        group = groups[number - 1] if 1 <= number <= len(groups) else abort(404)
        return picture(fill(group, season) or abort(404), frozen=True)


@blueprint.get("/stations/<int:station_id>/results/charts/trend.svg")
def station_chart(station_id: int) -> ResponseReturnValue:
    station = db.get_or_404(Station, station_id)
    with force_locale(asked_language()):
        trend = trend_of(db.session(), station, my_scope("results.view").condition())
        return picture(trend_chart(trend, station) or abort(404), frozen=True)


@blueprint.get("/rounds/<int:round_id>/themes/chart.svg")
def themes_chart(round_id: int) -> ResponseReturnValue:
    """Kept nowhere, also of a closed round: coding goes on."""
    round_ = find_round(round_id)
    with force_locale(asked_language()):
        found = theme_results(db.session(), round_)
        return picture(theme_chart(found, round_, get_locale().language) or abort(404), frozen=False)


def charts_there_are(round_: Round, chosen: Chosen) -> list[str]:
    """Names of the charts that these results fill."""
    subject = subject_of(round_, chosen)
    return [name for name, fill in CHARTS.items() if fill(subject) is not None]


def subject_of(round_: Round, chosen: Chosen) -> Subject:
    language = get_locale().language
    return Subject(
        results=chosen.results,
        name_of=short_names(round_.questionnaire.name, language),
        language=language,
        origin=(round_.station.name, round_.season.name),
        first_only=chosen.first_only,
    )


def picture(chart: Chart, frozen: bool) -> Response:
    """The chart in the language of the request. What may still change is kept nowhere; what is frozen the browser may
    keep, asking every time whether it is still the same and still allowed."""
    sheet = NARROW if request.args.get("size") == "narrow" else WIDE
    response = Response(drawn(Order.of(chart, sheet)), mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    if frozen:
        response.cache_control.private, response.cache_control.no_cache = True, True
        response.add_etag()
        response.make_conditional(request)
    return response


def asked_language() -> str:
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else str(get_locale().language)


def typesetting() -> Typesetting:
    """As the pages write, in the language of the request."""
    return Typesetting(get_locale().language, gettext, show_share, show_interval, show_count)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be drawn. `digest` stands for all the rest, so that equal charts are drawn once a process."""

    digest: str
    chart: Chart = field(compare=False)
    sheet: Sheet = field(compare=False)
    typeset: Typesetting = field(compare=False)

    @classmethod
    def of(cls, chart: Chart, sheet: Sheet) -> Order:
        typeset = typesetting()
        content = repr((typeset.language, sheet, chart))
        return cls(hashlib.sha256(content.encode()).hexdigest(), chart, sheet, typeset)


@lru_cache(maxsize=KEPT)
def drawn(order: Order) -> bytes:
    return as_svg(order.chart, order.typeset, order.sheet)
