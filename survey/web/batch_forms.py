"""Forms of the pages that take a step for a whole season."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileRequired, MultipleFileField
from wtforms import (
    BooleanField,
    DecimalField,
    Field,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import NumberRange, Optional, ValidationError

from survey.errors import N_
from survey.services.designs import METHODS, Choice
from survey.services.stratification import STRATIFICATIONS
from survey.web.draw_forms import SeedForm, SourceForm, StepForm, between, choice_in
from survey.web.forms import Required, at_most
from survey.web.season_forms import QUESTIONNAIRES


class ManyRostersForm(FlaskForm):
    files = MultipleFileField(
        _l("名册文件"),
        [FileRequired(message=_l("请选择文件。"))],
        description=_l(
            "可一次选很多个。每个文件是哪一站的，看标题和文件名；有打开密码的请到该轮的页面导入。"
        ),
        render_kw={"accept": ".xlsx,.xls,.csv,.txt", "multiple": True},
    )
    leave_unknown = BooleanField(_l("不认得的列不读，直接导入（不读的列列在核对报告里）"))


class NewRoundsForm(FlaskForm):
    """What the new rounds share; stations and streets come in lists beside it."""

    questionnaire = SelectField(_l("问卷"), choices=QUESTIONNAIRES)
    target_group = StringField(_l("调查对象"), [Required(), at_most(120)])
    target_completes = IntegerField(
        _l("目标完成"), [Required(), NumberRange(1, 100000, message=_l("请填 1 到 100000。"))]
    )


class SeasonStep(StepForm):
    """A step for a whole season asks for the season's name, once."""

    differs = N_("与评估季名称不一致，应为“%(name)s”。")
    name = StringField(
        _l("请输入评估季名称以确认"), [Required(), at_most(80)], render_kw={"autocomplete": "off"}
    )


class ConfirmStep(SeasonStep):
    signed_by = StringField(
        _l("签字人（各站相同时）"),
        [Optional(), at_most(60)],
        description=_l("例如统一由街道办签收的经办人。"),
    )
    signers = TextAreaField(
        _l("各站签字人"),
        [Optional()],
        description=_l("每行一站：社工站、制表符、签字人；可从表格中复制两列粘贴。"),
        render_kw={"rows": 5},
    )

    def validate_signers(self, field: Field) -> None:
        if not (field.data or "").strip() and not (self.signed_by.data or "").strip():
            raise ValidationError(_("请填一位签字人，或逐站列出。"))


class SealStep(SeasonStep):
    stratify_by = SelectField(
        _l("分层"),
        choices=[SelectChoice(key, _l(name)) for key, name in STRATIFICATIONS.items()],
        default="zone",
        description=_l("各站相同；某站只有一层时，该站不分层。"),
    )


class DesignStep(SeasonStep):
    method = RadioField(_l("抽法"), choices=[SelectChoice(key, _l(name)) for key, name in METHODS.items()])
    target = IntegerField(
        _l("目标完成"),
        [Required(), between(1, 1_000_000)],
        description=_l("某站自己的目标更高时，用该站的。"),
    )
    completion = DecimalField(_l("预计完成率"), [Required(), between(1, 100)], places=None)
    satisfaction = DecimalField(_l("预计满意率"), [Required(), between(0, 100)], places=None)
    minimum = IntegerField(_l("每层最低"), [Optional(), between(0, 1_000_000)])
    reserve = IntegerField(
        _l("每层备用"), [Optional(), between(0, 1_000_000)], description=_l("留空为最大一层样本的一半。")
    )
    coordinated = BooleanField(_l("与本站以前各轮协调，尽量不重复打扰同一户"))

    def choice(self) -> Choice:
        return replace(choice_in(self), coordinated=self.coordinated.data)


class SourceStep(SeasonStep, SourceForm):
    #: how long the naming itself may take: dice are thrown when it has reached the last round
    lasting = timedelta(seconds=3)

    def moment(self, now: datetime) -> datetime:
        if self.kind.data == "dice":
            return now + self.lasting
        return super().moment(now)


class SeedStep(SeasonStep, SeedForm):
    pass


class ReleaseStep(SeasonStep):
    reason = StringField(_l("发放原因"), [Required(), at_most(200)], default=_l("第一批：按预计完成率发放"))


FORMS: dict[str, type[SeasonStep]] = {
    "confirm": ConfirmStep,
    "seal": SealStep,
    "design": DesignStep,
    "source": SourceStep,
    "seed": SeedStep,
    "release": ReleaseStep,
}
