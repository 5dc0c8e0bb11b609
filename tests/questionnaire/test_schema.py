from __future__ import annotations

import json

import pytest

from questionnaire.tiny import row, text_of, tiny
from survey.errors import Missing
from survey.questionnaire.columns import LANGUAGES
from survey.questionnaire.routing import path
from survey.questionnaire.schema import Questionnaire, from_json, from_toml, load, shipped

FORMS = [load(name) for name in shipped()]
both = pytest.mark.parametrize("form", FORMS, ids=shipped())


def test_package_ships_a_full_and_a_short_form() -> None:
    assert shipped() == ("full", "short")


def test_asking_for_another_form_names_those_there_are() -> None:
    with pytest.raises(Missing, match="full、short"):
        load("long")


def test_question_that_is_not_there() -> None:
    with pytest.raises(Missing, match="Z9"):
        load("full").question("Z9")


@both
def test_frozen_version_is_read_back_as_it_was(form: Questionnaire) -> None:
    assert from_json(form.to_json()) == form
    assert from_json(form.to_json()).digest == form.digest


def test_digest_depends_on_content_and_not_on_layout() -> None:
    one = tiny(row("text", "a", "required = true", 'section = "A"'), choices="")
    other = tiny(row("text", "a", 'section = "A"', "required = true"), choices="")
    assert one.digest == other.digest
    assert one.digest != tiny(row("text", "a", 'section = "A"'), choices="").digest


def test_canonical_text_keeps_chinese_readable_and_keys_in_order() -> None:
    text = tiny(row("text", "a", words="问"), choices="").to_json()
    assert '"label::zh":"问"' in text
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_wording_may_stand_in_a_column_per_language() -> None:
    rows = (
        '[[survey]]\ntype = "text"\nname = "a"\n"label::zh" = "问"\n"label::yue" = "问"\n"label::en" = "Ask"'
    )
    assert from_toml(text_of(rows, choices="")).question("a").label["en"] == "Ask"


def test_hint_in_cantonese_falls_back_to_mandarin() -> None:
    form = tiny(row("text", "a", 'hint = { zh = "照原话打", en = "As spoken" }'), choices="")
    assert form.question("a").hint["yue"] == "照原话打"


def test_unchecked_language_is_marked_per_question_and_can_be_cleared() -> None:
    rows = (row("text", "a"), row("text", "b", "unchecked = []"))
    form = from_toml(text_of(*rows, choices="").replace("minutes = 1", 'minutes = 1\nunchecked = ["yue"]'))
    assert [question.unchecked for question in form.questions] == [("yue",), ()]
    assert from_json(form.to_json()) == form


@both
def test_everything_is_worded_in_three_languages_and_cantonese_marked_unchecked(form: Questionnaire) -> None:
    for question in form.questions:
        if question.on_screen:
            assert all(question.label[language] for language in LANGUAGES), question.name
            assert question.unchecked == ("yue",), question.name


@both
def test_cantonese_is_written_as_cantonese(form: Questionnaire) -> None:
    spoken = [question for question in form.questions if question.on_screen and question.asked]
    for question in spoken:
        assert not set("的是不没们他") & set(question.label.yue.replace("其他", "")), question.name


@both
def test_results_find_their_questions_by_role(form: Questionnaire) -> None:
    assert form.completion is not None
    assert tuple(question.name for question in form.with_role("item")) == form.completion.items
    assert [question.name for question in form.with_role("overall")] == [form.completion.overall]
    for question in (*form.with_role("item"), *form.with_role("overall"), *form.with_role("outcome")):
        steps = [choice.code for choice in question.choices if not choice.missing]
        assert question.scale and steps == ["5", "4", "3", "2", "1"]


@both
def test_every_free_text_is_a_verbatim_to_be_encrypted(form: Questionnaire) -> None:
    assert all(question.verbatim for question in form.questions if question.type == "text")


@both
def test_one_key_answers_every_single_choice(form: Questionnaire) -> None:
    for question in form.questions:
        if question.type == "select_one":
            assert all(len(choice.code) == 1 and choice.code.isdigit() for choice in question.choices)


@both
def test_texts_promise_no_automatic_deletion(form: Questionnaire) -> None:
    for question in form.questions:
        for text in question.label.texts():
            assert "自动" not in text and "个月内删除" not in text and "automatically" not in text


def test_short_form_asks_about_twelve_questions() -> None:
    form = load("short")
    good = {"A1": "1", "A2": "1", "B1": "1", "C1": "1", "D1": "1", "D7": "2", "H1": "5", "I2": "", "J1": ""}
    asked = [question.name for question in path(form, good) if question.asked and question.type != "note"]
    assert asked == [
        "A1",
        "A2",
        "B1",
        "C1",
        "D1",
        "D7",
        "F1",
        "F3",
        "F4",
        "F6",
        "G1",
        "H1",
        "H1b",
        "I2",
        "J1",
    ]
    assert form.minutes <= 4
