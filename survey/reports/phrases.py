"""How themes and items are worded in the register of evaluation reports. The text of a report is Chinese, whoever reads
the page; none of this is translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey.verbatim.codebook import by_key, shipped


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
    ("praise", "CARE"): Phrase("社工的关心", "社工给予充分关心", ("关心", "关怀", "关爱", "态度")),
    ("praise", "ACTIVITY_INVITE"): Phrase("社工发出的活动邀请", "社工主动邀请参加活动", ("活动邀请", "邀请")),
    ("praise", "ACTIVITY_FREQ"): Phrase("丰富的活动", "社工经常组织活动", ("丰富的活动", "组织活动")),
    ("praise", "HOME_VISIT"): Phrase("上门探访服务", "社工上门探访", ("上门探访", "探访服务", "入户探访")),
    ("praise", "MICRO_WISH"): Phrase("微心愿达成", "社工帮助达成微心愿", ("微心愿", "心愿")),
    ("praise", "PROACTIVE_CONTACT"): Phrase("社工的主动联系", "社工主动联系", ("主动联系",)),
    ("praise", "POLICY_HELP"): Phrase("政策咨询与申请方面的协助", "社工协助了解和申请政策", ("政策",)),
    ("praise", "RESPONSIVENESS"): Phrase("社工的及时回应", "社工能够及时回应", ("及时回应", "响应", "及时")),
    ("praise", "COMPETENCE"): Phrase("社工的专业能力", "社工服务专业", ("专业",)),
    ("praise", "PRIVACY"): Phrase("社工对隐私的保护", "社工注意保护隐私", ("隐私", "保密")),
    ("praise", "NEED_EMOTIONAL"): Phrase("社工的陪伴", "社工给予陪伴和情绪支持", ("陪伴", "情绪支持")),
    ("complaint", "CONTACT_REGULAR"): Phrase(told="定期联系不够", known_by=("定期联系",)),
    ("complaint", "CARE"): Phrase(told="社工的态度有待改善", known_by=("态度",)),
    ("complaint", "ACTIVITY_INVITE"): Phrase(
        told="没有收到活动邀请", known_by=("活动邀请", "邀请", "活动通知")
    ),
    ("complaint", "ACTIVITY_FREQ"): Phrase(told="活动频次减少", known_by=("活动频次", "活动减少", "活动少")),
    ("complaint", "HOME_VISIT"): Phrase(told="上门探访较少", known_by=("上门", "探访")),
    ("complaint", "MICRO_WISH"): Phrase(told="微心愿没有达成", known_by=("微心愿", "心愿")),
    ("complaint", "BROKEN_APPOINTMENT"): Phrase(
        told="预约探访后未落实", known_by=("预约", "未落实", "没有兑现", "约定")
    ),
    ("complaint", "PROACTIVE_CONTACT"): Phrase(
        told="主动联系不足", known_by=("主动联系", "联系不足", "联系少")
    ),
    ("complaint", "CONTACT_DEPTH"): Phrase(
        told="联系流于问候、不够深入", known_by=("不够深入", "短信", "问候")
    ),
    ("complaint", "STAFF_TURNOVER"): Phrase(
        told="社工团队更换后服务衔接不足", known_by=("团队更换", "人员更换", "更换", "换人")
    ),
    ("complaint", "LANGUAGE_ACCESS"): Phrase(
        told="沟通语言或方式有障碍", known_by=("粤语", "沟通语言", "无障碍", "普通话", "语言")
    ),
    ("complaint", "MATERIAL_NEED"): Phrase(told="所需物资没有得到", known_by=("物资",)),
    ("complaint", "POLICY_HELP"): Phrase(told="政策协助不足", known_by=("政策",)),
    ("complaint", "RESPONSIVENESS"): Phrase(told="诉求回应不够及时", known_by=("回应", "不及时", "拖延")),
    ("complaint", "COMPETENCE"): Phrase(told="社工的专业能力有待提升", known_by=("专业",)),
    ("complaint", "PRIVACY"): Phrase(told="隐私保护不足", known_by=("隐私", "保密")),
    ("complaint", "LOW_AWARENESS"): Phrase(
        told="对社工站的服务了解不足", known_by=("了解不足", "不了解", "知晓")
    ),
    ("complaint", "NO_CONTACT"): Phrase(told="没有接触过社工", known_by=("没有接触", "未接触")),
    ("complaint", "SEGMENT_DISABILITY"): Phrase(told="面向残障人士的服务不足", known_by=("残障", "残疾")),
    ("request", "ACTIVITY_INVITE"): Phrase(told="希望收到活动邀请", known_by=("活动邀请", "邀请")),
    ("request", "HOME_VISIT"): Phrase(told="希望社工上门探访", known_by=("上门", "探访")),
    ("request", "MICRO_WISH"): Phrase(told="提出微心愿", known_by=("微心愿", "心愿")),
    ("request", "LANGUAGE_ACCESS"): Phrase(
        told="希望以适合的语言和方式沟通", known_by=("粤语", "沟通语言", "无障碍", "普通话", "语言", "沟通")
    ),
    ("request", "MATERIAL_NEED"): Phrase(told="提出生活物资方面的需要", known_by=("物资", "羽绒服", "衣物")),
    ("request", "POLICY_HELP"): Phrase(told="希望协助了解和申请政策", known_by=("政策",)),
    ("suggestion", "ACTIVITY_FREQ"): Phrase(told="多组织活动", known_by=("组织活动", "活动")),
    ("suggestion", "HOME_VISIT"): Phrase(told="多上门探访", known_by=("上门", "探访")),
    ("suggestion", "STAFF_TURNOVER"): Phrase(
        told="保持社工团队稳定", known_by=("团队稳定", "人员更换", "换人")
    ),
    ("suggestion", "ACTIVITY_INVITE"): Phrase(told="多发出活动邀请", known_by=("活动邀请",)),
    ("suggestion", "LANGUAGE_ACCESS"): Phrase(told="安排会说粤语的社工", known_by=("粤语", "语言", "沟通")),
    ("suggestion", "RESPONSIVENESS"): Phrase(told="及时回应诉求", known_by=("及时", "回应")),
    ("suggestion", "POLICY_HELP"): Phrase(told="多宣传和协助申请政策", known_by=("政策",)),
    ("suggestion", "PROACTIVE_CONTACT"): Phrase(told="多主动联系", known_by=("主动联系",)),
    ("suggestion", "CONTACT_REGULAR"): Phrase(told="定期联系", known_by=("定期联系",)),
}
#: too mixed for a sentence; the table has them
LEFT_TO_THE_TABLE = frozenset({"NOT_SOCIAL_WORK", "OTHER"})

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
#: clauses that need no verb in front
OPENINGS = ("希望", "提出", "建议", "反映")


def thanked(key: str, name: str) -> str:
    """What 对…表达了感谢 is about."""
    return _known("praise", key).thanked or f"{_field(key, name)}方面的帮助"


def told(kind: str, key: str, name: str) -> str:
    """What 有服务对象 is followed by: 反映…, 希望…, 提出…, 建议…."""
    clause = _known(kind, key).told
    if not clause:
        field = _field(key, name)
        clause = {"complaint": f"{field}方面有问题", "request": f"{field}方面的需要"}.get(
            kind, f"改进{field}方面的服务"
        )
    return clause if clause.startswith(OPENINGS) else VERBS[kind] + clause


def _field(key: str, name: str) -> str:
    """医疗 of 医疗需要; names of a codebook of one's own between quotation marks, because they may be anything."""
    known = key in by_key(shipped())
    return name.removesuffix("需要") if known else f"“{name}”"


def words_for(kind: str, key: str, name: str) -> tuple[str, ...]:
    """By which a text is known to speak of the theme."""
    phrase = _known(kind, key)
    words = (name, f"{_field(key, name)}方面", phrase.thanked, phrase.told, *phrase.known_by)
    return tuple(dict.fromkeys(word for word in words if word))


def _known(kind: str, key: str) -> Phrase:
    return THEME_PHRASES.get((kind, key), Phrase())
