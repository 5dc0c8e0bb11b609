"""One calm style for every chart, the sheet it is drawn on, and the files it becomes.

matplotlib is imported only where something is drawn, by its objects alone: nothing of pyplot, whose state is shared.
Lengths are in points (1/72 inch) throughout.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from survey.errors import N_, Message, Translate
from survey.reports.charts import Chart, Text
from survey.reports.fonts import GETA, families_for, legible, missing_characters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, LINE, PAPER = "#1d2b2f", "#4f6167", "#d5dee0", "#ffffff"
ACCENT, ATTENTION = "#0b5c63", "#a84a00"
TITLE, BODY, SMALL = 12.5, 10.0, 8.5  # sizes of type
LINE_HEIGHT = 1.45  # of the size of type
EDGE = 8.0  # free on every side of a sheet
DPI = 200  # of pictures for paper

STYLE: dict[str, object] = {
    "svg.fonttype": "path",  # whoever reads needs no font
    "svg.hashsalt": "huifang",  # the same chart is the same file
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "font.size": BODY,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "axes.labelsize": SMALL,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "hatch.linewidth": 0.7,
}

NOT_WRITTEN = N_("%(mark)s 代替没有字体能写的字（%(codes)s），原字见旁边的表")

_pen = threading.Lock()


@dataclass(frozen=True, slots=True)
class Sheet:
    """How wide a chart is. `narrow`: for telephones; names stand above their bars instead of beside."""

    width: float
    narrow: bool = False


WIDE = Sheet(648)
NARROW = Sheet(262, narrow=True)


@dataclass(frozen=True, slots=True)
class Typesetting:
    """How the edge writes texts and numbers, so that a chart says them as the page does."""

    language: str
    translate: Translate
    share: Callable[[float | None], str]
    interval: Callable[[float | None, float | None], str]
    count: Callable[[int | None], str]

    def text(self, value: Text) -> str:
        """A message in the language, or a name as somebody typed it; what no font can write becomes 〓."""
        return legible(value.show(self.translate) if isinstance(value, Message) else value)

    def say(self, text: str, **values: object) -> str:
        return self.text(Message(text, values))

    def series(self, texts: Iterable[str]) -> str:
        return ("；" if self.language == "zh" else "; ").join(texts)


@contextmanager
def pen(characters: str) -> Iterator[None]:
    """Draw in our style, with fonts for these characters. One thread at a time: the style is global to matplotlib."""
    import matplotlib

    style: Any = {**STYLE, "font.family": list(families_for(characters))}
    with _pen, matplotlib.rc_context(style):
        yield


@dataclass(frozen=True, slots=True)
class Margins:
    """Free around the field of a chart: for names, for numbers, for an axis above and below."""

    left: float = EDGE
    right: float = EDGE
    above: float = 0.0
    below: float = 24.0


def canvas(
    sheet: Sheet, title: str, foot: Sequence[str], height: float, margins: Margins
) -> tuple[Figure, Axes]:
    """A sheet with its title above, what must be said below, and between them a field of `height` to draw in."""
    from matplotlib.figure import Figure

    heading = wrapped(title, TITLE, sheet.width - 2 * EDGE)
    top = heading_height(title, sheet) + margins.above
    lines = [line for text in foot for line in wrapped(text, SMALL, sheet.width - 2 * EDGE)]
    whole = top + height + margins.below + EDGE + len(lines) * SMALL * LINE_HEIGHT + EDGE / 2
    figure = Figure(figsize=(sheet.width / 72, whole / 72), facecolor=PAPER)
    width = sheet.width - margins.left - margins.right
    bottom = whole - top - height
    axes = figure.add_axes((margins.left / sheet.width, bottom / whole, width / sheet.width, height / whole))
    write(figure, heading, EDGE, EDGE, TITLE, INK)
    write(figure, lines, EDGE, top + height + margins.below + EDGE, SMALL, SOFT)
    bare(axes)
    return figure, axes


def heading_height(title: str, sheet: Sheet) -> float:
    """From the upper edge of a sheet to where its field or legend begins."""
    return EDGE + len(wrapped(title, TITLE, sheet.width - 2 * EDGE)) * TITLE * LINE_HEIGHT + EDGE


def points_across(axes: Axes, span: float) -> float:
    """How many points a span of the horizontal axis takes on the sheet."""
    left, right = axes.get_xlim()
    return abs(span / (right - left)) * float(axes.get_window_extent().width) * 72 / axes.figure.dpi


def ending(chart: Chart, typeset: Typesetting) -> list[str]:
    """The last lines of every chart: of whom, by which definition, and what could not be written."""
    lines = [" · ".join(typeset.text(text) for text in chart.head.source)] if chart.head.source else []
    missing = missing_characters(texts_in(chart))
    if missing:
        codes = " ".join(f"U+{ord(character):04X}" for character in missing)
        lines.append(typeset.say(NOT_WRITTEN, mark=GETA, codes=codes))
    return lines


def texts_in(value: object) -> str:
    """Every text of a chart, for the choice of fonts."""
    if isinstance(value, str):
        return value
    if isinstance(value, Message):
        return value.text + texts_in(tuple(value.values.values()))
    if isinstance(value, tuple):
        return "".join(map(texts_in, value))
    return "".join(texts_in(getattr(value, one.name)) for one in fields(value)) if is_dataclass(value) else ""


def veil() -> dict[str, Any]:
    """Keeps the lines of the field out of the words that stand in it."""
    return {"facecolor": PAPER, "edgecolor": "none", "pad": 1.5}


def write(figure: Figure, lines: Sequence[str], left: float, down: float, size: float, colour: str) -> None:
    """Lines of type, the first one `down` from the upper edge."""
    width, height = (72 * inches for inches in figure.get_size_inches())
    for number, line in enumerate(lines):
        y = 1 - (down + (number + 0.5) * size * LINE_HEIGHT) / height
        figure.text(left / width, y, line, size=size, color=colour, va="center_baseline")


def bare(axes: Axes) -> None:
    """A field without frame or ticks; each chart adds what it needs."""
    axes.set_facecolor("none")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False)


def share_axis(axes: Axes, ticks: Sequence[float], labels: Sequence[str]) -> None:
    """Shares along the bottom, with faint lines up the field."""
    axes.set_xticks(ticks, labels)
    axes.tick_params(bottom=True, labelbottom=True)
    axes.spines["bottom"].set_visible(True)
    axes.grid(axis="x", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)


def width_of(text: str, size: float) -> float:
    """How wide a line of type is."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    return float(text_to_path.get_text_width_height_descent(text, FontProperties(size=size), False)[0])


def wrapped(text: str, size: float, width: float) -> list[str]:
    """Lines no wider than `width`: broken at blanks, in Chinese anywhere but before a closing mark."""
    lines = [""]
    for word in _words(text):
        if lines[-1] and width_of((lines[-1] + word).rstrip(), size) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += word
    lines[-1] = lines[-1].rstrip()
    return lines


def _words(text: str) -> Iterator[str]:
    word = ""
    for before, here in zip(" " + text, text, strict=False):
        starts = before == " " or (
            (here > "\u2e7f" or before > "\u2e7f") and here not in "，。；：、）》”％%,;:)"
        )
        if starts and word and not (word[-1] in "（《“(" and here != " "):
            yield word
            word = ""
        word += here
    if word:
        yield word
