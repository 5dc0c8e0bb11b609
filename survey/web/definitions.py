"""口径 of a season and of a round: laid down before the first release, changed afterwards only with a reason."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.models.season import DefinitionVersion, Round, Season
from survey.services import adoptions, definitions
from survey.stats.definition import DEFAULT, Definition
from survey.stats.definition_words import clauses, differences
from survey.stats.worked_example import work_out
from survey.web.access import actor, find_round, my_scope
from survey.web.clock import now
from survey.web.definition_forms import ROWS, DefinitionForm, LockedDefinitionForm, shown
from survey.web.forms import kept

blueprint = Blueprint("definitions", __name__)


@blueprint.get("/seasons/<int:season_id>/definition")
def season_page(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    in_force = adoptions.season_definition(season)
    return show_season(season, DefinitionForm(formdata=None, data=shown(in_force, season.definition_id or 0)))


@blueprint.post("/seasons/<int:season_id>/definition")
def change_season(season_id: int) -> ResponseReturnValue:
    season, form = db.get_or_404(Season, season_id), DefinitionForm()
    if form.validate_on_submit() and request.form.get("step") != "preview":
        with kept(form):
            version, following = adoptions.adopt_for_season(
                db.session(), actor(), now(), season, form.definition(), seen=form.seen.data
            )
            db.session.commit()
            n = len(following.take_over)
            flash(
                _("本季口径现为 %(name)s v%(version)s，%(n)s 轮随之改用。", name=_(version.name), version=version.version, n=n),
                "success",
            )  # fmt: skip
            return redirect(url_for("definitions.season_page", season_id=season.id))
    return show_season(season, form)


def show_season(season: Season, form: DefinitionForm) -> ResponseReturnValue:
    in_force = adoptions.season_definition(season)
    following = adoptions.followers(db.session(), season).seen_by(my_scope("seasons.view").covers)
    return render_template(
        "definitions/season.html", season=season, form=form, rows=ROWS, following=following,
        **preview_of(form, in_force),
    ), 422 if form.errors else 200  # fmt: skip


@blueprint.get("/rounds/<int:round_id>/definition")
def round_page(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    data = shown(definitions.load(round_.definition), round_.definition_id)
    return show_round(round_, form_of(round_)(formdata=None, data=data))


@blueprint.post("/rounds/<int:round_id>/definition")
def change_round(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    form = form_of(round_)()
    if form.validate_on_submit() and request.form.get("step") != "preview":
        with kept(form):
            reason = form["reason"].data if "reason" in form else ""
            version = adoptions.adopt_for_round(
                db.session(), actor(), now(), round_, form.definition(), seen=form.seen.data, reason=reason
            )
            db.session.commit()
            flash(_("本轮口径现为 %(name)s v%(version)s。", name=_(version.name), version=version.version), "success")  # fmt: skip
            return redirect(url_for("definitions.round_page", round_id=round_.id))
    return show_round(round_, form)


def form_of(round_: Round) -> type[DefinitionForm]:
    locked = adoptions.released_at(db.session(), round_) is not None
    return LockedDefinitionForm if locked else DefinitionForm


def show_round(round_: Round, form: DefinitionForm) -> ResponseReturnValue:
    in_force = definitions.load(round_.definition)
    return render_template(
        "definitions/round.html", round=round_, form=form, rows=ROWS,
        locked_at=adoptions.released_at(db.session(), round_), history=adoptions.history(db.session(), round_),
        of_season=adoptions.season_definition(round_.season) == in_force, **preview_of(form, in_force),
    ), 422 if form.errors else 200  # fmt: skip


@blueprint.get("/definition/preview")
def preview() -> ResponseReturnValue:
    """What stands in the form, in words and worked out, not saved; with something to mend, what that is: {"html"}."""
    form = DefinitionForm(request.args, meta={"csrf": False})
    if not form.validate():
        return jsonify(html=render_template("definitions/_faults.html", form=form)), 422
    seen = db.session.get(DefinitionVersion, form.seen.data or 0)
    in_force = definitions.load(seen) if seen else DEFAULT
    return jsonify(html=render_template("definitions/_preview.html", **preview_of(form, in_force)))


def preview_of(form: DefinitionForm, in_force: Definition) -> dict[str, object]:
    """Words and worked example of what stands in the form; of what holds now where that cannot be applied."""
    typed = in_force if form.errors else form.definition()
    return {
        "in_force": in_force,
        "typed": typed,
        "clauses": clauses(typed),
        "example": work_out(typed),
        "differs": differences(in_force, typed),
    }
