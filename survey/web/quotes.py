"""引语: proposed from masked words, looked at a second time, decided; and raw words, read once with a reason."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup, escape

from survey.db import db
from survey.errors import SurveyError
from survey.models.quote import Quote
from survey.models.season import Round
from survey.reports.names import short_names
from survey.services import quotable, quote_lists, quote_warnings, quotes, raw_words, reidentification
from survey.services.codebooks import themes_in_force
from survey.services.quotable import Source
from survey.services.quotes import Checked
from survey.verbatim.codebook import KINDS, Theme, by_key
from survey.verbatim.found import KIND_NAMES
from survey.verbatim.masking import tokens_in
from survey.verbatim.traits import GROUPS
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.forms import YesForm, kept
from survey.web.keys import vault
from survey.web.quote_forms import DecisionForm, ProposalForm, RawForm, name_of, proposal_form

blueprint = Blueprint("quotes", __name__, url_prefix="/rounds/<int:round_id>/quotes")

PAGE_SIZE = 50


def shade(masked: str) -> Markup:
    """Masked words with each token marked, so that what is hidden is seen at a glance."""
    shown, at = Markup(), 0
    for token in tokens_in(masked):
        shown += escape(masked[at : token.start])
        shown += Markup("<mark>{}</mark>").format(masked[token.start : token.end])
        at = token.end
    return shown + escape(masked[at:])


@blueprint.context_processor
def names() -> dict[str, object]:
    themes = by_key(themes_in_force(db.session()))
    return {
        "shade": shade, "FORMS": quotes.FORMS, "PREVALENCES": quotes.PREVALENCES, "KINDS": KINDS, "GROUPS": GROUPS,
        "WARNINGS": quote_warnings.KINDS, "FACTS": reidentification.FACT_NAMES, "NEEDS": reidentification.NEED_NAMES,
        "MASKED": KIND_NAMES, "theme_name": lambda key: name_of(themes, key, language()),
        "hidden_in": quote_lists.hidden_in,
    }  # fmt: skip


def language() -> str:
    return str(get_locale().language)


@blueprint.get("")
def page(round_id: int) -> ResponseReturnValue:
    return show(find_round(round_id))


def show(round_: Round, form: FlaskForm | None = None, at: int = 0) -> ResponseReturnValue:
    """The page; `form` is one that was refused, of the quote with the id `at`."""
    lists = quote_lists.lists_of(db.session(), round_)

    def deciding(id_: int) -> FlaskForm:
        return form if form is not None and at == id_ else DecisionForm(formdata=None, prefix=f"q{id_}-")

    shown = render_template(
        "quotes/page.html", round=round_, lists=lists, deciding=deciding, yes=YesForm(formdata=None)
    )
    return shown, 422 if form is not None else 200


@blueprint.get("/words")
def words(round_id: int) -> ResponseReturnValue:
    """Words coded to a theme, to choose one to quote."""
    round_ = find_round(round_id)
    themes: tuple[Theme, ...] = themes_in_force(db.session())
    theme, kind = request.args.get("theme", ""), request.args.get("kind", "")
    found, after = quotable.words_of_theme(
        db.session(), round_, theme, kind if kind in KINDS else "", request.args.get("after", ""), PAGE_SIZE
    )
    return render_template(
        "quotes/words.html", round=round_, themes=themes, chosen=theme, kind=kind, found=found, after=after,
        language=language(), name_of=short_names(round_.questionnaire.name, language()),
    )  # fmt: skip


@blueprint.route("/new/<key>", methods=["GET", "POST"])
def propose(round_id: int, key: str) -> ResponseReturnValue:
    """Two buttons: look at what speaks against it, and propose."""
    round_ = find_round(round_id)
    source = find_words(round_, key)
    form = proposal_form(source, by_key(themes_in_force(db.session())), language())
    if form.validate_on_submit() and request.form.get("do") == "propose":
        with kept(form):
            quotes.propose(db.session(), vault(), actor(), now(), round_, source, form.draft())
            db.session.commit()
            flash(_("已提请引用，等另一位再看。"), "success")
            return redirect(url_for("quotes.page", round_id=round_id))
    return show_words(round_, source, form)


def find_words(round_: Round, key: str) -> Source:
    try:
        return quotable.source_of(db.session(), round_, key)
    except SurveyError:
        abort(404)


def show_words(round_: Round, source: Source, form: ProposalForm) -> ResponseReturnValue:
    shown = render_template(
        "quotes/new.html", round=round_, source=source, form=form, checked=looked_at(round_, source, form),
        name_of=short_names(round_.questionnaire.name, language()),
    )  # fmt: skip
    return shown, 422 if form.errors or form.form_errors else 200


def looked_at(round_: Round, source: Source, form: ProposalForm) -> Checked | None:
    """What speaks against the draft as it stands in the form; a fault of the draft goes to the form itself."""
    if form.errors or form.form_errors:
        return None
    with kept(form):
        return quotes.check(db.session(), vault(), round_, source, form.draft())
    return None


def find_quote(round_id: int, quote_id: int) -> Quote:
    quote = db.get_or_404(Quote, quote_id)
    if quote.round_id != round_id:
        abort(404)
    return quote


@blueprint.post("/<int:quote_id>/decision")
def decide(round_id: int, quote_id: int) -> ResponseReturnValue:
    quote, form = find_quote(round_id, quote_id), DecisionForm(prefix=f"q{quote_id}-")
    if form.validate_on_submit():
        with kept(form):
            quotes.decide(db.session(), actor(), now(), quote, form.decision.data, form.reason.data or "")
            db.session.commit()
            flash(_("已决定，并已留痕。"), "success")
            return redirect(url_for("quotes.page", round_id=round_id))
    return show(find_round(round_id), form, quote_id)


@blueprint.post("/<int:quote_id>/taken-back")
def take_back(round_id: int, quote_id: int) -> ResponseReturnValue:
    quote = find_quote(round_id, quote_id)
    try:
        quotes.take_back(db.session(), actor(), now(), quote)
    except SurveyError as error:
        db.session.rollback()
        flash(error.message.show(_), "error")
    else:
        db.session.commit()
        flash(_("已收回，不再引用。"), "success")
    return redirect(url_for("quotes.page", round_id=round_id))


@blueprint.route("/raw/<key>", methods=["GET", "POST"])
def raw(round_id: int, key: str) -> ResponseReturnValue:
    """The words as they were said, shown once as the answer to a deliberate press; the reading is in the trail first."""
    round_, form, said = find_round(round_id), RawForm(), None
    source = find_words(round_, key)
    if form.validate_on_submit():
        with kept(form):
            said = raw_words.read_raw(db.session(), vault(), actor(), now(), round_, source, form.reason.data)
            db.session.commit()
    shown = render_template("quotes/raw.html", round=round_, source=source, form=form, said=said)
    return shown, 422 if form.errors or form.form_errors else 200
