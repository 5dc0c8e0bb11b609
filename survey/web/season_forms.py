"""Forms for seasons and rounds."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import NumberRange, Optional

from survey.web.forms import Required, at_most

QUESTIONNAIRES = [
    SelectChoice("short", _l("简版（约 12 题，4 分钟内）")),
    SelectChoice("full", _l("完整版（7–8 分钟）")),
]


class SeasonForm(FlaskForm):
    name = StringField(_l("名称"), [Required(), at_most(80)], description=_l("例如：2025 年末期评估"))
    evaluator = StringField(
        _l("评估方"), [Required(), at_most(80)], description=_l("访问员开场时报出的机构名称。")
    )
    commissioner = StringField(_l("委托方"), [Required(), at_most(80)])
    verification_phone = StringField(
        _l("核实电话"), [Required(), at_most(40)], description=_l("受访者可打来核实或要求删除。")
    )
    on_call_name = StringField(
        _l("值班督导"),
        [Optional(), at_most(40)],
        description=_l("访问中有人身危险时，访问员立即找的人；访问期内随时接得到电话。"),
    )
    on_call_phone = StringField(_l("值班电话"), [Optional(), at_most(40)])
    period_from = DateField(_l("评估周期从"), [Required()])
    period_to = DateField(_l("评估周期到"), [Required()])
    fieldwork_from = DateField(_l("访问期从"), [Required()])
    fieldwork_to = DateField(_l("访问期到"), [Required()])
    burden_months = IntegerField(
        _l("不重复打扰（月）"),
        [Optional(), NumberRange(0, 60, message=_l("请填 0 到 60。"))],
        default=12,
        description=_l("这么多个月内已发放过的户，除全覆盖外不应再抽到；0 为不设。"),
    )


class RoundSettings(FlaskForm):
    target_group = StringField(_l("调查对象"), [Required(), at_most(120)], default="建档的困难群众和特殊群体")
    target_completes = IntegerField(
        _l("目标完成"),
        [Required(), NumberRange(1, 100000, message=_l("请填 1 到 100000。"))],
        default=100,
        description=_l("规则要求不少于 100 户有效样本；总人数低于 100 时全覆盖。"),
    )
    questionnaire = SelectField(_l("问卷"), choices=QUESTIONNAIRES)
    fieldwork_from = DateField(_l("访问期从"), [Required()])
    fieldwork_to = DateField(_l("访问期到"), [Required()])
    records_calls = BooleanField(_l("通话由电话系统另行录音（开场时会征求同意）"))
    home_visits = BooleanField(
        _l("没有号码、电话访问不到的户，上门访问"),
        description=_l("请在导入名册之前勾选：名册中的住址只在有入户访问的轮次保存，取消勾选就删除。"),
    )


class NewRoundForm(RoundSettings):
    station = StringField(_l("社工站"), [Required(), at_most(80)], description=_l("例如：三元里街社工服务站"))
    street = StringField(
        _l("街道（镇）"), [Required(), at_most(60)], description=_l("读给受访者听，例如：三元里街")
    )
    district = StringField(_l("区"), [Optional(), at_most(60)])
