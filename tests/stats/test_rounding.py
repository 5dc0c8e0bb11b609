import math

import pytest

from survey.stats.rounding import fixed, percent


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.96, "96.0"), (0.8125, "81.3"), (13 / 16 - 1e-6, "81.2"), (0, "0.0"), (1, "100.0"), (0.285, "28.5")],
)
def test_a_share_is_rounded_as_a_spreadsheet_rounds_it(share, shown):
    assert percent(share) == shown


def test_a_sum_that_misses_a_half_by_the_last_bit_is_the_half():
    assert fixed(math.nextafter(86.25, 0)) == fixed(86.25) == "86.3"


def test_large_and_small_numbers_are_written_out():
    assert fixed(1e15, 0) == "1000000000000000" and fixed(1e-9, 2) == "0.00" and percent(0.5, 0) == "50"
