"""A round as an Excel workbook: data, codebook, results with charts, outcomes, method. Numbers are unrounded; Excel shows
as many digits as the pages do. Texts are strings whatever they hold, so nothing of them is ever computed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from survey import __version__
from survey.errors import N_, Message
from survey.fieldwork.rules import local
from survey.reports import codebook
from survey.reports.content import Content
from survey.reports.sheets import LARGEST, Sheet, Styles, add_sheet, new_book
from survey.reports.workbook_outcomes import add_outcomes, clock
from survey.reports.workbook_results import add_results
from survey.services.record_variables import IN_BASE, SATISFIED, SCALE, TEXT, WEIGHT, Variable

MOST = LARGEST - 1
#: interviews from which on the book is written row by row; its sheets are then a little larger
MANY = 5_000

#: characters side by side that a landscape page can show and a person still read
ACROSS = 200

DATA = N_("数据")
#: what content.STRATA_HEADS names for programs
STRATA = [
    N_("层"), N_("N_h（户）"), N_("E_h（户）"), N_("抽样框（户）"), N_("不属于调查对象（户）"), N_("发放（户）"), N_("计入的访问（户）"),
    N_("抽样权数"), N_("无应答调整"), N_("权数"),
]  # fmt: skip


def write(path: Path, content: Content) -> None:
    """Write the workbook. The results are what opens first."""
    with path.open("wb") as file:
        book = new_book(file, large=content.records.total > MANY)
        styles, translate = Styles(book), content.texts.translate
        add_data(book, styles, content)
        rows = codebook.codebook_rows(content.records.variables, content.texts)
        add_sheet(book, N_("编码本"), codebook.WIDTHS, codebook.HEADS, rows, translate, styles)
        add_results(book, styles, content)
        add_outcomes(book, styles, content)
        add_method(book, styles, content)
        book.close()


def add_data(book: xlsxwriter.Workbook, styles: Styles, content: Content) -> None:
    """A row an interview under the names of the variables, as programs read them."""
    widths = [_width(variable) for variable in content.records.variables]
    sheet = Sheet(book, styles, DATA, widths, content.texts.translate)
    for column, variable in enumerate(content.records.variables):
        style = styles.head if variable.kind == TEXT else styles.head_right
        sheet.sheet.write_string(0, column, variable.name, style)
    show = content.texts.translate
    for number, row in enumerate(content.records.rows(), start=1):
        for column, value in enumerate(row):
            if isinstance(value, int | float):
                sheet.sheet.write_number(number, column, value)
            elif value is not None:
                text = value.show(show) if isinstance(value, Message) else value
                sheet.sheet.write_string(number, column, text, styles.plain)
    sheet.sheet.freeze_panes(1, 1)
    sheet.sheet.fit_to_pages(1 + sum(widths) // ACROSS, 0)  # a hundred columns on one page would be dust
    sheet.sheet.repeat_rows(0)
    sheet.sheet.repeat_columns(0)
    sheet.sheet.autofilter(0, 0, max(1, content.records.total), len(widths) - 1)


def _width(variable: Variable) -> int:
    if variable.words:
        return 50
    if variable.kind == TEXT:
        return 16
    return 12 if variable.measure == SCALE else max(7, len(variable.name) + 2)


def add_method(book: xlsxwriter.Workbook, styles: Styles, content: Content) -> None:
    """What the numbers rest on, and a formula that computes the headline from the data sheet."""
    translate = content.texts.translate
    sheet = Sheet(book, styles, N_("方法"), [30, 14, 12, 14, 22, 12, 18, 12, 12, 12], translate)
    sheet.title(translate(N_("方法")))
    for name, value in _facts(content):
        sheet.fact(name, value)
    sheet.heading(translate(N_("各层")))
    kinds = ["text", "count", "number", "count", "count", "count", "count", "weight", "weight", "weight"]
    sheet.table(STRATA, content.strata_rows(), kinds)
    _recomputed(sheet, content)


def _facts(content: Content) -> Iterator[tuple[str, Any]]:
    document, texts = content.document, content.texts
    integrity, definition, overall = document["integrity"], document["definition"], document["headline"]
    form = document["round"]["questionnaire"]
    differing = "、".join(check["name"] for check in integrity["checks"] if not check["agrees"])
    yield N_("社工服务站"), document["station"]["name"]
    yield N_("评估季"), document["season"]["name"]
    yield N_("评估周期"), "{period_from} – {period_to}".format(**document["season"])
    yield N_("访问期"), "{fieldwork_from} – {fieldwork_to}".format(**document["round"])
    yield (
        N_("数据冻结"),
        clock(document["frozen"]["closed_at"]) or texts.translate(N_("尚未冻结，随访问更新")),
    )
    yield N_("抽样框封存"), clock(integrity["sealed_at"])
    yield N_("抽样框哈希（SHA-256）"), integrity["frame_digest"]
    yield N_("抽样框户数"), document["sizes"].get("frame")
    yield N_("抽样"), clock(integrity["drawn_at"])
    yield N_("抽样证书哈希（SHA-256）"), integrity["certificate_digest"]
    agreed = (
        Message(N_("各项一致"))
        if integrity["verified"]
        else Message(N_("不一致：%(names)s"), {"names": differing})
    )
    yield N_("抽样证书核对"), texts.show(agreed) if integrity["checks"] else None
    yield N_("口径"), definition["described"]
    yield N_("区间"), overall["rate"]["method_name"] if overall and overall["rate"] else None
    yield N_("发放户数"), document["sizes"]["released"]
    yield N_("访问户数"), document["sizes"]["interviews"]
    yield N_("问卷"), f"{form['name']} {form['version']} · {form['digest']}"
    yield N_("程序版本"), f"Huifang {__version__}"
    yield N_("导出时间"), local(content.now).strftime("%Y-%m-%d %H:%M")
    yield N_("数据说明"), " ".join(content.remarks())
    yield (
        N_("数字"),
        texts.translate(
            N_("单元格里的数字未经四舍五入，只是按与网页相同的位数显示；隐藏的结果不含任何数字。")
        ),
    )


def _recomputed(sheet: Sheet, content: Content) -> None:
    """Σ weight of the satisfied ÷ Σ weight of the base, as a formula over the data sheet."""
    overall = content.document["headline"]
    if not content.records.total or not overall or not overall["rate"]:
        return
    sheet.heading(sheet.translate(N_("由“数据”表重算")))
    name = sheet.translate(DATA)
    weight, base, satisfied = (_range(content, name, column) for column in (WEIGHT, IN_BASE, SATISFIED))
    formula = f"=SUMIFS({weight},{satisfied},1)/SUMIFS({weight},{base},1)"
    sheet.sheet.write_string(sheet.row, 0, overall["measure"], sheet.styles.text)
    sheet.sheet.write_formula(sheet.row, 1, formula, sheet.styles.numbers["share"], overall["rate"]["value"])
    sheet.row += 1


def _range(content: Content, sheet: str, variable: str) -> str:
    column = xl_col_to_name(content.names.index(variable), col_abs=True)
    return f"'{sheet}'!{column}$2:{column}${content.records.total + 1}"
