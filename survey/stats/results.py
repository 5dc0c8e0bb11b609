"""What an estimate is: small frozen results that name base, population, method and level."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from survey.errors import Message
from survey.stats.bounds import Bounds


class Method(StrEnum):
    """How an interval was made."""

    NOBODY = "nobody"
    CENSUS = "census"
    HYPERGEOMETRIC = "hypergeometric"
    CLOPPER_PEARSON = "clopper-pearson"
    CLOPPER_PEARSON_KISH = "clopper-pearson-kish"
    KORN_GRAUBARD_KISH = "korn-graubard-kish"
    STUDENT = "t"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate (share, 满意率): never to be mixed with a Score.

    `n`: base, 户 with a substantive answer; `satisfied`: of these, unweighted; `respondents`: interviewed.
    `N`: households the rate speaks of (None: size of the domain not known). `census`: all were released.
    `low`, `high`: limits at `level`, None when nobody answered. `se` is None where one unit alone cannot
    show it. `bounds`: worst and best case of the households not interviewed, where the releases are
    known. `notes`: what a reader must be told. `effective`: size the interval worked with: n, or the smaller
    one of a weighted sample.
    """

    value: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int
    satisfied: int
    respondents: int
    N: int | None
    deff: float | None
    df: int | None
    method: Method
    level: float
    weighted: bool = False
    census: bool = False
    domain: str | None = None
    bounds: Bounds | None = None
    notes: tuple[Message, ...] = ()
    effective: float | None = None

    @property
    def is_census_with_nonresponse(self) -> bool:
        """Everybody was released and not everybody answered: the error is not sampling error."""
        return self.census and self.method is not Method.CENSUS


@dataclass(frozen=True, slots=True)
class Score:
    """A mean of points (满意度得分, 0-100 分 with the usual maps), never a rate and never shown with %.

    `low`, `high`: t interval cut at the map's ends, None where the sample cannot show its spread.
    """

    value: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int
    N: int | None
    deff: float | None
    df: int | None
    method: Method
    level: float
    domain: str | None = None
    notes: tuple[Message, ...] = ()
