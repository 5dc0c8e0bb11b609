"""Forms for sending a report version, and for what the parties return: the same points by link and from paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional

from survey.models.report import ReportVersion
from survey.services.report_comments import (
    AGREED,
    KINDS,
    LONGEST_ANSWER,
    LONGEST_SIGNATURE,
    LONGEST_TEXT,
    OUTCOMES,
    Point,
)
from survey.services.report_links import LONGEST_RECIPIENT, PARTIES
from survey.services.report_places import Place, places_of
from survey.web.forms import Required, at_most

USUAL_DAYS = 7


class PartyForm(FlaskForm):
    party = SelectField(_l("哪一方"), choices=[SelectChoice(key, _l(name)) for key, name in PARTIES.items()])


class SendForm(PartyForm):
    recipient = StringField(
        _l("交给谁"),
        [Optional(), at_most(LONGEST_RECIPIENT)],
        description=_l("收到链接的人，例如“王站长，微信”。只有评估方看得到。"),
        render_kw={"autocomplete": "off"},
    )
    last_day = DateField(
        _l("答复截止"), [Required()], description=_l("到这一天结束（上海时间 24:00）为止，最长 60 天。")
    )

    def suggest(self, today: date) -> None:
        self.last_day.data = today + timedelta(days=USUAL_DAYS)


class ExtendForm(PartyForm):
    """More time for one of the `parties`, which have not answered."""

    last_day = DateField(_l("新的答复截止"), [Required()], description=_l("要晚于现在的截止日期。"))

    @classmethod
    def among(cls, parties: Sequence[str], **values: object) -> Self:
        form = cls(**values)
        form.party.choices = [SelectChoice(key, _l(PARTIES[key])) for key in parties]
        return form


class PointForm(Form):
    kind = RadioField(
        _l("意见的性质"),
        choices=[SelectChoice(key, _l(KINDS[key])) for key in ("objection", "correction")],
        default="objection",
    )
    text = TextAreaField(
        _l("意见"),
        [Optional(), at_most(LONGEST_TEXT)],
        filters=[
            lambda text: text and text.replace("\r\n", "\n")
        ],  # a line counts as one sign, as in the browser
        render_kw={"rows": 3, "maxlength": LONGEST_TEXT},
    )


class ReplyForm(FlaskForm):
    """What a party says of a version."""

    verdict = RadioField(
        _l("总的意见"),
        [Required()],
        choices=[
            SelectChoice("agree", _l(KINDS["agree"])),
            SelectChoice("comments", _l("有意见，写在各条下面")),
        ],
    )
    points = FieldList(FormField(PointForm))
    signed_by = StringField(
        _l("填写人"),
        [Required(), at_most(LONGEST_SIGNATURE)],
        description=_l("姓名和职务，例如“王某，站长”。"),
    )

    @classmethod
    def about(cls, version: ReportVersion, **values: object) -> Self:
        """With one point for each place of this version."""
        form = cls(**values)
        while len(form.points) < len(places_of(version)):
            form.points.append_entry()
        return form

    def written(self, places: Sequence[Place]) -> tuple[Point, ...]:
        """The points with words, or the agreement."""
        if self.verdict.data == "agree":
            return AGREED
        pairs = zip(places, self.points, strict=False)
        return tuple(
            Point(entry.kind.data, place.key, entry.text.data)
            for place, entry in pairs
            if (entry.text.data or "").strip()
        )

    def validate_verdict(self, field: RadioField) -> None:
        words = any((entry.text.data or "").strip() for entry in self.points)
        if field.data == "agree" and words:
            raise ValidationError(_("选了“无异议”，下面又写了意见。请改选“有意见”，或删去下面的字。"))
        if field.data == "comments" and not words:
            raise ValidationError(_("请在下面至少写一条意见，或改选“无异议”。"))


class DocumentForm(ReplyForm):
    """The same, returned on paper and typed in."""

    party = SelectField(_l("哪一方"), choices=[SelectChoice(key, _l(name)) for key, name in PARTIES.items()])
    received_on = DateField(_l("收到日期"), [Required()])
    document = FileField(
        _l("退回的文件"),
        [FileRequired(message=_l("请选择文件。"))],
        description=_l("PDF、JPG 或 PNG，不超过 10 MB。加密保存，下载会留下记录。"),
        render_kw={"accept": ".pdf,.jpg,.jpeg,.png"},
    )


class AnswerForm(FlaskForm):
    outcome = RadioField(
        _l("是否采纳"), [Required()], choices=[SelectChoice(key, _l(name)) for key, name in OUTCOMES.items()]
    )
    answer = TextAreaField(
        _l("答复"),
        [Required(), at_most(LONGEST_ANSWER)],
        description=_l("提意见的一方下次打开链接时会看到。"),
        render_kw={"rows": 3},
    )


class TakeUpForm(FlaskForm):
    version = SelectField(_l("写进哪一版"), coerce=int)
