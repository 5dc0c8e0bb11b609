"""Is the roster whole and honest: what its counts show, figures stated elsewhere, and the documents that came with it."""

from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.models.frame import Frame, StatedFigure
from survey.models.season import Round
from survey.roster.observations import KINDS, LEVEL
from survey.services import frame_attachments, frame_honesty, roster_review
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.forms import kept
from survey.web.frame_check_forms import AttachmentForm, FigureForm
from survey.web.keys import vault
from survey.web.rosters import find_frame, show_report

blueprint = Blueprint("frame_checks", __name__, url_prefix="/rounds/<int:round_id>/roster")


@blueprint.get("/observations")
def page(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    frame = find_frame(round_)
    return show_page(round_, frame, figure_form(frame))


def show_page(round_: Round, frame: Frame, form: FigureForm) -> str:
    found = frame_honesty.honesty(db.session(), frame)
    groups = [
        (kind, [one for one in found.observed.found if one.code == code]) for code, kind in KINDS.items()
    ]
    return render_template(
        "rosters/observations.html", round=round_, frame=frame, form=form, found=found, level=LEVEL,
        groups=[group for group in groups if group[1]], totals=roster_review.totals(db.session(), frame),
    )  # fmt: skip


def figure_form(frame: Frame, figure: StatedFigure | None = None) -> FigureForm:
    zones = frame_honesty.zones_of(db.session(), frame)
    form = FigureForm(obj=figure)
    form.zone.choices = [("", _("全站")), *((zone, zone) for zone in zones)]
    return form


@blueprint.post("/figures")
def state(round_id: int) -> ResponseReturnValue:
    """Type in a figure that somebody else states."""
    round_ = find_round(round_id)
    frame = find_frame(round_)
    form = figure_form(frame)
    if form.validate_on_submit() and save(round_, form, None):
        flash(_("已录入。"), "success")
        return redirect(url_for("frame_checks.page", round_id=round_id, _anchor="stated"))
    return show_page(find_round(round_id), find_frame(find_round(round_id)), form), 422


def save(round_: Round, form: FigureForm, figure: StatedFigure | None) -> bool:
    with kept(form):
        frame_honesty.save_figure(
            db.session(), actor(), now(), round_, figure, zone=form.zone.data, source=form.source.data,
            households=form.households.data, persons=form.persons.data,
        )  # fmt: skip
        db.session.commit()
    return not form.form_errors


@blueprint.route("/figures/<int:figure_id>", methods=["GET", "POST"])
def figure(round_id: int, figure_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    roster_review.refuse_when_sealed(db.session(), round_)
    stated = frame_honesty.find_figure(db.session(), round_, figure_id)
    form = figure_form(find_frame(round_), stated)
    if form.validate_on_submit() and save(round_, form, stated):
        flash(_("已修改。"), "success")
        return redirect(url_for("frame_checks.page", round_id=round_id, _anchor="stated"))
    status = 422 if form.errors or form.form_errors else 200
    return render_template("rosters/figure.html", round=round_, form=form, figure_id=figure_id), status


@blueprint.post("/figures/<int:figure_id>/remove")
def remove_figure(round_id: int, figure_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    stated = frame_honesty.find_figure(db.session(), round_, figure_id)
    frame_honesty.remove_figure(db.session(), actor(), now(), round_, stated)
    db.session.commit()
    flash(_("已删除。"), "success")
    return redirect(url_for("frame_checks.page", round_id=round_id, _anchor="stated"))


@blueprint.post("/attachments")
def attach(round_id: int) -> ResponseReturnValue:
    """Upload the signed 名册确认书, before or after the seal."""
    round_ = find_round(round_id)
    form = AttachmentForm()
    if form.validate_on_submit() and keep_file(round_, form):
        flash(_("附件已加密保存。"), "success")
        return redirect(url_for("rosters.page", round_id=round_id, _anchor="attachments"))
    round_ = find_round(round_id)
    return show_report(round_, find_frame(round_), attachment_form=form), 422


def keep_file(round_: Round, form: AttachmentForm) -> bool:
    file = form.document.data
    with kept(form):
        frame_attachments.attach(
            db.session(), vault(), actor(), now(), round_, name=file.filename or "", data=file.read()
        )
        db.session.commit()
    return not form.form_errors


@blueprint.get("/attachments/<int:attachment_id>")
def attachment(round_id: int, attachment_id: int) -> ResponseReturnValue:
    """Download; it may show names and signatures, so that it was opened is in the trail."""
    document = frame_attachments.open_attachment(
        db.session(), vault(), actor(), now(), find_round(round_id), attachment_id
    )
    db.session.commit()
    content = io.BytesIO(document.content)
    return send_file(content, document.mimetype, as_attachment=True, download_name=document.name)


@blueprint.post("/attachments/<int:attachment_id>/remove")
def remove_attachment(round_id: int, attachment_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    frame_attachments.remove_attachment(db.session(), actor(), now(), round_, attachment_id)
    db.session.commit()
    flash(_("已删除附件。"), "success")
    return redirect(url_for("rosters.page", round_id=round_id, _anchor="attachments"))
