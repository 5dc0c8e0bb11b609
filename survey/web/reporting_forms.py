"""Forms of the report pages. Sentences are as many as they are, so they are read from the request by their name."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, StringField, TextAreaField, widgets

from survey.services.reporting import LONGEST_NOTE, Text
from survey.web.forms import Required, at_most

LONGEST_PASTED = 20_000


class ReportForm(FlaskForm):
    """`seen`: number of the version that the writer had before them."""

    seen = IntegerField(widget=widgets.HiddenInput(), default=0)
    note = StringField(
        _l("说明"),
        [at_most(LONGEST_NOTE)],
        description=_l("改了什么；定稿时还有检查发现的，写明为什么保留。"),
        render_kw={"autocomplete": "off"},
    )


def text_of(sent: MultiDict[str, str]) -> Text:
    """What was typed, empty sentences left out."""
    praise, concern = (
        tuple(one for one in sent.getlist(name) if one.strip()) for name in ("praise", "concern")
    )
    return Text(sent.get("method", ""), praise, concern)


class PastedForm(FlaskForm):
    text = TextAreaField(
        _l("要检查的文字"),
        [Required(), at_most(LONGEST_PASTED)],
        description=_l(
            "可以贴整节“服务监测”。小标题“值得肯定”“需要关注”会被用来分辨说的是表扬还是意见。不会保存。"
        ),
        render_kw={"rows": 12, "lang": "zh"},
    )


class TemplateForm(FlaskForm):
    file = FileField(
        _l("Word 模板（.docx）"),
        [FileRequired(message=_l("请选择文件。"))],
        description=_l("上传时先用样例填一遍；有填不进去的占位符，会指出是哪一个。"),
        render_kw={"accept": ".docx"},
    )
