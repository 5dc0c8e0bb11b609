"""征求意见, for those who write the report: sending a version, what came back, answers to it, and what was taken up."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from survey.db import db
from survey.errors import N_, Invalid
from survey.fieldwork.rules import local
from survey.models.report import ReportVersion
from survey.models.report_link import ReportComment
from survey.models.season import Round
from survey.services import report_comments, report_links, report_standing, reporting
from survey.services.report_comments import ARRIVALS, KINDS, OUTCOMES
from survey.services.report_links import PARTIES, Sent, last_day_of
from survey.services.report_places import place_name, places_of
from survey.services.report_standing import NEEDS_ACTION, STATES, Standing, state_of
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.forms import kept
from survey.web.keys import vault
from survey.web.report_link_forms import AnswerForm, DocumentForm, ExtendForm, SendForm, TakeUpForm
from survey.web.verification import only_in_the_office

blueprint = Blueprint("report_links", __name__, url_prefix="/rounds/<int:round_id>/report/links")


@blueprint.get("")
def page(round_id: int) -> ResponseReturnValue:
    return show(find_round(round_id), number=request.args.get("about", type=int))


def show(
    round_: Round, form: FlaskForm | None = None, at: int = 0, number: int | None = None
) -> ResponseReturnValue:
    """The page; `form` is one that was refused, of the comment with the id `at`; `number`: the version that a returned
    document is about."""
    stands = report_standing.standing(db.session(), round_, now())
    about = next((one for one in stands.versions if one.number == number), stands.newest)
    shown = render_template(
        "report_links/page.html", round=round_, stands=stands, about=about, places=places_of(about) if about else [],
        sending=sending_form(form), extending=extending_form(stands, form), recording=recording_form(about, form), last_day_of=last_day_of, names=Names,
        answering=lambda id_: answer_form(form, at, id_), place_name=place_name, needs_action=NEEDS_ACTION,
        taking_up=lambda one: take_up_form(stands, one), state_of=lambda link: state_of(link, now()),
        is_live=lambda link: report_links.answerable(link, now()),
    )  # fmt: skip
    return shown, 422 if form is not None else 200


class Names:
    """What keys are called, for the template."""

    parties, states, kinds, outcomes, arrivals = PARTIES, STATES, KINDS, OUTCOMES, ARRIVALS


def sending_form(form: FlaskForm | None) -> SendForm:
    if isinstance(form, SendForm):
        return form
    empty = SendForm(formdata=None, prefix="send-")
    empty.suggest(local(now()).date())
    return empty


def extending_form(stands: Standing, form: FlaskForm | None) -> ExtendForm | None:
    """None where nobody may be given more time."""
    if isinstance(form, ExtendForm) or not stands.extendable:
        return form if isinstance(form, ExtendForm) else None
    return ExtendForm.among([one.key for one in stands.extendable], formdata=None, prefix="more-")


def recording_form(about: ReportVersion | None, form: FlaskForm | None) -> DocumentForm | None:
    """None while there is nothing to comment on."""
    if isinstance(form, DocumentForm) or about is None:
        return form if isinstance(form, DocumentForm) else None
    empty = DocumentForm.about(about, formdata=None, prefix="paper-")
    empty.received_on.data = local(now()).date()
    return empty


def answer_form(form: FlaskForm | None, at: int, id_: int) -> AnswerForm:
    """The form of one comment: the one that was refused, else an empty one whose fields have ids of their own."""
    if isinstance(form, AnswerForm) and at == id_:
        return form
    return AnswerForm(formdata=None, prefix=f"c{id_}-")


def take_up_form(stands: Standing, comment: ReportComment) -> TakeUpForm:
    form = TakeUpForm(prefix=f"t{comment.id}-")
    later = reversed(stands.later_than(comment.reply.version))
    form.version.choices = [(one.id, _("第 %(number)s 版", number=one.number)) for one in later]
    return form


def back(round_id: int, anchor: str = "") -> ResponseReturnValue:
    return redirect(url_for("report_links.page", round_id=round_id, _anchor=anchor or None))


# -- sending -------------------------------------------------------------------------------------------------------


@blueprint.post("")
def send(round_id: int) -> ResponseReturnValue:
    """Make a link; its address and code are shown in this answer and never again."""
    round_, form = find_round(round_id), SendForm(prefix="send-")
    if not form.validate_on_submit():
        return show(round_, form)
    with kept(form):
        sent = report_links.send(
            db.session(), vault(), actor(), now(), round_, party=form.party.data,
            recipient=form.recipient.data or "", last_day=form.last_day.data,
        )  # fmt: skip
        db.session.commit()
    return show(find_round(round_id), form) if form.form_errors else show_once(round_, sent)


def show_once(round_: Round, sent: Sent) -> str:
    address = address_of(sent.secret)
    return render_template(
        "report_links/made.html", round=round_, sent=sent, address=address, last_day=last_day_of(sent.link),
        parties=PARTIES, inside=only_in_the_office(urlsplit(address).hostname or ""),
    )  # fmt: skip


def address_of(secret: str) -> str:
    """As the party opens it."""
    public = str(current_app.config["PUBLIC_ADDRESS"]).rstrip("/")
    if public:
        return public + url_for("reading.gate", secret=secret)
    return url_for("reading.gate", secret=secret, _external=True)


@blueprint.post("/extend")
def extend(round_id: int) -> ResponseReturnValue:
    """Give a party more time: the address and code that it has stay good."""
    round_ = find_round(round_id)
    form = ExtendForm(prefix="more-")
    if form.validate_on_submit():
        with kept(form):
            link = report_links.extend(
                db.session(), actor(), now(), round_, form.party.data, form.last_day.data
            )
            db.session.commit()
    if form.errors or form.form_errors:
        return show(find_round(round_id), form)
    party, day = _(PARTIES[link.party]), last_day_of(link).isoformat()
    flash(_("%(party)s的答复期限延到 %(day)s，先前的链接和验证码照旧有效。", party=party, day=day), "success")
    return back(round_id)


@blueprint.post("/<int:link_id>/end")
def end(round_id: int, link_id: int) -> ResponseReturnValue:
    link = report_links.find(db.session(), find_round(round_id), link_id)
    report_links.end(db.session(), actor(), now(), link)
    db.session.commit()
    flash(_("链接已结束，不再打开任何内容。"), "success")
    return back(round_id)


# -- what came back ------------------------------------------------------------------------------------------------


@blueprint.post("/documents/<int:number>")
def record(round_id: int, number: int) -> ResponseReturnValue:
    """A document that a party returned about the version with this number."""
    round_ = find_round(round_id)
    version = reporting.version(db.session(), round_, number)
    form = DocumentForm.about(version, prefix="paper-")
    if form.validate_on_submit() and keep_document(version, form):
        flash(_("已登记，文件已加密保存。"), "success")
        return back(round_id, "comments")
    return show(find_round(round_id), form, number=number)


def keep_document(version: ReportVersion, form: DocumentForm) -> bool:
    file = form.document.data
    with kept(form):
        report_comments.record_document(
            db.session(), vault(), actor(), now(), version, party=form.party.data, signed_by=form.signed_by.data,
            points=form.written(places_of(version)), received_on=form.received_on.data, name=file.filename or "",
            data=file.read(),
        )  # fmt: skip
        db.session.commit()
    return not form.form_errors


@blueprint.get("/replies/<int:reply_id>/document")
def document(round_id: int, reply_id: int) -> ResponseReturnValue:
    """Download; it may show names and signatures, so that it was opened is in the trail."""
    found = report_comments.open_document(
        db.session(), vault(), actor(), now(), find_round(round_id), reply_id
    )
    db.session.commit()
    return send_file(io.BytesIO(found.content), found.mimetype, as_attachment=True, download_name=found.name)


@blueprint.post("/comments/<int:comment_id>/words")
def words(round_id: int, comment_id: int) -> ResponseReturnValue:
    """The comment as it came; each reading is in the trail."""
    round_ = find_round(round_id)
    comment = report_comments.find(db.session(), round_, comment_id)
    text = report_comments.raw_words(db.session(), vault(), actor(), now(), comment)
    db.session.commit()
    return render_template(
        "report_links/words.html",
        round=round_,
        comment=comment,
        text=text,
        place_name=place_name,
        names=Names,
    )


# -- answering -----------------------------------------------------------------------------------------------------


@blueprint.post("/comments/<int:comment_id>/answer")
def answer(round_id: int, comment_id: int) -> ResponseReturnValue:
    comment = report_comments.find(db.session(), find_round(round_id), comment_id)
    form = AnswerForm(prefix=f"c{comment_id}-")
    if form.validate_on_submit():
        with kept(form):
            report_comments.answer(db.session(), actor(), now(), comment, form.outcome.data, form.answer.data)
            db.session.commit()
    if form.errors or form.form_errors:
        return show(find_round(round_id), form, comment_id)
    flash(_("已记下答复。"), "success")
    return back(round_id, f"comment-{comment_id}")


@blueprint.post("/comments/<int:comment_id>/taken-up")
def take_up(round_id: int, comment_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    comment = report_comments.find(db.session(), round_, comment_id)
    stands = report_standing.standing(db.session(), round_, now())
    form = take_up_form(stands, comment)
    chosen = next((one for one in stands.versions if one.id == form.version.data), None)
    if not form.validate_on_submit() or chosen is None:
        raise Invalid("version-unknown", N_("没有选择版本。请刷新页面再选。"))
    report_comments.take_up(db.session(), actor(), now(), comment, chosen)
    db.session.commit()
    flash(_("已记下：这条意见写进了第 %(n)s 版。", n=chosen.number), "success")
    return back(round_id, f"comment-{comment_id}")
