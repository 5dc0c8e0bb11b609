"""The language of the terminal."""

from __future__ import annotations

import os


def translated(text: str) -> str:
    """In English where the terminal is English (LC_ALL, LC_MESSAGES, LANG), else as it is, in Chinese."""
    wishes = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    if not next(filter(None, wishes), "").startswith("en"):
        return text
    from survey.catalogues import catalogue

    english: str = catalogue("en").gettext(text)
    return english
