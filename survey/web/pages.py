"""The first page, and the sign of life."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from survey.db import db
from survey.models.season import Round
from survey.services import progress
from survey.web.access import RULES, may

blueprint = Blueprint("pages", __name__)

#: the first of these that a person may open is their first page
HOMES = [
    ("seasons.manage", "seasons.index"),
    ("desk.work", "desk.page"),
    ("recheck.work", "rechecks.index"),
    ("seasons.view", "seasons.index"),
    ("accounts.manage", "accounts.people"),
    ("actions.answer", "followup_station.page"),
]

#: step of a round's path -> the page where it is done
STEP_PAGES = {
    "roster": "rosters.page",
    "seal": "rosters.page",
    "design": "draws.page",
    "draw": "draws.page",
    "fieldwork": "releases.page",
    "close": "closing.page",
    "results": "results.page",
}


def round_path(round_: Round) -> list[progress.Step]:
    """For _macros/round.html."""
    return progress.path(db.session(), round_)


def step_page(key: str) -> str | None:
    """For _macros/round.html: the page of a step."""
    endpoint = STEP_PAGES[key]
    return endpoint if endpoint in RULES else None


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Everybody lands where their work is."""
    for permission, endpoint in HOMES:
        if endpoint in RULES and may(permission):
            return redirect(url_for(endpoint))
    return render_template("pages/home.html")


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}
