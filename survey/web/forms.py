"""Forms of the screens about people. Questionnaires make their own (questionnaire/fields.py)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    PasswordField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    widgets,
)
from wtforms.validators import EqualTo, InputRequired, Length, Optional

SPOKEN = [
    SelectChoice("zh", _l("普通话")),
    SelectChoice("yue", _l("粤语")),
    SelectChoice("hak", _l("客家话")),
    SelectChoice("nan", _l("潮汕话")),
]


class Required(InputRequired):
    def __init__(self) -> None:
        super().__init__(message=_l("请填写此项。"))


def at_most(length: int) -> Length:
    return Length(max=length, message=_l("最多 %(max)d 个字。"))


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
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("再输入一次"),
        [Required(), EqualTo("new", message=_l("两次输入不一样。"))],
        render_kw={"autocomplete": "new-password"},
    )


class PersonForm(FlaskForm):
    display_name = StringField(_l("姓名"), [Required(), at_most(64)])
    staff_number = StringField(_l("工号"), [Optional(), at_most(20)], description=_l("访问员开场时报出。"))
    languages = CheckboxesField(_l("工作语言"), choices=SPOKEN)


class NewPersonForm(PersonForm):
    username = StringField(_l("用户名"), [Required(), at_most(64)], description=_l("登录时输入，可用中文。"))


class GrantForm(FlaskForm):
    role = SelectField(_l("角色"))
    round_id = SelectField(_l("范围"), coerce=int)


class RecusalForm(FlaskForm):
    station_id = SelectField(_l("社工站"), coerce=int)
    reason = StringField(_l("原因"), [Required(), at_most(200)])


class YesForm(FlaskForm):
    """A button with a CSRF token."""


class ConfirmForm(FlaskForm):
    """An irreversible step asks for the round's name, not for OK."""

    name = StringField(_l("请输入社工站名称以确认"), [Required()])
