"""Short names for questions and methods. A question's wording is made for the telephone, too long for a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from survey.errors import N_, Message
from survey.questionnaire.columns import PLACEHOLDER
from survey.questionnaire.schema import Question, shipped
from survey.stats.results import Method

#: questions of the forms in the package; other forms speak for themselves
SHORT_NAMES: Mapping[str, str] = {
    "C1": N_("知道社工站"),
    "C2": N_("清楚社工站的几件事"),
    "D1": N_("这一年有社工联系"),
    "D2": N_("打电话的频次"),
    "D3": N_("上门的频次"),
    "D4": N_("发信息的频次"),
    "D5": N_("最近一次联系"),
    "D6": N_("联系次数够不够"),
    "D7": N_("约好或答应而没有兑现"),
    "D8": N_("社工换过人"),
    "D8a": N_("换人以后"),
    "E_other": N_("得到的其他帮助"),
    "F1": N_("态度"),
    "F2": N_("专业"),
    "F3": N_("及时"),
    "F4": N_("频次与安排"),
    "F5": N_("保密"),
    "F6": N_("沟通"),
    "G1": N_("问题解决"),
    "G2": N_("能力提升"),
    "G3": N_("支持网络"),
    "H1": N_("总体满意度"),
    "H1a": N_("不够满意的原因"),
    "H1b": N_("最满意之处"),
    "H2": N_("推荐意愿"),
    "I1t": N_("想反映的事"),
    "I2": N_("最需要帮忙的事"),
    "I3": N_("小心愿"),
    "J1": N_("建议"),
}

METHOD_NAMES: Mapping[Method, str] = {
    Method.NOBODY: N_("没有人回答"),
    Method.CENSUS: N_("全体受访，没有抽样误差"),
    Method.HYPERGEOMETRIC: N_("有限总体精确区间（超几何分布）"),
    Method.CLOPPER_PEARSON: N_("精确区间（Clopper–Pearson）"),
    Method.CLOPPER_PEARSON_KISH: N_("精确区间（Clopper–Pearson，按 Kish 有效样本量）"),
    Method.KORN_GRAUBARD_KISH: N_("分层加权估计，Korn–Graubard 区间（有效样本量不超过 Kish 值）"),
    Method.STUDENT: N_("t 区间（近似）"),
}


def short_names(form: str, language: str) -> Callable[[Question], Message]:
    """Names the questions of a form: ours by the list above, others by their own wording."""
    known = SHORT_NAMES if form in shipped() else {}

    def name(question: Question) -> Message:
        if question.name in known:
            return Message(known[question.name])
        label = question.label[language] or question.label.zh
        return Message(PLACEHOLDER.sub("…", label) or question.name)

    return name
