"""The report of a round as a Word document: a template filled with texts, rows and charts."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from survey.reports.chart_files import as_png, describe
from survey.reports.charts import Chart
from survey.reports.names import short_names
from survey.reports.report_content import ReportContent
from survey.reports.round_charts import CHARTS, Subject
from survey.reports.theme_charts import theme_chart
from survey.reports.word_context import context_of
from survey.reports.word_shown import TYPESETTING
from survey.reports.word_template import default_template

#: of a picture, in EMU: the width between the margins
PICTURE_WIDTH = 16 * 360_000
#: charts of the template, those that the round may have
CHART_NAMES = (*(name.replace("-", "_") for name in CHARTS), "themes")


def write(content: ReportContent, template: bytes | None = None) -> bytes:
    """The .docx. `template`: the evaluator's own; None: the one that Huifang makes."""
    charts = charts_of(content)
    return fill(template or default_template(), context_of(content), charts)


def charts_of(content: ReportContent) -> dict[str, Chart]:
    """Those that the results fill."""
    round_ = content.round_
    subject = Subject(
        results=content.results,
        name_of=short_names(round_.questionnaire.name, "zh"),
        language="zh",
        origin=(round_.station.name, round_.season.name),
    )
    drawn = {name.replace("-", "_"): chart(subject) for name, chart in CHARTS.items()}
    drawn["themes"] = theme_chart(content.themes, round_, "zh")
    return {name: chart for name, chart in drawn.items() if chart is not None}


def fill(template: bytes, context: Mapping[str, Any], charts: Mapping[str, Chart]) -> bytes:
    """Whatever the template asks for and is not there is an error of jinja2, never an empty place."""
    document = DocxTemplate(BytesIO(template))
    document.init_docx()
    pictures: dict[str, Any] = dict.fromkeys(CHART_NAMES)
    pictures |= {name: Picture(document, chart) for name, chart in charts.items()}
    document.render({**context, "charts": pictures}, environment(), autoescape=True)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def environment() -> ImmutableSandboxedEnvironment:
    """Templates come from outside: they see what they are given and nothing of the program."""
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


class Picture(InlineImage):  # type: ignore[misc]
    """A chart in the text, with what it shows in words for whoever cannot see it."""

    def __init__(self, document: DocxTemplate, chart: Chart) -> None:
        super().__init__(document, BytesIO(as_png(chart, TYPESETTING)), width=PICTURE_WIDTH)
        self.words = describe(chart, TYPESETTING)

    def _insert_image(self) -> str:
        from xml.sax.saxutils import quoteattr

        drawn: str = super()._insert_image()
        return drawn.replace("<wp:docPr ", f"<wp:docPr descr={quoteattr(self.words)} ", 1)
