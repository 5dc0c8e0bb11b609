"""A round's questionnaire to read, check and print, in each language it is asked in; one WTForms field a question."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey.questionnaire.columns import LANGUAGES
from survey.questionnaire.fields import build_form
from survey.services.answers import questionnaire_of
from survey.services.cards import round_wording
from survey.web.access import find_round
from survey.web.language import requested_language

blueprint = Blueprint("questionnaires", __name__)

#: what differs from call to call is a blank here
BLANKS = {"称呼": "＿＿＿", "姓": "＿＿", "工号": "＿＿", "编号": "＿＿＿ ＿＿＿ ＿＿＿"}


@blueprint.get("/rounds/<int:round_id>/questionnaire")
def page(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    questionnaire = questionnaire_of(round_.questionnaire)
    wanted = request.args.get("language", requested_language())
    language = wanted if wanted in LANGUAGES else "zh"
    form = build_form(
        questionnaire,
        questionnaire.questions,
        language,
        values=BLANKS | round_wording(round_, language),
        translate=gettext,
    )()
    return render_template(
        "questionnaires/page.html", round=round_, questionnaire=questionnaire, form=form, spoken=language,
        tag={"zh": "zh-CN", "yue": "yue-Hans", "en": "en"}[language],
    )  # fmt: skip
