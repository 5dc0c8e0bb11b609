"""接口令牌 on the own account: make one (shown once), see them, end them; an administrator ends anybody's."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectChoice, StringField
from wtforms.validators import NumberRange

from survey.db import db
from survey.models.accounts import User
from survey.services import api_tokens
from survey.services.accounts import get_user
from survey.services.api_tokens import MOST_DAYS, SCOPES, USUAL_DAYS
from survey.web.access import actor, offered_scopes
from survey.web.clock import now
from survey.web.forms import CheckboxesField, Required, at_most, kept

blueprint = Blueprint("tokens", __name__)


class NewTokenForm(FlaskForm):
    name = StringField(_l("用途"), [Required(), at_most(60)], description=_l("例如：每晚更新汇总表。"))
    scopes = CheckboxesField(_l("可读的内容"), description=_l("只勾选程序用得到的。"))
    days = IntegerField(
        _l("有效期"),
        [NumberRange(1, MOST_DAYS, message=_l("请填 1 到 %(max)s。"))],
        default=USUAL_DAYS,
        description=_l("最长 365 天，到期后另建一个。"),
    )


def new_token_form(user: User) -> NewTokenForm:
    form = NewTokenForm()
    form.scopes.choices = [SelectChoice(name, _(SCOPES[name])) for name in offered_scopes(user)]
    return form


@blueprint.route("/profile/tokens", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    user = current_user._get_current_object()
    form = new_token_form(user)
    if form.validate_on_submit():
        with kept(form):
            token, text = api_tokens.make(
                db.session(), actor(), now(), user, name=form.name.data, scopes=form.scopes.data,
                allowed=offered_scopes(user), days=form.days.data,
            )  # fmt: skip
            db.session.commit()
            return render_template("tokens/made.html", token=token, text=text)
    shown = render_template("tokens/page.html", form=form, tokens=api_tokens.of_user(db.session(), user))
    return shown, 422 if form.errors else 200


@blueprint.post("/profile/tokens/<int:token_id>/end")
def end(token_id: int) -> ResponseReturnValue:
    end_token(current_user._get_current_object(), token_id)
    return redirect(url_for("tokens.page"))


@blueprint.post("/people/<int:user_id>/tokens/<int:token_id>/end")
def end_of_person(user_id: int, token_id: int) -> ResponseReturnValue:
    end_token(get_user(db.session(), user_id), token_id)
    return redirect(url_for("accounts.edit_person", user_id=user_id))


def end_token(user: User, token_id: int) -> None:
    api_tokens.end(db.session(), actor(), now(), user, token_id)
    db.session.commit()
    flash(_("令牌已终止，用它的程序从现在起读不到任何内容。"), "success")


@blueprint.app_context_processor
def tokens_for_pages() -> dict[str, object]:
    """For the pages that list tokens."""
    return {
        "tokens_of": lambda user: api_tokens.of_user(db.session(), user),
        "token_is_live": lambda token: api_tokens.is_live(token, now()),
        "scope_names": SCOPES,
    }
