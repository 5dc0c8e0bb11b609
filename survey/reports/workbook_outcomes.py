"""The sheet of outcomes: what became of every drawn household, the rates, the releases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import xlsxwriter

from survey.errors import N_
from survey.fieldwork.rules import local
from survey.reports.content import Content
from survey.reports.document_parts import Document
from survey.reports.sheets import Sheet, Styles


def add_outcomes(book: xlsxwriter.Workbook, styles: Styles, content: Content) -> None:
    table, translate = content.document["dispositions"], content.texts.translate
    sheet = Sheet(book, styles, N_("执行情况"), [22, 56, 18, 12, 12], translate)
    sheet.title(translate(N_("执行情况")))
    sizes = {
        N_("抽取（户）"): "drawn",
        N_("备用（户）"): "reserve",
        N_("发放（户）"): "released",
        N_("未发放（户）"): "held",
    }
    for name, key in sizes.items():
        sheet.fact(name, table[key])
    sheet.heading(translate(N_("最终结果")))
    lines = ([each["code"], each["name"], each["outcome_name"], each["n"]] for each in table["lines"])
    sheet.table([N_("代码"), N_("结果"), N_("类别"), N_("户数")], lines, ["text", "text", "text", "count"])
    sheet.heading(translate(N_("应答率与相关比率")))
    heads = [N_("比率"), N_("怎样算"), N_("数值"), N_("分子（户）"), N_("分母（户）")]
    shares = map(_share, content.document["rates"]["shares"])
    sheet.table(heads, shares, ["text", "text", "share", "count", "count"])
    sheet.heading(translate(N_("发放记录")))
    heads = [N_("批次"), N_("原因"), N_("时间"), N_("户数")]
    releases = map(_release, content.document["releases"])
    sheet.table(heads, releases, ["text", "text", "text", "count"])
    _rechecks(sheet, content.document["rechecks"])


def _rechecks(sheet: Sheet, rechecks: Document | None) -> None:
    """How far interviews were checked again, and what was found in those drawn at random."""
    if rechecks is None or not rechecks["wanted"]:
        return
    sheet.heading(sheet.translate(N_("访问复核")))
    sheet.fact(N_("随机应核对（户）"), rechecks["wanted"])
    sheet.fact(N_("随机抽出、已核对（户）"), rechecks["checked"])
    sheet.fact(N_("其中有差错（户）"), rechecks["errors"])
    if rechecks["error_rate"] is None:
        return
    heads = [N_("指标"), "", N_("数值"), N_("区间下限"), N_("区间上限")]
    row = [sheet.translate(N_("差错率")), "", rechecks["error_rate"], rechecks["low"], rechecks["high"]]
    sheet.table(heads, [row], ["text", "text", "share", "share", "share"])


def _share(share: Document) -> list[Any]:
    how = f"{share['part_name']} ÷ {share['whole_name']}"
    return [share["name"], how, share["value"], share["part"], share["whole"]]


def _release(release: Document) -> list[Any]:
    return [str(release["number"]), release["reason"], clock(release["released_at"]), release["households"]]


def clock(value: str | None) -> str | None:
    """A time of the document on the clock of Shanghai."""
    return local(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M") if value else None
