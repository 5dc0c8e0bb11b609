"""回避: declared by oneself on the own account's page, or objected to by a station and entered by its coordinator."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from flask_wtf import FlaskForm
from sqlalchemy import or_, select
from wtforms import SelectChoice, SelectField, StringField

from survey.db import db
from survey.models.accounts import Recusal, User
from survey.models.season import Round, Station
from survey.services import accounts
from survey.services.accounts import RAISED_BY
from survey.web.access import actor, find_round, scope
from survey.web.clock import now
from survey.web.forms import Required, at_most

blueprint = Blueprint("recusals", __name__)


class DeclarationForm(FlaskForm):
    station_id = SelectField(_l("社工站"), coerce=int, render_kw={"lang": "zh"})
    reason = StringField(
        _l("原因"), [Required(), at_most(200)], description=_l("例如：曾在该站任职、亲属是服务对象。")
    )


class ObjectionForm(FlaskForm):
    user_id = SelectField(_l("访问员"), coerce=int, render_kw={"lang": "zh"})
    reason = StringField(
        _l("社工站的理由"),
        [Required(), at_most(200)],
        description=_l("照社工站的原意写，不写住户的个人信息。"),
    )


def my_stations() -> list[Station]:
    """The stations of the rounds that the roles of the person signed in cover, without those recused from already."""
    grants = current_user.grants
    ids = {grant.round_id for grant in grants if grant.round_id is not None}
    everywhere = any(grant.round_id is None for grant in grants)
    covered = select(Round.station_id).where(or_(everywhere, Round.id.in_(ids)))  # type: ignore[arg-type]
    recused = {recusal.station_id for recusal in current_user.recusals}
    found = db.session.scalars(select(Station).where(Station.id.in_(covered)).order_by(Station.name))
    return [station for station in found if station.id not in recused]


def declaration_form() -> DeclarationForm:
    form = DeclarationForm()
    form.station_id.choices = [SelectChoice(station.id, station.name) for station in my_stations()]
    return form


@blueprint.app_context_processor
def own_declarations() -> dict[str, object]:
    """For the page of the own account."""
    return {"declaration_form": declaration_form, "declared_stations": declared_stations}


def declared_stations() -> list[tuple[Station, Recusal]]:
    return [(db.session.get_one(Station, held.station_id), held) for held in current_user.recusals]


@blueprint.post("/account/recusals")
def declare() -> ResponseReturnValue:
    form, user = declaration_form(), current_user._get_current_object()
    if form.validate_on_submit():
        station = db.get_or_404(Station, form.station_id.data)
        accounts.recuse(db.session(), actor(), now(), user, station, form.reason.data)
        db.session.commit()
        flash(_("已申报回避：您不再看到该站的住户，手上的户已退回。已记下的答案照常上传。"), "success")
    else:
        flash(_("请选择社工站并填写回避原因。"), "error")
    return redirect(url_for("accounts.profile"))


@blueprint.route("/rounds/<int:round_id>/recusals", methods=["GET", "POST"])
def page(round_id: int) -> ResponseReturnValue:
    round_, form = find_round(round_id), ObjectionForm()
    form.user_id.choices = [SelectChoice(user.id, user.display_name) for user in callers(round_)]
    if form.validate_on_submit():
        user = accounts.get_user(db.session(), form.user_id.data)
        accounts.recuse(db.session(), actor(), now(), user, round_.station, form.reason.data, "station")
        db.session.commit()
        flash(_("已登记：%(name)s 不再接触该站的住户。", name=user.display_name), "success")
        return redirect(url_for("recusals.page", round_id=round_id))
    shown = render_template(
        "recusals/page.html", round=round_, form=form, recused=recused_from(round_), raised_by=RAISED_BY
    )
    return shown, 422 if form.errors else 200


def callers(round_: Round) -> list[User]:
    """Who may call the households of the round."""
    people = db.session.scalars(select(User).where(User.active).order_by(User.display_name, User.id))
    return [user for user in people if scope(user, "desk.work").covers(round_)]


def recused_from(round_: Round) -> list[Recusal]:
    """Who is recused from the round's station, the latest first."""
    query = select(Recusal).where(Recusal.station_id == round_.station_id)
    return list(db.session.scalars(query.order_by(Recusal.declared_at.desc(), Recusal.id.desc())))
