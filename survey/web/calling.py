"""When a season calls, how often, and how long it waits; the days on which nobody is called."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.fieldwork.rule_words import in_words, next_in_words
from survey.fieldwork.rules import CallingRules, local
from survey.models.season import Season
from survey.services import calling, cases, holidays
from survey.web.access import actor
from survey.web.calling_forms import (
    COUNTS,
    DELAYED,
    ROWS,
    CallingForm,
    DayForm,
    HolidayForm,
    OfferedForm,
    shown,
)
from survey.web.clock import now
from survey.web.forms import YesForm, kept

blueprint = Blueprint("calling", __name__)


@blueprint.route("/seasons/<int:season_id>/calling", methods=["GET", "POST"])
def page(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    rules = cases.rules_of(season)
    form = CallingForm(data=shown(rules))
    if form.validate_on_submit():
        rules = form.rules()
        if request.form.get("step") != "preview":
            return keep(season, rules)
    return show(season, form, rules)


@blueprint.post("/seasons/<int:season_id>/calling/defaults")
def defaults(season_id: int) -> ResponseReturnValue:
    return keep(db.get_or_404(Season, season_id), CallingRules())


def keep(season: Season, rules: CallingRules) -> ResponseReturnValue:
    touched = calling.change_rules(db.session(), actor(), now(), season, rules)
    db.session.commit()
    flash(_("已保存；%(n)s 户的状态或下次拨打时间随之改变。", n=touched), "success")
    return redirect(url_for("calling.page", season_id=season.id))


def show(season: Season, form: CallingForm, rules: CallingRules) -> ResponseReturnValue:
    """The form, and in words what was typed; with faults, what holds now."""
    closed = cases.holidays(db.session())
    words = (*in_words(rules), *next_in_words(now(), rules, closed))
    page = render_template(
        "calling/page.html", season=season, form=form, words=words, previewed=rules != cases.rules_of(season),
        is_default=cases.rules_of(season) == CallingRules(), counts=COUNTS, delayed=DELAYED, rows=ROWS,
        coming=[day for day in sorted(closed) if day >= local(now()).date()], yes=YesForm(formdata=None),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@blueprint.route("/holidays", methods=["GET", "POST"])
def holiday_table() -> ResponseReturnValue:
    form = HolidayForm()
    if form.validate_on_submit():
        first = form.first.data
        with kept(form):
            n = holidays.add(
                db.session(), actor(), now(), first, form.last.data or first, form.name.data.strip()
            )
            db.session.commit()
            flash(_("已添加 %(n)s 天；当天到期的户顺延。", n=n), "success")
            return redirect(url_for("calling.holiday_table"))
    table, offered = holidays.listed(db.session()), holidays.offered(db.session(), now())
    page = render_template(
        "calling/holidays.html", form=form, table=table, today=local(now()).date(), offered=offered,
        offering=OfferedForm.ticked(offered),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@blueprint.post("/holidays/offered")
def take_over_holidays() -> ResponseReturnValue:
    form = OfferedForm.of(holidays.offered(db.session(), now()))
    if form.validate_on_submit():
        with kept(form):
            n = holidays.take_over(db.session(), actor(), now(), form.chosen())
            db.session.commit()
            flash(_("已添加 %(n)s 天；当天到期的户顺延。", n=n), "success")
            return redirect(url_for("calling.holiday_table"))
    flash(" ".join(map(str, form.form_errors)) or _("这些假期刚刚有变化，请重新勾选。"), "error")
    return redirect(url_for("calling.holiday_table"))


@blueprint.post("/holidays/remove")
def remove_holiday() -> ResponseReturnValue:
    form = DayForm()
    if form.validate_on_submit():
        with kept(form):
            holidays.remove(db.session(), actor(), now(), form.day.data)
            db.session.commit()
            flash(_("已移除 %(day)s，这一天恢复拨打。", day=form.day.data.isoformat()), "success")
            return redirect(url_for("calling.holiday_table"))
    flash(" ".join(map(str, form.form_errors)) or _("请选要移除的日期。"), "error")
    return redirect(url_for("calling.holiday_table"))
