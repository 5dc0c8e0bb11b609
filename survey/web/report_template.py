"""The Word template of the organisation: what it is, its placeholders, another in its place."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.reports import word_check
from survey.reports.word_template import default_template
from survey.services import report_templates
from survey.web.access import actor
from survey.web.clock import now
from survey.web.forms import kept
from survey.web.reporting import WORD
from survey.web.reporting_forms import TemplateForm

blueprint = Blueprint("report_template", __name__, url_prefix="/report-template")


@blueprint.get("")
def page() -> ResponseReturnValue:
    return show(TemplateForm(formdata=None))


@blueprint.post("")
def upload() -> ResponseReturnValue:
    """Checked by filling it; refused, it changes nothing."""
    form = TemplateForm()
    if form.validate_on_submit():
        with kept(form):
            content = form.file.data.read()
            word_check.check_template(content)
            name = form.file.data.filename or _("模板.docx")
            made = report_templates.replace(db.session(), actor(), now(), name, content)
            db.session.commit()
            flash(_("以后的报告用“%(name)s”。", name=made.name), "success")
            return redirect(url_for(".page"))
    return show(form, 422)


@blueprint.post("/end")
def end() -> ResponseReturnValue:
    report_templates.end(db.session(), actor(), now())
    db.session.commit()
    flash(_("已改回自带的模板。"), "success")
    return redirect(url_for(".page"))


@blueprint.get("/file")
def file() -> ResponseReturnValue:
    """The template in use."""
    found = report_templates.in_use(db.session())
    name, content = (found.name, found.content) if found else (_("回访报告模板.docx"), default_template())
    return send_file(BytesIO(content), mimetype=WORD, download_name=name, as_attachment=True)


@blueprint.get("/default")
def default() -> ResponseReturnValue:
    """The one that Huifang makes, to begin from."""
    name = _("回访报告模板.docx")
    return send_file(BytesIO(default_template()), mimetype=WORD, download_name=name, as_attachment=True)


def show(form: TemplateForm, status: int = 200) -> ResponseReturnValue:
    return render_template(
        "reporting/template.html",
        form=form,
        found=report_templates.in_use(db.session()),
        texts=word_check.TEXTS,
        lists=word_check.LISTS,
        rows=[(name, what, word_check.fields(name)) for name, (_kind, what) in word_check.ROWS.items()],
        charts=word_check.charts(),
        notes=word_check.NOTES,
    ), status
