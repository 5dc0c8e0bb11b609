"""A questionnaire as data: XLSForm-shaped rows in TOML or JSON, read into frozen objects and written back.

Besides the columns of XLSForm there are ours. On questions: `ends` (an answer that ends the interview, with its
disposition), `role` (what a question is for, so that results find it without its name), `section`, `asked`,
`verbatim`, `scale`, `max_length`, `unchecked` (languages whose wording no native speaker has checked).
On choices: `missing`, `exclusive`, `relevant`. One table, `completion`, says when an interview counts.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from survey.errors import N_, Missing
from survey.questionnaire.checks import check_columns, check_meaning
from survey.questionnaire.columns import LANGUAGES

TEXT_LENGTH = 2000

Row = Mapping[str, Any]
Sheets = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in the three languages of the interview: Mandarin, written Cantonese, English."""

    zh: str = ""
    yue: str = ""
    en: str = ""

    def __getitem__(self, language: str) -> str:
        if language not in LANGUAGES:
            raise KeyError(language)
        return str(getattr(self, language))

    def texts(self) -> tuple[str, ...]:
        return (self.zh, self.yue, self.en)


@dataclass(frozen=True, slots=True)
class Choice:
    """A code and what it says. `missing` is dk, refused or na where the code is no substantive answer."""

    code: str
    label: Wording
    missing: str = ""
    #: cannot stand beside another code in a multiple choice
    exclusive: bool = False
    #: offered only where this expression holds
    relevant: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    type: str
    label: Wording = Wording()
    #: for the interviewer, not read out; Cantonese falls back to Mandarin
    hint: Wording = Wording()
    list_name: str = ""
    choices: tuple[Choice, ...] = ()
    relevant: str = ""
    constraint: str = ""
    calculation: str = ""
    required: bool = False
    #: code -> disposition with which the interview ends when that code is answered
    ends: Mapping[str, str] = field(default_factory=dict, hash=False)
    role: str = ""
    section: str = ""
    #: false for what the interviewer notes without asking
    asked: bool = True
    #: raw words, to be encrypted apart from the other answers
    verbatim: bool = False
    #: the choices are a scale, read backwards in half of the cases
    scale: bool = False
    max_length: int = TEXT_LENGTH
    unchecked: tuple[str, ...] = ()

    @property
    def on_screen(self) -> bool:
        """Whether somebody answers it; the others are computed or come from the round."""
        return self.type not in ("calculate", "hidden")

    def choice(self, code: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.code == code), None)


