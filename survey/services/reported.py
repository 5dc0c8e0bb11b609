"""What respondents report of the station's contact: distributions, not rates, because no answer is the right one."""

from __future__ import annotations

from collections.abc import Collection

from survey.questionnaire.schema import Question, Questionnaire
from survey.services.definitions import as_code
from survey.services.findings import ChoiceShare, Reported
from survey.services.tallies import Tally
from survey.stats.cells import distribution
from survey.stats.reliability import judge

#: contact, how often, promises kept, a change of social worker
ROLES = ("contact", "frequency", "promise", "change")


def contact_reported(tally: Tally, questionnaire: Questionnaire) -> tuple[Reported, ...]:
    """Every such question of the form that lets one choice be made, in its order."""
    asked = [one for one in questionnaire.questions if one.role in ROLES and one.type == "select_one"]
    return tuple(_reported(tally, question) for question in asked)


def _reported(tally: Tally, question: Question) -> Reported:
    cells = tally.cells(question.name)
    substantive = [as_code(choice.code) for choice in question.choices if not choice.missing]
    found = distribution(cells, substantive, tally.strata())
    reliability = judge(found.n)
    counts = dict(found.counts) | dict(found.excluded)

    def shares(codes: Collection[object]) -> tuple[ChoiceShare, ...]:
        return tuple(
            ChoiceShare(
                choice.code,
                choice.label,
                counts.get(as_code(choice.code), 0),
                found.shares.get(as_code(choice.code)),
            )
            for choice in question.choices
            if as_code(choice.code) in codes
        )

    if not reliability.may_show:
        return Reported(question, found.n, (), (), reliability)
    missing = {as_code(choice.code) for choice in question.choices if choice.missing}
    return Reported(question, found.n, shares(substantive), shares(missing), reliability)
