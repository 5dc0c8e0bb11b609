"""紧急情况: alarms raised at the desk, taken over in one click, seen through to the decision. Nothing sealed shows by itself."""

from __future__ import annotations

import uuid

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from survey.db import db
from survey.errors import SurveyError
from survey.models.care import Incident
from survey.services import incident_records, incidents
from survey.services.incident_records import ABOUT_STAFF, TOLD
from survey.services.incidents import DANGERS
from survey.web.access import actor, find_round, may, my_scope
from survey.web.clock import now
from survey.web.desk_api import NEEDS
from survey.web.forms import YesForm, kept
from survey.web.incident_forms import CloseForm, RecordForm
from survey.web.keys import vault

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents")


def find_incident(incident_id: int) -> Incident:
    """The alarm, for whoever handles alarms in its round."""
    incident = db.get_or_404(Incident, incident_id)
    if not my_scope("incident.handle").covers(find_round(incident.round_id)):
        abort(403)
    return incident


def count_waiting() -> int:
    """For base.html: how many alarms wait that the person signed in could take over; 0 for everybody else."""
    if not may("incident.handle"):
        return 0
    return incidents.waiting(db.session(), my_scope("incident.handle").condition())


@blueprint.app_context_processor
def alarms() -> dict[str, object]:
    return {"count_waiting_alarms": count_waiting, "DANGERS": DANGERS}


@blueprint.get("/")
def index() -> ResponseReturnValue:
    found = incidents.listed(db.session(), my_scope("incident.handle").condition())
    return render_template("incidents/index.html", found=found, yes=YesForm(formdata=None))


@blueprint.get("/waiting")
def waiting() -> ResponseReturnValue:
    """For pages that stay open: how many wait, in words too."""
    n = count_waiting()
    return jsonify(waiting=n, line=_("%(n)s 个紧急情况还没有人接手", n=n) if n else "")


@blueprint.get("/<int:incident_id>")
def page(incident_id: int) -> ResponseReturnValue:
    return show(find_incident(incident_id), CloseForm(formdata=None))


def show(incident: Incident, closing: CloseForm) -> ResponseReturnValue:
    shown = render_template(
        "incidents/page.html", one=incidents.named(db.session(), incident), closing=closing,
        street=incident_records.street_of(db.session(), incident), yes=YesForm(formdata=None),
    )  # fmt: skip
    return shown, 422 if closing.errors or closing.form_errors else 200


@blueprint.post("/<int:incident_id>/acknowledge")
def acknowledge(incident_id: int) -> ResponseReturnValue:
    incident = find_incident(incident_id)
    mine = incidents.acknowledge(db.session(), actor(), now(), incident)
    db.session.commit()
    if not mine and incident.acknowledged_by is not None and incident.acknowledged_by_id != actor().id:
        flash(_("%(name)s 已经接手。", name=incident.acknowledged_by.display_name), "info")
    return redirect(url_for("incidents.page", incident_id=incident.id))


@blueprint.route("/<int:incident_id>/record", methods=["GET", "POST"])
def record(incident_id: int) -> ResponseReturnValue:
    """Every look at the record is in the trail before anybody sees it."""
    incident, form = find_incident(incident_id), RecordForm()
    if form.validate_on_submit():
        with kept(form):
            incident_records.write(
                db.session(), vault(), actor(), now(), incident, form.entry(uuid.uuid4().hex)
            )
            db.session.commit()
            return redirect(url_for("incidents.record", incident_id=incident.id))
    written = incident_records.read(db.session(), vault(), actor(), now(), incident)
    db.session.commit()
    shown = render_template(
        "incidents/record.html", one=incidents.named(db.session(), incident), form=form, written=written,
        told=TOLD, about_staff=ABOUT_STAFF,
    )  # fmt: skip
    return shown, 422 if failed(form) else 200


def failed(form: FlaskForm) -> bool:
    return bool(form.errors or form.form_errors)


@blueprint.post("/<int:incident_id>/reveal")
def reveal(incident_id: int) -> ResponseReturnValue:
    """Who and where the household is, shown once as the answer to a deliberate press."""
    incident = find_incident(incident_id)
    where = incident_records.reveal(db.session(), vault(), actor(), now(), incident)
    db.session.commit()
    return render_template(
        "incidents/identity.html", one=incidents.named(db.session(), incident), where=where, needs=NEEDS,
        street=incident_records.street_of(db.session(), incident),
    )  # fmt: skip


@blueprint.post("/<int:incident_id>/close")
def close(incident_id: int) -> ResponseReturnValue:
    incident, form = find_incident(incident_id), CloseForm()
    if not form.validate_on_submit():
        return show(incident, form)
    try:
        incident_records.close(db.session(), vault(), actor(), now(), incident, form.entry(uuid.uuid4().hex))
    except SurveyError as error:
        db.session.rollback()
        form.form_errors.append(error.message.show(_))
        return show(find_incident(incident_id), form)
    db.session.commit()
    flash(_("已办结；决定已写入密封记录。"), "success")
    return redirect(url_for("incidents.index"))
