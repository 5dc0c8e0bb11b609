"""What is read out: placeholders filled, scales forwards or backwards."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from survey.questionnaire.columns import NOT_TO_THIRD_PARTIES, PLACEHOLDER, READ_CHOICES
from survey.questionnaire.schema import Choice, Question, Questionnaire

Values = Mapping[str, str]

#: what is said to who asks who is calling; the Cantonese is not checked by a native speaker either
WHO_WE_ARE: Values = {
    "zh": "我是{评估方}的访问员，姓{姓}，工号{工号}，受{委托方}委托做社区服务回访。您可以先挂断，自己拨核实电话，核实了再说。",
    "yue": "我系{评估方}嘅访问员，姓{姓}，工号{工号}，受{委托方}委托做社区服务回访。你可以先收线，自己打核实电话，核实咗先再讲。",
    "en": "I am {姓}, interviewer {工号} of {评估方}, doing a community-service follow-up for {委托方}. You may hang up now, "
    "call the number yourself, and talk to us once you have checked.",
}

#: the same at a door
WHO_WE_ARE_AT_THE_DOOR: Values = {
    "zh": "我是{评估方}的访问员，姓{姓}，工号{工号}，受{委托方}委托做社区服务回访。这是我的工作证。您可以先关门，自己拨核实电话，核实了再开。",
    "yue": "我系{评估方}嘅访问员，姓{姓}，工号{工号}，受{委托方}委托做社区服务回访。呢张系我嘅工作证。你可以先闩门，自己打核实电话，核实咗先再开。",
    "en": "I am {姓}, interviewer {工号} of {评估方}, doing a community-service follow-up for {委托方}. Here is my card. You may "
    "close the door now, call the number yourself, and open once you have checked.",
}

#: between choices that are read out, and before the last one
_BETWEEN = {"zh": ("、", "，还是"), "yue": ("、", "，定系"), "en": (", ", " or ")}


def scale_backwards(case_id: str) -> bool:
    """Whether this case hears scales from the bad end: odd cases do, even ones hear them forwards.

    A public id that is no number counts by the last bit of its SHA-256, so a case never changes its order.
    """
    if case_id.isdecimal():
        return int(case_id) % 2 == 1
    return hashlib.sha256(case_id.encode()).digest()[-1] % 2 == 1


def in_order(question: Question, choices: Sequence[Choice], backwards: bool) -> tuple[Choice, ...]:
    """The choices as shown and read: a scale turned round for backward cases, 不清楚 and 拒答 always last."""
    if not (question.scale and backwards):
        return tuple(choices)
    steps = [choice for choice in choices if not choice.missing]
    return (*reversed(steps), *(choice for choice in choices if choice.missing))


def fill(text: str, values: Values) -> str:
    """Put values into the placeholders. One without a value stays visible: an interview must go on."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def spoken(question: Question, language: str, values: Values, backwards: bool = False) -> str:
    """The question as it is read out in `language`; `{选项}` becomes its choices in the order of the case."""
    read = [choice for choice in in_order(question, question.choices, backwards) if not choice.missing]
    return fill(question.label[language], {**values, READ_CHOICES: _read_out(read, language)})


def hint(question: Question, language: str, values: Values) -> str:
    """The instruction to the interviewer."""
    return fill(question.hint[language], values)


def _read_out(choices: Sequence[Choice], language: str) -> str:
    labels = [choice.label[language] for choice in choices]
    if language == "en":
        labels = [label[:1].lower() + label[1:] for label in labels]
    between, before_last = _BETWEEN[language]
    *first, last = labels or [""]
    return before_last.join([between.join(first), last]) if first else last


def placeholders(questionnaire: Questionnaire) -> frozenset[str]:
    """The placeholders that a round, a case and an interviewer have to supply, e.g. `评估方`."""
    texts = [
        text
        for question in questionnaire.questions
        for wording in (question.label, question.hint)
        for text in wording.texts()
    ]
    return frozenset(PLACEHOLDER.findall("".join(texts))) - {READ_CHOICES}


def gives_away(questionnaire: Questionnaire, values: Values) -> str | None:
    """A word said before identity is confirmed that would tell a bystander who is called and why; None if none.

    Loading refuses such a wording; this looks at it with the values of a round filled in.
    """
    last = next((n for n, each in enumerate(questionnaire.questions) if each.role == "identity"), -1)
    said = [fill(text, values) for each in questionnaire.questions[: last + 1] for text in each.label.texts()]
    found = NOT_TO_THIRD_PARTIES.search("\n".join(said))
    return found.group() if found else None
