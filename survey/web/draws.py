"""Design and draw: one page that shows what is next, its steps in order, and what the public can check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from survey.db import db
from survey.errors import N_, Conflict, Message, SurveyError
from survey.models.season import Round
from survey.sampling.certificate import Certificate, from_json
from survey.services import board, canonical, designs, draws, publication, roster_review, trail
from survey.web.access import actor, find_round, may
from survey.web.clock import now
from survey.web.draw_forms import (
    BurdenForm,
    CoordinatedDesignForm,
    GapForm,
    RedrawForm,
    SeedForm,
    SourceForm,
    StepForm,
    showing,
)
from survey.web.draw_page import (
    burden_form,
    due_step,
    earlier_of,
    names_of,
    offer,
    order_of,
    preview_of,
    proposal,
    redraw_form,
    rounds_of,
    step_form,
)
from survey.web.mistakes import wants_json

blueprint = Blueprint("draws", __name__, url_prefix="/rounds/<int:round_id>/draw")


@dataclass(frozen=True, slots=True)
class Submitted:
    """The one form that came back with something to mend, and what was wrong with it as a whole."""

    form: FlaskForm | None = None
    problem: Message | None = None


@blueprint.get("/")
def page(round_id: int) -> ResponseReturnValue:
    return show_page(find_round(round_id))


def show_page(round_: Round, submitted: Submitted | None = None, status: int = 200) -> ResponseReturnValue:
    session, submitted = db.session(), submitted or Submitted()
    frame, design = roster_review.frame_of(session, round_), designs.design_of(session, round_)
    if frame is None or frame.sealed_at is None:
        return render_template("draws/no_frame.html", round=round_, frame=frame)
    strata, rule = designs.strata_of(session, frame), designs.rule_of(session, round_)
    chosen = designs.choice_of(design) if design else proposal(round_, rule, strata)
    typed = submitted.form if isinstance(submitted.form, CoordinatedDesignForm) else None
    found, problem = preview_of(round_, typed, chosen)
    return render_template(
        "draws/page.html", round=round_, frame=frame, design=design, rule=rule, order=order_of(frame), preview=found,
        form=offer(typed or CoordinatedDesignForm(formdata=None, data=showing(chosen)), rule, strata), problem=submitted.problem or problem,
        gap_form=submitted.form if type(submitted.form) is GapForm else GapForm(formdata=None),
        rounds=rounds_of(round_, frame, design, typed, chosen), burden_form=burden_form(round_, frame, design, submitted.form),
        step=due_step(design), step_form=step_form(round_, design, submitted.form),
        names=names_of(frame, design), methods=designs.METHODS, now=now(),
        standing=board.standing(session, round_) if design and design.drawn_at else [],
        earlier=earlier_of(design), redraw_form=redraw_form(round_, design, submitted.form),
    ), status  # fmt: skip


@blueprint.get("/preview", endpoint="preview")
def preview_json(round_id: int) -> ResponseReturnValue:
    """The table and picture of what stands in the form, not saved: {"html"}, or {"errors": {field: […]}}."""
    round_ = find_round(round_id)
    form = CoordinatedDesignForm(request.args, meta={"csrf": False})
    if not form.validate():
        return jsonify(
            errors={name: [str(text) for text in texts] for name, texts in form.errors.items()}
        ), 422
    choice, design = form.choice(), designs.design_of(db.session(), round_)
    found, problem = preview_of(round_, form, choice)
    rounds = rounds_of(round_, designs.sealed_frame(db.session(), round_), design, form, choice)
    html = render_template("draws/_choice.html", round=round_, preview=found, problem=problem, rounds=rounds)
    return jsonify(html=html)


def submit(round_id: int, form: FlaskForm, verb: Callable[[Round], object], done: str) -> ResponseReturnValue:
    """Take one step, or show the page again with what is to mend beside what was typed."""
    if not form.validate_on_submit():
        return show_page(find_round(round_id), Submitted(form), 422)
    try:
        verb(find_round(round_id))
    except SurveyError as error:
        db.session.rollback()
        if wants_json():
            raise
        return show_page(find_round(round_id), Submitted(form, error.message), error.status)
    db.session.commit()
    flash(done, "success")
    return redirect(url_for("draws.page", round_id=round_id, _anchor="steps"))


@blueprint.post("/design")
def save(round_id: int) -> ResponseReturnValue:
    """Save the choice, or (without scripts) only show what it would bring."""
    form = CoordinatedDesignForm()
    if request.form.get("recalculate"):
        form.validate()
        return show_page(find_round(round_id), Submitted(form), 422 if form.errors else 200)

    def keep(round_: Round) -> None:
        designs.save_draft(db.session(), actor(), now(), round_, form.choice())

    return submit(round_id, form, keep, _("设计已保存，锁定之前还可以改。"))


@blueprint.post("/confirm-gap")
def confirm_gap(round_id: int) -> ResponseReturnValue:
    form = GapForm()

    def keep(round_: Round) -> None:
        designs.confirm_gap(db.session(), actor(), now(), round_, form.text())

    return submit(round_id, form, keep, _("已记录委托方的确认。"))


@blueprint.post("/acknowledge-burden")
def acknowledge_burden(round_id: int) -> ResponseReturnValue:
    form = BurdenForm()

    def keep(round_: Round) -> None:
        designs.acknowledge_burden(db.session(), actor(), now(), round_, form.text())

    return submit(round_id, form, keep, _("已记录委托方的知情确认。"))


@blueprint.post("/lock")
def lock(round_id: int) -> ResponseReturnValue:
    def fix(round_: Round) -> None:
        designs.lock(db.session(), actor(), now(), round_)

    return submit(round_id, StepForm(station_of(round_id)), fix, _("设计已锁定。"))


@blueprint.post("/source")
def name_source(round_id: int) -> ResponseReturnValue:
    form = SourceForm(station_of(round_id))

    def publish(round_: Round) -> None:
        at = now()
        draws.name_seed_source(db.session(), actor(), at, round_, form.source.data, form.moment(at))

    return submit(round_id, form, publish, _("随机数来源已公布。"))


@blueprint.post("/take-over-seed")
def take_over_seed(round_id: int) -> ResponseReturnValue:
    def take(round_: Round) -> None:
        draws.take_over_seed(db.session(), actor(), now(), round_)

    return submit(round_id, StepForm(station_of(round_id)), take, _("已沿用首轮公布的随机数。"))


@blueprint.post("/seed")
def enter_seed(round_id: int) -> ResponseReturnValue:
    form = SeedForm(station_of(round_id))

    def enter(round_: Round) -> None:
        draws.enter_seed(db.session(), actor(), now(), round_, form.value.data)

    return submit(round_id, form, enter, _("随机数已录入。"))


@blueprint.post("/run")
def run(round_id: int) -> ResponseReturnValue:
    def take(round_: Round) -> None:
        draws.draw(db.session(), actor(), now(), round_)

    return submit(round_id, StepForm(station_of(round_id)), take, _("抽样完成，证书已生成并自查通过。"))


@blueprint.post("/again")
def start_again(round_id: int) -> ResponseReturnValue:
    form = RedrawForm(station_of(round_id))

    def replace_draw(round_: Round) -> None:
        draws.start_again(db.session(), actor(), now(), round_, form.reason.data)

    done = _("可以重新抽样：改好设计，再锁定、公布新的随机数来源。先前的抽样和理由会写进新证书。")
    return submit(round_id, form, replace_draw, done)


def station_of(round_id: int) -> str:
    return find_round(round_id).station.name


def find_certificate(round_: Round) -> tuple[str, Certificate]:
    design = designs.design_of(db.session(), round_)
    if design is None or design.certificate is None:
        raise Conflict("not-drawn", N_("本轮还没有抽样，没有证书。"))
    return design.certificate, from_json(design.certificate)


def to_the_public_page(round_: Round, digest: str | None) -> ResponseReturnValue | None:
    """Who was drawn is for those who run the draw, until fieldwork is over; the others find the digests there."""
    if may("draw.run", round_) or publication.published_at(db.session(), round_.id):
        return None
    flash(_("抽中的户和层的大小在本轮结束访问后公布；在那之前这里只有证书和抽样框的哈希。"), "info")
    return redirect(url_for("check.page", digest=digest or abort(404)))


@blueprint.get("/certificate.json")
def certificate(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    text, read = find_certificate(round_)
    if (elsewhere := to_the_public_page(round_, read.certificate_sha256)) is not None:
        return elsewhere
    return download(
        text.encode(), _("抽样证书-%(station)s.json", station=round_.station.name), "application/json"
    )


@blueprint.get("/earlier/<int:design_id>.json")
def earlier_certificate(round_id: int, design_id: int) -> ResponseReturnValue:
    """The certificate of a draw that was replaced."""
    round_ = find_round(round_id)
    replaced = {one.id: one for one, _stated in earlier_of(designs.design_of(db.session(), round_))}
    if design_id not in replaced:
        abort(404)
    if (elsewhere := to_the_public_page(round_, replaced[design_id].certificate_digest)) is not None:
        return elsewhere
    name = _("抽样证书-%(station)s-已被替换-%(n)s.json", station=round_.station.name, n=design_id)
    return download((replaced[design_id].certificate or "").encode(), name, "application/json")


@blueprint.get("/certificate")
def certificate_page(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    _text, read = find_certificate(round_)
    if (elsewhere := to_the_public_page(round_, read.certificate_sha256)) is not None:
        return elsewhere
    return render_template(
        "draws/certificate.html", round=round_, certificate=read, methods=designs.METHODS,
        order=order_of(designs.sealed_frame(db.session(), round_)),
        allocation=",".join(f"{stratum}={n}" for stratum, n in read.design.allocation.items()),
    )  # fmt: skip


@blueprint.get("/commitments.csv")
def commitments_file(round_id: int) -> ResponseReturnValue:
    """The sealed identities, one commitment a household: tells nothing until one is opened with its salt."""
    round_ = find_round(round_id)
    frame = designs.sealed_frame(db.session(), round_)
    data = canonical.commitment_list(db.session(), frame)
    return download(data, _("身份承诺清单-%(station)s.csv", station=round_.station.name), "text/csv")


@blueprint.post("/frame.csv")
def frame_file(round_id: int) -> ResponseReturnValue:
    """The canonical frame. It becomes public after fieldwork; until then every download is in the trail."""
    round_ = find_round(round_id)
    frame = designs.sealed_frame(db.session(), round_)
    data = canonical.check_unchanged(db.session(), frame)
    trail.record(
        db.session(), actor(), "frame.downloaded", now(), subject=f"frame:{frame.id}", round_id=round_.id
    )
    db.session.commit()
    return download(data, _("抽样框-%(station)s.csv", station=round_.station.name), "text/csv")


def download(data: bytes, name: str, kind: str) -> ResponseReturnValue:
    return send_file(BytesIO(data), mimetype=kind, as_attachment=True, download_name=name)
