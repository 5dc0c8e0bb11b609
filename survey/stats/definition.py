"""口径: which answers count as satisfied, out of which base, and how codes become points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from survey.errors import N_, Invalid, Message
from survey.stats.cells import Code


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


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a measurement definition; frozen with the round.

    `interval`: "default" (exact inside one simple random sample, Korn-Graubard capped at Kish's size
    otherwise). `score_map`: code → points, named `score_map_name`; every substantive code of a five-point
    scale has points.
    """

    name: str = SATISFIED
    version: int = 1
    satisfied_codes: frozenset[Code] = frozenset({5, 4})
    base_codes: frozenset[Code] = frozenset({1, 2, 3, 4, 5})
    score_map: Mapping[Code, float] = field(default_factory=lambda: SCORE_MAPS["M2"])
    score_map_name: str = "M2"
    interval: str = "default"
    level: float = 0.95

    def __post_init__(self) -> None:
        if not self.satisfied_codes <= self.base_codes:
            codes = ", ".join(sorted(map(str, self.satisfied_codes - self.base_codes)))
            text = N_("满意编码 %(codes)s 不在基数编码之内。请更正口径。")
            raise Invalid("satisfied-outside-base", text, codes=codes)
        if not 0 < self.level < 1:
            text = N_("置信水平为 %(level)s，应在 0 与 1 之间，例如 0.95。")
            raise Invalid("bad-level", text, level=self.level)


DEFAULT = Definition()


def with_score_map(definition: Definition, name: str) -> Definition:
    """The same definition with one of the named score maps M1, M2, M3."""
    if name not in SCORE_MAPS:
        text = N_("没有“%(name)s”这一得分折算表。可用的有：%(known)s。")
        raise Invalid("unknown-score-map", text, name=name, known=", ".join(SCORE_MAPS))
    return replace(definition, score_map=SCORE_MAPS[name], score_map_name=name)


def alternatives(definition: Definition, no_contact: Code | None = None) -> tuple[Definition, ...]:
    """Definitions for the sensitivity line: 基本满意以上率, and 未接触计入不满意 when its code is given.

    The middle answer never counts under the name 满意率.
    """
    found = []
    if 3 in definition.base_codes and 3 not in definition.satisfied_codes:
        codes = definition.satisfied_codes | {3}
        found.append(replace(definition, name=AT_LEAST_BASICALLY, satisfied_codes=codes))
    if no_contact is not None:
        codes = definition.base_codes | {no_contact}
        found.append(replace(definition, name=NO_CONTACT_COUNTED, base_codes=codes))
    return tuple(found)


def describe(definition: Definition) -> Message:
    """The definition in one plain sentence, to stand beside every figure made with it."""
    text = N_(
        "%(name)s（第 %(version)s 版）＝回答 %(satisfied)s 的户数 ÷ 作出评价（回答 %(base)s）的户数，"
        "不清楚、拒答和不适用不计入基数；得分按 %(map)s 折算（%(points)s 分）；置信水平 %(level)s。"
    )
    values: dict[str, object] = {
        "name": Message(definition.name),
        "version": definition.version,
        "satisfied": _listed(definition.satisfied_codes),
        "base": _listed(definition.base_codes),
        "map": definition.score_map_name,
        "points": " / ".join(f"{code}→{points:g}" for code, points in definition.score_map.items()),
        "level": f"{100 * definition.level:g}%",
    }
    return Message(text, values)


def _listed(codes: frozenset[Code]) -> str:
    """Highest code first, as the scale is read out."""
    numbers = sorted((code for code in codes if isinstance(code, int)), reverse=True)
    words = sorted(code for code in codes if isinstance(code, str))
    return "、".join([*map(str, numbers), *words])
