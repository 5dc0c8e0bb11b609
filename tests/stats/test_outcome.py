"""Outcome rates: the sixteen of AAPOR, equal to R."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.golden import close, expected, rows
from survey.errors import Invalid
from survey.stats.outcome import Outcomes, outcome_rates

REFERENCE = expected("A_h_aapor.json")
RATES = [*(f"RR{i}" for i in range(1, 7)), *(f"COOP{i}" for i in range(1, 5))]
RATES += [*(f"REF{i}" for i in range(1, 4)), *(f"CON{i}" for i in range(1, 4))]


def names_of(table: dict) -> str:
    return " ".join(f"{name}{count}" for name, count in table["counts"].items())


@pytest.mark.parametrize("table", REFERENCE["tables"], ids=names_of)
def test_rates_equal_those_of_r(table):
    e = table["e"] if table["e_source"] == "given" else None
    found = outcome_rates(Outcomes.of(table["counts"]), e)
    assert found.e == close(table["e"])
    assert {name: getattr(found, name) for name in RATES} == {
        name: close(table["expected"][name]) for name in RATES
    }


@pytest.mark.parametrize("weighting", ["unweighted", "base_weighted"])
def test_rates_of_an_issued_sample_equal_those_of_r(weighting):
    sums: dict[str, float] = defaultdict(float)
    for row in rows("A_issued.csv"):
        sums[row["disp"]] += float(row["w"]) if weighting == "base_weighted" else 1
    found = outcome_rates(Outcomes.of(sums))
    reference = REFERENCE["issued_file"][weighting]
    assert {name: getattr(found, name) for name in RATES} == {name: close(reference[name]) for name in RATES}


def test_e_per_unknown_class_gives_the_published_rates():
    outcomes = Outcomes(I=4, P=2, R=1, NC=1, O=1, UH=1, UR=1, UO=1, NE=1)
    found = outcome_rates(outcomes, {"UH": 0.4, "UR": 0.7, "UO": 0.2})
    assert pytest.approx(0.388, abs=5e-4) == found.RR3
    assert pytest.approx(0.097, abs=5e-4) == found.REF2
    assert pytest.approx(0.777, abs=5e-4) == found.CON2


def test_nobody_released_has_no_rates():
    found = outcome_rates(Outcomes())
    assert {getattr(found, name) for name in (*RATES, "e")} == {None}


def test_an_e_that_nobody_can_know_leaves_only_the_rates_that_need_it_open():
    found = outcome_rates(Outcomes(UH=10))
    assert (found.e, found.RR3, found.REF2, found.CON2) == (None, None, None, None)
    assert (found.RR1, found.CON1) == (0, 0)


def test_without_unknown_cases_all_three_denominators_agree():
    found = outcome_rates(Outcomes(I=6, R=4))
    assert found.RR1 == found.RR3 == found.RR5 == 0.6


@pytest.mark.parametrize(
    ("counts", "e", "code"),
    [
        ({"I": -1}, None, "bad-outcome-count"),
        ({"I": float("nan")}, None, "bad-outcome-count"),
        ({"X": 1}, None, "unknown-outcome"),
        ({"I": 1, "UH": 1}, 1.2, "bad-e"),
        ({"I": 1, "UH": 1}, {"UR": 0.5}, "bad-e"),
        ({"I": 1, "UH": 1}, {"UH": 0.5, "XX": 0.5}, "bad-e"),
        ({"I": 1, "UH": 1}, {"UH": 2.0}, "bad-e"),
    ],
)
def test_impossible_outcomes_are_refused(counts, e, code):
    with pytest.raises(Invalid) as refused:
        outcome_rates(Outcomes.of(counts), e)
    assert refused.value.code == code


counts = st.integers(0, 500)


@given(st.builds(Outcomes, *[counts] * 9))
def test_rates_are_shares_in_the_order_the_standard_implies(outcomes):
    found = outcome_rates(outcomes)
    known = [getattr(found, name) for name in RATES if getattr(found, name) is not None]
    assert all(0 <= rate <= 1 for rate in known)
    if None not in (found.RR1, found.RR3, found.RR5):
        assert found.RR1 <= found.RR3 + 1e-12 <= found.RR5 + 2e-12
