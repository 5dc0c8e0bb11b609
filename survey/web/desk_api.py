"""What the page of a call sends and gets, as JSON: read strictly, written plainly. The views are in desk.py."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext
from flask_security import current_user
from flask_wtf.csrf import generate_csrf

from survey.db import db
from survey.errors import N_, Invalid
from survey.fieldwork.dispositions import disposition
from survey.fieldwork.rules import SHANGHAI, shown
from survey.models.draw import Case
from survey.models.season import Round, Season
from survey.questionnaire.wording import WHO_WE_ARE, fill
from survey.services.answers import Standing
from survey.services.calls import Outcome
from survey.services.cards import Card, MyDay, PastCall, RecentCall
from survey.services.interviews import UID, Given, Saved
from survey.web.clock import now
from survey.web.verification import public_address

MOST_EVENTS = 200
LONGEST_VALUE = 10_000
LARGEST_REVISION = 2**31 - 1
MOST_SLOTS = 99
#: seconds of a day: no question stays on the page longer
LONGEST_QUESTION = 86_400
#: beyond any clock that is merely wrong
MOST_SECONDS = 10**10
CALL_LANGUAGES = frozenset({"zh", "yue", "en", "hak", "nan"})
#: no database takes NUL, and half a character cannot be written down
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

Json = dict[str, Any]

NEEDS = {
    "hearing": N_("听力弱"),
    "vision": N_("视力弱"),
    "speech": N_("言语困难"),
    "cognition": N_("认知困难"),
    "needs_proxy": N_("需代答"),
    "no_mandarin": N_("不懂普通话"),
}
SPOKEN = {
    "zh": N_("普通话"),
    "yue": N_("粤语"),
    "hak": N_("客家话"),
    "nan": N_("潮汕话"),
}


# -- reading -----------------------------------------------------------------------------------------------


def body() -> Json:
    """The JSON object of the request; Invalid for anything else."""
    try:
        given = request.get_json(silent=True)
    except RecursionError:  # brackets upon brackets
        raise malformed() from None
    if not isinstance(given, dict):
        raise malformed()
    return given


def malformed() -> Invalid:
    return Invalid("request-malformed", N_("请求内容不完整，请刷新页面后再试。"))


def wrong(field: str) -> Invalid:
    return Invalid(
        "request-malformed", N_("请求中的“%(field)s”不对，没有保存，请刷新页面后再试。"), field=field
    )


def read_events(given: Json) -> list[Given]:
    events = given.get("events")
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise wrong("events")
    return [_event(event) for event in events]


def _event(event: Any) -> Given:
    if not isinstance(event, dict):
        raise wrong("events")
    base = event.get("base")
    if type(base) is not int or not 0 <= base <= LARGEST_REVISION:
        raise wrong("base")
    return Given(
        uid=_text(event, "uid"),
        question=_text(event, "question"),
        value=_text(event, "value", longest=LONGEST_VALUE) if event.get("value") is not None else None,
        language=_text(event, "language"),
        base_revision=base,
        seconds=_seconds(event),
    )


def _seconds(event: Json) -> float | None:
    """How long a question was on the page; an older page does not say."""
    seconds = event.get("seconds")
    if seconds is None:
        return None
    if type(seconds) not in (int, float) or not 0 <= seconds <= LONGEST_QUESTION:
        raise wrong("seconds")
    return float(seconds)


def read_outcome(given: Json) -> Outcome:
    language = _text(given, "language", "", longest=12)
    if language and language not in CALL_LANGUAGES:
        raise wrong("language")
    return Outcome(
        uid=read_uid(given),
        code=_text(given, "code"),
        slot=_slot(given, 0),
        seconds=read_seconds(given),
        language=language,
        appointment_at=_moment(given.get("appointment")),
        mine=given.get("mine") is True,
        note=_text(given, "note", "", longest=2000),
        visit=given.get("visit") is True,
    )


def read_slot(given: Json) -> int:
    return _slot(given, None)


def _slot(given: Json, default: int | None) -> int:
    slot = given.get("slot", default)
    if type(slot) is not int or not 0 <= slot <= MOST_SLOTS:
        raise wrong("slot")
    return slot


def read_number(given: Json) -> str:
    """The number that rings us, or its last four digits; spaces and dashes do not count."""
    digits = re.sub(r"[\s\-－—]", "", _text(given, "number"))
    if not digits.isascii() or not digits.isdigit() or len(digits) < 4:
        raise Invalid("number-unreadable", N_("请输入来电显示的全部号码，或后四位数字。"))
    return digits


def read_uid(given: Json, name: str = "uid") -> str:
    uid = given.get(name)
    if not isinstance(uid, str) or not UID.fullmatch(uid):
        raise wrong(name)
    return uid


def read_seconds(given: Json) -> float:
    """How long ago something was, by the browser's stopwatch."""
    seconds = given.get("seconds", 0)
    if type(seconds) not in (int, float) or not -MOST_SECONDS <= seconds <= MOST_SECONDS:
        raise wrong("seconds")
    return float(seconds)


