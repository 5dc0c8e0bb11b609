"""The form of a definition: what counts, how it is weighted, and what the result is worth in the evaluation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DecimalField,
    Field,
    Form,
    FormField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from survey.errors import SurveyError
from survey.services.adoptions import LONGEST_REASON
from survey.stats.definition import (
    AT_LEAST_BASICALLY,
    COUNTED_NAMES,
    SATISFIED,
    SCORE_MAPS,
    WEIGHT_NAMES,
    Definition,
)
from survey.stats.points import Band, Below, Kind, Measure, PointsRule
from survey.stats.points_words import MEASURE_NAMES
from survey.web.forms import Required, at_most

#: rows for bands; empty ones count for nothing
ROWS = 6
NO_RULE = "none"


def from_to(least: float, most: float) -> NumberRange:
    return NumberRange(least, most, message=_l("请填 %(min)s 到 %(max)s。"))


class BandRow(Form):
    """One band; both cells or neither."""

    lower = DecimalField(_l("达到"), [Optional(), from_to(0, 100)], places=None)
    points = DecimalField(_l("得分值"), [Optional(), from_to(0, 1000)], places=None)

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if (self.lower.data is None) == (self.points.data is None):
            return True
        self.points.errors = [_("下限和分值要一起填；不用这一档就都留空。")]
        return False

    def band(self) -> Band | None:
        if self.lower.data is None or self.points.data is None:
            return None
        return Band(float(self.lower.data), float(self.points.data))


class DefinitionForm(FlaskForm):
    """Everything a person may choose. What is wrong with the whole, `stats.definition` and `stats.points` say."""

    counted = SelectField(
        _l("有效样本"), choices=[SelectChoice(key, _l(name)) for key, name in COUNTED_NAMES.items()]
    )
    satisfied = SelectField(
        _l("算满意"),
        choices=[
            SelectChoice("5 4", _l("非常满意、比较满意（满意率）")),
            SelectChoice("5 4 3", _l("非常满意、比较满意、一般（基本满意以上率）")),
        ],
        description=_l("算上“一般”就不能再叫满意率，处处改称基本满意以上率。"),
    )
    score_map = SelectField(
        _l("得分折算"),
        choices=[
            SelectChoice(name, f"{name}　{' / '.join(f'{points:g}' for points in codes.values())}")
            for name, codes in SCORE_MAPS.items()
        ],
        description=_l("从非常满意到很不满意各折多少分。"),
    )
    weights = SelectField(
        _l("加权"), choices=[SelectChoice(key, _l(name)) for key, name in WEIGHT_NAMES.items()]
    )
    level = SelectField(
        _l("置信水平"), choices=[SelectChoice(value, f"{value}%") for value in ("90", "95", "99")]
    )
    kind = SelectField(
        _l("折法"),
        choices=[
            SelectChoice(NO_RULE, _l("不折分")),
            SelectChoice(Kind.PROPORTIONAL, _l("按比例：满分 × 数值")),
            SelectChoice(Kind.BANDS, _l("分档：达到下限得该档分值")),
            SelectChoice(Kind.DEDUCTION, _l("扣分：低于目标每点扣分")),
        ],
    )
    measure = SelectField(
        _l("按什么折"), choices=[SelectChoice(key, _l(name)) for key, name in MEASURE_NAMES.items()]
    )
    maximum = DecimalField(_l("满分"), [Optional(), from_to(0, 1000)], places=None)
    target = DecimalField(
        _l("目标"), [Optional(), from_to(0, 100)], places=None, description=_l("百分数，或得分的分数。")
    )
    per_point = DecimalField(_l("每低 1 点扣"), [Optional(), from_to(0, 1000)], places=None)
    started = SelectField(
        _l("不足 1 点"),
        choices=[SelectChoice("whole", _l("按 1 点计")), SelectChoice("part", _l("按比例计"))],
    )
    most_deducted = DecimalField(
        _l("最多扣"), [Optional(), from_to(0, 1000)], places=None, description=_l("留空为扣到 0 分为止。")
    )
    minimum = IntegerField(
        _l("基数至少"),
        [Optional(), from_to(0, 1_000_000)],
        description=_l("作出评价的户数；留空或 0 为不设。"),
    )
    below = SelectField(
        _l("不足时"),
        choices=[SelectChoice(Below.NOT_SCORED, _l("不折分")), SelectChoice(Below.PENALTY, _l("另扣分"))],
    )
    penalty = DecimalField(_l("另扣"), [Optional(), from_to(0, 1000)], places=None)
    #: id of the definition that was in force when the page was opened
    seen = IntegerField(widget=HiddenInput(), default=0)

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        try:
            self.definition()
        except SurveyError as error:
            field = self.field_of(error.code)
            field.errors = [*field.errors, error.message.show(_)]
            return False
        return True

    def field_of(self, code: str) -> Field:
        """Where a fault of the whole rule is shown."""
        if code in ("no-bands", "bad-band", "bands-out-of-order"):
            return self["band_0"].form.points
        return {"bad-maximum": self.maximum, "bad-deduction": self.per_point}.get(code, self.kind)

    def definition(self) -> Definition:
        """What was typed; its version is given when it is adopted. Raises Invalid for a rule that cannot be applied."""
        codes = frozenset(map(int, self.satisfied.data.split()))
        return Definition(
            name=AT_LEAST_BASICALLY if 3 in codes else SATISFIED,
            satisfied_codes=codes,
            score_map=SCORE_MAPS[self.score_map.data],
            score_map_name=self.score_map.data,
            level=int(self.level.data) / 100,
            counted=self.counted.data,
            weights=self.weights.data,
            points=self.rule(),
        )

    def rule(self) -> PointsRule | None:
        """The rule of the chosen kind; what was typed for another kind is left out."""
        if self.kind.data == NO_RULE:
            return None
        kind, below = Kind(self.kind.data), Below(self.below.data)
        deduction = kind is Kind.DEDUCTION
        return PointsRule(
            kind,
            number(self.maximum),
            Measure(self.measure.data),
            bands=self.bands() if kind is Kind.BANDS else (),
            target=number(self.target) if deduction else 0.0,
            per_point=number(self.per_point) if deduction else 0.0,
            started=self.started.data == "whole" if deduction else True,
            most_deducted=number(self.most_deducted) or None if deduction else None,
            minimum=self.minimum.data or 0,
            below=below if self.minimum.data else Below.NOT_SCORED,
            penalty=number(self.penalty) if self.minimum.data and below is Below.PENALTY else 0.0,
        )

    def bands(self) -> tuple[Band, ...]:
        """As typed, lowest first."""
        found = (self[f"band_{row}"].form.band() for row in range(ROWS))
        return tuple(sorted((band for band in found if band), key=lambda band: band.lower))


class LockedDefinitionForm(DefinitionForm):
    """After the first release: a change needs its reason."""

    reason = StringField(
        _l("更改的原因"),
        [Required(), at_most(LONGEST_REASON)],
        description=_l("随“开访后更改”的标记一起显示给每个看结果的人。"),
    )


for _row in range(ROWS):
    setattr(DefinitionForm, f"band_{_row}", FormField(BandRow))


def number(field: Field) -> float:
    return float(field.data or 0)


def as_typed(value: float | None) -> Decimal | None:
    """80, not 80.0."""
    return None if value is None else Decimal(repr(value)).normalize() + 0


def shown(definition: Definition, seen: int) -> dict[str, Any]:
    """What the form shows of a definition."""
    return {
        "counted": definition.counted,
        "satisfied": "5 4 3" if 3 in definition.satisfied_codes else "5 4",
        "score_map": definition.score_map_name,
        "weights": definition.weights,
        "level": f"{100 * definition.level:.0f}",
        "seen": seen,
        **shown_rule(definition.points),
    }


def shown_rule(rule: PointsRule | None) -> dict[str, Any]:
    if rule is None:
        return {"kind": NO_RULE}
    bands = {
        f"band_{row}": {"lower": as_typed(band.lower), "points": as_typed(band.points)}
        for row, band in enumerate(rule.bands[::-1])
    }
    return {
        "kind": rule.kind,
        "measure": rule.measure,
        "maximum": as_typed(rule.maximum),
        "target": as_typed(rule.target or None),
        "per_point": as_typed(rule.per_point or None),
        "started": "whole" if rule.started else "part",
        "most_deducted": as_typed(rule.most_deducted),
        "minimum": rule.minimum or None,
        "below": rule.below,
        "penalty": as_typed(rule.penalty or None),
        **bands,
    }
