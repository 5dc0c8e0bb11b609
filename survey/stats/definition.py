"""口径: which answers count as satisfied, out of which base, and how codes become points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from survey.errors import N_, Invalid, Message, listed
from survey.stats.cells import Code
from survey.stats.points import Measure, PointsRule


def _fixed(points: tuple[float, ...]) -> Mapping[Code, float]:
    return MappingProxyType(dict(zip((5, 4, 3, 2, 1), points, strict=True)))


SCORE_MAPS: Mapping[str, Mapping[Code, float]] = MappingProxyType(
    {
        "M1": _fixed((100, 80, 60, 30, 0)),
        "M2": _fixed((100, 75, 50, 25, 0)),
        "M3": _fixed((100, 80, 60, 40, 20)),
    }
)

SATISFIED = N_("满意率")
AT_LEAST_BASICALLY = N_("基本满意以上率")
NO_CONTACT_COUNTED = N_("满意率（未接触计入不满意）")
NO_CONTACT_COUNTED_BASICALLY = N_("基本满意以上率（未接触计入不满意）")

COMPLETE = "complete"
COMPLETE_OR_PARTIAL = "complete_or_partial"

#: N_h / interviewed of the stratum; every household alike; in a simple random sample the zones' known sizes
DESIGN_WEIGHTS = "design"
UNWEIGHTED = "none"
ZONE_WEIGHTS = "zones"
COUNTED_NAMES: Mapping[str, str] = MappingProxyType(
    {COMPLETE: N_("只计完整访问"), COMPLETE_OR_PARTIAL: N_("完整和部分完成的访问都计")}
)
WEIGHT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        DESIGN_WEIGHTS: N_("各层按户数加权（含未受访调整）"),
        UNWEIGHTED: N_("不加权，各层合并视作一次简单随机抽样"),
        ZONE_WEIGHTS: N_("各层按户数加权；不分层的样本再按片区户数加权"),
    }
)


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a measurement definition; frozen with the round.

    `interval`: "default" (exact inside one simple random sample, Korn-Graubard capped at Kish's size
    otherwise). `score_map`: code → points, named `score_map_name`; every substantive code of a five-point
    scale has points. `counted`: whose interviews count (有效样本), COMPLETE or COMPLETE_OR_PARTIAL. `weights`: a key of
    WEIGHT_NAMES. `points`: what the result is worth in the evaluation, None where nothing was agreed.
    """

    name: str = SATISFIED
    version: int = 1
    satisfied_codes: frozenset[Code] = frozenset({5, 4})
    base_codes: frozenset[Code] = frozenset({1, 2, 3, 4, 5})
    score_map: Mapping[Code, float] = field(default_factory=lambda: SCORE_MAPS["M2"])
    score_map_name: str = "M2"
    interval: str = "default"
    level: float = 0.95
    counted: str = COMPLETE
    weights: str = DESIGN_WEIGHTS
    points: PointsRule | None = None

    def __post_init__(self) -> None:
        if not self.satisfied_codes <= self.base_codes:
            codes = ", ".join(sorted(map(str, self.satisfied_codes - self.base_codes)))
            text = N_("满意编码 %(codes)s 不在基数编码之内。请更正口径。")
            raise Invalid("satisfied-outside-base", text, codes=codes)
        if not 0 < self.level < 1:
            text = N_("置信水平为 %(level)s，应在 0 与 1 之间，例如 0.95。")
            raise Invalid("bad-level", text, level=self.level)
        _check_known(self.counted, COUNTED_NAMES, N_("有效样本"))
        _check_known(self.weights, WEIGHT_NAMES, N_("加权"))
        if self.points and self.points.measure is Measure.BASIC and 3 not in self.base_codes:
            text = N_("“一般”不在基数编码之内，不能按基本满意以上率折分。请更正口径。")
            raise Invalid("basic-outside-base", text)


def _check_known(value: str, known: Mapping[str, str], what: str) -> None:
    if value not in known:
        text = N_("%(what)s“%(value)s”不认识。可用的有：%(known)s。")
        raise Invalid("unknown-rule", text, what=Message(what), value=value, known=", ".join(known))


DEFAULT = Definition()


def with_score_map(definition: Definition, name: str) -> Definition:
    """The same definition with one of the named score maps M1, M2, M3."""
    if name not in SCORE_MAPS:
        text = N_("没有“%(name)s”这一得分折算表。可用的有：%(known)s。")
        raise Invalid("unknown-score-map", text, name=name, known=", ".join(SCORE_MAPS))
    return replace(definition, score_map=SCORE_MAPS[name], score_map_name=name)


def alternatives(definition: Definition, no_contact: Code | None = None) -> tuple[Definition, ...]:
    """Definitions for the sensitivity line: 基本满意以上率 (of that itself 满意率), and 未接触计入不满意 when its code
    is given.

    The middle answer never counts under the name 满意率.
    """
    found = []
    if 3 in definition.satisfied_codes and definition.name == AT_LEAST_BASICALLY:
        found.append(replace(definition, name=SATISFIED, satisfied_codes=definition.satisfied_codes - {3}))
    elif 3 in definition.base_codes and 3 not in definition.satisfied_codes:
        codes = definition.satisfied_codes | {3}
        found.append(replace(definition, name=AT_LEAST_BASICALLY, satisfied_codes=codes))
    if no_contact is not None:
        codes = definition.base_codes | {no_contact}
        basic = definition.name == AT_LEAST_BASICALLY
        name = NO_CONTACT_COUNTED_BASICALLY if basic else NO_CONTACT_COUNTED
        found.append(replace(definition, name=name, base_codes=codes))
    return tuple(found)


def describe(definition: Definition) -> Message:
    """The definition in one plain sentence, to stand beside every figure made with it."""
    text = N_(
        "%(name)s（第 %(version)s 版）＝回答 %(satisfied)s 的户数 ÷ 作出评价（回答 %(base)s）的户数，"
        "不清楚、拒答和不适用不计入基数；%(counted)s；得分按 %(map)s 折算（%(points)s 分）；%(weights)s；"
        "置信水平 %(level)s。"
    )
    values: dict[str, object] = {
        "name": Message(definition.name),
        "version": definition.version,
        "satisfied": listed_codes(definition.satisfied_codes),
        "base": listed_codes(definition.base_codes),
        "map": definition.score_map_name,
        "points": listed_points(definition),
        "counted": Message(COUNTED_NAMES[definition.counted]),
        "weights": Message(WEIGHT_NAMES[definition.weights]),
        "level": f"{100 * definition.level:g}%",
    }
    return Message(text, values)


def listed_points(definition: Definition) -> str:
    """5→100 / 4→75 / …, as the scale is read out."""
    return " / ".join(f"{code}→{points:g}" for code, points in definition.score_map.items())


def listed_codes(codes: frozenset[Code]) -> Message | str:
    """Highest code first, as the scale is read out."""
    numbers = sorted((code for code in codes if isinstance(code, int)), reverse=True)
    words = sorted(code for code in codes if isinstance(code, str))
    return listed([*map(str, numbers), *words])
