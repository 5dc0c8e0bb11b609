"""Sentences with what is to be masked marked inside: "负责我的社工叫[N:李晓敏]"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

KINDS = {
    "N": {"name"},
    "P": {"phone"},
    "I": {"id", "card", "number"},
    "A": {"address"},
    "D": {"disease"},
    "W": {"account", "email"},
}
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


def parse(line: str) -> Sentence:
    text, marks, at = "", [], 0
    for found in _MARK.finditer(line):
        text += line[at : found.start()]
        marks.append(Mark(found[1], len(text), len(text) + len(found[2])))
        text += found[2]
        at = found.end()
    return Sentence(text + line[at:], tuple(marks))


def sentences() -> list[Sentence]:
    lines = (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").splitlines()
    return [parse(line) for line in lines if line and not line.startswith("#")]
