"""Results of the first batch only, beside those of all batches, as far as the difference betrays nobody.

A batch is the front of a random order, so the first one is a random sample by itself. Whoever sees both can subtract:
see `differencing`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from survey.models.season import Round
from survey.services.answers import questionnaire_of
from survey.services.composing import answers_of
from survey.services.differencing import beside
from survey.services.outcomes import table_of
from survey.services.results import RoundResults, names_of_zones


@dataclass(frozen=True, slots=True)
class BatchSize:
    """Households (户) released, and interviews counted."""

    released: int
    interviews: int


@dataclass(frozen=True, slots=True)
class FirstBatch:
    """The first batch beside all: sizes of both, its results, whether they may be seen, and whether by zone too."""

    size: BatchSize
    all: BatchSize
    results: RoundResults
    offered: bool
    zones_withheld: bool


def first_batch(round_: Round, whole: RoundResults) -> FirstBatch | None:
    """None where there is but one batch, or nothing counts yet."""
    if len(whole.releases) < 2 or whole.answers is None:
        return None
    tally = whole.content.tally.of_batch(True)
    names = names_of_zones(whole.content, whole.answers)
    found = answers_of(tally, questionnaire_of(round_.questionnaire), whole.definition, names)
    answers = beside(found, whole.answers) if found is not None else None
    results = replace(
        whole,
        outcomes=table_of(whole.content.outcomes, whole.releases, first_only=True),
        interviews=tally.respondents,
        answers=answers,
        comparison=None,
    )
    return FirstBatch(
        BatchSize(results.outcomes.released, results.interviews),
        BatchSize(whole.outcomes.released, whole.interviews),
        results,
        offered=answers is not None and answers.overall.rate is not None,
        zones_withheld=answers is not None and bool(whole.answers.zones) and not answers.zones,
    )
