"""The results of a round: headline, items, outcomes of fieldwork and what vouches for them. Reads no personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.models.draw import Case, Release
from survey.models.interview import Interview
from survey.models.season import Round
from survey.questionnaire.schema import Question, Questionnaire, from_json
from survey.services import definitions
from survey.services.counted import is_counted
from survey.services.figures import (
    Figure,
    by_zone,
    effective_awareness,
    rate_of,
    satisfaction,
    yes_share,
)
from survey.services.freeze import Freeze, freeze_of
from survey.services.integrity import Integrity, integrity_of
from survey.services.outcomes import OutcomeTable, outcome_table
from survey.services.tallies import NO_CONTACT, Tally, tally_of
from survey.stats.definition import Definition, alternatives, describe
from survey.stats.reliability import judge
from survey.stats.results import Estimate
from survey.stats.sentences import caution, conclude

MIDDLE_COUNTS = N_("“一般”也算满意")
MIDDLE_LEFT_OUT = N_("“一般”不算满意")
MISSED_COUNT = N_("基数加上社工站没有接触过的户：%(n)s")
LESS_PROXIES = N_("去掉代答的户：%(n)s")
PLUS_PARTIALS = N_("加上部分完成的户：%(n)s")
LESS_PARTIALS = N_("去掉部分完成的户：%(n)s")
WITHOUT_PROXIES = N_("%(name)s（不含代答）")
WITH_PARTIALS = N_("%(name)s（连同部分完成的访问）")
WITHOUT_PARTIALS = N_("%(name)s（只计完整访问）")


@dataclass(frozen=True, slots=True)
class Variant:
    """The overall rate seen another way. `difference` says what was done otherwise, and to how many 户."""

    name: Message
    rate: Estimate
    difference: Message


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone: N (frame less those found ineligible), and a figure per question name; hidden figures hold no values."""

    name: str
    population: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Households (户) in the frame, released, found ineligible, and interviewed as the definition counts them."""

    frame: int
    released: int
    ineligible: int
    interviewed: int

    @property
    def eligible(self) -> int:
        """N."""
        return self.frame - self.ineligible

    @property
    def not_interviewed(self) -> int:
        return self.released - self.ineligible - self.interviewed


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything said in the counted interviews, under the round's definition.

    `respondents`: counted interviews (户); `proxies`: of these, answered by somebody else; `no_contact`: of these,
    never contacted by the station, so not asked how satisfied they are.
    """

    definition: Definition
    described: Message
    sizes: Sizes
    respondents: int
    proxies: int
    no_contact: int
    overall: Figure
    sensitivity: tuple[Variant, ...]
    items: tuple[Figure, ...]
    trio: tuple[Figure, ...]
    reach: tuple[Figure, ...]
    zones: tuple[Zone, ...]
    conclusion: Message | None
    caution: Message | None


@dataclass(frozen=True, slots=True)
class RoundResults:
    """`interviews`: counted ones, complete or partial. `answers` is None until the first counts by the definition."""

    freeze: Freeze
    integrity: Integrity
    outcomes: OutcomeTable
    releases: tuple[Release, ...]
    interviews: int
    answers: Answers | None

    @property
    def adds_up(self) -> bool:
        """Outcomes, releases and interviews all tell the same numbers."""
        return self.outcomes.adds_up and self.outcomes.interviewed == self.interviews


def round_results(session: Session, round_: Round) -> RoundResults:
    """Results as they stand now. Works before the first interview, with one stratum, and for a census."""
    releases = session.scalars(select(Release).where(Release.round_id == round_.id).order_by(Release.number))
    log = tuple(releases)
    interviews = interviews_of(session, round_)
    return RoundResults(
        freeze=freeze_of(session, round_),
        integrity=integrity_of(session, round_),
        outcomes=outcome_table(session, round_, log),
        releases=log,
        interviews=interviews,
        answers=answers_of(session, round_) if interviews else None,
    )


def interviews_of(session: Session, round_: Round, batch: int | None = None) -> int:
    """Interviews that count, complete or partial."""
    query = select(func.count()).select_from(Interview).join(Case, Case.id == Interview.case_id)
    return session.scalar(query.where(is_counted(round_, batch))) or 0


