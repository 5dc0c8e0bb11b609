"""Data out: a round's interviews and results in one file, as a workbook, CSV, SPSS, or with scripts that recompute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from survey.errors import N_, Invalid
from survey.models.season import Round
from survey.reports import bundle, csv_file, spss, workbook
from survey.reports.content import Content
from survey.reports.document import results_document
from survey.reports.texts import Texts
from survey.services.records import records_of
from survey.services.results import round_results
from survey.vault import Keyring


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. `most`: rows (interviews) that it can hold."""

    name: str
    holds: str
    write: Callable[[Path, Content], None]
    most: int | None = None


FORMATS: Mapping[str, Format] = {
    "xlsx": Format(
        N_("Excel 工作簿"),
        N_("数据、编码本、结果（带图）、执行情况、方法，各一张工作表。"),
        workbook.write,
        workbook.MOST,
    ),
    "csv": Format(N_("CSV 表格"), N_("只有逐户数据，一行一户，Excel 可直接打开。"), csv_file.write),
    "sav": Format(N_("SPSS 数据"), N_("逐户数据，带变量标签、取值标签和缺失值。"), spss.write, spss.MOST),
    "zip": Format(
        N_("数据和核算脚本"),
        N_("逐户数据、编码本和结果，附 R 与 Python 脚本：只凭这些文件重算满意率和区间。"),
        bundle.write,
    ),
}


def content_of(
    session: Session,
    vault: Keyring,
    round_: Round,
    texts: Texts,
    now: datetime,
    *,
    words: bool = False,
    identified: bool = False,
) -> Content:
    """What is to be written: the results as every other way out gives them, and the interviews behind them."""
    results = round_results(session, round_)
    document = results_document(results, round_, translate=texts.translate, language=texts.language)
    records = records_of(session, vault, round_, results, words=words, identified=identified)
    return Content(document, records, texts, now)


def write(path: Path, content: Content, suffix: str) -> None:
    """Write the file. Raises Invalid where the format is unknown or cannot hold so many rows."""
    if suffix not in FORMATS:
        text = N_("不认识的文件类型“%(suffix)s”。可用的有：%(known)s。")
        raise Invalid("unknown-format", text, suffix=suffix, known=" ".join(FORMATS))
    found = FORMATS[suffix]
    if found.most is not None and content.records.total > found.most:
        text = N_("本轮有 %(rows)s 户访问，一个 %(suffix)s 文件最多放 %(most)s 户。请改选 csv 或 zip。")
        raise Invalid("too-many-rows", text, rows=content.records.total, suffix=suffix, most=found.most)
    found.write(path, content)
