"""Two rounds with common households: equal to the reference, and through the engine to R."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected, rows
from stats.samples import column, labels, refused
from survey.errors import Invalid
from survey.stats.comparison import difference, mean_scores, newcombe
from survey.stats.design import design_of_columns
from survey.stats.hypergeometric import hypergeometric
from survey.stats.intervals import t_quantile, wilson
from survey.stats.linearization import covariance
from survey.stats.ratio import ratio_means
from survey.stats.rounds import Common, EarlierFrame, Tally, pooled_z, rounds_difference

REFERENCE = expected("A_f_differences.json")["rounds"]
FILE = REFERENCE["file"]
INDEPENDENT = REFERENCE["independent_fpc"]
OVERLAP = REFERENCE["overlap_fpc"]
ENGINE = REFERENCE["survey_with_replacement_clustered_on_id"]
NEWCOMBE = REFERENCE["newcombe10_unweighted_ignoring_overlap"]


def tallies():
    answers = {
        name: {r["id"]: int(r["y"]) for r in rows(FILE) if r["round"] == name} for name in ("R1", "R2")
    }
    first, second = (Tally(len(given), sum(given.values())) for given in answers.values())
    pairs = Counter((y, answers["R2"][unit]) for unit, y in answers["R1"].items() if unit in answers["R2"])
    return first, second, Common(pairs[1, 1], pairs[1, 0], pairs[0, 1], pairs[0, 0])


FIRST, SECOND, COMMON = tallies()
FOUND = rounds_difference(FIRST, SECOND, REFERENCE["N"], COMMON)
APART = rounds_difference(FIRST, SECOND, REFERENCE["N"])


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("N", FOUND.N),
        ("n1", FOUND.first.n),
        ("n2", FOUND.second.n),
        ("overlap", FOUND.common),
        ("p1", FOUND.first.share),
        ("p2", FOUND.second.share),
        ("diff", FOUND.value),
    ],
)
def test_counts_and_shares_equal_the_reference(name, found):
    assert found == close(REFERENCE[name])


@pytest.mark.parametrize("rounds", [FOUND, APART], ids=["with overlap", "without"])
def test_as_independent_samples_they_equal_the_reference(rounds):
    assert rounds.independent.se == close(INDEPENDENT["se"])
    assert list(rounds.independent.z) == close(INDEPENDENT["ci_z"])
    assert list(rounds.independent.t) == close(INDEPENDENT["ci_t"])
    assert rounds.independent.df == 228


def test_with_their_covariance_they_equal_the_reference():
    assert FOUND.s12 == close(OVERLAP["S12"])
    assert FOUND.covariance == close(OVERLAP["cov"])
    assert FOUND.overlapping.se == close(OVERLAP["se"])
    assert FOUND.method == "overlapping"
    assert FOUND.overlapping.df == 120 + 110 - 40 - 1
    half = t_quantile(0.95, 189) * OVERLAP["se"]
    assert list(FOUND.overlapping.t) == close([REFERENCE["diff"] - half, REFERENCE["diff"] + half])


def test_newcombe_on_wilson_limits_equals_the_reference():
    one, other = wilson(SECOND.satisfied, SECOND.n), wilson(FIRST.satisfied, FIRST.n)
    limits = newcombe(SECOND.share, (one.low, one.high), FIRST.share, (other.low, other.high))
    assert list(limits) == close(NEWCOMBE["ci"])


def test_the_pooled_z_equals_the_reference():
    assert pooled_z(FIRST, SECOND) == close(NEWCOMBE["wald_pooled_z"])
    assert pooled_z(Tally(10, 10), Tally(20, 20)) is None
    assert pooled_z(Tally(0, 0), Tally(20, 10)) is None


def test_newcombe_here_uses_exact_limits_and_the_correlation():
    one = hypergeometric(SECOND.satisfied, SECOND.n, 1500)
    other = hypergeometric(FIRST.satisfied, FIRST.n, 1500)
    limits = SECOND.share, (one.low, one.high), FIRST.share, (other.low, other.high)
    assert APART.interval == newcombe(*limits)
    spread = [
        (1 - n / 1500) * p * (1 - p) / (n - 1) for n, p in ((120, REFERENCE["p1"]), (110, REFERENCE["p2"]))
    ]
    product = OVERLAP["S12"] * 40 * 39
    correlation = OVERLAP["cov"] * (product - 20) / product / math.sqrt(spread[0] * spread[1])
    assert FOUND.interval == pytest.approx(newcombe(*limits, correlation))
    assert FOUND.interval[1] - FOUND.interval[0] < APART.interval[1] - APART.interval[0]


# the same two rounds as one design, households as clusters

DESIGN = design_of_columns(column(FILE, "w"), clusters=labels(FILE, "id"))
ANSWERS, ROUND = column(FILE, "y"), labels(FILE, "round")


@pytest.mark.parametrize(("name", "place"), [("se1", 0), ("se2", 1)])
def test_the_engine_gives_the_standard_error_of_each_round_as_r_does(name, place):
    assert ratio_means(DESIGN, ANSWERS, ROUND).se[place] == close(ENGINE[name])


def test_the_engine_gives_the_covariance_of_the_rounds_as_r_does():
    scores = [mean_scores(DESIGN, ANSWERS, ROUND.codes == place) for place in (0, 1)]
    assert covariance(DESIGN, np.column_stack(scores))[0, 1] == close(ENGINE["cov"])


def test_the_engine_gives_the_difference_of_the_rounds_as_r_does():
    found = difference(DESIGN, ANSWERS, ROUND, "R2", "R1")
    assert found.value == close(ENGINE["diff"])
    assert found.se == close(ENGINE["se"])


# edges


def test_the_same_households_in_both_rounds_are_a_paired_sample():
    first, second, common = Tally(50, 45), Tally(50, 40), Common(38, 7, 2, 3)
    found = rounds_difference(first, second, 10**9, common)
    changes = np.array([-1] * 7 + [1] * 2 + [0] * 41)
    assert found.overlapping.se == pytest.approx(changes.std(ddof=1) / math.sqrt(50), rel=1e-6)
    assert found.overlapping.df == 49


def test_two_censuses_differ_as_a_fact():
    found = rounds_difference(Tally(60, 50), Tally(60, 55), 60, Common(48, 2, 7, 3))
    assert (found.method, found.independent, found.overlapping) == ("census", None, None)
    assert found.interval == (found.value, found.value) == pytest.approx((5 / 60, 5 / 60))


def test_two_censuses_are_a_fact_without_knowing_the_pairs():
    assert rounds_difference(Tally(60, 50), Tally(60, 55), 60).method == "census"


def test_all_satisfied_in_both_rounds_still_has_a_wide_interval():
    found = rounds_difference(Tally(40, 40), Tally(30, 30), 500, Common(both=10))
    assert (found.value, found.independent, found.overlapping) == (0, None, None)
    assert found.interval[0] < -0.05 and found.interval[1] > 0.05


def test_a_frame_of_its_own_for_each_round_gives_each_its_own_finite_correction():
    found = rounds_difference(Tally(50, 45), Tally(40, 30), 400, earlier=EarlierFrame(60, shared=0))
    v1, v2 = (1 - 50 / 60) * 0.9 * 0.1 / 49, (1 - 40 / 400) * 0.75 * 0.25 / 39
    assert found.independent.se == close(math.sqrt(v1 + v2))
    assert (found.populations, found.method) == ((60, 400), "independent")


def test_common_households_count_the_more_the_fewer_the_frames_share():
    n = REFERENCE["N"]
    apart = rounds_difference(FIRST, SECOND, n, COMMON, earlier=EarlierFrame(n, shared=200))
    assert apart.covariance - FOUND.covariance == close(FOUND.s12 * (1 / n - 200 / n**2))


def test_nobody_in_a_round_gives_no_number():
    found = rounds_difference(Tally(40, 36), Tally(0, 0), 500)
    assert (found.value, found.interval, found.method) == (None, None, "nobody")


def test_one_household_in_a_round_has_no_standard_error_but_a_wide_interval():
    found = rounds_difference(Tally(40, 36), Tally(1, 1), 500)
    assert found.independent is None
    assert found.interval[0] < -0.7


def test_one_common_household_shows_no_covariance():
    found = rounds_difference(Tally(40, 36), Tally(30, 20), 500, Common(both=1))
    assert (found.s12, found.overlapping, found.method, found.common) == (None, None, "independent", 1)


def test_a_covariance_that_the_rounds_cannot_have_is_not_used_and_said():
    found = rounds_difference(Tally(11, 3), Tally(8, 7), 19, Common(0, 1, 1, 0))
    assert (found.overlapping, found.method) == (None, "independent")
    assert found.independent.se > 0
    assert "2 户" in str(found.notes[0])


def test_households_that_never_change_their_mind_show_no_spread():
    found = rounds_difference(Tally(20, 10), Tally(20, 10), 10**6, Common(both=10, neither=10))
    assert (found.value, found.overlapping, found.notes) == (0, None, ())
    assert found.interval[0] < -0.05 and found.interval[1] > 0.05


@pytest.mark.parametrize(
    ("first", "second", "population", "common", "code", "place"),
    [
        (Tally(40, 41), Tally(30, 20), 500, None, "bad-count", "第 1 轮满意 41"),
        (Tally(40, 30), Tally(30, -1), 500, None, "bad-count", "第 2 轮满意 -1"),
        (Tally(40, 30), Tally(30, 20), 500, Common(5, -1), "bad-count", "-1"),
        (Tally(40, 30), Tally(30, 20), 39, None, "population-below-sample", "第 1 轮样本 40"),
        (Tally(30, 30), Tally(40, 20), 39, None, "population-below-sample", "第 2 轮样本 40"),
        (Tally(40, 30), Tally(30, 20), 500, Common(20, 5, 3, 3), "overlap-above-sample", "31"),
        (Tally(40, 30), Tally(30, 20), 60, Common(5), "population-below-sample", "65"),
        (Tally(40, 5), Tally(30, 20), 500, Common(5, 1), "common-contradicts-round", "第 1 轮"),
        (Tally(40, 38), Tally(30, 20), 500, Common(neither=3), "common-contradicts-round", "第 1 轮"),
        (Tally(40, 30), Tally(30, 5), 500, Common(5, 0, 1), "common-contradicts-round", "第 2 轮"),
        (Tally(40, 30), Tally(30, 29), 500, Common(neither=2), "common-contradicts-round", "第 2 轮"),
    ],
)
def test_counts_that_contradict_are_refused_with_their_place(first, second, population, common, code, place):
    with refused(code, place):
        rounds_difference(first, second, population, common)


def test_a_level_that_is_no_share_is_refused():
    with refused("bad-level", "95"):
        rounds_difference(FIRST, SECOND, 1500, level=95)


parts = st.tuples(*(st.integers(0, 30) for _ in range(4)))


@given(parts, parts, parts, st.integers(0, 500))
def test_the_interval_holds_the_difference_whatever_the_counts(common, only_first, only_second, unseen):
    pairs = Common(*common)
    first = Tally(pairs.n + sum(only_first[:2]), pairs.both + pairs.only_first + only_first[0])
    second = Tally(pairs.n + sum(only_second[:2]), pairs.both + pairs.only_second + only_second[0])
    population = first.n + second.n - pairs.n + unseen
    found = rounds_difference(first, second, population, pairs)
    if found.value is None:
        assert found.interval is None
        return
    slack = 2 / population + 1e-9
    assert found.interval[0] <= found.value + slack and found.value - slack <= found.interval[1]
    assert found.overlapping is None or found.overlapping.se > 0


# -- frames that differ -----------------------------------------------------------------------------------------------


def test_one_frame_said_twice_is_one_frame():
    common = Common(both=20, only_first=3, only_second=4, neither=5)
    rounds = Tally(100, 80), Tally(120, 100)

    once = rounds_difference(*rounds, 500, common)
    twice = rounds_difference(*rounds, 500, common, earlier=EarlierFrame(500, 500))

    assert (once.newcombe, once.overlapping, once.covariance) == (
        twice.newcombe,
        twice.overlapping,
        twice.covariance,
    )


def test_each_round_has_the_finite_population_of_its_own_frame():
    found = rounds_difference(Tally(100, 80), Tally(100, 80), 1000, earlier=EarlierFrame(100, 90))

    assert found.populations == (100, 1000) and found.value == 0
    second = hypergeometric(80, 100, 1000)
    assert found.newcombe == pytest.approx((second.low - 0.8, second.high - 0.8)), (
        "the first one asked everybody"
    )


def test_two_censuses_of_different_frames_are_a_fact():
    found = rounds_difference(Tally(40, 30), Tally(50, 45), 50, earlier=EarlierFrame(40, 35))

    assert found.method == "census" and found.newcombe == pytest.approx((0.15, 0.15))


def test_households_in_neither_frame_cannot_be_common():
    with pytest.raises(Invalid) as found:
        rounds_difference(Tally(100, 80), Tally(100, 80), 110, Common(), earlier=EarlierFrame(110, 105))

    assert found.value.code == "population-below-sample"
