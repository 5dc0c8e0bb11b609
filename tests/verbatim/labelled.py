"""Sentences with what is to be masked marked inside: "负责我的社工叫[N:李晓敏]", and how well the masking does on them.

`python -m verbatim.labelled` in the folder of the tests prints the figures and what was missed or masked for nothing.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from survey.verbatim.masking import Span, mask

KINDS = {
    "N": {"name"},
    "P": {"phone"},
    "I": {"id", "card", "number"},
    "A": {"address"},
    "D": {"disease"},
    "W": {"account", "email"},
}
# What the rules were mended on, and what was written before anybody looked at them.
KNOWN, UNSEEN = "sentences.txt", "unseen.txt"
_MARK = re.compile(r"\[([A-Z]):([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Mark:
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """Marks found and to be found, spans that hit a mark of their kind and all spans; misses and false finds in words."""

    found: dict[str, int]
    marked: dict[str, int]
    right: int
    masked: int
    missed: tuple[str, ...]
    needless: tuple[str, ...]

    def recall(self, kind: str) -> float:
        return self.found[kind] / self.marked[kind]

    @property
    def precision(self) -> float:
        return self.right / self.masked


def parse(line: str) -> Sentence:
    text, marks, at = "", [], 0
    for found in _MARK.finditer(line):
        text += line[at : found.start()]
        marks.append(Mark(found[1], len(text), len(text) + len(found[2])))
        text += found[2]
        at = found.end()
    return Sentence(text + line[at:], tuple(marks))


def sentences(name: str = KNOWN) -> list[Sentence]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [parse(line) for line in lines if line and not line.startswith("#")]


def measure(labelled: list[Sentence]) -> Measure:
    """A mark counts as found when every character of it is masked; a span is right when it touches a mark of its kind."""
    found, marked = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    missed, needless, right, masked = [], [], 0, 0
    for sentence in labelled:
        spans = mask(sentence.text).spans
        for mark in sentence.marks:
            marked[mark.kind] += 1
            found[mark.kind] += _is_masked(mark, spans)
            if not _is_masked(mark, spans):
                missed.append(f"{mark.kind} {sentence.text[mark.start : mark.end]} | {sentence.text}")
        for span in spans:
            masked += 1
            right += _is_meant(span, sentence)
            if not _is_meant(span, sentence):
                needless.append(f"{span.kind} {sentence.text[span.start : span.end]} | {sentence.text}")
    return Measure(found, marked, right, masked, tuple(missed), tuple(needless))


def _is_masked(mark: Mark, spans: tuple[Span, ...]) -> bool:
    covered = {at for span in spans for at in range(span.start, span.end)}
    return all(at in covered for at in range(mark.start, mark.end))


def _is_meant(span: Span, sentence: Sentence) -> bool:
    meant = [mark for mark in sentence.marks if mark.start < span.end and span.start < mark.end]
    return any(span.kind in KINDS[mark.kind] for mark in meant)


def figures(name: str, result: Measure) -> str:
    """One line: recall of each kind with its counts, and the precision."""
    recalls = ", ".join(
        f"{kind} {result.recall(kind):.3f} ({result.found[kind]}/{result.marked[kind]})" for kind in KINDS
    )
    return f"{name}: {recalls}; precision {result.precision:.3f} ({result.right}/{result.masked})"


if __name__ == "__main__":
    for name in (KNOWN, UNSEEN):
        result = measure(sentences(name))
        sys.stdout.write(figures(name, result) + "\n")
        if name == KNOWN:
            sys.stdout.write("".join(f"{line}\n" for line in (*result.missed, *result.needless)))
