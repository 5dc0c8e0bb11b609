"""Entries of the audit trail in words: whom and what they concern, and their details with names for codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from survey.errors import N_, Message
from survey.fieldwork.dispositions import DISPOSITIONS
from survey.fieldwork.rechecks import RESULTS
from survey.models.trail import AuditEntry
from survey.sampling.strata import EVERYBODY
from survey.services.accounts import RAISED_BY
from survey.services.api_tokens import SCOPES
from survey.services.batch_steps import STEPS
from survey.services.designs import METHODS
from survey.services.openings import AMONG
from survey.services.rechecks import DECISIONS
from survey.services.report_comments import OUTCOMES
from survey.services.report_links import PARTIES, REFUSALS
from survey.services.route_ends import KIND_NAMES
from survey.services.stratification import STRATIFICATIONS
from survey.services.trail_names import ACTION_NAMES
from survey.verbatim.found import KIND_NAMES as HIDDEN
from survey.web.access import ROLE_NAMES
from survey.web.calling_reading import CALLING_DETAILS
from survey.web.retention_reading import WITHDRAWAL_DETAILS
from survey.web.showing import show_time


@dataclass(frozen=True, slots=True)
class Names:
    """What numbers in the trail stand for."""

    people: Mapping[int, str]
    stations: Mapping[int, str]
    seasons: Mapping[int, str]
    #: round id -> its strata as the roster lists them
    strata: Mapping[int, list[str]]


@dataclass(frozen=True, slots=True)
class Fact:
    """One detail: a label, and a value that is a text of ours (Message), a digest, or data as it was typed."""

    label: str
    value: Message | str
    is_digest: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    entry: AuditEntry
    action: str
    subject: Message | str
    facts: tuple[Fact, ...]


def households(n: int) -> Message:
    return Message(N_("%(n)s 户"), {"n": n})


def rounds(n: int) -> Message:
    return Message(N_("%(n)s 轮"), {"n": n})


def step_name(key: str) -> Message | str:
    return Message(STEPS[key].name) if key in STEPS else key


def per_stratum(counts: Mapping[str, int]) -> Message | str:
    """一片区 46、二片区 52; one number when nothing is stratified."""
    if set(counts) <= {EVERYBODY}:
        return households(sum(counts.values()))
    return "、".join(f"{name} {n}" for name, n in counts.items() if n)


def instant(value: str) -> str:
    return show_time(datetime.fromisoformat(value))


def named(names: Mapping[str, str]) -> Callable[[str], Message | str]:
    return lambda key: Message(names[key]) if key in names else key


def named_all(names: Mapping[str, str]) -> Callable[[list[str]], Message]:
    """The names of several keys, one after the other."""

    def read(keys: list[str]) -> Message:
        places = "、".join(f"%(name{number})s" for number in range(len(keys)))
        values = {f"name{number}": named(names)(key) for number, key in enumerate(keys)}
        return Message(places, dict(values))

    return read


def version_name(number: int) -> Message:
    return Message(N_("第 %(number)s 版"), {"number": number})


def outcome(code: str) -> Message | str:
    return Message(DISPOSITIONS[code].name) if code in DISPOSITIONS else code


#: key of a detail -> its label and how its value reads
DETAILS: Mapping[str, tuple[str, Callable[[Any], Message | str]]] = {
    "step": (N_("步骤"), step_name),
    "rounds_done": (N_("完成"), rounds),
    "rounds_left": (N_("没有做"), rounds),
    "role": (N_("角色"), named(ROLE_NAMES)),
    "outcome": (N_("结果"), outcome),
    "slot": (N_("号码"), lambda slot: Message(N_("第 %(n)s 个"), {"n": slot})),
    "number": (N_("批次"), lambda number: Message(N_("第 %(n)s 批"), {"n": number})),
    "counts": (N_("户数"), per_stratum),
    "reason": (N_("原因"), str),
    "method": (N_("抽法"), named(METHODS)),
    "target": (N_("目标完成"), households),
    "allocation": (N_("样本"), per_stratum),
    "minimum": (N_("每层最低"), households),
    "reserve": (N_("每层备用"), households),
    "source": (N_("来源"), str),
    "zone": (N_("片区"), str),
    "start": (N_("起点"), str),
    "acknowledgement": (N_("知情确认"), str),
    "expected_at": (N_("产生于"), instant),
    "value": (N_("随机数"), str),
    "stratify_by": (N_("分层"), named(STRATIFICATIONS)),
    "households": (N_("户数"), households),
    "persons": (N_("人数"), lambda n: Message(N_("%(n)s 人"), {"n": n})),
    "merged": (N_("合并重复"), lambda n: Message(N_("%(n)s 行"), {"n": n})),
    "questions": (N_("题目"), "、".join),
    "made_at": (N_("备份于"), instant),
    "opened": (N_("已揭示"), households),
    "public_number": (N_("公开数字"), str),
    "among": (N_("范围"), named(AMONG)),
    "asked": (N_("抽取"), households),
    "released": (N_("发放"), households),
    "final": (N_("已有结果"), households),
    "complete": (N_("完成"), households),
    "required": (N_("要求完成"), households),
    "left_open": (N_("未了结"), lambda counts: households(sum(counts.values()))),
    "explained": (N_("未了结的原因"), lambda reasons: "；".join(dict.fromkeys(reasons.values())) or "—"),
    "shortfall": (N_("完成数不足的原因"), lambda reason: reason or "—"),
    "appointments": (N_("转出预约"), lambda n: Message(N_("%(n)s 个"), {"n": n})),
    "leases_ended": (N_("结束占用"), households),
    "line_name": (N_("线路"), str),
    "raised_by": (N_("由谁提出"), named(RAISED_BY)),
    "holiday": (N_("名称"), str),
    "days": (N_("日期"), ", ".join),
    "result": (N_("通话"), named(RESULTS)),
    "decision": (N_("决定"), named(DECISIONS)),
    "token": (N_("接口令牌"), lambda prefix: f"{prefix}…"),
    "scopes": (N_("可读的内容"), named_all(SCOPES)),
    "until": (N_("有效期到"), instant),
    "found": (N_("认定"), named(KIND_NAMES)),
    "party": (N_("哪一方"), named(PARTIES)),
    "report_version": (N_("报告版本"), version_name),
    "in_version": (N_("写进"), version_name),
    "why": (N_("原因"), named(REFUSALS)),
    "points": (N_("意见"), lambda n: Message(N_("%(n)s 条"), {"n": n})),
    "answer_outcome": (N_("是否采纳"), named(OUTCOMES)),
    "hidden": (N_("遮去的是"), lambda kind: Message(HIDDEN[kind])),
    "texts": (N_("涉及文字"), lambda n: Message(N_("%(n)s 处"), {"n": n})),
    "findings": (N_("检查发现"), lambda n: Message(N_("%(n)s 处"), {"n": n})),
    "file": (N_("文件"), str),
    **CALLING_DETAILS,
    **WITHDRAWAL_DETAILS,
}  # fmt: skip

DIGESTS = {
    "digest": N_("摘要"),
    "commitments": N_("身份承诺摘要"),
    "certificate": N_("证书摘要"),
    "ticket": N_("抽签号"),
}


def read(entry: AuditEntry, names: Names) -> Line:
    """The entry as a reader of the trail sees it."""
    action = ACTION_NAMES.get(entry.action, entry.action)
    facts = tuple(fact(key, value, names) for key, value in in_order(entry, names).items())
    return Line(entry, action, subject(entry, names), facts)


def in_order(entry: AuditEntry, names: Names) -> Mapping[str, Any]:
    """The details, with households per stratum as the roster lists the strata."""
    listed = names.strata.get(entry.round_id or 0, [])
    place = {name: number for number, name in enumerate(listed)}
    return {
        key: dict(sorted(value.items(), key=lambda item: place.get(item[0], -1)))
        if isinstance(value, dict)
        else value
        for key, value in entry.details.items()
    }


def subject(entry: AuditEntry, names: Names) -> Message | str:
    """Another person, a season or a household; the other things are clear from the action and the round."""
    kind, _, key = entry.subject.partition(":")
    if kind in ("case", "household"):
        return Message(N_("户 %(id)s"), {"id": key})
    if kind == "user" and key == str(entry.user_id):
        return ""
    known = {"user": names.people, "season": names.seasons}.get(kind, {})
    return known.get(int(key), "") if key.isdecimal() else ""


def fact(key: str, value: Any, names: Names) -> Fact:
    if key in DIGESTS:
        return Fact(DIGESTS[key], str(value), is_digest=True)
    if key == "station":
        return Fact(N_("社工站"), names.stations.get(value, ""))
    if key == "to_user":
        return Fact(N_("转给"), names.people.get(value, "") if value else Message(N_("所有访问员")))
    label, reading = DETAILS.get(key, (key, str))
    return Fact(label, reading(value))
