"""口径: definitions as versioned rows, and back. A row is never changed, only followed by a new version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import N_, Invalid
from survey.models.season import DefinitionVersion
from survey.stats.cells import Code
from survey.stats.definition import DEFAULT, Definition

COMPLETE = "complete"
COMPLETE_OR_PARTIAL = "complete_or_partial"

#: what counts as 有效样本 -> AAPOR classes of the cases whose interviews are counted
COUNTED: Mapping[str, frozenset[str]] = {
    COMPLETE: frozenset({"I"}),
    COMPLETE_OR_PARTIAL: frozenset({"I", "P"}),
}


def ensure_default(session: Session, now: datetime) -> DefinitionVersion:
    """满意率 v1, stored at its first use."""
    found = session.scalars(
        select(DefinitionVersion).where(
            DefinitionVersion.name == DEFAULT.name, DefinitionVersion.version == DEFAULT.version
        )
    ).first()
    if found is None:
        found = DefinitionVersion(
            name=DEFAULT.name, version=DEFAULT.version, content=content_of(DEFAULT), created_at=now
        )
        session.add(found)
        session.flush()
    return found


def content_of(definition: Definition, counted: str = COMPLETE) -> dict[str, Any]:
    """A definition as JSON. `counted`: complete interviews only, or partial ones too."""
    return {
        "satisfied_codes": sorted(definition.satisfied_codes, key=str),
        "base_codes": sorted(definition.base_codes, key=str),
        "score_map": {str(code): points for code, points in definition.score_map.items()},
        "score_map_name": definition.score_map_name,
        "interval": definition.interval,
        "level": definition.level,
        "counted": counted,
    }


def load(version: DefinitionVersion) -> Definition:
    """The definition of a row. Raises Invalid (definition-incomplete) naming what the row lacks."""
    content = version.content
    missing = content_of(DEFAULT).keys() - content.keys()
    if missing:
        raise Invalid(
            "definition-incomplete",
            N_("口径“%(name)s”第 %(version)s 版缺少 %(missing)s，不能计算。请为本轮另选口径。"),
            name=version.name, version=version.version, missing=", ".join(sorted(missing)),
        )  # fmt: skip
    return Definition(
        name=version.name,
        version=version.version,
        satisfied_codes=frozenset(map(as_code, content["satisfied_codes"])),
        base_codes=frozenset(map(as_code, content["base_codes"])),
        score_map={as_code(code): float(points) for code, points in content["score_map"].items()},
        score_map_name=content["score_map_name"],
        interval=content["interval"],
        level=float(content["level"]),
    )


def counted_classes(version: DefinitionVersion) -> frozenset[str]:
    """AAPOR classes of the interviews that the definition counts: I, or I and P."""
    counted = version.content.get("counted", COMPLETE)
    if counted not in COUNTED:
        text = N_("口径“%(name)s”的有效样本规定“%(counted)s”不认识。可用的有：%(known)s。")
        raise Invalid(
            "unknown-counted", text, name=version.name, counted=counted, known=", ".join(sorted(COUNTED))
        )
    return COUNTED[counted]


def as_code(value: object) -> Code:
    """An answer's code as the statistics know it: 5, not "5"."""
    text = str(value)
    return int(text) if text.isdecimal() and str(int(text)) == text else text
