from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from questionnaire.tiny import row, tiny
from survey.errors import Invalid
from survey.questionnaire.fields import build_form, clean, field_for
from survey.questionnaire.routing import path, walk
from survey.questionnaire.schema import Question, load

FULL = load("full")


def form_of(*names: str, language: str = "zh", **settings: object) -> type[Form]:
    questions = [FULL.question(name) for name in names]
    return build_form(FULL, questions, language, **settings)  # type: ignore[arg-type]


def test_choices_are_buttons_whose_value_is_the_key_in_the_language_of_the_interview() -> None:
    html = str(form_of("D7", language="yue")()["D7"]())
    assert "冇" in html and 'type="radio" value="2"' in html
    assert 'lang="yue-Hans"' in html


def test_several_choices_are_check_boxes() -> None:
    html = str(form_of("C2")()["C2"]())
    assert html.count('type="checkbox"') == 7


def test_words_have_a_limit_the_browser_knows() -> None:
    assert 'maxlength="300"' in str(form_of("E_other")()["E_other"]())


def test_label_has_placeholders_filled_and_the_scale_in_the_order_of_the_case() -> None:
    field = form_of("H1", backwards=True)()["H1"]
    assert "很不满意、不太满意" in field.label.text
    assert [choice.value for choice in field.iter_choices()] == ["1", "2", "3", "4", "5", "8", "9"]
    greeting = form_of("A1", values={"称呼": "陈女士"})()["A1"]
    assert "陈女士家" in greeting.label.text


def test_only_choices_that_are_offered_are_shown() -> None:
    known = walk(FULL, {"A1": "1", "A2": "1", "A4": "2"}).known
    values = [choice.value for choice in form_of("E", known=known)()["E"].iter_choices()]
    assert "05" not in values and "04" in values


@pytest.mark.parametrize("language", ["zh", "yue", "en"])
def test_whole_questionnaire_makes_a_form(language: str) -> None:
    form = build_form(FULL, path(FULL, {}), language)()
    assert {"A1", "H1", "J1", "M8", "L"} <= set(form.data)


def test_values_computed_or_given_by_the_round_are_no_fields() -> None:
    assert set(form_of("records_calls", "aware_n", "A1")().data) == {"A1"}


def test_valid_answers_pass() -> None:
    form = form_of("H1", "C2", "J1")(MultiDict([("H1", "4"), ("C2", "1"), ("C2", "3"), ("J1", "")]))
    assert form.validate(), form.errors


def test_code_that_is_not_on_the_list_is_refused_in_the_language_of_the_interface() -> None:
    form = form_of("H1", translate=lambda text: "translated: %(value)s" if "没有答案" in text else text)
    filled = form(MultiDict({"H1": "7"}))
    assert not filled.validate()
    assert filled.errors == {"H1": ["translated: 7"]}


def test_required_question_needs_an_answer_and_others_do_not() -> None:
    form = form_of("H1", "J1", "M1")(MultiDict())
    assert not form.validate()
    assert set(form.errors) == {"H1"}


def test_number_field_says_one_sentence_about_a_word() -> None:
    question = tiny(row("integer", "n"), choices="").question("n")
    form = type("F", (Form,), {"n": field_for(question, "zh")})(MultiDict({"n": "三"}))
    assert not form.validate()
    assert len(form.errors["n"]) == 1


# -- single answers


def q(kind: str, *more: str) -> Question:
    return tiny(row(kind, "a", *more), choices="").question("a")


@pytest.mark.parametrize(
    ("name", "raw", "canonical"),
    [
        ("H1", "4", "4"),
        ("H1", " ４ ", "4"),
        ("H1", ["4"], "4"),
        ("C2", ["5", "1"], "1 5"),
        ("C2", "5 1 1", "1 5"),
        ("E", "02 10", "02 10"),
        ("J1", "  想要\r\n羽绒服 ", "想要\n羽绒服"),
        ("J1", "讲\x00咗", "讲咗"),
        ("J1", None, ""),
        ("M1", "", ""),
        ("L", "1", ""),
    ],
)
def test_answer_is_made_canonical(name: str, raw: str | list[str] | None, canonical: str) -> None:
    assert clean(FULL.question(name), raw) == canonical
    assert clean(FULL.question(name), canonical) == canonical


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("H1", "7", "no-such-answer"),
        ("H1", "4 5", "one-answer-only"),
        ("H1", "", "answer-required"),
        ("C2", ["0", "1"], "answer-stands-alone"),
        ("E", "2", "no-such-answer"),
        ("E_other", "长" * 301, "answer-too-long"),
        ("aware_n", "3", "not-answerable"),
        ("records_calls", "1", "not-answerable"),
    ],
)
def test_answer_that_cannot_be_is_refused_by_name(name: str, raw: str | list[str], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean(FULL.question(name), raw)
    assert caught.value.code == code
    assert name in str(caught.value)


@pytest.mark.parametrize(("raw", "canonical"), [("７", "7"), ("007", "7"), ("-3", "-3"), ("", "")])
def test_number_is_made_canonical(raw: str, canonical: str) -> None:
    assert clean(q("integer"), raw) == canonical


@pytest.mark.parametrize("raw", ["三", "1.5", "1e3", "9" * 30])
def test_what_is_no_number_is_refused(raw: str) -> None:
    with pytest.raises(Invalid, match="整数"):
        clean(q("integer"), raw)


def test_constraint_is_kept_and_may_look_at_other_answers() -> None:
    form = tiny(row("integer", "n"), row("integer", "m", 'constraint = ". <= ${n}"'), choices="")
    assert clean(form.question("m"), "2", {"n": "3"}) == "2"
    with pytest.raises(Invalid, match="不符合要求"):
        clean(form.question("m"), "4", {"n": "3"})
