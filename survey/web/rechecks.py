"""复核 for the verifier: the queue, one household in hand, the call, the comparison. Nothing tells why it was picked."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from flask_wtf import FlaskForm

from survey.db import db
from survey.errors import SurveyError
from survey.fieldwork.rechecks import OUTCOMES, TALKED, VERDICTS
from survey.models.recheck import Recheck
from survey.questionnaire.recheck_wording import OPENING, QUESTIONS, TOOK_PLACE
from survey.questionnaire.wording import fill, spoken
from survey.services import recheck_queue, recheck_quota, recheck_selection, recheck_work, rechecks
from survey.services.personal import PhoneNumber
from survey.web.access import actor, find_round, my_scope
from survey.web.clock import now
from survey.web.desk_api import SPOKEN
from survey.web.forms import kept
from survey.web.keys import vault
from survey.web.recheck_forms import CallForm, ProposalForm, call_form, verdict_form

blueprint = Blueprint("rechecks", __name__, url_prefix="/rechecks")

TAGS = {"zh": "zh-CN", "yue": "yue-Hans", "en": "en"}


def find_recheck(recheck_id: int) -> Recheck:
    """The check, for whoever has it in hand or finished it, in a round of theirs."""
    recheck = db.get_or_404(Recheck, recheck_id)
    if not my_scope("recheck.work").covers(find_round(recheck.round_id)):
        abort(403)
    recheck_queue.check_mine(actor(), recheck)
    return recheck


def scope() -> recheck_queue.Scope:
    return my_scope("recheck.work").condition()


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """What waits; opening it lets the system draw what is owed."""
    session, at = db.session(), now()
    for round_ in recheck_quota.short_rounds(session, scope()):
        recheck_selection.bring_up_to_date(session, vault(), at, round_)
    session.commit()
    return render_template(
        "rechecks/index.html", waiting=recheck_queue.waiting(session, current_user, scope(), at),
        in_hand=recheck_queue.in_hand(session, current_user, scope(), at),
        done=recheck_queue.done_by(session, current_user, scope()), outcomes=OUTCOMES,
    )  # fmt: skip


@blueprint.post("/next")
def take() -> ResponseReturnValue:
    found = recheck_queue.take_next(db.session(), vault(), current_user, scope(), now())
    db.session.commit()
    if found is None:
        flash(_("现在没有可以核对的户。"), "info")
        return redirect(url_for("rechecks.index"))
    return redirect(url_for("rechecks.page", recheck_id=found.id))


@blueprint.get("/<int:recheck_id>")
def page(recheck_id: int) -> ResponseReturnValue:
    recheck = find_recheck(recheck_id)
    if recheck.answered_at is not None:
        return show_comparison(recheck)
    if recheck.outcome is not None:
        return redirect(url_for("rechecks.index"))
    return show_call(recheck, form_of(recheck, formdata=None))


def form_of(recheck: Recheck, **arguments: object) -> CallForm:
    card = recheck_work.card_of(db.session(), vault(), current_user, recheck)
    return call_form(card, recheck_work.asked_again(vault(), recheck), **arguments)


def show_call(
    recheck: Recheck, form: CallForm, numbers: tuple[PhoneNumber, ...] = (), status: int = 200
) -> ResponseReturnValue:
    card = recheck_work.card_of(db.session(), vault(), current_user, recheck)
    wording = {
        name: fill(texts[card.language], card.values)
        for name, texts in (("opening", OPENING), ("took_place", TOOK_PLACE), ("questions", QUESTIONS))
    }
    shown = render_template(
        "rechecks/call.html", recheck=recheck, card=card, form=form, numbers=numbers, wording=wording,
        tag=TAGS[card.language], spoken=SPOKEN.get(card.language, ""),
    )  # fmt: skip
    return shown, status


@blueprint.post("/<int:recheck_id>/number")
def number(recheck_id: int) -> ResponseReturnValue:
    """The numbers, as the answer to a deliberate press; what was filled in before stays."""
    recheck = find_recheck(recheck_id)
    found = recheck_work.reveal(db.session(), vault(), actor(), now(), recheck)
    db.session.commit()
    return show_call(recheck, form_of(recheck), found)


@blueprint.post("/<int:recheck_id>/record")
def record(recheck_id: int) -> ResponseReturnValue:
    recheck = find_recheck(recheck_id)
    form = form_of(recheck)
    if form.validate_on_submit():
        with kept(form):
            recheck_work.record(db.session(), vault(), actor(), now(), recheck, form.report())
            db.session.commit()
            return recorded(recheck, form)
    return show_call(find_recheck(recheck_id), form, status=422)


def recorded(recheck: Recheck, form: CallForm) -> ResponseReturnValue:
    if form.result.data == TALKED:
        return redirect(url_for("rechecks.page", recheck_id=recheck.id))
    flash(_("已记录这次通话。"), "success")
    return redirect(url_for("rechecks.index"))


def show_comparison(
    recheck: Recheck, verdicts: FlaskForm | None = None, proposal: ProposalForm | None = None
) -> ResponseReturnValue:
    """Both answers; `verdicts` or `proposal` is a form that was refused."""
    compared = recheck_work.comparison_of(db.session(), actor(), recheck)
    card = recheck_work.card_of(db.session(), vault(), current_user, recheck)
    shown = render_template(
        "rechecks/comparison.html", recheck=recheck, compared=compared, card=card, tag=TAGS[card.language],
        said={one.question.name: spoken(one.question, card.language, card.values, card.backwards) for one in compared},
        verdicts=verdicts or verdict_form(compared), outcomes=OUTCOMES, VERDICTS=VERDICTS,
        proposal=proposal or ProposalForm(formdata=None), closed=find_round(recheck.round_id).closed_at,
    )  # fmt: skip
    return shown, 422 if verdicts or proposal else 200


@blueprint.post("/<int:recheck_id>/verdicts")
def judge(recheck_id: int) -> ResponseReturnValue:
    recheck = find_recheck(recheck_id)
    form = verdict_form(recheck_work.comparison_of(db.session(), actor(), recheck))
    if not form.validate_on_submit():
        return show_comparison(recheck, form)
    given = {name.removeprefix("v-"): value for name, value in form.data.items() if name.startswith("v-")}
    recheck_work.judge(db.session(), actor(), now(), recheck, given)
    db.session.commit()
    return redirect(url_for("rechecks.page", recheck_id=recheck_id))


@blueprint.post("/<int:recheck_id>/back")
def give_back(recheck_id: int) -> ResponseReturnValue:
    recheck_queue.give_back(db.session(), actor(), now(), find_recheck(recheck_id))
    db.session.commit()
    flash(_("已退回，没有打过电话。"), "info")
    return redirect(url_for("rechecks.index"))


@blueprint.post("/<int:recheck_id>/void")
def propose(recheck_id: int) -> ResponseReturnValue:
    recheck, form = find_recheck(recheck_id), ProposalForm()
    if form.validate_on_submit():
        try:
            rechecks.propose_void(db.session(), actor(), now(), recheck, form.reason.data)
            db.session.commit()
            flash(_("已提请作废，由访问督导或统筹员决定。"), "success")
            return redirect(url_for("rechecks.page", recheck_id=recheck_id))
        except SurveyError as error:
            db.session.rollback()
            form.form_errors.append(error.message.show(_))
    return show_comparison(find_recheck(recheck_id), proposal=form)
