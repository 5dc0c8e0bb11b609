"""Invented respondents: how each household of the demo reacts to a call, and what it answers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from survey.questionnaire.routing import walk
from survey.questionnaire.schema import Question, Questionnaire

# what the dials of a household end in, one after the other; "talk" is a call that becomes an interview
COURSES: tuple[tuple[tuple[str, ...], int], ...] = (
    (("talk",), 30),
    (("D37", "talk"), 14),
    (("D37", "D36", "talk"), 8),
    (("D21", "talk"), 7),
    (("D23", "talk"), 5),
    (("D27", "talk"), 3),
    (("D26", "talk"), 2),
    (("D14",), 1),
    (("D11", "D11"), 6),
    (("D11", "talk"), 3),
    (("D12",), 4),
    (("D13", "D13"), 3),
    (("D32", "D32"), 6),
    (("D33", "D33"), 3),
    (("D31", "D31"), 3),
    (("D34", "D35", "D37", "D37"), 6),
    (("D37",) * 10, 15),
    (("D28",), 1),
    (("D25",), 1),
    (("D41",), 1),
)

PRAISE = {
    "zh": (
        "社工每个月都打电话来问，很关心我。",
        "过年过节都上门看我们，还带了米和油。",
        "帮我申请了长者饭堂，解决了大问题。",
        "有活动都会叫我去，我很喜欢手工班。",
        "小心愿都帮我实现了，送了一个电饭煲，谢谢。",
        "讲政策讲得很清楚，态度好。",
    ),
    "yue": (
        "社工成日打电话嚟问候，好有心。",
        "上门探过我几次，仲帮我量血压。",
        "有咩活动都会叫埋我，好开心。",
        "微心愿帮我攞到张轮椅，唔该晒。",
        "佢哋好有耐性，讲嘢我听得明。",
    ),
}
COMPLAINTS = {
    "zh": (
        "上次约好上门，等了一天没有人来，也没打电话说明。",
        "换了社工以后，活动少了，也很少主动联系。",
        "去年一共才打过一次电话，其他都是发短信。",
        "问了低保的事，过了很久才回复。",
    ),
    "yue": (
        "约咗话嚟探我，最后冇嚟，又冇解释。",
        "换咗社工之后，活动少咗好多，都冇咩人揾我。",
        "打电话嚟嘅都系讲普通话，我听唔明。",
    ),
}
NEEDS = {
    "zh": (
        "想要一件羽绒服，冬天冷。",
        "希望有人陪我去医院复诊。",
        "想给孩子找个补习老师。",
        "卫生间想装个扶手。",
    ),
    "yue": (
        "我睇唔到嘢，又唔识讲普通话，想安排个识讲粤语嘅社工。",
        "想要件褛，冻天冇衫着。",
        "想有人帮手执下间屋。",
    ),
}
SUGGESTIONS = {
    "zh": ("多组织一些活动。", "多上门看看独居的老人。", "换社工的时候打个电话说一声。"),
    "yue": ("多啲上门探下老人家。", "最好固定一个社工跟进。"),
}


@dataclass(frozen=True, slots=True)
class Household:
    """One demo household: what its calls end in, the language it speaks, who answers, how content it is."""

    course: tuple[str, ...]
    language: str
    proxy: bool
    mood: int

    def verdict(self, draw: random.Random) -> int:
        """A satisfaction code near the mood, 1–5."""
        return max(1, min(5, self.mood + draw.choice((0, 0, 0, 0, 1, -1))))


def meet(draw: random.Random, language: str, needs: str) -> Household:
    course = draw.choices([course for course, _ in COURSES], [weight for _, weight in COURSES])[0]
    return Household(
        course=course,
        language=language if language in ("zh", "yue") else draw.choice(("yue", "zh")),
        proxy="needs_proxy" in needs or draw.random() < 0.1,
        mood=draw.choices((5, 4, 3, 2, 1), (56, 34, 6, 3, 1))[0],
    )


def answers(
    draw: random.Random, household: Household, questionnaire: Questionnaire, facts: Mapping[str, object]
) -> dict[str, str]:
    """An interview from consent to the end, along the path that its own answers open."""
    given: dict[str, str] = {}
    while True:
        asked = walk(questionnaire, given, facts)
        question = next((question for question in asked.asked if question.name not in given), None)
        if question is None or asked.ending is not None:
            return given
        given[question.name] = answer(draw, household, question, given)


def answer(draw: random.Random, household: Household, question: Question, given: Mapping[str, str]) -> str:
    if question.verbatim:
        return words(draw, household, question)
    if question.type == "select_multiple":
        return question.choices[0].code if question.choices else ""
    if question.role == "proxy":
        return draw.choice(("3", "3", "2", "6")) if household.proxy else "1"
    if question.role in ("item", "overall"):
        return str(household.verdict(draw))
    if question.role == "outcome":
        return draw.choice(("7",)) if draw.random() < 0.15 else str(household.verdict(draw))
    if question.role == "promise":
        return "1" if household.mood <= 3 and draw.random() < 0.5 else "2"
    if question.role == "referral":
        return draw.choice(("1", "2", "2", "3"))
    if question.name == "C1":
        return draw.choices(("1", "2", "3"), (80, 14, 6))[0]
    if question.name == "D1":
        return draw.choices(("1", "2"), (93, 7))[0]
    return question.choices[0].code if question.choices else ""


def words(draw: random.Random, household: Household, question: Question) -> str:
    """What the household says in its own words; often nothing."""
    store, share = {
        "reason": (COMPLAINTS, 0.9),
        "praise": (PRAISE, 0.6),
        "need": (NEEDS, 0.25),
        "suggestion": (SUGGESTIONS, 0.2),
    }.get(question.role, (SUGGESTIONS, 0.0))
    return draw.choice(store[household.language]) if draw.random() < share else ""
