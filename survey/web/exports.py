"""Data out: the interviews of a round as a file, de-identified, or with identities where the reason is written down."""

from __future__ import annotations

import hashlib
import tempfile
from io import BufferedReader
from pathlib import Path

from flask import Blueprint, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from survey.db import db, others_may_write
from survey.models.season import Round
from survey.reports import export
from survey.reports.texts import Texts
from survey.services import exporting
from survey.services.records import counted_interviews
from survey.web.access import actor, find_round, may
from survey.web.clock import now
from survey.web.export_forms import ExportForm, IdentifiedExportForm
from survey.web.forms import kept
from survey.web.keys import vault

blueprint = Blueprint("exports", __name__, url_prefix="/rounds/<int:round_id>/export")


@blueprint.get("")
def page(round_id: int) -> ResponseReturnValue:
    return show(find_round(round_id), ExportForm(formdata=None))


@blueprint.post("")
def download(round_id: int) -> ResponseReturnValue:
    round_, form = find_round(round_id), ExportForm()
    words = bool(form.words.data) and may("verbatims.view", round_)
    return hand_over(round_, form, words=words)


@blueprint.get("/identified")
def identified(round_id: int) -> ResponseReturnValue:
    return show(find_round(round_id), IdentifiedExportForm(formdata=None))


@blueprint.post("/identified")
def download_identified(round_id: int) -> ResponseReturnValue:
    round_, form = find_round(round_id), IdentifiedExportForm()
    words = bool(form.words.data) and may("verbatims.view", round_)
    return hand_over(round_, form, words=words, reason=form.reason.data)


def show(round_: Round, form: ExportForm, status: int = 200) -> ResponseReturnValue:
    return render_template(
        "exports/page.html",
        round=round_,
        form=form,
        formats=export.FORMATS,
        households=counted_interviews(db.session(), round_),
        identified=isinstance(form, IdentifiedExportForm),
    ), status


def hand_over(
    round_: Round, form: ExportForm, *, words: bool, reason: str | None = None
) -> ResponseReturnValue:
    """Write the file, note it in the trail, send it. Others go on writing while it is made."""
    if form.validate_on_submit():
        with kept(form):
            suffix, identifying = form.suffix.data, isinstance(form, IdentifiedExportForm)
            with others_may_write():
                file, rows = written(round_, suffix, words=words, identified=identifying)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            exporting.record_export(
                db.session(), actor(), now(), round_, suffix=suffix, rows=rows, digest=digest, words=words, reason=reason
            )  # fmt: skip
            db.session.commit()
            file.seek(0)
            return send_file(file, download_name=file_name(round_, suffix, identifying), as_attachment=True)
    return show(round_, form, 422)


def written(round_: Round, suffix: str, *, words: bool, identified: bool) -> tuple[BufferedReader, int]:
    """The open file, which goes away with its last reader, and how many interviews it holds."""
    language = get_locale().language
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{suffix}"
        content = export.content_of(
            db.session(), vault(), round_, Texts(_, language), now(), words=words, identified=identified
        )
        export.write(path, content, suffix)
        return path.open("rb"), content.records.total


def file_name(round_: Round, suffix: str, identified: bool) -> str:
    kind = _("含身份数据") if identified else _("数据")
    return f"{round_.station.name}-{round_.season.name}-{kind}.{suffix}"
