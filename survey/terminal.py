"""The language of the terminal."""

from __future__ import annotations

import os


def language() -> str:
    """en where the terminal is English (LC_ALL, LC_MESSAGES, LANG), else zh."""
    wishes = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "en" if next(filter(None, wishes), "").startswith("en") else "zh"


def translated(text: str) -> str:
    """A text in the language of the terminal; the original is Chinese."""
    if language() == "zh":
        return text
    from survey.catalogues import catalogue

    english: str = catalogue("en").gettext(text)
    return english
