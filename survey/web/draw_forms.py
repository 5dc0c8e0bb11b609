"""Forms of the design, draw and release pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    Field,
    IntegerField,
    RadioField,
    SelectChoice,
    StringField,
)
from wtforms.validators import EqualTo, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from survey.errors import N_
from survey.fieldwork.rules import SHANGHAI
from survey.services.designs import METHODS, Choice
from survey.services.expectations import Effort
from survey.web.forms import Required, at_most


def between(least: float, most: float) -> NumberRange:
    return NumberRange(least, most, message=_l("请填 %(min)s 到 %(max)s。"))


class DesignForm(FlaskForm):
    method = RadioField(_l("抽法"), choices=[SelectChoice(key, _l(name)) for key, name in METHODS.items()])
    target = IntegerField(_l("目标完成"), [Required(), between(1, 1_000_000)])
    completion = DecimalField(
        _l("预计完成率"),
        [Required(), between(1, 100)],
        places=None,
        description=_l("发放的户中最后完成访问的比例。"),
    )
    satisfaction = DecimalField(
        _l("预计满意率"),
        [Required(), between(0, 100)],
        places=None,
        description=_l("只用来估计区间，不影响抽样。"),
    )
    minimum = IntegerField(
        _l("每层最低"),
        [Optional(), between(0, 1_000_000)],
        description=_l("按层比例抽样时，小层至少抽这么多。"),
    )
    reserve = IntegerField(
        _l("每层备用"), [Optional(), between(0, 1_000_000)], description=_l("留空为最大一层样本的一半。")
    )
    #: not kept with the design: they only tell what the calls may cost
    dials = DecimalField(
        _l("每户拨打"),
        [Optional(), between(1, 20)],
        places=None,
        description=_l("发放的户平均拨几次。多数一两次就访到，联系不上的至少拨 5 次。"),
    )
    dials_a_day = IntegerField(
        _l("每人每天拨打"),
        [Optional(), between(1, 500)],
        description=_l("工作日可拨 6.5 小时，含访问，一份 6–8 分钟。"),
    )

    def effort(self) -> Effort:
        usual = Effort()
        return Effort(
            float(self.dials.data or usual.dials_per_case), self.dials_a_day.data or usual.dials_a_day
        )

    def choice(self) -> Choice:
        return choice_in(self)


class CoordinatedDesignForm(DesignForm):
    """The design with its place among the station's rounds."""

    coordinated = BooleanField(
        _l("与本站各轮协调"),
        description=_l(
            "各轮共用首轮的随机数，起点错开：抽过的户隔几轮才再轮到，新户与老户机会相同。全覆盖时不起作用。"
        ),
    )

    def choice(self) -> Choice:
        return replace(super().choice(), coordinated=self.coordinated.data)


def choice_in(form: FlaskForm) -> Choice:
    """The choice in the fields of a design, whose shares are typed as percentages."""
    return Choice(
        method=form.method.data,
        target_completes=form.target.data,
        assumed_completion=float(form.completion.data) / 100,
        assumed_satisfaction=float(form.satisfaction.data) / 100,
        minimum_per_stratum=(form.minimum.data or 0) if form.method.data == "proportional" else 0,
        reserve=form.reserve.data,
    )


def showing(choice: Choice) -> dict[str, object]:
    """The fields of a DesignForm that show a choice."""
    usual = Effort()
    return {
        "method": choice.method,
        "target": choice.target_completes,
        "completion": percent(choice.assumed_completion),
        "satisfaction": percent(choice.assumed_satisfaction),
        "minimum": choice.minimum_per_stratum,
        "reserve": choice.reserve,
        "coordinated": choice.coordinated,
        "dials": usual.dials_per_case,
        "dials_a_day": usual.dials_a_day,
    }


def percent(share: float) -> float | int:
    value = round(100 * share, 4)
    return int(value) if value == int(value) else value


class GapForm(FlaskForm):
    who = StringField(_l("委托方确认人"), [Required(), at_most(60)], description=_l("单位、姓名、职务。"))
    day = DateField(_l("确认日期"), [Required()])
    how = StringField(_l("确认方式或文号"), [Optional(), at_most(100)])

    def text(self) -> str:
        parts = [self.who.data.strip(), self.day.data.isoformat(), (self.how.data or "").strip()]
        return "，".join(part for part in parts if part)


class BurdenForm(GapForm):
    """Who of the commissioner accepted that households of an earlier round may be asked again."""


class StepForm(FlaskForm):
    """An irreversible step asks for the station's name, not for OK."""

    differs = N_("与社工站名称不一致，应为“%(name)s”。")
    name = StringField(
        _l("请输入社工站名称以确认"), [Required(), at_most(80)], render_kw={"autocomplete": "off"}
    )

    def __init__(self, station: str, **values: object) -> None:
        super().__init__(**values)
        self.station = station

    def validate_name(self, field: Field) -> None:
        if "".join(field.data.split()) != "".join(self.station.split()):
            raise ValidationError(_(self.differs, name=self.station))


class SourceForm(StepForm):
    kind = RadioField(
        _l("随机数"),
        choices=[
            SelectChoice("public", _l("将要公布的数字，如彩票开奖、股市收盘")),
            SelectChoice("dice", _l("各方在场，现在就掷骰子")),
        ],
        default="public",
    )
    source = StringField(
        _l("来源"),
        [Required(), at_most(200)],
        description=_l("写到别人也能查到：哪一种、哪一期、取哪几位；掷骰子则写在场的人和掷几次。"),
    )
    expected_at = DateTimeLocalField(
        _l("产生时间（上海）"),
        [Optional()],
        tz=SHANGHAI,
        description=_l("必须晚于现在：先公布来源，后产生数字。掷骰子不用填。"),
        render_kw={"step": "1"},
    )

    def validate_kind(self, field: Field) -> None:
        if field.data == "public" and not any(self.expected_at.raw_data or []):
            raise ValidationError(_("请在“产生时间”填写这个数字将在何时产生。"))

    def moment(self, now: datetime) -> datetime:
        """When the value will exist; dice are thrown from the next second on."""
        if self.kind.data == "dice" or self.expected_at.data is None:
            return now + timedelta(seconds=1)
        moment: datetime = self.expected_at.data
        return moment


class SeedForm(StepForm):
    value = StringField(
        _l("随机数"),
        [Required(), at_most(200)],
        description=_l("照公布的写，一字不差，例如 03 08 11 19 22 30 07。录入后不能更改。"),
        render_kw={"autocomplete": "off"},
    )
    again = StringField(
        _l("再录入一次"),
        [Required(), EqualTo("value", message=_l("两次录入不一样，请核对。"))],
        render_kw={"autocomplete": "off"},
    )


class RedrawForm(StepForm):
    reason = StringField(
        _l("重新抽样的理由"),
        [Required(), at_most(200)],
        description=_l("写进新证书，长期公开。例如：每层最低户数填错，三片区少抽 20 户。"),
    )


class ReleaseForm(FlaskForm):
    """The reason; the numbers per stratum come from `counts`, because strata differ from round to round."""

    #: number of the last batch that the page showed
    after = IntegerField(widget=HiddenInput(), validators=[Optional()])
    reason = StringField(
        _l("发放原因"),
        [Required(), at_most(200)],
        description=_l("例如：第一批；或：拒访较多，预测完成 86 户，补发一批。"),
    )
