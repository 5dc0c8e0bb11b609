"""Data with scripts: whoever gets the archive recomputes the headline with R or Python, from these files alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from survey.errors import N_
from survey.reports.codebook import HEADS, codebook_rows
from survey.reports.content import STRATA_HEADS, Content
from survey.reports.csv_file import write_csv

SCRIPTS = ("headline.R", "headline.py")
ABOUT = N_(
    "%(station)s · %(season)s\n\n"
    "data.csv　逐户数据，一行一户；各栏的含义见 codebook.csv\n"
    "strata.csv　各层的户数、发放、访问和权数（权数＝抽样权数×无应答调整）\n"
    "definition.csv　总体满意率的口径：哪些编码算满意，哪些计入基数，置信水平\n"
    "results.json　全部结果，数字未经四舍五入\n"
    "headline.R　Rscript headline.R，需要 R 和程序包 survey\n"
    "headline.py　python headline.py，需要 numpy 和 scipy\n\n"
    "两个脚本只读本文件夹里的 CSV，重算总体满意率、区间、n 和 N，应与 results.json 的 headline 一致。\n"
    "CSV 为带 BOM 的 UTF-8；以 = + - @ 等开头的文字前加了一个撇号，免得电子表格当成公式。\n"
    "Excel 打开 CSV 时会把电话和工号当成数字，需要时请用工作簿。\n\n"
)


def write(path: Path, content: Content) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        tables = {
            "data.csv": (content.names, content.records.rows()),
            "strata.csv": (STRATA_HEADS, content.strata_rows()),
            "definition.csv": (("key", "value"), definition_rows(content)),
            "codebook.csv": (
                [content.texts.translate(head) for head in HEADS],
                codebook_rows(content.records.variables, content.texts),
            ),
        }
        for name, (heads, rows) in tables.items():
            with archive.open(name, "w", force_zip64=True) as member:
                write_csv(member, heads, rows, content.texts)
        archive.writestr("results.json", json.dumps(content.document, ensure_ascii=False, indent=1))
        for name in SCRIPTS:
            archive.writestr(name, (files("survey.reports.scripts") / name).read_bytes())
        archive.writestr("README.txt", _about(content).encode("utf-8-sig"))


def definition_rows(content: Content) -> Iterator[Sequence[object]]:
    """What the scripts have to know besides data and strata. `withheld`: why there are no rows, else empty."""
    definition, overall = content.document["definition"], content.records.overall
    yield "name", f"{definition['name']} v{definition['version']}"
    yield "column", overall.name
    yield "satisfied_codes", " ".join(definition["satisfied_codes"])
    yield "base_codes", " ".join(definition["base_codes"])
    yield "level", str(definition["level"])
    yield "withheld", content.records.withheld


def _about(content: Content) -> str:
    names = {"station": content.document["station"]["name"], "season": content.document["season"]["name"]}
    return content.texts.translate(ABOUT) % names + "\n".join(content.remarks()) + "\n"
