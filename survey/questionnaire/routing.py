"""Which questions are asked, in which order, and where the interview ends.

Everything is computed anew from the answers given so far and the facts of the round (`context`: values of the
`hidden` rows, e.g. `records_calls`, `mode`). An answer is text; "" means asked and passed over; None or an
absent name means not asked yet. Answers that a later change put off the path stay stored but are not counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from survey.questionnaire.expressions import Answers, codes, evaluate, holds
from survey.questionnaire.grammar import names
from survey.questionnaire.schema import Choice, Question, Questionnaire

NO_FACTS: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Walk:
    """One way through a questionnaire. `known` holds answers on the path, computed values and facts."""

    asked: tuple[Question, ...]
    known: Mapping[str, object]
    ending: str | None
    ended_by: str | None


def walk(questionnaire: Questionnaire, answers: Answers, context: Answers = NO_FACTS) -> Walk:
    """Go through the questions in order with the answers so far, until one of them ends the interview."""
    asked: list[Question] = []
    known: dict[str, object] = {}
    for question in questionnaire.questions:
        if question.type == "hidden":
            known[question.name] = context.get(question.name)
        elif not holds(question.relevant, known):
            continue
        elif question.type == "calculate":
            known[question.name] = evaluate(question.calculation, known)
        else:
            asked.append(question)
            ending = _take(question, answers, known)
            if ending is not None:
                return Walk(tuple(asked), known, ending, question.name)
    return Walk(tuple(asked), known, None, None)


def _take(question: Question, answers: Answers, known: dict[str, object]) -> str | None:
    """Count the answer to a question, if there is one; the disposition with which it ends the interview."""
    answer = answers.get(question.name)
    if answer is None:
        return None
    known[question.name] = answer
    return next((question.ends[code] for code in codes(answer) if code in question.ends), None)


def path(questionnaire: Questionnaire, answers: Answers, context: Answers = NO_FACTS) -> tuple[Question, ...]:
    """The questions to ask given the answers so far, in order, up to one that ends the interview."""
    return walk(questionnaire, answers, context).asked


def next_question(
    questionnaire: Questionnaire, answers: Answers, context: Answers = NO_FACTS
) -> Question | None:
    """The first question on the path that has not been asked; None at the end."""
    asked = path(questionnaire, answers, context)
    return next((question for question in asked if answers.get(question.name) is None), None)


def ending(questionnaire: Questionnaire, answers: Answers, context: Answers = NO_FACTS) -> str | None:
    """The disposition with which an answer ended the interview, e.g. `D31`; None while it goes on."""
    return walk(questionnaire, answers, context).ending


def on_path(questionnaire: Questionnaire, answers: Answers, context: Answers = NO_FACTS) -> dict[str, object]:
    """The answers that count: those to questions on the path."""
    asked = path(questionnaire, answers, context)
    return {
        question.name: answers[question.name] for question in asked if answers.get(question.name) is not None
    }


def steering(questionnaire: Questionnaire, asked: Collection[str] | None = None) -> frozenset[str]:
    """The questions whose answers decide what else is asked: a change of any other leaves the path as it is. `asked`:
    those that decide whether these questions are asked."""
    before: list[str] = []
    decides: dict[str, set[str]] = {}
    for question in questionnaire.questions:
        rules = [names(text) for text in (question.relevant, question.calculation) if text]
        decides[question.name] = set(before).union(*rules)
        before += [question.name] if question.ends else []
    if asked is None:
        return frozenset(before).union(*decides.values())
    found: set[str] = set()
    waiting = list(asked)
    while waiting:
        new = decides.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return frozenset(found)


def offered(question: Question, known: Answers) -> tuple[Choice, ...]:
    """The choices to offer given what is known (`walk(...).known`), in the order of the questionnaire."""
    return tuple(choice for choice in question.choices if holds(choice.relevant, known))
