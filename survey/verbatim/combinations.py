"""罕见组合: what is harmless alone and points at one household together, and a wording that says the need instead.

A need is what the report has to tell; who has it is not. So 视力残障 with 不懂普通话 becomes
有沟通语言与无障碍需求的服务对象.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey.verbatim.traits import Trait, groups_of, traits_in

#: alone enough to be known by
_TELLING = frozenset({"only", "origin", "past", "family", "moment"})
#: these describe; two of different ones narrow a neighbourhood to few
_DESCRIBING = frozenset(
    {
        "vision", "hearing", "mobility", "mind", "disability", "language", "alone", "illness", "age", "occupation",
        "support", "place",
    }
)  # fmt: skip
#: what 残疾 says in general
_KINDS_OF_DISABILITY = frozenset({"vision", "hearing", "mobility", "mind"})
#: group -> the need behind it, in the register of the report
_NEEDS: Mapping[str, str] = {
    "language": "沟通语言",
    "vision": "无障碍",
    "hearing": "无障碍",
    "mobility": "无障碍",
    "disability": "无障碍",
    "mind": "照护支持",
    "illness": "健康照护",
    "alone": "陪伴关怀",
    "family": "家庭支持",
    "past": "情绪支持",
    "support": "经济帮扶",
}


@dataclass(frozen=True, slots=True)
class Combination:
    """Groups of traits that together may point at a household; `traits`: where they stand; `generalised`: who to write."""

    groups: tuple[str, ...]
    traits: tuple[Trait, ...]
    generalised: str


def combination_in(text: str, places: tuple[str, ...] = ()) -> Combination | None:
    """The identifying combination in a remark, None where there is none. `places` as in traits_in."""
    traits = traits_in(text, places)
    groups = groups_of(traits)
    if not _TELLING.intersection(groups) and not _several(groups):
        return None
    return Combination(groups, traits, generalised(groups))


def _several(groups: tuple[str, ...]) -> bool:
    """Whether at least two different things are said about the person; 残疾 beside 视力残障 says nothing more."""
    described = _DESCRIBING.intersection(groups)
    if described & _KINDS_OF_DISABILITY:
        described -= {"disability"}
    return len(described) > 1


def generalised(groups: tuple[str, ...]) -> str:
    """Whom the report names instead: by the needs behind the traits, without any of the traits."""
    needs = list(dict.fromkeys(need for group, need in _NEEDS.items() if group in groups))
    person = "年长的服务对象" if "age" in groups and not needs else "服务对象"
    if not needs:
        return person
    listed = "与".join(["、".join(needs[:-1]), needs[-1]]) if len(needs) > 1 else needs[0]
    return f"有{listed}需求的{person}"
