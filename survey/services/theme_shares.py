"""Which share of respondents (户) mention a theme, with the interval of the round's design, whole and by zone.

The base is everybody interviewed who counts, whether they said anything or not: a household that said nothing did not
say this. Definition, weights, level and estimators are those of the round's results: a theme is a question that every
respondent answered with mentioned or not mentioned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.models.season import DefinitionVersion, Round
from survey.services import definitions, domains, frozen
from survey.services.answers import questionnaire_of
from survey.services.figures import Part, part_of
from survey.services.mentions import MentionCount, count_mentions
from survey.services.tallies import Tally, summed
from survey.services.tallying import overall_tally
from survey.services.words import count_words, words_off_path
from survey.stats.cells import Cell, base
from survey.stats.definition import Definition
from survey.stats.estimate import proportion
from survey.stats.reliability import Reliability, judge, judge_table
from survey.stats.results import Estimate

NOT_MENTIONED, MENTIONED = 0, 1

#: (kind, theme)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Share:
    """Respondents (户) who mention it, and their share of all. Hidden (`reliability`), it holds neither."""

    n: int | None
    rate: Estimate | None
    reliability: Reliability


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a round's respondents mention under one definition: `tally` of those who count, in its strata and under the
    names of its zones; `coded`, `uncoded`: verbatims."""

    tally: Tally
    zone_names: Mapping[str, str]
    said: tuple[MentionCount, ...]
    coded: int
    uncoded: int
    definition: Definition

    @property
    def keys(self) -> tuple[Key, ...]:
        """Themes mentioned, the most frequent first."""
        by_key = summed(self.said, lambda row: (row.kind, row.theme), lambda row: row.n)
        return tuple(sorted(by_key, key=lambda key: (-by_key[key], key)))

    def n(self, key: Key) -> int:
        """Respondents (户) who mention it."""
        return sum(row.n for row in self.said if (row.kind, row.theme) == key)

    def cells(self, key: Key) -> list[Cell]:
        """All respondents by stratum and zone, as mentioning it or not."""
        asked = summed(self.tally.interviews, lambda row: (row.stratum, row.zone), lambda row: row.n)
        mine = [row for row in self.said if (row.kind, row.theme) == key]
        said = summed(mine, lambda row: (row.stratum, row.zone), lambda row: row.n)
        return [
            Cell(stratum, code, count, domain=zone)
            for (stratum, zone), n in asked.items()
            for code, count in (
                (MENTIONED, said.get((stratum, zone), 0)),
                (NOT_MENTIONED, n - said.get((stratum, zone), 0)),
            )
            if count
        ]

    def share(self, key: Key) -> Share:
        """Of all respondents."""
        return self._share(self.cells(key), part_of(self.tally), judge(self.tally.respondents))

    def by_zone(self, key: Key) -> dict[str, Share]:
        """Of every zone; a zone with few respondents is hidden, and another one where the total would betray it."""
        cells, verdicts = self.cells(key), self.zone_verdicts()
        return {zone: self._share(cells, part_of(self.tally, zone), verdicts[zone]) for zone in verdicts}

    def zone_verdicts(self) -> dict[str, Reliability]:
        asked = summed(self.tally.interviews, lambda row: row.zone, lambda row: row.n)
        return judge_table({zone: asked.get(zone, 0) for zone in self.tally.zones()})

    def _share(self, cells: list[Cell], part: Part, verdict: Reliability) -> Share:
        if not verdict.may_show:
            return Share(None, None, verdict)
        rate = proportion(
            part.cells(cells),
            part.strata,
            {MENTIONED},
            {NOT_MENTIONED, MENTIONED},
            self.definition.level,
            domain=part.domain,
            domain_population=part.population,
        )
        return Share(base(part.in_part(cells), {MENTIONED}), rate, verdict)


def mentions_of(session: Session, round_: Round, version: DefinitionVersion) -> Mentions:
    """Codings as they stand now; interviews and words from the freeze of a closed round, else as they stand."""
    definition, classes = definitions.load(version), definitions.counted_classes(version)
    questionnaire = questionnaire_of(round_.questionnaire)
    gone = words_off_path(session, round_)
    events = frozenset(one.event_id for one in gone)
    kept = frozen.load(session, round_)
    whole = kept.content.tally if kept else overall_tally(session, round_, questionnaire)
    words = kept.content.words if kept else count_words(session, round_, gone)
    tally = whole.weighted_by(definition.weights).counting(classes)
    names = domains.zone_names(tally, questionnaire.with_role("overall")[0], definition)
    frozen.with_room_to_sort(session)
    counted = count_mentions(session, round_, events)
    coded = sum(n for outcome, n in counted.coded.items() if outcome in classes)
    stratum_of = whole.weighing(definition.weights)
    return Mentions(
        tally=tally.merging(names),
        zone_names=names,
        said=tuple(
            row._replace(stratum=stratum_of(row.stratum, row.zone), zone=names[row.zone])
            for row in counted.mentions
            if row.outcome in classes
        ),
        coded=coded,
        uncoded=sum(row.n for row in words if row.outcome in classes) - coded,
        definition=definition,
    )