@dataclass(frozen=True, slots=True)
class CompletionRule:
    """When an interview counts: overall answered and enough items, or the no-contact branch finished.

    `overall`, `items`, `last` name questions; the others are expressions.
    """

    overall: str
    items: tuple[str, ...]
    min_items: int
    last: str
    consent: str = ""
    no_contact: str = ""
    proxy: str = ""
    aware_n: str = ""
    effective_aware: str = ""
    void: str = ""
    #: codes that count as an answer to `overall` and `items`
    answered: tuple[str, ...] = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class Questionnaire:
    id: str
    version: str
    title: Wording
    minutes: int
    questions: tuple[Question, ...]
    #: the neutral question after a vague answer to a scale
    probe: Wording = Wording()
    completion: CompletionRule | None = None

    def question(self, name: str) -> Question:
        """The question of that name. Raises Missing."""
        found = self._by_name.get(name)
        if found is None:
            raise Missing("no-such-question", N_("问卷 %(id)s 里没有题目 %(name)s。"), id=self.id, name=name)
        return found

    def with_role(self, role: str) -> tuple[Question, ...]:
        """The questions that serve a purpose, e.g. `item`, `overall`, `outcome`, in order."""
        return tuple(question for question in self.questions if question.role == role)

    @cached_property
    def _by_name(self) -> Mapping[str, Question]:
        return {question.name: question for question in self.questions}

    def to_json(self) -> str:
        """Canonical text: the same questionnaire always gives the same bytes."""
        return json.dumps(as_rows(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, in hexadecimal; names a frozen version."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


# -- reading -----------------------------------------------------------------------------------------------


def from_rows(data: Sheets) -> Questionnaire:
    """Build and check a questionnaire from its sheets `settings`, `completion`, `choices`, `survey`.

    A wording is a column per language (`label::zh`) or a table (`label.zh` in TOML).
    Raises BadQuestionnaire, which lists every fault with sheet, row, column and remedy.
    """
    sheets = {sheet: _flat_sheet(rows) for sheet, rows in data.items()}
    check_columns(sheets)
    read = _questionnaire(sheets)
    check_meaning(read, {str(row["list_name"]) for row in sheets.get("choices", [])})
    return read


def from_json(text: str) -> Questionnaire:
    """The questionnaire whose `to_json` is `text`."""
    return from_rows(json.loads(text))


def from_toml(text: str) -> Questionnaire:
    return from_rows(tomllib.loads(text))


@cache
def load(name: str) -> Questionnaire:
    """A questionnaire of the package: `short` or `full`. Raises Missing."""
    path = files("survey.questionnaire") / "forms" / f"{name}.toml"
    if name not in shipped():
        raise Missing(
            "no-such-questionnaire",
            N_("没有问卷“%(name)s”，可用的有 %(known)s。"),
            name=name,
            known="、".join(shipped()),
        )
    return from_toml(path.read_text(encoding="utf-8"))


def shipped() -> tuple[str, ...]:
    """Names of the questionnaires in the package."""
    forms = (files("survey.questionnaire") / "forms").iterdir()
    return tuple(sorted(form.name.removesuffix(".toml") for form in forms if form.name.endswith(".toml")))


def _flat_sheet(rows: Any) -> Any:
    if isinstance(rows, list):
        return [_flat(row) if isinstance(row, Mapping) else row for row in rows]
    return _flat(rows) if isinstance(rows, Mapping) else rows


def _flat(row: Row) -> dict[str, Any]:
    """`{"label": {"zh": …}}` as `{"label::zh": …}`; a bare `label` table is the only nesting there is."""
    flat: dict[str, Any] = {}
    for column, value in row.items():
        if column in ("label", "hint", "title", "probe") and isinstance(value, Mapping):
            flat |= {f"{column}::{language}": text for language, text in value.items()}
        else:
            flat[column] = value
    return flat


def _questionnaire(sheets: Sheets) -> Questionnaire:
    settings = sheets["settings"]
    lists: dict[str, list[Choice]] = {}
    for row in sheets.get("choices", []):
        lists.setdefault(row["list_name"], []).append(_choice(row))
    unchecked = settings.get("unchecked", [])
    return Questionnaire(
        id=settings["id"],
        version=settings["version"],
        title=_wording(settings, "title"),
        minutes=settings["minutes"],
        questions=tuple(_question(row, lists, unchecked) for row in sheets["survey"]),
        probe=_wording(settings, "probe"),
        completion=_completion(sheets["completion"]) if sheets.get("completion") else None,
    )


def _choice(row: Row) -> Choice:
    given = {column: row[column] for column in ("missing", "exclusive", "relevant") if column in row}
    return Choice(row["name"], _wording(row, "label"), **given)


def _question(row: Row, lists: Mapping[str, list[Choice]], unchecked: list[str]) -> Question:
    kind, _, list_name = row["type"].partition(" ")
    read = {column: row[column] for column in _PLAIN if column in row}
    hint = _wording(row, "hint")
    return Question(
        type=kind,
        list_name=list_name,
        choices=tuple(lists.get(list_name, ())),
        label=_wording(row, "label"),
        hint=Wording(hint.zh, hint.yue or hint.zh, hint.en),
        unchecked=tuple(row.get("unchecked", unchecked if "label::zh" in row else ())),
        **read,
    )


def _completion(row: Row) -> CompletionRule:
    values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}
    return CompletionRule(**values)


def _wording(row: Row, part: str) -> Wording:
    return Wording(*(" ".join(row.get(f"{part}::{language}", "").split()) for language in LANGUAGES))


# -- writing -----------------------------------------------------------------------------------------------

#: columns that are written as they are read
_PLAIN = (
    "name", "relevant", "constraint", "calculation", "required", "ends",
    "role", "section", "asked", "verbatim", "scale", "max_length",
)  # fmt: skip


def as_rows(questionnaire: Questionnaire) -> dict[str, Any]:
    """The sheets of a questionnaire, empty and usual values left out; `from_rows` gives the same one back."""
    lists = {
        question.list_name: question.choices for question in questionnaire.questions if question.list_name
    }
    sheets: dict[str, Any] = {
        "settings": {
            "id": questionnaire.id,
            "version": questionnaire.version,
            "minutes": questionnaire.minutes,
            **_wording_columns("title", questionnaire.title),
            **_wording_columns("probe", questionnaire.probe),
        },
        "choices": [_choice_row(name, choice) for name, choices in lists.items() for choice in choices],
        "survey": [_question_row(question) for question in questionnaire.questions],
    }
    if questionnaire.completion:
        sheets["completion"] = _unusual(questionnaire.completion)
    return sheets


def _choice_row(list_name: str, choice: Choice) -> dict[str, Any]:
    own = {key: value for key, value in _unusual(choice).items() if key not in ("code", "label")}
    return {"list_name": list_name, "name": choice.code, **_wording_columns("label", choice.label), **own}


def _question_row(question: Question) -> dict[str, Any]:
    unusual = _unusual(question)
    return {
        "type": f"{question.type} {question.list_name}".strip(),
        **_wording_columns("label", question.label),
        **_wording_columns("hint", question.hint),
        **{column: unusual[column] for column in (*_PLAIN, "unchecked") if column in unusual},
    }


def _wording_columns(part: str, wording: Wording) -> dict[str, str]:
    return {f"{part}::{language}": wording[language] for language in LANGUAGES if wording[language]}


def _unusual(record: Choice | Question | CompletionRule) -> dict[str, Any]:
    """The fields that differ from an empty record, tuples as lists."""
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    usual = {item.name: item.default for item in fields(record)} | {"ends": {}}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value != usual[name]
    }
