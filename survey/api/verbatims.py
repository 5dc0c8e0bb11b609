"""原话: masked words, page by page, in an order of chance."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale, gettext

from survey.api.endpoint import endpoint
from survey.api.schemas import VerbatimsQuery, VerbatimsSchema
from survey.db import db
from survey.errors import N_, Missing
from survey.reports.names import short_names
from survey.services import verbatims as words
from survey.services.words import questions_of
from survey.web.access import find_round


@endpoint("/rounds/<int:round_id>/verbatims", VerbatimsSchema, query=VerbatimsQuery, tag="verbatims")
def verbatims(query: dict[str, Any], round_id: int) -> dict[str, Any]:
    """Masked words of counted interviews"""
    round_, asked = find_round(round_id), query["question"]
    if asked and asked not in {question.name for question in questions_of(round_)}:
        raise Missing("no-such-question", N_("问卷里没有这道开放题。"))
    found = words.page_of(
        db.session(), round_, question=asked, search=query["q"].strip(),
        after=query["after"], size=query["size"],
    )  # fmt: skip
    name_of = short_names(round_.questionnaire.name, get_locale().language)
    items = [
        {
            "question": each.question.name, "name": name_of(each.question).show(gettext),
            "text": each.masked if each.looked_at else None, "language": each.language, "zone": each.zone,
        }
        for each in found.words
    ]  # fmt: skip
    return {"items": items, "total": found.total, "searched": found.searched, "next": found.after}
