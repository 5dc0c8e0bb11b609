"""The evaluator's pages: figures with what vouches for them, and masked words. Neither loads personal data."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from survey.db import db
from survey.models.season import DefinitionVersion
from survey.reports.bars import diverging
from survey.reports.names import METHOD_NAMES, short_names
from survey.services import verbatims as words
from survey.services.first_batch import first_batch
from survey.services.integrity import integrity_of
from survey.services.results import round_results
from survey.services.words import questions_of
from survey.web.access import find_round
from survey.web.clock import now

blueprint = Blueprint("results", __name__, url_prefix="/rounds/<int:round_id>")

PAGE_SIZE = 50


@blueprint.get("/results")
def page(round_id: int) -> ResponseReturnValue:
    """All batches, or with ?batch=first the first one alone where that betrays nobody; ?definition=ID: under that
    version."""
    round_ = find_round(round_id)
    whole = round_results(db.session(), round_, chosen_definition())
    first = first_batch(round_, whole)
    first_only = request.args.get("batch") == "first" and first is not None and first.offered
    return render_template(
        "results/page.html",
        round=round_,
        results=first.results if first is not None and first_only else whole,
        first=first,
        first_only=first_only,
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


def chosen_definition() -> DefinitionVersion | None:
    """The version of a definition that the address asks for; None: the one in force."""
    asked = request.args.get("definition", type=int)
    return db.get_or_404(DefinitionVersion, asked) if asked is not None else None


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
