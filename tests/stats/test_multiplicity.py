"""Adjusted p-values equal to R's p.adjust, with and without tests that were not made."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected
from survey.errors import Invalid
from survey.stats.multiplicity import (
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    hochberg,
    holm,
)

REFERENCE = expected("A_j_reporting.json")
METHODS = {
    "BH": benjamini_hochberg,
    "holm": holm,
    "bonferroni": bonferroni,
    "BY": benjamini_yekutieli,
    "hochberg": hochberg,
}


def named(values):
    return {f"站{place}": p for place, p in enumerate(values, start=1)}


def close_or_none(value):
    return None if value is None else close(value)


@pytest.mark.parametrize("name", METHODS)
def test_ten_p_values_adjusted_equal_those_of_r(name):
    found = METHODS[name](named(REFERENCE["p_adjust"]["p"]))
    assert list(found.values.values()) == [close(p) for p in REFERENCE["p_adjust"][name]]
    assert found.n == 10


@pytest.mark.parametrize("name", ["BH", "holm"])
def test_strata_against_a_target_equal_r_and_a_census_stratum_does_not_count(name):
    case = REFERENCE["strata_vs_target"]
    found = METHODS[name](dict(zip(case["strata"], case["p_t"], strict=True)))
    assert list(found.values) == case["strata"]
    assert list(found.values.values()) == [close_or_none(p) for p in case[name]]
    assert found.values["S03"] is None
    assert found.n == 5


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_one_test_alone_is_not_adjusted(method):
    assert dict(method({"甲": 0.03, "乙": None}).values) == {"甲": 0.03, "乙": None}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_no_test_at_all_gives_no_value(method):
    assert dict(method({"甲": None}).values) == {"甲": None}
    assert (dict(method({}).values), method({}).n) == ({}, 0)


@pytest.mark.parametrize("p", [-0.01, 1.5, float("nan"), float("inf")])
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_what_is_no_probability_is_refused_with_its_station(method, p):
    with pytest.raises(Invalid) as refused:
        method({"甲站": 0.2, "乙站": p})
    assert refused.value.code == "bad-p-value"
    assert "乙站" in str(refused.value)


p_values = st.lists(st.none() | st.floats(0, 1), max_size=12).map(named)


@given(p_values, st.sampled_from(sorted(METHODS)))
def test_an_adjusted_value_is_never_smaller_and_keeps_the_order(values, name):
    found = METHODS[name](values).values
    pairs = sorted((p, found[key]) for key, p in values.items() if p is not None)
    assert all(p <= adjusted + 1e-12 and adjusted <= 1 for p, adjusted in pairs)
    assert [adjusted for _, adjusted in pairs] == sorted(adjusted for _, adjusted in pairs)


@given(p_values)
def test_the_stricter_method_never_gives_the_smaller_value(values):
    ladder = [METHODS[name](values).values for name in ("BH", "hochberg", "holm", "bonferroni")]
    for key in (name for name, p in values.items() if p is not None):
        steps = [found[key] for found in ladder]
        assert all(one <= next_one + 1e-12 for one, next_one in pairwise(steps))
