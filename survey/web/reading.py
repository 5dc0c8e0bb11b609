"""For a party that was sent a report version: a page that asks for the code, the text opened once, and the answer to it.

The address alone shows nothing, so that programs which look at links in mail use nothing up and learn nothing. The right
code opens the text in that browser alone: a cookie of its own, which knows no login, shows it again after a reload until
the reading time or the deadline is over, or until somebody closes it there. The link itself never opens again. Every
refusal is the same page with the same status. The answer is sent by a key in the form, so that what took days to write
outlives the cookie; that key shows nothing.
"""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.errors import Conflict, SurveyError
from survey.models.report import ReportVersion
from survey.models.report_link import ReportLink, ReportReply
from survey.models.season import Round
from survey.reports.paste_text import paste_text
from survey.services import report_comments, report_links, report_standing, reporting
from survey.services.report_comments import KINDS
from survey.services.report_links import PARTIES, READING_TIME, last_day_of
from survey.services.report_places import Place, place_name, places_of
from survey.services.reporting import Text
from survey.web.clock import now
from survey.web.draws import download
from survey.web.keys import vault
from survey.web.language import LANGUAGES
from survey.web.report_link_forms import ReplyForm

blueprint = Blueprint("reading", __name__, url_prefix="/reading")

COOKIE = "huifang_reading"
#: nothing was opened, whatever the reason
CLOSED = 404


@blueprint.before_request
def choose_language() -> None:
    """By the address, because these pages tell no other page where they are."""
    if (language := request.args.get("language")) in LANGUAGES:
        session["language"] = language


@blueprint.after_request
def leave_no_trace(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store"
    return response


# -- the link ------------------------------------------------------------------------------------------------------


@blueprint.get("/<secret>")
def gate(secret: str) -> ResponseReturnValue:
    """The same for every address: nothing is looked up."""
    return render_template(
        "report_links/gate.html", refused=False, here=url_for("reading.gate", secret=secret)
    )


@blueprint.post("/<secret>")
def open_(secret: str) -> ResponseReturnValue:
    key = report_links.open_once(db.session(), vault(), now(), secret, request.form.get("code", ""))
    db.session.commit()  # also the wrong code that was counted
    if key is None:
        here = url_for("reading.gate", secret=secret)
        return render_template("report_links/gate.html", refused=True, here=here), CLOSED
    response = make_response(redirect(url_for("reading.page"), 303))
    response.set_cookie(
        COOKIE, key, path=url_for("reading.page"), httponly=True, samesite="Strict",
        secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip
    return response


# -- the text, in the browser that opened it -----------------------------------------------------------------------


def find_open() -> ReportLink | None:
    return report_links.reading(db.session(), now(), request.cookies.get(COOKIE, ""))


def closed() -> ResponseReturnValue:
    return render_template("report_links/closed.html"), CLOSED


@blueprint.get("/now/")
def page() -> ResponseReturnValue:
    link = find_open()
    return show(link, reply_form(link, formdata=None)) if link is not None else closed()


def reply_form(link: ReportLink, **values: object) -> ReplyForm:
    """Protected by its own key, which outlives any session."""
    return ReplyForm.about(link.version, meta={"csrf": False}, **values)


def show(link: ReportLink, form: ReplyForm, status: int = 200) -> ResponseReturnValue:
    version, before = link.version, report_standing.seen_before(db.session(), link)
    return render_template(
        "report_links/reading.html", here=url_for("reading.page"), link=link, version=version, form=form,
        version_round=round_of(version), places=places_of(version), place_name=place_name, KINDS=KINDS,
        key=report_links.reply_key(vault(), link), last_day=last_day_of(link), parties=PARTIES, before=before,
        outcomes=report_comments.OUTCOMES, hours=int(READING_TIME.total_seconds() // 3600),
        changes=reporting.changes(Text.of(before), Text.of(version)) if before else [],
        earlier=report_comments.answered_to(db.session(), link),
    ), status  # fmt: skip


def round_of(version: ReportVersion) -> Round:
    return db.session().get_one(Round, version.round_id)


@blueprint.get("/now/text")
def text() -> ResponseReturnValue:
    """The same text to keep."""
    link = find_open()
    if link is None:
        return closed()
    content = render_template(
        "report_links/text.txt", version=link.version, version_round=round_of(link.version),
        last_day=last_day_of(link), text=paste_text(Text.of(link.version)),
    )  # fmt: skip
    return download(
        content.encode("utf-8-sig"), _("报告第 %(n)s 版.txt", n=link.version.number), "text/plain"
    )


@blueprint.post("/now/close")
def close() -> ResponseReturnValue:
    report_links.close_reading(db.session(), request.cookies.get(COOKIE, ""))
    db.session.commit()
    response = make_response(render_template("report_links/closed.html"))
    response.delete_cookie(COOKIE, path=url_for("reading.page"))
    return response


# -- the answer ----------------------------------------------------------------------------------------------------


@blueprint.post("/now/reply")
def reply() -> ResponseReturnValue:
    """Also from a window whose reading time is over; what was typed is shown again whenever it is refused."""
    try:
        link = report_links.by_reply_key(db.session(), vault(), now(), request.form.get("key", ""))
    except Conflict as error:
        db.session.rollback()
        return render_template(
            "report_links/too_late.html", problem=error.message, typed=typed()
        ), error.status
    form = reply_form(link)
    if link.reply is None and not form.validate_on_submit():
        return refused(link, form)
    try:
        points = form.written(places_of(link.version))
        sent = report_comments.receive(db.session(), vault(), now(), link, points, form.signed_by.data)
    except SurveyError as error:
        db.session.rollback()
        form.form_errors.append(error.message.show(_))
        return refused(link, form)
    db.session.commit()
    return receipt(sent)


def refused(link: ReportLink, form: ReplyForm) -> ResponseReturnValue:
    """The form with all that was typed; the text of the report only where it may still be read."""
    open_here = find_open()
    if open_here is not None and open_here.id == link.id:
        return show(link, form, 422)
    places = [Place(place.key, "") for place in places_of(link.version)]
    return render_template(
        "report_links/again.html", form=form, places=places, place_name=place_name, last_day=last_day_of(link),
        key=report_links.reply_key(vault(), link),
    ), 422  # fmt: skip


def typed() -> list[str]:
    """Every text of the form, in its order."""
    return [value for name, value in request.form.items() if name.endswith("-text") and value.strip()]


def receipt(reply: ReportReply) -> ResponseReturnValue:
    """To print; shown again when the same form is sent again."""
    words = [(one, report_comments.words_of(vault(), one)) for one in reply.comments]
    return render_template(
        "report_links/receipt.html", reply=reply, version_round=round_of(reply.version), words=words,
        place_name=place_name, KINDS=KINDS, parties=PARTIES,
    )  # fmt: skip