def answers_of(session: Session, round_: Round, batch: int | None = None) -> Answers | None:
    """Tally and figures; None when no interview counts under the definition. `batch`: of one release only."""
    questionnaire = from_json(round_.questionnaire.content)
    definition = definitions.load(round_.definition)
    whole = tally_of(session, round_, questionnaire, batch).weighted_by(definition.weights)
    counted = definitions.counted_classes(round_.definition)
    tally = whole.counting(counted)
    if not tally.respondents:
        return None
    overall = satisfaction(tally, questionnaire.with_role("overall")[0], definition)
    items, trio = questionnaire.with_role("item"), questionnaire.with_role("outcome")
    return Answers(
        definition=definition,
        described=describe(definition),
        sizes=Sizes(tally.population, tally.released, tally.ineligible, tally.respondents),
        respondents=tally.respondents,
        proxies=tally.proxies,
        no_contact=sum(row.n for row in tally.interviews if row.no_contact),
        overall=overall,
        sensitivity=_sensitivity(whole, tally, overall.question, definition) if overall.rate else (),
        items=tuple(satisfaction(tally, question, definition) for question in items),
        trio=tuple(satisfaction(tally, question, definition) for question in trio),
        reach=_reach(tally, questionnaire, definition.level),
        zones=_zones(tally, [overall.question, *items, *trio], definition),
        conclusion=conclude(overall.rate, overall.wording) if overall.rate else None,
        caution=_caution(overall),
    )


def _caution(overall: Figure) -> Message | None:
    """A census with nonresponse has said it in its conclusion."""
    if overall.rate is None or overall.rate.is_census_with_nonresponse:
        return None
    return caution(overall.rate, overall.wording)


def _zones(tally: Tally, questions: list[Question], definition: Definition) -> tuple[Zone, ...]:
    """One zone alone is the whole, so it is not repeated."""
    zones = tally.zones()
    if len(zones) < 2:
        return ()
    figures = {question.name: by_zone(tally, question, definition) for question in questions}
    return tuple(
        Zone(zone, population, {name: found[zone] for name, found in figures.items()})
        for zone, population in zones.items()
    )


def _reach(tally: Tally, questionnaire: Questionnaire, level: float) -> tuple[Figure, ...]:
    """知晓 and 接触, as far as the form asks about them."""
    aware, contact = questionnaire.with_role("aware"), questionnaire.with_role("contact")
    found = [yes_share(tally, question, level) for question in (*aware[:1], *contact[:1])]
    things = next((question for question in aware if question.type == "select_multiple"), None)
    if things is not None:
        found.insert(1, effective_awareness(tally, questionnaire, things, level))
    return tuple(found)


def _sensitivity(
    whole: Tally, tally: Tally, overall: Question, definition: Definition
) -> tuple[Variant, ...]:
    """What other rules would give: 基本满意以上率, 未接触计入, without proxies, with or without partials."""
    cells = tally.cells(overall.name)
    missed = tally.no_contact_cells()
    not_contacted = sum(cell.count for cell in missed)
    found = []
    for other in alternatives(definition, NO_CONTACT if missed else None):
        counts_missed = NO_CONTACT in other.base_codes
        middle = Message(MIDDLE_COUNTS if 3 in other.satisfied_codes else MIDDLE_LEFT_OUT)
        difference = _with_count(MISSED_COUNT, not_contacted) if counts_missed else middle
        found.append(Variant(Message(other.name), rate_of(tally, [*cells, *missed], other), difference))
    found += _other_interviews(whole, tally, overall, definition)
    return tuple(variant for variant in found if judge(variant.rate.n).may_show)


def _other_interviews(whole: Tally, tally: Tally, overall: Question, definition: Definition) -> list[Variant]:
    """The rate over other interviews; left out when so few differ that their answers follow by subtraction."""
    found = []
    name: dict[str, object] = {"name": Message(definition.name)}

    def add(text: str, other: Tally, difference: str, households: int) -> None:
        if not judge(households).may_show:
            return
        rate = rate_of(other, other.cells(overall.name), definition)
        found.append(Variant(Message(text, name), rate, _with_count(difference, households)))

    if tally.proxies:
        add(WITHOUT_PROXIES, tally.counting(("I", "P"), proxies=False), LESS_PROXIES, tally.proxies)
    partials = sum(row.n for row in whole.interviews if row.outcome == "P")
    if partials and tally.respondents == whole.respondents:
        add(WITHOUT_PARTIALS, whole.counting(("I",)), LESS_PARTIALS, partials)
    elif partials:
        add(WITH_PARTIALS, whole, PLUS_PARTIALS, partials)
    return found


def _with_count(text: str, households: int) -> Message:
    return Message(text, {"n": households})
