"""A whole season at once: a table of its rounds, and one page for each step that many of them are ready for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.db import db
from survey.errors import Message, SurveyError
from survey.models.season import Season
from survey.services import batch, batch_rosters, batch_steps, batch_tasks, seasons
from survey.services.batch_standing import Standing, standings
from survey.services.batch_steps import STEPS, Line, Step
from survey.services.batch_tasks import Task
from survey.services.designs import METHODS, Choice
from survey.web.access import actor, may_everywhere, my_scope
from survey.web.batch_forms import (
    FORMS,
    ConfirmStep,
    DesignStep,
    ManyRostersForm,
    NewRoundsForm,
    ReleaseStep,
    SealStep,
    SeasonStep,
    SeedStep,
    SourceStep,
)
from survey.web.clock import now
from survey.web.draw_forms import showing
from survey.web.keys import vault

blueprint = Blueprint("batch", __name__, url_prefix="/seasons/<int:season_id>/batch")

#: step -> what a person must be allowed to do in a round to take it there
PERMISSIONS = {
    "confirm": "roster.import",
    "seal": "frame.seal",
    "design": "design.lock",
    "lock": "design.lock",
    "source": "draw.run",
    "seed": "draw.run",
    "draw": "draw.run",
    "release": "release.make",
}
#: seconds after which a batch stops between two rounds and asks to go on; nobody waits for an answer much longer
PATIENCE = 20.0
NAMED = 3  # stations that a summary names before it counts


@blueprint.get("")
def page(season_id: int) -> ResponseReturnValue:
    return show_page(db.get_or_404(Season, season_id))


def show_page(season: Season, status: int = 200, **shown: object) -> ResponseReturnValue:
    found = seen(season, "seasons.manage")
    only = request.args.get("show") == "attention"
    progress = batch_steps.progress_of(found, now())
    return render_template(
        "batch/page.html", season=season, all=found, only=only, steps=STEPS, progress=progress,
        found=[one for one in found if one.attention] if only else found,
        due=due_step(progress),
        **upload_parts(season, found) | shown,
    ), status  # fmt: skip


def due_step(progress: Mapping[str, tuple[int, int]]) -> str | None:
    """The step that most rounds are ready for; a few stragglers do not hold up the page."""
    ready = {key: n for key, (n, _done) in progress.items() if n}
    return max(ready, key=lambda key: ready[key], default=None)


def upload_parts(season: Season, found: Sequence[Standing]) -> dict[str, object]:
    """The forms for rosters, and the results of files when some have just come in."""
    values = batch_rosters.starting_values(season, [one.round for one in found])
    return {
        "upload_form": ManyRostersForm(formdata=None),
        "rounds_form": NewRoundsForm(formdata=None, data=values),
        "arrivals": [],
        "made": [],
        "may_add": may_everywhere("seasons.manage"),
    }


def seen(season: Season, permission: str) -> list[Standing]:
    """The season's rounds in which the person may do this."""
    rounds = seasons.rounds_seen(db.session(), season, my_scope(permission).condition())
    return standings(db.session(), rounds)


def find_step(key: str) -> Step:
    if key not in STEPS:
        abort(404)
    if my_scope(PERMISSIONS[key]).nowhere:
        abort(403)
    return STEPS[key]


@blueprint.get("/<key>")
def step(season_id: int, key: str) -> ResponseReturnValue:
    season, found = db.get_or_404(Season, season_id), find_step(key)
    template = batch_tasks.template_of(season)
    form = FORMS.get(key, SeasonStep)(
        season.name, formdata=None, data=showing(template) if key == "design" else None
    )
    return show_step(season, found, form)


def show_step(
    season: Season, step: Step, form: SeasonStep, status: int = 200, **shown: object
) -> ResponseReturnValue:
    lines = preview(season, step, form)
    return render_template(
        "batch/step.html", season=season, step=step, form=form, lines=lines, methods=METHODS,
        planned=planned(lines, form), first_batch=batch_tasks.first_batch_size,
        waiting=next((line.standing.design for line in lines if line.state == "ready"), None), **shown,
    ), status  # fmt: skip


def preview(season: Season, step: Step, form: SeasonStep) -> list[Line]:
    found = seen(season, PERMISSIONS[step.key])
    if isinstance(form, DesignStep):
        before = batch_tasks.template_of(season)
        return batch_tasks.design_lines(step, found, now(), typed_template(form) or before, before)
    return batch_steps.lines_of(step, found, now())


def typed_template(form: DesignStep) -> Choice | None:
    """None while a number is missing or out of range."""
    fields = (form.method, form.target, form.completion, form.satisfaction, form.minimum, form.reserve)
    broken = any(field.errors for field in fields) or None in (
        form.target.data,
        form.completion.data,
        form.satisfaction.data,
    )
    return None if broken else form.choice()


def planned(lines: Sequence[Line], form: SeasonStep) -> dict[int, tuple[Choice, int]]:
    """Round id → choice and 户 of the sample that the template brings there."""
    template = typed_template(form) if isinstance(form, DesignStep) else None
    if template is None:
        return {}
    ready = [line.standing for line in lines if line.state == "ready"]
    plans = {one.round.id: batch_tasks.planned(template, one) for one in ready}
    return {round_id: (choice, allocation.total) for round_id, (choice, allocation) in plans.items()}


