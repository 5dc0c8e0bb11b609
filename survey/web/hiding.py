"""补遮: hide what the machine left readable in somebody's words, and take that back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from survey.db import db
from survey.errors import SurveyError
from survey.reports.names import short_names
from survey.services import hiding
from survey.verbatim.found import KIND_NAMES
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.forms import Required, YesForm, at_most, choices_of, kept
from survey.web.keys import vault
from survey.web.quotes import find_words, language, shade

blueprint = Blueprint("hiding", __name__, url_prefix="/rounds/<int:round_id>/words/<key>/hide")

#: in the order in which they slip through
KINDS: Mapping[str, str] = {
    kind: KIND_NAMES[kind]
    for kind in sorted(KIND_NAMES, key=lambda kind: kind not in ("name", "address", "disease"))
}


class HideForm(FlaskForm):
    stretch = StringField(
        _l("要遮去的那一段"),
        [Required(), at_most(hiding.LONGEST_STRETCH)],
        description=_l("从原话里原样复制，例如一个名字。这一户说的其他话里同样的字也一并遮去。"),
        render_kw={"autocomplete": "off", "lang": "zh"},
    )
    kind = SelectField(_l("是什么"), choices=choices_of(KINDS))


@blueprint.route("", methods=["GET", "POST"])
def page(round_id: int, key: str) -> ResponseReturnValue:
    round_, form = find_round(round_id), HideForm()
    source = find_words(round_, key)
    if form.validate_on_submit():
        with kept(form):
            n = hiding.hide(db.session(), actor(), now(), round_, source, form.stretch.data, form.kind.data)
            db.session.commit()
            flash(_("已遮去，涉及 %(n)s 处文字。", n=n), "success")
            return redirect(url_for("hiding.page", round_id=round_id, key=key))
    shown = render_template(
        "quotes/hide.html", round=round_, source=source, form=form, shade=shade, yes=YesForm(formdata=None),
        name_of=short_names(round_.questionnaire.name, language()),
    )  # fmt: skip
    return shown, 422 if form.errors or form.form_errors else 200


@blueprint.post("/undo")
def undo(round_id: int, key: str) -> ResponseReturnValue:
    round_ = find_round(round_id)
    try:
        hiding.restore(db.session(), vault(), actor(), now(), round_, find_words(round_, key))
    except SurveyError as error:
        db.session.rollback()
        flash(error.message.show(_), "error")
    else:
        db.session.commit()
        flash(_("已恢复成程序遮去的样子。"), "success")
    return redirect(url_for("hiding.page", round_id=round_id, key=key))
