"""Two rounds by permanent random numbers: windows, overlaps, and the same chance for newcomers and survivors."""

from collections import Counter
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from survey.errors import SurveyError
from survey.sampling.coordination import (
    STARTS,
    Window,
    capacity,
    check_start,
    independent_overlap,
    months_before,
    next_start,
    window_overlap,
)
from survey.sampling.frame import FrameUnit
from survey.sampling.prn import draw_prn

shares = st.floats(0, 1)
windows = st.builds(Window, st.sampled_from(STARTS), shares)


def frame(*numbers):
    return [FrameUnit(f"H-{number:05d}", "北" if number % 3 else "南") for number in numbers]


def drawn(units, seed, n, start, reserve=0):
    return {unit.id for unit in draw_prn(units, seed, {"*": n}, start, reserve).units}


def test_the_starts_halve_the_widest_gap_each_time():
    assert STARTS[:4] == ("0", "8", "4", "c") and sorted(STARTS) == list("0123456789abcdef")
    assert [next_start(STARTS[:n]) for n in (0, 1, 15, 16)] == ["0", "8", "f", "0"]


def test_a_place_that_was_given_up_is_taken_before_a_new_one():
    assert next_start(["0", "4"]) == "8" and next_start([*STARTS, "0", "4"]) == "8"


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        (("0", 0.5), ("8", 0.5), 0),
        (("0", 0.625), ("8", 0.25), 0.125),
        (("8", 0.75), ("0", 0.125), 0.125),  # round the end of the circle
        (("8", 0.75), ("0", 0.625), 0.375),  # at both ends
        (("4", 0.25), ("40", 0.125), 0.125),
        (("0", 1), ("8", 1), 1),
        (("0", 0), ("0", 1), 0),
    ],
)
def test_windows_share_what_both_take_of_the_circle(first, second, overlap):
    assert window_overlap(Window(*first), Window(*second)) == overlap


@given(windows, windows)
def test_the_shared_part_is_the_same_either_way_and_no_more_than_either(first, second):
    shared = window_overlap(first, second)

    assert shared == pytest.approx(window_overlap(second, first), abs=1e-12)
    assert max(0, first.share + second.share - 1) - 1e-12 <= shared <= min(first.share, second.share) + 1e-12


@given(shares)
def test_so_many_successive_rounds_as_the_capacity_says_are_all_apart(share):
    rounds = [Window(start, share) for start in STARTS[: capacity(share)]]

    assert all(window_overlap(*pair) == 0 for pair in combinations(rounds, 2))


@pytest.mark.parametrize(("share", "rounds"), [(0.05, 16), (0.25, 4), (0.26, 2), (0.5, 2), (0.51, 1), (1, 1)])
def test_capacity_halves_where_the_share_doubles(share, rounds):
    assert capacity(share) == rounds


def test_two_independent_draws_meet_in_n1_n2_over_N_households():
    assert independent_overlap(100, 167, 400) == 41.75
    assert independent_overlap(0, 0, 0) == 0


@pytest.mark.parametrize("seed", ["2025", "04 11 19", "骰子 4613"])
def test_windows_apart_share_no_household_reserves_included(seed):
    units = frame(*range(1200))
    first, second = (drawn(units, seed, 200, start, reserve=100) for start in ("0", "8"))

    assert len(first) == len(second) == 300 and not first & second


def test_the_same_frame_and_start_give_the_same_sample_whatever_the_frame_is_called():
    units = frame(*range(500))

    assert drawn(units, "7", 60, "8") == drawn(units[::-1], "7", 60, "8")


def test_overlapping_windows_share_as_many_households_as_expected():
    units = frame(*range(1000))
    expected = 1000 * window_overlap(Window("0", 0.6), Window("8", 0.6))
    found = [len(drawn(units, str(seed), 600, "0") & drawn(units, str(seed), 600, "8")) for seed in range(30)]

    assert expected == pytest.approx(200)
    assert sum(found) / 30 == pytest.approx(expected, abs=2)  # any 600 of 1000 meet in 200 at least


SEEDS = 3000
N, DEATHS, BIRTHS, SIZE = 100, 20, 30, 20


def test_newcomers_have_the_same_chance_as_survivors_and_nobody_is_asked_twice():
    """Births and deaths between two rounds; two-sided exact tests at 0.001 each of the inclusion in round two."""
    before, now = frame(*range(N)), frame(*range(DEATHS, N + BIRTHS))
    old = {unit.id for unit in before}
    times = Counter({"survivor": 0, "newcomer": 0, "twice": 0})
    for seed in range(SEEDS):
        first, second = drawn(before, str(seed), SIZE, "0"), drawn(now, str(seed), SIZE, "8")
        times["survivor"] += len(second & old)
        times["newcomer"] += len(second - old)
        times["twice"] += len(first & second)
    chance = SIZE / len(now)

    assert times["twice"] <= 2  # windows of a fifth, half a circle apart: only a freak of the seed
    # draws without replacement vary less than binomial ones, so the test errs on the side of agreeing by little
    survivors, newcomers = (N - DEATHS) * SEEDS, BIRTHS * SEEDS
    assert binomtest(times["survivor"], survivors, chance).pvalue > 0.001
    assert binomtest(times["newcomer"], newcomers, chance).pvalue > 0.001


def test_leaving_out_those_drawn_before_would_favour_newcomers():
    """What the guard must not do; the same test sees the bias that the permanent numbers do not have."""
    before, now = frame(*range(N)), frame(*range(DEATHS, N + BIRTHS))
    old = {unit.id for unit in before}
    newcomers = 0
    for seed in range(SEEDS):
        first = drawn(before, f"a{seed}", SIZE, "0")
        rest = [unit for unit in now if unit.id not in first]
        newcomers += len(drawn(rest, f"b{seed}", SIZE, "0") - old)

    assert binomtest(newcomers, BIRTHS * SEEDS, SIZE / len(now)).pvalue < 1e-6


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: window_overlap(Window("0", 1.1), Window("8", 0.1)), "window-share"),
        (lambda: capacity(-0.1), "window-share"),
        (lambda: independent_overlap(5, 4, 4), "overlap-counts"),
        (lambda: independent_overlap(-1, 4, 4), "overlap-counts"),
        (lambda: check_start("8", shares_seed=False), "start-not-fixed"),
        (lambda: check_start("07", shares_seed=True), "start-not-fixed"),
    ],
)
def test_what_cannot_be_is_named(call, code):
    with pytest.raises(SurveyError) as found:
        call()
    assert found.value.code == code


def test_the_first_round_starts_at_0_and_later_ones_anywhere_fixed():
    check_start("0", shares_seed=False)
    for start in STARTS:
        check_start(start, shares_seed=True)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2025, 4, 1), 12, date(2024, 4, 1)),
        (date(2025, 3, 31), 1, date(2025, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 15), 1, date(2024, 12, 15)),
        (date(2025, 4, 1), 0, date(2025, 4, 1)),
    ],
)
def test_months_are_counted_back_by_the_calendar(day, months, before):
    assert months_before(day, months) == before
