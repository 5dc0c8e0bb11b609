from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.fieldwork.pace import Day, calling_day, finish, whole
from survey.fieldwork.ruleset import CallingRules

THURSDAY = date(2025, 4, 10)
LAST = date(2025, 4, 30)
EVERY_DAY = calling_day(CallingRules())


def days_before(today, *completes, calls=40):
    """The days up to yesterday, the oldest first."""
    n = len(completes)
    return [Day(today - timedelta(days=n - i), calls, done) for i, done in enumerate(completes)]


def test_at_ten_a_day_thirty_are_completed_on_the_third_day():
    found = finish(30, days_before(THURSDAY, 8, 10, 12), 0, THURSDAY, LAST, EVERY_DAY)

    assert (found.state, found.day, found.pace, found.days) == ("on", THURSDAY + timedelta(days=2), 10, 3)


def test_only_the_last_three_days_with_calls_count():
    days = days_before(THURSDAY, 90, 6, 0, 6, 6)
    days[2] = Day(days[2].day, 0, 0)  # a day without calls

    assert finish(30, days, 0, THURSDAY, LAST, EVERY_DAY).pace == 6


def test_today_brings_what_it_still_lacks():
    before = days_before(THURSDAY, 10, 10, 10)

    assert finish(6, before, 4, THURSDAY, LAST, EVERY_DAY).day == THURSDAY
    assert finish(7, before, 4, THURSDAY, LAST, EVERY_DAY).day == THURSDAY + timedelta(days=1)


def test_a_better_today_takes_nothing_from_tomorrow():
    days = days_before(THURSDAY, 10, 10, 10)

    assert finish(10, days, 25, THURSDAY, LAST, EVERY_DAY).day == THURSDAY + timedelta(days=1)


def test_days_without_calling_hours_are_passed_over():
    rules = CallingRules(weekend_windows=(), need_weekend=False)
    monday = THURSDAY + timedelta(days=4)
    closed = calling_day(rules, {monday})

    found = finish(25, days_before(THURSDAY, 10, 10, 10), 0, THURSDAY, LAST, closed)

    assert found.day == THURSDAY + timedelta(days=5)  # Thursday, Friday, then Tuesday


def test_what_the_period_is_too_short_for_says_how_many_are_missing():
    found = finish(
        50, days_before(THURSDAY, 10, 10, 10), 0, THURSDAY, THURSDAY + timedelta(days=2), EVERY_DAY
    )

    assert (found.state, found.day, whole(found.missing)) == ("not-within", None, 20)


def test_three_days_without_a_completed_household_never_reach_the_target():
    found = finish(50, days_before(THURSDAY, 0, 0, 0), 0, THURSDAY, LAST, EVERY_DAY)

    assert (found.state, found.pace) == ("not-within", 0)


@pytest.mark.parametrize("completes", [(), (4,), (2, 2)])
def test_it_is_too_early_with_few_days_and_few_completed_households(completes):
    assert finish(50, days_before(THURSDAY, *completes), 0, THURSDAY, LAST, EVERY_DAY).state == "early"


def test_one_good_day_is_enough():
    assert finish(50, days_before(THURSDAY, 5), 0, THURSDAY, LAST, EVERY_DAY).state == "on"


def test_a_target_that_is_reached_needs_no_forecast():
    assert finish(0, [], 0, THURSDAY, LAST, EVERY_DAY).state == "reached"
    assert finish(-3, [], 0, THURSDAY, LAST, EVERY_DAY).remaining == 0


some_days = st.lists(st.integers(0, 40), min_size=3, max_size=6).map(
    lambda done: days_before(THURSDAY, *done)
)
reached = {"reached": 0, "on": 1, "not-within": 2}


def moment(found):
    return reached[found.state], found.day or date.max, found.missing


@given(some_days, st.integers(1, 400), st.integers(1, 200))
def test_more_households_are_never_done_earlier(days, remaining, more):
    few, many = (finish(n, days, 0, THURSDAY, LAST, EVERY_DAY) for n in (remaining, remaining + more))

    assert moment(few) <= moment(many)


@given(some_days, st.integers(1, 400), st.integers(1, 30))
def test_a_quicker_team_is_never_done_later(days, remaining, quicker):
    faster = [Day(day.day, day.calls, day.completes + quicker) for day in days]

    assert moment(finish(remaining, faster, 0, THURSDAY, LAST, EVERY_DAY)) <= moment(
        finish(remaining, days, 0, THURSDAY, LAST, EVERY_DAY)
    )


@given(st.integers(1, 30), st.integers(1, 300), st.sets(st.integers(0, 20), max_size=12))
def test_a_team_that_keeps_its_pace_is_done_on_the_day_foretold(pace, remaining, off):
    closed = calling_day(CallingRules(), {THURSDAY + timedelta(days=n) for n in off})
    foretold = finish(remaining, days_before(THURSDAY, pace, pace, pace), 0, THURSDAY, LAST, closed)

    day, left = THURSDAY, remaining
    while day <= LAST and left > 0:
        left -= pace if closed(day) else 0
        day += timedelta(days=1)
    if left <= 0:
        assert foretold.day == day - timedelta(days=1)
    else:
        assert foretold.state == "not-within" and whole(foretold.missing) == left


@given(some_days, st.integers(1, 400))
def test_the_day_is_one_on_which_calls_may_be_made(days, remaining):
    weekdays = calling_day(CallingRules(weekend_windows=(), need_weekend=False))
    found = finish(remaining, days, 0, THURSDAY, LAST, weekdays)

    assert found.day is None or (THURSDAY <= found.day <= LAST and found.day.weekday() < 5)
