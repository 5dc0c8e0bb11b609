"""Forms of the screens about people. Questionnaires make their own (questionnaire/fields.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    PasswordField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    widgets,
)
from wtforms.form import BaseForm
from wtforms.validators import EqualTo, InputRequired, Length, Optional, StopValidation, ValidationError

from survey.db import db
from survey.errors import SurveyError
from survey.fieldwork.skills import SKILL_NAMES
from survey.services.accounts import RAISED_BY

SPOKEN = [
    SelectChoice("zh", _l("普通话")),
    SelectChoice("yue", _l("粤语")),
    SelectChoice("hak", _l("客家话")),
    SelectChoice("nan", _l("潮汕话")),
]


def choices_of(names: Mapping[str, str]) -> list[SelectChoice]:
    """One choice a name, which is shown in the language of the page."""
    return [SelectChoice(key, _l(name)) for key, name in names.items()]


class Required(InputRequired):
    """Something was entered, and not blanks alone; a 0 is something."""

    def __init__(self) -> None:
        super().__init__(message=_l("请填写此项。"))

    def __call__(self, form: BaseForm, field: Field) -> None:
        super().__call__(form, field)
        if isinstance(field.data, str) and not field.data.strip():
            raise StopValidation(self.message)


def at_most(length: int) -> Length:
    return Length(max=length, message=_l("最多 %(max)d 个字。"))


@contextmanager
def kept(form: FlaskForm) -> Iterator[None]:
    """Show what a service refuses on the form itself, with everything that was typed; nothing of it is kept."""
    try:
        yield
    except SurveyError as error:
        db.session.rollback()
        form.form_errors.append(error.message.show(gettext))


class CheckboxesField(SelectMultipleField):
    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class LoginForm(FlaskForm):
    username = StringField(
        _l("用户名"), [Required()], render_kw={"autocomplete": "username", "autofocus": True}
    )
    password = PasswordField(_l("密码"), [Required()], render_kw={"autocomplete": "current-password"})


class PasswordForm(FlaskForm):
    current = PasswordField(_l("现在的密码"), [Required()], render_kw={"autocomplete": "current-password"})
    new = PasswordField(
        _l("新密码"),
        [Required(), Length(min=10, max=128, message=_l("至少 10 个字，可以是一句话。"))],
        description=_l("至少 10 个字，可以是一句话；不能与现在的相同。"),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("再输入一次"),
        [Required(), EqualTo("new", message=_l("两次输入不一样。"))],
        render_kw={"autocomplete": "new-password"},
    )

    def validate_new(self, field: Field) -> None:
        if field.data == self.current.data:
            raise ValidationError(_l("新密码与现在的相同，请换一个。"))


class PersonForm(FlaskForm):
    display_name = StringField(_l("姓名"), [Required(), at_most(64)])
    staff_number = StringField(_l("工号"), [Optional(), at_most(20)], description=_l("访问员开场时报出。"))
    languages = CheckboxesField(_l("工作语言"), choices=SPOKEN)
    skills = CheckboxesField(
        _l("专长"),
        choices=[SelectChoice(name, _l(text)) for name, text in SKILL_NAMES.items()],
        description=_l("只与访问员有关：决定先派哪些住户。"),
    )


class NewPersonForm(PersonForm):
    username = StringField(_l("用户名"), [Required(), at_most(64)], description=_l("登录时输入，可用中文。"))


class GrantForm(FlaskForm):
    role = SelectField(_l("角色"))
    round_id = SelectField(_l("范围"), coerce=int)


class RecusalForm(FlaskForm):
    station_id = SelectField(_l("社工站"), coerce=int)
    raised_by = SelectField(
        _l("由谁提出"),
        choices=[SelectChoice(key, _l(text)) for key, text in RAISED_BY.items()],
        default="person",
    )
    reason = StringField(_l("原因"), [Required(), at_most(200)])


class YesForm(FlaskForm):
    """A button with a CSRF token."""
