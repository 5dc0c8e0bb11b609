"""The columns of an export of interviews, one for each closed question: what a codebook says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from survey.errors import N_, Message
from survey.questionnaire.columns import SELECTS
from survey.questionnaire.schema import Choice, Question, Questionnaire, Wording

TEXT, NUMBER, CODE = "text", "number", "code"
NOMINAL, ORDINAL, SCALE = "nominal", "ordinal", "scale"

#: emergencies, and whom to pass a household's wish to, are dealt with elsewhere and by name
LEFT_OUT = frozenset({"risk", "referral"})


@dataclass(frozen=True, slots=True)
class Value:
    """A code and what it says; `missing`: no substantive answer."""

    code: int | str
    label: Message | Wording
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """One column. `question`: whose answer it holds (empty: our own); `option`: the code of a multiple choice that it
    stands for; `words`: masked words."""

    name: str
    label: Message | Wording
    kind: str = NUMBER
    values: tuple[Value, ...] = ()
    measure: str = NOMINAL
    question: str = ""
    option: str = ""
    words: bool = False

    @property
    def missing(self) -> tuple[int | str, ...]:
        return tuple(value.code for value in self.values if value.missing)


NO_YES = (Value(0, Message(N_("否"))), Value(1, Message(N_("是"))))
ROW, STRATUM, ZONE, N_H, E_H, WEIGHT = "row", "stratum", "zone", "N_h", "E_h", "weight"
IN_BASE, SATISFIED = "in_base", "satisfied"

OWN = (
    Variable(ROW, Message(N_("行号，随机次序，与访问先后无关"))),
    Variable(STRATUM, Message(N_("层；受访户太少的层、按社区分的层只编号")), TEXT),
    Variable(ZONE, Message(N_("片区；受访户太少的片区合并")), TEXT),
    Variable(
        N_H, Message(N_("该层户数（抽样框户数减去已查明不属于调查对象的户）")), measure=SCALE
    ),
    Variable(E_H, Message(N_("该层估计的调查对象户数，用于权数和有限总体修正")), measure=SCALE),
    Variable(WEIGHT, Message(N_("权数＝抽样权数×层内无应答调整＝E_h÷该层计入的访问户数")), measure=SCALE),
    Variable(
        "completeness", Message(N_("完成程度")), TEXT,
        (Value("I", Message(N_("完整访问"))), Value("P", Message(N_("部分完成")))),
    ),
    Variable("proxy", Message(N_("代答")), CODE, NO_YES),
    Variable("no_contact", Message(N_("社工站没有接触过，没有问满意度")), CODE, NO_YES),
    Variable(
        "language", Message(N_("访问语言")), TEXT,
        tuple(Value(code, Message(name)) for code, name in (("zh", N_("普通话")), ("yue", N_("粤语")), ("en", N_("英语")))),
    ),
    Variable(IN_BASE, Message(N_("计入总体满意率的基数")), CODE, NO_YES),
    Variable(SATISFIED, Message(N_("总体满意（按本轮口径；不在基数内的为空）")), CODE, NO_YES),
)  # fmt: skip

#: only in an identified export
IDENTIFYING = (
    Variable("household", Message(N_("住户编号")), TEXT),
    Variable("community", Message(N_("社区")), TEXT),
    Variable("disposition", Message(N_("最终处置代码")), TEXT),
    Variable("surveyor", Message(N_("访问员工号")), TEXT),
    Variable("started_at", Message(N_("开始访问时间（上海时间）")), TEXT),
    Variable("counted_at", Message(N_("计入时间（上海时间）")), TEXT),
    Variable("phones", Message(N_("名册上的电话")), TEXT),
)


def variables_of(
    questionnaire: Questionnaire, words: Collection[Question] = (), identified: bool = False
) -> tuple[Variable, ...]:
    """Our own columns, then the questions in their order, names unique whatever their case."""
    own = (*OWN, *(IDENTIFYING if identified else ()))
    spoken = {question.name for question in words}
    asked: list[Variable] = []
    for question in questionnaire.questions:
        if question.type in SELECTS and (identified or question.role not in LEFT_OUT):
            asked += _closed(question)
        elif question.name in spoken:
            asked.append(Variable(question.name, question.label, TEXT, question=question.name, words=True))
    return (*own, *_with_unique_names(asked, own))


def _closed(question: Question) -> list[Variable]:
    if question.type == "select_one":
        return [_single(question)]
    return [
        Variable(
            f"{question.name}_{choice.code}",
            _joined(question.label, choice.label),
            CODE,
            NO_YES,
            question=question.name,
            option=choice.code,
        )
        for choice in question.choices
    ]


def _single(question: Question) -> Variable:
    codes = numbers_or_texts(question.choices)
    values = tuple(
        Value(codes[choice.code], choice.label, bool(choice.missing)) for choice in question.choices
    )
    measure = ORDINAL if question.scale else NOMINAL
    kind = CODE if all(isinstance(value.code, int) for value in values) else TEXT
    return Variable(question.name, question.label, kind, values, measure, question=question.name)


def numbers_or_texts(choices: Sequence[Choice]) -> dict[str, int | str]:
    """Code -> the same as a number, where all codes of the list are different numbers."""
    codes = [choice.code for choice in choices]
    numeric = all(code.isdecimal() for code in codes) and len({int(code) for code in codes}) == len(codes)
    return {code: int(code) if numeric else code for code in codes}


def _joined(question: Wording, choice: Wording) -> Wording:
    texts = [
        f"{a} — {b}" if a and b else a or b for a, b in zip(question.texts(), choice.texts(), strict=True)
    ]
    return Wording(*texts)


def _with_unique_names(asked: Iterable[Variable], own: Iterable[Variable]) -> list[Variable]:
    """Statistics programs take letters, digits and underscores, and many do not tell cases apart."""
    taken = Counter(variable.name.lower() for variable in own)
    found = []
    for variable in asked:
        name = variable.name.replace("-", "_")
        while taken[name.lower()]:
            name += "_q"
        taken[name.lower()] += 1
        found.append(replace(variable, name=name))
    return found
