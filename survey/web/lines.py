"""外呼线路: the telephone lines that calls go out on, for coordinators of everything."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Optional

from survey.db import db
from survey.services import lines
from survey.web.access import actor
from survey.web.clock import now
from survey.web.forms import Required, at_most, kept

blueprint = Blueprint("lines", __name__, url_prefix="/lines")


class LineForm(FlaskForm):
    number = StringField(
        _l("号码"), [Required(), at_most(40)], description=_l("对方手机上显示的号码，例如 020-81234567。")
    )
    name = StringField(_l("名称"), [Optional(), at_most(40)], description=_l("组里怎么称呼，例如三号机。"))


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    form = LineForm()
    if form.validate_on_submit():
        with kept(form):
            lines.add_line(db.session(), actor(), now(), form.number.data, form.name.data or "")
            db.session.commit()
            flash(_("已登记。访问员在访问台上可以选这条线路。"), "success")
            return redirect(url_for("lines.index"))
    found = {one.line.id: one for one in lines.watched(db.session())}
    page = render_template("lines/index.html", form=form, lines=lines.lines_of(db.session()), watched=found)
    return page, 422 if form.errors or form.form_errors else 200


@blueprint.route("/<int:line_id>", methods=["GET", "POST"])
def edit(line_id: int) -> ResponseReturnValue:
    line = lines.get_line(db.session(), line_id)
    form = LineForm(obj=line)
    if form.validate_on_submit():
        with kept(form):
            lines.edit_line(db.session(), actor(), now(), line, form.number.data, form.name.data or "")
            db.session.commit()
            flash(_("已保存。"), "success")
            return redirect(url_for("lines.index"))
    page = render_template("lines/edit.html", form=form, line=line, called=lines.called(line))
    return page, 422 if form.errors or form.form_errors else 200


@blueprint.post("/<int:line_id>/active")
def set_active(line_id: int) -> ResponseReturnValue:
    line = lines.get_line(db.session(), line_id)
    lines.set_active(db.session(), actor(), now(), line, request.form.get("active") == "1")
    db.session.commit()
    return redirect(url_for("lines.index"))
