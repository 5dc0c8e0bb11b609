"""Whether an uploaded Word file can serve as the template: it is filled with everything a report may hold, and what does
not work is said by the name of the placeholder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx.opc.exceptions import OpcError
from jinja2 import TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError, TemplateError

from survey.errors import N_, Invalid
from survey.reports.word import CHART_NAMES, fill
from survey.reports.word_template import TABLES, fields_of

LARGEST = 8_000_000  # bytes of the file
LARGEST_UNPACKED = 60_000_000
_NAME = re.compile(r"'([^']+)'")

#: placeholder -> what stands there
TEXTS: Mapping[str, str] = {
    "station": N_("社工站"),
    "street": N_("街道（镇）"),
    "district": N_("区"),
    "season": N_("评估季"),
    "commissioner": N_("委托方"),
    "evaluator": N_("评估方"),
    "stage": N_("草稿或定稿，第几版"),
    "made_on": N_("生成日期"),
    "method": N_("调查方法一段"),
    "execution": N_("抽样与执行一段"),
    "conclusion": N_("可以作出的结论"),
    "caution": N_("结论的前提"),
}
LISTS: Mapping[str, str] = {
    "praise": N_("值得肯定，逐条"),
    "concern": N_("需要关注，逐条"),
    "definitions": N_("方法与口径，逐条"),
}
#: name of the rows -> (kind of table, what it is)
ROWS: Mapping[str, tuple[str, str]] = {
    "front": ("facts", N_("封面的基本情况")),
    "flow": ("flow", N_("从名册到受访")),
    "dispositions": ("dispositions", N_("发放各户的结果")),
    "rates": ("rates", N_("应答率与相关比率")),
    "releases": ("releases", N_("发放记录")),
    "figures": ("figures", N_("总体与分项")),
    "counts": ("counts", N_("各答案的户数")),
    "trio": ("figures", N_("成效")),
    "reach": ("figures", N_("知晓与接触")),
    "contact": ("contact", N_("受访者说的接触情况")),
    "zones": ("figures", N_("各片区")),
    "last_round": ("figures", N_("与上一轮相比")),
    "themes": ("themes", N_("主题")),
    "quotes": ("quotes", N_("已批准的引语")),
    "quantifiers": ("quantifiers", N_("报告用词与户数的对应")),
    "evidence": ("facts", N_("可复核的依据")),
}
#: parts that have a note of their own
NOTES = ("trio", "reach", "zones", "last_round", "themes")


def sample() -> dict[str, Any]:
    """Every placeholder with something in it."""
    return {
        **dict.fromkeys(TEXTS, "样例"),
        **{name: ["样例一", "样例二"] for name in LISTS},
        **{name: [dict.fromkeys(fields_of(kind)[1], "样例")] for name, (kind, _) in ROWS.items()},
        "notes": dict.fromkeys(NOTES, "样例"),
    }


def fields(name: str) -> tuple[str, ...]:
    """Of a row, as `row.…` names them."""
    return tuple(TABLES[ROWS[name][0]][1])


def charts() -> tuple[str, ...]:
    return CHART_NAMES


def check_template(content: bytes) -> None:
    """Raises Invalid: what is wrong with the file, which placeholder is at fault, what to do."""
    _check_package(content)
    _check_braces(content)
    try:
        fill(content, sample(), {})
    except UndefinedError as error:
        raise Invalid("template-placeholder-unknown", _UNKNOWN, name=_name_in(error)) from None
    except TemplateSyntaxError as error:
        raise Invalid("template-syntax", _SYNTAX, place=_place_of(error), why=error.message or "") from None
    except SecurityError as error:
        raise Invalid("template-unsafe", _UNSAFE, why=str(error)) from None
    except (TemplateError, TypeError, ValueError, KeyError) as error:
        raise Invalid("template-not-filled", _NOT_FILLED, why=str(error)[:200]) from None


def _check_braces(content: bytes) -> None:
    """Word filling does not miss a brace that is not closed, it swallows what follows."""
    for paragraph in _paragraphs(content):
        pairs = (("{{", "}}"), ("{%", "%}"))
        if any(paragraph.count(opened) != paragraph.count(closed) for opened, closed in pairs):
            raise Invalid("template-syntax", _SYNTAX, place=paragraph[:80], why="{ }")


def _paragraphs(content: bytes) -> Iterator[str]:
    """Texts of all paragraphs: body, tables, heads and feet."""
    with ZipFile(BytesIO(content)) as package:
        parts = [
            name
            for name in package.namelist()
            if re.fullmatch(r"word/(document|header\d*|footer\d*)\.xml", name)
        ]
        for name in parts:
            for paragraph in re.findall(
                r"<w:p[ >].*?</w:p>", package.read(name).decode("utf-8", "replace"), re.S
            ):
                yield re.sub(r"<[^>]+>", "", paragraph)


_UNKNOWN = N_("模板里的“%(name)s”不是可用的占位符。请对照本页的表改正，注意大小写和拼写。")
_SYNTAX = N_(
    "模板里这一处写得不合格式：%(place)s（%(why)s）。请检查花括号是否成对，for、if 是否都有 endfor、endif。"
)
_UNSAFE = N_("模板里用了不允许的写法：%(why)s。只能用本页列出的占位符。")
_NOT_FILLED = N_("模板填不进去：%(why)s。请从自带的模板改起。")
_NO_DOCX = N_("这不是 Word 的 .docx 文件。请在 Word 里另存为“Word 文档（.docx）”再上传。")


def _check_package(content: bytes) -> None:
    """A .docx of reasonable size, without macros and without anything that is loaded from elsewhere."""
    if len(content) > LARGEST:
        raise Invalid(
            "template-too-large", N_("文件超过 %(most)s MB。请压缩里面的图片。"), most=LARGEST // 1_000_000
        )
    try:
        with ZipFile(BytesIO(content)) as package:
            names = package.namelist()
            unpacked = sum(one.file_size for one in package.infolist())
            relations = (
                [package.read(name) for name in names if name.endswith(".rels")]
                if unpacked <= LARGEST_UNPACKED
                else []
            )
    except (BadZipFile, OpcError, OSError, RuntimeError):
        raise Invalid("template-no-docx", _NO_DOCX) from None
    if "word/document.xml" not in names:
        raise Invalid("template-no-docx", _NO_DOCX)
    if unpacked > LARGEST_UNPACKED:
        raise Invalid("template-too-large", N_("文件展开后太大。请从自带的模板改起。"))
    if any("vbaProject" in name for name in names):
        raise Invalid("template-with-macros", N_("文件里有宏，不能用作模板。请另存为不含宏的 .docx。"))
    if any(_loads_from_elsewhere(relation.decode("utf-8", "replace")) for relation in relations):
        raise Invalid(
            "template-with-links", N_("文件会从别处载入内容（链接的图片或模板）。请改为嵌入后再上传。")
        )


def _loads_from_elsewhere(relations: str) -> bool:
    """Anything external but a hyperlink."""
    found = re.findall(r"<Relationship\b[^>]*>", relations)
    return any('TargetMode="External"' in one and "/hyperlink" not in one for one in found)


def _name_in(error: UndefinedError) -> str:
    """The placeholder, as jinja2 names it last: 'dict object' has no attribute 'flows'."""
    named = _NAME.findall(str(error))
    return named[-1] if named else str(error)


def _place_of(error: TemplateSyntaxError) -> str:
    """The lines around the fault, without the mark-up of Word."""
    around = getattr(error, "docx_context", None) or []
    text = " ".join(re.sub(r"<[^>]+>", "", str(line)) for line in around)
    return " ".join(text.split())[:120] or str(error.lineno)
