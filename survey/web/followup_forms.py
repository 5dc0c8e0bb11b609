"""Forms of following up."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import DateField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import Optional

from survey.fieldwork.followup import DAYS, KINDS, MOST_DAYS, ORGANISATIONS, OUTCOMES, WAIT
from survey.models.followup import ActionItem
from survey.services import recommendations
from survey.services.followup import LONGEST_TEXT
from survey.services.followup_log import LONGEST_NOTE, Proof
from survey.web.calling_forms import NumberFrom
from survey.web.forms import Required, at_most, choices_of

WITHOUT_NAMES = _l("单位会看到：不写姓名、电话、住址，也不写能认出人的细节。")


def note_field(label: str, description: str = "", *, optional: bool = False) -> TextAreaField:
    needed: list[Any] = [Optional()] if optional else [Required()]
    return TextAreaField(
        label, [*needed, at_most(LONGEST_NOTE)], description=description, render_kw={"rows": 2}
    )


class TextForm(FlaskForm):
    """What the owner will read of an item."""

    text = TextAreaField(
        _l("交给单位的内容"),
        [Required(), at_most(LONGEST_TEXT)],
        description=_l("用自己的话写要办的事，不照抄原话；不写姓名、电话、住址、病名，也不写少见的细节。"),
        render_kw={"rows": 3},
    )
    kind = SelectField(_l("类别"), choices=[(key, _l(kind.name)) for key, kind in KINDS.items()])
    owner = SelectField(_l("交给谁"), description=_l("只列住户同意的单位。"))


def text_form(item: ActionItem, paraphrase: str, **arguments: Any) -> TextForm:
    """Starts from what is written already, else from the paraphrase that the coder wrote."""
    form = TextForm(
        data={"text": item.text or paraphrase, "kind": item.kind, "owner": item.owner}, **arguments
    )
    form.owner.choices = [(key, _l(ORGANISATIONS[key])) for key in item.receivers.split()]
    return form


class ReplyForm(FlaskForm):
    text = note_field(_l("办理情况"), _l("做了什么、哪天做的；没办成的写明原因。加密保存。"))
    proof = FileField(
        _l("证明"),
        description=_l("可以不传。PDF、JPG 或 PNG，不超过 10 MB，加密保存；请遮去与这件事无关的人。"),
        render_kw={"accept": ".pdf,.jpg,.jpeg,.png"},
    )

    def proof_given(self) -> Proof | None:
        file = self.proof.data
        if not isinstance(file, FileStorage) or not file.filename:
            return None
        return Proof(file.filename, file.read())


class ExtendForm(FlaskForm):
    until = DateField(_l("延长到"), [Required()])
    note = note_field(_l("延长的原因"), WITHOUT_NAMES)


class ReturnForm(FlaskForm):
    note = note_field(_l("退回再办的理由"), WITHOUT_NAMES)


class CloseForm(FlaskForm):
    note = note_field(_l("了结的理由"), _l("单位看不到。"))


class CalledForm(FlaskForm):
    outcome = RadioField(_l("住户说"), choices=choices_of(OUTCOMES))
    note = note_field(_l("备注"), _l("单位看不到；加密保存。"), optional=True)


class MoveForm(FlaskForm):
    to = SelectField(_l("移交给哪一轮的承办机构"), coerce=int)
    note = note_field(_l("移交说明"), WITHOUT_NAMES)


class FollowupDaysForm(FlaskForm):
    """Working days of each kind, and how long anonymous items wait for others."""

    def days(self) -> dict[str, Any]:
        return {key: self[key].data for key in DAYS}


def _add_fields() -> None:
    for key, days in DAYS.items():
        name = _l("不记名的等凑满一批") if key == WAIT else _l(KINDS[key].name)
        field = IntegerField(
            name, [NumberFrom(1, MOST_DAYS)], description=_l("默认 %(days)s 个工作日", days=days)
        )
        setattr(FollowupDaysForm, key, field)


_add_fields()


class RecommendationForm(FlaskForm):
    text = TextAreaField(
        _l("建议的内容"),
        [Required(), at_most(LONGEST_TEXT)],
        description=_l("写可以检查是否做到的事，不写人名。"),
        render_kw={"rows": 2},
    )
    owner = SelectField(_l("对谁"), choices=[(key, _l(name)) for key, name in recommendations.OWNERS.items()])
    due_on = DateField(_l("希望何时做到"), [Optional()])


class OutcomeForm(FlaskForm):
    outcome = RadioField(_l("结果"), choices=choices_of(recommendations.OUTCOMES))
    finding = note_field(_l("凭什么知道"))
