"""Charts with made-up values, and a typesetting without a page."""

from __future__ import annotations

from survey.catalogues import catalogue
from survey.errors import Message, untranslated
from survey.reports.charts import TOO_FEW, Head, IntervalChart, IntervalRow, Rate
from survey.reports.drawing import Typesetting

HIDDEN = Message(TOO_FEW)
HEAD = Head("总体与分项满意率", ("三元里街社工服务站", "2025 年末期评估"))


def typesetting(language: str = "zh") -> Typesetting:
    translate = untranslated if language == "zh" else catalogue(language).gettext
    return Typesetting(
        language, translate, lambda share: f"{100 * share:.1f}%", lambda low, high: f"{100 * low:.1f}–{100 * high:.1f}%",
        lambda n: f"{n:,}",
    )  # fmt: skip


def intervals(*rows: IntervalRow) -> IntervalChart:
    return IntervalChart(HEAD, "满意率", 0.95, rows)


def row(name: str, value: float | None, low: float = 0, high: float = 0, n: int = 100, **more) -> IntervalRow:
    """A row with a rate, or a hidden one."""
    rate = Rate(value, low, high, n, **more) if value is not None else None
    return IntervalRow(name, rate, None if rate else HIDDEN)
