"""等待特定人员的户: which households wait for a language or a proxy, and the step that says nobody will come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from survey.db import db
from survey.errors import N_, Message, Missing
from survey.models.accounts import User
from survey.models.call import RouteEnd
from survey.models.draw import Case
from survey.models.season import Round, Season
from survey.services import route_ends, seasons
from survey.services.route_ends import KIND_NAMES, MOST_LISTED, POSSIBLE, Waiting
from survey.web.access import actor, may, my_scope, scope
from survey.web.clock import now
from survey.web.odd_input import LARGEST_ID
from survey.web.showing import show_message

blueprint = Blueprint("route_ends", __name__, url_prefix="/seasons/<int:season_id>/board")


@dataclass(frozen=True, slots=True)
class Line:
    """One household of the list. `speakers`: active surveyors of its round who speak its language; None where it waits for
    no known language."""

    waiting: Waiting
    round: Round
    speakers: int | None
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    lines: Sequence[Line]
    ended: Sequence[tuple[RouteEnd, Round]]
    names = KIND_NAMES
    most = MOST_LISTED


def routes_of(season: Season) -> Desk | None:
    """What the person signed in may decide on; None for those who only look at the board."""
    if not may("calls.reassign"):
        return None
    rounds = {round_.id: round_ for round_ in rounds_in_charge(season)}
    found = route_ends.waiting(db.session(), list(rounds), now())
    people = surveyors() if found else []
    lines = [line(one, rounds[one.case.round_id], people) for one in found]
    ended = [(one, rounds[one.case.round_id]) for one in route_ends.ended(db.session(), list(rounds))]
    return Desk(lines, ended)


def rounds_in_charge(season: Season) -> Sequence[Round]:
    return seasons.rounds_seen(db.session(), season, my_scope("calls.reassign").condition())


def surveyors() -> Sequence[User]:
    return db.session.scalars(select(User).where(User.active)).all()


def line(one: Waiting, round_: Round, people: Sequence[User]) -> Line:
    language = one.case.language if one.case.route == "language" else ""
    speakers = sum(
        language in user.languages.split() and scope(user, "desk.work").covers(round_) for user in people
    )
    return Line(one, round_, speakers if language else None, POSSIBLE[one.case.route])


# -- what is found -----------------------------------------------------------------------------------------------


@blueprint.post("/waiting/<int:case_id>")
def end(season_id: int, case_id: int) -> ResponseReturnValue:
    case = case_in_charge(season_id, case_id)
    kind, reason = request.form.get("kind", ""), request.form.get("reason", "")
    route_ends.end_route(db.session(), actor(), now(), case, kind, reason)
    db.session.commit()
    flash(show_message(came_to(case)), "success")
    return redirect(url_for("live.page", season_id=season_id, _anchor="waiting"))


@blueprint.post("/waiting/<int:case_id>/take-back/<int:end_id>")
def take_back(season_id: int, case_id: int, end_id: int) -> ResponseReturnValue:
    case = case_in_charge(season_id, case_id)
    route_ends.take_back(db.session(), actor(), now(), case, min(end_id, LARGEST_ID))
    db.session.commit()
    flash(_("已撤销对个案 %(n)s 的认定。", n=case.id), "success")
    return redirect(url_for("live.page", season_id=season_id, _anchor="waiting"))


def case_in_charge(season_id: int, case_id: int) -> Case:
    """A case of the rounds that are in this person's charge. Raises Missing (no-such-case) for any other."""
    season = db.get_or_404(Season, season_id)
    case = db.session.get(Case, min(case_id, LARGEST_ID))
    if case is None or case.round_id not in {round_.id for round_ in rounds_in_charge(season)}:
        raise Missing("no-such-case", N_("这一季由您负责的轮次里没有这个个案。请刷新看板再看。"))
    return case


def came_to(case: Case) -> Message:
    """What became of the case, in words."""
    if case.state == "final":
        return Message(N_("个案 %(n)s 已按认定结束。"), {"n": case.id})
    if case.route == "visit":
        return Message(N_("个案 %(n)s 转入户访问。"), {"n": case.id})
    return Message(N_("认定已记下，个案 %(n)s 继续由电话联系。"), {"n": case.id})
