"""The grammar of XLSForm expressions: text to a small tree and back. expressions.py gives it meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from survey.errors import N_, Invalid, Message

LONGEST = 1500  # characters; keeps a left-leaning chain of `and` far from the depth of Python's own stack
DEEPEST = 40  # nested brackets

#: the functions and how many arguments each takes
ARITY = {"not": 1, "selected": 2, "count-selected": 1, "string-length": 1, "if": 3}

_TOKEN = re.compile(
    r"(?P<reference>\$\{[^}]*\})|(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>-?[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<operator><=|>=|!=|[=<>(),])|(?P<this>\.)|(?P<word>[A-Za-z][A-Za-z-]*)"
)
_SPACE = re.compile(r"\s*")


class BadExpression(Invalid):
    """An expression cannot be read; `position` counts characters from 1."""

    def __init__(self, expression: str, position: int, what: Message) -> None:
        self.position = position
        super().__init__(
            "bad-expression",
            N_("表达式“%(expression)s”第 %(position)s 个字符：%(what)s"),
            expression=expression,
            position=position,
            what=what,
        )


@dataclass(frozen=True, slots=True)
class Literal:
    value: Decimal | str


@dataclass(frozen=True, slots=True)
class Reference:
    """The answer to another question."""

    name: str


@dataclass(frozen=True, slots=True)
class This:
    """`.`, the answer that a constraint is about."""


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Junction:
    """`and` / `or` of two expressions."""

    word: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]


Expression = Literal | Reference | This | Comparison | Junction | Call


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(expression: str) -> list[_Token]:
    found, at = [], _end_of_space(expression, 0)
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            what = Message(N_("看不懂“%(text)s”，请改正或删去。"), {"text": expression[at : at + 8]})
            raise BadExpression(expression, at + 1, what)
        found.append(_Token(match.lastgroup or "", match.group(), at + 1))
        at = _end_of_space(expression, match.end())
    return [*found, _Token("end", "", len(expression) + 1)]


def _end_of_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


class _Parser:
    """Recursive descent: or < and < comparison < single value."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = _tokens(expression)
        self.at = 0
        self.depth = 0

    def whole(self) -> Expression:
        parsed = self.junction("or")
        if self.now.kind != "end":
            raise self.error(N_("这里多出了“%(text)s”，缺“and”“or”或括号。"))
        return parsed

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def take(self, text: str) -> bool:
        if self.now.text != text:
            return False
        self.at += 1
        return True

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.error(N_("这里应是“%(wanted)s”，请补上。"), wanted=text)

    def error(self, text: str, **values: object) -> BadExpression:
        message = Message(text, {"text": self.now.text, **values})
        return BadExpression(self.expression, self.now.position, message)

    def junction(self, word: str) -> Expression:
        part = self.comparison if word == "and" else lambda: self.junction("and")
        left = part()
        while self.take(word):
            left = Junction(word, left, part())
        return left

    def comparison(self) -> Expression:
        left = self.single()
        if self.now.kind == "operator" and self.now.text not in "(),":
            operator = self.now.text
            self.at += 1
            return Comparison(operator, left, self.single())
        return left

    def single(self) -> Expression:
        token = self.now
        self.at += 1
        match token.kind:
            case "reference":
                return Reference(token.text[2:-1].strip())
            case "text":
                return Literal(token.text[1:-1])
            case "number":
                return Literal(Decimal(token.text))
            case "this":
                return This()
            case "word":
                return self.call(token)
        if token.text == "(":
            return self.bracket()
        self.at -= 1
        raise self.error(N_("这里应是题号 ${…}、数字、带引号的文字或括号。"))

    def bracket(self) -> Expression:
        inside = self.deeper()
        self.expect(")")
        return inside

    def deeper(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(N_("括号套得太深，请拆成几道题。"))
        inside = self.junction("or")
        self.depth -= 1
        return inside

    def call(self, token: _Token) -> Expression:
        if token.text not in ARITY:
            self.at -= 1
            raise self.error(N_("没有函数“%(text)s”，可用 %(known)s。"), known=" ".join(ARITY))
        self.expect("(")
        arguments = [self.deeper()]
        while self.take(","):
            arguments.append(self.deeper())
        self.expect(")")
        wanted = ARITY[token.text]
        if len(arguments) != wanted:
            what = Message(
                N_("%(function)s 要有 %(wanted)s 个参数。"), {"function": token.text, "wanted": wanted}
            )
            raise BadExpression(self.expression, token.position, what)
        return Call(token.text, tuple(arguments))


@lru_cache(maxsize=4096)
def parse(expression: str) -> Expression:
    """Read an XLSForm expression. Raises BadExpression with the position and what was expected there."""
    if len(expression) > LONGEST:
        what = Message(N_("表达式太长，请拆成几道题（calculate）。"))
        raise BadExpression(expression[:40] + "…", LONGEST, what)
    return _Parser(expression).whole()


def names(expression: Expression | str) -> frozenset[str]:
    """The questions that an expression refers to."""
    match parse(expression) if isinstance(expression, str) else expression:
        case Reference(name):
            return frozenset({name})
        case Comparison(_, left, right) | Junction(_, left, right):
            return names(left) | names(right)
        case Call(_, arguments):
            return frozenset[str]().union(*(names(argument) for argument in arguments))
    return frozenset()


def show(expression: Expression) -> str:
    """The expression as text that parses to the same expression."""
    match expression:
        case Literal(Decimal() as number):
            return f"{number:f}"
        case Literal(value):
            return f'"{value}"' if "'" in str(value) else f"'{value}'"
        case Reference(name):
            return f"${{{name}}}"
        case This():
            return "."
        case Call(function, arguments):
            return f"{function}({', '.join(show(argument) for argument in arguments)})"
        case Comparison(operator, left, right):
            return f"{_operand(left)} {operator} {_operand(right)}"
        case Junction(word, left, right):
            return f"{_operand(left)} {word} {_operand(right)}"


def _operand(expression: Expression) -> str:
    shown = show(expression)
    return f"({shown})" if isinstance(expression, Comparison | Junction) else shown
