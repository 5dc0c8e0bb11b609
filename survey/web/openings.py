"""The commissioner opens identities after fieldwork, and checks them against what was sealed before it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectChoice, StringField, TextAreaField

from survey.db import db
from survey.errors import Message, SurveyError
from survey.models.season import Round
from survey.services import closing, designs, identities, openings
from survey.services.identities import Opened
from survey.services.openings import AMONG, LONGEST_REASON, MOST_AT_ONCE, Asked
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.draw_forms import StepForm, between
from survey.web.forms import Required, at_most
from survey.web.keys import vault

blueprint = Blueprint("openings", __name__, url_prefix="/rounds/<int:round_id>/openings")


class NamedForm(StepForm):
    ids = TextAreaField(
        _l("随机编号"),
        [Required(), at_most(2000)],
        description=_l("每行一个，可从证书或结果中粘贴，例如 H-7KQ2M1T9AB。"),
        render_kw={"rows": 4, "spellcheck": "false"},
    )
    reason = StringField(_l("原因"), [Required(), at_most(LONGEST_REASON)])


class RandomForm(StepForm):
    number = StringField(
        _l("公开的数字"),
        [Required(), at_most(60)],
        description=_l("各方都能查到、事先谁也不知道的数字，例如今天的开奖号。"),
        render_kw={"autocomplete": "off"},
    )
    households = IntegerField(_l("抽取"), [Required(), between(1, MOST_AT_ONCE)])
    among = RadioField(
        _l("范围"),
        choices=[SelectChoice(key, _l(name)) for key, name in AMONG.items()],
        default="released",
    )
    reason = StringField(_l("原因"), [Required(), at_most(LONGEST_REASON)])


@blueprint.get("")
def page(round_id: int) -> ResponseReturnValue:
    return show_page(find_round(round_id))


def show_page(
    round_: Round, form: StepForm | None = None, problem: Message | None = None, status: int = 200
) -> ResponseReturnValue:
    session = db.session()
    design = designs.design_of(session, round_)
    if round_.closed_at is None or design is None:
        shown = 409 if problem else 200
        return render_template("openings/not_closed.html", round=round_, problem=problem), shown
    name = round_.station.name
    batches = identities.opened(session, vault(), actor(), now(), round_)
    db.session.commit()  # that they were read is in the trail before anybody sees them
    return render_template(
        "openings/page.html", round=round_, design=design, form=form, problem=problem, among=AMONG, command=command,
        named=form if isinstance(form, NamedForm) else NamedForm(name, formdata=None, prefix="named-"),
        random=form if isinstance(form, RandomForm) else RandomForm(name, formdata=None, prefix="random-"),
        batches=batches, script=script(),
        sealed=identities.list_is_sealed(session, design), opened=closing.openings_in(session, round_),
    ), status  # fmt: skip


def script() -> str:
    """The ten lines that check an opening, as they are downloaded."""
    return Path(str(current_app.static_folder), "verify", "check_opening.py").read_text("utf-8")


def command(one: Opened) -> str:
    """What to type to check one household."""
    words = ["python3", "check_opening.py", "commitments.csv", one.household_id, one.salt, one.identity or ""]
    return shlex.join(words)


def submit(round_id: int, form: StepForm, verb: Callable[[Round], Asked]) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return show_page(find_round(round_id), form, status=422)
    try:
        asked = verb(find_round(round_id))
    except SurveyError as error:
        db.session.rollback()
        return show_page(find_round(round_id), form, error.message, error.status)
    db.session.commit()
    if asked.opened:
        flash(_("已揭示 %(n)s 户的身份。", n=len(asked.opened)), "success")
    if asked.before:
        flash(_("这些户先前已揭示，见下方：%(ids)s。", ids="、".join(asked.before)), "info")
    return redirect(url_for("openings.page", round_id=round_id))


@blueprint.post("/named")
def open_named(round_id: int) -> ResponseReturnValue:
    form = NamedForm(find_round(round_id).station.name, prefix="named-")

    def verb(round_: Round) -> Asked:
        ids = form.ids.data.replace(",", "\n").replace("，", "\n").replace("、", "\n").split()
        return openings.open_named(db.session(), actor(), now(), round_, ids, form.reason.data)

    return submit(round_id, form, verb)


@blueprint.post("/random")
def open_random(round_id: int) -> ResponseReturnValue:
    form = RandomForm(find_round(round_id).station.name, prefix="random-")

    def verb(round_: Round) -> Asked:
        return openings.open_random(
            db.session(), actor(), now(), round_, number=form.number.data, households=form.households.data,
            among=form.among.data, reason=form.reason.data,
        )  # fmt: skip

    return submit(round_id, form, verb)
