"""Tallies: bases, distributions, weights."""

from __future__ import annotations

import pytest

from stats.golden import close
from survey.stats.cells import (
    Cell,
    Stratum,
    base,
    count_per_code,
    distribution,
    in_domain,
    weight_per_stratum,
)

SCALE = (5, 4, 3, 2, 1)
SAMPLE = [Cell("甲", 5, 30, domain="女"), Cell("甲", 1, 10, domain="男"), Cell("乙", 5, 10), Cell("乙", 8, 5)]


def test_the_base_counts_only_substantive_answers():
    assert base(SAMPLE, SCALE) == 50
    assert base(in_domain(SAMPLE, "女"), SCALE) == 30
    assert base([], SCALE) == 0


def test_every_code_given_is_counted():
    assert count_per_code(SAMPLE) == {5: 40, 1: 10, 8: 5}


def test_a_distribution_shows_codes_nobody_gave_and_those_outside_the_base():
    found = distribution(SAMPLE, SCALE)
    assert found.counts == {5: 40, 4: 0, 3: 0, 2: 0, 1: 10}
    assert found.shares == {5: 0.8, 4: 0, 3: 0, 2: 0, 1: 0.2}
    assert (found.excluded, found.n, found.method) == ({8: 5}, 50, "unweighted")


def test_a_weighted_distribution_counts_strata_by_their_size():
    found = distribution(SAMPLE, SCALE, {"甲": Stratum(400), "乙": Stratum(600)})
    assert found.shares[5] == close((10 * 30 + 40 * 10) / (10 * 40 + 40 * 10))
    assert (found.N, found.method) == (1000, "weighted")


def test_a_distribution_of_nobody_has_no_shares():
    assert set(distribution([Cell("甲", 9)], SCALE).shares.values()) == {None}


def test_weights_carry_those_interviewed_without_an_answer_to_the_item():
    frame = {"甲": Stratum(400, respondents=50), "乙": Stratum(600), "丙": Stratum(10)}
    assert weight_per_stratum(SAMPLE, frame) == {"甲": 8, "乙": 40}


@pytest.mark.parametrize(
    ("stratum", "eligible"),
    [
        (Stratum(60), 60),
        (Stratum(60, released=60, ineligible=2), 58),
        (Stratum(1000, released=200, ineligible=10), 950),
    ],
)
def test_households_found_ineligible_shrink_the_population(stratum, eligible):
    assert stratum.eligible == close(eligible)
