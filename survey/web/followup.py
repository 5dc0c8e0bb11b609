"""跟进 of a round: what its households ask to have done, handing it over, and what came of it. Shows no household."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from survey.db import db
from survey.fieldwork import followup as rules
from survey.fieldwork.retention import days_of, due_on
from survey.models.followup import ActionItem
from survey.models.season import Round
from survey.services import (
    followup,
    followup_collect,
    followup_contacts,
    followup_handover,
    followup_log,
)
from survey.services.personal import Person
from survey.web.access import actor, find_round, may
from survey.web.clock import now
from survey.web.followup_forms import (
    CalledForm,
    CloseForm,
    ExtendForm,
    MoveForm,
    ReplyForm,
    ReturnForm,
    text_form,
)
from survey.web.forms import YesForm, kept
from survey.web.keys import vault

blueprint = Blueprint("followup", __name__, url_prefix="/rounds/<int:round_id>/followup")


@blueprint.app_context_processor
def names() -> dict[str, object]:
    """What the templates of following up call things."""
    return {
        "FOLLOWUP": rules,
        "followup_state": lambda item: followup.shown_state(item, followup.today_of(now())),
    }


# -- the round ---------------------------------------------------------------------------------------------------


@blueprint.get("/")
def page(round_id: int) -> ResponseReturnValue:
    return show(find_round(round_id))


def show(round_: Round, moving: MoveForm | None = None) -> ResponseReturnValue:
    session, today = db.session(), followup.today_of(now())
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    before = followup.round_before(session, round_)
    shown = render_template(
        "followup/round.html", round=round_, counts=followup.counts_of(session, round_, today), state=state, kind=kind,
        items=followup.items_of(session, round_, today, state=state, kind=kind), today=today,
        waiting=followup_handover.waiting_in(session, round_), contacts_until=contacts_until(round_),
        before=before, share=followup.solved_share(session, round_), yes=YesForm(formdata=None),
        share_before=followup.solved_share(session, before) if before else None,
        in_hand=followup_handover.in_hand(session, round_), moving=moving or move_form(round_, formdata=None),
    )  # fmt: skip
    return shown, 422 if moving is not None else 200


def contacts_until(round_: Round) -> object:
    """The day from which the round's contact data are destroyed; None while it is open."""
    if round_.closed_at is None:
        return None
    return due_on(round_.closed_at, days_of(round_.season.retention)["contacts"])


def move_form(round_: Round, **arguments: object) -> MoveForm:
    form = MoveForm(**arguments)
    later = followup.rounds_after(db.session(), round_)
    form.to.choices = [(one.id, one.season.name) for one in later if may("actions.manage", one)]
    return form


@blueprint.post("/collect")
def collect(round_id: int) -> ResponseReturnValue:
    found = followup_collect.collect(db.session(), actor(), now(), find_round(round_id))
    db.session.commit()
    flash(_("已更新：新增 %(new)s 件，收回 %(gone)s 件。", new=found.new, gone=found.gone), "success")
    return redirect(url_for("followup.page", round_id=round_id))


@blueprint.post("/hand-over")
def hand_over(round_id: int) -> ResponseReturnValue:
    """`how`: named, or anonymous as a batch."""
    round_, owner = find_round(round_id), request.form.get("owner", "")
    if request.form.get("how") == rules.NAMED:
        n = followup_handover.hand_over_named(db.session(), vault(), actor(), now(), round_, owner)
    else:
        n = followup_handover.hand_over_batch(db.session(), actor(), now(), round_, owner).items
    db.session.commit()
    flash(_("已交出 %(n)s 件。", n=n), "success")
    return redirect(url_for("followup.page", round_id=round_id))


