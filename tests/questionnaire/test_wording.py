from __future__ import annotations

import re

import pytest

from questionnaire.tiny import row, tiny
from survey.questionnaire.schema import load
from survey.questionnaire.wording import (
    fill,
    gives_away,
    hint,
    in_order,
    placeholders,
    scale_backwards,
    spoken,
)

VALUES = {
    "称呼": "陈女士",
    "姓": "李",
    "评估方": "某评估中心",
    "工号": "07",
    "委托方": "某街道办事处",
    "电话": "020-00000000",
    "街道": "某街",
    "起": "去年五月",
    "编号": "123 456 786",
}


def test_scale_runs_forwards_for_even_and_backwards_for_odd_cases() -> None:
    assert [scale_backwards(case) for case in ("1", "2", "3", "0004")] == [True, False, True, False]


def test_case_with_letters_always_hears_the_same_order_and_half_of_them_each() -> None:
    backwards = [scale_backwards(f"H{number:04d}x") for number in range(400)]
    assert backwards == [scale_backwards(f"H{number:04d}x") for number in range(400)]
    assert 150 < sum(backwards) < 250


def test_scale_is_turned_round_but_not_knowing_and_refusing_stay_last() -> None:
    question = load("full").question("H1")
    codes = [choice.code for choice in in_order(question, question.choices, backwards=True)]
    assert codes == ["1", "2", "3", "4", "5", "8", "9"]
    forwards = [choice.code for choice in in_order(question, question.choices, backwards=False)]
    assert forwards == ["5", "4", "3", "2", "1", "8", "9"]


def test_choices_that_are_no_scale_are_never_turned() -> None:
    question = load("full").question("A1")
    assert in_order(question, question.choices, backwards=True) == question.choices


@pytest.mark.parametrize(
    ("language", "backwards", "said"),
    [
        ("zh", False, "是非常满意、比较满意、一般、不太满意，还是很不满意？"),
        ("zh", True, "是很不满意、不太满意、一般、比较满意，还是非常满意？"),
        ("yue", False, "系非常满意、几满意、一半半、唔系几满意，定系非常唔满意？"),
        (
            "en",
            True,
            "very dissatisfied, fairly dissatisfied, neither satisfied nor dissatisfied, fairly satisfied or very satisfied?",
        ),
    ],
)
def test_scale_is_read_out_in_the_order_of_the_case(language: str, backwards: bool, said: str) -> None:
    assert spoken(load("full").question("H1"), language, VALUES, backwards).endswith(said)


def test_names_and_numbers_of_the_round_are_put_in() -> None:
    said = spoken(load("short").question("A1"), "zh", VALUES)
    assert said.startswith("您好，请问是陈女士家吗？我姓李，是某评估中心的访问员，工号07。")
    assert "020-00000000" in hint(load("short").question("A1"), "zh", VALUES)


def test_placeholder_without_a_value_stays_visible() -> None:
    assert fill("打{电话}", {}) == "打{电话}"


@pytest.mark.parametrize("name", ["full", "short"])
def test_round_can_supply_every_placeholder(name: str) -> None:
    form = load(name)
    assert placeholders(form) == set(VALUES)
    for question in form.questions:
        for language in ("zh", "yue", "en"):
            whole = spoken(question, language, VALUES) + hint(question, language, VALUES)
            assert not re.search(r"[{}]", whole), question.name


def test_value_that_gives_the_client_away_to_a_bystander_is_found() -> None:
    assert gives_away(load("short"), VALUES) is None
    assert gives_away(load("short"), {**VALUES, "委托方": "某街社工站"}) == "社工"


def test_what_follows_identity_may_speak_of_the_station() -> None:
    form = tiny(row("note", "a", 'role = "identity"'), row("note", "b", words="社工站好不好"), choices="")
    assert gives_away(form, {}) is None
