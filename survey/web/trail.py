"""The audit trail, to read."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from survey.db import db
from survey.models.accounts import User
from survey.models.season import Round
from survey.services import trail
from survey.web.access import my_scope

blueprint = Blueprint("trail", __name__, url_prefix="/trail")

PAGE_SIZE = 50


@blueprint.get("/")
def entries() -> ResponseReturnValue:
    held = my_scope("trail.view")
    visible = None if held.everywhere else select(Round.id).where(held.condition())
    shown = trail.page_of_entries(
        db.session(),
        rounds=visible,
        action=request.args.get("action", ""),
        before_id=request.args.get("before", type=int),
        size=PAGE_SIZE,
    )
    people = {user.id: user.display_name for user in db.session.scalars(select(User))}
    return render_template("trail/entries.html", entries=shown, people=people, page_size=PAGE_SIZE)
