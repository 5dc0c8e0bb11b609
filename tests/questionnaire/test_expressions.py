from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import Message
from survey.questionnaire.expressions import evaluate, holds
from survey.questionnaire.grammar import (
    BadExpression,
    Call,
    Comparison,
    Expression,
    Junction,
    Literal,
    Reference,
    This,
    names,
    parse,
    show,
)

OPERATORS = ("=", "!=", "<", "<=", ">", ">=")


@pytest.mark.parametrize(
    ("expression", "answers", "expected"),
    [
        ("${H1} <= 3 and ${A2} = '1'", {"H1": "3", "A2": "1"}, True),
        ("${H1} <= 3 and ${A2} = '1'", {"H1": "4", "A2": "1"}, False),
        ("${a} = '1' or ${b} = '1' and ${c} = '1'", {"a": "1"}, True),
        ("(${a} = '1' or ${b} = '1') and ${c} = '1'", {"a": "1"}, False),
        ("not(${a} = '1')", {"a": "2"}, True),
        ("selected(${E}, '02')", {"E": "01 02"}, True),
        ("selected(${E}, '02')", {"E": ("01", "02")}, True),
        ("selected(${E}, '2')", {"E": "02 12"}, False),
        ("count-selected(${C2}) >= 3", {"C2": "1 2 5"}, True),
        ("count-selected(${C2}) = 0", {}, True),
        ("string-length(${x}) > 0", {"x": "羽绒服"}, True),
        ("string-length(${x}) = 3", {"x": "羽绒服"}, True),
        ("string-length(${x}) > 0", {"x": ""}, False),
        ("${E} = '01'", {"E": "1"}, False),
        ("${E} = 1", {"E": "01"}, True),
        ("${on} = '1'", {"on": True}, True),
        ("${n} = 3", {"n": 3}, True),
        ("${x} < 'b'", {"x": "a"}, False),
        ("", {}, True),
    ],
)
def test_expression_says_what_an_xlsform_author_means(
    expression: str, answers: dict[str, object], expected: bool
) -> None:
    assert holds(expression, answers) is expected


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("nothing", [{}, {"x": ""}, {"x": ()}, {"x": None}])
def test_comparison_with_an_unanswered_question_is_false(operator: str, nothing: dict[str, object]) -> None:
    assert not holds(f"${{x}} {operator} 3", nothing)
    assert not holds(f"'a' {operator} ${{x}}", nothing)


def test_comparing_with_the_empty_text_asks_whether_there_is_an_answer() -> None:
    assert holds("${x} = ''", {})
    assert not holds("${x} != ''", {})
    assert holds("${x} != ''", {"x": "1"})
    assert not holds("${x} = ''", {"x": "1"})


def test_constraint_refers_to_its_own_answer_by_a_dot() -> None:
    assert holds(". >= 1 and . <= 5", {}, this="5")
    assert not holds(". >= 1 and . <= 5", {}, this="6")


def test_if_chooses_between_two_values() -> None:
    assert evaluate("if(${a} = '1', 'yes', 0)", {"a": "1"}) == "yes"
    assert evaluate("if(${a} = '1', 'yes', 0)", {"a": "2"}) == Decimal(0)
    assert evaluate("if(${a} = '1', '', 0)", {"a": "1"}) is None


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("", 1),
        ("${a} = ", 8),
        ("${a} ? 1", 6),
        ("(${a} = 1", 10),
        ("${a} = 1 ${b}", 10),
        ("${a} = 1 = 2", 10),
        ("length(${a})", 1),
        ("not(1, 2)", 1),
        ("selected(${a} '1')", 15),
        ("and ${a}", 1),
        ("'open", 1),
    ],
)
def test_error_names_the_position(expression: str, position: int) -> None:
    with pytest.raises(BadExpression) as caught:
        parse(expression)
    assert caught.value.position == position
    assert f"第 {position} 个字符" in str(caught.value)


@pytest.mark.parametrize("expression", ["(" * 500 + "1" + ")" * 500, " and ".join(["1"] * 1000)])
def test_monstrous_expression_is_refused_without_breaking_the_parser(expression: str) -> None:
    with pytest.raises(BadExpression):
        parse(expression)


def test_error_can_be_translated_to_the_last_word() -> None:
    with pytest.raises(BadExpression) as caught:
        parse("(1")
    shown = caught.value.message.show(lambda text: f"<{text}>")
    assert shown.startswith("<") and shown.count("<") == 2
    assert isinstance(caught.value.message.values["what"], Message)


def test_names_are_the_questions_referred_to() -> None:
    assert names("if(${a} = '1' or selected(${b}, '2'), ${c}, .)") == {"a", "b", "c"}


numbers = st.decimals(min_value=-999, max_value=999, places=2)
words = st.text(st.characters(codec="utf-8", exclude_characters="'\""), max_size=6)
leaves: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Literal, numbers),
    st.builds(Literal, words),
    st.builds(Reference, st.sampled_from("abcd")),
    st.just(This()),
)


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(Comparison, st.sampled_from(OPERATORS), inner, inner),
        st.builds(Junction, st.sampled_from(("and", "or")), inner, inner),
        st.builds(lambda part: Call("not", (part,)), inner),
        st.builds(lambda one, two: Call("selected", (one, two)), inner, inner),
    )


@given(st.recursive(leaves, _grown, max_leaves=8))
def test_expression_written_out_and_read_again_is_the_same(expression: Expression) -> None:
    assert parse(show(expression)) == expression


conditions = st.recursive(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(OPERATORS), st.integers(0, 5)),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner), st.tuples(inner, st.sampled_from(("and", "or")), inner)
    ),
    max_leaves=8,
)
PYTHON = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def _written(condition: tuple) -> str:  # type: ignore[type-arg]
    if condition[0] == "not":
        return f"not({_written(condition[1])})"
    if condition[1] in ("and", "or"):
        return f"({_written(condition[0])}) {condition[1]} ({_written(condition[2])})"
    name, operator, number = condition
    return f"${{{name}}} {operator} {number}"


def _in_python(condition: tuple, answers: dict[str, int]) -> bool:  # type: ignore[type-arg]
    if condition[0] == "not":
        return not _in_python(condition[1], answers)
    if condition[1] in ("and", "or"):
        one, two = _in_python(condition[0], answers), _in_python(condition[2], answers)
        return (one and two) if condition[1] == "and" else (one or two)
    name, operator, number = condition
    return name in answers and PYTHON[operator](answers[name], number)


@given(conditions, st.dictionaries(st.sampled_from("abcd"), st.integers(0, 5)))
def test_condition_agrees_with_python(condition: tuple, answers: dict[str, int]) -> None:  # type: ignore[type-arg]
    as_codes = {name: str(code) for name, code in answers.items()}
    assert holds(_written(condition), as_codes) is _in_python(condition, answers)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_politely(text: str) -> None:
    try:
        parse(text)
    except BadExpression as error:
        assert 1 <= error.position <= len(text) + 1
