"""Client categories and follow-up levels beside the whole, and what respondents report of contact."""

import pytest
from build_results import DISSATISFIED, SATISFIED, make_survey

from survey.services.results import round_results
from survey.stats.reliability import Verdict
from survey.stats.results import Method


def census(session, vault, n, satisfied=None, **values):
    """Everybody asked and interviewed, so that it is known who is in which group; `satisfied(row)`: by frame row."""
    survey = make_survey(session, vault, {"一片区": n}, {"*": n}, **values)
    for rank in range(1, n + 1):
        row = survey.cases["*", rank].frame_row
        survey.interview(SATISFIED if satisfied is None or satisfied(row) else DISSATISFIED)
    return round_results(session, survey.round_).answers


def test_a_household_counts_in_every_category_it_has(session, vault):
    kinds = ["低保对象 残疾人", "残疾人", "低保对象", ""]
    answers = census(session, vault, 60, lambda row: "残疾人" in row.categories, categories=kinds)

    found = {group.name: group.figure for group in answers.categories}

    assert list(found) == ["低保对象", "残疾人"], "in their usual order"
    assert [(one.n, one.rate.satisfied) for one in found.values()] == [(30, 15), (30, 30)]
    assert all(one.rate.method is Method.CENSUS for one in found.values())


def test_a_category_of_a_simple_random_sample_is_a_domain_of_known_size(session, vault):
    survey = make_survey(
        session,
        vault,
        {"一片区": 200},
        {"*": 199},
        categories=["低保对象", "残疾人"],
        levels=["一级", "二级"],
    )
    survey.interviews(180, 19)

    answers = round_results(session, survey.round_).answers

    for group in (*answers.categories, *answers.levels):
        assert (group.population, group.figure.rate.N) == (100, 100) and group.figure.rate.n in (99, 100)


def test_a_category_with_few_is_hidden_and_another_that_would_give_it_away(session, vault):
    kinds = ["低保对象"] * 20 + ["残疾人"] * 12 + ["独居老人"] * 5
    answers = census(session, vault, 37, categories=kinds)

    found = {group.name: group.figure for group in answers.categories}

    assert [found[name].rate is None for name in ("低保对象", "残疾人", "独居老人")] == [False, True, True]
    assert found["残疾人"].counts == () and found["残疾人"].reliability.method == "complementary-suppression"


def test_levels_stand_as_the_station_wrote_them_and_those_without_one_last(session, vault):
    answers = census(session, vault, 48, levels=["重点", "一般", "", "重点"])

    assert [(group.name, group.figure.n) for group in answers.levels] == [
        ("一般", 12),
        ("重点", 24),
        ("名册没有写级别", 12),
    ]


def test_a_roster_without_categories_and_levels_has_no_such_tables(session, vault):
    answers = census(session, vault, 24)

    assert answers.categories == () and answers.levels == ()


def test_a_category_that_is_a_stratum_is_a_survey_of_its_own(session, vault):
    survey = make_survey(
        session, vault, {"一片区": 200}, {"低保对象": 60, "残疾人": 40}, stratify_by="category",
        categories=["低保对象", "残疾人"],
    )  # fmt: skip
    survey.interviews(50, 10, "低保对象")
    survey.interviews(40, 0, "残疾人")

    found = {
        group.name: group.figure.rate for group in round_results(session, survey.round_).answers.categories
    }

    assert [(rate.n, rate.N, rate.method) for rate in found.values()] == [
        (60, 100, Method.HYPERGEOMETRIC),
        (40, 100, Method.HYPERGEOMETRIC),
    ]


# -- contact as reported --------------------------------------------------------------------------------------------


def contact(session, survey):
    return {one.question.name: one for one in round_results(session, survey.round_).answers.contact}


def test_contact_is_reported_choice_by_choice_with_the_undecided_outside(session, vault):
    survey = make_survey(session, vault, {"一片区": 200}, {"*": 100}, questionnaire="full")
    for often in ["2"] * 12 + ["3"] * 6 + ["5"] * 2 + ["8"] * 3:
        survey.interview(SATISFIED | {"D2": often, "D5": "1"})

    found = contact(session, survey)

    assert found["D2"].n == 20
    assert {each.code: each.n for each in found["D2"].choices} == {"1": 0, "2": 12, "3": 6, "4": 0, "5": 2}
    assert {each.code: each.share for each in found["D2"].choices}["2"] == pytest.approx(0.6)
    assert {each.code: each.n for each in found["D2"].outside} == {"8": 3, "9": 0}
    assert found["D1"].n == 23 and next(each.share for each in found["D5"].choices) == 1


def test_shares_of_contact_are_weighted_by_what_respondents_stand_for(session, vault):
    survey = make_survey(
        session, vault, {"一片区": 300, "二片区": 100}, {"一片区": 50, "二片区": 50}, questionnaire="full"
    )
    for stratum, often in (("一片区", "1"), ("二片区", "5")):
        for _ in range(20):
            survey.interview(SATISFIED | {"D3": often}, stratum=stratum)

    shares = {each.code: each.share for each in contact(session, survey)["D3"].choices}

    assert (shares["1"], shares["5"]) == (pytest.approx(0.75), pytest.approx(0.25))


def test_few_who_were_asked_are_neither_counted_nor_shared_out(session, vault):
    survey = make_survey(session, vault, {"一片区": 200}, {"*": 100}, questionnaire="full")
    survey.interviews(20)
    for _ in range(9):
        survey.interview(SATISFIED | {"D8": "1", "D8a": "3"})

    found = contact(session, survey)["D8a"]

    assert found.choices == () and found.outside == () and found.reliability.verdict is Verdict.HIDDEN
