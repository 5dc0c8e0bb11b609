"""Texts of files, in the language of whoever asked for them."""

from __future__ import annotations

from dataclasses import dataclass

from survey.errors import Message, Translate
from survey.questionnaire.columns import PLACEHOLDER
from survey.questionnaire.schema import Wording


@dataclass(frozen=True, slots=True)
class Texts:
    """`language` picks the wording of questions and choices; `translate` is for our own sentences."""

    translate: Translate
    language: str

    def show(self, value: Message | Wording | str | None) -> str:
        """What a caller or a respondent would fill in stays open: …"""
        if isinstance(value, Wording):
            return PLACEHOLDER.sub("…", value[self.language] or value.zh)
        if isinstance(value, Message):
            return value.show(self.translate)
        return self.translate(value) if value else ""
