"""编码本: what the columns of an export mean, one line for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from survey.errors import N_
from survey.reports.texts import Texts
from survey.services.record_variables import NOMINAL, ORDINAL, SCALE, TEXT, Value, Variable

HEADS = [N_("变量"), N_("含义"), N_("类型"), N_("测量尺度"), N_("编码"), N_("缺失值编码")]
WIDTHS = [16, 70, 8, 10, 60, 14]
MEASURES = {NOMINAL: N_("名义"), ORDINAL: N_("有序"), SCALE: N_("连续")}


def codebook_rows(variables: Iterable[Variable], texts: Texts) -> Iterator[Sequence[str]]:
    """Rows under HEADS. Codes stand as `5＝非常满意`, those that are no substantive answer a second time alone."""
    for variable in variables:
        kind = N_("文本") if variable.kind == TEXT else N_("数值")
        yield (
            variable.name,
            texts.show(variable.label),
            texts.translate(kind),
            texts.translate(MEASURES[variable.measure]),
            "；".join(_value(value, texts) for value in variable.values),
            " ".join(str(code) for code in variable.missing),
        )


def _value(value: Value, texts: Texts) -> str:
    return f"{value.code}＝{texts.show(value.label)}"
