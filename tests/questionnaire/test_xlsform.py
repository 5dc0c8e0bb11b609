from __future__ import annotations

from xml.etree import ElementTree

import pytest
from pyxform.xls2xform import convert

from questionnaire.tiny import row, tiny
from survey.questionnaire.checks import BadQuestionnaire
from survey.questionnaire.schema import Questionnaire, load, shipped
from survey.questionnaire.xlsform import from_sheets, to_sheets

FORMS = [load(name) for name in shipped()]
both = pytest.mark.parametrize("form", FORMS, ids=shipped())
XFORMS = "{http://www.w3.org/2002/xforms}"


@both
def test_sheets_read_back_give_the_same_questionnaire(form: Questionnaire) -> None:
    again = from_sheets(to_sheets(form))
    assert again == form
    assert again.digest == form.digest


@both
def test_form_converts_to_an_xform_with_every_question_and_language(form: Questionnaire) -> None:
    warnings: list[str] = []
    model = ElementTree.fromstring(convert(to_sheets(form), warnings=warnings).xform)
    bound = {bind.get("nodeset", "").rpartition("/")[2] for bind in model.iter(f"{XFORMS}bind")}
    assert {question.name for question in form.questions} <= bound
    assert {each.get("lang") for each in model.iter(f"{XFORMS}translation")} == {"zh", "yue", "en"}
    assert all("language declarations" in warning for warning in warnings)


def test_condition_and_formula_arrive_in_the_xform() -> None:
    form = tiny(
        row("select_one yn", "a"),
        row("text", "b", "relevant = \"${a} = '1'\"", 'constraint = "string-length(.) < 9"'),
    )
    xform = convert(to_sheets(form)).xform
    assert "/data/a  = '1'" in xform and "string-length(.) &lt; 9" in xform


def test_sheets_hold_only_text_under_the_names_xlsform_knows() -> None:
    sheets = to_sheets(load("short"))
    assert set(sheets) == {"survey", "choices", "settings"}
    assert all(isinstance(cell, str) for rows in sheets.values() for each in rows for cell in each.values())
    opening = next(each for each in sheets["survey"] if each["name"] == "A1")
    assert opening["type"] == "select_one opening"
    assert opening["required"] == "yes"
    assert opening["ends"] == "2=D31 3=D23 4=D22"
    assert sheets["settings"][0]["form_id"] == "short"


def test_empty_cells_as_spreadsheets_have_them_do_no_harm() -> None:
    sheets = to_sheets(load("short"))
    columns = {column for each in sheets["survey"] for column in each}
    padded = [{**dict.fromkeys(columns, ""), **each} for each in sheets["survey"]]
    assert from_sheets({**sheets, "survey": padded}) == load("short")


def test_cell_that_makes_no_sense_is_named() -> None:
    sheets = to_sheets(load("short"))
    sheets["survey"][2]["required"] = "maybe"
    with pytest.raises(BadQuestionnaire, match="第 3 行（A1）“required”列"):
        from_sheets(sheets)
