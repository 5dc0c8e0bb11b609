"""A chart as a file: SVG for pages, PNG for documents. The same chart gives the same bytes."""

from __future__ import annotations

import re
from io import BytesIO
from types import ModuleType
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from survey.reports import (
    charts_flow,
    charts_funnel,
    charts_intervals,
    charts_likert,
    charts_themes,
    charts_trend,
)
from survey.reports.charts import (
    Chart,
    FlowChart,
    FunnelChart,
    IntervalChart,
    LikertChart,
    ThemeChart,
    TrendChart,
)
from survey.reports.drawing import DPI, WIDE, Sheet, Typesetting, pen, texts_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"

MODULES: dict[type, ModuleType] = {
    IntervalChart: charts_intervals,
    LikertChart: charts_likert,
    FlowChart: charts_flow,
    FunnelChart: charts_funnel,
    TrendChart: charts_trend,
    ThemeChart: charts_themes,
}


def figure_of(chart: Chart, typeset: Typesetting, sheet: Sheet = WIDE) -> Figure:
    """The drawing itself; call it and whatever renders it inside `pen`."""
    figure: Figure = MODULES[type(chart)].draw(chart, typeset, sheet)
    return figure


def as_svg(chart: Chart, typeset: Typesetting, sheet: Sheet = WIDE) -> bytes:
    """Text as paths; title and description for whoever hears it; neither style sheets nor dates inside."""
    drawn = BytesIO()
    with pen(texts_in(chart)):
        figure_of(chart, typeset, sheet).savefig(drawn, format="svg", metadata={"Date": None})
    title, said = typeset.text(chart.head.title), describe(chart, typeset)
    return _readable(drawn.getvalue(), title, said, typeset.language)


def as_png(chart: Chart, typeset: Typesetting, sheet: Sheet = WIDE) -> bytes:
    """The same for paper, at 200 dots per inch."""
    drawn = BytesIO()
    with pen(texts_in(chart)):
        figure_of(chart, typeset, sheet).savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    return drawn.getvalue()


def describe(chart: Chart, typeset: Typesetting) -> str:
    """What the chart shows, in words; characters that could not be drawn are named by their code points."""
    text: str = MODULES[type(chart)].describe(chart, typeset)
    return text


def _readable(drawn: bytes, title: str, description: str, language: str) -> bytes:
    """matplotlib's SVG with a name and words, and each style as attributes: it opens under any content policy."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(drawn)
    for element in list(root):
        if element.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}title"):
            root.remove(element)
    for parent in root.iter():
        for style in parent.findall(f"{{{SVG}}}style"):
            parent.remove(style)
    for element in root.iter():
        for name, value in _declarations(element.attrib.pop("style", "")):
            element.set(name, value)
    # what the style sheet said of everything is inherited
    root.attrib |= {"stroke-linejoin": "round", "stroke-linecap": "butt"}
    root.attrib |= {"role": "img", "aria-labelledby": "title desc", f"{{{XML}}}lang": language}
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        named = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": tag})
        named.text = text
        root.insert(place, named)
    readable: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return readable


def _declarations(style: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in re.findall(r"\s*([\w-]+)\s*:\s*([^;]+)", style)]
