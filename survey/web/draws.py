"""Design and draw: one page that shows what is next, its steps in order, and what the public can check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from survey.db import db
from survey.errors import N_, Conflict, Message, SurveyError
from survey.models.draw import Design
from survey.models.frame import Frame
from survey.models.season import Round
from survey.sampling.certificate import Certificate, EarlierDraw, from_json
from survey.sampling.size import Plan
from survey.sampling.strata import EVERYBODY
from survey.services import board, canonical, certification, designs, draws, roster_review, trail
from survey.services.expectations import Preview, preview
from survey.web.access import actor, find_round
from survey.web.clock import now
from survey.web.draw_forms import (
    DesignForm,
    GapForm,
    RedrawForm,
    SeedForm,
    SourceForm,
    StepForm,
    showing,
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
    chosen = designs.choice_of(design) if design else designs.starting_choice(rule, strata)
    typed = submitted.form if isinstance(submitted.form, DesignForm) else None
    found, problem = preview_of(round_, typed, chosen)
    return render_template(
        "draws/page.html", round=round_, frame=frame, design=design, rule=rule, order=order_of(frame), preview=found,
        form=offer(typed or DesignForm(formdata=None, data=showing(chosen)), rule, strata), problem=submitted.problem or problem,
        gap_form=submitted.form if isinstance(submitted.form, GapForm) else GapForm(formdata=None),
        step=due_step(design), step_form=step_form(round_, design, submitted.form),
        names=names_of(frame, design), methods=designs.METHODS, now=now(),
        standing=board.standing(session, round_) if design and design.drawn_at else [],
        earlier=earlier_of(design), redraw_form=redraw_form(round_, design, submitted.form),
    ), status  # fmt: skip


def preview_of(
    round_: Round, typed: DesignForm | None, chosen: designs.Choice
) -> tuple[Preview | None, Message | None]:
    """The table of what was typed, else of what is saved; or why there is none."""
    if typed is not None and typed.errors:
        return None, None
    try:
        return preview(db.session(), round_, typed.choice() if typed is not None else chosen), None
    except SurveyError as error:
        return None, error.message


def offer(form: DesignForm, rule: Plan, strata: Mapping[str, int]) -> DesignForm:
    """Only the methods that the rule and the strata leave."""
    possible = {"census"} if rule.kind != "sample" else set(designs.METHODS)
    if len(strata) < 2:
        possible.discard("proportional")
    form.method.choices = [choice for choice in form.method.choices if choice.value in possible]
    return form


def order_of(frame: Frame) -> list[str]:
    """How pages list strata."""
    return [EVERYBODY, *designs.order_of_strata(db.session(), frame)]


def due_step(design: Design | None) -> str:
    """Which step comes next: save, lock, source, seed, draw, or done."""
    if design is None:
        return "save"
    steps = {
        "lock": design.locked_at,
        "source": design.seed_named_at,
        "seed": design.seed_entered_at,
        "draw": design.drawn_at,
    }
    return next((step for step, at in steps.items() if at is None), "done")


def step_form(round_: Round, design: Design | None, submitted: FlaskForm | None) -> StepForm:
    kind = {"source": SourceForm, "seed": SeedForm}.get(due_step(design), StepForm)
    if type(submitted) is kind:
        return submitted
    return kind(round_.station.name, formdata=None)


def redraw_form(round_: Round, design: Design | None, submitted: FlaskForm | None) -> RedrawForm | None:
    """None where it is too early or too late to draw again."""
    if not draws.may_start_again(db.session(), round_, design):
        return None
    return submitted if isinstance(submitted, RedrawForm) else RedrawForm(round_.station.name, formdata=None)


def earlier_of(design: Design | None) -> list[tuple[Design, EarlierDraw]]:
    """The replaced draws, oldest first, with what the certificate says of them."""
    if design is None:
        return []
    replaced = [one for _later, one in designs.replaced_by(db.session(), design)][::-1]
    return list(zip(replaced, certification.earlier_draws(db.session(), design), strict=True))


def names_of(frame: Frame, design: Design | None) -> dict[str, str]:
    """Who took each step."""
    people = {"seal": frame.sealed_by_id}
    if design is not None:
        people |= {
            "lock": design.locked_by_id,
            "source": design.seed_named_by_id,
            "seed": design.seed_entered_by_id,
            "draw": design.drawn_by_id,
        }
    return {step: certification.name_of(db.session(), user_id) for step, user_id in people.items()}


@blueprint.get("/preview", endpoint="preview")
def preview_json(round_id: int) -> ResponseReturnValue:
    """The table and picture of what stands in the form, not saved: {"html"}, or {"errors": {field: […]}}."""
    round_ = find_round(round_id)
    form = DesignForm(request.args, meta={"csrf": False})
    if not form.validate():
        return jsonify(
            errors={name: [str(text) for text in texts] for name, texts in form.errors.items()}
        ), 422
    found, problem = preview_of(round_, form, form.choice())
    return jsonify(html=render_template("draws/_preview.html", preview=found, problem=problem))


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
    form = DesignForm()
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


@blueprint.get("/certificate.json")
def certificate(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    text, _read = find_certificate(round_)
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
    name = _("抽样证书-%(station)s-已被替换-%(n)s.json", station=round_.station.name, n=design_id)
    return download((replaced[design_id].certificate or "").encode(), name, "application/json")


@blueprint.get("/certificate")
def certificate_page(round_id: int) -> ResponseReturnValue:
    round_ = find_round(round_id)
    _text, read = find_certificate(round_)
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
