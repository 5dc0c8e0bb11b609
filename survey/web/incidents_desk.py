"""The red button at the desk: raise an alarm, see whether somebody has taken it over, write down what happened."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from survey.db import db
from survey.fieldwork.rules import local
from survey.models.care import Incident
from survey.models.season import Round, Season
from survey.services import incident_records, incidents
from survey.services.incident_records import LONGEST_TEXT, Entry
from survey.services.incidents import DANGERS
from survey.web.access import actor
from survey.web.clock import now
from survey.web.desk import find_held_case
from survey.web.desk_api import UNSTORABLE, Json, body, on_call_json, read_seconds, read_uid, wrong
from survey.web.keys import vault

blueprint = Blueprint("urgent", __name__, url_prefix="/desk")


@blueprint.post("/cases/<int:case_id>/urgent")
def report(case_id: int) -> ResponseReturnValue:
    """Raise an alarm, once per uid; a page that sends none gets its alarm still waiting, or a new one."""
    given, case = body(), find_held_case(case_id)
    uid = read_uid(given) if given.get("uid", "") != "" else ""
    incident = incidents.report(db.session(), actor(), now(), case, uid, read_seconds(given))
    db.session.commit()
    season = db.session().get_one(Round, incident.round_id).season
    return jsonify(incident_json(incident, season, written=False))


@blueprint.get("/urgent")
def standing() -> ResponseReturnValue:
    """The alarms that I raised and that are not closed."""
    mine = incidents.raised_by(db.session(), actor(), now())
    return jsonify(incidents=[incident_json(one.incident, one.season, one.written) for one in mine])


@blueprint.post("/urgent/record")
def record() -> ResponseReturnValue:
    """Something of what happened, sealed at once; the desk cannot read it again."""
    given = body()
    incident = incidents.own(db.session(), actor(), read_uid(given, "incident"))
    incident_records.write(db.session(), vault(), actor(), now(), incident, read_entry(given))
    db.session.commit()
    return jsonify(saved=given["uid"])


# -- reading and writing JSON --------------------------------------------------------------------------------


def read_entry(given: Json) -> Entry:
    text, dangers = given.get("text", ""), given.get("dangers", [])
    if not isinstance(text, str) or len(text) > LONGEST_TEXT or UNSTORABLE.search(text):
        raise wrong("text")
    if not isinstance(dangers, list) or not all(isinstance(one, str) and one in DANGERS for one in dangers):
        raise wrong("dangers")
    return Entry(uid=read_uid(given), text=text.strip(), dangers=tuple(dict.fromkeys(dangers)))


def incident_json(incident: Incident, season: Season, written: bool) -> Json:
    taken = incident.acknowledged_by
    return {
        "uid": incident.uid,
        "case": incident.case_id,
        "zone": incident.case.zone,
        "raisedAt": clock(incident.raised_at),
        "ago": (now() - incident.raised_at).total_seconds(),
        "acknowledged": {"by": taken.display_name, "at": clock(incident.acknowledged_at)} if taken else None,
        "onCall": on_call_json(season),
        "written": written,
    }


def clock(moment: datetime | None) -> str:
    return f"{local(moment):%H:%M:%S}" if moment is not None else ""
