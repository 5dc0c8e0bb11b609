"""Forms of the pages from which data are taken out."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, StringField

from survey.reports.export import FORMATS
from survey.services.exporting import LONGEST_REASON
from survey.web.forms import Required, at_most


class ExportForm(FlaskForm):
    suffix = RadioField(
        _l("文件类型"),
        choices=[SelectChoice(suffix, _l(one.name)) for suffix, one in FORMATS.items()],
        default="xlsx",
    )
    words = BooleanField(
        _l("附上受访者的原话（姓名、电话、地址等已由程序遮去）"),
        description=_l("还没有人编码、也就没有人看过的，文件里写作“〔未经人看过〕”。"),
    )


class IdentifiedExportForm(ExportForm):
    reason = StringField(
        _l("用途"),
        [Required(), at_most(LONGEST_REASON)],
        description=_l("写明谁要、做什么用，例如：按区民政局来函核对三户。与文件的哈希一起留痕，不能更改。"),
        render_kw={"autocomplete": "off"},
    )
