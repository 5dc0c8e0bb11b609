"""Results of the first batch only, beside those of all batches, as far as the difference betrays nobody.

A batch is the front of a random order, so the first one is a random sample by itself. Whoever sees both can subtract:
see `differencing`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from survey.models.season import Round
from survey.services import definitions
from survey.services.answers import questionnaire_of
from survey.services.composing import answers_of
from survey.services.differencing import beside, checked
from survey.services.figures import satisfaction
from survey.services.outcomes import table_of
from survey.services.results import RoundResults, names_of_zones


@dataclass(frozen=True, slots=True)
class BatchSize:
    """Households (户) released, and interviews counted."""

    released: int
    interviews: int


@dataclass(frozen=True)
class FirstBatch:
    """The first batch beside all: sizes of both, whether its results may be seen, and these, made when asked for."""

    round: Round
    whole: RoundResults
    size: BatchSize
    all: BatchSize
    offered: bool

    @cached_property
    def results(self) -> RoundResults:
        whole = self.whole
        assert whole.answers is not None
        tally = whole.content.tally.of_batch(True)
        names = names_of_zones(whole.content, whole.answers)
        found = answers_of(tally, questionnaire_of(self.round.questionnaire), whole.definition, names)
        return replace(
            whole,
            outcomes=table_of(whole.content.outcomes, whole.releases, first_only=True),
            interviews=tally.respondents,
            answers=beside(found, whole.answers) if found is not None else None,
            comparison=None,
        )

    @property
    def zones_withheld(self) -> bool:
        """Zones are shown of all batches, and not of the first one."""
        mine, all_ = self.results.answers, self.whole.answers
        return mine is not None and all_ is not None and bool(all_.zones) and not mine.zones


def first_batch(round_: Round, whole: RoundResults) -> FirstBatch | None:
    """None where there is but one batch, or nothing counts yet."""
    if len(whole.releases) < 2 or whole.answers is None:
        return None
    tally = whole.content.tally.of_batch(True)
    return FirstBatch(
        round_,
        whole,
        BatchSize(
            table_of(whole.content.outcomes, whole.releases, first_only=True).released, tally.respondents
        ),
        BatchSize(whole.outcomes.released, whole.interviews),
        _offered(whole),
    )


def _offered(whole: RoundResults) -> bool:
    """Whether the overall rate of the first batch may stand beside that of all."""
    assert whole.answers is not None
    counted = definitions.counted_classes(whole.definition)
    tally = whole.content.tally.of_batch(True).counting(counted).compact()
    overall = whole.answers.overall
    if not tally.respondents:
        return False
    found = satisfaction(tally, overall.question, whole.answers.definition)
    return checked(found, overall).rate is not None
