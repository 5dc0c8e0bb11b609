"""Agreement of coders: equal to R (irr, psych), and silent where chance alone decides."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import expected, rows
from survey.errors import Invalid
from survey.stats.agreement import (
    cohen,
    cohen_linear,
    cohen_pairs,
    cohen_quadratic,
    fleiss,
    krippendorff,
    krippendorff_interval,
    krippendorff_of_sets,
    krippendorff_ordinal,
    krippendorff_per_code,
)

REFERENCE = expected("A_i_agreement.json")["expected"]
LINES = rows("A_coders.csv")
SEVERITY = ["1", "2", "3", "4", "5"]


def column(name):
    return [line[name] or None for line in LINES]


CODERS = {name: column(name) for name in ("coder1", "coder2", "coder3")}
SEVERITIES = {name: column(name) for name in ("sev1", "sev2")}


def exact(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("pair", REFERENCE["pairwise_cohen"])
def test_cohen_of_a_pair_equals_r(pair):
    case = REFERENCE["pairwise_cohen"][pair]
    found = cohen_pairs(CODERS)[tuple(pair.split("_"))]
    assert (found.n, found.level, found.method) == (case["n"], 0.95, "cohen")
    assert found.agreement == exact(case["percent_agreement"])
    assert [found.value] * 3 == [exact(case[name]) for name in ("kappa", "irr_kappa2", "psych_kappa")]


@pytest.mark.parametrize("pair", REFERENCE["pairwise_cohen"])
def test_the_interval_of_cohen_equals_that_of_psych(pair):
    found = cohen_pairs(CODERS)[tuple(pair.split("_"))]
    assert [found.low, found.high] == [
        exact(limit) for limit in REFERENCE["pairwise_cohen"][pair]["psych_ci95"]
    ]


def test_fleiss_over_complete_items_equals_r():
    found = fleiss(CODERS)
    assert (found.n, found.coders) == (REFERENCE["fleiss_complete_items"]["n"], 3)
    assert found.value == exact(REFERENCE["fleiss_complete_items"]["kappa"])


def test_nominal_alpha_with_missing_codes_equals_r():
    found = krippendorff(CODERS)
    assert found.value == exact(REFERENCE["krippendorff_nominal_all"])
    assert (found.n, found.codings) == (60, 176)


@pytest.mark.parametrize("code", REFERENCE["krippendorff_per_code_binary"])
def test_alpha_of_a_code_equals_r(code):
    found = krippendorff_per_code(CODERS)[code]
    assert found.value == exact(REFERENCE["krippendorff_per_code_binary"][code])


@pytest.mark.parametrize(
    ("name", "method"), [("kappa_linear", cohen_linear), ("kappa_quadratic", cohen_quadratic)]
)
def test_weighted_kappa_of_severity_equals_r(name, method):
    found = method(*SEVERITIES.values(), SEVERITY)
    assert found.value == exact(REFERENCE["severity"][name])
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("krippendorff_ordinal", krippendorff_ordinal(SEVERITIES, SEVERITY)),
        (
            "krippendorff_interval",
            krippendorff_interval(SEVERITIES, {code: float(code) for code in SEVERITY}),
        ),
    ],
)
def test_alpha_of_severity_equals_r(name, found):
    assert found.value == exact(REFERENCE["severity"][name])


def test_the_standard_error_of_weighted_kappa_equals_the_delta_method():
    """Numerical derivative of linearly weighted kappa over the multinomial shares, in R."""
    table = [[53, 5, 2], [11, 14, 5], [1, 6, 3]]
    pairs = [(str(i), str(j)) for i in range(3) for j in range(3) for _ in range(table[i][j])]
    found = cohen_linear(*zip(*pairs, strict=True), ["0", "1", "2"])
    assert (found.n, found.value) == (100, exact(0.4923076923076924))
    assert found.se == pytest.approx(0.0717269427432722, rel=1e-9)


def test_a_known_set_of_four_coders_gives_its_published_alpha():
    """Krippendorff (2011), example C: nominal .743, ordinal .815, interval .849."""
    ratings = {
        "甲": "1 2 3 3 2 1 4 1 2 * * *".split(),
        "乙": "1 2 3 3 2 2 4 1 2 5 * 3".split(),
        "丙": "* 3 3 3 2 3 4 2 2 5 1 *".split(),
        "丁": "1 2 3 3 2 4 4 1 2 5 1 *".split(),
    }
    known = {coder: [None if code == "*" else code for code in given] for coder, given in ratings.items()}
    assert krippendorff(known).value == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_ordinal(known, SEVERITY).value == pytest.approx(0.815, abs=5e-4)
    assert krippendorff_interval(known, {c: int(c) for c in SEVERITY}).value == pytest.approx(0.849, abs=5e-4)
    assert (krippendorff(known).n, krippendorff(known).codings) == (11, 40)


def test_verbatims_with_several_codes_are_judged_code_by_code():
    ratings = {
        "甲": [frozenset({"水", "路"}), frozenset({"路"}), frozenset(), None],
        "乙": [frozenset({"水"}), frozenset({"路"}), frozenset(), frozenset({"房"})],
    }
    found = krippendorff_of_sets(ratings, ["水", "路", "房"])
    assert list(found) == ["水", "路", "房"]
    assert found["水"].value == 1
    assert found["路"].value == exact(1 - 5 * 2 / (2 * 3 * 3))
    assert (found["路"].n, found["路"].method) == (3, "krippendorff-code")
    assert found["房"].value is None
    assert "只用了一个编码" in str(found["房"].note)


def test_one_code_each_gives_the_same_alpha_by_code_as_sets_of_one():
    sets = {
        coder: [None if code is None else frozenset({code}) for code in given]
        for coder, given in CODERS.items()
    }
    assert krippendorff_of_sets(sets) == krippendorff_per_code(CODERS)


SAME = {"甲": ["水", "水", None], "乙": ["水", "水", "路"]}
APART = {"甲": ["水", None], "乙": [None, "路"]}


@pytest.mark.parametrize(
    "measure",
    [
        lambda ratings: cohen_pairs(ratings)["甲", "乙"],
        lambda ratings: cohen_linear(*ratings.values(), ["水", "路"]),
        lambda ratings: cohen_quadratic(*ratings.values(), ["水", "路"]),
        fleiss,
        krippendorff,
        lambda ratings: krippendorff_ordinal(ratings, ["水", "路"]),
        lambda ratings: krippendorff_interval(ratings, {"水": 0, "路": 1}),
        lambda ratings: krippendorff_per_code(ratings)["水"],
    ],
    ids="cohen linear quadratic fleiss nominal ordinal interval code".split(),
)
@pytest.mark.parametrize(("ratings", "n", "why"), [(SAME, 2, "只用了一个编码"), (APART, 0, "没有一条")])
def test_agreement_that_cannot_be_judged_is_none_and_says_why(measure, ratings, n, why):
    found = measure(ratings)
    assert (found.value, found.n) == (None, n)
    assert why in str(found.note)


def test_the_share_of_agreement_stays_where_kappa_has_no_meaning():
    found = cohen_pairs(SAME)["甲", "乙"]
    assert (found.agreement, found.low, found.high) == (1, None, None)


@pytest.mark.parametrize(("second", "value"), [(["水", "路"], 1), (["路", "水"], -1)])
def test_full_agreement_and_full_disagreement_have_no_interval(second, value):
    found = cohen(["水", "路"], second)
    assert (found.value, found.se, found.low, found.high) == (value, 0, None, None)
    assert "标准误为 0" in str(found.note)


def test_limits_stay_between_minus_one_and_one():
    found = cohen(["水", "路", "水", "路"], ["水", "路", "水", "水"], level=0.999)
    assert found.low >= -1
    assert found.high == 1


def test_nobody_coded_anything():
    assert krippendorff({"甲": [], "乙": []}).n == 0
    assert krippendorff_per_code({"甲": [None], "乙": [None]}) == {}


@pytest.mark.parametrize(
    ("call", "code", "named"),
    [
        (lambda: krippendorff({"甲": ["水"]}), "too-few-coders", "甲"),
        (lambda: cohen_pairs({"甲": ["水"]}), "too-few-coders", "甲"),
        (lambda: fleiss({}), "too-few-coders", "0"),
        (lambda: krippendorff_of_sets({"甲": [frozenset()]}), "too-few-coders", "甲"),
        (lambda: cohen_pairs({"甲": ["水"], "乙": []}), "uneven-codings", "乙"),
        (lambda: krippendorff({"甲": ["水"], "乙": ["水", None]}), "uneven-codings", "2 条"),
        (lambda: krippendorff({"甲": ["水"], "乙": [" "]}), "blank-code", "“乙”第 1 条"),
        (lambda: krippendorff_per_code({"甲": ["水"], "乙": [""]}), "blank-code", "“乙”第 1 条"),
        (lambda: krippendorff_ordinal({"甲": ["1"], "乙": ["6"]}, SEVERITY), "unknown-code", "6"),
        (lambda: cohen_linear(["1", "1"], ["1", "7"], SEVERITY), "unknown-code", "第 2 条"),
        (lambda: krippendorff_per_code({"甲": ["水"], "乙": ["路"]}, ["水"]), "unknown-code", "路"),
        (lambda: krippendorff_per_code({"甲": ["水"], "乙": ["水"]}, ["水", "水"]), "repeated-code", "水"),
        (lambda: cohen_quadratic(["1"], ["1"], ["1", "2", "1"]), "repeated-code", "1"),
        (
            lambda: krippendorff_interval({"甲": ["1"], "乙": ["1"]}, {"1": float("nan")}),
            "bad-code-value",
            "nan",
        ),
        (lambda: cohen(["1"], ["1"], level=95), "bad-level", "95"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_place(call, code, named):
    with pytest.raises(Invalid) as refused:
        call()
    assert refused.value.code == code
    assert named in str(refused.value)


codings = st.integers(2, 4).flatmap(
    lambda coders: st.lists(
        st.tuples(*[st.sampled_from([None, "1", "2", "3"])] * coders), min_size=1, max_size=12
    ).map(lambda items: {str(coder): list(given) for coder, given in enumerate(zip(*items, strict=True))})
)


@given(codings)
def test_no_coefficient_exceeds_one_and_one_means_full_agreement(ratings):
    for found in (krippendorff(ratings), krippendorff_ordinal(ratings, SEVERITY), fleiss(ratings)):
        assert (found.value is None) == (found.note is not None)
        assert found.value is None or found.value <= 1 + 1e-12
    for (one, two), found in cohen_pairs(ratings).items():
        both = [pair for pair in zip(ratings[one], ratings[two], strict=True) if None not in pair]
        assert found.n == len(both)
        if found.value is not None:
            assert (found.value > 1 - 1e-12) == all(a == b for a, b in both)


@given(codings)
def test_the_order_of_coders_does_not_matter(ratings):
    turned = dict(reversed(ratings.items()))
    assert krippendorff(turned).value == pytest.approx(krippendorff(ratings).value, abs=1e-12)
    assert fleiss(turned).value == pytest.approx(fleiss(ratings).value, abs=1e-12)
    for one, two in combinations(ratings, 2):
        found, other = cohen_pairs(ratings)[one, two], cohen_pairs(turned)[two, one]
        assert other.value == pytest.approx(found.value, abs=1e-12)
        assert other.se == pytest.approx(found.se, abs=1e-9)
