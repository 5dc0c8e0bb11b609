"""Forms of the roster pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, PasswordField, RadioField, SelectChoice, StringField
from wtforms.validators import Optional

from survey.services.stratification import STRATIFICATIONS
from survey.web.forms import Required, at_most


class UploadForm(FlaskForm):
    file = FileField(
        _l("名册文件"),
        [FileRequired(message=_l("请选择文件。"))],
        description=_l(
            "Excel（.xlsx、.xls）或 CSV 文本，不超过 30 MB。无需先整理：标题行、合并单元格、小计行都认得。"
        ),
        render_kw={"accept": ".xlsx,.xls,.csv,.txt"},
    )
    password = PasswordField(
        _l("打开密码（如有）"),
        [Optional()],
        description=_l("只用于打开这个文件，不保存。"),
        render_kw={"autocomplete": "off"},
    )


class ExclusionForm(FlaskForm):
    reason = StringField(_l("排除原因"), [Required(), at_most(200)])


class ConfirmationForm(FlaskForm):
    #: which file the page showed: a signature belongs to that one
    digest = HiddenField(validators=[Required()])
    signed_by = StringField(_l("社工站签字人"), [Required(), at_most(60)])


class SealForm(FlaskForm):
    digest = HiddenField(validators=[Required()])
    stratify_by = RadioField(
        _l("分层"), choices=[SelectChoice(key, _l(name)) for key, name in STRATIFICATIONS.items()]
    )
    name = StringField(_l("输入社工站名称以确认"), [Required()])
