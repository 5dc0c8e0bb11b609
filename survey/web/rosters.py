"""Roster pages: drop a file, confirm its columns, read the report, decide, record the signature, seal."""

from __future__ import annotations

import io

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.errors import N_, Conflict, Unreadable
from survey.models.frame import Frame
from survey.models.season import Round
from survey.reports import roster_workbook
from survey.roster.aliases import FIELDS
from survey.roster.book import Book
from survey.roster.layout import Layout
from survey.roster.report import grouped
from survey.services import (
    addresses,
    canonical,
    frame_attachments,
    frame_honesty,
    roster_review,
    rosters,
    seal_preview,
    trail,
)
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.forms import YesForm
from survey.web.frame_check_forms import AttachmentForm
from survey.web.keys import vault
from survey.web.roster_forms import ConfirmationForm, ExclusionForm, SealForm, UploadForm

blueprint = Blueprint("rosters", __name__, url_prefix="/rounds/<int:round_id>/roster")


def find_frame(round_: Round) -> Frame:
    frame = roster_review.frame_of(db.session(), round_)
    if frame is None:
        raise Conflict("no-roster", N_("还没有导入名册。"))
    return frame


@blueprint.get("/")
def page(round_id: int) -> ResponseReturnValue:
    """The step that is due: upload, columns, or the report of what was imported."""
    round_ = find_round(round_id)
    if rosters.upload_of(db.session(), round_) is not None:
        return redirect(url_for("rosters.columns", round_id=round_id))
    frame = roster_review.frame_of(db.session(), round_)
    if frame is None or (request.args.get("again") and frame.sealed_at is None):
        return render_template("rosters/upload.html", round=round_, form=UploadForm(), frame=frame)
    return show_report(round_, frame)


@blueprint.post("/find")
def find(round_id: int) -> ResponseReturnValue:
    """Look for a household; by POST, because where a roster has no numbers people look for names."""
    round_ = find_round(round_id)
    return show_report(round_, find_frame(round_), request.form.get("q", "").strip())


def show_report(
    round_: Round, frame: Frame, search: str = "", attachment_form: AttachmentForm | None = None
) -> str:
    report = roster_review.open_report(vault(), frame)
    trail.record(db.session(), actor(), "roster.report-read", now(), round_id=round_.id)
    db.session.commit()
    return render_template(
        "rosters/report.html", round=round_, frame=frame, report=report, search=search,
        totals=roster_review.totals(db.session(), frame), problem_groups=grouped(report.problems),
        notice_groups=grouped(report.notices), flagged=roster_review.flagged_rows(db.session(), frame),
        found=roster_review.find_rows(db.session(), vault(), frame, search) if search else [],
        attachments=frame_attachments.attachments_of(db.session(), frame),
        attachment_form=attachment_form or AttachmentForm(), exclusion_form=ExclusionForm(),
        confirmation_form=ConfirmationForm(digest=frame.file_digest),
        seal_form=SealForm(stratify_by=frame.stratify_by, digest=frame.file_digest),
        no_addresses=not frame.sealed_at and addresses.missing(db.session(), round_),
        seal_options=[] if frame.sealed_at else seal_preview.options(db.session(), round_, frame),
    )  # fmt: skip


