"""What a chart shows, as plain values: filled from results, drawn by the modules beside this one.

A chart holds nothing that may not be shown: of a hidden figure only why it is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from survey.errors import N_, Message
from survey.services.figures import Figure
from survey.stats.reliability import Reliability, Verdict
from survey.stats.results import Estimate, Method

#: a Message is translated where it is drawn; a str is data, such as the name of a station, and stays as it is
Text = Message | str

TOO_FEW = N_("基数不足，不公布")
BESIDE_TOO_FEW = N_("为防推算，不公布")
NOBODY = N_("没有人回答")


class Span(StrEnum):
    """What the line through a rate stands for."""

    INTERVAL = "interval"
    BOUNDS = "bounds"  # a census with nonresponse: worst and best case of those not interviewed
    POINT = "point"  # a census in which everybody answered: no line


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate (share 0-1) with its limits and base `n` (户); `flagged`: base below 30."""

    value: float
    low: float
    high: float
    n: int
    span: Span = Span.INTERVAL
    flagged: bool = False

    @classmethod
    def of(cls, figure: Figure) -> Rate | None:
        """None where the figure is hidden or nobody is in its base."""
        if figure.rate is None:
            return None
        return cls.of_estimate(figure.rate, figure.reliability.verdict is Verdict.FLAGGED)

    @classmethod
    def of_estimate(cls, rate: Estimate, flagged: bool) -> Rate | None:
        """None where nobody answered."""
        if rate.value is None or rate.low is None or rate.high is None:
            return None
        if rate.method is Method.CENSUS:
            return cls(rate.value, rate.value, rate.value, rate.n, Span.POINT, flagged)
        bounds = rate.bounds
        if rate.is_census_with_nonresponse and bounds and bounds.low is not None and bounds.high is not None:
            return cls(rate.value, bounds.low, bounds.high, rate.n, Span.BOUNDS, flagged)
        return cls(rate.value, rate.low, rate.high, rate.n, Span.INTERVAL, flagged)


def why_hidden(reliability: Reliability) -> Message | None:
    """In a few words; None for what may be shown."""
    if reliability.may_show:
        return None
    if reliability.verdict is Verdict.NOBODY:
        return Message(NOBODY)
    return Message(TOO_FEW if reliability.method == "report-rule" else BESIDE_TOO_FEW)


@dataclass(frozen=True, slots=True)
class Head:
    """What every chart says of itself. `source`: of whom, by which definition, frozen or not."""

    title: Text
    source: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """A rate of a question or a zone; without one, `hidden` says why. `is_whole`: the one that the others are parts of."""

    name: Text
    rate: Rate | None
    hidden: Message | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """Rates with their limits, one under the other, in the order given. `rate_name`: 满意率."""

    head: Head
    rate_name: Text
    level: float
    rows: tuple[IntervalRow, ...]


@dataclass(frozen=True, slots=True)
class LikertPart:
    """One answer: `n` 户, the place of its bar in % of the base with the middle of the scale at 0."""

    label: Text
    n: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class LikertRow:
    """Answers from the worst to the best. Without parts, `hidden` says why and there is no base. `n`: base in 户."""

    name: Text
    parts: tuple[LikertPart, ...]
    n: int
    hidden: Message | None = None


@dataclass(frozen=True, slots=True)
class LikertChart:
    """Diverging bars by unweighted households; `labels` from the worst answer to the best."""

    head: Head
    labels: tuple[Text, ...]
    rows: tuple[LikertRow, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """户 that did not come to the next step, and why."""

    name: Text
    n: int


@dataclass(frozen=True, slots=True)
class FlowStep:
    """Households (户) that came so far, and what was lost on the way here from the step before."""

    name: Text
    n: int
    lost: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowChart:
    """From the frame to the interview: each step is the one before less what was lost."""

    head: Head
    steps: tuple[FlowStep, ...]


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """A station. `number`: its place in the table beside. `n`: base (户), or effective base where it is weighted.
    `beyond`: the widest level (such as 0.95, or 0.998) whose limits it lies outside of by the exact test, else None. Without a rate
    it is not drawn, and `hidden` says why."""

    number: int
    name: str
    n: float
    rate: float | None
    beyond: float | None = None
    hidden: Message | None = None


@dataclass(frozen=True, slots=True)
class FunnelLimit:
    """Control limits of a share at `level` over bases `n` (户), ascending."""

    level: float
    n: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FunnelChart:
    """Stations over the size of their base against the common rate. `limits` are empty where that is 0 or 1."""

    head: Head
    rate_name: Text
    common: float
    points: tuple[FunnelPoint, ...]
    limits: tuple[FunnelLimit, ...]
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A round. `day`: when, as it is to be written. `other_definition`: not made like the round before, so no line
    leads here."""

    name: Text
    day: str
    rate: Rate | None
    hidden: Message | None = None
    other_definition: bool = False


@dataclass(frozen=True, slots=True)
class TrendChart:
    """A station's rate over its rounds, oldest first."""

    head: Head
    rate_name: Text
    level: float
    points: tuple[TrendPoint, ...]
    notes: tuple[Text, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ThemeBar:
    """A theme and the share of all respondents who mention it."""

    name: Text
    rate: Rate


@dataclass(frozen=True, slots=True)
class ThemeGroup:
    """Themes of one kind; `praises`: their bars go to the right."""

    kind: Text
    bars: tuple[ThemeBar, ...]
    praises: bool = False


@dataclass(frozen=True, slots=True)
class ThemeChart:
    """Themes by kind, the largest share first, praise against all else."""

    head: Head
    level: float
    groups: tuple[ThemeGroup, ...]
    notes: tuple[Text, ...] = ()


Chart = IntervalChart | LikertChart | FlowChart | FunnelChart | TrendChart | ThemeChart
