"""建议 of a round's report: entered, carried forward from the round before, and closed with how that is known."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.models.followup import Recommendation
from survey.models.season import Round
from survey.services import followup, recommendations
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.followup_forms import OutcomeForm, RecommendationForm
from survey.web.forms import YesForm, kept

blueprint = Blueprint("recommendations", __name__, url_prefix="/rounds/<int:round_id>/recommendations")


@blueprint.get("/")
def page(round_id: int) -> ResponseReturnValue:
    return show(find_round(round_id))


def show(
    round_: Round,
    making: RecommendationForm | None = None,
    closing: OutcomeForm | None = None,
    at: int = 0,
) -> ResponseReturnValue:
    """`making` or `closing` (of the recommendation with the id `at`) is a form that was refused."""
    session = db.session()
    shown = render_template(
        "followup/recommendations.html", round=round_, found=recommendations.of_round(session, round_),
        carried=recommendations.carried_on(session, round_), before=followup.round_before(session, round_),
        to_carry=recommendations.open_before(session, round_), making=making or RecommendationForm(formdata=None),
        closing=lambda id_: closing if closing and at == id_ else OutcomeForm(formdata=None, prefix=f"r{id_}-"),
        owners=recommendations.OWNERS, outcomes=recommendations.OUTCOMES, yes=YesForm(formdata=None),
    )  # fmt: skip
    return shown, 422 if making or closing else 200


def find(round_id: int, recommendation_id: int) -> Recommendation:
    found = db.get_or_404(Recommendation, recommendation_id)
    if found.round_id != round_id:
        abort(404)
    return found


@blueprint.post("/")
def make(round_id: int) -> ResponseReturnValue:
    round_, form = find_round(round_id), RecommendationForm()
    if form.validate_on_submit():
        with kept(form):
            recommendations.make(
                db.session(), actor(), now(), round_, text=form.text.data, owner=form.owner.data,
                due_on=form.due_on.data,
            )  # fmt: skip
            return done(round_id, _("已录入。"))
    return show(find_round(round_id), form)


def done(round_id: int, told: str) -> ResponseReturnValue:
    db.session.commit()
    flash(told, "success")
    return redirect(url_for("recommendations.page", round_id=round_id))


@blueprint.post("/carry")
def carry(round_id: int) -> ResponseReturnValue:
    n = recommendations.carry_forward(db.session(), actor(), now(), find_round(round_id))
    return done(round_id, _("已带过来 %(n)s 条。", n=n))


@blueprint.post("/<int:recommendation_id>/close")
def close(round_id: int, recommendation_id: int) -> ResponseReturnValue:
    found, form = find(round_id, recommendation_id), OutcomeForm(prefix=f"r{recommendation_id}-")
    if form.validate_on_submit():
        with kept(form):
            recommendations.close(db.session(), actor(), now(), found, form.outcome.data, form.finding.data)
            return done(round_id, _("已了结。"))
    return show(find_round(round_id), None, form, recommendation_id)


@blueprint.post("/<int:recommendation_id>/reopen")
def reopen(round_id: int, recommendation_id: int) -> ResponseReturnValue:
    recommendations.reopen(db.session(), actor(), now(), find(round_id, recommendation_id))
    return done(round_id, _("已重新打开。"))
