"""交办单: what has been handed over to one organisation, to print or as a workbook; with contacts only after a press."""

from __future__ import annotations

import io
from collections.abc import Mapping

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.fieldwork.followup import ORGANISATIONS
from survey.models.season import Round
from survey.reports import followup_workbook
from survey.services import followup_contacts, followup_handover
from survey.services.personal import Person
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.keys import vault

blueprint = Blueprint("followup_lists", __name__, url_prefix="/rounds/<int:round_id>/followup/list")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/<owner>")
def page(round_id: int, owner: str) -> ResponseReturnValue:
    """To print; it names nobody."""
    return show_list(find_round(round_id), owner, {})


@blueprint.post("/<owner>")
def named(round_id: int, owner: str) -> ResponseReturnValue:
    """With whom the named items are about, as a page or a workbook; that it was opened is in the trail."""
    round_ = find_round(round_id)
    handed = followup_handover.list_for(db.session(), round_, owner, now())
    people = followup_contacts.open_list(db.session(), vault(), actor(), now(), round_.id, handed.items)
    db.session.commit()
    if request.form.get("as") == "xlsx":
        return workbook(round_, owner, people)
    return show_list(round_, owner, people)


@blueprint.get("/<owner>.xlsx")
def workbook_file(round_id: int, owner: str) -> ResponseReturnValue:
    return workbook(find_round(round_id), owner, {})


def show_list(round_: Round, owner: str, people: Mapping[int, Person]) -> ResponseReturnValue:
    handed = followup_handover.list_for(db.session(), round_, owner, now())
    return render_template(
        "followup/list.html", round=round_, owner=owner, handed=handed, people=people, with_names=bool(people)
    )


def workbook(round_: Round, owner: str, people: Mapping[int, Person]) -> ResponseReturnValue:
    handed = followup_handover.list_for(db.session(), round_, owner, now())
    content = followup_workbook.write(round_, owner, handed, people, translate=_)
    name = f"{round_.station.name}-{_(ORGANISATIONS[owner])}-{_('交办单')}.xlsx"
    return send_file(io.BytesIO(content), XLSX, as_attachment=True, download_name=name)
