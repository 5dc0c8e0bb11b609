"""主题: what respondents mention in numbers, and the masked words behind each theme. Neither loads personal data."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from survey.db import db
from survey.reports.names import short_names
from survey.reports.theme_charts import theme_chart
from survey.services import verbatims
from survey.services.quotes import PREVALENCES, approved
from survey.services.themes import theme_names, theme_results
from survey.verbatim.codebook import KINDS
from survey.web.access import find_round

blueprint = Blueprint("themes", __name__, url_prefix="/rounds/<int:round_id>/themes")

PAGE_SIZE = 50
#: words that one search goes through: the whole of all but the largest rounds
SEARCHED = 100_000


@blueprint.get("")
def page(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    found = theme_results(db.session(), round_)
    language = get_locale().language
    return render_template(
        "themes/page.html",
        round=round_,
        results=found,
        kinds=KINDS,
        names=theme_names(db.session()),
        quotes=approved(db.session(), round_),
        prevalences=PREVALENCES,
        has_chart=theme_chart(found, round_, language) is not None,
    )


@blueprint.get("/words")
def words(round_id: int) -> ResponseReturnValue:
    """?kind=complaint&theme=BROKEN_APPOINTMENT: the words coded so; ?q=: those that say it, however spelled."""
    round_ = find_round(round_id)
    asked = {name: request.args.get(name, "") for name in ("kind", "theme", "after")}
    search = request.args.get("q", "").strip()[:100]
    found = verbatims.page_of(db.session(), round_, **asked, search=search, searched=SEARCHED, size=PAGE_SIZE)
    return render_template(
        "themes/words.html",
        round=round_,
        found=found,
        asked=asked,
        search=search,
        kinds=KINDS,
        names=theme_names(db.session()),
        name_of=short_names(round_.questionnaire.name, get_locale().language),
    )
