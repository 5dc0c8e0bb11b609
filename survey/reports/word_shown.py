"""How numbers and times stand in the Word report: as on the pages, in Chinese."""

from __future__ import annotations

from datetime import date, datetime

from survey.errors import untranslated
from survey.fieldwork.rules import local
from survey.reports.document_parts import Document
from survey.reports.drawing import Typesetting
from survey.stats.rounding import percent


def number(value: int | None) -> str:
    return "—" if value is None else f"{value:,}"


def share(value: float | None) -> str:
    return "—" if value is None else f"{percent(value)}%"


def limits(low: float | None, high: float | None) -> str:
    return "—" if low is None or high is None else f"{percent(low)}–{percent(high)}%"


def interval(rate: Document | None) -> str:
    """The limits that belong beside a rate; for a full coverage those of the households not interviewed, said so."""
    if rate is None or rate["limits"] == "none":
        return "—"
    if rate["limits"] == "bounds":
        return f"{limits(rate['bounds']['low'], rate['bounds']['high'])}（未受访上下界）"
    return limits(rate["low"], rate["high"])


def clock(value: str | None) -> str:
    """A time of the document on the clock of Shanghai."""
    return local(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M") if value else "—"


def day(value: str) -> str:
    found = date.fromisoformat(value)
    return f"{found.year} 年 {found.month} 月 {found.day} 日"


#: charts of the document are Chinese as the rest of it
TYPESETTING = Typesetting("zh", untranslated, share, limits, number)
