"""折分 of a round: its definition's points rule applied to its results, and to nothing that the results do not show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from survey.errors import N_, Message
from survey.stats.definition import AT_LEAST_BASICALLY
from survey.stats.points import Measure, Measured, Points, points_for
from survey.stats.points_measured import of_rate, of_score

if TYPE_CHECKING:  # the results may hold the points
    from survey.services.results import Answers

NOT_SHOWN = N_("折分所用的比率此处不公布，不折分。")


def points_of(answers: Answers) -> Points | None:
    """Points of the overall result under the definition of `answers`; None where no rule was agreed."""
    rule = answers.definition.points
    if rule is None:
        return None
    found = points_for(rule, _measured(answers, rule.measure))
    if found.points is None and found.reason is None:
        return replace(found, reason=answers.overall.reliability.message or Message(NOT_SHOWN))
    return found


def _measured(answers: Answers, measure: Measure) -> Measured:
    if measure is Measure.SCORE:
        return of_score(answers.overall.score, answers.overall.n)
    if measure is Measure.RATE or 3 in answers.definition.satisfied_codes:
        return of_rate(answers.overall.rate, answers.overall.n)
    basic = (other.rate for other in answers.sensitivity if other.name.text == AT_LEAST_BASICALLY)
    return of_rate(next(basic, None), answers.overall.n)
