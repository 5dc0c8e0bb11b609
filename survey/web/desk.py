"""The desk of a telephone surveyor: one page from call to wrap-up, and the requests it makes meanwhile."""

from __future__ import annotations

import uuid
from dataclasses import replace
from itertools import groupby

from flask import Blueprint, abort, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import select

from survey.db import db
from survey.errors import N_, Conflict, Missing
from survey.fieldwork.dispositions import GROUP_NAMES, Disposition, disposition, wrap_up_choices
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.season import QuestionnaireVersion
from survey.questionnaire.browser import for_browser
from survey.services import calls, cards, hands, interviews, queue, ringback
from survey.services.answers import questionnaire_of
from survey.services.pool import Scope
from survey.web import desk_api
from survey.web.access import actor, find_round, my_scope
from survey.web.clock import now
from survey.web.keys import vault

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

LARGEST_ID = 2**31 - 1


def me() -> User:
    user: User = current_user._get_current_object()
    return user


def my_rounds() -> Scope:
    return my_scope("desk.work").condition()


def find_case(case_id: int) -> Case:
    """The case, for whoever may work in its round."""
    if case_id > LARGEST_ID:
        abort(404)
    case = db.get_or_404(Case, case_id)
    if not my_scope("desk.work").covers(find_round(case.round_id)):
        abort(403)
    return case


def find_held_case(case_id: int) -> Case:
    """The case, for whoever holds it or once held it: what was answered and what came of a call is let in also after a
    recusal or the end of a role in its round."""
    if case_id > LARGEST_ID:
        abort(404)
    case = db.get_or_404(Case, case_id)
    hands.check_has_held(db.session(), actor(), case)
    return case


def read_outcome(case: Case) -> calls.Outcome:
    """What came of a call. No appointment is kept for somebody who may not call there any more."""
    given = desk_api.read_outcome(desk_api.body())
    covered = my_scope("desk.work").covers(find_round(case.round_id))
    return replace(given, mine=given.mine and covered)


def card_of(case: Case) -> cards.Card:
    return cards.card_of(db.session(), vault(), me(), case, now())


def my_day() -> cards.MyDay:
    return cards.my_day(db.session(), vault(), me(), my_rounds(), now(), calls.CORRECTABLE)


def outcome_groups() -> list[tuple[str, list[Disposition]]]:
    choices = groupby(wrap_up_choices(), key=lambda row: row.group)
    return [(GROUP_NAMES[group], list(rows)) for group, rows in choices if group is not None]


@blueprint.get("/")
def page() -> ResponseReturnValue:
    return render_template(
        "desk/desk.html", groups=outcome_groups(), reveal_seconds=current_app.config["REVEAL_SECONDS"],
        spoken=me().languages, possible_inbound=calls.possible_inbound,
    )  # fmt: skip


@blueprint.get("/state")
def state() -> ResponseReturnValue:
    """What a page just loaded, or a page after a new login, goes on with."""
    held = queue.held_case(db.session(), me(), my_rounds(), now())
    return jsonify(desk_api.state_json(card_of(held) if held is not None else None, my_day()))


@blueprint.get("/questionnaires/<digest>")
def questionnaire(digest: str) -> ResponseReturnValue:
    version = db.session.scalars(
        select(QuestionnaireVersion).where(QuestionnaireVersion.digest == digest)
    ).first()
    if version is None:
        raise Missing("no-such-questionnaire-version", N_("没有这个版本的问卷，请刷新页面。"))
    return jsonify(for_browser(questionnaire_of(version)))


@blueprint.post("/next")
def next_household() -> ResponseReturnValue:
    found = queue.next_case(db.session(), me(), my_rounds(), now(), current_app.config["LEASE"])
    db.session.commit()
    if found is None:
        why = queue.why_empty(db.session(), me(), my_rounds(), now())
        return jsonify(card=None, why=why.show(gettext), day=desk_api.day_json(my_day()))
    return jsonify(card=desk_api.card_json(card_of(found)))


