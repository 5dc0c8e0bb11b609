"""交办事项: what a station is asked to do, for its own people. Names only where the household agreed to be named."""

from __future__ import annotations

import io

from flask import Blueprint, abort, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.models.followup import ActionItem
from survey.services import followup_contacts, followup_log, followup_station
from survey.services.personal import Person
from survey.web.access import actor, my_scope
from survey.web.clock import now
from survey.web.followup_forms import ReplyForm
from survey.web.forms import YesForm, kept
from survey.web.keys import vault

blueprint = Blueprint("followup_station", __name__, url_prefix="/followup")


def find_item(item_id: int) -> ActionItem:
    """An item that one's own station has; there are no others."""
    item = db.get_or_404(ActionItem, item_id)
    if not followup_station.has(item) or not my_scope("actions.answer").covers(item.holder_round):
        abort(404)
    return item


@blueprint.get("/")
def page() -> ResponseReturnValue:
    items = followup_station.items_for(db.session(), my_scope("actions.answer").condition())
    return render_template("followup/station.html", items=items)


@blueprint.get("/<int:item_id>")
def item(item_id: int) -> ResponseReturnValue:
    return show(find_item(item_id), ReplyForm(formdata=None))


def show(item: ActionItem, form: ReplyForm, person: Person | None = None) -> ResponseReturnValue:
    entries = followup_log.entries_of(db.session(), vault(), item, with_names=True)
    shown = render_template(
        "followup/station_item.html", item=item, form=form, person=person, yes=YesForm(formdata=None),
        entries=followup_station.shown(entries),
    )  # fmt: skip
    return shown, 422 if form.errors or form.form_errors else 200


@blueprint.post("/<int:item_id>/reply")
def reply(item_id: int) -> ResponseReturnValue:
    found, form = find_item(item_id), ReplyForm()
    if form.validate_on_submit():
        with kept(form):
            followup_log.reply(
                db.session(), vault(), actor(), now(), found, form.text.data, form.proof_given()
            )
            db.session.commit()
            flash(_("答复已提交。"), "success")
            return redirect(url_for("followup_station.item", item_id=item_id))
    return show(find_item(item_id), form)


@blueprint.post("/<int:item_id>/contact")
def contact(item_id: int) -> ResponseReturnValue:
    """Whom the item is about, where the household agreed; shown once, and kept in the trail."""
    found = find_item(item_id)
    person = followup_contacts.open_for_receiver(db.session(), vault(), actor(), now(), found)
    db.session.commit()
    return show(found, ReplyForm(formdata=None), person)


@blueprint.post("/<int:item_id>/proof/<int:event_id>")
def proof(item_id: int, event_id: int) -> ResponseReturnValue:
    document = followup_log.open_proof(db.session(), vault(), actor(), now(), find_item(item_id), event_id)
    db.session.commit()
    return send_file(
        io.BytesIO(document.content), document.mimetype, as_attachment=True, download_name=document.name
    )
