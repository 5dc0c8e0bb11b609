"""What the desk asks beside the call itself: who rings us, which line we dial from, how full a day's half hours are."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey.db import db
from survey.errors import N_, TooMany
from survey.fieldwork.rules import local
from survey.models.season import Round
from survey.services import appointments, cards, hands, ringback
from survey.services import lines as telephone_lines
from survey.web import desk_api
from survey.web.access import actor
from survey.web.clock import now
from survey.web.desk import find_held_case, me, my_rounds
from survey.web.keys import vault

blueprint = Blueprint("desk_phone", __name__, url_prefix="/desk")


@blueprint.post("/find")
def find() -> ResponseReturnValue:
    """Somebody rings back: the households with this number, or called lately and with a number that ends so."""
    digits = desk_api.read_number(desk_api.body())
    if not hands.admit_search(db.session(), actor(), now()):
        db.session.commit()
        raise TooMany(
            "too-many-searches", N_("十分钟内最多查找 10 次，请稍后再试，或请对方报上姓名转告访问督导。")
        )
    found = ringback.ringing(db.session(), vault(), actor(), now(), my_rounds(), digits)
    matches = [
        {"case": case.id, "zone": case.zone, "salutation": cards.person_of(db.session(), vault(), case).salutation}
        for case in found
    ]  # fmt: skip
    db.session.commit()
    return jsonify(matches=matches)


@blueprint.post("/received")
def received() -> ResponseReturnValue:
    """A call received that belongs to no household, in one key."""
    given = desk_api.body()
    call = ringback.receive(db.session(), actor(), now(), desk_api.read_uid(given), desk_api.read_kind(given))
    db.session.commit()
    return jsonify(kind=gettext(ringback.KINDS[call.kind]))


@blueprint.get("/lines")
def lines() -> ResponseReturnValue:
    found = telephone_lines.in_use(db.session())
    names = [{"id": line.id, "name": f"{line.name} {line.number}".strip()} for line in found]
    return jsonify(lines=names, mine=me().line_id)


@blueprint.post("/line")
def choose_line() -> ResponseReturnValue:
    line_id = desk_api.read_line(desk_api.body())
    telephone_lines.choose(db.session(), actor(), now(), line_id)
    db.session.commit()
    return jsonify(mine=line_id)


@blueprint.get("/cases/<int:case_id>/half-hours/<day>")
def half_hours(case_id: int, day: str) -> ResponseReturnValue:
    """How full the half hours of a day (YYYY-MM-DD) of the fieldwork are, over all rounds of the season."""
    case = find_held_case(case_id)
    round_ = db.session().get_one(Round, case.round_id)
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise desk_api.wrong("day") from None
    if not round_.fieldwork_from <= wanted <= round_.fieldwork_to:
        return jsonify(halfHours=[])
    found = appointments.load_of(db.session(), round_.season, wanted, now())
    rows = [
        {"time": f"{local(one.start):%H:%M}", "booked": one.booked, "room": one.room, "full": one.full}
        for one in found
    ]
    return jsonify(halfHours=rows)
