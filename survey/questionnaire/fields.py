"""A question as a WTForms field; the only module of the package that knows forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wtforms import Field, Form, IntegerField, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields import HiddenField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from survey.errors import Invalid, Translate, untranslated
from survey.questionnaire.cleaning import clean as clean
from survey.questionnaire.expressions import Answers
from survey.questionnaire.routing import NO_FACTS, offered
from survey.questionnaire.schema import Question, Questionnaire
from survey.questionnaire.wording import Values, hint, in_order, spoken

NO_VALUES: Values = {}


class AnswerIsClean:
    """Validator: the value as submitted is one that `clean` accepts; its message comes translated."""

    def __init__(self, question: Question, known: Answers, translate: Translate) -> None:
        self.question = question
        self.known = known
        self.translate = translate
        self.field_flags = {"required": True} if question.required else {}

    def __call__(self, form: Form, field: Field) -> None:
        try:
            clean(self.question, field.raw_data, self.known)
        except Invalid as error:
            field.errors = []  # one sentence per field: ours, not also that of WTForms
            raise StopValidation(error.message.show(self.translate)) from error


def field_for(
    question: Question,
    language: str,
    *,
    values: Values = NO_VALUES,
    backwards: bool = False,
    known: Answers = NO_FACTS,
    translate: Translate = untranslated,
) -> Field:
    """The (unbound) field of a question, worded in `language`.

    `values` fill the placeholders, `backwards` turns scales round, `known` (see `routing.walk`) decides which
    choices are offered.
    """
    choices = [
        SelectChoice(choice.code, choice.label[language])
        for choice in in_order(question, offered(question, known), backwards)
    ]
    return _FIELDS[question.type](
        choices,
        label=spoken(question, language, values, backwards),
        description=hint(question, language, values),
        validators=[AnswerIsClean(question, known, translate)],
        render_kw=_attributes(question, language),
    )


def _attributes(question: Question, language: str) -> dict[str, Any]:
    """HTML attributes; Cantonese is told to screen readers and fonts by its own language tag."""
    tags = {"zh": "zh-CN", "yue": "yue-Hans", "en": "en"}
    attributes: dict[str, Any] = {"lang": tags[language]}
    if question.type == "text":
        attributes |= {"maxlength": question.max_length, "rows": 3}
    return attributes


def _radio(choices: list[SelectChoice], **settings: Any) -> Field:
    return RadioField(choices=choices, validate_choice=False, **settings)


def _checkboxes(choices: list[SelectChoice], **settings: Any) -> Field:
    return SelectMultipleField(
        choices=choices,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **settings,
    )


def _text(choices: list[SelectChoice], **settings: Any) -> Field:
    return TextAreaField(**settings)


def _integer(choices: list[SelectChoice], **settings: Any) -> Field:
    return IntegerField(**settings)


def _note(choices: list[SelectChoice], **settings: Any) -> Field:
    return HiddenField(**settings)


_FIELDS: dict[str, Callable[..., Field]] = {
    "select_one": _radio,
    "select_multiple": _checkboxes,
    "text": _text,
    "integer": _integer,
    "note": _note,
}


def build_form(
    questionnaire: Questionnaire,
    questions: Sequence[Question],
    language: str,
    *,
    values: Values = NO_VALUES,
    backwards: bool = False,
    known: Answers = NO_FACTS,
    translate: Translate = untranslated,
) -> type[Form]:
    """A form class with one field per question that somebody answers, each named after its question."""
    fields: Mapping[str, Field] = {
        question.name: field_for(
            question, language, values=values, backwards=backwards, known=known, translate=translate
        )
        for question in questions
        if question.on_screen
    }
    return type(f"Form_{questionnaire.id}", (Form,), dict(fields))
