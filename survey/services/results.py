"""The results of a round: headline, items, outcomes of fieldwork and what vouches for them. Reads no personal data.

A closed round is computed from its freeze, so that the cost does not depend on the number of interviews; an open one is
counted as it stands. Both under the definition in force, or under another version of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.draw import Release
from survey.models.season import DefinitionVersion, Round
from survey.services import definitions, frozen, rechecks
from survey.services.answers import questionnaire_of
from survey.services.comparing import Comparison, compare
from survey.services.composing import answers_of
from survey.services.differencing import beside
from survey.services.domains import MERGED
from survey.services.findings import Answers, ChoiceShare, Group, Reported, Sizes, Variant, Zone
from survey.services.freeze import Freeze, freeze_of
from survey.services.frozen_content import Content
from survey.services.integrity import Integrity, checks_of, with_checks
from survey.services.outcomes import OutcomeTable, table_of
from survey.services.points import points_of
from survey.services.rechecks import RecheckSummary
from survey.stats.points import Points

__all__ = [
    "Answers", "ChoiceShare", "Group", "Reported", "RoundResults", "Sizes", "Variant", "Zone", "round_results",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoundResults:
    """`interviews`: counted ones, complete or partial. `answers` is None until the first counts by the definition.

    `definition`: the version that the figures are under; `in_force`: it is the round's own. `freeze_number`,
    `counted_at`: of the freeze they come from, None while the round is open. `comparison`: with the station's last
    frozen round. `rechecks`: how far interviews were checked again. `content`: what it is all computed from; not for pages or files, which show figures only.
    """

    freeze: Freeze
    integrity: Integrity
    outcomes: OutcomeTable
    releases: tuple[Release, ...]
    interviews: int
    answers: Answers | None
    definition: DefinitionVersion
    in_force: bool
    content: Content
    freeze_number: int | None = None
    counted_at: datetime | None = None
    comparison: Comparison | None = None
    rechecks: RecheckSummary | None = None

    @property
    def points(self) -> Points | None:
        """What the definition's rule makes of the overall result; None where no rule was agreed or nothing counts."""
        return points_of(self.answers) if self.answers else None

    @property
    def adds_up(self) -> bool:
        """Outcomes, releases and interviews all tell the same numbers."""
        return self.outcomes.adds_up and self.outcomes.interviewed == self.interviews


def round_results(
    session: Session, round_: Round, definition: DefinitionVersion | None = None, *, verify: bool = True
) -> RoundResults:
    """Results frozen or as they stand. Works before the first interview, with one stratum, and for a census.

    `verify=False`: the draw of an open round is not verified; for pictures, which show none of the checks.
    """
    version = definition or round_.definition
    kept = frozen.load(session, round_) if round_.closed_at is not None else None
    checks = checks_of(session, round_) if verify and kept is None else []
    content = kept.content if kept else frozen.count(session, round_, checks)
    log = tuple(
        session.scalars(select(Release).where(Release.round_id == round_.id).order_by(Release.number))
    )
    answers = _answers(content, round_, version)
    return RoundResults(
        freeze=freeze_of(session, round_),
        integrity=with_checks(session, round_, content.checks, content.checked_at),
        outcomes=table_of(content.outcomes, log),
        releases=log,
        interviews=content.tally.respondents,
        answers=answers,
        definition=version,
        in_force=version.id == round_.definition_id,
        content=content,
        freeze_number=kept.number if kept else None,
        counted_at=kept.frozen_at if kept else None,
        comparison=compare(session, round_, content, version, answers) if answers else None,
        rechecks=rechecks.summary(session, round_),
    )


def _answers(content: Content, round_: Round, version: DefinitionVersion) -> Answers | None:
    """Another version that counts other interviews is shown as far as subtraction betrays nobody."""
    if not content.tally.respondents:
        return None
    questionnaire = questionnaire_of(round_.questionnaire)
    own = answers_of(content.tally, questionnaire, round_.definition)
    if version.id == round_.definition_id or own is None:
        return (
            own if version.id == round_.definition_id else answers_of(content.tally, questionnaire, version)
        )
    names = names_of_zones(content, own)
    found = answers_of(content.tally, questionnaire, version, names)
    same = definitions.counted_classes(version) == definitions.counted_classes(round_.definition)
    return found if found is None or same else beside(found, own)


def names_of_zones(content: Content, answers: Answers) -> dict[str, str]:
    """Zone -> the name under which these results show it; all together where they show none."""
    if not answers.zones:
        return dict.fromkeys(content.tally.zones(), MERGED)
    shown = {one: zone.name for zone in answers.zones for one in zone.merged or (zone.name,)}
    return {zone: shown[zone] for zone in content.tally.zones()}
