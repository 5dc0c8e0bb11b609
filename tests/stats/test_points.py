"""折分: from a rate to points, monotone, inside 0 and the maximum, edges inclusive and compared unrounded."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from survey.errors import Invalid
from survey.stats.points import (
    Band,
    Below,
    Kind,
    Measure,
    Measured,
    PointsRule,
    edges_inside,
    edges_of,
    points_for,
    scored,
)
from survey.stats.points_words import describe_rule

BANDS = PointsRule(Kind.BANDS, 10, bands=(Band(60, 4), Band(80, 8), Band(90, 10)))
STARTED = PointsRule(Kind.DEDUCTION, 10, target=95, per_point=0.5)
BY_SIZE = PointsRule(Kind.DEDUCTION, 10, target=95, per_point=0.5, started=False)
PROPORTIONAL = PointsRule(Kind.PROPORTIONAL, 15)

percent = st.floats(0, 100)
halves = st.integers(1, 40).map(lambda number: number / 2)


@st.composite
def rules(draw):
    maximum = draw(halves)
    kind = draw(st.sampled_from(Kind))
    if kind is Kind.PROPORTIONAL:
        return PointsRule(kind, maximum)
    if kind is Kind.BANDS:
        edges = draw(st.lists(st.integers(0, 100), min_size=1, max_size=5, unique=True))
        step = maximum / len(edges)
        bands = [
            Band(edge, min(maximum, step * number)) for number, edge in enumerate(sorted(edges), start=1)
        ]
        return PointsRule(kind, maximum, bands=tuple(bands))
    return PointsRule(
        kind, maximum, target=draw(halves) * 5, per_point=draw(halves), started=draw(st.booleans()),
        most_deducted=draw(st.none() | halves),
    )  # fmt: skip


@given(rules(), percent, percent)
def test_a_higher_rate_never_gives_fewer_points(rule, one, other):
    lower, higher = sorted((one, other))
    assert scored(rule, lower) <= scored(rule, higher) + 1e-12


@given(rules(), percent)
def test_points_are_never_below_0_nor_above_the_maximum(rule, value):
    assert 0 <= scored(rule, value) <= rule.maximum


@given(rules(), percent, percent, percent, st.integers(0, 60), st.integers(0, 60))
def test_points_lie_in_their_interval_as_the_rate_lies_in_its_own(rule, one, two, three, n, minimum):
    low, value, high = sorted((one, two, three))
    rule = PointsRule(
        **{name: getattr(rule, name) for name in rule.__slots__}
        | {"minimum": minimum, "below": Below.PENALTY, "penalty": 3.0}
    )
    found = points_for(rule, Measured(value, low, high, n))
    assert 0 <= found.low <= found.points + 1e-12 <= found.high + 2e-12 <= rule.maximum + 2e-12


@given(rules())
def test_every_edge_belongs_to_what_lies_above_it(rule):
    assume(rule.kind is Kind.BANDS or rule.started)
    for edge in edges_of(rule):
        if edge > 0:
            assert scored(rule, edge) > scored(rule, edge - 1e-4)
        assert scored(rule, edge) == scored(rule, edge + 1e-10)


@given(rules(), percent, percent)
def test_there_is_a_warning_exactly_where_an_edge_lies_in_the_interval(rule, one, other):
    low, high = sorted((one, other))
    found = points_for(rule, Measured(high, low, high, 100))
    assert found.straddles == (found.warning is not None) == bool(edges_inside(rule, low, high))
    if rule.kind is Kind.BANDS or (rule.kind is Kind.DEDUCTION and rule.started):
        assert found.straddles == (found.high > found.low)


@given(st.integers(1, 400), st.data())
def test_a_share_that_is_exactly_the_edge_reaches_it(n, data):
    x = data.draw(st.integers(0, n))
    target = Fraction(100 * x, n)
    assume(target > 0)
    rule = PointsRule(Kind.BANDS, 10, bands=(Band(float(target), 10),))
    assert scored(rule, 100 * (x / n)) == 10


@given(st.integers(1, 100), st.integers(0, 100))
def test_whole_percentage_points_below_the_target_are_not_counted_as_one_more(target, value):
    rule = PointsRule(Kind.DEDUCTION, 100, target=target, per_point=1)
    assert scored(rule, 100 * (value / 100)) == 100 - max(0, target - value)


@pytest.mark.parametrize(
    ("rule", "value", "points"),
    [
        (PROPORTIONAL, 90, 13.5),
        (BANDS, 90, 10),
        (BANDS, 89.9999, 8),
        (BANDS, 59.99, 0),
        (STARTED, 95, 10),
        (STARTED, 94.99, 9.5),
        (STARTED, 94, 9.5),
        (STARTED, 93.2, 9),
        (STARTED, 0, 0),
        (BY_SIZE, 93.2, 9.1),
        (PointsRule(Kind.DEDUCTION, 10, target=95, per_point=2, most_deducted=5), 60, 5),
    ],
)
def test_a_rule_gives_what_is_agreed(rule, value, points):
    assert scored(rule, value) == pytest.approx(points, rel=1e-12)


def test_an_interval_across_an_edge_is_warned_of_with_the_points_on_both_sides():
    found = points_for(BANDS, Measured(90.0, 82.38, 95.1, 100))
    assert (found.points, found.low, found.high, found.edges) == (10, 8, 10, (90,))
    assert str(found.warning) == (
        "区间 82.4%–95.1% 跨过分界 90%：按下限折 8.00 分，按上限折 10.00 分，单凭误差就可能落在另一档。"
    )


def test_many_edges_are_named_by_the_highest():
    found = points_for(STARTED, Measured(90.0, 82.0, 96.0, 100))
    assert "…、93%、94%、95%" in str(found.warning)


def test_a_proportional_rule_has_an_interval_and_nothing_to_straddle():
    found = points_for(PROPORTIONAL, Measured(90.0, 80.0, 96.0, 100))
    assert (found.points, found.low, found.high) == pytest.approx((13.5, 12, 14.4))
    assert found.warning is None


def test_what_rounds_up_to_an_edge_and_does_not_reach_it_is_said():
    found = points_for(BANDS, Measured(89.96, 80.0, 95.0, 100))
    assert found.points == 8
    assert str(found.note) == "显示为 90.0%，实为 89.9600%，没有达到 90%：按未四舍五入的数值比较。"


def test_below_the_minimum_base_there_are_no_points():
    rule = PointsRule(Kind.PROPORTIONAL, 10, minimum=100)
    found = points_for(rule, Measured(90.0, 80.0, 96.0, 99))
    assert (found.points, found.low, found.high) == (None, None, None)
    assert "99 户，少于约定的 100 户" in str(found.reason)
    assert points_for(rule, Measured(90.0, 80.0, 96.0, 100)).reason is None


def test_below_the_minimum_base_a_penalty_may_be_agreed_instead():
    rule = PointsRule(Kind.PROPORTIONAL, 10, minimum=100, below=Below.PENALTY, penalty=2)
    found = points_for(rule, Measured(90.0, 10.0, 96.0, 99))
    assert (found.points, found.low) == (7, 0) and "已扣 2 分" in str(found.reason)


def test_without_an_interval_there_are_points_and_no_warning():
    found = points_for(BANDS, Measured(90.0, None, None, 100))
    assert (found.points, found.low, found.high, found.warning) == (10, None, None, None)


def test_where_nothing_is_shown_nothing_is_turned_into_points():
    found = points_for(BANDS, Measured(None, None, None, 4))
    assert (found.points, found.reason) == (None, None)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"kind": Kind.PROPORTIONAL, "maximum": 0}, "bad-maximum"),
        ({"kind": Kind.BANDS}, "no-bands"),
        ({"kind": Kind.BANDS, "bands": (Band(90, 11),)}, "bad-band"),
        ({"kind": Kind.BANDS, "bands": (Band(101, 1),)}, "bad-band"),
        ({"kind": Kind.BANDS, "bands": (Band(80, 8), Band(90, 8))}, "bands-out-of-order"),
        ({"kind": Kind.BANDS, "bands": (Band(80, 8), Band(80, 9))}, "bands-out-of-order"),
        ({"kind": Kind.DEDUCTION, "target": 95}, "bad-deduction"),
        ({"kind": Kind.DEDUCTION, "per_point": 1}, "bad-deduction"),
    ],
)
def test_a_rule_that_could_not_be_applied_is_refused(values, code):
    with pytest.raises(Invalid) as caught:
        PointsRule(**{"maximum": 10, **values})
    assert caught.value.code == code


def test_a_rule_is_printed_in_one_sentence():
    rule = PointsRule(
        Kind.BANDS, 10, Measure.BASIC, bands=(Band(80, 8), Band(90, 10)), minimum=30
    )  # fmt: skip
    assert str(describe_rule(rule)) == (
        "按总体的基本满意以上率折分，满分 10 分：90% 及以上 10 分，80% 及以上 8 分，不足 80% 为 0 分；"
        "各档含下限，按未四舍五入的数值比较。作出评价的不足 30 户时不折分。"
    )
    assert str(describe_rule(STARTED)) == (
        "按总体满意率折分，满分 10 分：达到 95% 得满分，每低 1 个百分点扣 0.5 分，不足 1 个百分点按 1 个百分点计，"
        "最多扣 10 分；按未四舍五入的数值比较。"
    )
    score = PointsRule(Kind.PROPORTIONAL, 20, Measure.SCORE)
    assert str(describe_rule(score)) == "按总体满意度得分折分，满分 20 分：满分乘以得分，再除以 100。"
    assert str(describe_rule(None)) == "没有约定折分规则，结果不折成分数。"