@blueprint.post("/move")
def move(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    form = move_form(round_)
    if form.validate_on_submit():
        with kept(form):
            n = followup_handover.move_to_next_provider(
                db.session(), vault(), actor(), now(), round_, find_round(form.to.data), form.note.data
            )
            db.session.commit()
            flash(_("已移交 %(n)s 件。", n=n), "success")
            return redirect(url_for("followup.page", round_id=round_id))
    return show(find_round(round_id), form)


# -- one item ------------------------------------------------------------------------------------------------------


def find_item(round_id: int, item_id: int) -> ActionItem:
    item = db.get_or_404(ActionItem, item_id)
    if item.round_id != round_id or item.consent == rules.NONE:
        abort(404)
    return item


@blueprint.get("/<int:item_id>")
def item(round_id: int, item_id: int) -> ResponseReturnValue:
    return show_item(find_item(round_id, item_id))


def show_item(
    item: ActionItem, refused: FlaskForm | None = None, person: Person | None = None
) -> ResponseReturnValue:
    """The page of an item; `refused` is a form to show again, `person` whom to call, shown once."""
    round_ = item.round
    named, reads_words = may("actions.contact", round_), may("verbatims.view", round_)
    fresh = {verb: make(item, formdata=None) for verb, make in FORMS.items()}
    forms = {verb: refused if isinstance(refused, type(form)) else form for verb, form in fresh.items()}
    shown = render_template(
        "followup/item.html", round=round_, item=item, forms=forms, person=person, reads_words=reads_words,
        entries=followup_log.entries_of(db.session(), vault(), item, with_names=named),
        words=followup.words_of(db.session(), item) if reads_words else "", can_call=named, yes=YesForm(formdata=None),
    )  # fmt: skip
    return shown, 422 if refused is not None else 200


FormOf = Callable[..., FlaskForm]
FORMS: Mapping[str, FormOf] = {
    "text": lambda item, **arguments: text_form(
        item, followup.paraphrase_of(db.session(), item), prefix="text-", **arguments
    ),
    "reply": lambda item, **arguments: ReplyForm(prefix="reply-", **arguments),
    "extend": lambda item, **arguments: ExtendForm(prefix="extend-", **arguments),
    "return": lambda item, **arguments: ReturnForm(prefix="return-", **arguments),
    "close": lambda item, **arguments: CloseForm(prefix="close-", **arguments),
    "called": lambda item, **arguments: CalledForm(prefix="called-", **arguments),
}


def write(item: ActionItem, form: FlaskForm) -> None:
    if not may("verbatims.view", item.round):
        abort(403)
    followup.check_text(
        db.session(), actor(), now(), item, text=form["text"].data, kind=form["kind"].data, owner=form["owner"].data
    )  # fmt: skip


def reply(item: ActionItem, form: FlaskForm) -> None:
    assert isinstance(form, ReplyForm)
    followup_log.reply(db.session(), vault(), actor(), now(), item, form.text.data, form.proof_given())


def extend(item: ActionItem, form: FlaskForm) -> None:
    followup_log.extend(db.session(), vault(), actor(), now(), item, form["until"].data, form["note"].data)


def give_back(item: ActionItem, form: FlaskForm) -> None:
    followup_log.give_back(db.session(), vault(), actor(), now(), item, form["note"].data)


def close(item: ActionItem, form: FlaskForm) -> None:
    followup_log.close(db.session(), vault(), actor(), now(), item, form["note"].data)


def call_back(item: ActionItem, form: FlaskForm) -> None:
    followup_log.call_back(
        db.session(), vault(), actor(), now(), item, form["outcome"].data, form["note"].data or ""
    )


STEPS: Mapping[str, Callable[[ActionItem, FlaskForm], None]] = {
    "text": write, "reply": reply, "extend": extend, "return": give_back, "close": close,
}  # fmt: skip


@blueprint.post("/<int:item_id>/<verb>")
def step(round_id: int, item_id: int, verb: str) -> ResponseReturnValue:
    """One step of an item: its text, a reply that came on paper, more time, sent back, closed."""
    found = find_item(round_id, item_id)
    if verb not in STEPS:
        abort(404)
    return take(found, FORMS[verb](found), STEPS[verb])


def take(
    item: ActionItem, form: FlaskForm, do: Callable[[ActionItem, FlaskForm], None]
) -> ResponseReturnValue:
    round_id, item_id = item.round_id, item.id
    if form.validate_on_submit():
        with kept(form):
            do(item, form)
            db.session.commit()
            flash(_("已记下。"), "success")
            return redirect(url_for("followup.item", round_id=round_id, item_id=item_id))
    return show_item(find_item(round_id, item_id), form)


@blueprint.post("/<int:item_id>/undo")
def undo(round_id: int, item_id: int) -> ResponseReturnValue:
    followup_log.undo(db.session(), vault(), actor(), now(), find_item(round_id, item_id))
    db.session.commit()
    flash(_("已撤销上一步。"), "success")
    return redirect(url_for("followup.item", round_id=round_id, item_id=item_id))


@blueprint.post("/<int:item_id>/contact")
def contact(round_id: int, item_id: int) -> ResponseReturnValue:
    """Whom to call back, shown once as the answer to a deliberate press."""
    found = find_item(round_id, item_id)
    person = followup_contacts.open_for_call(db.session(), vault(), actor(), now(), found)
    db.session.commit()
    return show_item(found, person=person)


@blueprint.post("/<int:item_id>/called")
def called(round_id: int, item_id: int) -> ResponseReturnValue:
    found = find_item(round_id, item_id)
    return take(found, FORMS["called"](found), call_back)


@blueprint.post("/<int:item_id>/proof/<int:event_id>")
def proof(round_id: int, item_id: int, event_id: int) -> ResponseReturnValue:
    """It may show who was visited, so it is for those who may call the household."""
    found = find_item(round_id, item_id)
    document = followup_log.open_proof(db.session(), vault(), actor(), now(), found, event_id)
    db.session.commit()
    return send_file(
        io.BytesIO(document.content), document.mimetype, as_attachment=True, download_name=document.name
    )
