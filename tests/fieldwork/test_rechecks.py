"""Who is checked again, and what a check amounts to: the rule alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.fieldwork.rechecks import Agreement, Candidate, compare, draw, outcome_of, wanted, with_reason

UNCLEAR = {"H1": ("8", "9"), "D1": ("8",)}


@pytest.mark.parametrize(("counted", "due"), [(0, 0), (1, 1), (10, 1), (11, 2), (100, 10), (101, 11)])
def test_a_tenth_is_wanted_rounded_up(counted, due):
    assert wanted(counted) == due


def test_those_that_counted_since_the_last_draw_come_before_all_others_then_the_ticket_decides():
    waiting = [Candidate(1, "aa", False), Candidate(2, "cc", True), Candidate(3, "bb", True)]

    assert draw(waiting, 1) == [3]
    assert draw(waiting, 3) == [3, 2, 1]
    assert draw(waiting, 0) == []


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_drawn_as_they_come_in_a_tenth_is_always_drawn_and_none_is_put_back(seed, n):
    tickets = random.Random(seed)
    drawn: list[int] = []
    waiting: list[Candidate] = []
    for number in range(1, n + 1):
        waiting.append(Candidate(number, f"{tickets.random():.17f}", True))
        due = wanted(number) - len(drawn)
        taken = draw(waiting, due)
        if taken:
            waiting = [Candidate(one.id, one.ticket, False) for one in waiting if one.id not in taken]
        drawn += taken
        assert len(drawn) == len(set(drawn)) == wanted(number)


def test_reasons_stand_in_one_order_and_once():
    assert with_reason("low", "random") == "random low"
    assert with_reason("random low", "low") == "random low"
    assert with_reason("", "objection") == "objection"


def test_answers_are_the_same_differ_or_cannot_be_compared():
    found = compare({"H1": "5", "D1": "1", "F1": "4"}, {"H1": "4", "D1": "8", "F1": "4", "F3": "5"}, UNCLEAR)

    assert found == {
        "H1": Agreement.DIFFERS,
        "D1": Agreement.UNKNOWN,
        "F1": Agreement.SAME,
        "F3": Agreement.UNKNOWN,
    }


def test_not_knowing_twice_is_the_same_answer():
    assert compare({"D1": "8"}, {"D1": "8"}, UNCLEAR) == {"D1": Agreement.SAME}


@pytest.mark.parametrize(
    ("took_place", "verdicts", "outcome"),
    [
        ("yes", {}, None),
        ("yes", {"H1": "changed"}, "verified"),
        ("other", {"H1": "forgot"}, "verified"),
        ("unsure", {"H1": "wrong"}, "error"),
        ("no", {}, "error"),
    ],
)
def test_an_error_is_an_interview_that_never_was_or_an_answer_recorded_wrongly(took_place, verdicts, outcome):
    assert outcome_of(took_place, {"H1": Agreement.DIFFERS, "D1": Agreement.SAME}, verdicts) == outcome
