"""The table of dispositions: what a call, and in the end a case, came to.

Codes and AAPOR numbers are adapted to a named list: a dead number does not make a listed household
ineligible, it stays in the denominator as of unknown outcome (UO). The raw outcome of each dial and the final
disposition of the case share these codes; `survey.fieldwork.case` derives the second from the first.

D16: the respondent was interviewed and later had the answers deleted. AAPOR has no code for it. The household is
eligible and was reached, and a respondent who takes consent back stands as one who never gave it: a refusal (2.112), in
every rate. It follows from the withdrawal alone; nobody picks it, and nobody calls the household again in the round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from survey.errors import N_, Invalid

Outcome = Literal["I", "P", "R", "NC", "O", "UH", "UR", "UO", "NE"]
Kind = Literal["interview", "dial", "case"]
Group = Literal["connected", "not_connected", "number", "other"]
Route = Literal["senior", "language", "proxy", "visit"]

OUTCOMES: tuple[Outcome, ...] = ("I", "P", "R", "NC", "O", "UH", "UR", "UO", "NE")

OUTCOME_NAMES: dict[Outcome, str] = {
    "I": N_("完整访问"),
    "P": N_("部分访问"),
    "R": N_("拒访与中断"),
    "NC": N_("未能接触"),
    "O": N_("其他未完成"),
    "UH": N_("住户情况不明"),
    "UR": N_("受访资格不明"),
    "UO": N_("号码情况不明"),
    "NE": N_("不符合条件"),
}

GROUP_NAMES: dict[Group, str] = {
    "connected": N_("接通"),
    "not_connected": N_("未接通"),
    "number": N_("号码问题"),
    "other": N_("其他"),
}


@dataclass(frozen=True, slots=True)
class Disposition:
    """One code.

    `kind`: "interview" follows from the questionnaire, "dial" is picked after a call, "case" closes a case.
    `outcome`: AAPOR class once the case is final; None for what is pending, void or not released.
    `rank`: the more a code tells about the household, the higher; an exhausted case ends with the highest.
    """

    code: str
    name: str
    aapor: str
    outcome: Outcome | None
    kind: Kind
    rank: int = 0
    key: str | None = None
    group: Group | None = None
    ends: bool = False
    reached: bool = False
    dead_number: bool = False
    another_number: bool = False
    do_not_call: bool = False
    appointment: bool = False
    route: Route | None = None
    at_door: bool = False  # can only come of a home visit


def _spoken(
    code: str, name: str, aapor: str, outcome: Outcome | None, key: str, **more: object
) -> Disposition:
    """Somebody of the household was on the line."""
    fields: dict[str, object] = {"group": "connected", "reached": True, **more}
    return Disposition(code, name, aapor, outcome, "dial", key=key, **fields)  # type: ignore[arg-type]


def _unanswered(
    code: str, name: str, aapor: str, key: str, rank: int, another_number: bool = False
) -> Disposition:
    group: Group = "not_connected"
    return Disposition(code, name, aapor, "UO", "dial", rank, key, group, another_number=another_number)


def _dead(code: str, name: str, aapor: str, key: str, rank: int) -> Disposition:
    return Disposition(
        code, name, aapor, "UO", "dial", rank, key, "number", dead_number=True, another_number=True
    )


# In the order in which the wrap-up panel shows them; keys are free inside that panel only.
# D24 is of unknown outcome, not a non-contact: a case ends with it only when no person was ever confirmed.
_TABLE: tuple[Disposition, ...] = (
    Disposition("D01", N_("完成（本人）"), "1.1", "I", "interview", 100, reached=True),
    Disposition("D02", N_("完成（代答）"), "1.1", "I", "interview", 99, reached=True),
    Disposition("D03", N_("部分完成"), "1.2", "P", "interview", 98, reached=True),
    _spoken("D21", N_("预约（定时）"), "2.12a", None, "A", rank=40, appointment=True),
    _spoken("D22", N_("改天再打（未定时间）"), "2.13a", None, "B", rank=40, appointment=True),
    _spoken("D23", N_("本人不在，无知情人"), "2.21", "NC", "C", rank=45),
    _spoken("D11", N_("软拒访（没空、不想）"), "2.112a", "R", "S", rank=85, route="senior"),
    _spoken("D12", N_("硬拒访（不再拨打）"), "2.112b", "R", "X", rank=95, ends=True, do_not_call=True),
    _spoken("D13", N_("家人或代接人拒绝"), "2.111", "R", "F", rank=80, another_number=True),
    _spoken("D14", N_("中途拒访"), "2.12", "R", "M", rank=90, ends=True),
    # Who hung up is unknown, so it is no contact with the household; three of them are read as a refusal.
    _spoken("D15", N_("接通即挂断"), "2.35a", "O", "G", rank=30, reached=False),
    _unanswered("D37", N_("无人接听"), "3.13", "1", 24),
    _unanswered("D36", N_("占线、正在通话中"), "3.12", "2", 23),
    _unanswered("D34", N_("关机"), "3.13", "3", 22, another_number=True),
    _unanswered("D35", N_("暂时无法接通"), "3.16", "4", 21, another_number=True),
    _unanswered("D24", N_("语音信箱、来电助手"), "2.221", "5", 26),
    _dead("D32", N_("空号"), "3.x", "6", 11),
    _dead("D33", N_("停机"), "3.16", "7", 14),
    _dead("D31", N_("号码错误、查无此人"), "3.x", "8", 13),
    _dead("D38", N_("传真、单位总机"), "3.x", "9", 12),
    _spoken("D27", N_("语言不通"), "2.331", "O", "L", group="other", rank=65, route="language"),
    _spoken("D26", N_("听力、认知等原因无法受访"), "2.32", "O", "N", group="other", rank=66, route="proxy"),
    _spoken("D28", N_("住院或外出至调查结束"), "2.36", "O", "H", group="other", rank=70, ends=True),
    _spoken("D25", N_("已故"), "2.31", "O", "D", group="other", rank=72, ends=True),
    _spoken("D41", N_("调查期前已迁出或不是服务对象"), "4.10", "NE", "Y", group="other", rank=74, ends=True),
    # AAPOR, in-person household surveys. Nobody at home where the household is listed is a non-contact; an address that
    # cannot be found tells no more of the household than a dead number does.
    Disposition("D29", N_("入户时无人在家"), "2.24", "NC", "dial", 35, at_door=True),
    Disposition("D30", N_("地址找不到、进不去"), "3.18", "UO", "dial", 16, at_door=True),
    Disposition("D16", N_("受访后撤回"), "2.112", "R", "case", 97, ends=True),
    Disposition("D39", N_("没有可拨打的号码"), "3.11", "UO", "case", 5),
    Disposition("D42", N_("重复户"), "4.10", "NE", "case", 75, ends=True),
    Disposition("D43", N_("空挂（人户分离）"), "1.1", None, "case", 0),
    Disposition("D51", N_("样本未发放"), "4.80", None, "case", 0),
    Disposition("D61", N_("作废（复核不通过）"), "", None, "case", 0, ends=True),
)

#: somebody answered, only not of the household
WRONG_NUMBER = "D31"
DISPOSITIONS: dict[str, Disposition] = {row.code: row for row in _TABLE}


def disposition(code: str) -> Disposition:
    """The row of `code`. Raises Invalid (unknown-disposition)."""
    try:
        return DISPOSITIONS[code]
    except KeyError:
        raise Invalid(
            "unknown-disposition", N_("没有“%(value)s”这个结果码，请从结果列表中选择。"), value=code
        ) from None


def wrap_up_choices() -> tuple[Disposition, ...]:
    """What a surveyor can pick after a call: 接通, 未接通, 号码问题, 其他, each with its one key."""
    order = list(GROUP_NAMES)
    choices = [row for row in _TABLE if row.key is not None and row.group is not None]
    return tuple(sorted(choices, key=lambda row: order.index(row.group)))  # type: ignore[arg-type]


#: code -> what it is called at a door, in the order in which a visitor sees them
_AT_DOOR: dict[str, str] = {
    "D29": N_("无人在家"),
    "D23": N_("本人不在，无知情人"),
    "D21": N_("预约（定时）"),
    "D22": N_("改天再来（未定时间）"),
    "D11": N_("软拒访（没空、不想）"),
    "D12": N_("硬拒访（不要再来）"),
    "D13": N_("家人拒绝"),
    "D14": N_("中途拒访"),
    "D27": N_("语言不通"),
    "D26": N_("听力、认知等原因无法受访"),
    "D28": N_("住院或外出至调查结束"),
    "D25": N_("已故"),
    "D41": N_("调查期前已迁出或不是服务对象"),
    "D30": N_("地址找不到、进不去"),
}


def door_choices() -> tuple[tuple[Disposition, str], ...]:
    """What a home visit can come to besides an interview, and what a visitor calls it."""
    return tuple((DISPOSITIONS[code], name) for code, name in _AT_DOOR.items())


def possible_at_door(row: Disposition) -> bool:
    return row.code in _AT_DOOR


def choice_by_key(key: str) -> Disposition:
    """The wrap-up choice of a key, upper or lower case. Raises Invalid (unknown-wrap-up-key)."""
    for row in wrap_up_choices():
        if row.key == key.upper():
            return row
    raise Invalid("unknown-wrap-up-key", N_("按键“%(key)s”没有对应的通话结果，请按列表中的键。"), key=key)
