"""What XLSForm expressions such as `${H1} <= 3 and selected(${E}, '02')` amount to on given answers.

Answers are codes as text, several codes as a tuple or separated by spaces. Unlike XPath, a comparison with an
unanswered question is false, whatever the operator; only comparing with the empty text asks whether there is
an answer: `${H1a} != ''`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from survey.questionnaire.grammar import (
    Call,
    Comparison,
    Expression,
    Junction,
    Literal,
    Reference,
    This,
    parse,
)

#: what an expression can amount to; None is "not answered"
Value = bool | Decimal | str | None
Answers = Mapping[str, object]

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def _plain(value: object) -> Value:
    """An answer as an expression sees it."""
    if isinstance(value, str):
        return value or None
    if value is None or isinstance(value, bool | Decimal):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    if isinstance(value, Sequence):
        return " ".join(str(item) for item in value) or None
    return str(value)


def as_number(value: object) -> Decimal | None:
    """The number that a value stands for; None where it stands for none."""
    if isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def _truth(value: Value) -> bool:
    return value != 0 if isinstance(value, Decimal) else bool(value)


def codes(value: object) -> tuple[str, ...]:
    """The codes of a multiple choice, from a tuple or a text separated by spaces."""
    plain = _plain(value)
    return () if plain is None else tuple(str(plain).split())


def _selected(value: Value, code: Value) -> bool:
    return code is not None and str(code) in codes(value)


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "not": lambda value: not _truth(value),
    "selected": _selected,
    "count-selected": lambda value: Decimal(len(codes(value))),
    "string-length": lambda value: Decimal(len("" if value is None else str(value))),
    "if": lambda test, then, other: then if _truth(test) else other,
}


def evaluate(expression: Expression | str, answers: Answers, this: object = None) -> Value:
    """The value of an expression on name -> answer; `this` is what `.` stands for."""
    match parse(expression) if isinstance(expression, str) else expression:
        case Literal(value):
            return _plain(value)
        case Reference(name):
            return _plain(answers.get(name))
        case This():
            return _plain(this)
        case Junction(word, left, right):
            first = _truth(evaluate(left, answers, this))
            decided = first == (word == "or")
            return first if decided else _truth(evaluate(right, answers, this))
        case Comparison(operator, left, right):
            return _compared(operator, left, right, answers, this)
        case Call(function, arguments):
            return _FUNCTIONS[function](*(evaluate(argument, answers, this) for argument in arguments))


def holds(expression: str, answers: Answers, this: object = None) -> bool:
    """Whether a condition is true; an empty one always is."""
    return not expression.strip() or _truth(evaluate(expression, answers, this))


def _compared(operator: str, left: Expression, right: Expression, answers: Answers, this: object) -> bool:
    a, b = evaluate(left, answers, this), evaluate(right, answers, this)
    if Literal("") in (left, right):
        return (a == b) == (operator == "=") if operator in ("=", "!=") else False
    if a is None or b is None:
        return False
    if operator in ("=", "!="):
        return _equal(a, b) == (operator == "=")
    return _ordered(operator, as_number(a), as_number(b))


def _equal(a: Value, b: Value) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    number = as_number(a)
    return number is not None and number == as_number(b)


def _ordered(operator: str, a: Decimal | None, b: Decimal | None) -> bool:
    if a is None or b is None:
        return False
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]
