"""法定节假日: the breaks that the State Council announced come out as it announced them."""

from datetime import date

import pytest

from survey.fieldwork.statutory import breaks_between


def shown(first, last):
    return [
        (str(one.first)[5:], str(one.last)[5:], one.name)
        for one in breaks_between(date.fromisoformat(first), date.fromisoformat(last))
    ]


def test_the_breaks_of_2025_are_those_announced():
    """国办发明电〔2024〕12 号."""
    assert shown("2025-01-01", "2025-12-31") == [
        ("01-01", "01-01", "元旦"),
        ("01-28", "02-04", "春节"),
        ("04-04", "04-06", "清明节"),
        ("05-01", "05-05", "劳动节"),
        ("05-31", "06-02", "端午节"),
        ("10-01", "10-08", "国庆节、中秋节"),
    ]


def test_weekends_that_are_worked_in_exchange_belong_to_no_break():
    """On 4 January and 14 February 2026 people work."""
    assert shown("2026-01-01", "2026-02-28") == [("01-01", "01-03", "元旦"), ("02-15", "02-23", "春节")]


def test_a_year_not_announced_yet_has_what_follows_from_the_calendar():
    names = [name for *_, name in shown("2028-01-01", "2028-12-31")]

    assert names == ["元旦", "春节", "清明节", "劳动节", "端午节", "国庆节、中秋节"]
    assert ("01-25", "01-30", "春节") in shown("2028-01-01", "2028-12-31")


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("2025-02-04", "2025-02-20", ["春节"]),
        ("2025-01-20", "2025-01-28", ["春节"]),
        ("2025-02-05", "2025-04-03", []),
        ("2025-12-20", "2026-01-05", ["元旦"]),
    ],
)
def test_breaks_that_lie_partly_in_the_time_count(first, last, names):
    assert [name for *_, name in shown(first, last)] == names
