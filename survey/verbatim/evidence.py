"""What a report text may rest on: the figures of a round and what was said, as plain values that a checker compares with.

Filled by reports/evidence.py; numbers come as they are displayed, because a text holds displayed numbers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fact:
    """A displayed figure. `key` names it for good (headline, item:F1, zone:一片区, theme:praise:CARE), `name` is what a
    text calls it (`also`: other names), `anchor` where its table stands. `shown`: every way in which its percentage may be written; `limits`: its limits, which only stand as such.
    `n`, `base`: households (户) counted in it, and asked; None for what is no share."""

    key: str
    name: str
    anchor: str
    shown: frozenset[str] = frozenset()
    n: int | None = None
    base: int | None = None
    also: tuple[str, ...] = ()
    limits: frozenset[str] = frozenset()

    def is_named_in(self, text: str) -> bool:
        return any(name in text for name in (self.name, *self.also))

    def is_written_in(self, text: str) -> bool:
        return any(f"{shown}%" in text or f"{shown}％" in text for shown in self.shown)

    def has(self, number: str, as_limit: bool) -> bool:
        """Whether this percentage is its value, or one of its limits where the text speaks of those."""
        return number in self.shown or (as_limit and number in self.limits)


@dataclass(frozen=True, slots=True)
class Topic:
    """What quantifiers can be about: a theme that was coded, or an item that was asked. `phrases`: by which a clause is
    known to speak of it; `kind`: praise, complaint, request, suggestion."""

    fact: Fact
    kind: str
    phrases: tuple[str, ...]

    def longest_in(self, text: str) -> str:
        """The longest of the phrases that stands there, "" for none."""
        return max((phrase for phrase in self.phrases if phrase in text), key=len, default="")


@dataclass(frozen=True, slots=True)
class Difference:
    """`first` less `second` as a share, by the names texts use; limits None: nothing may be inferred. A difference
    from the last round has "last" as its second."""

    first: str
    second: str
    value: float
    low: float | None
    high: float | None

    @property
    def is_beyond_chance(self) -> bool:
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class Evidence:
    """`respondents`: counted interviews (户). `counts`: number of households -> what it counts. `quotes`: those approved.
    `asked`: words for what the survey asked about."""

    respondents: int
    facts: tuple[Fact, ...] = ()
    topics: tuple[Topic, ...] = ()
    counts: Mapping[int, str] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    zones: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def last_round(self) -> Difference | None:
        return next((one for one in self.differences if one.second == "last"), None)

    def between(self, zone: str, other: str) -> Difference | None:
        """Of two zones, `zone` first."""
        for one in self.differences:
            if (one.first, one.second) == (zone, other):
                return one
            if (one.first, one.second) == (other, zone):
                turned = (None, None) if one.low is None or one.high is None else (-one.high, -one.low)
                return Difference(zone, other, -one.value, *turned)
        return None


def facts_in(text: str, evidence: Evidence, kinds: Collection[str]) -> list[Fact]:
    """What a sentence rests on: figures that it names and writes, and the topics of these kinds that it speaks of
    (advice speaks of what ought to be)."""
    told = "。".join(part for part in re.split(r"[。；]", text) if not part.lstrip().startswith("建议"))
    figures = [one for one in evidence.facts if one.is_named_in(text) and one.is_written_in(text)]
    topics = [
        (one.fact, phrase)
        for one in evidence.topics
        if one.kind in kinds and (phrase := one.longest_in(told))
    ]
    inside = {short for _, short in topics for _, long in topics if short != long and short in long}
    spoken_of = [fact for fact, phrase in topics if phrase not in inside]
    return list({fact.key: fact for fact in (*spoken_of, *figures)}.values())
