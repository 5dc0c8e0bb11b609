"""Until when data are kept: days counted in Shanghai from the day on which the round was closed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import Invalid
from survey.fieldwork.retention import DEFAULTS, KINDS, check, days_of, due_on, is_due


def utc(day, hour, minute=0):
    return datetime(2025, 4, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("closed_at", "due"),
    [
        (utc(10, 15, 59), date(2025, 5, 10)),  # 23:59 in Shanghai
        (utc(10, 16, 0), date(2025, 5, 11)),  # midnight
        (utc(10, 4, 0), date(2025, 5, 10)),
    ],
)
def test_the_day_of_the_closing_is_that_of_shanghai(closed_at, due):
    assert due_on(closed_at, 30) == due


def test_it_is_due_from_the_first_minute_of_the_day_in_shanghai():
    due = due_on(utc(1, 4), 9)

    assert due == date(2025, 4, 10)
    assert not is_due(due, utc(9, 15, 59)) and is_due(due, utc(9, 16, 0))


@given(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)), st.integers(1, 3650))
def test_nothing_is_due_before_so_many_whole_days_less_one_nor_later_than_so_many(closed, days):
    closed_at = closed.replace(tzinfo=UTC)
    due = due_on(closed_at, days)

    assert not is_due(due, closed_at + timedelta(days=days - 1) - timedelta(seconds=1))
    assert is_due(due, closed_at + timedelta(days=days))


def test_what_a_season_does_not_name_keeps_its_usual_days():
    assert days_of({"contacts": 60}) == {**DEFAULTS, "contacts": 60}
    assert DEFAULTS == {
        "contacts": 30, "reports": 30, "notes": 180, "verbatims": 180, "followup": 180, "tokens": 180,
        "identities": 365, "attachments": 365, "incidents": 1095,
    }  # fmt: skip
    assert len({kind.name for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ({"notes": 0}, "retention-days"),
        ({"notes": 3651}, "retention-days"),
        ({"contacts": 366}, "contacts-outlive-identity"),
    ],
)
def test_days_that_cannot_be_kept_are_refused(days, code):
    with pytest.raises(Invalid) as found:
        check({**DEFAULTS, **days})

    assert found.value.code == code


def test_the_usual_days_are_fine():
    check(DEFAULTS)
