"""Forms for figures stated elsewhere and for documents that came with a roster."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import NumberRange, Optional

from survey.services.frame_honesty import MOST
from survey.web.forms import Required, at_most


def a_count() -> list[Optional | NumberRange]:
    return [Optional(), NumberRange(0, MOST, message=_l("请填 %(min)s 到 %(max)s。"))]


class FigureForm(FlaskForm):
    zone = SelectField(_l("范围"))
    source = StringField(
        _l("出处"),
        [Required(), at_most(120)],
        description=_l("这个数字写在哪里，例如“街道民政办 2025 年 9 月台账”。"),
    )
    households = IntegerField(_l("户数"), a_count())
    persons = IntegerField(_l("人数"), a_count())


class AttachmentForm(FlaskForm):
    document = FileField(
        _l("签字盖章后的文件"),
        [FileRequired(message=_l("请选择文件。"))],
        description=_l(
            "PDF、JPG 或 PNG，不超过 10 MB。加密保存，下载会留下记录；封存以后可以再加，不能删除。"
        ),
        render_kw={"accept": ".pdf,.jpg,.jpeg,.png"},
    )
