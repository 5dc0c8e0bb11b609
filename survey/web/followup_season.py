"""跟进 over a season: what is overdue, the anonymous items for the district, and how many days each kind has."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_

from survey.db import db
from survey.fieldwork.followup import days_of
from survey.models.season import Round, Season
from survey.services import followup, followup_handover
from survey.web.access import actor, my_scope
from survey.web.clock import now
from survey.web.followup_forms import FollowupDaysForm
from survey.web.forms import YesForm, kept

blueprint = Blueprint("followup_season", __name__, url_prefix="/seasons/<int:season_id>/followup")


def visible(season: Season) -> ColumnElement[bool]:
    """The rounds of the season whose items the person may follow up."""
    return and_(Round.season_id == season.id, my_scope("actions.manage").condition())


@blueprint.get("/")
def page(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    return show(season, FollowupDaysForm(formdata=None, data=days_of(season.followup)))


def show(season: Season, form: FollowupDaysForm) -> ResponseReturnValue:
    session, today = db.session(), followup.today_of(now())
    shown = render_template(
        "followup/season.html", season=season, form=form, today=today, yes=YesForm(formdata=None),
        late=followup.overdue(session, visible(season), today),
        pooled=followup_handover.waiting_for_district(session, season, visible(season)),
        told=followup_handover.list_for_district(session, season, now()),
    )  # fmt: skip
    return shown, 422 if form.errors or form.form_errors else 200


@blueprint.post("/days")
def days(season_id: int) -> ResponseReturnValue:
    season, form = db.get_or_404(Season, season_id), FollowupDaysForm()
    if form.validate_on_submit():
        with kept(form):
            followup.change_days(db.session(), actor(), now(), season, form.days())
            db.session.commit()
            flash(_("已保存，今后交出的按新的期限。"), "success")
            return redirect(url_for("followup_season.page", season_id=season_id))
    return show(db.get_or_404(Season, season_id), form)


@blueprint.post("/district")
def district(season_id: int) -> ResponseReturnValue:
    """One batch of the anonymous items for the district, of every station."""
    season = db.get_or_404(Season, season_id)
    batch = followup_handover.hand_over_to_district(db.session(), actor(), now(), season, visible(season))
    db.session.commit()
    flash(_("已交出 %(n)s 件。", n=batch.items), "success")
    return redirect(url_for("followup_season.page", season_id=season_id))
