"""Intervals of weighted proportions: equal to R wherever R has an answer, and never a point of a sample.

Left out: R's `svyciprop(method="likelihood")`. It divides by weights of the fit's last but one iteration and
interpolates between a few profile points, so it is up to 1.3e-4 away from the equation it solves and does not
follow from p, SE, n and df.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import FOLDER, close, expected
from survey.errors import Invalid
from survey.stats.intervals import (
    Interval,
    all_intervals,
    asin,
    beta,
    korn_graubard,
    korn_graubard_kish,
    korn_graubard_nchs,
    logit,
    mean_t,
    t_quantile,
    wilson_effective,
)

METHODS = {
    "mean": mean_t,
    "logit": logit,
    "xlogit": logit,
    "asin": asin,
    "beta": beta,
    "wilson_neff": wilson_effective,
}
NAMES = ["mean", "logit", "beta", "wilson", "korn_graubard_nchs", "korn_graubard_kish"]


def proportions(found: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every block of p, SE, n, df and limits, however deep, with its path as a name."""
    if not isinstance(found, dict):
        return
    if "logit" in found and "kg_nchs" in found:
        yield path, found
        return
    for name, inner in found.items():
        short = path if name == "expected" else f"{path}/{name}".strip("/")
        yield from proportions(inner, short)


BLOCKS = [
    *proportions(expected("A_a_proportions.json")),
    *proportions(expected("A_c_nonresponse.json"), "nonresponse"),
]
SPREAD = [(name, block) for name, block in BLOCKS if block["se"] > 0]
DEGENERATE = [(name, block) for name, block in BLOCKS if block["se"] == 0]


def cases(*names: str) -> list[Any]:
    return [
        pytest.param(block, name, id=f"{place}/{name}")
        for place, block in SPREAD
        for name in names
        if None not in block[name]
    ]


def given_of(block: dict[str, Any]) -> tuple[float, float, int, float, float]:
    return block["p"], block["se"], block["n"], block["df"], block["level"]


def limits(found: Interval | None) -> list[float]:
    assert found is not None
    return [found.low, found.high]


def test_every_block_of_the_reference_is_found():
    files = ("A_a_proportions.json", "A_c_nonresponse.json")
    written = "".join((FOLDER / name).read_text(encoding="utf-8") for name in files)
    assert len(BLOCKS) == written.count('"kg_kish":')
    assert len(DEGENERATE) == len(re.findall(r'"mean": \[\s*\[?"degenerate"', written))


@pytest.mark.parametrize(("block", "name"), cases("mean", "logit", "xlogit", "beta", "wilson_neff"))
def test_limits_equal_those_of_r(block, name):
    assert limits(METHODS[name](*given_of(block))) == [close(limit) for limit in block[name]]


@pytest.mark.parametrize(("block", "name"), cases("asin"))
def test_arcsine_limits_equal_those_of_r_until_the_angle_leaves_the_circle(block, name):
    p, se, n, df, level = given_of(block)
    found = limits(asin(p, se, n, df, level))
    reach = t_quantile(level, df) * se / (2 * math.sqrt(p * (1 - p)))
    if math.asin(math.sqrt(p)) + reach > math.pi / 2:  # R's upper limit is on its way down again
        assert found == [close(block[name][0]), 1]
        return
    assert found == [close(limit) for limit in block[name]]


@pytest.mark.parametrize(
    "block", [pytest.param(b, id=f"{name}/logit") for name, b in SPREAD if None in b["logit"]]
)
def test_where_r_loses_the_logit_limits_at_one_degree_of_freedom_ours_are_the_delta_method(block):
    assert block["df"] == 1
    assert limits(logit(*given_of(block))) == [close(limit) for limit in block["xlogit"]]


@pytest.mark.parametrize("block", [pytest.param(b, id=f"{name}/kg_nchs") for name, b in BLOCKS])
def test_limits_capped_at_n_equal_the_reference(block):
    found, expected_values = korn_graubard_nchs(*given_of(block)), block["kg_nchs"]
    assert found.n == close(expected_values["n_eff_df"])
    assert limits(found) == [close(limit) for limit in expected_values["ci"]]


