"""Exports of a survey made by build_results, as content or as files."""

from __future__ import annotations

from pathlib import Path

from build import NOON
from build_results import Survey

from survey.catalogues import catalogue
from survey.errors import untranslated
from survey.reports import export
from survey.reports.content import Content
from survey.reports.texts import Texts

CHINESE = Texts(untranslated, "zh")


def english() -> Texts:
    return Texts(catalogue("en").gettext, "en")


def content_of(survey: Survey, texts: Texts = CHINESE, **values: bool) -> Content:
    return export.content_of(survey.session, survey.vault, survey.round_, texts, NOON, **values)


def export_file(survey: Survey, folder: Path, suffix: str, texts: Texts = CHINESE, **values: bool) -> Path:
    path = folder / f"round.{suffix}"
    export.write(path, content_of(survey, texts, **values), suffix)
    return path
