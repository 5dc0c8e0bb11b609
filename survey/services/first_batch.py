"""Results of the first batch only, beside those of all batches, as far as the difference betrays nobody.

A batch is the front of a random order, so the first one is a random sample by itself. Whoever sees both can subtract:
a figure of the first batch is withheld where the later ones add 1 to 9 households (户) to its base. Zones are shown
only when none of them is hidden in either view and none differs by so few; then no sum of them gives more away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.models.season import Round
from survey.services.figures import Figure
from survey.services.outcomes import outcome_table
from survey.services.results import Answers, RoundResults, Zone, answers_of, interviews_of
from survey.stats.reliability import HIDE_BELOW, Reliability, Verdict

DIFFERS_BY_FEW = N_("—（与全部结果相差不到 %(limit)s 户，为防止相减推算，不公布）")


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


def first_batch(session: Session, round_: Round, whole: RoundResults) -> FirstBatch | None:
    """None where there is but one batch, or nothing counts yet."""
    if len(whole.releases) < 2 or whole.answers is None:
        return None
    first = whole.releases[0]
    found = answers_of(session, round_, first.id)
    answers = _withhold(found, whole.answers) if found is not None else None
    results = replace(
        whole,
        outcomes=outcome_table(session, round_, whole.releases[:1], only=True),
        interviews=interviews_of(session, round_, first.id),
        answers=answers,
    )
    return FirstBatch(
        BatchSize(results.outcomes.released, results.interviews),
        BatchSize(whole.outcomes.released, whole.interviews),
        results,
        offered=answers is not None and answers.overall.rate is not None,
        zones_withheld=answers is not None and bool(whole.answers.zones) and not answers.zones,
    )


def _withhold(found: Answers, whole: Answers) -> Answers:
    overall = _checked(found.overall, whole.overall)
    return replace(
        found,
        overall=overall,
        sensitivity=(),  # each variant would be one more subtraction
        items=_all_checked(found.items, whole.items),
        trio=_all_checked(found.trio, whole.trio),
        reach=_all_checked(found.reach, whole.reach),
        zones=found.zones if _zones_are_safe(found.zones, whole.zones) else (),
        conclusion=found.conclusion if overall.rate else None,
        caution=found.caution if overall.rate else None,
    )


def _all_checked(found: Sequence[Figure], whole: Sequence[Figure]) -> tuple[Figure, ...]:
    return tuple(_checked(one, other) for one, other in zip(found, whole, strict=True))


def _checked(found: Figure, whole: Figure) -> Figure:
    if not found.reliability.may_show or _differ_safely(found, whole):
        return found
    reason = Message(DIFFERS_BY_FEW, {"limit": HIDE_BELOW})
    verdict = Reliability(Verdict.HIDDEN, found.n, reason, "difference-suppression")
    return replace(found, counts=(), rate=None, score=None, reliability=verdict)


def _differ_safely(found: Figure, whole: Figure) -> bool:
    return whole.n == found.n or whole.n - found.n >= HIDE_BELOW


def _zones_are_safe(found: Iterable[Zone], whole: Iterable[Zone]) -> bool:
    pairs = [
        (one.figures[name], figure)
        for one, other in zip(found, whole, strict=True)
        for name, figure in other.figures.items()
    ]
    return all(
        _differ_safely(one, other)
        and (one.reliability.may_show or one.n == 0)
        and (other.reliability.may_show or other.n == 0)
        for one, other in pairs
    )
