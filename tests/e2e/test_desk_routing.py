"""The page asks exactly the questions that the server counts: both walks over many random interviews."""

import random

import pytest
from desk_steps import open_desk

from survey.questionnaire.browser import ast_json, for_browser
from survey.questionnaire.expressions import evaluate, holds
from survey.questionnaire.routing import offered, walk
from survey.questionnaire.schema import load

pytestmark = pytest.mark.appearance

WALK = """async ({form, sets}) => {
  const { walk, offered } = await import('/static/desk-routing.js');
  return sets.map(({answers, facts}) => {
    const gone = walk(form, answers, facts);
    return {
      asked: gone.asked.map(({name}) => name), ending: gone.ending, endedBy: gone.endedBy,
      offered: gone.asked.map((question) => offered(question, gone.known, false).map(({code}) => code)),
      known: Object.fromEntries(Object.entries(gone.known).map(([name, value]) => [name, String(value ?? '')])),
    };
  });
}"""
EVALUATE = """async (cases) => {
  const { evaluate, holds } = await import('/static/desk-routing.js');
  return cases.map(({tree, answers}) => [evaluate(tree, answers), holds(tree, answers)]);
}"""
EXPRESSIONS = [
    "${A} = '1'", "${A} = 1", "${A} != '1'", "${A} != ''", "${A} = ''", "${A} <= 3", "${A} > '2'", "${A} >= ${B}",
    "${A} = ${B}", "not(${A})", "selected(${A}, '01')", "selected(${A}, 1)", "count-selected(${A}) > 1",
    "string-length(${A}) >= 2", "if(${A} = '2', 1, 0) = 1", "if(${A}, ${B}, 'x')", "${A} = 1.0 or ${B} = '3'",
    "${A} = '1' and not(${B} = '2')", "(${A} < 2) = (${B} < 2)", "count-selected(${A}) = ${B}", "${A} = -1",
]  # fmt: skip
VALUES = [None, "", "1", "01", "2", "3", "10", "-1", "1.0", "01 02", "3 1", "非常满意", "😀a", " "]


def random_answers(questionnaire, chance):
    """Mostly on the way to the end: the first choice is the likeliest, some questions are left out."""
    answers = {}
    for question in questionnaire.questions:
        draw = chance.random()
        if not question.on_screen or draw < 0.05:
            continue
        if question.type == "select_one":
            codes = [choice.code for choice in question.choices]
            answers[question.name] = codes[0] if draw < 0.5 else chance.choice(codes)
        elif question.type == "select_multiple":
            codes = [choice.code for choice in question.choices]
            answers[question.name] = " ".join(chance.sample(codes, chance.randint(0, len(codes))))
        else:
            answers[question.name] = chance.choice(["", "3", "多来看看"])
    return answers


def as_text(value):
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.fixture
def window(live, page):
    open_desk(live, page)
    return page


def test_the_page_walks_as_the_server_does(window):
    chance = random.Random(20250410)
    for name in ("short", "full"):
        form = load(name)
        sets = [
            {
                "answers": random_answers(form, chance),
                "facts": {"records_calls": chance.choice(["0", "1"]), "mode": "1"},
            }
            for _ in range(300)
        ]
        found = window.evaluate(WALK, {"form": for_browser(form), "sets": sets})
        for given, theirs in zip(sets, found, strict=True):
            gone = walk(form, given["answers"], given["facts"])
            ours = {
                "asked": [question.name for question in gone.asked],
                "ending": gone.ending,
                "endedBy": gone.ended_by,
                "offered": [
                    [choice.code for choice in offered(question, gone.known)] for question in gone.asked
                ],
                "known": {question: as_text(value) for question, value in gone.known.items()},
            }
            assert theirs == ours, given
        assert sum(one["ending"] is None for one in found) > 20, "some interviews reach the end"


def test_conditions_mean_the_same_on_both_sides(window):
    cases = [
        {"expression": expression, "answers": {"A": a, "B": b}}
        for expression in EXPRESSIONS
        for a in VALUES
        for b in VALUES
    ]
    sent = [{"tree": ast_json(one["expression"]), "answers": one["answers"]} for one in cases]
    for case, (value, held) in zip(cases, window.evaluate(EVALUATE, sent), strict=True):
        ours = evaluate(case["expression"], case["answers"])
        same = (
            value == ours
            if isinstance(ours, str | bool | None) or ours is None
            else float(value) == float(ours)
        )
        assert same and held == holds(case["expression"], case["answers"]), (case, value, ours)