@pytest.mark.parametrize("block", [pytest.param(b, id=f"{name}/n_eff") for name, b in SPREAD])
def test_the_plain_effective_size_equals_the_reference(block):
    found = wilson_effective(*given_of(block))
    assert found is not None
    assert found.n == close(block["kg_nchs"]["n_eff"])


@pytest.mark.parametrize("block", [pytest.param(b, id=f"{name}/kg_kish") for name, b in BLOCKS])
def test_limits_capped_at_the_size_of_kish_equal_the_reference(block):
    p, se, n, df, level = given_of(block)
    found = korn_graubard_kish(p, se, n, df, block["kg_kish"]["n_kish"], level)
    assert found.n == close(block["kg_kish"]["n_eff_df"])
    assert limits(found) == [close(limit) for limit in block["kg_kish"]["ci"]]


@pytest.mark.parametrize("block", [pytest.param(b, id=f"{name}/degenerate") for name, b in DEGENERATE])
def test_without_spread_no_interval_is_a_point(block):
    p, se, n, df, level = given_of(block)
    assert asin(p, se, n, df, level) is None
    found = all_intervals(p, se, n, df, block["kg_kish"]["n_kish"], level)
    assert [name for name, interval in found.items() if interval] == NAMES[4:]
    assert all(interval.low < interval.high for interval in found.values() if interval)


def test_all_intervals_stand_in_one_order_and_say_their_method():
    found = all_intervals(0.956, 0.0073, 585, 579, 369.6)
    assert list(found) == NAMES
    assert [interval.method for interval in found.values() if interval] == NAMES


def test_the_uncapped_form_is_the_beta_form_where_there_is_spread():
    assert limits(beta(0.9, 0.03, 100, 99)) == limits(korn_graubard(0.9, 0.03, 100, 99))


def test_an_unknown_standard_error_leaves_the_capped_forms_alone():
    found = all_intervals(0.9, None, 50, None, 40.0)
    assert [name for name, interval in found.items() if interval] == NAMES[4:]


shares = st.integers(0, 400).map(lambda x: x / 400)
errors = st.one_of(st.just(0.0), st.floats(1e-4, 0.2))


@given(shares, errors, st.integers(1, 500), st.integers(0, 500), st.sampled_from([0.8, 0.95, 0.99]))
def test_no_interval_of_a_sample_is_a_point_or_misses_the_estimate(p, se, n, df, level):
    found = all_intervals(p, se, n, df, n * 0.8, level)
    for interval in [*found.values(), asin(p, se, n, df, level)]:
        if interval:
            assert interval.low < interval.high
            assert interval.low - 1e-12 <= p <= interval.high + 1e-12


@given(shares, errors, st.integers(2, 500), st.integers(1, 500))
def test_a_lower_cap_never_narrows_the_limits(p, se, n, df):
    wide, narrow = korn_graubard_kish(p, se, n, df, n / 2), korn_graubard_nchs(p, se, n, df)
    assert wide.low <= narrow.low + 1e-12
    assert wide.high >= narrow.high - 1e-12


@pytest.mark.parametrize(
    ("p", "se", "n", "level", "code", "named"),
    [
        (1.2, 0.1, 100, 0.95, "bad-share", "1.2"),
        (math.nan, 0.1, 100, 0.95, "bad-share", "nan"),
        (0.9, -0.1, 100, 0.95, "bad-standard-error", "-0.1"),
        (0.9, math.nan, 100, 0.95, "bad-standard-error", "nan"),
        (0.9, math.inf, 100, 0.95, "bad-standard-error", "inf"),
        (0.9, 0.1, 0, 0.95, "empty-sample", "0"),
        (0.9, 0.1, 100, 95, "bad-level", "95"),
    ],
)
def test_numbers_no_sample_gives_are_refused_by_every_method(p, se, n, level, code, named):
    for method in (all_intervals, korn_graubard_kish):
        with pytest.raises(Invalid, match=named) as refused:
            method(p, se, n, 10, 50.0, level)
        assert refused.value.code == code
    for method in {*METHODS.values(), korn_graubard_nchs}:
        with pytest.raises(Invalid) as refused:
            method(p, se, n, 10, level)
        assert refused.value.code == code
