"""The board of a round in the field, and the releases: how many more households, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from survey.db import db
from survey.errors import N_, Invalid, Message, SurveyError
from survey.models.accounts import User
from survey.models.season import Round
from survey.sampling.strata import EVERYBODY
from survey.services import board, designs, releases
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.draw_forms import ReleaseForm

blueprint = Blueprint("releases", __name__, url_prefix="/rounds/<int:round_id>/releases")


@blueprint.get("/")
def page(round_id: int) -> ResponseReturnValue:
    return show_page(find_round(round_id))


def show_page(
    round_: Round,
    form: ReleaseForm | None = None,
    typed: Mapping[int, str] | None = None,
    problem: Message | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    session, at = db.session(), now()
    design = designs.design_of(session, round_)
    if design is None or design.drawn_at is None:
        return render_template("releases/not_drawn.html", round=round_)
    stands, proposal = board.standing(session, round_), releases.propose(session, round_, at)
    made = releases.releases_of(session, round_)
    proposed = {number: str(proposal.counts[stand.name]) for number, stand in enumerate(stands)}
    whole_frame = [stand.name for stand in stands] == [EVERYBODY]
    return render_template(
        "releases/page.html", round=round_, design=design, stands=stands, proposal=proposal, at=at,
        zones=board.standing_by_zone(session, round_) if whole_frame else [],
        form=form or ReleaseForm(
            formdata=None, data={"reason": _("第一批") if proposal.first else "", "after": len(made)}
        ),
        counts=typed or proposed, problem=problem, order=[stand.name for stand in stands], releases=made,
        people={user.id: user.display_name for user in session.scalars(select(User))},
        queue_note=board.queue_note(session, round_, at), working=board.at_work(session, round_, at),
    ), status  # fmt: skip


@blueprint.post("/")
def release(round_id: int) -> ResponseReturnValue:
    """The numbers come as count-0, count-1, … in the order of the strata on the page."""
    round_, form = find_round(round_id), ReleaseForm()
    names = [stand.name for stand in board.standing(db.session(), round_)]
    typed = {number: request.form.get(f"count-{number}", "").strip() for number in range(len(names))}
    try:
        if not form.validate_on_submit():
            return show_page(round_, form, typed, status=422)
        made = releases.release(
            db.session(),
            actor(),
            now(),
            round_,
            read_counts(names, typed),
            form.reason.data,
            after=form.after.data,
        )
    except SurveyError as error:
        db.session.rollback()
        return show_page(find_round(round_id), form, typed, error.message, error.status)
    db.session.commit()
    flash(_("第 %(number)s 批已发放 %(n)s 户。", number=made.number, n=sum(made.counts.values())), "success")
    return redirect(url_for("releases.page", round_id=round_id))


def read_counts(names: Sequence[str], typed: Mapping[int, str]) -> dict[str, int]:
    """Stratum → 户 as typed; an empty field is none."""
    counts = {}
    for number, name in enumerate(names):
        text = typed[number] or "0"
        if not text.isdecimal() or len(text) > 7:
            raise Invalid(
                "count-unreadable",
                N_("“%(stratum)s”的户数“%(value)s”不是整数。请填 0 或正整数。"),
                stratum=name,
                value=text[:20],
            )
        counts[name] = int(text)
    return counts
