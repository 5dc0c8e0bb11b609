"""How themes and items are worded in the register of evaluation reports. The text of a report is Chinese, whoever reads
the page; none of this is translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """`thanked`: what respondents thank for (对…表达了感谢); `told`: what they tell, a whole clause; `known_by`: further
    words by which a text is known to speak of it."""

    thanked: str = ""
    told: str = ""
    known_by: tuple[str, ...] = ()


#: (kind, theme) of the codebook that comes with Huifang; others are worded by their name
THEME_PHRASES: Mapping[tuple[str, str], Phrase] = {
    ("praise", "CONTACT_REGULAR"): Phrase(
        "社工的定期联系",
        "社工能够定期进行联系、探访、慰问",
        ("定期进行联系", "定期联系", "联系、探访", "慰问"),
    ),
    ("praise", "CARE"): Phrase("社工的关心", "社工给予充分关心", ("关心", "关怀", "关爱")),
    ("praise", "ATTITUDE"): Phrase("社工的态度", "社工态度热情、有耐心", ("态度", "耐心", "热情")),
    ("praise", "ACTIVITY_INVITE"): Phrase("社工发出的活动邀请", "社工主动邀请参加活动", ("活动邀请", "邀请")),
    ("praise", "HOME_VISIT"): Phrase("上门探访服务", "社工上门探访", ("上门探访", "探访服务", "入户探访")),
    ("praise", "MICRO_WISH"): Phrase("微心愿达成", "社工帮助达成微心愿", ("微心愿", "心愿")),
    ("praise", "POLICY_HELP"): Phrase("政策咨询与申请协助", "社工协助了解和申请政策", ("政策",)),
    ("praise", "RESPONSIVE"): Phrase("社工的及时回应", "社工能够及时回应", ("及时回应", "响应", "及时")),
    ("praise", "COMPETENCE"): Phrase("社工的专业能力", "社工服务专业", ("专业",)),
    ("complaint", "BROKEN_APPOINTMENT"): Phrase(
        told="预约探访后未落实", known_by=("预约", "未落实", "没有兑现", "约定")
    ),
    ("complaint", "STAFF_TURNOVER"): Phrase(
        told="社工团队人员更换影响服务衔接", known_by=("团队更换", "人员更换", "更换", "换人")
    ),
    ("complaint", "ACTIVITY_FREQ"): Phrase(told="活动频次减少", known_by=("活动频次", "活动减少", "活动少")),
    ("complaint", "PROACTIVE_CONTACT"): Phrase(
        told="主动联系不足", known_by=("主动联系", "联系不足", "联系少")
    ),
    ("complaint", "ATTITUDE"): Phrase(told="社工的态度有待改善", known_by=("态度",)),
    ("complaint", "RESPONSIVE"): Phrase(told="诉求回应不够及时", known_by=("回应", "不及时", "拖延")),
    ("request", "LANGUAGE_ACCESS"): Phrase(
        told="希望以粤语等适合的方式沟通", known_by=("粤语", "沟通语言", "无障碍", "普通话", "语言")
    ),
    ("request", "MATERIAL_NEED"): Phrase(
        told="有生活物资方面的需求", known_by=("物资", "羽绒服", "衣物", "微心愿")
    ),
    ("request", "HOME_VISIT"): Phrase(told="希望社工上门探访", known_by=("上门", "探访")),
}

#: question -> how a report calls what was asked, and further words for it
ITEM_PHRASES: Mapping[str, Phrase] = {
    "F1": Phrase("社工的态度", known_by=("服务态度", "态度")),
    "F2": Phrase("社工的专业能力", known_by=("专业能力", "专业性", "专业")),
    "F3": Phrase("回应的及时程度", known_by=("及时程度", "及时")),
    "F4": Phrase("联系探访的频次与安排", known_by=("频次与安排", "频次")),
    "F5": Phrase("隐私保密", known_by=("保密", "隐私")),
    "F6": Phrase("沟通方式", known_by=("沟通",)),
    "G1": Phrase("问题解决", known_by=("问题解决", "解决问题", "解决困难")),
    "G2": Phrase("能力提升", known_by=("能力提升",)),
    "G3": Phrase("支持网络增强", known_by=("支持网络",)),
}

#: (question, answer) of what respondents report -> (kind of topic, clause); said by nobody, it is left out
REPORTED_PHRASES: Mapping[tuple[str, str], tuple[str, Phrase]] = {
    ("D7", "1"): (
        "complaint",
        Phrase(told="约好或答应的事没有兑现", known_by=("没有兑现", "未兑现", "答应的事")),
    ),
}

#: how a kind of remark is reported: 服务对象反映…
VERBS: Mapping[str, str] = {"complaint": "反映", "request": "提出", "suggestion": "建议"}


def thanked(key: str, name: str) -> str:
    return _known("praise", key).thanked or f"“{name}”方面的服务"


def told(kind: str, key: str, name: str) -> str:
    """A clause behind 服务对象反映 and the like."""
    found = _known(kind, key).told
    if found:
        return found
    return {"complaint": f"“{name}”方面存在问题", "request": f"“{name}”方面的需求"}.get(
        kind, f"在“{name}”方面改进"
    )


def words_for(kind: str, key: str, name: str) -> tuple[str, ...]:
    """By which a text is known to speak of the theme."""
    phrase = _known(kind, key)
    return tuple(
        dict.fromkeys(word for word in (name, phrase.thanked, phrase.told, *phrase.known_by) if word)
    )


def _known(kind: str, key: str) -> Phrase:
    return THEME_PHRASES.get((kind, key), Phrase())
