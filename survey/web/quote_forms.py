"""Forms of quotes: what to quote, whether it may leave, and why somebody reads raw words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import Optional

from survey.services.quotable import Source
from survey.services.quotes import DECISIONS, FORMS, LONGEST_REASON, LONGEST_TEXT, PREVALENCES, Draft
from survey.services.raw_words import LONGEST_REASON as LONGEST_RAW_REASON
from survey.verbatim.codebook import KINDS, Theme
from survey.web.forms import Required, at_most, choices_of


class ProposalForm(FlaskForm):
    """`propose_form` adds the themes that the words were coded to."""

    form = RadioField(_l("引用方式"), [Required()], choices=choices_of(FORMS), default="original")
    text = TextAreaField(
        _l("引用的文字"),
        [Optional()],
        description=_l(
            "引用整条原话时不用填。摘录要与原话逐字相同；改写用自己的话，最多 %(most)s 个字。",
            most=LONGEST_TEXT,
        ),
        render_kw={"rows": 3, "lang": "zh"},
    )
    prevalence = RadioField(
        _l("典型还是少见"),
        [Required()],
        choices=choices_of(PREVALENCES),
        default="rare",
        description=_l("典型：好几户都这样说。少见：只有个别人这样说。"),
    )

    def draft(self) -> Draft:
        chosen = self["code"].data.split(" ") if "code" in self else []
        code = (chosen[0], chosen[1]) if len(chosen) == 2 else None
        return Draft(self.form.data, self.text.data or "", code, self.prevalence.data)


def proposal_form(source: Source, themes: Mapping[str, Theme], language: str) -> ProposalForm:
    """The form for these words, filled with what the coder has excerpted or paraphrased."""
    fields: dict[str, Any] = {}
    if source.codes:
        choices = [
            SelectChoice(f"{kind} {theme}", f"{_(KINDS[kind])} · {name_of(themes, theme, language)}")
            for kind, theme in source.codes
        ]
        fields["code"] = RadioField(_l("主题"), [Required()], choices=choices, default=choices[0].value)
    kind_of_form: type[ProposalForm] = type("ProposalFormOfWords", (ProposalForm,), fields)
    return kind_of_form(data=_coded(source))


def _coded(source: Source) -> dict[str, str]:
    if source.coding is None or not (source.coding.paraphrase or source.coding.excerpt):
        return {}
    if source.coding.paraphrase:
        return {"form": "paraphrase", "text": source.coding.paraphrase}
    return {"form": "excerpt", "text": source.coding.excerpt}


def name_of(themes: Mapping[str, Theme], key: str, language: str) -> str:
    return themes[key].name_in(language) if key in themes else key


class DecisionForm(FlaskForm):
    decision = RadioField(_l("再看以后"), [Required()], choices=choices_of(DECISIONS))
    reason = StringField(
        _l("理由"),
        [at_most(LONGEST_REASON)],
        description=_l("有提醒而仍可引用的，写为什么认不出人；不能引用的，写为什么。"),
    )


class RawForm(FlaskForm):
    reason = StringField(
        _l("为什么要看"),
        [Required(), at_most(LONGEST_RAW_REASON)],
        description=_l("写用途，不写姓名和电话；与您的名字一起留痕，不能删除。"),
    )
