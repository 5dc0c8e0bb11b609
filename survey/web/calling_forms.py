"""Forms for calling rules and holidays. What is wrong with the rules as a whole, survey.fieldwork.rule_faults says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    FormField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TimeField,
)
from wtforms.validators import NumberRange, Optional, StopValidation

from survey.fieldwork.dispositions import DISPOSITIONS, wrap_up_choices
from survey.fieldwork.rule_faults import Fault, faults, settled
from survey.fieldwork.rule_words import RULE_NAMES
from survey.fieldwork.rules import CallingRules
from survey.fieldwork.ruleset import Delay, Window
from survey.fieldwork.statutory import Break
from survey.web.forms import CheckboxesField, Required, at_most

#: rows for windows of a day; empty ones count for nothing
ROWS = 4
DAYS = {"weekday_windows": "weekday", "weekend_windows": "weekend"}
DELAYED = tuple(row.code for row in wrap_up_choices() if row.code in CallingRules().delays)
UNITS = [
    SelectChoice("minutes", _l("分钟后")),
    SelectChoice("days", _l("天后")),
    SelectChoice("next_band", _l("换一个时段")),
]
#: field -> lowest and highest number that makes sense
COUNTS = {
    "min_attempts": (1, 30),
    "min_days": (1, 30),
    "min_bands": (1, 6),
    "most_attempts": (1, 50),
    "most_per_day": (1, 10),
    "dials_per_number": (1, 10),
    "dead_dials": (1, 5),
    "hang_ups_are_refusal": (1, 10),
    "soft_refusals": (1, 5),
    "senior_days": (0, 30),
    "visits": (0, 10),
    "longest_call_minutes": (10, 240),
    "own_appointment_minutes": (1, 120),
}
DEMANDS = ("need_evening", "need_weekend")


class NumberFrom(NumberRange):
    """Names the number that does not fit, and the ones that do."""

    def __call__(self, form: Any, field: Field) -> None:
        if field.data is None or not self.min <= field.data <= self.max:
            shown = field.raw_data[0] if field.raw_data and field.data is None else field.data
            field.errors = []
            raise StopValidation(
                _("“%(n)s”不可用，请填 %(low)d 到 %(high)d 的整数。", n=shown, low=self.min, high=self.max)
            )


class WindowRow(Form):
    start = TimeField(_l("开始"), [Optional()])
    end = TimeField(_l("结束"), [Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if (self.start.data is None) == (self.end.data is None):
            return True
        self.end.errors = [_("开始和结束要一起填；不用这一段就都留空。")]
        return False

    def window(self) -> Window | None:
        return Window(self.start.data, self.end.data) if self.start.data and self.end.data else None


class DelayRow(Form):
    amount = IntegerField(_l("多久"), [Optional()])
    unit = SelectField(_l("单位"), choices=UNITS)

    def validate(self, extra_validators: Any = None) -> bool:
        if self.unit.data == "next_band":
            return True
        if not super().validate(extra_validators):
            return False
        if self.amount.data is None or self.amount.data < 1:
            self.amount.errors = [_("请填 1 或以上的整数，或选“换一个时段”。")]
            return False
        return True

    def delay(self) -> Delay:
        if self.unit.data == "next_band":
            return Delay(next_band=True)
        return Delay(**{self.unit.data: self.amount.data})


class CallingForm(FlaskForm):
    """Every field of CallingRules; the rows of windows and waits are forms in the form."""

    evening_from = TimeField(_l("晚间从"), [Required()])

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        found = faults(self.typed())
        for fault in found:
            self.place(fault)
        return not found

    def place(self, fault: Fault) -> None:
        """Put a fault beside its field."""
        field = self.field_of(fault)
        field.errors = [*field.errors, fault.message.show(_)]

    def field_of(self, fault: Fault) -> Field:
        if fault.field in DAYS:
            return self[f"{DAYS[fault.field]}_{fault.part}"].form.end
        return self[f"delay_{fault.part}"].form.amount if fault.field == "delays" else self[fault.field]

    def typed(self) -> dict[str, Any]:
        """What was typed, by the fields of CallingRules."""
        numbers = {name: self[name].data for name in (*COUNTS, *DEMANDS, "evening_from")}
        windows = {
            name: [self[f"{day}_{n}"].form.window() for n in range(ROWS)] for name, day in DAYS.items()
        }
        return {
            **numbers,
            **windows,
            "delays": {code: self[f"delay_{code}"].form.delay() for code in DELAYED},
        }

    def rules(self) -> CallingRules:
        return settled(self.typed())


def _add_fields() -> None:
    for name, (low, high) in COUNTS.items():
        setattr(CallingForm, name, IntegerField(_l(RULE_NAMES[name]), [NumberFrom(low, high)]))
    for name in DEMANDS:
        setattr(CallingForm, name, BooleanField(_l(RULE_NAMES[name])))
    for day in DAYS.values():
        for n in range(ROWS):
            setattr(CallingForm, f"{day}_{n}", FormField(WindowRow))
    for code in DELAYED:
        setattr(CallingForm, f"delay_{code}", FormField(DelayRow, _l(DISPOSITIONS[code].name)))


_add_fields()


def shown(rules: CallingRules) -> dict[str, Any]:
    """What the form shows of rules."""
    values = {name: getattr(rules, name) for name in (*COUNTS, *DEMANDS, "evening_from")}
    for name, day in DAYS.items():
        for n, window in enumerate(getattr(rules, name)[:ROWS]):
            values[f"{day}_{n}"] = {"start": window.start, "end": window.end}
    return values | {f"delay_{code}": _shown_delay(rules.delay_after(code)) for code in DELAYED}


def _shown_delay(delay: Delay) -> dict[str, Any]:
    if delay.next_band:
        return {"unit": "next_band"}
    return (
        {"unit": "days", "amount": delay.days} if delay.days else {"unit": "minutes", "amount": delay.minutes}
    )


class HolidayForm(FlaskForm):
    first = DateField(_l("从"), [Required()])
    last = DateField(_l("到"), [Optional()], description=_l("只有一天时留空。"))
    name = StringField(_l("名称"), [Required(), at_most(40)], description=_l("例如：清明节"))


class OfferedForm(FlaskForm):
    """Which breaks to take over, by their first days; all unless somebody unticks some."""

    breaks = CheckboxesField(_l("接下来一年的法定节假日"))

    @classmethod
    def of(cls, offered: Mapping[Break, Sequence[date]], **values: object) -> Self:
        form = cls(**values)
        form.breaks.choices = [
            SelectChoice(one.first.isoformat(), f"{_span(one)} {one.name}") for one in offered
        ]
        return form

    @classmethod
    def ticked(cls, offered: Mapping[Break, Sequence[date]]) -> Self:
        """To be filled in, whatever form was sent."""
        return cls.of(offered, formdata=None, data={"breaks": [one.first.isoformat() for one in offered]})

    def chosen(self) -> set[date]:
        return {date.fromisoformat(first) for first in self.breaks.data or ()}


def _span(one: Break) -> str:
    return " – ".join(dict.fromkeys((one.first.isoformat(), one.last.isoformat())))


class DayForm(FlaskForm):
    """Which day is meant, behind a button."""

    day = DateField(_l("日期"), [Required()])
