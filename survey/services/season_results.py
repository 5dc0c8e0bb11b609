"""The stations of a season side by side: what may be held against what, and what differs beyond chance. No ranking.

Only rounds whose data are frozen have a rate here; stations are listed by place and name, never by rate. What is held
against one another has the same footing (codes, base, interviews counted, level, question) and base enough to be shown,
so that the common rate gives no hidden station away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from survey.errors import Message
from survey.models.season import Round, Season, Station
from survey.services.frozen_figures import Footing, FrozenFigure, frozen_figures
from survey.services.progress import Facts, facts_of_rounds
from survey.services.season_rechecks import Rechecked, rechecked_in
from survey.services.season_sentences import compared, differs, footing_in_words
from survey.services.season_targets import against_targets
from survey.stats.common_rate import Funnel, Measured, Placed, funnel
from survey.stats.definition import Definition
from survey.stats.results import Estimate, Method


@dataclass(frozen=True, slots=True)
class Line:
    """A frozen round in its group. `number`: its place there, by which a chart names it. `placed`: in the funnel, None
    where its rate is hidden; `verdict`: against the common rate, in words; `on_target`: against the target of its points
    rule, where that has one; `beyond_chance`: it differs from the common rate, with all stations tested in mind."""

    number: int
    figure: FrozenFigure
    placed: Placed | None
    verdict: Message | None
    on_target: Message | None = None
    beyond_chance: bool = False

    @property
    def round(self) -> Round:
        return self.figure.round


@dataclass(frozen=True, slots=True)
class Group:
    """Rounds on one footing. `number`: its place in the season, from 1. `definitions`: the versions in use, equal in all that the rate depends on. `funnel` is None
    where every rate is hidden."""

    number: int
    footing: Footing
    definitions: tuple[Definition, ...]
    described: Message
    funnel: Funnel | None
    lines: tuple[Line, ...]

    @property
    def hidden(self) -> int:
        """Stations whose base is too small to show a rate."""
        return sum(1 for line in self.lines if line.placed is None)

    @property
    def differing(self) -> tuple[Line, ...]:
        """Stations that differ from the common rate beyond chance, in the order of the list."""
        return tuple(line for line in self.lines if line.beyond_chance)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A round whose data are not frozen: how far it is, in 户, and no rate."""

    round: Round
    facts: Facts


@dataclass(frozen=True, slots=True)
class SeasonResults:
    """`groups`: the largest first. `districts`: of all rounds that may be seen, in their order. `rechecked`: by round id,
    where interviews were checked again."""

    groups: tuple[Group, ...]
    unfinished: tuple[Unfinished, ...]
    districts: tuple[str, ...]
    rechecked: Mapping[int, Rechecked]

    @property
    def frozen(self) -> int:
        return sum(len(group.lines) for group in self.groups)


def season_results(session: Session, season: Season, visible: ColumnElement[bool]) -> SeasonResults:
    """The season's rounds that the condition on Round lets through."""
    rounds = _rounds(session, season, visible)
    figures = frozen_figures(session, rounds)
    still_open = [round_ for round_ in rounds if round_.id not in figures]
    facts = facts_of_rounds(session, still_open)
    return SeasonResults(
        groups=groups_of([figures[round_.id] for round_ in rounds if round_.id in figures]),
        unfinished=tuple(Unfinished(round_, facts[round_.id]) for round_ in still_open),
        districts=tuple(dict.fromkeys(round_.station.district for round_ in rounds)),
        rechecked=rechecked_in(session, list(figures)),
    )


def matching(results: SeasonResults, district: str = "", text: str = "") -> SeasonResults:
    """Only the lines of a district, and of stations or streets that contain the text. What the stations are held against
    stays that of all of them."""

    def wanted(station: Station) -> bool:
        return (
            district in ("", station.district) and text.lower() in f"{station.name} {station.street}".lower()
        )

    groups = (
        replace(group, lines=tuple(line for line in group.lines if wanted(line.round.station)))
        for group in results.groups
    )
    unfinished = tuple(one for one in results.unfinished if wanted(one.round.station))
    return replace(results, groups=tuple(group for group in groups if group.lines), unfinished=unfinished)


def groups_of(figures: Iterable[FrozenFigure]) -> tuple[Group, ...]:
    """The figures by footing, each group in the order given."""
    found: dict[Footing, list[FrozenFigure]] = {}
    for figure in figures:
        found.setdefault(figure.footing, []).append(figure)
    largest_first = sorted(found.values(), key=len, reverse=True)
    return tuple(_group(number, members) for number, members in enumerate(largest_first, start=1))


def by_place(station: Station) -> tuple[bytes, bytes, bytes]:
    """District, street, name. GB 18030 keeps the common characters in the order of their pinyin."""
    district, street, name = (
        text.encode("gb18030") for text in (station.district, station.street, station.name)
    )
    return district, street, name


def _rounds(session: Session, season: Season, visible: ColumnElement[bool]) -> list[Round]:
    query = (
        select(Round)
        .join(Round.station)
        .where(Round.season_id == season.id, visible)
        .options(contains_eager(Round.station), joinedload(Round.definition), joinedload(Round.questionnaire))
    )
    return sorted(session.scalars(query), key=lambda round_: by_place(round_.station))


def _group(number: int, members: Sequence[FrozenFigure]) -> Group:
    measured = [_measured(one, one.overall.rate) for one in members if one.overall.rate is not None]
    found = funnel(measured, members[0].footing.level)
    targets = against_targets(members, members[0].footing.level)
    used = {(one.definition.name, one.definition.version): one.definition for one in members}
    return Group(
        number=number,
        footing=members[0].footing,
        definitions=tuple(used.values()),
        described=footing_in_words(members[0].overall.wording.rate, members[0].footing),
        funnel=found,
        lines=tuple(
            replace(_line(number, one, found), on_target=targets.get(one.round.id))
            for number, one in enumerate(members, start=1)
        ),
    )


def _line(number: int, figure: FrozenFigure, found: Funnel | None) -> Line:
    rate = figure.overall.rate
    if rate is None or found is None:
        return Line(number, figure, None, None)
    placed = found.of(str(figure.round.id))
    return Line(number, figure, placed, compared(rate, placed, found), beyond_chance=differs(placed, found))


def _measured(figure: FrozenFigure, rate: Estimate) -> Measured:
    assert rate.value is not None and rate.effective is not None
    simple = not rate.weighted and rate.N is not None
    return Measured(
        name=str(figure.round.id),
        share=rate.value,
        n=rate.n if simple else rate.effective,
        N=rate.N if simple else None,
        sampled=not rate.census and rate.method is not Method.CENSUS,
    )