def read_kind(given: Json) -> str:
    return _text(given, "kind", longest=16)


def read_line(given: Json) -> int | None:
    line = given.get("line")
    if line is not None and (type(line) is not int or not 0 < line <= LARGEST_REVISION):
        raise wrong("line")
    return line


def _text(given: Json, name: str, default: str | None = None, longest: int = 40) -> str:
    value = given.get(name, default)
    if not isinstance(value, str) or len(value) > longest or UNSTORABLE.search(value):
        raise wrong(name)
    return value


def _moment(text: Any) -> datetime | None:
    """A date and time as the surveyor wrote them, on the clock of the survey."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Invalid("appointment-unreadable", N_("预约的日期或时间不完整，请重新填写。")) from None
    if moment.tzinfo is not None:
        raise Invalid("appointment-with-zone", N_("预约时间按北京时间填写，不要另带时区。"))
    return moment.replace(tzinfo=SHANGHAI)


# -- writing -----------------------------------------------------------------------------------------------


def state_json(card: Card | None, day: MyDay) -> Json:
    """Who is signed in, a fresh token, the household in hand, and the day so far."""
    return {
        "csrf": generate_csrf(),
        "user": current_user.id,
        "card": card_json(card) if card is not None else None,
        "day": day_json(day),
    }


def card_json(card: Card, inbound: bool = False) -> Json:
    return {
        "case": card.case.id,
        "inbound": inbound,
        "salutation": card.salutation,
        "zone": card.zone,
        "language": card.language,
        "languageName": gettext(SPOKEN[card.language]) if card.language in SPOKEN else card.language,
        "needs": [gettext(NEEDS[need]) if need in NEEDS else need for need in card.needs],
        "note": card.note,
        "phones": [{"slot": one.slot, "masked": one.masked, "note": one.note} for one in card.phones],
        "nextSlot": card.next_slot,
        "dialled": dialled_json(card),
        "state": card.state.show(gettext),
        "warning": card.warning.show(gettext) if card.warning is not None else "",
        "verify": verify_json(card),
        "onCall": on_call_json(db.session().get_one(Round, card.case.round_id).season),
        "calls": [_past_call(call) for call in card.calls],
        "questionnaire": card.version.digest,
        "backwards": card.backwards,
        "facts": dict(card.facts),
        "values": {language: dict(values) for language, values in card.values.items()},
        "answers": {name: _standing(one) for name, one in card.answers.items() if one.answer is not None},
        "revision": card.revision,
        "leaseSeconds": lease_json(card.case),
    }


def dialled_json(card: Card) -> Json | None:
    """The number of a call that is not recorded yet, and for how many seconds it has been."""
    call = card.dialled
    return {"slot": call.slot, "seconds": (now() - call.at).total_seconds()} if call is not None else None


def verify_json(card: Card) -> Json:
    """What to say to who asks whether the call is genuine; no page where outsiders could not open it."""
    season = db.session().get_one(Round, card.case.round_id).season
    says = {language: fill(text, card.values[language]) for language, text in WHO_WE_ARE.items()}
    return {"phone": season.verification_phone, "page": public_address(season), "says": says}


def on_call_json(season: Season) -> Json:
    """Who is called when somebody's life is in danger; empty where the season names nobody."""
    return {"name": season.on_call_name, "phone": season.on_call_phone}


def lease_json(case: Case) -> int | None:
    """Seconds that the household is still held, counted by the server's clock."""
    return int((case.lease_until - now()).total_seconds()) if case.lease_until is not None else None


def _standing(one: Standing) -> Json:
    """Words that were said come back masked; the page that took them down still has them."""
    return {"value": one.answer, "masked": one.masked is not None}


def _past_call(call: PastCall) -> Json:
    return {"at": shown(call.at), "outcome": call.outcome.show(gettext), "by": call.by, "note": call.note}


def day_json(day: MyDay) -> Json:
    return {
        "completed": day.completed,
        "calls": day.calls,
        "appointments": [
            {"at": shown(one.at), "due": one.at.timestamp() * 1000, "name": one.name, "zone": one.zone}
            for one in day.appointments
        ],
        "correctable": [recent_json(call) for call in day.correctable],
    }


def recent_json(call: RecentCall) -> Json:
    return {
        "id": call.attempt.id,
        "case": call.attempt.case_id,
        "at": shown(call.attempt.recorded_at),
        "name": call.name,
        "zone": call.zone,
        "outcome": gettext(disposition(call.attempt.outcome).name),
        "inbound": call.attempt.phone_slot == 0,
    }


def saved_json(saved: Saved) -> Json:
    return {
        "saved": list(saved.uids),
        "refused": [
            {
                "uid": wrong.uid,
                "question": wrong.question,
                "code": wrong.code,
                "message": wrong.message.show(gettext),
            }
            for wrong in saved.not_kept
        ],
        "revision": saved.revision,
        "status": saved.status,
    }
