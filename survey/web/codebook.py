"""编码表: to read in each of its versions, and to change by a new one."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from survey.db import db
from survey.models.coding import CodebookVersion
from survey.services import codebooks
from survey.verbatim.codebook import ACTIONS, ANY, KINDS, Theme, by_key
from survey.web.access import actor
from survey.web.clock import now
from survey.web.forms import CheckboxesField, Required, at_most, kept

blueprint = Blueprint("codebook", __name__, url_prefix="/codebook")


class ThemeForm(FlaskForm):
    """One theme; `seen` is the version that it was read in."""

    seen = IntegerField(_l("版本"), [Optional()])
    name_zh = StringField(_l("中文名"), [Required(), at_most(20)], render_kw={"lang": "zh"})
    name_en = StringField(_l("英文名"), [Required(), at_most(60)], render_kw={"lang": "en"})
    definition = TextAreaField(_l("定义"), [Required(), at_most(300)], render_kw={"lang": "zh", "rows": 2})
    includes = TextAreaField(_l("包括"), [at_most(300)], render_kw={"lang": "zh", "rows": 2})
    excludes = TextAreaField(_l("不包括"), [at_most(300)], render_kw={"lang": "zh", "rows": 2})
    examples = TextAreaField(
        _l("例句"), [at_most(600)], description=_l("每行一句。"), render_kw={"lang": "zh", "rows": 3}
    )
    kinds = CheckboxesField(
        _l("可用的类别"), choices=[SelectChoice(kind, _l(name)) for kind, name in KINDS.items()]
    )
    words_praise = TextAreaField(_l("表扬的提示词"), [at_most(1500)], render_kw={"lang": "zh", "rows": 2})
    words_complaint = TextAreaField(_l("批评的提示词"), [at_most(1500)], render_kw={"lang": "zh", "rows": 2})
    words_request = TextAreaField(_l("诉求的提示词"), [at_most(1500)], render_kw={"lang": "zh", "rows": 2})
    words_suggestion = TextAreaField(_l("建议的提示词"), [at_most(1500)], render_kw={"lang": "zh", "rows": 2})
    words_any = TextAreaField(
        _l("只点明话题的词"),
        [at_most(1500)],
        description=_l(
            "提示词用顿号隔开，普通话、粤语各写一种即可；一条里用空格隔开的几个词，要先后出现在同一句里。"
        ),
        render_kw={"lang": "zh", "rows": 2},
    )
    action = SelectField(
        _l("有批评或诉求时要跟进"),
        choices=[
            SelectChoice("", _l("不用跟进")),
            *(SelectChoice(key, _l(name)) for key, name in ACTIONS.items()),
        ],
    )
    retired = BooleanField(_l("停用：不再用来编码，已有的编码不变"))
    note = StringField(_l("改了什么、为什么"), [Required(), at_most(codebooks.NOTE_LENGTH)])

    def theme(self, key: str) -> Theme:
        """What stands in the form."""
        phrases = {kind: split(self[f"words_{kind}"].data, "、") for kind in (*KINDS, ANY)}
        return Theme(
            key=key, name={"zh": said(self.name_zh), "en": said(self.name_en)},
            definition=said(self.definition), kinds=tuple(kind for kind in KINDS if kind in (self.kinds.data or ())),
            includes=said(self.includes), excludes=said(self.excludes),
            examples=split(self.examples.data, "\n"),
            keywords={kind: found for kind, found in phrases.items() if found},
            action=self.action.data or None, retired=self.retired.data,
        )  # fmt: skip


class NewThemeForm(ThemeForm):
    key = StringField(
        _l("代码"),
        [Required(), at_most(40)],
        description=_l("大写英文字母、数字和下划线，如 HOME_VISIT；定下后不能改，也不能再给别的主题用。"),
    )


def said(field: Field) -> str:
    """Without blanks around it; "" where a form was sent without the field."""
    return (field.data or "").strip()


def split(text: str | None, mark: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(mark) if part.strip())


def shown(theme: Theme) -> dict[str, object]:
    """A theme as its form shows it."""
    return {
        "name_zh": theme.name["zh"], "name_en": theme.name["en"], "definition": theme.definition,
        "includes": theme.includes, "excludes": theme.excludes, "examples": "\n".join(theme.examples),
        "kinds": list(theme.kinds), "action": theme.action or "", "retired": theme.retired,
        **{f"words_{kind}": "、".join(theme.keywords.get(kind, ())) for kind in (*KINDS, ANY)},
    }  # fmt: skip


@blueprint.get("/")
def page() -> ResponseReturnValue:
    """The version in force, or ?version=N."""
    kept_versions = codebooks.versions(db.session())
    wanted = request.args.get("version", type=int)
    version = next((one for one in kept_versions if one.version == wanted), None)
    if wanted is not None and version is None:
        abort(404)
    themes = codebooks.themes_of(version) if version else codebooks.themes_in_force(db.session())
    return render_template(
        "codebook/page.html", themes=themes, versions=kept_versions, chosen=version, newest=seen_now(),
        kinds=KINDS, actions=ACTIONS, ANY=ANY, spoken=get_locale().language,
    )  # fmt: skip


def seen_now() -> int:
    newest = codebooks.newest(db.session())
    return newest.version if newest else 1


@blueprint.route("/new", methods=["GET", "POST"])
def new_theme() -> ResponseReturnValue:
    form = NewThemeForm(seen=seen_now())
    if form.validate_on_submit():
        with kept(form):
            return save(form, said(form.key), codebooks.add_theme)
    return render_template("codebook/theme.html", form=form, theme=None), 422 if form.is_submitted() else 200


@blueprint.route("/<key>", methods=["GET", "POST"])
def edit_theme(key: str) -> ResponseReturnValue:
    theme = by_key(codebooks.themes_in_force(db.session())).get(key) or abort(404)
    form = ThemeForm(data={**shown(theme), "seen": seen_now()})
    if form.validate_on_submit():
        with kept(form):
            return save(form, key, codebooks.change_theme)
    return render_template("codebook/theme.html", form=form, theme=theme), 422 if form.is_submitted() else 200


def save(form: ThemeForm, key: str, do: Callable[..., CodebookVersion]) -> ResponseReturnValue:
    """A new version by `do`: with the theme added, or changed."""
    made = do(db.session(), actor(), now(), form.theme(key), form.note.data, seen=form.seen.data or 0)
    db.session.commit()
    flash(_("编码表现为第 %(version)s 版。", version=made.version), "success")
    return redirect(url_for("codebook.page", _anchor=key))
