"""The report of a round: drafted, checked sentence by sentence, saved in versions, copied, and handed in as a Word file."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db, others_may_write
from survey.errors import N_, Missing
from survey.models.season import Round
from survey.reports import word
from survey.reports.paragraphs import PRAISED_FROM
from survey.reports.paste_text import paste_text
from survey.reports.report_content import ReportContent, check_text, content_of, facts_of
from survey.services import report_templates, reporting
from survey.services.reporting import Text
from survey.verbatim.claims import check
from survey.verbatim.quantifiers import RULES, range_in_words
from survey.web.access import actor, find_round, may
from survey.web.clock import now
from survey.web.forms import kept
from survey.web.reporting_forms import PastedForm, ReportForm, text_of
from survey.web.reporting_reading import marked, rows_of

blueprint = Blueprint("reporting", __name__, url_prefix="/rounds/<int:round_id>/report")

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@blueprint.get("")
def page(round_id: int) -> ResponseReturnValue:
    """The newest version, or the draft where there is none yet; ?draft=1: drafted anew in place of it."""
    content = content_of(db.session(), find_round(round_id), now(), verify=False)
    if not may("report.write", content.round_):
        paste = paste_text(content.text)
        return render_template("reporting/reading.html", round=content.round_, content=content, paste=paste)
    afresh = bool(request.args.get("draft"))
    text = content.drafted if afresh else content.text
    return show(content, ReportForm(formdata=None, seen=seen_of(content)), text, afresh=afresh)


@blueprint.post("")
def save(round_id: int) -> ResponseReturnValue:
    """Check what is written, or save it as a new version."""
    content = content_of(db.session(), find_round(round_id), now(), verify=False)
    form, text = ReportForm(), text_of(request.form)
    step = request.form.get("step", "check")
    if form.validate_on_submit() and step in reporting.STAGES:
        with kept(form):
            made = reporting.save(
                db.session(), actor(), now(), content.round_, text, stage=step, facts=facts_of(content, text),
                open_findings=check_text(text, content.evidence).count, note=form.note.data or "", seen=form.seen.data or 0,
            )  # fmt: skip
            db.session.commit()
            flash(
                _(
                    "已保存为第 %(number)s 版（%(stage)s）。",
                    number=made.number,
                    stage=_(reporting.STAGES[made.stage]),
                ),
                "success",
            )
            return redirect(url_for(".page", round_id=round_id))
    return show(content, form, text, status=422 if form.errors else 200)


def show(
    content: ReportContent, form: ReportForm, text: Text, status: int = 200, afresh: bool = False
) -> ResponseReturnValue:
    rows = rows_of(text, content.evidence)
    return render_template(
        "reporting/page.html",
        round=content.round_,
        content=content,
        form=form,
        rows=rows,
        afresh=afresh,
        open_findings=sum(len(row.findings) for row in rows),
        versions=reporting.versions(db.session(), content.round_),
        stages=reporting.STAGES,
        ranges=[(rule, range_in_words(rule.quantity, content.evidence.respondents)) for rule in RULES],
        praised_from=PRAISED_FROM,
        paste=paste_text(text),
    ), status


def seen_of(content: ReportContent) -> int:
    return content.version.number if content.version else 0


@blueprint.get("/versions/<int:number>")
def version(round_id: int, number: int) -> ResponseReturnValue:
    """One version, and what changed since the one before, or since ?since=NUMBER."""
    round_ = find_round(round_id)
    shown = reporting.version(db.session(), round_, number)
    since = request.args.get("since", number - 1, type=int)
    before = reporting.version(db.session(), round_, since) if since > 0 else None
    return render_template(
        "reporting/version.html",
        round=round_,
        version=shown,
        before=before,
        changes=reporting.changes(Text.of(before), Text.of(shown)) if before else [],
        versions=reporting.versions(db.session(), round_),
        stages=reporting.STAGES,
        paste=paste_text(Text.of(shown)),
    )


@blueprint.get("/text")
def plain(round_id: int) -> ResponseReturnValue:
    """The newest version as plain text, or ?version=NUMBER; the draft where nothing was saved."""
    content = asked_content(find_round(round_id), verify=False)
    return Response(paste_text(content.text), mimetype="text/plain")


@blueprint.get("/document")
def document(round_id: int) -> ResponseReturnValue:
    """The Word file of the newest version, or of ?version=NUMBER."""
    round_ = find_round(round_id)
    with others_may_write():
        content, template = asked_content(round_), report_templates.in_use(db.session())
        made = word.write(content, template.content if template else None)
    name = f"{round_.station.name}-{round_.season.name}-{_('满意度调查报告')}.docx"
    return send_file(BytesIO(made), mimetype=WORD, download_name=name, as_attachment=True)


def asked_content(round_: Round, *, verify: bool = True) -> ReportContent:
    """With the version that the address names. Raises Missing; the draft that nobody saved is for who may write it."""
    number = request.args.get("version", type=int)
    version = reporting.version(db.session(), round_, number) if number is not None else None
    content = content_of(db.session(), round_, now(), version, verify=verify)
    if content.version is None and not may("report.write", round_):
        raise Missing("no-report-yet", N_("报告还没有保存过。"))
    return content


@blueprint.route("/check", methods=["GET", "POST"])
def pasted(round_id: int) -> ResponseReturnValue:
    """Check a text from elsewhere against this round; nothing of it is kept."""
    content, form = content_of(db.session(), find_round(round_id), now(), verify=False), PastedForm()
    text = form.text.data or "" if form.validate_on_submit() else ""
    findings = check(text, content.evidence) if text else []
    return render_template(
        "reporting/pasted.html",
        round=content.round_,
        form=form,
        text=text,
        findings=findings,
        pieces=marked(text, findings),
    ), 422 if form.errors else 200
