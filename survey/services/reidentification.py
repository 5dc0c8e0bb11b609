"""再识别检查: how many households a reader who holds the roster could mean by a quote.

What the words name or imply (zone, client category, a need in conversation, living alone) is held against the sealed
frame, which knows no names. The number itself is told to nobody: only whether it is below `FEW`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey.errors import N_
from survey.models.frame import Frame, FrameRow
from survey.models.season import Round
from survey.roster.categories import PATTERNS
from survey.verbatim.traits import groups_of, traits_in

#: fewer fitting households than this, and a reader with the roster is warned of
FEW = 5

#: kind of fact -> what it is called
FACT_NAMES: Mapping[str, str] = {
    "zone": N_("片区"),
    "community": N_("社区"),
    "category": N_("对象类别"),
    "need": N_("沟通需要"),
    "persons": N_("同住人数"),
}
#: needs as the roster notes them
NEED_NAMES: Mapping[str, str] = {
    "vision": N_("视力障碍"),
    "hearing": N_("听力障碍"),
    "cognition": N_("认知障碍"),
    "no_mandarin": N_("不会普通话"),
}
_NEED_OF: Mapping[str, str] = {
    "vision": "vision",
    "hearing": "hearing",
    "mind": "cognition",
    "language": "no_mandarin",
}
#: themes that are about one category of clients
_CATEGORY_OF_THEME: Mapping[str, str] = {"SEGMENT_DISABILITY": "残疾人"}
_DISABLED = frozenset({"vision", "hearing", "mobility", "disability"})
ALONE = "1"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about a household that the roster may say too; `kind` of FACT_NAMES, `value` as the frame has it."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Fit:
    """`facts` that the roster can be searched by, `zone` when all that fit live in one of several (named or not), `few`: fewer
    than FEW households fit. `untold`: facts of the words of which the roster says nothing."""

    facts: tuple[Fact, ...]
    untold: tuple[Fact, ...]
    zone: str | None
    few: bool


def fit_of(session: Session, round_: Round, text: str, theme: str | None = None) -> Fit | None:
    """What the roster gives away about these words; None without a frame or without anything to search it by."""
    frame = session.scalars(select(Frame).where(Frame.round_id == round_.id)).first()
    if frame is None:
        return None
    places = places_of(session, frame)
    said = facts_in(text, theme, places)
    facts = tuple(fact for fact in said if _households(session, frame, [fact]))
    if not facts:
        return None
    by_zone = _households(session, frame, facts)
    zone = next(iter(by_zone)) if len(by_zone) == 1 < len(places["zone"]) else None
    untold = tuple(fact for fact in said if fact not in facts)
    return Fit(facts, untold, zone, few=sum(by_zone.values()) < FEW)


def places_of(session: Session, frame: Frame) -> Mapping[str, tuple[str, ...]]:
    """Names of the zones and communities of the frame, by kind of fact."""
    pairs = session.execute(
        select(FrameRow.zone, FrameRow.community).where(FrameRow.frame_id == frame.id).distinct()
    ).all()
    return {
        "zone": tuple(sorted({zone for zone, _ in pairs if zone})),
        "community": tuple(sorted({community for _, community in pairs if community})),
    }


def facts_in(text: str, theme: str | None, places: Mapping[str, Sequence[str]]) -> tuple[Fact, ...]:
    """What the words say about the household, each fact once."""
    found = [Fact(kind, place) for kind, named in places.items() for place in named if _names(text, place)]
    found += [Fact("category", category) for category in _categories_in(text, theme)]
    groups = groups_of(traits_in(text))
    found += [Fact("need", need) for group, need in _NEED_OF.items() if group in groups]
    if "alone" in groups and not any(fact.kind == "category" for fact in found):
        found.append(Fact("persons", ALONE))
    return tuple(dict.fromkeys(found))


def _names(text: str, place: str) -> bool:
    return place in text or (len(place) > 4 and place.removesuffix("社区") in text)


def _categories_in(text: str, theme: str | None) -> Iterator[str]:
    """Categories by the words for them; 低保边缘 is not also 低保, since what a pattern has taken is gone for the next."""
    rest = text
    for pattern, category in PATTERNS:
        rest, n = pattern.subn("，", rest)
        if n:
            yield category
    if theme is not None and theme in _CATEGORY_OF_THEME:
        yield _CATEGORY_OF_THEME[theme]
    if _DISABLED.intersection(groups_of(traits_in(text))):
        yield "残疾人"


def _households(session: Session, frame: Frame, facts: Sequence[Fact]) -> dict[str, int]:
    """Zone -> households of the frame for which all the facts hold."""
    query = (
        select(FrameRow.zone, func.count().label("households"))
        .where(FrameRow.frame_id == frame.id, FrameRow.excluded_reason.is_(None))
        .where(and_(*(_holds(fact) for fact in facts)))
        .group_by(FrameRow.zone)
    )
    return {row.zone: row.households for row in session.execute(query)}


def _holds(fact: Fact) -> ColumnElement[bool]:
    if fact.kind == "zone":
        return FrameRow.zone == fact.value
    if fact.kind == "community":
        return FrameRow.community == fact.value
    if fact.kind == "persons":
        return FrameRow.persons == int(fact.value)
    if fact.kind == "need":
        return _listed(FrameRow.needs, fact.value)
    return or_(*(_listed(FrameRow.categories, one) for one in _as_written(fact.value)))


def _as_written(category: str) -> tuple[str, ...]:
    """A severely disabled elder is disabled too."""
    return (category, "重残老人") if category == "残疾人" else (category,)


def _listed(column: InstrumentedAttribute[str], value: str) -> ColumnElement[bool]:
    """Whether the value is among those of a column that parts them by blanks."""
    return (literal(" ") + column + " ").contains(f" {value} ", autoescape=True)
