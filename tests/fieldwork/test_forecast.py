"""Outcomes that add up, and a forecast that few early calls do not swing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import Invalid
from survey.fieldwork.dispositions import DISPOSITIONS
from survey.fieldwork.forecast import first_batch, forecast, outcomes

FINAL_CODES = [row.code for row in DISPOSITIONS.values() if row.outcome is not None]


@given(st.lists(st.one_of(st.none(), st.just("D61"), st.sampled_from(FINAL_CODES))))
def test_outcome_classes_add_up_to_the_released_cases(codes):
    counts = outcomes(codes)
    assert sum(counts.values()) == len(codes)
    assert counts["pending"] == codes.count(None)
    assert counts["void"] == codes.count("D61")


def test_each_class_is_counted_apart():
    counts = outcomes(["D01", "D02", "D03", "D12", "D23", "D39", "D32", "D41", None])
    assert {name: n for name, n in counts.items() if n} == {
        "I": 2,
        "P": 1,
        "R": 1,
        "NC": 1,
        "UO": 2,
        "NE": 1,
        "pending": 1,
    }


@pytest.mark.parametrize("code", ["D21", "D51", "D43"])
def test_an_appointment_or_an_unreleased_case_is_no_final_outcome(code):
    with pytest.raises(Invalid, match=code):
        outcomes([code])


def test_before_the_first_call_the_forecast_is_the_assumption():
    found = forecast(200, 0, 0, 100, assumed_rate=0.5)
    assert found.observed_rate is None
    assert found.expected_completes == pytest.approx(100)
    assert (found.shortfall, found.release_more) == (0, 0)


def test_the_forecast_is_worked_by_hand():
    # rate (40 + 20·0.45) / (100 + 20) = 49/120; 40 + 100·49/120 = 80.83; missing 19.17 / rate = 46.94
    found = forecast(200, 100, 40, 100)
    assert found.rate == pytest.approx(49 / 120)
    assert found.expected_completes == pytest.approx(40 + 100 * 49 / 120)
    assert found.release_more == 47
    assert found.enough_left


def test_never_more_than_are_left_is_proposed_and_the_lack_is_said():
    found = forecast(200, 200, 60, 100, left=30)
    assert found.release_more == 30
    assert not found.enough_left


def test_three_lucky_first_calls_do_not_promise_everything():
    assert forecast(200, 3, 3, 100).rate < 0.55


def test_the_first_batch_is_the_target_over_the_rate():
    assert first_batch(100, 0.5) == 200
    assert first_batch(100, 0.45) == 223


@pytest.mark.parametrize(("released", "final", "complete"), [(5, 6, 1), (5, 3, 4), (5, 3, -1)])
def test_counts_that_contradict_each_other_are_refused(released, final, complete):
    with pytest.raises(Invalid, match="矛盾"):
        forecast(released, final, complete, 100)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(1, 200))
def test_releasing_what_is_proposed_reaches_the_target(a, b, c, target):
    complete, final, released = sorted((a, b, c))
    found = forecast(released, final, complete, target)
    again = forecast(released + found.release_more, final, complete, target)
    assert again.expected_completes >= target - 1e-6
