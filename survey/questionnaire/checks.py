"""Checks of a questionnaire before anybody is called with it: faults with sheet, row, column and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from survey.errors import N_, Invalid, Message
from survey.questionnaire import columns
from survey.questionnaire.grammar import BadExpression, names

if TYPE_CHECKING:
    from survey.questionnaire.schema import Choice, CompletionRule, Question, Questionnaire, Wording


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of a questionnaire; `row` counts from 1 without the heading, 0 in a sheet of one row."""

    sheet: str
    row: int
    name: str
    column: str
    what: Message

    @property
    def message(self) -> Message:
        place = {"sheet": self.sheet, "row": self.row, "name": self.name, "column": self.column}
        return _say(
            N_("%(sheet)s 表第 %(row)s 行（%(name)s）“%(column)s”列：%(what)s"), **place, what=self.what
        )


class BadQuestionnaire(Invalid):
    """A questionnaire cannot be used; nothing of it was kept."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        first, count = problems[0].message, len(problems)
        super().__init__(
            "bad-questionnaire", N_("问卷有 %(count)s 处错误。%(first)s"), count=count, first=first
        )


def check_columns(sheets: Mapping[str, Any]) -> None:
    """Refuse unknown sheets and columns and values of the wrong kind. Raises BadQuestionnaire."""
    _refuse(_sheet_problems(sheets))


def check_meaning(questionnaire: Questionnaire, lists: set[str]) -> None:
    """Refuse what cannot be asked: `lists` are all choice lists, used or not. Raises BadQuestionnaire."""
    _refuse(
        [
            *_setting_problems(questionnaire),
            *_survey_problems(questionnaire.questions),
            *_choice_problems(questionnaire.questions),
            *_unused_lists(questionnaire.questions, lists),
            *_completion_problems(questionnaire.completion, questionnaire.questions),
        ]
    )


def _say(text: str, **values: object) -> Message:
    return Message(text, values)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BadQuestionnaire(problems)


# -- rows and columns --------------------------------------------------------------------------------------


def _sheet_problems(sheets: Mapping[str, Any]) -> list[Problem]:
    problems = [
        Problem(sheet, 0, "", "", _say(N_("没有这个表，请改名或删去。")))
        for sheet in sheets
        if sheet not in columns.SHEETS
    ]
    problems += [
        Problem(sheet, 0, "", "", _say(N_("缺这个表，请补上。")))
        for sheet in ("settings", "survey")
        if not sheets.get(sheet)
    ]
    for sheet, known in columns.SHEETS.items():
        for number, row in _numbered(sheet, sheets.get(sheet)):
            problems += _row_problems(sheet, number, row, known)
    return problems


def _numbered(sheet: str, rows: Any) -> Iterator[tuple[int, Any]]:
    if sheet in columns.SINGLE:
        return iter([(0, rows)] if rows else [])
    return enumerate(rows if isinstance(rows, list) else [rows] if rows else [], start=1)


_NEEDED = {
    "settings": ("id", "version", "minutes"),
    "completion": ("overall", "items", "min_items", "last"),
    "choices": ("list_name", "name"),
    "survey": ("type", "name"),
}


def _row_problems(sheet: str, number: int, row: Any, known: Mapping[str, type]) -> Iterator[Problem]:
    if not isinstance(row, Mapping):
        yield Problem(sheet, number, "", "", _say(N_("这一行不是表格行，请按列填写。")))
        return
    name = str(row.get("name", ""))
    for column, value in row.items():
        if column not in known:
            what = _say(N_("没有这一列，请检查拼写；可用 %(known)s。"), known=" ".join(known))
            yield Problem(sheet, number, name, column, what)
        elif type(value) is not known[column]:
            what = _say(
                N_("值“%(value)s”的类型不对，应是 %(kind)s。"),
                value=value,
                kind=known[column].__name__,
            )
            yield Problem(sheet, number, name, column, what)
    for column in _NEEDED[sheet]:
        if row.get(column) in (None, "", []):
            yield Problem(sheet, number, name, column, _say(N_("这一列不能空，请填写。")))


# -- wordings ----------------------------------------------------------------------------------------------


def _setting_problems(questionnaire: Questionnaire) -> Iterator[Problem]:
    for column, what in _wording_problems("title", questionnaire.title, needed=True):
        yield Problem("settings", 0, questionnaire.id, column, what)
    has_scale = any(question.scale for question in questionnaire.questions)
    for column, what in _wording_problems("probe", questionnaire.probe, needed=has_scale):
        yield Problem("settings", 0, questionnaire.id, column, what)


def _wording_problems(part: str, wording: Wording, needed: bool) -> Iterator[tuple[str, Message]]:
    if not needed and not any(wording.texts()):
        return
    for language, text in zip(columns.LANGUAGES, wording.texts(), strict=True):
        if not text:
            yield f"{part}::{language}", _say(N_("缺这种语言的措辞，请补上。"))
        unknown = set(columns.PLACEHOLDER.findall(text)) - set(columns.PLACEHOLDERS)
        for placeholder in sorted(unknown):
            what = _say(
                N_("没有占位符“%(placeholder)s”，可用 %(known)s。"),
                placeholder=placeholder,
                known=" ".join(columns.PLACEHOLDERS),
            )
            yield f"{part}::{language}", what


# -- questions ---------------------------------------------------------------------------------------------


def _survey_problems(questions: tuple[Question, ...]) -> Iterator[Problem]:
    earlier: set[str] = set()
    identity = next((n for n, question in enumerate(questions, 1) if question.role == "identity"), 0)
    for number, question in enumerate(questions, start=1):
        faults = [
            *_name_problems(question, earlier),
            *_kind_problems(question),
            *_label_problems(question, before_identity=number <= identity),
            *_ending_problems(question),
            *_condition_problems(question, earlier),
        ]
        yield from (Problem("survey", number, question.name, column, what) for column, what in faults)
        earlier.add(question.name)


def _name_problems(question: Question, earlier: set[str]) -> Iterator[tuple[str, Message]]:
    if not columns.NAME.fullmatch(question.name):
        yield "name", _say(N_("题号只能用字母、数字、下划线和连字符，字母开头，请改名。"))
    if question.name in earlier:
        yield "name", _say(N_("题号重复，请改名。"))


def _kind_problems(question: Question) -> Iterator[tuple[str, Message]]:
    if question.type not in columns.TYPES:
        yield (
            "type",
            _say(
                N_("没有题型“%(type)s”，可用 %(known)s。"), type=question.type, known=" ".join(columns.TYPES)
            ),
        )
    if question.type in columns.SELECTS and not question.choices:
        yield (
            "type",
            _say(N_("选项表“%(list)s”不存在，请在 choices 里补上或改名。"), list=question.list_name),
        )
    if (question.type == "calculate") != bool(question.calculation):
        yield "calculation", _say(N_("calculate 题必须有算式，其他题不能有，请改正。"))
    if question.role and question.role not in columns.ROLES:
        yield (
            "role",
            _say(
                N_("没有用途“%(role)s”，可用 %(known)s。"), role=question.role, known=" ".join(columns.ROLES)
            ),
        )
    if question.verbatim and question.type != "text":
        yield "verbatim", _say(N_("只有 text 题能记原话，请改正。"))
    if question.scale and question.type != "select_one":
        yield "scale", _say(N_("只有 select_one 题有量表，请改正。"))
    if unknown := set(question.unchecked) - set(columns.LANGUAGES):
        yield (
            "unchecked",
            _say(N_("没有语言“%(language)s”，请用 zh、yue、en。"), language="、".join(sorted(unknown))),
        )


def _label_problems(question: Question, before_identity: bool) -> Iterator[tuple[str, Message]]:
    yield from _wording_problems("label", question.label, needed=question.on_screen)
    yield from _wording_problems("hint", question.hint, needed=False)
    for language, text in zip(columns.LANGUAGES, question.label.texts(), strict=True):
        told = columns.NOT_TO_THIRD_PARTIES.search(text) if before_identity else None
        if told:
            yield (
                f"label::{language}",
                _say(N_("确认身份之前不能对旁人说“%(word)s”，请换个说法。"), word=told.group()),
            )
        if f"{{{columns.READ_CHOICES}}}" in text and not question.choices:
            yield f"label::{language}", _say(N_("这道题没有选项可读，请去掉占位符。"))


def _ending_problems(question: Question) -> Iterator[tuple[str, Message]]:
    for code, disposition in question.ends.items():
        if question.choice(code) is None:
            yield "ends", _say(N_("没有选项“%(code)s”，请改正。"), code=code)
        if not columns.DISPOSITION.fullmatch(str(disposition)):
            yield (
                "ends",
                _say(N_("处置码“%(code)s”不对，应是 D 加两位数字，例如 D31。"), code=disposition),
            )


def _condition_problems(question: Question, earlier: set[str]) -> Iterator[tuple[str, Message]]:
    for column, expression, known in (
        ("relevant", question.relevant, earlier),
        ("calculation", question.calculation, earlier),
        ("constraint", question.constraint, earlier | {question.name}),
    ):
        yield from ((column, what) for what in _expression_problems(expression, known))
    for choice in question.choices:
        for what in _expression_problems(choice.relevant, earlier):
            yield "type", _say(N_("选项“%(code)s”的条件：%(what)s"), code=choice.code, what=what)


def _expression_problems(expression: str, known: set[str]) -> Iterator[Message]:
    if not expression.strip():
        return
    try:
        unknown = names(expression) - known
    except BadExpression as error:
        yield error.message
        return
    for name in sorted(unknown):
        yield _say(N_("表达式提到“%(name)s”，但这道题之前没有它，请改名或调整顺序。"), name=name)


# -- choices and completion --------------------------------------------------------------------------------


def _choice_problems(questions: tuple[Question, ...]) -> Iterator[Problem]:
    for name, choices in {q.list_name: q.choices for q in questions if q.choices}.items():
        seen: set[str] = set()
        for number, choice in enumerate(choices, start=1):
            place = f"{name} {choice.code}"
            for column, what in _one_choice_problems(choice, seen):
                yield Problem("choices", number, place, column, what)
            seen.add(choice.code)


def _one_choice_problems(choice: Choice, seen: set[str]) -> Iterator[tuple[str, Message]]:
    yield from _wording_problems("label", choice.label, needed=True)
    if choice.code in seen or choice.code.split() != [choice.code]:
        yield "name", _say(N_("选项码重复或有空格，请改正。"))
    if choice.missing and choice.missing not in columns.MISSING:
        yield "missing", _say(N_("只能是 %(known)s 之一，或者留空。"), known=" ".join(columns.MISSING))


def _unused_lists(questions: tuple[Question, ...], lists: set[str]) -> Iterator[Problem]:
    for name in sorted(lists - {question.list_name for question in questions}):
        yield Problem("choices", 0, name, "list_name", _say(N_("没有题目用这个选项表，请删去或改名。")))


def _completion_problems(rule: CompletionRule | None, questions: tuple[Question, ...]) -> Iterator[Problem]:
    if rule is None:
        return
    known = {question.name for question in questions}
    named = [("overall", rule.overall), ("last", rule.last), *(("items", item) for item in rule.items)]
    for column, name in named:
        if name not in known:
            what = _say(N_("问卷里没有题目“%(name)s”，请改名。"), name=name)
            yield Problem("completion", 0, name, column, what)
    if rule.min_items > len(rule.items):
        yield Problem("completion", 0, "", "min_items", _say(N_("比分项题还多，请改小。")))
    for column in ("consent", "no_contact", "proxy", "aware_n", "effective_aware", "void"):
        for what in _expression_problems(getattr(rule, column), known):
            yield Problem("completion", 0, "", column, what)
