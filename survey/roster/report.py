"""The frame report as data: problems by kind, worst first, with title and remedy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from survey.errors import Message
from survey.roster.problems import NOTICE_KINDS, PROBLEM_KINDS, RANK
from survey.roster.result import Problem


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """All problems (or notices) of one kind; `title` and `remedy` are messages to translate."""

    kind: str
    title: Message
    remedy: Message
    problems: tuple[Problem, ...]
    notice: bool


def grouped(findings: Iterable[Problem]) -> tuple[ProblemGroup, ...]:
    """Problems and then notices, each by kind, worst kind first; inside a kind in file order."""
    groups: defaultdict[str, list[Problem]] = defaultdict(list)
    for found in findings:
        groups[found.kind].append(found)
    kinds = PROBLEM_KINDS | NOTICE_KINDS
    return tuple(
        ProblemGroup(
            kind,
            Message(kinds[kind].title),
            Message(kinds[kind].remedy),
            tuple(groups[kind]),
            kind in NOTICE_KINDS,
        )
        for kind in sorted(groups, key=RANK.__getitem__)
    )
