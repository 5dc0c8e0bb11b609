"""What a data file is written from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from survey.errors import N_
from survey.reports.document_parts import Document
from survey.reports.texts import Texts
from survey.services.records import Records

STRATA_HEADS = [
    "stratum", "N_h", "E_h", "population", "ineligible", "released", "respondents", "base_weight", "nonresponse", "weight",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """Results, interviews, language, and when they were put together."""

    document: Document
    records: Records
    texts: Texts
    now: datetime

    @property
    def names(self) -> list[str]:
        return [variable.name for variable in self.records.variables]

    def strata_rows(self) -> Iterator[Sequence[object]]:
        """Under STRATA_HEADS, in 户."""
        for one in self.records.strata.values():
            yield (
                one.name, one.N, one.eligible, one.population, one.ineligible, one.released, one.respondents,
                one.base_weight, one.nonresponse, one.weight,
            )  # fmt: skip

    def remarks(self) -> list[str]:
        """What whoever opens the file has to know about its rows."""
        show = self.texts.show
        if self.records.identified:
            return [show(N_("含有能认出住户和访问员的栏目：只给为写明的用途需要它的人，用完销毁。"))]
        found = [
            show(
                N_(
                    "去标识数据：没有住户编号、姓名、电话、访问员和时间，行的次序随机；受访户太少的片区合并、层只编号。不得与其他资料比对来认人。"
                )
            )
        ]
        return found + ([show(self.records.withheld)] if self.records.withheld else [])
