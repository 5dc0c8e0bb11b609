"""Reports of a survey made by build_results: content, and the Word file read back."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from build import NOON
from build_results import Survey
from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from survey.reports import word
from survey.reports.report_content import ReportContent, content_of
from survey.reports.word_context import context_of
from survey.reports.word_template import default_template


def content(survey: Survey) -> ReportContent:
    survey.session.flush()
    return content_of(survey.session, survey.round_, NOON)


def read(made: bytes) -> Any:
    return Document(BytesIO(made))


def report(survey: Survey) -> Any:
    """The Word file of the round without its pictures, which take seconds to draw; opened."""
    return read(filled(content(survey)))


def filled(content: ReportContent, template: bytes | None = None) -> bytes:
    return word.fill(template or default_template(), context_of(content), {})


def paragraphs(document: Any) -> list[str]:
    return [one.text for one in document.paragraphs]


def tables(document: Any) -> dict[str, list[list[str]]]:
    """Caption above -> rows below the head; the cover's table stands under ""."""
    found: dict[str, list[list[str]]] = {}
    caption = ""
    for one in blocks(document):
        if isinstance(one, Paragraph):
            caption = one.text if one.style.name == "Caption" else caption
        else:
            found[caption] = [[cell.text for cell in row.cells] for row in one.rows][1:]
    return found


def blocks(document: Any) -> Iterator[Paragraph | Table]:
    yield from document.iter_inner_content()
