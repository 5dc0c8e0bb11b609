"""The points rule in plain sentences, to be printed with every result it is applied to."""

from __future__ import annotations

from collections.abc import Mapping

from survey.errors import N_, Message
from survey.stats.points import Band, Below, Kind, Measure, PointsRule, in_unit

MEASURE_NAMES: Mapping[Measure, str] = {
    Measure.RATE: N_("总体满意率"),
    Measure.BASIC: N_("总体的基本满意以上率"),
    Measure.SCORE: N_("总体满意度得分"),
}


def describe_rule(rule: PointsRule | None) -> Message:
    """What is turned into points, how, and what happens where few answered."""
    if rule is None:
        return Message(N_("没有约定折分规则，结果不折成分数。"))
    values: dict[str, object] = {
        "measure": Message(MEASURE_NAMES[rule.measure]),
        "maximum": f"{rule.maximum:g}",
        "how": _how(rule),
    }
    if not rule.minimum:
        return Message(N_("按%(measure)s折分，满分 %(maximum)s 分：%(how)s。"), values)
    text = N_("按%(measure)s折分，满分 %(maximum)s 分：%(how)s。%(few)s。")
    return Message(text, values | {"few": _few(rule)})


def _how(rule: PointsRule) -> Message:
    if rule.kind is Kind.PROPORTIONAL:
        score = rule.measure is Measure.SCORE
        return Message(N_("满分乘以得分，再除以 100") if score else N_("满分乘以比率"))
    if rule.kind is Kind.BANDS:
        lowest = in_unit(rule, rule.bands[0].lower)
        text = N_("%(bands)s，不足 %(lowest)s 为 0 分；各档含下限，按未四舍五入的数值比较")
        return Message(text, {"bands": _bands(rule, rule.bands[::-1]), "lowest": lowest})
    return _deducted(rule)


def _bands(rule: PointsRule, bands: tuple[Band, ...]) -> Message:
    """Highest band first."""
    first = Message(
        N_("%(lower)s 及以上 %(points)s 分"),
        {"lower": in_unit(rule, bands[0].lower), "points": f"{bands[0].points:g}"},
    )
    if len(bands) == 1:
        return first
    return Message(N_("%(first)s，%(rest)s"), {"first": first, "rest": _bands(rule, bands[1:])})


def _deducted(rule: PointsRule) -> Message:
    values: dict[str, object] = {
        "target": in_unit(rule, rule.target),
        "points": f"{rule.per_point:g}",
        "unit": Message(N_("分") if rule.measure is Measure.SCORE else N_("个百分点")),
        "most": f"{min(rule.maximum, rule.most_deducted or rule.maximum):g}",
    }
    if rule.started:
        text = N_(
            "达到 %(target)s 得满分，每低 1 %(unit)s扣 %(points)s 分，不足 1 %(unit)s按 1 %(unit)s计，"
            "最多扣 %(most)s 分；按未四舍五入的数值比较"
        )
    else:
        text = N_(
            "达到 %(target)s 得满分，每低 1 %(unit)s扣 %(points)s 分，不足 1 %(unit)s按比例扣，最多扣 %(most)s 分"
        )
    return Message(text, values)


def _few(rule: PointsRule) -> Message:
    values: dict[str, object] = {"minimum": rule.minimum, "penalty": f"{rule.penalty:g}"}
    if rule.below is Below.NOT_SCORED:
        return Message(N_("作出评价的不足 %(minimum)s 户时不折分"), values)
    return Message(N_("作出评价的不足 %(minimum)s 户时另扣 %(penalty)s 分"), values)
