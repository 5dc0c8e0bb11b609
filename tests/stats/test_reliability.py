"""What may be shown, and what must be hidden beside it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected
from survey.stats.reliability import (
    HIDE_BELOW,
    Verdict,
    judge,
    judge_table,
    nchs_presentation,
    total_gives_away,
)

REFERENCE = expected("A_j_reporting.json")
CASES = [
    *(pytest.param(case, id=f"nchs_data/{name}") for name, case in REFERENCE["nchs_data"].items()),
    *(
        pytest.param(case, id=f"nchs_synthetic/{i}-p{case['p']:g}-n{case['n']}-df{case['df']}")
        for i, case in enumerate(REFERENCE["nchs_synthetic"])
    ),
]


@pytest.mark.parametrize(
    ("n", "verdict"),
    [
        (0, Verdict.NOBODY),
        (1, Verdict.HIDDEN),
        (9, Verdict.HIDDEN),
        (10, Verdict.FLAGGED),
        (29, Verdict.FLAGGED),
        (30, Verdict.SHOWN),
    ],
)
def test_the_report_rule_hides_below_ten_and_flags_below_thirty(n, verdict):
    found = judge(n)
    assert (found.verdict, found.n) == (verdict, n)
    assert (found.message is None) == (verdict is Verdict.SHOWN)


def hidden(bases):
    return {name for name, found in judge_table(bases).items() if found.verdict is Verdict.HIDDEN}


@pytest.mark.parametrize(
    ("bases", "expected_hidden"),
    [
        pytest.param({"甲": 40, "乙": 35, "丙": 5}, {"乙", "丙"}, id="one-takes-the-smallest"),
        pytest.param({"甲": 40, "乙": 35, "丙": 50}, set(), id="nothing-to-hide"),
        pytest.param({"甲": 40, "乙": 3, "丙": 9}, {"乙", "丙"}, id="two-are-enough"),
        pytest.param({"甲": 40, "乙": 30, "丙": 3, "丁": 5}, {"乙", "丙", "丁"}, id="two-below-the-limit"),
        pytest.param({"甲": 40, "乙": 0, "丙": 5}, {"甲", "丙"}, id="nobody-hides-nobody"),
        pytest.param({"甲": 5}, {"甲"}, id="alone"),
        pytest.param({"甲": 20, "乙": 20, "丙": 5}, {"甲", "丙"}, id="ties-to-the-earlier"),
        pytest.param({"甲": 10, "乙": 1, "丙": 30}, {"甲", "乙", "丙"}, id="eleven-can-only-be-ten-and-one"),
        pytest.param({"甲": 9, "乙": 9, "丙": 30}, {"甲", "乙", "丙"}, id="eighteen-can-only-be-nine-twice"),
        pytest.param({}, set(), id="empty"),
    ],
)
def test_small_cells_take_the_smallest_others_with_them(bases, expected_hidden):
    assert hidden(bases) == expected_hidden


def test_the_partner_says_why_it_is_hidden():
    found = judge_table({"甲": 40, "乙": 5})
    assert found["甲"].method == "complementary-suppression"
    assert "合计" in str(found["甲"].message)
    assert "基数不足" in str(found["乙"].message)


@pytest.mark.parametrize(
    ("bases", "whether"),
    [
        ({"甲": 9, "乙": 9}, True),
        ({"甲": 3, "乙": 5}, True),
        ({"甲": 5, "乙": 0}, True),
        ({"甲": 10, "乙": 1}, True),
        ({"甲": 9, "乙": 8}, False),
        ({"甲": 40, "乙": 5}, False),
        ({"甲": 40, "乙": 0}, False),
        ({}, False),
    ],
)
def test_a_total_that_would_betray_its_cells_is_named(bases, whether):
    assert total_gives_away(bases) is whether


tables = st.lists(st.integers(0, 40), min_size=1, max_size=6).map(
    lambda counts: {f"zone {i}": n for i, n in enumerate(counts)}
)


@given(tables)
def test_hidden_groups_are_two_or_more_and_not_small_together(bases):
    found = [bases[name] for name in hidden(bases)]
    if found and not total_gives_away(bases):
        assert len(found) >= 2
        assert sum(found) >= HIDE_BELOW


@given(tables)
def test_whoever_is_shown_is_large_enough_and_nobody_is_hidden_in_vain(bases):
    found = judge_table(bases)
    assert list(found) == list(bases)
    assert all(bases[name] >= HIDE_BELOW for name, verdict in found.items() if verdict.may_show)
    if min((n for n in bases.values() if n), default=HIDE_BELOW) >= HIDE_BELOW:
        assert not hidden(bases)


def possible(verdicts, total, limit):
    """Every way to fill in the hidden bases that agrees with the total and with what is printed of each."""
    rest = total - sum(found.n for found in verdicts.values() if found.may_show)
    ranges = [
        range(limit, rest + 1) if found.method == "complementary-suppression" else range(1, limit)
        for found in verdicts.values()
        if found.verdict is Verdict.HIDDEN
    ]
    return [filled for filled in itertools.product(*ranges) if sum(filled) == rest]


def test_no_hidden_base_can_be_worked_out_by_trying_all():
    for counts in itertools.combinations_with_replacement(range(8), 4):
        bases = {f"zone {i}": n for i, n in enumerate(counts)}
        verdicts = judge_table(bases, hide_below=4, flag_below=6)
        if total_gives_away(bases, hide_below=4):
            assert not any(found.may_show for found in verdicts.values()), counts
            continue
        solutions = possible(verdicts, sum(counts), 4)
        assert all(len(set(values)) > 1 for values in zip(*solutions, strict=True)), counts


@pytest.mark.parametrize("case", CASES)
def test_nchs_flags_equal_the_reference(case):
    found = nchs_presentation(case["p"], case["se"], case["n"], case["df"])
    assert [found.low, found.high] == [close(case["lower"]), close(case["upper"])]
    assert found.n_eff == close(case["n_eff"])
    assert (found.width, found.relative_width) == (close(case["width_pct"]), case["rel_width_pct"])
    flags = {
        "suppress_n": found.suppress_size,
        "suppress_width": found.suppress_width,
        "suppress_rel": found.suppress_relative,
        "suppress": found.suppress,
        "review": found.review,
        "present": found.present,
        "footnote_complement": found.footnote_complement,
    }
    assert flags == {name: case[name] for name in flags}
