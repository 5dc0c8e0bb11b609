"""Calling windows, bands, delays, and rules that are stored with a season."""

import json
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldwork.stories import RULES, at
from survey.errors import Conflict, Invalid
from survey.fieldwork.rules import (
    CallingRules,
    Delay,
    Window,
    after,
    check_appointment,
    earliest_call,
    in_window,
    next_window_start,
    time_band,
)

# 2026-11-23 is a Monday, 11-28 a Saturday.
BANDS = [
    ("11-23", "09:30", "weekday-morning"),
    ("11-23", "15:00", "weekday-afternoon"),
    ("11-23", "17:59", "weekday-afternoon"),
    ("11-23", "18:30", "weekday-evening"),
    ("11-28", "10:00", "weekend-morning"),
    ("11-28", "15:00", "weekend-afternoon"),
    ("11-29", "18:00", "weekend-evening"),
]


@pytest.mark.parametrize(("day", "clock", "band"), BANDS)
def test_the_band_of_a_dial_is_read_off_the_shanghai_clock(day, clock, band):
    assert time_band(at(day, clock), RULES) == band


OPEN_AND_SHUT = [
    ("11-23", "09:29", False),
    ("11-23", "09:30", True),
    ("11-23", "11:30", False),
    ("11-23", "13:00", False),
    ("11-23", "15:00", True),
    ("11-23", "18:00", False),
    ("11-23", "20:29", True),
    ("11-23", "20:30", False),
    ("11-28", "09:45", False),
    ("11-28", "18:00", True),
    ("11-28", "20:00", False),
]


@pytest.mark.parametrize(("day", "clock", "open_"), OPEN_AND_SHUT)
def test_calls_are_made_in_the_windows_and_never_in_the_noon_rest(day, clock, open_):
    assert in_window(at(day, clock), RULES) is open_


def test_no_calls_on_a_holiday_and_the_next_window_is_the_day_after():
    holidays = frozenset({date(2026, 11, 24)})
    assert not in_window(at("11-24", "10:00"), RULES, holidays)
    assert next_window_start(at("11-23", "20:30"), RULES, holidays) == at("11-25", "09:30")


def test_next_window_after_friday_evening_is_saturday_at_ten():
    assert next_window_start(at("11-27", "19:00"), RULES) == at("11-28", "10:00")


DELAYS = [
    ("busy", "D36", ("11-23", "10:00"), ("11-23", "10:30")),
    ("busy at the end of the morning", "D36", ("11-23", "11:15"), ("11-23", "15:00")),
    ("no answer", "D37", ("11-23", "15:00"), ("11-23", "18:30")),
    ("no answer in the evening", "D37", ("11-23", "19:00"), ("11-24", "09:30")),
    ("switched off", "D34", ("11-23", "10:00"), ("11-23", "15:00")),
    ("switched off on a weekend afternoon", "D34", ("11-28", "15:30"), ("11-28", "18:00")),
    ("suspended", "D33", ("11-23", "16:00"), ("11-26", "09:30")),
    ("soft refusal", "D11", ("11-25", "16:00"), ("11-28", "10:00")),
    ("dead number", "D32", ("11-23", "19:00"), ("11-24", "09:30")),
]


@pytest.mark.parametrize(("story", "code", "called", "due"), DELAYS, ids=[row[0] for row in DELAYS])
def test_the_wait_depends_on_the_outcome(story, code, called, due):
    assert after(at(*called), code, RULES) == at(*due)


@given(
    st.integers(0, 365 * 24 * 60),
    st.sampled_from(sorted(RULES.delays)),
    st.frozensets(st.dates(date(2026, 1, 1), date(2027, 1, 10)), max_size=20),
)
def test_every_wait_ends_inside_a_calling_window_and_never_before_the_call(minute, code, holidays):
    called = at("01-01", "00:00") + timedelta(minutes=minute)
    due = after(called, code, RULES, holidays)
    assert in_window(due, RULES, holidays)
    assert due >= called


def test_the_earliest_call_inside_a_window_is_at_once():
    assert earliest_call(at("11-23", "10:07"), RULES) == at("11-23", "10:07")


def test_rules_survive_the_trip_through_json():
    rules = CallingRules(min_attempts=6, delays={**RULES.delays, "D36": Delay(minutes=15)})
    stored = json.loads(json.dumps(rules.to_dict()))
    assert CallingRules.from_dict(stored) == rules
    assert CallingRules.from_dict({}) == CallingRules()


def test_stored_delays_replace_only_the_codes_they_name():
    rules = CallingRules.from_dict({"delays": {"D36": {"minutes": 15}}})
    assert rules.delays["D36"] == Delay(minutes=15)
    assert rules.delays["D37"] == RULES.delays["D37"]


REFUSED = [
    ({"min_attempt": 5}, "unknown-calling-rule"),
    ({"min_attempts": 0}, "calling-rule-value"),
    ({"min_attempts": "5"}, "calling-rule-value"),
    ({"min_attempts": 12}, "calling-rule-value"),
    ({"need_evening": 1}, "calling-rule-value"),
    ({"evening_from": "late"}, "calling-rule-value"),
    ({"weekday_windows": ["9-10-11"]}, "calling-rule-value"),
    ({"weekday_windows": ["11:00-09:00"]}, "calling-windows"),
    ({"weekday_windows": ["09:00-11:00", "10:00-12:00"]}, "calling-windows"),
    ({"weekend_windows": []}, "calling-windows"),
    ({"weekday_windows": ["09:00-11:00"], "weekend_windows": ["10:00-11:00"]}, "calling-windows"),
    ({"delays": {"D36": {"hours": 1}}}, "calling-rule-value"),
    ({"delays": {"D36": {"minutes": -1}}}, "calling-rule-value"),
    ({"delays": {"D99": {"minutes": 1}}}, "unknown-disposition"),
]


@pytest.mark.parametrize(("stored", "code"), REFUSED)
def test_rules_under_which_no_case_could_end_are_refused(stored, code):
    with pytest.raises(Invalid) as error:
        CallingRules.from_dict(stored)
    assert error.value.code == code


def test_a_year_of_holidays_is_an_error_and_no_endless_search():
    holidays = frozenset(date(2026, 11, 1) + timedelta(days=n) for n in range(500))
    with pytest.raises(Conflict, match="节假日"):
        next_window_start(at("11-23", "10:00"), RULES, holidays)


def test_an_appointment_in_the_past_or_in_the_noon_rest_is_refused_with_the_next_window():
    now = at("11-23", "10:00")
    check_appointment(at("11-23", "15:30"), RULES, frozenset(), now)
    with pytest.raises(Invalid, match="已过"):
        check_appointment(at("11-23", "09:45"), RULES, frozenset(), now)
    with pytest.raises(Invalid, match="11-23 15:00"):
        check_appointment(at("11-23", "12:30"), RULES, frozenset(), now)


def test_windows_can_be_moved():
    rules = CallingRules(weekday_windows=(Window(time(8), time(12)), Window(time(19), time(21))))
    assert in_window(at("11-23", "08:00"), rules)
    assert not in_window(at("11-23", "15:00"), rules)
