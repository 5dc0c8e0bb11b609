"""Small questionnaires written as text, so that a test shows the whole of what it tests."""

from __future__ import annotations

from survey.questionnaire.schema import Questionnaire, from_toml

SETTINGS = """
[settings]
id = "tiny"
version = "1"
minutes = 1
title = { zh = "小", yue = "细", en = "Tiny" }
probe = { zh = "哪个？", yue = "边个？", en = "Which?" }
"""

CHOICES = """
choices = [
  { list_name = "yn", name = "1", label = { zh = "有", yue = "有", en = "Yes" } },
  { list_name = "yn", name = "2", label = { zh = "没有", yue = "冇", en = "No" } },
  { list_name = "yn", name = "9", missing = "refused", label = { zh = "拒答", yue = "唔答", en = "Refused" } },
]
"""


def row(kind: str, name: str, *more: str, words: str = "问") -> str:
    """One question; `more` are further lines of TOML."""
    label = f'label = {{ zh = "{words}", yue = "{words}", en = "{words}" }}'
    if kind in ("calculate", "hidden"):
        label = ""
    return "\n".join(["[[survey]]", f'type = "{kind}"', f'name = "{name}"', label, *more])


def text_of(*rows: str, choices: str = CHOICES, settings: str = SETTINGS, completion: str = "") -> str:
    return "\n".join([choices, settings, completion, *rows])


def tiny(*rows: str, choices: str = CHOICES, completion: str = "") -> Questionnaire:
    return from_toml(text_of(*rows, choices=choices, completion=completion))