@blueprint.post("/<key>")
def take(season_id: int, key: str) -> ResponseReturnValue:
    """Take the step in every ticked round, each in a transaction of its own."""
    season, step = db.get_or_404(Season, season_id), find_step(key)
    form = FORMS.get(key, SeasonStep)(season.name)
    valid = form.validate()
    if request.form.get("recalculate") and isinstance(form, DesignStep):
        form.name.errors = []
        return show_step(season, step, form)
    if not valid:
        return show_step(season, step, form, 422)
    try:
        task = task_of(season, form)
    except SurveyError as error:
        form.form_errors.append(error.message.show(_))
        return show_step(season, step, form, error.status)
    outcomes, unreached = carry_out(season, step, form, task)
    flash(told(step, outcomes), "warning" if batch.summary_of(outcomes).left else "success")
    if unreached:
        return show_step(season, step, form, unreached=unreached)
    return redirect(url_for("batch.page", season_id=season.id))


def ticked() -> dict[int, str]:
    """Round id → the mark that the page showed."""
    pairs = (value.partition(".") for value in request.form.getlist("rounds"))
    return {int(number): mark for number, _dot, mark in pairs if number.isdecimal() and len(number) < 10}


def newly_fitting(lines: Sequence[Line]) -> dict[int, str]:
    """Rounds that the page could not offer with the numbers it showed, and that the typed ones fit; a draft can be
    saved there unseen."""
    shown = set(request.form.getlist("shown", type=int))
    found = [line.standing for line in lines if line.state == "ready" and line.wanted]
    return {one.round.id: one.mark for one in found if one.round.id not in shown}


def carry_out(season: Season, step: Step, form: SeasonStep, task: Task) -> tuple[list[batch.Outcome], int]:
    """What became of the rounds, and how many were not reached in time. Committed round by round, so that others can
    write in between and nothing that was done is lost."""
    lines, chosen = preview(season, step, form), ticked()
    if isinstance(form, DesignStep):
        chosen = newly_fitting(lines) | chosen
    work = batch.work_of(lines, chosen)
    if isinstance(form, DesignStep) and may_everywhere("seasons.manage"):
        batch_tasks.keep_template(
            season, form.choice()
        )  # others design their own rounds and leave the season's
    db.session.commit()
    outcomes, who, started = [], actor(), time.monotonic()
    for round_id, mark in work.marks.items():
        if time.monotonic() - started > PATIENCE:
            break
        began = time.monotonic()
        outcomes.append(batch.attempt(db.session(), who, now(), step, task, round_id, mark))
        db.session.commit()
        time.sleep((time.monotonic() - began) / 10)  # lets whoever waits for the database in
    unreached = len(work.marks) - len(outcomes)
    batch.record(db.session(), who, now(), season, step, outcomes)
    db.session.commit()
    return [*outcomes, *work.settled], unreached


def task_of(season: Season, form: SeasonStep) -> Task:
    """The verb with what was typed. Raises Invalid for a list of signers that cannot be read."""
    if isinstance(form, ConfirmStep):
        rounds = [one.round for one in seen(season, "roster.import")]
        listed = batch_tasks.read_signers(form.signers.data or "", rounds)
        return batch_tasks.confirm(batch_tasks.Signers(form.signed_by.data or "", listed))
    if isinstance(form, SealStep):
        return batch_tasks.seal(vault(), form.stratify_by.data)
    if isinstance(form, DesignStep):
        return batch_tasks.design(form.choice())
    if isinstance(form, SourceStep):
        at = now()
        return batch_tasks.name_source(form.source.data, at, form.moment(at))
    if isinstance(form, SeedStep):
        return batch_tasks.enter_seed(form.value.data)
    if isinstance(form, ReleaseStep):
        return batch_tasks.release(form.reason.data)
    return {"lock": batch_tasks.lock, "draw": batch_tasks.draw}[request.view_args["key"]]  # type: ignore[index]


@blueprint.get("/<key>/progress")
def progress(season_id: int, key: str) -> ResponseReturnValue:
    """How many rounds have the step behind themselves by now: {"done": 12}, for whoever watches a batch."""
    season, step = db.get_or_404(Season, season_id), find_step(key)
    return jsonify(done=sum(map(step.done, seen(season, PERMISSIONS[key]))))


def told(step: Step, outcomes: Sequence[batch.Outcome]) -> str:
    """封存：完成 39 轮。没有做 1 轮：还没有导入名册（松柏岗…）"""
    found = batch.summary_of(outcomes)
    parts = [_("%(step)s：完成 %(n)s 轮。", step=_(step.name), n=found.done)]
    if found.already:
        parts.append(_("此前已完成 %(n)s 轮。", n=found.already))
    if found.left:
        parts.append(_("没有做 %(n)s 轮：", n=found.left_over))
        parts.append("；".join(told_reason(reason, names) for reason, names in found.left[:4]))
    return " ".join(parts)


def told_reason(reason: Message | None, stations: Sequence[str]) -> str:
    names = "、".join(stations[:NAMED])
    if len(stations) > NAMED:
        names = _("%(names)s 等 %(n)s 轮", names=names, n=len(stations))
    return f"{names}：{reason.show(_) if reason else '—'}"
