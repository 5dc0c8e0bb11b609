"""Many rosters at once: each file finds its round, is imported when nothing about it is doubtful, or says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from survey.db import db
from survey.errors import N_, Conflict, Message, Refused, SurveyError
from survey.models.season import Round, Season
from survey.roster.result import Roster
from survey.roster.stations import Proposal, propose
from survey.services import batch_rosters, roster_review, rosters
from survey.services.batch_rosters import Looked
from survey.web.access import actor, my_scope
from survey.web.batch import show_page
from survey.web.batch_forms import ManyRostersForm, NewRoundsForm
from survey.web.clock import now
from survey.web.keys import vault
from survey.web.mistakes import wants_json

NOTHING = Proposal()
blueprint = Blueprint("batch_rosters", __name__, url_prefix="/seasons/<int:season_id>/batch/rosters")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a file: imported, same (it already was), columns (somebody has to look), unknown (of which
    station?) or refused."""

    file: str
    state: str
    round: Round | None = None
    households: int | None = None
    notes: tuple[Message, ...] = ()
    proposal: Proposal = NOTHING


@blueprint.post("")
def upload(season_id: int) -> ResponseReturnValue:
    """Files of any number, one after the other; one that cannot be read keeps no other from being imported."""
    season = db.get_or_404(Season, season_id)
    form = ManyRostersForm()
    if not form.validate_on_submit():
        return show_page(season, 422, upload_form=form)
    chosen = request.form.get("round", type=int)
    leave = bool(form.leave_unknown.data)
    arrivals = [arrive(season, file, chosen, leave_unknown=leave) for file in form.files.data if file]
    if wants_json():
        return jsonify(files=[told(arrival) for arrival in arrivals])
    return show_page(season, arrivals=arrivals)


def told(arrival: Arrival) -> dict[str, object]:
    """An arrival as the page's script puts it into its lists."""
    return {
        "file": arrival.file,
        "state": arrival.state,
        "html": render_template("batch/_arrival.html", arrival=arrival),
        "row": render_template("batch/_unknown.html", arrival=arrival, number=0)
        if arrival.state == "unknown"
        else "",
    }


def arrive(season: Season, file: FileStorage, chosen: int | None, *, leave_unknown: bool) -> Arrival:
    name, data = (file.filename or "")[-200:], file.read()
    rounds = batch_rosters.rounds_of(db.session(), season)
    known = batch_rosters.remembered_in(rounds)
    db.session.commit()  # reading takes long; nobody should wait for it
    try:
        looked = batch_rosters.look(name, data, known)
        round_ = rounds.get(chosen or batch_rosters.recognise(looked, rounds) or 0)
        if round_ is None:
            return Arrival(name, "unknown", proposal=propose(looked.titles, name))
        return place(round_, looked, leave_unknown=leave_unknown)
    except SurveyError as error:
        db.session.rollback()
        return Arrival(name, "refused", notes=(error.message,))


def place(round_: Round, looked: Looked, *, leave_unknown: bool) -> Arrival:
    """Keep the file in its round, and import it unless somebody has to look at it first."""
    session, name = db.session(), looked.file.name
    if not my_scope("roster.import").covers(round_):
        raise Refused("not-your-round", N_("您在该社工站须回避，或没有这项权限，文件没有保存。"))
    frame = roster_review.frame_of(session, round_)
    if frame is not None and frame.file_digest == looked.file.digest:
        return Arrival(name, "same", round_)
    roster_review.refuse_when_sealed(session, round_)
    db.session.commit()
    roster = batch_rosters.roster_in(looked, round_)
    notes = batch_rosters.doubts(looked, roster, leave_unknown=leave_unknown)
    if frame is not None:
        notes.append(Message(N_("这一轮已有另一份名册；确认各列之后，新的替换旧的。")))
    opened = batch_rosters.keep(session, vault(), actor(), now(), round_, looked)
    db.session.commit()
    if notes:
        return Arrival(name, "columns", round_, len(roster.households), tuple(notes))
    prepared = batch_rosters.prepare(vault(), opened, roster)
    rosters.write_roster(session, actor(), now(), round_, opened, looked.layout, prepared)
    db.session.commit()
    return Arrival(name, "imported", round_, len(roster.households), findings(roster))


def findings(roster: Roster) -> tuple[Message, ...]:
    problems = len(roster.problems) + len(roster.notices)
    return (Message(N_("核对报告列出 %(n)s 处。"), {"n": problems}),) if problems else ()


@blueprint.post("/rounds")
def add_rounds(season_id: int) -> ResponseReturnValue:
    """The rounds of stations that are new to the season, all with the same settings; those it has already are kept."""
    season, form = db.get_or_404(Season, season_id), NewRoundsForm()
    if not form.validate_on_submit():
        if wants_json():
            raise Conflict("form-incomplete", N_("请填好问卷、调查对象和目标完成。"))
        return show_page(season, 422, rounds_form=form)
    shared = batch_rosters.starting_values(season, ()) | {
        name: form[name].data for name in ("questionnaire", "target_group", "target_completes")
    }
    made = [add_round(season, *names, shared) for names in typed_stations()]
    db.session.commit()
    if wants_json():
        return jsonify(rounds=made)
    return show_page(season, made=made)


def typed_stations() -> list[tuple[str, str]]:
    return [
        (station.strip(), street.strip())
        for station, street in zip(
            request.form.getlist("station"), request.form.getlist("street"), strict=False
        )
    ]


def add_round(season: Season, station: str, street: str, shared: dict[str, Any]) -> dict[str, object]:
    """{"id", "station"}, or {"station", "error"}: nothing was added."""
    if not station or not street or len(station) > 80 or len(street) > 60:
        return {"station": station, "error": _("请填社工站（最多 80 个字）和街道（最多 60 个字）。")}
    try:
        with db.session.begin_nested():
            round_ = batch_rosters.round_for(
                db.session(), actor(), now(), season, station=station, street=street, district="", **shared
            )
    except SurveyError as error:
        return {"station": station, "error": error.message.show(_)}
    return {"id": round_.id, "station": station, "href": url_for("seasons.round_page", round_id=round_.id)}
