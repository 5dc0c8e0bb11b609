"""SPSS .sav through pyreadstat: labels of variables and values, missing values, measure levels."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from survey.errors import N_, Message, Unreadable
from survey.reports.content import Content
from survey.reports.texts import Texts
from survey.services.record_variables import SCALE, TEXT, Variable

#: rows that are held in memory at once: the library takes all of them together
MOST = 250_000

#: what the format holds: bytes of a variable's label, of a value's label and of a line of a note, discrete missing values
LABEL_BYTES, VALUE_BYTES, LINE_BYTES, DISCRETE = 256, 120, 80, 3


def write(path: Path, content: Content) -> None:
    """Raises Unreadable (no-spss) where pyreadstat is not installed."""
    if find_spec("pyreadstat") is None or find_spec("pandas") is None:
        raise Unreadable(
            "no-spss",
            N_("这台机器没有安装 SPSS 组件。请运行 pip install 'huifang[spss]'，或改选 xlsx、csv、zip。"),
        )
    import pandas
    import pyreadstat

    variables, show = content.records.variables, content.texts
    frame = pandas.DataFrame(_columns(content), columns=[variable.name for variable in variables], copy=False)
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label=_cut(content.document["station"]["name"], 64),
        column_labels={each.name: _cut(show.show(each.label), LABEL_BYTES) for each in variables},
        note=[line for remark in content.remarks() for line in _lines(remark, LINE_BYTES)],
        variable_value_labels={each.name: _labels(each, show) for each in variables if each.values},
        missing_ranges={each.name: _missing(each) for each in variables if each.missing},
        variable_measure={each.name: each.measure for each in variables},
        variable_format={
            each.name: "F8.4" if each.measure == SCALE else "F8.0" for each in variables if each.kind != TEXT
        },
        row_compress=True,
    )


def _columns(content: Content) -> dict[str, Any]:
    """Numbers as floats, nan where there is none; texts as objects."""
    records, total = content.records, content.records.total
    columns: dict[str, Any] = {
        each.name: np.full(total, "", dtype=object) if each.kind == TEXT else np.full(total, np.nan)
        for each in records.variables
    }
    arrays = list(columns.values())
    for place, row in enumerate(records.rows()):
        for array, value in zip(arrays, row, strict=True):
            if value is not None:
                array[place] = value.show(content.texts.translate) if isinstance(value, Message) else value
    return columns


def _labels(variable: Variable, texts: Texts) -> dict[Any, str]:
    number = float if variable.kind != TEXT else str
    return {number(value.code): _cut(texts.show(value.label), VALUE_BYTES) for value in variable.values}


def _missing(variable: Variable) -> list[Any]:
    """Up to three codes one by one; more as the range from the least to the greatest, if no other code lies between."""
    codes = variable.missing
    numbers = [code for code in codes if isinstance(code, int)]
    between = [each.code for each in variable.values if not each.missing and isinstance(each.code, int)]
    if len(codes) <= DISCRETE or not numbers or any(min(numbers) < code < max(numbers) for code in between):
        return list(codes[:DISCRETE])
    return [{"lo": min(numbers), "hi": max(numbers)}]


def _cut(text: str, most: int) -> str:
    """As many whole characters as fit into so many bytes."""
    return text.encode()[:most].decode(errors="ignore")


def _lines(text: str, most: int) -> list[str]:
    found = []
    while text:
        found.append(_cut(text, most))
        text = text[len(found[-1]) :]
    return found
