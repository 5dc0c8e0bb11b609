"""How a frame may be divided into strata at its seal, and what each stratum is called."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from survey.errors import N_, Invalid
from survey.roster.categories import CATEGORIES, OTHER
from survey.sampling.frame import safe_label

#: in the order in which pages offer them
STRATIFICATIONS: Mapping[str, str] = {
    "zone": N_("按片区"),
    "community": N_("按社区"),
    "category": N_("按对象类别"),
    "zone+community": N_("按片区和社区"),
    "zone+category": N_("按片区和对象类别"),
    "community+category": N_("按社区和对象类别"),
    "zone+community+category": N_("按片区、社区和对象类别"),
    "none": N_("不分层"),
}
WHOLE = N_("全部")
NO_COMMUNITY = "未写社区"
NO_CATEGORY = "未注明类别"
BETWEEN = " / "
_LONGEST_LABEL = 200


class Home(NamedTuple):
    """Where a household belongs: `categories` as the frame keeps them, space separated."""

    zone: str
    community: str
    categories: str


def labels(homes: Iterable[Home], stratify_by: str) -> dict[Home, str]:
    """Home → label of its stratum: its parts joined by “ / ”.

    `homes` are all of a frame: communities of one name in two zones carry the zone before the name. Raises
    Invalid for a label that is too long.
    """
    homes = set(homes)
    parts = parts_of(stratify_by)
    communities = _communities(homes, apart="zone" not in parts)
    found = {}
    for home in homes:
        named = {
            "zone": safe_label(home.zone),
            "community": communities[home],
            "category": category_of(home.categories),
        }
        found[home] = _label([named[part] for part in parts])
    return found


def parts_of(stratify_by: str) -> tuple[str, ...]:
    if stratify_by not in STRATIFICATIONS:
        raise Invalid("stratify-by-unknown", N_("不能按“%(value)s”分层。"), value=stratify_by)
    return () if stratify_by == "none" else tuple(stratify_by.split("+"))


def category_of(categories: str) -> str:
    """The one category that a household of several is counted in: the first of the 17 as the commission lists them,
    then 其他."""
    found = set(categories.split())
    if not found:
        return NO_CATEGORY
    return next((category for category in CATEGORIES if category in found), OTHER)


def _communities(homes: set[Home], apart: bool) -> dict[Home, str]:
    names = {home: safe_label(home.community or NO_COMMUNITY) for home in homes}
    zones = defaultdict(set)
    for home, name in names.items():
        zones[name].add(safe_label(home.zone))
    return {
        home: safe_label(f"{home.zone} {name}") if apart and len(zones[name]) > 1 else name
        for home, name in names.items()
    }


def _label(parts: list[str]) -> str:
    if not parts:
        return WHOLE
    if len(parts) > 1:  # a slash inside a name must not look like the one between two
        parts = [part.replace("/", "／") for part in parts]
    label = unicodedata.normalize("NFC", BETWEEN.join(parts))
    if len(label) > _LONGEST_LABEL:
        raise Invalid(
            "stratum-label-long",
            N_("片区或社区名“%(value)s…”有 %(length)s 个字，最多 %(most)s 个。请在名册中改短后重新导入。"),
            value=label[:20],
            length=len(label),
            most=_LONGEST_LABEL,
        )
    return label
