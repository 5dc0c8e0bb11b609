"""What the counted interviews of a round say, as the pages, charts and files are given it. Hidden figures hold no values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey.errors import Message
from survey.questionnaire.schema import Question
from survey.questionnaire.schema import Wording as Label
from survey.services.figures import Figure
from survey.stats.definition import Definition
from survey.stats.reliability import Reliability
from survey.stats.results import Estimate, Score


@dataclass(frozen=True, slots=True)
class Variant:
    """The overall result seen another way: a rate, a score in points (分), or both, never mixed.

    `key` names it for programs. `difference` says what was done otherwise, and to how many 户; `withheld`, instead of
    the figures, why nobody is shown them.
    """

    key: str
    name: Message
    rate: Estimate | None
    score: Score | None
    difference: Message
    withheld: Message | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone, or the small ones together (`merged` names them): N (frame less those found ineligible), and a figure
    per question name."""

    name: str
    population: int
    figures: Mapping[str, Figure]
    merged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Households of one client category or follow-up level: N, and the overall figure. Categories overlap."""

    name: str
    population: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class ChoiceShare:
    """A choice: how many (户) gave it, and their share of the base, weighted as the rates are."""

    code: str
    label: Label
    n: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Reported:
    """What respondents report on one question: every substantive choice, and how many said something else.

    `n`: base (户). Hidden, it holds no counts.
    """

    question: Question
    n: int
    choices: tuple[ChoiceShare, ...]
    outside: tuple[ChoiceShare, ...]
    reliability: Reliability


@dataclass(frozen=True, slots=True)
class Sizes:
    """Households (户) in the frame, released, found ineligible, and interviewed as the definition counts them."""

    frame: int
    released: int
    ineligible: int
    interviewed: int

    @property
    def eligible(self) -> int:
        """N."""
        return self.frame - self.ineligible

    @property
    def not_interviewed(self) -> int:
        return self.released - self.ineligible - self.interviewed


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything said in the counted interviews, under one definition.

    `respondents`: counted interviews (户); `proxies`: of these, answered by somebody else; `no_contact`: of these,
    never contacted by the station, so not asked how satisfied they are. `zone_count`: zones of the frame, of which
    `zones` may be fewer, or none.
    """

    definition: Definition
    described: Message
    sizes: Sizes
    respondents: int
    proxies: int
    no_contact: int
    overall: Figure
    sensitivity: tuple[Variant, ...]
    items: tuple[Figure, ...]
    trio: tuple[Figure, ...]
    reach: tuple[Figure, ...]
    zones: tuple[Zone, ...]
    conclusion: Message | None
    caution: Message | None
    contact: tuple[Reported, ...] = ()
    categories: tuple[Group, ...] = ()
    levels: tuple[Group, ...] = ()
    zone_count: int = 0
