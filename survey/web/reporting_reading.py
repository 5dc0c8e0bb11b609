"""Sentences of a report as its pages show them: with findings beside them and the tables that they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from survey.services.reporting import Text
from survey.verbatim.claims import KINDS, Finding, Section, check
from survey.verbatim.evidence import Evidence, Fact, facts_in


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence. `part`: method, praise or concern; `number`: from 1 in its part."""

    part: str
    number: int
    text: str
    findings: list[Finding]
    facts: list[Fact]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a checked text; `numbers`: of the findings that stand there, from 1."""

    text: str
    numbers: tuple[int, ...]


def rows_of(text: Text, evidence: Evidence) -> list[Row]:
    """Every sentence with its check, as it stands in its paragraph."""
    parts = (
        ("method", (text.method,), Section.UNKNOWN),
        ("praise", text.praise, Section.PRAISE),
        ("concern", text.concern, Section.CONCERN),
    )
    return [
        Row(part, number, one, check(one, evidence, section), facts_in(one, evidence, KINDS[section]))
        for part, sentences, section in parts
        for number, one in enumerate(sentences, start=1)
    ]


def marked(text: str, findings: Sequence[Finding]) -> list[Piece]:
    """The text cut where findings begin and end, so that each stretch can be marked with their numbers."""
    cuts = sorted({0, len(text), *(end for one in findings for end in (one.start, one.end))})
    return [
        Piece(
            text[start:end],
            tuple(
                number
                for number, one in enumerate(findings, start=1)
                if one.start <= start and end <= one.end
            ),
        )
        for start, end in pairwise(cuts)
    ]
