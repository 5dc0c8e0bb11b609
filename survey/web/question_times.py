"""How the form does in calls, for the coordinator: which question is hard to say or to understand. No person is shown."""

from __future__ import annotations

import re

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey.db import db
from survey.models.season import Season
from survey.services.question_times import MOST_INTERVIEWS, SHOWN_FROM, times_of
from survey.web.access import my_scope
from survey.web.clock import now

blueprint = Blueprint("question_times", __name__)

PLACEHOLDER = re.compile(r"\{[^{}]*\}")


@blueprint.get("/seasons/<int:season_id>/pace")
def page(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    forms = times_of(db.session(), season, my_scope("board.view").condition(), now())
    return render_template(
        "question_times/page.html", season=season, forms=forms, shown_from=SHOWN_FROM, most=MOST_INTERVIEWS,
        blank=lambda text: PLACEHOLDER.sub("＿＿", text),
    )  # fmt: skip
