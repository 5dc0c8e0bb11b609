"""Forms of the checks of interviews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from survey.errors import Invalid
from survey.fieldwork.rechecks import NEVER, RESULTS, TALKED, TOOK_PLACE, VERDICTS
from survey.questionnaire.cleaning import clean
from survey.questionnaire.schema import Question
from survey.questionnaire.wording import in_order, spoken
from survey.services.objections import LONGEST_FINDING, LONGEST_NAME, LONGEST_TEXT, MOST_HOUSEHOLDS
from survey.services.recheck_work import LONGEST_NOTE, Card, Compared, Report
from survey.services.rechecks import DECISIONS, LONGEST_REASON
from survey.web.forms import Required, at_most, choices_of


class CallForm(FlaskForm):
    """One call of a verifier; `call_form` adds the questions."""

    questions: Sequence[Question] = ()

    result = RadioField(_l("这次通话"), [Required()], choices=choices_of(RESULTS))
    took_place = RadioField(_l("对方说"), choices=choices_of(TOOK_PLACE), validate_choice=False)
    note = TextAreaField(
        _l("备注"),
        [Optional(), at_most(LONGEST_NOTE)],
        description=_l("只写与核对有关的，不写姓名和电话；加密保存。"),
        render_kw={"rows": 2},
    )

    def question_field(self, question: Question) -> Field:
        return self[f"q-{question.name}"]

    def validate(self, extra_validators: Any = None) -> bool:
        """Where somebody was talked to, everything that was to be asked has an answer."""
        fits = bool(super().validate(extra_validators))
        if self.result.data != TALKED:
            return fits
        if self.took_place.data not in TOOK_PLACE:
            self.took_place.errors = [_("请选择一项。")]
            return False
        if self.took_place.data == NEVER:
            return fits
        missing = [question for question in self.questions if not self.answered(question)]
        return fits and not missing

    def answered(self, question: Question) -> bool:
        answer = self.question_field(question)
        try:
            clean(question, answer.data)
        except Invalid:
            answer.errors = [_("请选择一项。")]
            return False
        return True

    def report(self) -> Report:
        given = {question.name: self.question_field(question).data or "" for question in self.questions}
        return Report(self.result.data, self.took_place.data or "", given, self.note.data or "")


def call_form(card: Card, questions: Sequence[Question], **arguments: Any) -> CallForm:
    """The form of a call, with the questions as they are read out to this household."""
    fields: dict[str, Any] = {
        f"q-{question.name}": RadioField(
            spoken(question, card.language, card.values, card.backwards),
            choices=[
                SelectChoice(choice.code, choice.label[card.language])
                for choice in in_order(question, question.choices, card.backwards)
            ],
            validate_choice=False,
        )
        for question in questions
    }
    kind: type[CallForm] = type("CallFormOfOne", (CallForm,), {**fields, "questions": tuple(questions)})
    return kind(**arguments)


def verdict_form(compared: Sequence[Compared]) -> FlaskForm:
    """One choice for each answer that differs."""
    fields: dict[str, Any] = {
        f"v-{one.question.name}": RadioField(_l("前后不同的原因"), [Required()], choices=choices_of(VERDICTS))
        for one in compared
        if one.agreement == "differs"
    }
    kind: type[FlaskForm] = type("VerdictForm", (FlaskForm,), fields)
    return kind()


class ProposalForm(FlaskForm):
    reason = StringField(
        _l("提请作废的理由"),
        [Required(), at_most(LONGEST_REASON)],
        description=_l("写查出了什么，不写住户的姓名、电话和原话；由另一位决定。"),
    )


class DecisionForm(FlaskForm):
    decision = RadioField(_l("决定"), choices=choices_of(DECISIONS))
    reason = StringField(_l("理由"), [Required(), at_most(LONGEST_REASON)])


class ObjectionForm(FlaskForm):
    raised_by = StringField(_l("社工站的提出人"), [Required(), at_most(LONGEST_NAME)])
    text = TextAreaField(
        _l("异议的内容"),
        [Required(), at_most(LONGEST_TEXT)],
        description=_l("照社工站的原意写；加密保存，复核员看不到。"),
        render_kw={"rows": 3},
    )
    households = IntegerField(
        _l("加核多少户"),
        [Required(), NumberRange(1, MOST_HOUSEHOLDS, message=_l("请填 %(min)s 到 %(max)s。"))],
        description=_l("由系统按抽签顺序取还没有核对过的户，谁也不能挑。"),
    )


class FindingForm(FlaskForm):
    finding = TextAreaField(
        _l("答复"),
        [Required(), at_most(LONGEST_FINDING)],
        description=_l("社工站会看到；只写数目和结论，不写是哪一户。"),
        render_kw={"rows": 2},
    )
