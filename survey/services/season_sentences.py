"""What may be said of a station beside the others, in plain sentences: beyond chance or not, never better or worse than
another station."""

from __future__ import annotations

from survey.errors import N_, Message
from survey.services.frozen_figures import Footing, FrozenFigure
from survey.stats.common_rate import Funnel, Placed
from survey.stats.definition import (
    COMPLETE,
    COMPLETE_OR_PARTIAL,
    COUNTED_NAMES,
    WEIGHT_NAMES,
    listed_codes,
)
from survey.stats.results import Estimate, Method
from survey.stats.rounding import percent
from survey.stats.sentences import show_level, show_percent
from survey.stats.trend import Change

ALONE = N_("同一口径下只有这一站，没有共同率可比。")
ALL_ALIKE = N_("各站都是 %(rate)s，没有差别可比。")
ABOVE = N_("高于共同率 %(rate)s，超出偶然范围（调整后 p%(adjusted)s）。")
BELOW = N_("低于共同率 %(rate)s，超出偶然范围（调整后 p%(adjusted)s）。")
WITHIN = N_("在偶然范围之内：不能说与共同率不同，也不能说相同。")
ONLY_ALONE = N_(
    "单看这一站像是不同（p%(p)s），但 %(tested)s 个站同时比较，偶然就会出现这样的差别"
    "（调整后 p%(adjusted)s）：不能说它不同。"
)
CENSUS_ABOVE = N_("全体结果，没有抽样误差：比共同率高 %(points)s 个百分点，是事实，不作检验。")
CENSUS_BELOW = N_("全体结果，没有抽样误差：比共同率低 %(points)s 个百分点，是事实，不作检验。")
CENSUS_EQUAL = N_("全体结果，没有抽样误差：与共同率相等。")
BOUNDS_ABOVE = N_("全部发放而未全部受访：无论未受访户意见如何，都高于共同率；误差来自未受访，不作检验。")
BOUNDS_BELOW = N_("全部发放而未全部受访：无论未受访户意见如何，都低于共同率；误差来自未受访，不作检验。")
BOUNDS_OPEN = N_("全部发放而未全部受访：上下界跨过共同率，不能说它不同；误差来自未受访，不作检验。")

ROSE = N_("比上一轮高 %(points)s 个百分点，超出偶然范围（调整后 p%(adjusted)s）。")
FELL = N_("比上一轮低 %(points)s 个百分点，超出偶然范围（调整后 p%(adjusted)s）。")
UNCHANGED = N_("两轮之差在偶然范围之内：不能说变了，也不能说没变。")
CHANGED_ALONE = N_("单看这两轮像是变了（p%(p)s），各轮之差一并考虑后不能这样说（调整后 p%(adjusted)s）。")
FACT_ROSE = N_("两轮都是全体结果：高了 %(points)s 个百分点，是事实，不作检验。")
FACT_FELL = N_("两轮都是全体结果：低了 %(points)s 个百分点，是事实，不作检验。")
FACT_SAME = N_("两轮都是全体结果：没有变。")
WITH_NONRESPONSE = N_("有一轮全部发放而未全部受访：误差来自未受访，不作检验。")
OTHER_FOOTING = N_("口径或题目改了，前后两轮不可比。")
NO_RATE = N_("有一轮基数不足，没有满意率可比。")


def compared(rate: Estimate, placed: Placed, found: Funnel) -> Message:
    """A station's rate against the common one."""
    if len(found.placed) < 2:
        return Message(ALONE)
    if rate.method is Method.CENSUS:
        return _fact(placed.station.share, found.rate)
    if rate.is_census_with_nonresponse:
        return _by_bounds(rate, found.rate)
    if placed.p_value is None or placed.adjusted is None:
        return Message(ALL_ALIKE, {"rate": show_percent(found.rate)})
    values: dict[str, object] = {
        "rate": show_percent(found.rate),
        "p": show_p(placed.p_value),
        "adjusted": show_p(placed.adjusted),
        "tested": found.tested,
    }
    alpha = 1 - found.level
    if differs(placed, found):
        return Message(ABOVE if placed.station.share > found.rate else BELOW, values)
    return Message(ONLY_ALONE, values) if placed.p_value <= alpha else Message(WITHIN)


def differs(placed: Placed, found: Funnel) -> bool:
    """Beyond chance, with all stations that were tested in mind."""
    return placed.adjusted is not None and placed.adjusted <= 1 - found.level


def changed(found: Change, adjusted: float | None) -> Message:
    """A difference between two rounds of a station; `adjusted`: its p-value with the station's other steps in mind."""
    values: dict[str, object] = {"points": show_difference(found.value)}
    if found.method == "nonresponse":
        return Message(WITH_NONRESPONSE)
    if found.p_value is None or adjusted is None:
        if abs(found.value) < 1e-12:
            return Message(FACT_SAME)
        return Message(FACT_ROSE if found.value > 0 else FACT_FELL, values)
    values |= {"p": show_p(found.p_value), "adjusted": show_p(adjusted)}
    if adjusted <= 1 - found.level:
        return Message(ROSE if found.value > 0 else FELL, values)
    return Message(CHANGED_ALONE, values) if found.p_value <= 1 - found.level else Message(UNCHANGED)


def broken_because(before: FrozenFigure, after: FrozenFigure) -> Message:
    """Why nothing is said of two rounds."""
    return Message(OTHER_FOOTING if before.footing != after.footing else NO_RATE)


def footing_in_words(name: str, footing: Footing) -> Message:
    """Codes, base, interviews that count, weights and level: what all rates of a group have in common. `name`: of the
    rate, which is not always 满意率."""
    text = N_(
        "%(name)s＝回答 %(satisfied)s 的户数 ÷ 作出评价（回答 %(base)s）的户数；%(counted)s；%(weights)s；"
        "置信水平 %(level)s。"
    )
    counted = COMPLETE_OR_PARTIAL if "P" in footing.counted else COMPLETE
    values: dict[str, object] = {
        "name": Message(name),
        "satisfied": listed_codes(footing.satisfied),
        "base": listed_codes(footing.base),
        "counted": Message(COUNTED_NAMES[counted]),
        "weights": Message(WEIGHT_NAMES[footing.weights]),
        "level": show_level(footing.level),
    }
    return Message(text, values)


def show_p(value: float) -> str:
    """With the sign before it: =0.0341, =0.27, <0.001."""
    if value < 0.001:
        return "<0.001"
    return f"={value:.3g}" if value < 0.1 else f"={value:.2f}"


def show_difference(share: float) -> str:
    """A difference of two shares in percentage points, without a sign."""
    return percent(abs(share))


def _fact(share: float, common: float) -> Message:
    difference = share - common
    if abs(difference) < 1e-12:
        return Message(CENSUS_EQUAL)
    text = CENSUS_ABOVE if difference > 0 else CENSUS_BELOW
    return Message(text, {"points": show_difference(difference)})


def _by_bounds(rate: Estimate, common: float) -> Message:
    bounds = rate.bounds
    if bounds is None or bounds.low is None or bounds.high is None or bounds.low <= common <= bounds.high:
        return Message(BOUNDS_OPEN)
    return Message(BOUNDS_ABOVE if bounds.low > common else BOUNDS_BELOW)
