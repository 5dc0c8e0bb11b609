"""From one round to the next: the interval is that of the rounds, and p never contradicts it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.golden import close
from survey.stats.cells import Cell, Stratum
from survey.stats.comparison import newcombe
from survey.stats.estimate import proportion
from survey.stats.rounds import Common, EarlierFrame, Tally, rounds_difference
from survey.stats.trend import change, p_by_inversion

CODES = (frozenset({4, 5}), frozenset({1, 2, 3, 4, 5}))


def simple(satisfied: int, n: int, population: int, released: int | None = None):
    cells = [Cell("*", 5, satisfied), Cell("*", 2, n - satisfied)]
    return proportion(cells, {"*": Stratum(population, released)}, *CODES)


def stratified(satisfied: int, n: int):
    """Half of the interviews in each of two strata, one three times the size of the other."""
    half = n // 2
    cells = [Cell("大", 5, half), Cell("小", 5, satisfied - half), Cell("小", 2, n - satisfied)]
    return proportion(cells, {"大": Stratum(900), "小": Stratum(300)}, *CODES)


def test_two_simple_samples_have_the_interval_of_the_rounds():
    common = Common(20, 2, 1, 1)
    found = change(simple(88, 100, 1036), simple(80, 90, 1010), common, 950)
    frame = EarlierFrame(1036, shared=950)
    rounds = rounds_difference(Tally(100, 88), Tally(90, 80), 1010, common, earlier=frame)
    assert (found.value, (found.low, found.high)) == (rounds.value, rounds.newcombe)
    assert (found.method, found.common) == ("overlapping", 24)


def test_without_knowing_who_was_in_both_they_are_independent():
    found = change(simple(88, 100, 1036), simple(80, 90, 1036))
    rounds = rounds_difference(Tally(100, 88), Tally(90, 80), 1036)
    assert ((found.low, found.high), found.method, found.common) == (rounds.newcombe, "independent", None)


def test_weighted_rounds_are_compared_by_their_own_intervals():
    first, second = stratified(50, 60), simple(88, 100, 1036)
    found = change(first, second)
    ends = newcombe(second.value, (second.low, second.high), first.value, (first.low, first.high))
    assert (found.low, found.high) == (close(ends[0]), close(ends[1]))
    assert (found.method, found.common) == ("weighted", None)


def test_two_rounds_that_asked_everybody_differ_as_a_fact_though_the_rosters_changed():
    found = change(simple(50, 60, 60, 60), simple(45, 50, 50, 50))
    assert (found.value, found.p_value, found.method) == (45 / 50 - 50 / 60, None, "census")
    assert found.low == found.high == found.value


def test_a_census_beside_a_sample_has_the_error_of_the_sample_alone():
    found = change(simple(54, 60, 60, 60), simple(80, 100, 1000), Common(), 0)
    second = simple(80, 100, 1000)
    assert (found.low, found.high) == (close(second.low - 0.9), close(second.high - 0.9))


def test_nonresponse_where_everybody_was_released_is_not_tested():
    found = change(simple(50, 60, 80, 80), simple(45, 50, 500))
    assert (found.low, found.p_value, found.method) == (None, None, "nonresponse")
    assert found.value == 45 / 50 - 50 / 60


def test_a_round_without_answers_has_no_difference():
    assert change(simple(0, 0, 100), simple(45, 50, 500)) is None


@settings(max_examples=15)
@given(st.integers(0, 40), st.integers(0, 60))
def test_p_is_at_most_five_percent_exactly_when_the_interval_leaves_out_zero(one, other):
    found = change(simple(one, 40, 400), simple(other, 60, 380))
    leaves_out = found.low > 0 or found.high < 0
    assert leaves_out <= (found.p_value <= 0.05 + 1e-6)
    assert (found.p_value < 0.05 - 1e-6) <= leaves_out


def test_p_by_inversion_finds_the_level_at_which_zero_is_left_out():
    width = lambda level: (0.1 - level / 5, 0.1 + level / 5)  # noqa: E731
    assert p_by_inversion(width) == pytest.approx(0.5, rel=1e-5)
    assert p_by_inversion(lambda level: (-1.0, 1.0)) == 1
    assert p_by_inversion(lambda level: (0.2, 1.0)) == 1e-9


def test_households_found_ineligible_since_do_not_make_the_frames_contradict():
    found = change(simple(50, 59, 60), simple(40, 56, 57), Common(38, 9, 2, 7), in_both_frames=60)
    assert (found.common, found.method) == (56, "overlapping")
