"""Forms of the emergencies."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import Optional

from survey.services.incident_records import ABOUT_STAFF, LONGEST_TEXT, TOLD, Entry
from survey.services.incidents import DANGERS
from survey.web.forms import CheckboxesField, Required, at_most


class RecordForm(FlaskForm):
    dangers = CheckboxesField(
        _l("危险的种类"), choices=[SelectChoice(key, _l(name)) for key, name in DANGERS.items()]
    )
    text = TextAreaField(
        _l("经过"),
        [Optional(), at_most(LONGEST_TEXT)],
        description=_l("对方说了什么，做了什么，打了哪些电话，几点几分。只能补写，不能改。"),
        render_kw={"rows": 5},
    )

    def entry(self, uid: str) -> Entry:
        return Entry(uid, (self.text.data or "").strip(), tuple(self.dangers.data or ()))


class CloseForm(FlaskForm):
    text = TextAreaField(
        _l("决定和结果"), [Required(), at_most(LONGEST_TEXT)], render_kw={"rows": 3},
        description=_l("谁在何时做了什么，对方现在怎样，还要跟进什么。"),
    )  # fmt: skip
    about_staff = RadioField(
        _l("对方说的事"),
        [Required()],
        choices=[SelectChoice(key, _l(name)) for key, name in ABOUT_STAFF.items()],
        description=_l(
            "只有与社工站工作人员无关时，才可以告知社工站；涉及或还不清楚时不告知社工站，改为告知民政局。"
        ),
    )
    told = CheckboxesField(
        _l("告知了谁"), [Required()], choices=[SelectChoice(key, _l(name)) for key, name in TOLD.items()]
    )

    def entry(self, uid: str) -> Entry:
        return Entry(uid, self.text.data.strip(), (), tuple(self.told.data), self.about_staff.data)
