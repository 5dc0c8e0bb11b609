"""A claim that is not borne out, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from survey.errors import N_, Message


class Kind(StrEnum):
    """What is wrong with a claim."""

    QUANTIFIER = "quantifier"
    NUMBER = "number"
    DIFFERENCE = "difference"
    CREDIT = "credit"
    SUPERLATIVE = "superlative"
    QUOTE = "quote"


KIND_NAMES = {
    Kind.QUANTIFIER: N_("数量词"),
    Kind.NUMBER: N_("数字"),
    Kind.DIFFERENCE: N_("差别"),
    Kind.CREDIT: N_("归因"),
    Kind.SUPERLATIVE: N_("过头的话"),
    Kind.QUOTE: N_("引语"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`start`, `end`: characters of the checked text from 0; `words`: what stands there."""

    kind: Kind
    start: int
    end: int
    words: str
    why: Message
    remedy: Message

    @property
    def name(self) -> Message:
        return Message(KIND_NAMES[self.kind])


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and where in the text it begins."""

    start: int
    text: str

    def finding(self, kind: Kind, span: tuple[int, int], why: Message, remedy: Message) -> Finding:
        """A finding at these characters of the sentence."""
        first, last = span
        return Finding(kind, self.start + first, self.start + last, self.text[first:last], why, remedy)
