"""A respondent wants the answers deleted: whoever takes the request types the number told at the end of the interview."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, StringField

from survey.db import db, leave_no_trace
from survey.errors import N_, Missing, SurveyError
from survey.models.interview import Interview
from survey.services import withdrawal, withdrawal_list
from survey.services.withdrawal import WAYS, Holding
from survey.web.access import actor, find_round, my_scope
from survey.web.clock import now
from survey.web.forms import Required, at_most, kept
from survey.web.keys import vault

blueprint = Blueprint("withdrawal", __name__, url_prefix="/withdrawals")


class TokenForm(FlaskForm):
    token = StringField(
        _l("受访编号"),
        [Required(), at_most(40)],
        description=_l("九位数字，访问结束时报给受访者，例如 123 456 786；空格可有可无。"),
        render_kw={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"},
    )


class WithdrawForm(FlaskForm):
    token = HiddenField(validators=[Required()])
    way = RadioField(
        _l("受访者怎样提出"), choices=[SelectChoice(key, _l(name)) for key, name in WAYS.items()]
    )
    sure = BooleanField(_l("已和对方核对社工站和受访日期，确认永久删除"), [Required()])


@blueprint.get("/")
def page() -> ResponseReturnValue:
    return show(TokenForm())


def show(
    form: TokenForm, found: Holding | None = None, ask: WithdrawForm | None = None, status: int = 200
) -> ResponseReturnValue:
    return render_template("withdrawal/page.html", form=form, found=found, ask=ask), status


@blueprint.post("/")
def find() -> ResponseReturnValue:
    """What the number leads to: a round and a day, neither a person nor an answer."""
    form = TokenForm()
    if not form.validate_on_submit():
        return show(form, status=422)
    try:
        interview = find_interview(form.token.data)
    except SurveyError as error:
        form.token.errors = [error.message.show(_)]
        return show(form, status=error.status)
    ask = WithdrawForm(formdata=None, token=form.token.data)
    return show(form, withdrawal.holding(db.session(), interview), ask)


def find_interview(token: str) -> Interview:
    """The interview with this number, in the rounds of whoever asks; nobody learns of numbers told elsewhere. That
    somebody looked stays in the trail, whatever follows. Raises Invalid, Missing (token-unknown)."""
    interview = withdrawal.find(db.session(), actor(), now(), token)
    db.session.commit()
    if interview is not None and my_scope("withdrawal.make").covers(find_round(interview.round_id)):
        return interview
    raise Missing(
        "token-unknown",
        N_(
            "在您负责的轮次里没有找到这个编号的访问。请再核对一遍，还是没有就转告统筹员。编号过了保存期限会销毁，之后就分不出哪些回答是谁的，也就不能再删。"
        ),
    )


@blueprint.post("/delete")
def delete() -> ResponseReturnValue:
    ask = WithdrawForm()
    interview = find_interview(ask.token.data or "")
    held = withdrawal.holding(db.session(), interview)
    form = TokenForm(formdata=None, token=ask.token.data)
    if ask.validate_on_submit():
        with kept(ask):
            withdrawal.withdraw(db.session(), actor(), now(), interview, ask.way.data)
            db.session.commit()
            remember()
            flash(
                _(
                    "已永久删除 %(day)s 受访的 %(n)s 题回答。可以告诉对方：删好了，谁也恢复不了。",
                    day=held.day.isoformat(),
                    n=held.answers,
                ),
                "success",
            )
            return redirect(url_for("withdrawal.page"))
    return show(form, withdrawal.holding(db.session(), interview), ask, 422)


def remember() -> None:
    """Outside the database, for the day on which an older backup is restored; and nothing left in SQLite's log."""
    marks = withdrawal.marks(db.session(), vault())
    try:
        withdrawal_list.complete(Path(current_app.config["INSTANCE"]) / withdrawal_list.NAME, marks)
    except SurveyError as error:
        flash(error.message.show(_), "warning")
    db.session.rollback()
    leave_no_trace(db.engine)
