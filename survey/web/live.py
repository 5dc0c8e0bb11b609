"""看板: the live board of a season, and passing an absent surveyor's work on."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from survey.db import db
from survey.errors import N_, Conflict, Invalid
from survey.fieldwork.rules import SHANGHAI
from survey.models.accounts import User
from survey.models.season import Round, Season
from survey.services import live, reassigning, seasons
from survey.services.accounts import get_user
from survey.services.reassigning import Burden
from survey.web.access import actor, may, my_scope, scope
from survey.web.clock import now
from survey.web.desk_api import SPOKEN
from survey.web.odd_input import LARGEST_ID
from survey.web.route_ends import routes_of

blueprint = Blueprint("live", __name__, url_prefix="/seasons/<int:season_id>/board")

NOBODYS = -1


def rounds_of(season: Season, permission: str) -> list[Round]:
    """The rounds of the season in which the person signed in holds a permission."""
    return list(seasons.rounds_seen(db.session(), season, my_scope(permission).condition()))


@blueprint.get("/")
def page(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    return render_template(
        "live/page.html", season=season, board=board_of(season), absences=absences_of(season),
        spoken=SPOKEN, desk=routes_of(season),
    )  # fmt: skip


@blueprint.get("/now")
def fragment(season_id: int) -> ResponseReturnValue:
    """The part of the page that moves, and in a few words what somebody who only listens should hear."""
    season = db.get_or_404(Season, season_id)
    board = board_of(season)
    shown = render_template("live/_board.html", season=season, board=board)
    spoken = Markup(render_template("live/_spoken.html", board=board)).striptags()
    return jsonify(html=shown, spoken=spoken, at=f"{board.at.astimezone(SHANGHAI):%H:%M:%S}")


def board_of(season: Season) -> live.Board:
    return live.board_of(db.session(), season, rounds_of(season, "board.view"), now())


# -- passing on --------------------------------------------------------------------------------------------


def absences_of(season: Season) -> list[tuple[Burden, list[User]]]:
    """Who has something that waits for them, and who could take their appointments."""
    if not may("calls.reassign"):
        return []
    rounds = {round_.id: round_ for round_ in rounds_of(season, "calls.reassign")}
    found = reassigning.burdens(db.session(), list(rounds), now(), current_app.config["LEASE"])
    people = list(db.session.scalars(select(User).where(User.active).order_by(User.display_name, User.id)))
    return [
        (burden, takers([rounds[id_] for id_ in burden.appointments], people, burden.user))
        for burden in found
    ]


def takers(rounds: Sequence[Round], people: Sequence[User], absent: User) -> list[User]:
    """The other people who may work in all of these rounds."""
    others = ((user, scope(user, "desk.work")) for user in people if user.id != absent.id)
    return [user for user, held in others if not held.nowhere and all(map(held.covers, rounds))]


@blueprint.post("/reassign")
def reassign(season_id: int) -> ResponseReturnValue:
    season = db.get_or_404(Season, season_id)
    absent = get_user(db.session(), posted_id("user"))
    absence = next((found for found in absences_of(season) if found[0].user.id == absent.id), None)
    to = chosen(absence, posted_id("to"))
    if absence is not None and absence[0].at_work and request.form.get("even_so") != "1":
        raise Conflict(
            "at-work",
            N_("%(name)s 的访问台正开着，可能正在通话。请先联系本人，或勾选“仍要转出”。"),
            name=absent.display_name,
        )
    ids = [round_.id for round_ in rounds_of(season, "calls.reassign")]
    moved = reassigning.reassign(db.session(), actor(), now(), ids, absent, to)
    db.session.commit()
    flash(
        _("已转出 %(name)s 的 %(appointments)s 个预约，%(households)s 户回到队列。", name=absent.display_name,
          appointments=moved.appointments, households=moved.households),
        "success",
    )  # fmt: skip
    return redirect(url_for("live.page", season_id=season.id))


def posted_id(field: str) -> int:
    """NOBODYS where the form names no number that could be an id."""
    return max(NOBODYS, min(request.form.get(field, NOBODYS, type=int), LARGEST_ID))


def chosen(absence: tuple[Burden, list[User]] | None, user_id: int) -> User | None:
    """Who takes over: one of those offered, or (0) everybody."""
    if user_id == 0:
        return None
    found = next((user for user in (absence[1] if absence else []) if user.id == user_id), None)
    if found is None:
        raise Invalid("cannot-take-over", N_("所选的人不能在这些轮次工作，请另选一位，或选“大家都可以接”。"))
    return found
