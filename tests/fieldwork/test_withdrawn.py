"""A respondent who has the answers deleted counts as one who refused, whatever the calls were."""

import pytest

from fieldwork.stories import LONG_AFTER, RULES, facts, state
from survey.fieldwork.case import case_state
from survey.fieldwork.dispositions import disposition
from survey.fieldwork.endings import code_so_far

STORIES = {
    "after a whole interview": ("11-23 10:00 D01",),
    "after a partial one": ("11-23 10:00 D03",),
    "with an appointment ahead": ("11-23 10:00 D21 app=11-25T10:00",),
    "after a hard refusal": ("11-23 10:00 D01", "11-24 10:00 D12 mode=inbound"),
    "while a call goes on": ("11-23 10:00 D01", "12-31 09:59 open"),
    "found out of scope": ("11-23 10:00 D41",),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_case_is_final_as_a_refusal(story):
    found = state(*story, interview="withdrawn")

    assert (found.state, found.disposition, found.outcome) == ("final", "D16", "R")
    assert found.due_at is None and found.appointment_by is None
    assert code_so_far(facts(*story, interview="withdrawn"), ()) == "D16"


def test_a_void_interview_does_not_hide_it():
    void = facts("11-23 10:00 D01", interview="withdrawn", closed_as="D61")

    assert case_state(void, RULES, frozenset(), LONG_AFTER).disposition == "D16"


def test_a_wish_not_to_be_called_is_kept_besides():
    assert state("11-23 10:00 D01", "11-24 10:00 D12 mode=inbound", interview="withdrawn").do_not_call


def test_it_is_a_refusal_by_a_known_respondent_and_no_outcome_to_pick():
    row = disposition("D16")

    assert (row.aapor, row.outcome, row.kind, row.key) == ("2.112", "R", "case", None)
