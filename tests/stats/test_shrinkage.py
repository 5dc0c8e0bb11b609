"""Shares drawn towards the common one. Expected values: DerSimonian and Laird's formulas in base R 4.2.2."""

import pytest

from survey.errors import Invalid
from survey.stats.shrinkage import shrunk


def test_what_chance_alone_explains_is_drawn_in_altogether():
    found = shrunk([9, 10, 8], [20, 20, 20])

    assert found.between == 0.0
    assert found.values == pytest.approx([0.45] * 3)


def test_what_chance_does_not_explain_stays_the_more_the_larger_the_group():
    found = shrunk([90, 50, 10], [100, 100, 20])

    assert found.between == pytest.approx(0.0651623376623377, rel=1e-12)
    assert found.values == pytest.approx([0.892970207068050, 0.505858160776625, 0.525946793188173], rel=1e-12)


@pytest.mark.parametrize(("counts", "n"), [([0, 0], [10, 12]), ([10, 12], [10, 12]), ([3], [10])])
def test_all_alike_or_a_single_group_is_its_own_common_share(counts, n):
    found = shrunk(counts, n)

    assert found.values == pytest.approx([sum(counts) / sum(n)] * len(n))


@pytest.mark.parametrize(("counts", "n"), [([], []), ([1], [0]), ([3], [2]), ([1, 2], [4])])
def test_what_are_no_counts_is_refused(counts, n):
    with pytest.raises(Invalid) as found:
        shrunk(counts, n)

    assert found.value.code == "bad-groups"