@blueprint.post("/upload")
def upload(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    form = UploadForm()
    if not form.validate_on_submit():
        return render_template("rosters/upload.html", round=round_, form=form, frame=None), 422
    roster_review.refuse_when_sealed(db.session(), round_)
    remembered = dict(round_.station.columns_remembered)
    let_others_write()
    try:
        file = rosters.read_file(
            form.file.data.filename or "", form.file.data.read(), form.password.data or "", remembered
        )
    except Unreadable as error:
        wrong = form.password if error.code.startswith("password") else form.file
        wrong.errors = [error.message.show(_)]
        return render_template("rosters/upload.html", round=round_, form=form, frame=None), 422
    rosters.drop_old_uploads(db.session(), now(), current_app.config["UPLOAD_LIFETIME"])
    rosters.keep_upload(db.session(), vault(), actor(), now(), round_, file)
    db.session.commit()
    return redirect(url_for("rosters.columns", round_id=round_id))


def let_others_write() -> None:
    """End the transaction before something that takes long. What was loaded stays; what is written is checked anew."""
    db.session.commit()


@blueprint.route("/columns", methods=["GET", "POST"])
def columns(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    kept = rosters.upload_of(db.session(), round_)
    if kept is None:
        return redirect(url_for("rosters.page", round_id=round_id))
    opened = rosters.open_upload(db.session(), vault(), kept, round_)
    let_others_write()
    book, layout = opened.read()
    form = YesForm()
    if form.validate_on_submit():
        return bring_in(round_, opened, book, layout)
    return render_template(
        "rosters/columns.html", round=round_, kept=kept, layout=layout, fields=FIELDS, form=form
    )


def bring_in(round_: Round, opened: rosters.Opened, book: Book, layout: Layout) -> ResponseReturnValue:
    """Read the file as the columns were chosen, and make it the frame of the round."""
    wanted = {
        (sheet.sheet, column.index): request.form.get(f"column-{number}-{column.index}", column.field)
        for number, sheet in enumerate(layout.sheets)
        for column in sheet.columns
    }
    chosen = rosters.with_choices(layout, wanted)
    rosters.keep_choices(db.session(), opened, wanted)
    let_others_write()
    prepared = opened.prepare(vault(), book, chosen)
    frame = rosters.write_roster(db.session(), actor(), now(), round_, opened, chosen, prepared)
    db.session.commit()
    flash(_("已导入 %(count)s 行。请逐项核对下面的报告。", count=frame.rows_read), "success")
    return redirect(url_for("rosters.page", round_id=round_.id))


@blueprint.post("/cancel")
def cancel(round_id: int) -> ResponseReturnValue:
    rosters.cancel_upload(db.session(), actor(), now(), find_round(round_id))
    db.session.commit()
    flash(_("已取消，文件已删除。"), "success")
    return redirect(url_for("rosters.page", round_id=round_id))


@blueprint.post("/households/<household_id>")
def decide(round_id: int, household_id: str) -> ResponseReturnValue:
    """Exclude a household with a reason, or put it back (empty reason with keep=1)."""
    round_ = find_round(round_id)
    form = ExclusionForm()
    if not request.form.get("keep") and not form.validate_on_submit():
        flash(_("请写明排除原因，例如“封存日前已迁出，社工站证明”。"), "error")
        return redirect(url_for("rosters.page", round_id=round_id, _anchor="decide"))
    reason = "" if request.form.get("keep") else form.reason.data
    roster_review.exclude(db.session(), actor(), now(), round_, household_id, reason)
    db.session.commit()
    flash(_("已记录。名册确认书须重新打印、签字。"), "success")
    return redirect(url_for("rosters.page", round_id=round_id, _anchor="decide"))


@blueprint.get("/confirmation")
def confirmation(round_id: int) -> ResponseReturnValue:
    """名册确认书, to print and have signed."""
    round_ = find_round(round_id)
    frame = find_frame(round_)
    report = roster_review.open_report(vault(), frame)
    excluded = [row for row in roster_review.flagged_rows(db.session(), frame) if row.excluded_reason]
    return render_template(
        "rosters/confirmation.html", round=round_, frame=frame, totals=roster_review.totals(db.session(), frame),
        excluded=excluded, labels=report.labels, merges=report.merges, now=now(),
    )  # fmt: skip


@blueprint.post("/confirmation")
def confirm(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    form = ConfirmationForm()
    if form.validate_on_submit():
        roster_review.refuse_when_replaced(roster_review.frame_of(db.session(), round_), form.digest.data)
        roster_review.confirm(db.session(), actor(), now(), round_, form.signed_by.data)
        db.session.commit()
        flash(_("已记录签字。可以封存了。"), "success")
    else:
        flash(_("请填写签字人姓名。"), "error")
    return redirect(url_for("rosters.page", round_id=round_id, _anchor="seal"))


@blueprint.post("/seal")
def seal(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    form = SealForm()
    if not form.stratify_by.validate(form):
        flash(_("封存没有进行：请先选择怎样分层。"), "error")
        return redirect(url_for("rosters.page", round_id=round_id, _anchor="seal"))
    if not form.validate_on_submit() or form.name.data.strip() != round_.station.name:
        flash(_("封存没有进行：输入的名称与社工站名称“%(name)s”不一致。", name=round_.station.name), "error")
        return redirect(url_for("rosters.page", round_id=round_id, _anchor="seal"))
    frame = find_frame(round_)
    roster_review.refuse_when_replaced(frame, form.digest.data)
    canonical.seal_frame(db.session(), vault(), actor(), frame, stratify_by=form.stratify_by.data, now=now())
    db.session.commit()
    flash(_("抽样框已封存。"), "success")
    return redirect(url_for("seasons.round_page", round_id=round_id))


@blueprint.get("/report.xlsx")
def report_file(round_id: int) -> ResponseReturnValue:
    """The frame report as a workbook; it holds values of the roster, so the download is in the trail."""
    round_ = find_round(round_id)
    frame = find_frame(round_)
    content = roster_workbook.write(
        frame,
        roster_review.open_report(vault(), frame),
        roster_review.totals(db.session(), frame),
        frame_honesty.honesty(db.session(), frame),
        translate=_,
    )
    trail.record(db.session(), actor(), "roster.report-downloaded", now(), round_id=round_.id)
    db.session.commit()
    name = f"{round_.station.name}-{_('名册核对报告')}.xlsx"
    return send_file(io.BytesIO(content), download_name=name, as_attachment=True)
