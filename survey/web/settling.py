"""编码一致性: how far two coders agree, and the remarks on which they do not, settled one by one."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from survey.db import db
from survey.errors import Invalid
from survey.models.season import Round
from survey.reports.names import short_names
from survey.services import codebooks, coding, coding_agreement
from survey.services.coding_agreement import Pair, codes_of
from survey.services.words import questions_of
from survey.verbatim.codebook import KINDS, by_key
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.coding import desk_of
from survey.web.coding_forms import read_found

blueprint = Blueprint("settling", __name__, url_prefix="/rounds/<int:round_id>/coding/agreement")


@blueprint.get("/")
def agreement(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    return render_template(
        "coding/agreement.html", round=round_, told=coding_agreement.agreement(db.session(), round_),
        themes=by_key(codebooks.themes_in_force(db.session())), kinds=KINDS,
        questions={question.name: question for question in questions_of(round_)},
        name_of=short_names(round_.questionnaire.name, get_locale().language),
    )  # fmt: skip


@blueprint.get("/<int:event_id>")
def page(round_id: int, event_id: int) -> ResponseReturnValue:
    """Both codings side by side; the first one's choice is ticked to begin with."""
    round_ = find_round(round_id)
    pair = find_pair(round_, event_id)
    first = pair.first
    return show(round_, pair, coding.Found(codes_of(first), not first.codes, first.excerpt, first.paraphrase))


def find_pair(round_: Round, event_id: int) -> Pair:
    found = coding_agreement.pairs(db.session(), round_, event_id)
    return found[0] if found else abort(404)


def show(round_: Round, pair: Pair, found: coding.Found, fault: str = "") -> str:
    return render_template(
        "coding/settle.html", round=round_, pair=pair, words=pair.words, fault=fault,
        themes=by_key(codebooks.themes_in_force(db.session())), **desk_of(round_, pair.words, found),
    )  # fmt: skip


@blueprint.post("/<int:event_id>")
def settle(round_id: int, event_id: int) -> ResponseReturnValue:
    round_, found = find_round(round_id), read_found(request.form)
    try:
        coding.settle(db.session(), actor(), now(), round_, event_id, found)
        db.session.commit()
    except Invalid as error:
        db.session.rollback()
        round_ = find_round(round_id)
        return show(round_, find_pair(round_, event_id), found, error.message.show(_)), 422
    flash(_("已裁定，今后以此为准。"), "success")
    return redirect(url_for("settling.agreement", round_id=round_id))
