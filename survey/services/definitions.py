"""口径: definitions as versioned rows, and back. A row is never changed, only followed by a new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.errors import N_, Invalid
from survey.models.season import DefinitionVersion
from survey.stats.cells import Code
from survey.stats.definition import COMPLETE, COMPLETE_OR_PARTIAL, DEFAULT, DESIGN_WEIGHTS, Definition
from survey.stats.points import Band, Below, Kind, Measure, PointsRule

#: what counts as 有效样本 -> AAPOR classes of the cases whose interviews are counted
COUNTED: Mapping[str, frozenset[str]] = {
    COMPLETE: frozenset({"I"}),
    COMPLETE_OR_PARTIAL: frozenset({"I", "P"}),
}
#: what rows of earlier versions do not say yet, because there was no choice
SINCE: Mapping[str, Any] = {"counted": COMPLETE, "weights": DESIGN_WEIGHTS, "points": None}
_TRIES = 5


def ensure_default(session: Session, now: datetime) -> DefinitionVersion:
    """满意率 v1, stored at its first use."""
    found = session.scalars(
        select(DefinitionVersion).where(
            DefinitionVersion.name == DEFAULT.name, DefinitionVersion.version == DEFAULT.version
        )
    ).first()
    return found or _insert(session, DEFAULT, now)


def version_with(session: Session, definition: Definition, now: datetime) -> DefinitionVersion:
    """The version that lays down just this; a new one, numbered behind the last of its name, when there is none."""
    content = content_of(definition)
    query = select(DefinitionVersion).where(DefinitionVersion.name == definition.name)
    for found in session.scalars(query.order_by(DefinitionVersion.version.desc())):
        if {**SINCE, **found.content} == content:
            return found
    return new_version(session, definition, now)


def new_version(session: Session, definition: Definition, now: datetime) -> DefinitionVersion:
    """One more version of this name. Of two people who make one at the same moment the second gets the next number."""
    query = select(func.max(DefinitionVersion.version)).where(DefinitionVersion.name == definition.name)
    for _ in range(_TRIES):
        following = 1 + (session.scalar(query) or 0)
        try:
            with session.begin_nested():
                return _insert(session, replace(definition, version=following), now)
        except IntegrityError:
            continue
    raise RuntimeError(f"no version of {definition.name} could be numbered in {_TRIES} tries")


def _insert(session: Session, definition: Definition, now: datetime) -> DefinitionVersion:
    made = DefinitionVersion(
        name=definition.name, version=definition.version, content=content_of(definition), created_at=now
    )
    session.add(made)
    session.flush()
    return made


def content_of(definition: Definition) -> dict[str, Any]:
    """A definition as JSON, without its name and version."""
    return {
        "satisfied_codes": sorted(definition.satisfied_codes, key=str),
        "base_codes": sorted(definition.base_codes, key=str),
        "score_map": {str(code): points for code, points in definition.score_map.items()},
        "score_map_name": definition.score_map_name,
        "interval": definition.interval,
        "level": definition.level,
        "counted": definition.counted,
        "weights": definition.weights,
        "points": _content_of_rule(definition.points),
    }


def load(version: DefinitionVersion) -> Definition:
    """The definition of a row. Raises Invalid (definition-incomplete) naming what the row lacks."""
    content = {**SINCE, **version.content}
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
        counted=content["counted"],
        weights=content["weights"],
        points=_rule_in(content["points"]),
    )


def _content_of_rule(rule: PointsRule | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {**asdict(rule), "bands": [asdict(band) for band in rule.bands]}


def _rule_in(content: Mapping[str, Any] | None) -> PointsRule | None:
    if content is None:
        return None
    return PointsRule(
        **{
            **content,
            "kind": Kind(content["kind"]),
            "measure": Measure(content["measure"]),
            "below": Below(content["below"]),
            "bands": tuple(Band(**band) for band in content["bands"]),
        }
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
