"""The chance that a draw misses a whole group."""

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import Invalid
from survey.sampling.inclusion import chance_of_nobody


@st.composite
def small_frames(draw):
    """Up to three strata of up to seven households; how many of each belong to the group, and how many are drawn."""
    sizes = draw(st.dictionaries(st.sampled_from("甲乙丙"), st.integers(1, 7), min_size=1))
    members = {h: draw(st.integers(0, n)) for h, n in sizes.items()}
    sample = {h: draw(st.integers(0, n)) for h, n in sizes.items()}
    return members, sizes, sample


@given(small_frames())
def test_it_is_the_share_of_all_possible_samples_that_hold_nobody_of_the_group(frame):
    members, sizes, sample = frame
    share = 1.0
    for h, size in sizes.items():
        possible = list(combinations(range(size), sample[h]))
        share *= sum(min(drawn, default=size) >= members[h] for drawn in possible) / len(possible)

    assert chance_of_nobody(members, sizes, sample) == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize(
    ("members", "size", "n", "expected"),
    [  # R: dhyper(0, m, N - m, n)
        (8, 1047, 167, 0.24778341860634),
        (13, 1047, 167, 0.10298497597778),
        (1, 100, 17, 0.83),
        (46, 1047, 167, 0.00027829309328786),
    ],
)
def test_it_agrees_with_r(members, size, n, expected):
    found = chance_of_nobody({"*": members}, {"*": size}, {"*": n})

    assert found == pytest.approx(expected, rel=1e-12)


def test_a_group_that_is_a_whole_stratum_with_a_sample_is_never_missed():
    sizes = {"金桂园": 8, "其余": 92}

    assert chance_of_nobody({"金桂园": 8}, sizes, {"金桂园": 1, "其余": 16}) == 0
    assert chance_of_nobody({"金桂园": 8}, sizes, {"金桂园": 0, "其余": 17}) == 1


def test_a_group_in_two_strata_is_missed_when_both_miss_it():
    sizes, sample = {"甲": 50, "乙": 50}, {"甲": 10, "乙": 5}
    apart = [chance_of_nobody({h: 3}, sizes, sample) for h in sizes]

    assert chance_of_nobody({"甲": 3, "乙": 3}, sizes, sample) == pytest.approx(math.prod(apart))


def test_large_groups_of_large_frames_are_no_trouble():
    assert chance_of_nobody({"*": 400_000}, {"*": 1_000_000}, {"*": 150_000}) == 0
    few = chance_of_nobody({"*": 3}, {"*": 1_000_000}, {"*": 150_000})
    assert few == pytest.approx(0.85**3, rel=1e-5)


@pytest.mark.parametrize(
    ("members", "sample"),
    [({"丁": 1}, {}), ({"甲": 6}, {"甲": 1}), ({"甲": 1}, {"甲": 6}), ({"甲": -1}, {"甲": 1})],
)
def test_what_does_not_fit_into_the_stratum_is_refused_by_name(members, sample):
    with pytest.raises(Invalid, match=next(iter(members))) as refused:
        chance_of_nobody(members, {"甲": 5}, sample)
    assert refused.value.code == "group-above-population"
