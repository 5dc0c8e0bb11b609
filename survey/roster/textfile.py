"""Comma, semicolon or tab separated text in the encodings that office software in China writes."""

from __future__ import annotations

import codecs
import csv
import io
import re

from survey.errors import N_, Unreadable
from survey.roster.book import Row

MAX_CELL = 32_767  # characters; the most that Excel itself puts into a cell
CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
DELIMITERS = ",\t;，；"


def read_rows(data: bytes, name: str) -> list[Row]:
    """Rows of equal width. Raises Unreadable: encoding-unknown, not-a-workbook, cell-too-long."""
    text = decode(data, name)
    if CONTROL.search(text, 0, 100_000):
        raise not_a_table(name)
    delimiter = guess_delimiter(text)
    if not delimiter.isascii():
        text, delimiter = text.replace(delimiter, "\t"), "\t"
    return same_width(split(text, delimiter, name))


def not_a_table(name: str) -> Unreadable:
    return Unreadable(
        "not-a-workbook",
        N_(
            "%(file)s：不是 Excel 或 CSV 表格（可能是图片或其他文件改了扩展名）。请导入 .xlsx、.xls 或 .csv 名册。"
        ),
        file=name,
    )


def decode(data: bytes, name: str) -> str:
    """BOM first; then strict UTF-8; then UTF-16 by its zero bytes; else GB18030, the Excel default in China."""
    for bom, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(bom):
            return decode_strictly(data, encoding, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return decode_strictly(data, utf16_without_bom(data[:4000]) or "gb18030", name)


def utf16_without_bom(sample: bytes) -> str | None:
    """ASCII characters (digits, separators, line ends) leave zeros on one side of each pair only."""
    high, low = sample[0::2].count(0), sample[1::2].count(0)
    if max(high, low) * 20 < len(sample):
        return None
    return "utf-16-be" if high > low else "utf-16-le"


def decode_strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if CONTROL.search(data[:4000].decode("latin-1")) and not encoding.startswith("utf"):
            raise not_a_table(name) from error
        raise Unreadable(
            "encoding-unknown",
            N_(
                "%(file)s：第 %(row)s 行附近有无法识别的文字编码。请用 Excel 或 WPS 另存为 .xlsx，或另存为 UTF-8 编码的 CSV。"
            ),
            file=name,
            row=data[: error.start].count(b"\n") + 1,
        ) from error


def guess_delimiter(text: str) -> str:
    """The separator that most of the first lines contain in equal number."""
    lines = [line for line in text[:20_000].splitlines()[:60] if line.strip()]
    best, best_score = ",", 0
    for delimiter in DELIMITERS:
        counts = [line.count(delimiter) for line in lines if delimiter in line]
        score = max((counts.count(count) * min(count, 12) for count in set(counts)), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def split(text: str, delimiter: str, name: str) -> list[list[str]]:
    csv.field_size_limit(MAX_CELL * 4)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
    except csv.Error as error:
        raise cell_too_long(name, name, len(rows) + 1) from error
    return rows


def cell_too_long(name: str, sheet: str, row: int) -> Unreadable:
    return Unreadable(
        "cell-too-long",
        N_(
            "%(file)s：工作表“%(sheet)s”第 %(row)s 行有一个单元格超过 %(limit)s 个字符，不像名册内容。"
            "请删去该单元格中多余的内容后再导入。"
        ),
        file=name,
        sheet=sheet,
        row=row,
        limit=MAX_CELL,
    )


def same_width(rows: list[list[str]]) -> list[Row]:
    width = max(map(len, rows), default=0)
    return [[*row, *[""] * (width - len(row))] for row in rows]
