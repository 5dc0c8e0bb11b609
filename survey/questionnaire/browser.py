"""A questionnaire as the page of a call needs it: wordings, choices, and conditions as small trees for JSON.

The page walks these trees itself, so that an interview goes on while the network is away. The grammar stays here:
the browser never reads an expression, and a test holds both walks against each other.
"""

from __future__ import annotations

from typing import Any

from survey.questionnaire.columns import LANGUAGES
from survey.questionnaire.grammar import Call, Comparison, Expression, Junction, Literal, Reference, parse
from survey.questionnaire.schema import Choice, Question, Questionnaire, Wording
from survey.questionnaire.wording import in_order, spoken


def ast_json(expression: Expression | str) -> list[Any] | None:
    """An expression as nested lists whose first item names the kind; None for an empty one.

    ["text", "1"], ["number", "2.5"], ["answer", "H1"], ["this"], ["<=", a, b], ["and", a, b], ["call", "not", a].
    """
    if isinstance(expression, str):
        return ast_json(parse(expression)) if expression.strip() else None
    match expression:
        case Literal(str() as text):
            return ["text", text]
        case Literal(number):
            return ["number", f"{number:f}"]
        case Reference(name):
            return ["answer", name]
        case Comparison(sign, left, right) | Junction(sign, left, right):
            return [sign, ast_json(left), ast_json(right)]
        case Call(function, arguments):
            return ["call", function, *(ast_json(argument) for argument in arguments)]
    return ["this"]


def for_browser(questionnaire: Questionnaire) -> dict[str, Any]:
    """Plain values for JSON. Placeholders are left for the page, which knows household and surveyor."""
    return {
        "id": questionnaire.id,
        "version": questionnaire.version,
        "probe": _wording(questionnaire.probe),
        "questions": [_question(question) for question in questionnaire.questions],
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "name": question.name,
        "type": question.type,
        "label": _spoken(question, backwards=False),
        "labelBackwards": _spoken(question, backwards=True),
        "hint": _wording(question.hint),
        "choices": [_choice(choice) for choice in question.choices],
        "backwards": [choice.code for choice in in_order(question, question.choices, backwards=True)],
        "relevant": ast_json(question.relevant),
        "calculation": ast_json(question.calculation),
        "required": question.required,
        "ends": dict(question.ends),
        "role": question.role,
        "asked": question.asked,
        "verbatim": question.verbatim,
        "scale": question.scale,
        "longest": question.max_length,
        "unchecked": list(question.unchecked),
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "code": choice.code,
        "label": _wording(choice.label),
        "missing": choice.missing,
        "exclusive": choice.exclusive,
        "relevant": ast_json(choice.relevant),
    }


def _wording(wording: Wording) -> dict[str, str]:
    return {language: wording[language] for language in LANGUAGES}


def _spoken(question: Question, backwards: bool) -> dict[str, str]:
    return {language: spoken(question, language, {}, backwards) for language in LANGUAGES}
