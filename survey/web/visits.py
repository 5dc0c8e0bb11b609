"""Home visits on a telephone: a page that opens without a network, what it takes along, and what it gives back.

Answers and outcomes come in through the addresses of the desk; see static/visits.js.
"""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from flask_wtf.csrf import generate_csrf

from survey.db import db
from survey.fieldwork.dispositions import door_choices
from survey.fieldwork.rules import shown
from survey.models.draw import Case
from survey.questionnaire.wording import WHO_WE_ARE_AT_THE_DOOR, fill
from survey.services import cards, visits
from survey.services.visits import MOST_CARRIED, ToVisit
from survey.web import desk_api, visits_shell
from survey.web.access import actor
from survey.web.clock import now
from survey.web.desk import LARGEST_ID, find_case, me, my_rounds
from survey.web.desk_api import NEEDS, SPOKEN, Json
from survey.web.keys import vault

blueprint = Blueprint("visits", __name__, url_prefix="/visits")

MOST_ASKED = 100


@blueprint.before_request
def for_visitors_only() -> None:
    visits.check_visitor(me())


@blueprint.get("/")
def page() -> ResponseReturnValue:
    """The whole page: nothing on it is about a household, so that it may lie in the telephone's cache."""
    shown_page = render_template(
        "visits/visits.html", choices=door_choices(), spoken=me().languages, most=MOST_CARRIED,
        hours=current_app.config["VISIT_LEASE"].total_seconds() // 3600,
    )  # fmt: skip
    response = current_app.make_response(shown_page)
    response.headers["X-Shell"] = visits_shell.version(static_folder())
    return response


@blueprint.get("/sw.js")
def worker() -> ResponseReturnValue:
    """The service worker; its bytes change when any file of the shell does."""
    return Response(visits_shell.worker(static_folder()), mimetype="text/javascript")


def static_folder() -> str:
    return str(current_app.static_folder)


@blueprint.get("/state")
def state() -> ResponseReturnValue:
    """Who is signed in, a fresh token, and what this person carries along: all else is no longer the telephone's."""
    held = visits.carried(db.session(), me(), my_rounds(), now())
    return jsonify(csrf=generate_csrf(), user=current_user.id, carried=[case.id for case in held])


@blueprint.get("/list")
def to_choose() -> ResponseReturnValue:
    lease = current_app.config["VISIT_LEASE"]
    found = visits.to_visit(db.session(), me(), my_rounds(), now(), lease)
    places = groupby(found, key=lambda one: (one.station, one.zone, one.community))
    return jsonify(
        places=[
            {"station": station, "zone": zone, "community": community, "households": [row_json(one) for one in ones]}
            for (station, zone, community), ones in places
        ]
    )  # fmt: skip


@blueprint.post("/take")
def take() -> ResponseReturnValue:
    """Take households along; asked again for one that is carried already, gives it again."""
    wanted = read_cases(desk_api.body())
    taken = visits.take_along(
        db.session(), me(), my_rounds(), now(), wanted, current_app.config["VISIT_LEASE"]
    )
    homes = [home_json(case) for case in taken.cases]
    db.session.commit()
    return jsonify(homes=homes, gone=list(taken.gone))


@blueprint.post("/cases/<int:case_id>/give-back")
def give_back(case_id: int) -> ResponseReturnValue:
    visits.give_back(db.session(), actor(), now(), find_case(case_id))
    db.session.commit()
    return jsonify(given=case_id)


# -- reading and writing JSON --------------------------------------------------------------------------------


def read_cases(given: Json) -> list[int]:
    wanted = given.get("cases")
    if not isinstance(wanted, list) or len(wanted) > MOST_ASKED:
        raise desk_api.wrong("cases")
    if not all(type(one) is int and 0 < one <= LARGEST_ID for one in wanted):
        raise desk_api.wrong("cases")
    return wanted


def row_json(one: ToVisit) -> Json:
    """A household to choose: neither name nor address."""
    names = {**SPOKEN, **NEEDS}
    tags = [tag for tag in (one.case.language, *one.needs) if tag]
    return {
        "case": one.case.id,
        "tags": [gettext(names[tag]) if tag in names else tag for tag in tags],
        "attempts": one.case.attempts_made,
        "dueAt": due_json(one.case),
        "appointment": one.case.state == "appointment",
        "hasAddress": one.has_address,
    }


def due_json(case: Case) -> str:
    """When it is due, if that is still ahead or was agreed on."""
    agreed = case.state == "appointment"
    return shown(case.due_at) if case.due_at is not None and (agreed or case.due_at > now()) else ""


def home_json(case: Case) -> Json:
    """All that the telephone keeps of a household: the card of the desk without its numbers, and where it is."""
    card = cards.card_of(db.session(), vault(), me(), case, now())
    person = cards.person_of(db.session(), vault(), case)
    says = {language: fill(text, card.values[language]) for language, text in WHO_WE_ARE_AT_THE_DOOR.items()}
    return desk_api.card_json(card) | {
        "verify": desk_api.verify_json(card) | {"says": says},
        "facts": {**card.facts, "records_calls": "0"},  # nothing is recorded at a door
        "phones": [],
        "nextSlot": None,
        "address": person.address,
        "community": case.frame_row.community,
        "dueAt": due_json(case),
        "appointment": case.state == "appointment",
    }
