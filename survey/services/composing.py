"""A tally and a definition become everything that is said of the answers. Pure: whoever has a tally may ask."""

from __future__ import annotations

from collections.abc import Mapping

from survey.errors import Message
from survey.models.season import DefinitionVersion
from survey.questionnaire.schema import Questionnaire
from survey.services import definitions, domains
from survey.services.figures import Figure, effective_awareness, satisfaction, yes_share
from survey.services.findings import Answers, Sizes
from survey.services.reported import contact_reported
from survey.services.sensitivity import sensitivity
from survey.services.tallies import Tally
from survey.stats.definition import describe
from survey.stats.sentences import caution, conclude


def answers_of(
    whole: Tally,
    questionnaire: Questionnaire,
    version: DefinitionVersion,
    zone_names: Mapping[str, str] | None = None,
) -> Answers | None:
    """Figures of a tally; None when no interview counts under the definition. `zone_names`: how another view of the
    round has put its zones together, so that this one does the same."""
    counted = whole.counting(definitions.counted_classes(version))
    if not counted.respondents:
        return None
    tally = counted.compact()
    definition = definitions.load(version)
    question = questionnaire.with_role("overall")[0]
    overall = satisfaction(tally, question, definition)
    items, trio = questionnaire.with_role("item"), questionnaire.with_role("outcome")
    if zone_names is None:
        zone_names = domains.zone_names(tally, question, definition)
    return Answers(
        definition=definition,
        described=describe(definition),
        sizes=Sizes(tally.population, tally.released, tally.ineligible, tally.respondents),
        respondents=tally.respondents,
        proxies=tally.proxies,
        no_contact=sum(row.n for row in tally.interviews if row.no_contact),
        overall=overall,
        sensitivity=sensitivity(whole, counted, overall, definition),
        items=tuple(satisfaction(tally, one, definition) for one in items),
        trio=tuple(satisfaction(tally, one, definition) for one in trio),
        reach=_reach(tally, questionnaire, definition.level),
        zones=domains.zones(tally, [question, *items, *trio], definition, zone_names),
        conclusion=conclude(overall.rate, overall.wording) if overall.rate else None,
        caution=_caution(overall),
        contact=contact_reported(tally, questionnaire),
        categories=domains.categories(tally, question, definition),
        levels=domains.levels(tally, question, definition),
        zone_count=len(tally.zones()),
    )


def _caution(overall: Figure) -> Message | None:
    """A census with nonresponse has said it in its conclusion."""
    if overall.rate is None or overall.rate.is_census_with_nonresponse:
        return None
    return caution(overall.rate, overall.wording)


def _reach(tally: Tally, questionnaire: Questionnaire, level: float) -> tuple[Figure, ...]:
    """知晓 and 接触, as far as the form asks about them."""
    aware, contact = questionnaire.with_role("aware"), questionnaire.with_role("contact")
    found = [yes_share(tally, question, level) for question in (*aware[:1], *contact[:1])]
    things = next((question for question in aware if question.type == "select_multiple"), None)
    if things is not None:
        found.insert(1, effective_awareness(tally, questionnaire, things, level))
    return tuple(found)
