"""What the page of a draw is made of: the step that is due, its form, the table of a choice, the rounds before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_wtf import FlaskForm

from survey.db import db
from survey.errors import Message, SurveyError
from survey.models.draw import Design
from survey.models.frame import Frame
from survey.models.season import Round
from survey.sampling.certificate import EarlierDraw
from survey.sampling.size import Plan
from survey.sampling.strata import EVERYBODY
from survey.services import certification, coordination, designs, draws
from survey.services.coordination import Outlook, Room
from survey.services.expectations import Preview, preview
from survey.web.draw_forms import (
    BurdenForm,
    CoordinatedDesignForm,
    RedrawForm,
    SeedForm,
    SourceForm,
    StepForm,
)


def preview_of(
    round_: Round, typed: CoordinatedDesignForm | None, chosen: designs.Choice
) -> tuple[Preview | None, Message | None]:
    """The table of what was typed, else of what is saved; or why there is none."""
    if typed is not None and typed.errors:
        return None, None
    try:
        if typed is None:
            return preview(db.session(), round_, chosen), None
        return preview(db.session(), round_, typed.choice(), typed.effort()), None
    except SurveyError as error:
        return None, error.message


@dataclass(frozen=True, slots=True)
class Rounds:
    """Earlier rounds of the station within the guard, against a choice; how much room a coordinated one leaves."""

    outlooks: list[Outlook]
    room: Room | None


def rounds_of(
    round_: Round,
    frame: Frame,
    design: Design | None,
    typed: CoordinatedDesignForm | None,
    chosen: designs.Choice,
) -> Rounds | None:
    """Against what was typed, else against what is saved; None for what cannot be drawn."""
    session = db.session()
    if typed is not None and typed.errors:
        return None
    try:
        if typed is not None or design is None:
            design = designs.sketch(session, round_, typed.choice() if typed is not None else chosen)
    except SurveyError:
        return None  # the table beside it, or saving, says why
    found = coordination.outlooks(session, round_, frame, design)
    return Rounds(found, coordination.room_of(design, designs.strata_of(session, frame)))


def proposal(round_: Round, rule: Plan, strata: Mapping[str, int]) -> designs.Choice:
    """What the page proposes before anybody has chosen: coordinated where the station's rounds are."""
    choice = designs.starting_choice(rule, strata)
    return replace(choice, coordinated=coordination.follows_coordinated(db.session(), round_))


def burden_form(
    round_: Round, frame: Frame, design: Design | None, submitted: FlaskForm | None
) -> BurdenForm | None:
    """Where the saved design still needs the written acknowledgement."""
    if due_step(design) != "lock" or design is None:
        return None
    session = db.session()
    found = coordination.outlooks(session, round_, frame, design)
    if not coordination.needs_acknowledgement(found, design):
        return None
    if coordination.acknowledgement_of(session, design, designs.fixed_of(design)):
        return None
    return submitted if isinstance(submitted, BurdenForm) else BurdenForm(formdata=None)


def offer(form: CoordinatedDesignForm, rule: Plan, strata: Mapping[str, int]) -> CoordinatedDesignForm:
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
    if design is not None and design.coordinated_with_id is not None:
        kind = StepForm  # the number is the first round's
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
