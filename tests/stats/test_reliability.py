"""What may be shown, and what must be hidden beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected
from survey.stats.reliability import Verdict, judge, judge_table, nchs_presentation

REFERENCE = expected("A_j_reporting.json")
CASES = [*REFERENCE["nchs_synthetic"], *REFERENCE["nchs_data"].values()]


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
        ({"甲": 40, "乙": 35, "丙": 5}, {"乙", "丙"}),
        ({"甲": 40, "乙": 35, "丙": 50}, set()),
        ({"甲": 40, "乙": 3, "丙": 5}, {"乙", "丙"}),
        ({"甲": 40, "乙": 0, "丙": 5}, {"甲", "丙"}),
        ({"甲": 5}, {"甲"}),
        ({"甲": 20, "乙": 20, "丙": 5}, {"甲", "丙"}),
        ({}, set()),
    ],
)
def test_a_single_hidden_cell_takes_the_smallest_other_with_it(bases, expected_hidden):
    assert hidden(bases) == expected_hidden


def test_the_partner_says_why_it_is_hidden():
    found = judge_table({"甲": 40, "乙": 5})
    assert found["甲"].method == "complementary-suppression"
    assert "合计" in str(found["甲"].message)
    assert "基数不足" in str(found["乙"].message)


@given(st.dictionaries(st.text(min_size=1, max_size=2), st.integers(0, 60), min_size=2, max_size=6))
def test_no_hidden_cell_follows_from_the_total_when_another_can_hide_it(bases):
    found = hidden(bases)
    answered = {name for name, n in bases.items() if n}
    assert len(found) != 1 or answered == found


@pytest.mark.parametrize("case", CASES, ids=[f"p{c['p']:.3f}-n{c['n']}-df{c['df']}" for c in CASES])
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
