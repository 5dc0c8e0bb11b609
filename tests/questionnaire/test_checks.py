"""A questionnaire with a fault is refused whole, and the fault is named by row, column and remedy."""

from __future__ import annotations

import pytest

from questionnaire.tiny import CHOICES, SETTINGS, row, text_of, tiny
from survey.questionnaire.checks import BadQuestionnaire, Problem
from survey.questionnaire.schema import from_rows, from_toml


def faults(text: str) -> list[tuple[str, int, str, str]]:
    with pytest.raises(BadQuestionnaire) as caught:
        from_toml(text)
    return [_place(problem) for problem in caught.value.problems]


def _place(problem: Problem) -> tuple[str, int, str, str]:
    return (problem.sheet, problem.row, problem.name, problem.column)


def of_rows(*rows: str, choices: str = "") -> list[tuple[str, int, str, str]]:
    return faults(text_of(*rows, choices=choices))


def test_name_used_twice() -> None:
    assert of_rows(row("text", "a"), row("text", "a")) == [("survey", 2, "a", "name")]


def test_name_that_no_expression_could_use() -> None:
    assert of_rows(row("text", "问题")) == [("survey", 1, "问题", "name")]


def test_wording_missing_in_one_language() -> None:
    rows = '[[survey]]\ntype = "text"\nname = "a"\nlabel = { zh = "问", en = "Ask" }'
    assert of_rows(rows) == [("survey", 1, "a", "label::yue")]


def test_choice_wording_missing_in_one_language() -> None:
    choices = 'choices = [{ list_name = "yn", name = "1", label = { zh = "有", yue = "有" } }]'
    assert of_rows(row("select_one yn", "a"), choices=choices) == [("choices", 1, "yn 1", "label::en")]


def test_expression_that_names_an_unknown_question() -> None:
    assert of_rows(row("text", "a", "relevant = \"${z} = '1'\"")) == [("survey", 1, "a", "relevant")]


def test_expression_that_looks_ahead() -> None:
    rows = (row("text", "a", "relevant = \"${b} != ''\""), row("text", "b"))
    assert of_rows(*rows) == [("survey", 1, "a", "relevant")]


def test_expression_that_cannot_be_read_says_where() -> None:
    with pytest.raises(BadQuestionnaire, match="第 8 个字符"):
        tiny(row("text", "a"), row("text", "b", 'relevant = "${a} = "'), choices="")


def test_constraint_may_look_at_its_own_question() -> None:
    assert tiny(row("integer", "a", 'constraint = ". > 0 and ${a} < 9"'), choices="").question("a")


def test_list_that_does_not_exist() -> None:
    assert of_rows(row("select_one nowhere", "a")) == [("survey", 1, "a", "type")]


def test_list_that_no_question_uses() -> None:
    assert of_rows(row("text", "a"), choices=CHOICES) == [("choices", 0, "yn", "list_name")]


def test_code_used_twice_in_a_list() -> None:
    choices = CHOICES.replace('name = "2"', 'name = "1"')
    assert of_rows(row("select_one yn", "a"), choices=choices) == [("choices", 2, "yn 1", "name")]


def test_ending_for_a_code_that_nobody_can_answer() -> None:
    rows = row("select_one yn", "a", 'ends = { 7 = "D31" }')
    assert of_rows(rows, choices=CHOICES) == [("survey", 1, "a", "ends")]


def test_ending_that_is_no_disposition() -> None:
    rows = row("select_one yn", "a", 'ends = { 1 = "refused" }')
    assert of_rows(rows, choices=CHOICES) == [("survey", 1, "a", "ends")]


def test_column_spelt_wrong() -> None:
    assert of_rows(row("text", "a", 'relevent = "1"')) == [("survey", 1, "a", "relevent")]


def test_value_of_the_wrong_kind() -> None:
    assert of_rows(row("text", "a", 'required = "yes"')) == [("survey", 1, "a", "required")]


def test_unknown_type_and_role() -> None:
    places = of_rows(row("range", "a", 'role = "hero"'))
    assert places == [("survey", 1, "a", "type"), ("survey", 1, "a", "role")]


def test_placeholder_that_nobody_fills() -> None:
    places = of_rows(row("text", "a", words="您好{姓名}"))
    assert places == [("survey", 1, "a", f"label::{language}") for language in ("zh", "yue", "en")]


def test_choices_read_out_where_there_are_none() -> None:
    assert len(of_rows(row("text", "a", words="是{选项}"))) == 3


@pytest.mark.parametrize("word", ["社工站", "低保", "残疾", "Welfare"])
def test_telling_a_third_party_before_identity_is_confirmed(word: str) -> None:
    places = of_rows(row("text", "a", 'role = "identity"', words=word), row("text", "b", words=word))
    assert {place[1] for place in places} == {1}


def test_verbatim_that_is_no_text_and_scale_that_is_no_choice() -> None:
    places = of_rows(row("integer", "a", "verbatim = true"), row("text", "b", "scale = true"))
    assert places == [("survey", 1, "a", "verbatim"), ("survey", 2, "b", "scale")]


def test_calculation_without_a_formula() -> None:
    assert of_rows(row("calculate", "n")) == [("survey", 1, "n", "calculation")]


def test_completion_rule_that_names_unknown_questions() -> None:
    rule = '[completion]\noverall = "H1"\nitems = ["a"]\nmin_items = 2\nlast = "a"\nproxy = "${B1} = 1"'
    places = faults(text_of(row("text", "a"), choices="", completion=rule))
    assert [place[3] for place in places] == ["overall", "min_items", "proxy"]


def test_title_missing() -> None:
    settings = SETTINGS.replace('en = "Tiny"', 'en = ""')
    places = faults(text_of(row("text", "a"), choices="", settings=settings))
    assert places == [("settings", 0, "tiny", "title::en")]


@pytest.mark.parametrize(
    "data", [{}, {"settings": {}, "survey": []}, {"settings": 3, "survey": "x", "extra": 1}]
)
def test_data_that_is_no_questionnaire(data: dict[str, object]) -> None:
    with pytest.raises(BadQuestionnaire):
        from_rows(data)


def test_every_fault_is_reported_at_once_and_the_first_in_words() -> None:
    with pytest.raises(BadQuestionnaire) as caught:
        tiny(row("text", "a"), row("text", "a", 'relevant = "${z} = 1"'), choices="")
    assert len(caught.value.problems) == 2
    assert str(caught.value).startswith("问卷有 2 处错误。survey 表第 2 行（a）“name”列：")
