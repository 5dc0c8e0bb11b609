"""复核 for those who answer for a round: how far it is, signs to look into, objections of the station, and voids."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.errors import SurveyError
from survey.fieldwork.rechecks import TOOK_PLACE
from survey.fieldwork.signs import SIGNS
from survey.models.recheck import Objection, Recheck
from survey.models.season import Round
from survey.services import objections, recheck_selection, recheck_signs, rechecks
from survey.web.access import actor, find_round, may
from survey.web.clock import now
from survey.web.keys import vault
from survey.web.recheck_forms import DecisionForm, FindingForm, ObjectionForm

blueprint = Blueprint("recheck_rounds", __name__, url_prefix="/rounds/<int:round_id>/rechecks")

Forms = DecisionForm | FindingForm | ObjectionForm


@blueprint.get("/")
def page(round_id: int) -> ResponseReturnValue:
    """Opening it lets the system select what is owed."""
    round_ = find_round(round_id)
    recheck_selection.bring_up_to_date(db.session(), vault(), now(), round_)
    db.session.commit()
    return show(round_)


def show(round_: Round, form: Forms | None = None, at: int = 0) -> ResponseReturnValue:
    """The page; `form` is one that was refused, of the recheck or objection with the id `at`."""
    session = db.session()
    shown = render_template(
        "rechecks/round.html", round=round_, summary=rechecks.summary(session, round_), SIGNS=SIGNS,
        seen=recheck_signs.observations_of(session, round_), most=recheck_signs.MOST_INTERVIEWS,
        proposals=rechecks.proposals(session, round_), objections=objections.objections(session, vault(), round_),
        objecting=form if isinstance(form, ObjectionForm) else ObjectionForm(formdata=None),
        deciding=lambda id_: refused(form, at, id_, DecisionForm), took_place=TOOK_PLACE,
        answering=lambda id_: refused(form, at, id_, FindingForm), decisions=rechecks.DECISIONS,
        compare=may("surveyors.compare", round_),
    )  # fmt: skip
    return shown, 422 if form is not None else 200


def refused(form: Forms | None, at: int, id_: int, kind: type[Forms]) -> Forms:
    """The form of one row: the one that was refused, else an empty one whose fields have ids of their own."""
    return form if isinstance(form, kind) and at == id_ else kind(formdata=None, prefix=f"r{id_}-")


@blueprint.post("/objections")
def object_(round_id: int) -> ResponseReturnValue:
    round_, form = find_round(round_id), ObjectionForm()
    if not form.validate_on_submit():
        return show(round_, form)
    try:
        objections.raise_objection(
            db.session(), vault(), actor(), now(), round_, raised_by=form.raised_by.data, text=form.text.data,
            households=form.households.data,
        )  # fmt: skip
    except SurveyError as error:
        return refuse(round_id, form, error)
    db.session.commit()
    flash(_("已登记异议，加核的户已按抽签顺序取定。"), "success")
    return redirect(url_for("recheck_rounds.page", round_id=round_id))


def refuse(round_id: int, form: Forms, error: SurveyError, at: int = 0) -> ResponseReturnValue:
    db.session.rollback()
    form.form_errors.append(error.message.show(_))
    return show(find_round(round_id), form, at)


@blueprint.post("/objections/<int:objection_id>")
def answer(round_id: int, objection_id: int) -> ResponseReturnValue:
    objection = db.get_or_404(Objection, objection_id)
    form = FindingForm(prefix=f"r{objection_id}-")
    if objection.round_id != round_id:
        abort(404)
    if not form.validate_on_submit():
        return show(find_round(round_id), form, objection_id)
    try:
        objections.close_objection(db.session(), actor(), now(), objection, form.finding.data)
    except SurveyError as error:
        return refuse(round_id, form, error, objection_id)
    db.session.commit()
    flash(_("已记下答复。"), "success")
    return redirect(url_for("recheck_rounds.page", round_id=round_id))


@blueprint.post("/<int:recheck_id>/decision")
def decide(round_id: int, recheck_id: int) -> ResponseReturnValue:
    recheck = db.get_or_404(Recheck, recheck_id)
    form = DecisionForm(prefix=f"r{recheck_id}-")
    if recheck.round_id != round_id:
        abort(404)
    if not form.validate_on_submit():
        return show(find_round(round_id), form, recheck_id)
    try:
        rechecks.decide(db.session(), actor(), now(), recheck, form.decision.data, form.reason.data)
    except SurveyError as error:
        return refuse(round_id, form, error, recheck_id)
    db.session.commit()
    flash(_("已决定，并已留痕。"), "success")
    return redirect(url_for("recheck_rounds.page", round_id=round_id))
