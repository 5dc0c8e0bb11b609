"""How long which data are kept after a round is closed. What the consent text promises is done by these dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from survey.errors import N_, Invalid, Message
from survey.fieldwork.rules import local

MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data. `days`: usual time after the closing; `holds`: what goes; `then`: what is not possible after."""

    key: str
    name: str
    days: int
    unit: str
    holds: str
    then: str


KINDS: tuple[Kind, ...] = (
    Kind(
        "contacts",
        N_("联系方式"),
        30,
        N_("%(n)s 户"),
        N_("称呼、电话、入户地址、名册备注，以及来电查找用的索引；抽中与没抽中的户都删"),
        N_("本轮不能再重新打开"),
    ),
    Kind(
        "reports",
        N_("名册核对报告"),
        30,
        N_("%(n)s 份"),
        N_("报告里的原值和档案号；户数与人数的汇总留下"),
        N_("名册页只剩汇总"),
    ),
    Kind(
        "notes",
        N_("通话备注"),
        180,
        N_("%(n)s 条"),
        N_("访问员、复核员每次通话后写的备注，社工站异议和各方意见的原文；通话时间、结果和遮盖后的意见留下"),
        N_("看不到备注"),
    ),
    Kind(
        "verbatims",
        N_("原话密文"),
        180,
        N_("%(n)s 条"),
        N_("照说的原样加密保存的话；遮去姓名的版本留下"),
        N_("不能再核对遮盖是否得当"),
    ),
    Kind(
        "followup",
        N_("跟进材料"),
        180,
        N_("%(n)s 项"),
        N_("住户同意告诉单位的称呼和电话，各单位的答复、证明和回访的备注；事项和它到了哪一步留下"),
        N_("不能再联系住户回访"),
    ),
    Kind(
        "tokens",
        N_("受访编号"),
        180,
        N_("%(n)s 个"),
        N_("受访者凭它要求删除回答的编号"),
        N_("分不出哪些回答是谁的，不能再按要求删除"),
    ),
    Kind(
        "identities",
        N_("身份核对材料"),
        365,
        N_("%(n)s 户"),
        N_("档案号或姓名与封存时的盐值；随机编号和承诺留下"),
        N_("不能再揭示身份"),
    ),
    Kind(
        "attachments",
        N_("名册附件"),
        365,
        N_("%(n)s 份"),
        N_("社工站交来的扫描件，如签字的名册确认书，和各方书面退回的意见；文件摘要留痕"),
        N_("只剩文件摘要可供核对"),
    ),
    Kind(
        "incidents",
        N_("紧急记录"),
        1095,
        N_("%(n)s 份"),
        N_("紧急情况的密封记录；报告和接手的时间留下"),
        N_("看不到当时的情况"),
    ),
)
BY_KEY: Mapping[str, Kind] = {kind.key: kind for kind in KINDS}
DEFAULTS: Mapping[str, int] = {kind.key: kind.days for kind in KINDS}


def days_of(stored: Mapping[str, Any]) -> dict[str, int]:
    """Kind -> days, in the order of KINDS; what a season does not name keeps its default."""
    return {key: int(stored.get(key, days)) for key, days in DEFAULTS.items()}


def due_on(closed_at: datetime, days: int) -> date:
    """The day in Shanghai from whose first minute on the data are destroyed."""
    return local(closed_at).date() + timedelta(days=days)


def is_due(due: date, now: datetime) -> bool:
    return local(now).date() >= due


def check(days: Mapping[str, int]) -> None:
    """Raise Invalid: retention-days, or contacts-outlive-identity (one row holds both, and goes with the identity)."""
    for key, kind in BY_KEY.items():
        if not 1 <= days[key] <= MOST_DAYS:
            raise Invalid(
                "retention-days",
                N_("“%(kind)s”请填 1 到 %(most)s 天，现在是 %(days)s。"),
                kind=Message(kind.name),
                most=MOST_DAYS,
                days=days[key],
            )
    if days["contacts"] > days["identities"]:
        raise Invalid(
            "contacts-outlive-identity",
            N_("联系方式（%(contacts)s 天）不能比身份核对材料（%(identities)s 天）保存得更久。"),
            contacts=days["contacts"],
            identities=days["identities"],
        )
