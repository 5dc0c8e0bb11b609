"""Errors that name place, value and remedy, in both languages.

A text is kept as its Chinese original with named placeholders plus the values, so that the edge that shows it
(a page, the command line) can translate it. `N_` marks such originals for the message catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Translate = Callable[[str], str]


def N_(text: str) -> str:
    """Mark `text` for translation without translating it here."""
    return text


def untranslated(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """A translatable sentence: the Chinese original and the values of its placeholders."""

    text: str
    values: dict[str, object] = field(default_factory=dict)

    def show(self, translate: Translate = untranslated) -> str:
        values = {
            name: value.show(translate) if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return translate(self.text) % values if values else translate(self.text)

    def __str__(self) -> str:
        return self.show()


def listed(parts: Sequence[Message | str]) -> Message | str:
    """Several things in a sentence: 5、4 in Chinese, 5, 4 in English."""
    if len(parts) < 2:
        return parts[0] if parts else ""
    return Message(N_("%(first)s、%(rest)s"), {"first": parts[0], "rest": listed(parts[1:])})


class SurveyError(Exception):
    """Something a user can mend. `code` is stable; `status` is the HTTP status the web answers with."""

    status = 400

    def __init__(self, code: str, text: str, **values: object) -> None:
        self.code = code
        self.message = Message(text, values)
        super().__init__(code, text, values)

    def __str__(self) -> str:
        return str(self.message)


class Refused(SurveyError):
    """The person may not do this."""

    status = 403


class Unrecognised(SurveyError):
    """Nobody known asks, or by a token that opens nothing any more."""

    status = 401


class Missing(SurveyError):
    """There is no such thing."""

    status = 404


class Conflict(SurveyError):
    """Not possible in the present state: something has to happen before, or has already happened."""

    status = 409


class Unreadable(SurveyError):
    """A file cannot be read; nothing of it was kept."""

    status = 422


class TooMany(SurveyError):
    """Done too often in a short time."""

    status = 429


class Invalid(SurveyError):
    """A value is not acceptable."""

    status = 422
