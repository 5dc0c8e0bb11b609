"""Closing a round: what stands in the way, what is fixed by it, and (with a reason) opening it again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.errors import Message, SurveyError
from survey.models.season import Round
from survey.services import balance, closing, designs, freeze, publication, retention
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.closing_forms import ClosingForm, ReopenForm
from survey.web.draw_forms import StepForm

blueprint = Blueprint("closing", __name__, url_prefix="/rounds/<int:round_id>/closing")


@blueprint.get("")
def page(round_id: int) -> ResponseReturnValue:
    return show_page(find_round(round_id))


def show_page(
    round_: Round, form: StepForm | None = None, problem: Message | None = None, status: int = 200
) -> ResponseReturnValue:
    session = db.session()
    design = designs.design_of(session, round_)
    if design is None or design.drawn_at is None:
        return render_template("closing/not_drawn.html", round=round_)
    found = balance.balance(session, round_, now())
    return render_template(
        "closing/page.html", round=round_, design=design, found=found, form=form or blank_form(round_, found),
        problem=problem, freeze=freeze.freeze_of(session, round_), left_open=closing.left_open(session, round_),
        opened=closing.openings_in(session, round_), destroyed=retention.destroyed_since(session, round_), published_at=publication.published_at(session, round_.id),
    ), status  # fmt: skip


def blank_form(round_: Round, found: balance.Balance) -> StepForm:
    if round_.closed_at is not None:
        return ReopenForm(round_.station.name, formdata=None)
    return ClosingForm(round_.station.name, found, formdata=None)


def submit(round_id: int, form: StepForm, verb: Callable[[Round], None], done: str) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return show_page(find_round(round_id), form, status=422)
    try:
        verb(find_round(round_id))
    except SurveyError as error:
        db.session.rollback()
        return show_page(find_round(round_id), error_form(round_id, form), error.message, error.status)
    db.session.commit()
    flash(done, "success")
    return redirect(url_for("closing.page", round_id=round_id))


def error_form(round_id: int, form: StepForm) -> StepForm | None:
    """What was typed, unless the round meanwhile is where the form does not apply any more."""
    closed = find_round(round_id).closed_at is not None
    return form if closed == isinstance(form, ReopenForm) else None


@blueprint.post("")
def close(round_id: int) -> ResponseReturnValue:
    round_, at = find_round(round_id), now()
    form = ClosingForm(round_.station.name, balance.balance(db.session(), round_, at))

    def verb(round_: Round) -> None:
        closing.close(db.session(), actor(), at, round_, form.explanation())

    return submit(round_id, form, verb, _("本轮已结束，数据已冻结，抽样框已公开。"))


@blueprint.post("/reopen")
def reopen(round_id: int) -> ResponseReturnValue:
    form = ReopenForm(find_round(round_id).station.name)

    def verb(round_: Round) -> None:
        closing.reopen(db.session(), actor(), now(), round_, form.reason.data)

    return submit(round_id, form, verb, _("本轮已重新打开，可以继续访问。"))
