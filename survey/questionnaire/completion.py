"""What the answers of an interview amount to: complete, partial, break-off or nothing.

The rule is data, the table `completion` of the questionnaire. In the full form an interview is complete
with overall satisfaction answered 1 to 5 and at least four of the six items, or with the no-contact branch
finished through the last question.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from survey.errors import N_, Invalid
from survey.questionnaire.expressions import Answers, as_number, evaluate, holds
from survey.questionnaire.routing import NO_FACTS, Walk, walk
from survey.questionnaire.schema import CompletionRule, Questionnaire


class Status(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    #: consent given, overall satisfaction not reached
    BREAK_OFF = "break_off"
    #: no consent yet, or an answer ended the interview (see `ending`)
    NOTHING = "nothing"


#: AAPOR class letters
LETTERS = {Status.COMPLETE: "I", Status.PARTIAL: "P", Status.BREAK_OFF: "R", Status.NOTHING: ""}


@dataclass(frozen=True, slots=True)
class Completion:
    status: Status
    #: disposition with which an answer ended the interview
    ending: str | None
    #: no contact with the station in the period: satisfaction was not asked
    no_contact: bool
    #: somebody answered for the client
    proxy: bool
    #: interviewer's verdict that the data cannot be used; removed with reason and counted
    void: bool
    #: substantive answers (1 to 5) to the items
    items_answered: int
    #: things known about the station, 0 to 5; None where the form does not ask or the respondent refused
    aware_n: int | None
    effective_aware: bool | None

    @property
    def letter(self) -> str:
        """I, P, R or empty."""
        return LETTERS[self.status]


def completion(questionnaire: Questionnaire, answers: Answers, context: Answers = NO_FACTS) -> Completion:
    """Judge an interview by its questionnaire's rule. Raises Invalid where the questionnaire has none."""
    rule = questionnaire.completion
    if rule is None:
        raise Invalid(
            "no-completion-rule", N_("问卷 %(id)s 没有 completion 表，请补上。"), id=questionnaire.id
        )
    gone = walk(questionnaire, answers, context)
    items = sum(gone.known.get(item) in rule.answered for item in rule.items)
    aware_n = as_number(evaluate(rule.aware_n, gone.known)) if rule.aware_n else None
    return Completion(
        status=_status(rule, gone, items),
        ending=gone.ending,
        no_contact=_holds(rule.no_contact, gone),
        proxy=_holds(rule.proxy, gone),
        void=_holds(rule.void, gone),
        items_answered=items,
        aware_n=None if aware_n is None else int(aware_n),
        effective_aware=None if aware_n is None else _holds(rule.effective_aware, gone),
    )


def _status(rule: CompletionRule, gone: Walk, items: int) -> Status:
    if gone.ending is not None or not holds(rule.consent, gone.known):
        return Status.NOTHING
    if _holds(rule.no_contact, gone):
        return Status.COMPLETE if rule.last in gone.known else Status.BREAK_OFF
    if gone.known.get(rule.overall) not in rule.answered:
        return Status.BREAK_OFF
    return Status.COMPLETE if items >= rule.min_items else Status.PARTIAL


def _holds(expression: str, gone: Walk) -> bool:
    """A condition of the rule; one that the questionnaire leaves out never holds."""
    return bool(expression) and holds(expression, gone.known)
