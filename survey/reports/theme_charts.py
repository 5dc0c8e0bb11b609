"""The chart of themes, filled from their results: only what every reader of results may see."""

from __future__ import annotations

from survey.errors import N_, Message
from survey.models.season import Round
from survey.reports.charts import Head, Rate, Text, ThemeBar, ThemeChart, ThemeGroup
from survey.services.themes import ThemeResults, ThemeRow
from survey.stats.reliability import Verdict
from survey.verbatim.codebook import KINDS

TITLE = N_("受访户说到的主题")
BASE = N_("基数为全部有效受访户 n=%(n)s 户")
CODED = N_("已编码 %(n)s 条原话")
UNCODED = N_("还有 %(n)s 条原话没有编码，比例偏低")
MORE = N_("每类只画占比最高的 %(n)s 个，其余见表")
#: bars of one kind
AT_MOST = 8


def theme_chart(results: ThemeResults, round_: Round, language: str) -> ThemeChart | None:
    """None where no theme may be shown. Themes of one or two households are left to the table."""
    shown = {kind: [row for row in results.of_kind(kind) if row.rate and not row.few] for kind in KINDS}
    groups = tuple(
        ThemeGroup(Message(KINDS[kind]), tuple(_bars(rows[:AT_MOST], language)), kind == "praise")
        for kind, rows in shown.items()
        if rows
    )
    if not groups:
        return None
    notes = [Message(BASE, {"n": results.respondents})]
    if results.uncoded:
        notes.append(Message(UNCODED, {"n": results.uncoded}))
    if any(len(rows) > AT_MOST for rows in shown.values()):
        notes.append(Message(MORE, {"n": AT_MOST}))
    coded = Message(CODED, {"n": results.coded})
    source: tuple[Text, ...] = (round_.station.name, round_.season.name, coded)
    return ThemeChart(Head(Message(TITLE), source), results.definition.level, groups, tuple(notes))


def _bars(rows: list[ThemeRow], language: str) -> list[ThemeBar]:
    rates = [(row, row.rate and Rate.of_estimate(row.rate, _flagged(row))) for row in rows]
    return [ThemeBar(row.name[language], rate) for row, rate in rates if rate]


def _flagged(row: ThemeRow) -> bool:
    return row.reliability.verdict is Verdict.FLAGGED
