"""How many households are satisfied: equal to R, and whole households inside one random sample."""

from __future__ import annotations

import pytest

from stats.golden import cells, close, expected, strata
from survey.errors import Invalid
from survey.stats.cells import Cell, Stratum
from survey.stats.results import Method
from survey.stats.total import total

REFERENCE = expected("A_a_proportions.json")


@pytest.mark.parametrize("design", ["srs", "strat", "strat_prop"])
def test_a_total_is_that_of_r(design):
    file, reference = REFERENCE[design]["file"], REFERENCE[design]["expected"]["total"]
    found = total(cells(file), strata(file), {1})

    assert (found.value, found.se) == (close(reference["est"]), close(reference["se"]))


@pytest.mark.parametrize(
    ("design", "by", "row"),
    [
        pytest.param(design, by, row, id=f"{design}/{by}/{row['level']}")
        for design in ("srs", "strat", "strat_prop")
        for by, rows in REFERENCE[design]["expected"]["domains_svyby"].items()
        if by != "stratum"
        for row in rows
    ],
)
def test_the_total_of_a_domain_is_that_of_r(design, by, row):
    file = REFERENCE[design]["file"]
    found = total(cells(file, domain=by), strata(file), {1}, domain=row["level"])

    assert (found.value, found.se) == (close(row["total"]), close(row["se_total"]))


def test_inside_one_random_sample_the_limits_are_whole_households():
    found = total([Cell("全站", 5, 96), Cell("全站", 1, 4)], {"全站": Stratum(1036)}, {5, 4})

    assert found.method is Method.HYPERGEOMETRIC
    assert (found.low, found.high) == (close(937), close(1023))
    assert (found.n, found.satisfied, found.N) == (100, 96, 1036)


def test_the_undecided_and_the_uncounted_are_not_satisfied():
    """Ten interviewed households said 不清楚; five more gave no answer to the item at all."""
    given = [Cell("全站", 5, 80), Cell("全站", 1, 5), Cell("全站", 8, 10)]
    found = total(given, {"全站": Stratum(1000, respondents=100)}, {5, 4})

    assert found.value == close(800)
    assert found.n == 100


def test_a_census_is_a_point_and_nobody_is_none():
    everybody = total([Cell("全站", 5, 40), Cell("全站", 1, 10)], {"全站": Stratum(50, released=50)}, {5})
    nobody = total([], {"全站": Stratum(50)}, {5})

    assert (everybody.value, everybody.low, everybody.high, everybody.se) == (40, 40, 40, 0)
    assert (nobody.value, nobody.low, nobody.method) == (None, None, Method.NOBODY)


def test_answers_of_a_stratum_without_population_are_refused():
    with pytest.raises(Invalid) as caught:
        total([Cell("东", 5, 3)], {"西": Stratum(50)}, {5})

    assert caught.value.code == "unknown-stratum"
    assert "东" in str(caught.value)
