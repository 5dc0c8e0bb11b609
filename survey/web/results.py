"""The evaluator's pages: figures with what vouches for them, and masked words. Neither loads personal data."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from survey.db import db
from survey.reports.bars import diverging
from survey.reports.names import METHOD_NAMES, short_names
from survey.services import verbatims as words
from survey.services.adoptions import history
from survey.services.integrity import integrity_of
from survey.services.words import questions_of
from survey.web.access import find_round
from survey.web.charts import charts_there_are
from survey.web.chosen import chosen_results
from survey.web.clock import now

blueprint = Blueprint("results", __name__, url_prefix="/rounds/<int:round_id>")

PAGE_SIZE = 50


@blueprint.get("/results")
def page(round_id: int) -> ResponseReturnValue:
    """All batches, or with ?batch=first the first one alone where that betrays nobody; ?definition=ID: under that
    version."""
    round_ = find_round(round_id)
    chosen = chosen_results(round_)
    return render_template(
        "results/page.html",
        round=round_,
        results=chosen.results,
        first=chosen.first,
        first_only=chosen.first_only,
        charts=charts_there_are(round_, chosen),
        history=history(db.session(), round_),
        name_of=short_names(round_.questionnaire.name, get_locale().language),
        methods=METHOD_NAMES,
        bars=diverging,
    )


@blueprint.get("/results/verification")
def verification(round_id: int) -> ResponseReturnValue:
    """The draw verified anew, while the results of a closed round show what was found when it was frozen."""
    round_ = find_round(round_id)
    facts = integrity_of(db.session(), round_)
    return render_template("results/verification.html", round=round_, facts=facts, now=now())


@blueprint.get("/verbatims")
def verbatims(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    chosen, search = request.args.get("question", ""), request.args.get("q", "").strip()[:100]
    found = words.page_of(
        db.session(),
        round_,
        question=chosen,
        search=search,
        after=request.args.get("after", ""),
        size=PAGE_SIZE,
    )
    return render_template(
        "results/verbatims.html",
        round=round_,
        found=found,
        questions=questions_of(round_),
        chosen=chosen,
        search=search,
        name_of=short_names(round_.questionnaire.name, get_locale().language),
    )
