"""From the frame to the interview: a bar for each step, what was lost on the way beside it, all in households."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.errors import N_
from survey.reports.charts import FlowChart, FlowStep
from survey.reports.drawing import (
    ACCENT,
    BODY,
    EDGE,
    INK,
    LINE_HEIGHT,
    PAPER,
    SMALL,
    SOFT,
    Margins,
    Sheet,
    Typesetting,
    canvas,
    ending,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

THICKNESS, APART = 13.0, 9.0
#: a frame so many times as large as the sample is cut short, or nothing could be seen of the rest
CUT_FROM = 3

STEP = N_("%(name)s %(n)s 户")
LOST = N_("减去：%(losses)s")
KEY = N_("深色为进到这一步的户，斜线为在这一步减去的户")
CUT = N_("第一条截短，其余按比例")


@dataclass(frozen=True, slots=True)
class _Place:
    """A step's upper edge and the lines below its bar."""

    top: float
    below: list[str]

    @property
    def bar(self) -> float:
        return self.top + BODY * LINE_HEIGHT + THICKNESS / 2

    @property
    def end(self) -> float:
        return self.bar + THICKNESS / 2 + len(self.below) * SMALL * LINE_HEIGHT + APART


def draw(chart: FlowChart, typeset: Typesetting, sheet: Sheet) -> Figure:
    places = _places(chart, typeset, sheet)
    scale, cut = _scale(chart)
    keys = [typeset.say(KEY), *([typeset.say(CUT)] if cut else [])]
    foot = [typeset.series(keys), *ending(chart, typeset)]
    height = places[-1].end if places else 0
    figure, axes = canvas(sheet, typeset.text(chart.head.title), foot, height, Margins(EDGE, EDGE, 0, 0))
    axes.set_xlim(0, scale)
    axes.set_ylim(height, 0)
    for number, (step, place) in enumerate(zip(chart.steps, places, strict=True)):
        _step(axes, step, place, typeset, min(step.n, scale))
        if cut and number == 0:
            _tear(axes, place, scale)
    return figure


def describe(chart: FlowChart, typeset: Typesetting) -> str:
    said = []
    for step in chart.steps:
        said += [_losses(step, typeset)] if step.lost else []
        said.append(_name(step, typeset))
    return typeset.series(said)


def _places(chart: FlowChart, typeset: Typesetting, sheet: Sheet) -> list[_Place]:
    places: list[_Place] = []
    for step in chart.steps:
        losses = wrapped(_losses(step, typeset), SMALL, sheet.width - 2 * EDGE) if step.lost else []
        places.append(_Place(places[-1].end if places else 0.0, losses))
    return places


def _scale(chart: FlowChart) -> tuple[int, bool]:
    """Households to the full width, and whether the first bar is cut short."""
    numbers = [step.n for step in chart.steps]
    if len(numbers) > 1 and numbers[0] > CUT_FROM * numbers[1] > 0:
        return numbers[1], True
    return max(*numbers, 1), False


def _step(axes: Axes, step: FlowStep, place: _Place, typeset: Typesetting, shown: int) -> None:
    y = place.top + BODY * LINE_HEIGHT / 2
    axes.text(0, y, _name(step, typeset), size=BODY, color=INK, va="center_baseline")
    axes.barh(place.bar, shown, THICKNESS, 0, color=ACCENT, gid="step")
    left, room = shown, int(axes.get_xlim()[1])
    for loss in step.lost:
        width = min(loss.n, room - left)
        if width > 0:
            axes.barh(
                place.bar, width, THICKNESS, left, facecolor=PAPER, hatch="////", edgecolor=SOFT,
                linewidth=0.7, gid="lost",
            )  # fmt: skip
        left += width
    for number, line in enumerate(place.below):
        down = place.bar + THICKNESS / 2 + (number + 0.5) * SMALL * LINE_HEIGHT + 1
        axes.text(0, down, line, size=SMALL, color=SOFT, va="center_baseline")


def _tear(axes: Axes, place: _Place, scale: int) -> None:
    """Two strokes through a bar that goes on further than it is drawn."""
    for x in (0.955, 0.97):
        over = [place.bar + THICKNESS / 2 + 2, place.bar - THICKNESS / 2 - 2]
        axes.plot([x * scale, (x + 0.01) * scale], over, color=PAPER, linewidth=2.2, zorder=4)


def _name(step: FlowStep, typeset: Typesetting) -> str:
    return typeset.say(STEP, name=typeset.text(step.name), n=typeset.count(step.n))


def _losses(step: FlowStep, typeset: Typesetting) -> str:
    losses = " · ".join(f"{typeset.text(loss.name)} {typeset.count(loss.n)}" for loss in step.lost)
    return typeset.say(LOST, losses=losses)