@blueprint.post("/cases/<int:case_id>/heartbeat")
def heartbeat(case_id: int) -> ResponseReturnValue:
    case = find_case(case_id)
    queue.extend(db.session(), actor(), now(), case, current_app.config["LEASE"])
    db.session.commit()
    return jsonify(leaseSeconds=desk_api.lease_json(case))


@blueprint.post("/cases/<int:case_id>/give-back")
def give_back(case_id: int) -> ResponseReturnValue:
    queue.give_back(db.session(), actor(), now(), find_case(case_id))
    db.session.commit()
    return jsonify(day=desk_api.day_json(my_day()))


@blueprint.post("/cases/<int:case_id>/reveal")
def reveal(case_id: int) -> ResponseReturnValue:
    slot = desk_api.read_slot(desk_api.body())
    phone = calls.reveal(db.session(), vault(), actor(), now(), find_case(case_id), slot)
    db.session.commit()
    return jsonify(slot=slot, number=phone.number)


@blueprint.post("/cases/<int:case_id>/answers")
def answers(case_id: int) -> ResponseReturnValue:
    """A batch of answers, stored once each, whoever holds the household now. The first one begins the interview."""
    events = desk_api.read_events(desk_api.body())
    interview = interviews.start(db.session(), actor(), now(), find_held_case(case_id))
    saved = interviews.save_answers(db.session(), vault(), actor(), now(), interview, events)
    db.session.commit()
    return jsonify(desk_api.saved_json(saved))


@blueprint.post("/cases/<int:case_id>/outcome")
def outcome(case_id: int) -> ResponseReturnValue:
    """The end of a call. Where another number of the household may ring at once, the page keeps it."""
    case = find_held_case(case_id)
    given = read_outcome(case)
    queue.lock_person(db.session(), actor())
    held = queue.lock(db.session(), case).lease_user_id == actor().id
    attempt, _ = calls.record(db.session(), vault(), actor(), now(), case, given)
    another = disposition(attempt.outcome).another_number and not given.visit
    kept = (
        held
        and another
        and queue.keep(db.session(), me(), my_rounds(), now(), case, current_app.config["LEASE"])
    )
    db.session.commit()
    return jsonify(
        outcome=attempt.outcome,
        card=desk_api.card_json(card_of(case)) if kept else None,
        day=desk_api.day_json(my_day()),
    )


@blueprint.post("/attempts/<int:attempt_id>/correct")
def correct(attempt_id: int) -> ResponseReturnValue:
    given = desk_api.read_outcome(desk_api.body())
    wrong = db.get_or_404(Attempt, min(attempt_id, LARGEST_ID))
    find_case(wrong.case_id)
    calls.correct(db.session(), vault(), actor(), now(), wrong, given)
    db.session.commit()
    return jsonify(day=desk_api.day_json(my_day()))


@blueprint.get("/mine")
def mine() -> ResponseReturnValue:
    return jsonify(day=desk_api.day_json(my_day()))


@blueprint.post("/cases/<int:case_id>/open")
def open_case(case_id: int) -> ResponseReturnValue:
    """Take exactly this household, because it rang."""
    case = find_case(case_id)
    hands.check_rang(db.session(), actor(), now(), case)
    if case.release_id is None or case.outcome in ("I", "P") or case.disposition == "D16":
        ringback.receive(db.session(), actor(), now(), uuid.uuid4().hex, "other")
        db.session.commit()
        raise Conflict(
            "nothing-to-ask", N_("这一户不需要再访问，这次来电已记下；如要更正或删除，请转告访问督导。")
        )
    hands.check_in_field(db.session(), now(), case)
    queue.lock_person(db.session(), actor())
    queue.take(db.session(), actor(), now(), queue.lock(db.session(), case), current_app.config["LEASE"])
    db.session.commit()
    return jsonify(card=desk_api.card_json(card_of(case), inbound=True))
