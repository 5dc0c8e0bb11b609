from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.questionnaire.schema import Question, load
from survey.reports.bars import diverging
from survey.reports.names import SHORT_NAMES, short_names
from survey.services.figures import CodeCount, Figure
from survey.stats.reliability import judge
from survey.stats.sentences import SATISFACTION

OVERALL = load("short").question("H1")


def figure(*counts):
    """Counts of the answers 5, 4, 3, 2, 1; ten who did not know stay outside."""
    labels = {choice.code: choice.label for choice in OVERALL.choices}
    found = [CodeCount(code, labels[code], n, True) for code, n in zip("54321", counts, strict=True)]
    found.append(CodeCount("8", labels["8"], 10, False))
    return Figure(OVERALL, SATISFACTION, sum(counts), tuple(found), None, None, judge(sum(counts)))


def test_the_middle_answer_stands_astride_the_middle():
    worst, bad, middle, good, best = diverging(figure(40, 30, 20, 5, 5))

    assert (middle.x, middle.width) == (-10, 20) and good.x == 10
    assert (worst.x, bad.x, best.x + best.width) == (-20, -15, 80)


def test_nobody_in_the_base_gives_no_bar():
    assert diverging(figure(0, 0, 0, 0, 0)) == ()


@given(st.lists(st.integers(0, 500), min_size=5, max_size=5).filter(sum))
def test_segments_join_and_cover_the_whole_base(counts):
    segments = diverging(figure(*counts))

    assert sum(part.width for part in segments) == pytest.approx(100)
    for left, right in pairwise(segments):
        assert left.x + left.width == pytest.approx(right.x)


@pytest.mark.parametrize("form", ["short", "full"])
def test_every_item_and_open_question_of_our_forms_has_a_short_name(form):
    named = [
        question.name
        for question in load(form).questions
        if question.role in ("overall", "item", "outcome") or (question.verbatim and question.asked)
    ]

    assert [name for name in named if name not in SHORT_NAMES] == []


def test_a_foreign_form_speaks_for_itself():
    foreign = Question("F1", "select_one", label=OVERALL.label)

    assert str(short_names("别家的问卷", "zh")(foreign)).startswith("总的来说")
