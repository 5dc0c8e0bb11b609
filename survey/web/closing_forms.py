"""Forms of the page that closes a round."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, StringField
from wtforms.validators import Optional, ValidationError

from survey.fieldwork.rules import local
from survey.services.balance import GROUPS, Balance
from survey.services.closing import LONGEST_TEXT, Explanation
from survey.web.clock import now
from survey.web.draw_forms import StepForm
from survey.web.forms import Required, at_most

SHORTFALL = ("shortfall_reason", "who", "day", "how")


class ClosingForm(StepForm):
    """Asks for a reason only where something has to be explained."""

    reason_untried = StringField(
        _l("没有联系过的户，为什么不再联系"),
        [Required(), at_most(LONGEST_TEXT)],
        description=_l("例如：访问期已满，未轮到。"),
    )
    reason_tried = StringField(
        _l("联系过而没有结果的户，为什么不再联系"),
        [Required(), at_most(LONGEST_TEXT)],
        description=_l("例如：访问期已满，多次未再联系上。"),
    )
    reason_appointment = StringField(
        _l("有预约而没有访问的户，为什么不再联系"),
        [Required(), at_most(LONGEST_TEXT)],
        description=_l("例如：约定时间无人接听，访问期已满。"),
    )
    shortfall_reason = StringField(_l("完成数不足的原因"), [Required(), at_most(LONGEST_TEXT)])
    who = StringField(_l("委托方确认人"), [Required(), at_most(60)], description=_l("单位、姓名、职务。"))
    day = DateField(_l("确认日期"), [Required()])
    how = StringField(_l("确认方式或文号"), [Optional(), at_most(100)])

    def __init__(self, station: str, found: Balance, **values: object) -> None:
        super().__init__(station, **values)
        open_groups = {group.key for group in found.open}
        unasked = [f"reason_{key}" for key in GROUPS if key not in open_groups]
        for name in (*unasked, *(() if found.shortfall else SHORTFALL)):
            del self[name]

    def validate_day(self, field: Field) -> None:
        if field.data is not None and field.data > local(now()).date():
            raise ValidationError(_("确认日期不能晚于今天。"))

    def explanation(self) -> Explanation:
        reasons = {key: self[f"reason_{key}"].data for key in GROUPS if f"reason_{key}" in self}
        if "who" not in self:
            return Explanation(reasons)
        confirmed = (self.who.data.strip(), self.day.data.isoformat(), (self.how.data or "").strip())
        return Explanation(reasons, self.shortfall_reason.data, "，".join(filter(None, confirmed)))


class ReopenForm(StepForm):
    reason = StringField(
        _l("重新打开的原因"),
        [Required(), at_most(LONGEST_TEXT)],
        description=_l("这句话会一直显示在结果页上。"),
    )
