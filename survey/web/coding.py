"""编码台: one remark after the other, coded by keyboard. Works as a plain form; nobody sees who said it or who else coded it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_security import current_user

from survey.db import db
from survey.errors import Conflict, Invalid, Missing
from survey.models.season import Round
from survey.questionnaire.schema import Question
from survey.reports.names import short_names
from survey.services import codebooks, coding
from survey.services.coding_words import KIND_ASKED, Words, count
from survey.services.words import questions_of
from survey.verbatim.codebook import KINDS
from survey.verbatim.suggestions import suggest
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.coding_forms import read_found, taken_over, theme_rows

blueprint = Blueprint("coding", __name__, url_prefix="/rounds/<int:round_id>/coding")


@blueprint.get("/")
def desk(round_id: int) -> ResponseReturnValue:
    """The next remark; ?event=ID: that one, ?after=KEY: the one behind, ?take=1: with the suggestions ticked."""
    round_ = find_round(round_id)
    words = None
    if event_id := request.args.get("event", type=int):
        words = coding.words_for(db.session(), round_, current_user.id, event_id)
    words = words or coding.next_words(
        db.session(), round_, current_user.id, request.args.get("after", "")[:16]
    )
    return show(round_, words, None)


def show(round_: Round, words: Words | None, found: coding.Found | None, fault: str = "") -> str:
    """`found`: what was ticked and refused, for `fault`."""
    return render_template(
        "coding/desk.html", round=round_, words=words, counts=count(db.session(), round_), fault=fault,
        **({} if words is None else desk_of(round_, words, found)),
    )  # fmt: skip


def desk_of(round_: Round, words: Words, found: coding.Found | None) -> dict[str, object]:
    """What a page needs for somebody to code these words."""
    themes = codebooks.themes_in_force(db.session())
    question = question_of(round_, words)
    asked = KIND_ASKED.get(question.role)
    suggestions = suggest(words.masked, themes, asked)
    if found is None:
        found = taken_over(suggestions if "take" in request.args else ())
    return {
        "question": short_names(round_.questionnaire.name, get_locale().language)(question),
        "kinds": KINDS,
        "asked": asked or "praise",
        "suggestions": suggestions,
        "rows": theme_rows(themes, suggestions, found),
        "found": found,
    }


def question_of(round_: Round, words: Words) -> Question:
    return next(question for question in questions_of(round_) if question.name == words.question)


@blueprint.post("/")
def save(round_id: int) -> ResponseReturnValue:
    round_, event_id = find_round(round_id), request.form.get("event", 0, type=int)
    found = read_found(request.form)
    try:
        coding.code(db.session(), actor(), now(), round_, event_id, found)
        db.session.commit()
    except Invalid as error:
        db.session.rollback()
        round_ = find_round(round_id)
        words = coding.words_of(db.session(), round_, event_id)
        return show(round_, words, found, error.message.show(_)), 422
    except (Conflict, Missing) as error:
        db.session.rollback()
        flash(error.message.show(_), "warning")
    return redirect(url_for("coding.desk", round_id=round_id, after=request.form.get("after", "")))


@blueprint.post("/undo")
def undo(round_id: int) -> ResponseReturnValue:
    event_id = coding.undo(db.session(), actor(), now(), find_round(round_id))
    db.session.commit()
    flash(_("已撤销上一条，请重新编码。") if event_id else _("您在这一轮还没有编码可撤销。"), "info")
    return redirect(url_for("coding.desk", round_id=round_id, event=event_id))
