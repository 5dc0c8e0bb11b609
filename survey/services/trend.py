"""A station over its rounds: each frozen round's rate, and what changed from one to the next beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from survey.errors import Message
from survey.models.season import Round, Station
from survey.services.frozen_figures import FrozenFigure, frozen_figures
from survey.services.progress import Facts, facts_of_rounds
from survey.services.season_sentences import broken_because, changed
from survey.stats.multiplicity import holm
from survey.stats.reliability import HIDE_BELOW
from survey.stats.trend import Change, change


@dataclass(frozen=True, slots=True)
class Step:
    """From one frozen round to the next. `change` is None where the two are not comparable or one has no rate; `adjusted`
    by Holm over the station's steps; `text` says what may be said, or why nothing."""

    before: FrozenFigure
    after: FrozenFigure
    change: Change | None
    adjusted: float | None
    text: Message

    @property
    def broken(self) -> bool:
        """The rounds are not measured alike: no line leads from the one to the other."""
        return self.before.footing != self.after.footing


@dataclass(frozen=True, slots=True)
class Trend:
    """Oldest round first. `unfinished`: rounds whose data are not frozen."""

    figures: tuple[FrozenFigure, ...]
    steps: tuple[Step, ...]
    unfinished: tuple[tuple[Round, Facts], ...]

    @property
    def tested(self) -> int:
        return sum(1 for step in self.steps if step.adjusted is not None)


def trend_of(session: Session, station: Station, visible: ColumnElement[bool]) -> Trend:
    """The station's rounds of all seasons that the condition on Round lets through."""
    rounds = _rounds(session, station, visible)
    found = frozen_figures(session, rounds)
    figures = [found[round_.id] for round_ in rounds if round_.id in found]
    still_open = [round_ for round_ in rounds if round_.id not in found]
    facts = facts_of_rounds(session, still_open)
    changes = [_change(before, after) for before, after in pairwise(figures)]
    return Trend(
        figures=tuple(figures),
        steps=_steps(figures, changes),
        unfinished=tuple((round_, facts[round_.id]) for round_ in still_open),
    )


def _rounds(session: Session, station: Station, visible: ColumnElement[bool]) -> Sequence[Round]:
    query = (
        select(Round)
        .where(Round.station_id == station.id, visible)
        .options(joinedload(Round.season), joinedload(Round.definition), joinedload(Round.questionnaire))
        .order_by(Round.fieldwork_from, Round.id)
    )
    return session.scalars(query).all()


def _change(before: FrozenFigure, after: FrozenFigure) -> Change | None:
    """A few common households are left out: the width of the interval would show what each of them said both times."""
    first, second = before.overall.rate, after.overall.rate
    if before.footing != after.footing or first is None or second is None:
        return None
    common = after.common_with(before)
    if common is None or after.earlier is None or common.n < HIDE_BELOW:
        return change(first, second)
    return change(first, second, common, after.earlier.shared)


def _steps(figures: Sequence[FrozenFigure], changes: Sequence[Change | None]) -> tuple[Step, ...]:
    p_values = {str(place): found.p_value if found else None for place, found in enumerate(changes)}
    adjusted = holm(p_values).values
    steps = []
    for place, ((before, after), found) in enumerate(zip(pairwise(figures), changes, strict=True)):
        step = Step(before, after, found, adjusted[str(place)], Message(""))
        text = changed(found, step.adjusted) if found else broken_because(before, after)
        steps.append(replace(step, text=text))
    return tuple(steps)
