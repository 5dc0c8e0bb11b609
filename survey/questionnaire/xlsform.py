"""Questionnaires as XLSForm sheets (`survey`, `choices`, `settings`), for ODK, KoBo and Excel, and back.

Columns that XLSForm does not know travel along: tools ignore them, reading back needs them. The table
`completion` and the titles in three languages become columns of `settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey.questionnaire.columns import COMPLETION_COLUMNS, LANGUAGES, SETTINGS_COLUMNS, SHEETS
from survey.questionnaire.schema import Questionnaire, as_rows, from_rows

TextRow = dict[str, str]
TextSheets = dict[str, list[TextRow]]

#: our setting -> XLSForm's
_SETTINGS = {"id": "form_id"}
_COMPLETION = "completion_"


def to_sheets(questionnaire: Questionnaire) -> TextSheets:
    """The three sheets, every cell a text."""
    rows = as_rows(questionnaire)
    settings = {_setting_name(key): _cell(value) for key, value in rows["settings"].items()}
    completion = {_COMPLETION + key: _cell(value) for key, value in rows.get("completion", {}).items()}
    return {
        "survey": [_cells(row) for row in rows["survey"]],
        "choices": [_cells(row) for row in rows["choices"]],
        "settings": [
            {
                **settings,
                "form_title": questionnaire.title.zh,
                "default_language": LANGUAGES[0],
                **completion,
            }
        ],
    }


def from_sheets(sheets: Mapping[str, list[Mapping[str, str]]]) -> Questionnaire:
    """The questionnaire of three sheets as `to_sheets` writes them. Raises BadQuestionnaire."""
    settings = dict(sheets["settings"][0]) if sheets.get("settings") else {}
    completion = {
        key.removeprefix(_COMPLETION): value for key, value in settings.items() if key.startswith(_COMPLETION)
    }
    ours = {_setting_name(key): key for key in SETTINGS_COLUMNS}
    known = {ours[key]: value for key, value in settings.items() if key in ours}
    return from_rows(
        {
            "settings": _values(known, SETTINGS_COLUMNS),
            "completion": _values(completion, COMPLETION_COLUMNS),
            **{
                sheet: [_values(row, SHEETS[sheet]) for row in sheets.get(sheet, [])]
                for sheet in ("choices", "survey")
            },
        }
    )


def _setting_name(column: str) -> str:
    """XLSForm allows no translated settings, so `title::yue` becomes `title_yue`."""
    return _SETTINGS.get(column, column.replace("::", "_"))


def _cells(row: Mapping[str, Any]) -> TextRow:
    return {column: _cell(value) for column, value in row.items()}


def _cell(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return " ".join(f"{key}={item}" for key, item in value.items())
        case list():
            return " ".join(value)
    return str(value)


def _values(row: Mapping[str, str], known: Mapping[str, type]) -> dict[str, Any]:
    """Cells as the values of their columns; empty cells are left out, unknown columns kept to be refused."""
    return {
        column: _value(cell, known.get(column, str)) for column, cell in row.items() if cell and cell.strip()
    }


def _value(cell: str, kind: type) -> Any:
    text = cell.strip()
    if kind is bool:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
    if kind is int:
        return int(text) if text.isdecimal() else text
    if kind is list:
        return text.split()
    if kind is dict:
        return dict(part.partition("=")[::2] for part in text.split())
    return text
