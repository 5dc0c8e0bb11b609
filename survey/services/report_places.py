"""The parts of a report version that a comment can be about."""

from __future__ import annotations

from dataclasses import dataclass

from survey.errors import N_, Message
from survey.models.report import ReportVersion

WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the text that a comment can be about. `text` is empty for the whole."""

    key: str
    text: str


def places_of(version: ReportVersion) -> list[Place]:
    """The method, each sentence of the two sections, and the whole."""
    sentences = [
        Place(f"{section}:{number}", text)
        for section, texts in (("praise", version.praise), ("concern", version.concern))
        for number, text in enumerate(texts, start=1)
    ]
    return [Place("method", version.method), *sentences, Place(WHOLE, "")]


def place_name(key: str) -> Message:
    section, _, number = key.partition(":")
    names = {
        "method": N_("调查方法"),
        WHOLE: N_("全文或其他"),
        "praise": N_("值得肯定的地方 第 %(n)s 条"),
        "concern": N_("需要关注的地方 第 %(n)s 条"),
    }
    return Message(names[section], {"n": number} if number else {})
