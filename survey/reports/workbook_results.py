"""The sheet of results: tables filled from the document, with native charts between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import xlsxwriter

from survey.errors import N_
from survey.reports.content import Content
from survey.reports.document_parts import Document
from survey.reports.sheets import Place, Sheet, Styles
from survey.stats.points import Measure
from survey.stats.points_words import MEASURE_NAMES

WIDTHS = [28, 17, 10, 12, 12, 14, 14, 12, 12, 9, 12, 12, 40, 3, 8, 8]
#: behind the printed area: how far the limits lie from the rate, for the error bars
PRINTED, LOW_ERROR, HIGH_ERROR = 13, 14, 15
HEADS = [
    N_("题目"), N_("指标"), N_("比率"), N_("区间下限"), N_("区间上限"), N_("未受访下界"), N_("未受访上界"),
    N_("n（户）"), N_("N（户）"), N_("得分"), N_("得分下限"), N_("得分上限"), N_("说明"),
]  # fmt: skip
KINDS = [
    "text", "text", *["share"] * 5, "count", "count", *["points"] * 3, "text", "text", "share", "share",
]  # fmt: skip
RATE = 2

#: worst to best; the colours of the pages' bars
COLOURS = {"1": "#A84A00", "2": "#EAA468", "3": "#C9CFD1", "4": "#7FB6CF", "5": "#00618F"}
TEAL = "#00618F"

Chart = Any


def add_results(book: xlsxwriter.Workbook, styles: Styles, content: Content) -> None:
    document, translate = content.document, content.texts.translate
    sheet = Sheet(book, styles, N_("结果"), WIDTHS, translate, PRINTED)
    sheet.title(f"{document['station']['name']} · {document['season']['name']}")
    for text in _head(document, content):
        sheet.line(text)
    _points(sheet, document["points"])
    figures = _figures(document)
    if figures:
        _rates(book, sheet, figures)
        _answers(book, sheet, document)
        _reported(sheet, document)
        _zones(book, sheet, document)
        _groups(sheet, N_("按对象类别"), N_("对象类别"), document["categories"])
        _groups(sheet, N_("按跟进级别"), N_("跟进级别"), document["levels"])
        _sensitivity(sheet, document)
        _last_round(sheet, document)
    sheet.sheet.print_area(0, 0, sheet.row, PRINTED - 1)
    sheet.sheet.activate()
    sheet.sheet.set_first_sheet()


def _head(document: Document, content: Content) -> Iterator[str | None]:
    yield document["definition"]["described"]
    headline = document["headline"]
    if headline is None:
        yield content.texts.translate(N_("还没有计入的访问。"))
        return
    yield headline["conclusion"]
    yield headline["caution"]
    yield from headline["notes"]


def _points(sheet: Sheet, points: Document | None) -> None:
    """折分, where a rule was agreed."""
    if points is None:
        return
    sheet.heading(sheet.translate(N_("折分")))
    heads = [N_("指标"), "", N_("折分"), N_("按区间下限"), N_("按区间上限"), N_("满分")]
    measure = MEASURE_NAMES[Measure(points["measure"])]
    row = [sheet.translate(measure), "", points["value"], points["low"], points["high"], points["maximum"]]
    sheet.table(heads, [row], ["text", "text", *["marks"] * 4])
    for text in (points["rule"], points["reason"], points["warning"], points["note"]):
        sheet.line(text)


def _figures(document: Document) -> list[Document]:
    if document["headline"] is None:
        return []
    parts = (document[key] for key in ("items", "outcomes_trio", "reach"))
    return [document["headline"], *(figure for part in parts for figure in part)]


def _rates(book: xlsxwriter.Workbook, sheet: Sheet, figures: list[Document]) -> None:
    sheet.heading(sheet.translate(N_("各题的比率、区间与得分")))
    place = sheet.table(HEADS, (_row(figure["name"], figure) for figure in figures), KINDS)
    shown = sum(figure["rate"] is not None for figure in figures)
    if shown:
        name = sheet.translate(N_("各题的比率与区间"))
        sheet.chart(_interval_chart(book, place, name, len(figures)), _height(len(figures)))


def _row(name: str, figure: Document, part: Document | None = None) -> list[Any]:
    """Under HEADS, and the two columns for the error bars. A hidden figure has its reason and no number of its own;
    `part`: the zone or group whose N is known anyway."""
    rate, score = figure["rate"] or {}, figure["score"] or {}
    limits, errors = _limits(rate)
    bounds = rate.get("bounds") or {}
    said = " ".join(text for text in (figure["reason"], *figure["notes"]) if text)
    return [
        name, figure["measure"], rate.get("value"), *limits, bounds.get("low"), bounds.get("high"), figure["n"], (part or rate).get("N"),
        score.get("value"), score.get("low"), score.get("high"), said, None, *errors,
    ]  # fmt: skip


def _limits(rate: Document) -> tuple[list[float | None], list[float | None]]:
    """Low and high, and how far they lie from the rate; none where a page shows none."""
    if rate.get("limits") != "interval":
        return [None, None], [None, None]
    value, low, high = rate["value"], rate["low"], rate["high"]
    return [low, high], [value - low, high - value]


def _interval_chart(book: xlsxwriter.Workbook, place: Place, title: str, bars: int) -> Chart:
    """Bars with their intervals, the first at the top."""
    chart = book.add_chart({"type": "bar"})
    error = {"color": "#1F2A2E", "width": 1.25}
    chart.add_series(
        {
            "name": title,
            "categories": place.column(0),
            "values": place.column(RATE),
            "fill": {"color": TEAL, "transparency": 35},
            "gap": 60,
            "y_error_bars": {
                "type": "custom",
                "plus_values": _formula(place, HIGH_ERROR),
                "minus_values": _formula(place, LOW_ERROR),
                "line": error,
            },
        }
    )
    _axes(chart, title, bars)
    chart.set_legend({"none": True})
    return chart


def _formula(place: Place, column: int) -> str:
    letter = chr(ord("A") + column)
    return f"='{place.sheet}'!${letter}${place.first + 1}:${letter}${place.last + 1}"


def _axes(chart: Chart, title: str, bars: int) -> None:
    chart.set_title({"name": title, "name_font": {"size": 12}, "overlay": False})
    chart.set_x_axis(
        {
            "min": 0,
            "max": 1,
            "num_format": "0%",
            "major_gridlines": {"visible": True, "line": {"color": "#D9DEE0"}},
        }
    )
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 900, "height": 20 * _height(bars)})


def _height(bars: int) -> int:
    """Rows that a chart of so many bars covers."""
    return 6 + 2 * bars


def _answers(book: xlsxwriter.Workbook, sheet: Sheet, document: Document) -> None:
    """Households per answer: a table for each set of choices, with stacked bars where it is a scale."""
    sheet.heading(sheet.translate(N_("各选项户数")))
    groups: dict[tuple[tuple[str, str, bool], ...], list[Document]] = {}
    for figure in _figures(document):
        choices = tuple((each["code"], each["label"], each["in_base"]) for each in figure["counts"])
        if choices:
            groups.setdefault(choices, []).append(figure)
    for choices, figures in groups.items():
        inside = [(code, label) for code, label, counts in choices if counts]
        outside = [(code, label) for code, label, counts in choices if not counts]
        heads = [N_("题目"), *(f"{code} {label}" for code, label in inside + outside), N_("n（户）")]
        kinds = ["text", *["count"] * (len(heads) - 1)]
        place = sheet.table(heads, (_counts(figure, inside + outside) for figure in figures), kinds)
        if {code for code, _ in inside} == set(COLOURS):
            chart = _stacked_chart(
                book, place, inside, sheet.translate(N_("回答分布（基数内，按户数）")), len(figures)
            )
            sheet.chart(chart, _height(len(figures)))
        sheet.row += 1


def _counts(figure: Document, order: Iterable[tuple[str, str]]) -> list[Any]:
    given = {each["code"]: each["n"] for each in figure["counts"]}
    return [figure["name"], *(given[code] for code, _ in order), figure["n"]]


def _stacked_chart(
    book: xlsxwriter.Workbook, place: Place, codes: list[tuple[str, str]], title: str, bars: int
) -> Chart:
    chart = book.add_chart({"type": "bar", "subtype": "percent_stacked"})
    for column, (code, label) in enumerate(codes, start=1):
        chart.add_series(
            {
                "name": label,
                "categories": place.column(0),
                "values": place.column(column),
                "fill": {"color": COLOURS[code]},
                "gap": 60,
            }
        )
    _axes(chart, title, bars)
    chart.set_legend({"position": "bottom"})
    return chart


def _reported(sheet: Sheet, document: Document) -> None:
    """Contact as respondents report it: households and their weighted share, a row a choice."""
    if not document["contact"]:
        return
    sheet.heading(sheet.translate(N_("受访者说的接触情况")))
    heads = [N_("题目"), N_("回答"), N_("占比"), N_("户数"), N_("n（户）")]
    rows = (row for one in document["contact"] for row in _choices(one))
    sheet.table(heads, rows, ["text", "text", "share", "count", "count"])


def _choices(reported: Document) -> Iterator[list[Any]]:
    if not reported["shown"]:
        yield [reported["name"], reported["reason"], None, None, reported["n"]]
    for choice in reported["choices"]:
        yield [reported["name"], choice["label"], choice["share"], choice["n"], reported["n"]]
    for choice in reported["outside"]:
        yield [reported["name"], choice["label"], None, choice["n"], None]


def _zones(book: xlsxwriter.Workbook, sheet: Sheet, document: Document) -> None:
    """The headline by zone with a chart, then every other question by zone."""
    if not document["zones"]:
        return
    overall = document["headline"]["question"]
    sheet.heading(sheet.translate(N_("按片区")))
    heads = [N_("片区"), *HEADS[1:]]
    rows = [(zone, figure) for zone in document["zones"] for figure in zone["figures"]]
    first = [_row(zone["name"], figure, zone) for zone, figure in rows if figure["question"] == overall]
    place = sheet.table(heads, first, KINDS)
    for zone in document["zones"]:
        if zone["merged"]:
            sheet.line(f"{zone['name']}：{'、'.join(zone['merged'])}")
    if any(row[RATE] is not None for row in first):
        name = sheet.translate(N_("各片区的总体满意率与区间"))
        sheet.chart(_interval_chart(book, place, name, len(first)), _height(len(first)))
    others = [
        _row(f"{zone['name']} · {figure['name']}", figure, zone)
        for zone, figure in rows
        if figure["question"] != overall
    ]
    if others:
        sheet.row += 1
        sheet.table([N_("片区和题目"), *HEADS[1:]], others, KINDS)


def _groups(sheet: Sheet, heading: str, head: str, groups: list[Document]) -> None:
    """Parts of the round by the overall rate."""
    if not groups:
        return
    sheet.heading(sheet.translate(heading))
    sheet.table([head, *HEADS[1:]], (_row(group["name"], group["figure"], group) for group in groups), KINDS)


def _sensitivity(sheet: Sheet, document: Document) -> None:
    if not document["sensitivity"]:
        return
    sheet.heading(sheet.translate(N_("换一种口径会怎样")))
    heads = [N_("口径"), *HEADS[1:-1], N_("与本轮口径的差别")]
    sheet.table(heads, map(_variant, document["sensitivity"]), KINDS)


def _variant(variant: Document) -> list[Any]:
    """Withheld, it has the reason in place of the difference."""
    shown = variant["rate"] or variant["score"] or {}
    figure = {
        "measure": None, "n": shown.get("n"), "rate": variant["rate"], "score": variant["score"], "notes": [],
        "reason": variant["reason"] or variant["difference"],
    }  # fmt: skip
    row = _row(variant["name"], figure, shown)
    return row[:PRINTED]


def _last_round(sheet: Sheet, document: Document) -> None:
    """This round and the station's last frozen one, and what may be said of the difference."""
    compared = document["last_round"]
    if compared is None:
        return
    sheet.heading(sheet.translate(N_("与上一轮相比")))
    rounds = [
        (document["season"]["name"], document["headline"]),
        (compared["round"]["season"], compared["figure"]),
    ]
    sheet.table([N_("轮次"), *HEADS[1:]], (_row(name, figure) for name, figure in rounds), KINDS)
    for text in (compared["sentence"], *compared["notes"]):
        sheet.line(text)
