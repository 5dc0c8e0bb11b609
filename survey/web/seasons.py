"""Seasons and rounds: the coordinator's home."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.models.season import Round, Season
from survey.services import addresses, progress, seasons
from survey.web.access import actor, covers_season, find_round, my_scope
from survey.web.clock import now
from survey.web.forms import kept
from survey.web.season_forms import NewRoundForm, RoundSettings, SeasonForm

blueprint = Blueprint("seasons", __name__)


@blueprint.get("/seasons/")
def index() -> ResponseReturnValue:
    held = my_scope("seasons.view")
    found = seasons.seasons_seen(db.session(), held.condition(), held.everywhere)
    return render_template("seasons/index.html", seasons=found)


@blueprint.route("/seasons/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = SeasonForm()
    if form.validate_on_submit():
        with kept(form):
            season = seasons.save_season(db.session(), actor(), now(), None, **values_of(form))
            db.session.commit()
            return redirect(url_for("seasons.season", season_id=season.id))
    return render_template("seasons/edit.html", form=form, season=None), 422 if form.errors else 200


@blueprint.get("/seasons/<int:season_id>")
def season(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    rounds = seasons.rounds_seen(db.session(), season, my_scope("seasons.view").condition())
    facts = progress.facts_of_rounds(db.session(), rounds)
    steps = {round_.id: progress.next_step(progress.steps_of(round_, facts[round_.id])) for round_ in rounds}
    return render_template(
        "seasons/season.html",
        season=season,
        rounds=rounds,
        facts=facts,
        steps=steps,
        results_open=covers_season(my_scope("results.view"), season),
    )


@blueprint.route("/seasons/<int:season_id>/edit", methods=["GET", "POST"])
def edit(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    form = SeasonForm(obj=season)
    if form.validate_on_submit():
        with kept(form):
            seasons.save_season(db.session(), actor(), now(), season, **values_of(form))
            db.session.commit()
            flash(_("已保存。"), "success")
            return redirect(url_for("seasons.season", season_id=season.id))
    return render_template("seasons/edit.html", form=form, season=season), 422 if form.errors else 200


@blueprint.route("/seasons/<int:season_id>/rounds/new", methods=["GET", "POST"])
def add_round(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    form = NewRoundForm(data={"fieldwork_from": season.fieldwork_from, "fieldwork_to": season.fieldwork_to})
    if form.validate_on_submit():
        with kept(form):
            round_ = seasons.add_round(db.session(), actor(), now(), season, **values_of(form))
            db.session.commit()
            return redirect(url_for("seasons.round_page", round_id=round_.id))
    return render_template("seasons/new_round.html", form=form, season=season), 422 if form.errors else 200


@blueprint.get("/rounds/<int:round_id>")
def round_page(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    step = progress.next_step(progress.path(db.session(), round_))
    return render_template("seasons/round.html", round=round_, next_step=step)


@blueprint.route("/rounds/<int:round_id>/edit", methods=["GET", "POST"])
def edit_round(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    form = RoundSettings(data=settings_of(round_))
    if form.validate_on_submit():
        with kept(form):
            seasons.edit_round(db.session(), actor(), now(), round_, **values_of(form))
            db.session.commit()
            say_saved(round_)
            return redirect(url_for("seasons.round_page", round_id=round_.id))
    return render_template("seasons/edit_round.html", form=form, round=round_), 422 if form.errors else 200


def say_saved(round_: Round) -> None:
    flash(_("已保存。"), "success")
    if addresses.missing(db.session(), round_):
        flash(
            _("名册是在勾选入户访问之前导入的，没有保存住址：请在封存之前重新导入含住址的名册。"), "warning"
        )


def settings_of(round_: Round) -> dict[str, Any]:
    """What the form shows of a round."""
    names = (
        "target_group",
        "target_completes",
        "fieldwork_from",
        "fieldwork_to",
        "records_calls",
        "home_visits",
    )
    return {name: getattr(round_, name) for name in names} | {"questionnaire": round_.questionnaire.name}


def values_of(form: SeasonForm | RoundSettings) -> dict[str, Any]:
    """What was typed, without the token; texts trimmed."""
    return {
        name: value.strip() if isinstance(value, str) else value
        for name, value in form.data.items()
        if name != "csrf_token" and value is not None
    }
