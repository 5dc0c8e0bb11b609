import json

import pytest

from survey.questionnaire.browser import ast_json, for_browser
from survey.questionnaire.schema import load, shipped


@pytest.mark.parametrize(
    "expression, tree",
    [
        ("", None),
        ("${H1} <= 3", ["<=", ["answer", "H1"], ["number", "3"]]),
        ("${A} = '1' and . != ''", ["and", ["=", ["answer", "A"], ["text", "1"]], ["!=", ["this"], ["text", ""]]]),
        ("not(selected(${E}, '02'))", ["call", "not", ["call", "selected", ["answer", "E"], ["text", "02"]]]),
    ],
)  # fmt: skip
def test_a_condition_becomes_a_tree_of_lists(expression, tree):
    assert ast_json(expression) == tree


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_form_goes_to_the_browser_as_json_with_its_choices_read_out_in_both_orders(name):
    form = json.loads(json.dumps(for_browser(load(name))))

    overall = next(question for question in form["questions"] if question["role"] == "overall")
    assert len(form["questions"]) == len(load(name).questions)
    assert (
        "非常满意、比较满意" in overall["label"]["zh"]
        and "很不满意、不太满意" in overall["labelBackwards"]["zh"]
    )
    assert overall["backwards"][-2:] == ["8", "9"]
    assert "{选项}" not in json.dumps(form, ensure_ascii=False)
