"""保存期限 of a season: what is kept how long after a round closes, what is due, and what was destroyed when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField

from survey.db import db
from survey.fieldwork.retention import BY_KEY, KINDS, MOST_DAYS, days_of
from survey.models.season import Season
from survey.services import retention
from survey.services.withdrawal import KIND as WITHDRAWAL
from survey.web.access import actor, find_round
from survey.web.calling_forms import NumberFrom
from survey.web.clock import now
from survey.web.forms import kept
from survey.web.retention_reading import shown_kinds

blueprint = Blueprint("retention", __name__)


class DaysForm(FlaskForm):
    """A number of days for each kind of data."""

    def days(self) -> dict[str, Any]:
        return {key: self[key].data for key in BY_KEY}


def _add_fields() -> None:
    for kind in KINDS:
        text = _l(
            "%(holds)s。销毁之后：%(then)s。默认 %(days)s 天。",
            holds=_l(kind.holds),
            then=_l(kind.then),
            days=kind.days,
        )
        field = IntegerField(_l(kind.name), [NumberFrom(1, MOST_DAYS)], description=text)
        setattr(DaysForm, kind.key, field)


_add_fields()


@blueprint.route("/seasons/<int:season_id>/retention", methods=["GET", "POST"])
def page(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    form = DaysForm(data=days_of(season.retention))
    if form.validate_on_submit():
        with kept(form):
            changed = retention.change(db.session(), actor(), now(), season, form.days())
            db.session.commit()
            flash(_("已保存，到期日随之改变。") if changed else _("没有改动。"), "success")
            return redirect(url_for("retention.page", season_id=season.id))
    closed = [round_ for round_ in season.rounds if round_.closed_at is not None]
    keepings = retention.keepings(db.session(), closed, now())
    return render_template(
        "retention/page.html", season=season, form=form, kinds=KINDS,
        keepings=[one for one in keepings if one.items or one.past],
        closed=closed, still_open=[round_ for round_ in season.rounds if round_.closed_at is None],
    ), 422 if form.errors else 200  # fmt: skip


@blueprint.get("/rounds/<int:round_id>/destruction")
def record(round_id: int) -> ResponseReturnValue:
    """What was destroyed of a round, to print and sign."""
    round_ = find_round(round_id)
    keepings = retention.keepings(db.session(), [round_], now())
    return render_template(
        "retention/record.html", round=round_, done=retention.record_of(db.session(), round_), kinds=shown_kinds(),
        withdrawal=WITHDRAWAL, ahead=[one for one in keepings if one.items], printed_at=now(),
    )  # fmt: skip
