"""The Word template that Huifang comes with, made by code: an A4 report with placeholders where the round's facts go.

It is what an evaluator downloads, changes in Word and gives back. Placeholders are docxtpl's: {{ name }}, and rows or
paragraphs that repeat between {%tr for … %} or {%p for … %} and their end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

from survey.reports.word_styles import (
    add_field,
    align_right,
    border,
    new_document,
    repeat_header,
    set_widths,
    shade,
)  # fmt: skip

#: tables of the annex: name in the placeholders -> heads, the field behind each, and widths in cm
TABLES: dict[str, tuple[Sequence[str], Sequence[str], Sequence[float]]] = {
    "facts": (("项目", "内容"), ("name", "value"), (4.2, 11.8)),
    "flow": (("步骤", "户数"), ("name", "n"), (11.0, 5.0)),
    "dispositions": (("代码", "结果", "类别", "户数"), ("code", "name", "outcome", "n"), (1.8, 7.2, 4.6, 2.4)),
    "rates": (("比率", "数值", "分子÷分母（户）", "算法"), ("name", "value", "parts", "how"), (3.6, 1.8, 3.0, 7.6)),
    "releases": (("批次", "时间", "户数", "原因"), ("number", "at", "n", "reason"), (1.4, 3.6, 1.8, 9.2)),
    "figures": (
        ("题目", "指标", "比率", "区间", "n", "N", "得分", "说明"),
        ("name", "measure", "rate", "interval", "n", "N", "score", "note"),
        (3.2, 1.9, 1.5, 2.6, 1.1, 1.3, 1.3, 3.1),
    ),
    "contact": (("题目", "回答", "占比", "户数", "n（户）"), ("name", "answer", "share", "n", "base"), (5.0, 5.0, 2.0, 2.0, 2.0)),
    "counts": (("题目", "各答案的户数", "n（户）"), ("name", "counts", "n"), (3.6, 10.8, 1.6)),
    "themes": (
        ("类别", "主题", "户数", "占受访户", "区间", "受访户"),
        ("kind", "name", "n", "share", "interval", "base"),
        (2.0, 5.6, 1.8, 2.2, 2.8, 1.6),
    ),
    "quotes": (("类别", "主题", "引语", "形式"), ("kind", "theme", "text", "form"), (1.8, 3.6, 8.8, 1.8)),
    "quantifiers": (("用词", "含义", "本轮（户）"), ("word", "meaning", "range"), (2.6, 8.4, 5.0)),
}  # fmt: skip
#: columns of numbers, which stand under one another
NUMBERS = frozenset({"n", "N", "rate", "interval", "score", "share", "base", "value", "parts"})
#: tables whose value is a text
OF_TEXT = frozenset({"facts"})
#: what every table of rates is made of: the parts of the results that have their own table
LIKE_FIGURES = ("figures", "trio", "reach", "zones", "last_round")


def fields_of(table: str) -> tuple[Sequence[str], Sequence[str], Sequence[float]]:
    return TABLES["figures" if table in LIKE_FIGURES else table]


@lru_cache(maxsize=1)
def default_template() -> bytes:
    """The .docx as bytes."""
    document = new_document()
    _front(document)
    _paragraphs(document)
    _annex(document)
    _method(document)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def _front(document: Any) -> None:
    section = document.sections[0]
    head = section.header.paragraphs[0]
    head.text = "{{ station }} · {{ season }} · {{ stage }}"
    head.style = document.styles["Header"]
    foot = section.footer.paragraphs[0]
    foot.style = document.styles["Footer"]
    for text, field in (("第 ", "PAGE"), (" 页　共 ", "NUMPAGES"), (" 页", "")):
        foot.add_run(text)
        if field:
            add_field(foot, field)
    document.add_paragraph("{{ station }}", style="Title")
    document.add_paragraph("{{ season }}服务对象满意度调查报告", style="Subtitle")
    _table(document, "facts", "front")


def _paragraphs(document: Any) -> None:
    document.add_paragraph("一、服务监测", style="Heading 1")
    document.add_paragraph("{{ method }}", style="Body Text")
    for heading, part in (("1.值得肯定的地方", "praise"), ("2.需要关注的地方", "concern")):
        document.add_paragraph(heading, style="Heading 2")
        document.add_paragraph(f"{{%p for sentence in {part} %}}")
        document.add_paragraph("（{{ loop.index }}）{{ sentence }}", style="Body Text")
        document.add_paragraph("{%p else %}")
        document.add_paragraph("本轮调查没有可列的内容。", style="Body Text")
        document.add_paragraph("{%p endfor %}")


def _annex(document: Any) -> None:
    title = document.add_paragraph("附件：满意度调查情况", style="Heading 1")
    title.paragraph_format.page_break_before = True
    document.add_paragraph("（一）抽样与执行", style="Heading 2")
    document.add_paragraph("{{ execution }}", style="Body Text")
    _chart(document, "flow")
    _table(document, "flow", "flow", "表 从名册到受访")
    _table(document, "dispositions", "dispositions", "表 发放各户的结果")
    _table(document, "rates", "rates", "表 应答率与相关比率")
    _table(document, "releases", "releases", "表 发放记录")
    document.add_paragraph("（二）总体与分项", style="Heading 2")
    for name in ("conclusion", "caution"):
        _optional(document, name)
    _chart(document, "rates")
    _table(document, "figures", "figures", "表 总体与分项的比率、区间与得分")
    _chart(document, "answers")
    _table(document, "counts", "counts", "表 各答案的户数")
    for heading, name, chart, table in (
        ("（三）成效", "trio", "effects", "表 问题解决、能力提升、支持网络"),
        ("（四）知晓与接触", "reach", "", "表 知晓与接触"),
        ("（五）各片区", "zones", "zones", "表 各片区的总体比率"),
        ("（六）与上一轮相比", "last_round", "", "表 本轮与上一轮"),
    ):
        _part(document, heading, name, chart, table)
    _said(document)


def _part(document: Any, heading: str, name: str, chart: str, caption: str) -> None:
    """A part with its note, chart and table; the note says why where there is nothing."""
    document.add_paragraph(heading, style="Heading 2")
    _optional(document, f"notes.{name}")
    if chart:
        _chart(document, chart)
    _table(document, name, name, caption)
    if name == "reach":
        _table(document, "contact", "contact", "表 受访者说的接触情况")


def _said(document: Any) -> None:
    document.add_paragraph("（七）受访者说了什么", style="Heading 2")
    _optional(document, "notes.themes")
    _table(document, "themes", "themes", "表 主题：提到的受访户")
    _chart(document, "themes")
    _table(document, "quotes", "quotes", "表 已批准的引语（已遮盖能认出人的内容）")


def _method(document: Any) -> None:
    document.add_paragraph("（八）方法与口径", style="Heading 2")
    document.add_paragraph("{%p for text in definitions %}")
    document.add_paragraph("{{ text }}", style="Body Text")
    document.add_paragraph("{%p endfor %}")
    _table(document, "quantifiers", "quantifiers", "表 报告用词与户数的对应")
    _table(document, "facts", "evidence", "表 可复核的依据")


def _optional(document: Any, name: str) -> None:
    document.add_paragraph(f"{{%p if {name} %}}")
    document.add_paragraph(f"{{{{ {name} }}}}", style="Body Text")
    document.add_paragraph("{%p endif %}")


def _chart(document: Any, name: str) -> None:
    """A picture with what it shows below; nothing where the results have none."""
    document.add_paragraph(f"{{%p if charts.{name} %}}")
    document.add_paragraph(f"{{{{ charts.{name} }}}}", style="Picture")
    document.add_paragraph("{%p endif %}")


def _table(document: Any, kind: str, rows: str, caption: str = "") -> None:
    """A table whose middle row repeats for each of `rows`; left out with its caption where there are none."""
    heads, fields, widths = fields_of(kind)
    document.add_paragraph(f"{{%p if {rows} %}}")
    if caption:
        document.add_paragraph(caption, style="Caption")
    table = document.add_table(rows=4, cols=len(heads))
    table.style = document.styles["Table Grid"]
    border(table)
    set_widths(table, widths)
    for cell, head, field in zip(table.rows[0].cells, heads, fields, strict=True):
        cell.paragraphs[0].style = document.styles["Table Head"]
        if field in NUMBERS and kind not in OF_TEXT:
            align_right(cell.paragraphs[0])
        cell.paragraphs[0].add_run(head)
        shade(cell)
    repeat_header(table.rows[0])
    for number, tag in ((1, f"{{%tr for row in {rows} %}}"), (3, "{%tr endfor %}")):
        table.rows[number].cells[0].paragraphs[0].add_run(tag)
    for cell, field in zip(table.rows[2].cells, fields, strict=True):
        is_number = field in NUMBERS and kind not in OF_TEXT
        cell.paragraphs[0].style = document.styles["Table Number" if is_number else "Table Text"]
        cell.paragraphs[0].add_run(f"{{{{ row.{field} }}}}")
    document.add_paragraph("{%p endif %}")
