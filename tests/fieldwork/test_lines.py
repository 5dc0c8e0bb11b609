import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from survey.fieldwork.dispositions import wrap_up_choices
from survey.fieldwork.lines import SIGNIFICANT, Dials, connects, p_by_chance, warning, watch

NO_OTHERS = Dials(0, 0)
ENOUGH_OTHERS = Dials(100, 34)


def line(answered, of, then=()):
    """Dials newest first: `answered` of the newest `of`, then those before."""
    return [True] * answered + [False] * (of - answered) + list(then)


def steady(share, n=200):
    return [number % 100 < 100 * share for number in range(n)]


def test_a_line_whose_calls_are_no_longer_answered_is_named_with_its_numbers():
    found = watch(line(3, 40, steady(0.35)), ENOUGH_OTHERS)

    assert str(warning(found)) == (
        "最近 40 次拨打接通 3 次（8%），此前 35%，可能被标记为骚扰电话，请换线路或申诉。"
    )


def test_a_line_that_goes_on_as_before_is_not():
    assert watch(line(14, 40, steady(0.35)), ENOUGH_OTHERS) is None


def test_a_rate_that_did_not_halve_is_no_collapse_however_significant():
    assert p_by_chance(Dials(40, 22), Dials(200, 180)) < SIGNIFICANT
    assert watch(line(22, 40, steady(0.9)), ENOUGH_OTHERS) is None


def test_fewer_than_twenty_dials_say_nothing():
    assert watch(line(0, 19), Dials(200, 100)) is None
    assert watch(line(0, 20), Dials(200, 100)) is not None


def test_a_new_line_is_held_against_the_others():
    found = watch(line(2, 40), Dials(100, 35))

    assert not found.own
    assert "同期其他线路 35%" in str(warning(found))


def test_where_all_lines_fell_together_the_hour_is_named_as_a_possible_cause():
    found = watch(line(3, 40, steady(0.35)), Dials(60, 5))

    assert found.everywhere and "可能是时段的缘故" in str(warning(found))


def test_a_line_that_never_connected_has_nothing_to_fall_from():
    assert watch(line(0, 40, steady(0)), NO_OTHERS) is None


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("D01", "D21", "D11", "D12", "D15", "D25", "D27", "D31", "D41"), True),
        (("D24", "D34", "D35", "D36", "D37"), False),
        (("D32", "D33", "D38"), None),
    ],
)
def test_what_counts_as_answered(codes, expected):
    assert [connects(code) for code in codes] == [expected] * len(codes)


def test_every_outcome_of_a_dial_is_answered_unanswered_or_dead():
    assert {connects(row.code) for row in wrap_up_choices()} == {True, False, None}


@given(st.integers(20, 40), st.integers(20, 200), st.data())
def test_the_test_is_fishers(n, m, data):
    a, c = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))

    expected = hypergeom.cdf(a, n + m, a + c, n)

    assert p_by_chance(Dials(n, a), Dials(m, c)) == pytest.approx(expected, rel=1e-9)


def alarms(rate_before, rate_now, lines, seed):
    chance = random.Random(seed)
    dials = (
        [chance.random() < rate_now for _ in range(40)] + [chance.random() < rate_before for _ in range(200)]
        for _ in range(lines)
    )
    return sum(watch(one, ENOUGH_OTHERS) is not None for one in dials) / lines


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.35, 0.5])
def test_a_line_that_stays_the_same_alarms_in_fewer_than_one_look_in_a_hundred(rate):
    assert alarms(rate, rate, 2000, seed=7) < 0.01


def test_a_marked_line_is_nearly_always_found():
    assert alarms(0.35, 0.05, 500, seed=7) > 0.95
