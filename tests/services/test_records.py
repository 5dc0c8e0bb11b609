from dataclasses import replace

import pytest
from build import NOON
from build_results import DISSATISFIED, NEVER_MET, SATISFIED, make_survey

from survey.errors import Conflict
from survey.models.frame import FrameRow
from survey.questionnaire.schema import Choice, Question, Questionnaire, Wording
from survey.services import definitions
from survey.services.record_rows import NOT_LOOKED_AT
from survey.services.record_variables import variables_of
from survey.services.records import records_of
from survey.services.results import round_results
from survey.stats.definition import DEFAULT, UNWEIGHTED, ZONE_WEIGHTS

ZONES = {"一片区": 150, "二片区": 60, "三片区": 20}


@pytest.fixture
def simple(session, vault):
    return make_survey(session, vault, {"一片区": 200, "二片区": 100}, {"*": 60})


def records(survey, **values):
    results = round_results(survey.session, survey.round_)
    return records_of(survey.session, survey.vault, survey.round_, results, **values)


def rows(survey, **values):
    """Rows as dictionaries by name of the variable, texts as shown."""
    found = records(survey, **values)
    names = [variable.name for variable in found.variables]
    return [dict(zip(names, row, strict=True)) for row in found.rows()]


def rate(found):
    weights = [(row["weight"], row["in_base"], row["satisfied"]) for row in found]
    return sum(w for w, base, y in weights if base and y) / sum(w for w, base, _ in weights if base)


def test_the_weights_give_the_published_rate_back(session, vault):
    survey = make_survey(session, vault, ZONES, {"一片区": 60, "二片区": 30, "三片区": 20})
    survey.interviews(30, 15, "一片区")
    survey.interviews(20, 2, "二片区")
    survey.interviews(11, 1, "三片区")
    survey.finish("D41", "一片区")
    survey.interview(NEVER_MET, stratum="二片区")

    found = rows(survey)

    published = round_results(session, survey.round_).answers.overall.rate
    assert rate(found) == pytest.approx(published.value, abs=1e-14)
    assert sum(row["in_base"] for row in found) == published.n == 79 and len(found) == 80
    assert {row["stratum"].show(): row["N_h"] for row in found} == {"一片区": 149, "二片区": 60, "三片区": 20}


def test_rows_tell_neither_household_nor_person_nor_time(simple):
    simple.interviews(12, 3)

    names = {variable.name for variable in records(simple).variables}

    assert not names & {
        "household",
        "community",
        "surveyor",
        "started_at",
        "counted_at",
        "phones",
        "disposition",
    }


def test_the_order_of_rows_is_not_the_order_of_calls_and_stays_the_same(simple):
    for number in range(40):
        simple.interview(SATISFIED | {"F1": "5" if number < 20 else "4"})

    first, again = [[row["F1"] for row in rows(simple)] for _ in range(2)]

    assert first == again and sorted(first, reverse=True) != first
    assert [row["row"] for row in rows(simple)] == list(range(1, 41))


def test_rows_of_the_two_kinds_of_export_do_not_lead_to_one_another(simple):
    for number in range(40):
        simple.interview(SATISFIED | {"F1": "5" if number < 20 else "4"})

    assert [row["F1"] for row in rows(simple)] != [row["F1"] for row in rows(simple, identified=True)]


def test_small_zones_are_merged_and_small_strata_numbered(session, vault):
    zones = {"一片区": 60, "二片区": 60, "三片区": 20, "四片区": 20}
    survey = make_survey(session, vault, zones, {"一片区": 40, "二片区": 30, "三片区": 10, "四片区": 10})
    survey.interviews(35, 0, "一片区")
    survey.interviews(25, 0, "二片区")
    survey.interviews(6, 0, "三片区")
    survey.interviews(7, 0, "四片区")

    found = rows(survey)

    assert {str(row["zone"]) for row in found} == {"一片区", "二片区", "合并的小片区"}
    assert {str(row["stratum"]) for row in found} == {"一片区", "二片区", "第 3 层", "第 4 层"}
    assert sum(str(row["zone"]) == "合并的小片区" for row in found) == 13


def test_strata_that_are_communities_are_numbered_and_in_the_identified_export_named(session, vault):
    survey = make_survey(
        session, vault, {"一片区": 60, "二片区": 60},
        {"一片区社区": 30, "二片区社区": 30}, stratify_by="community",
    )  # fmt: skip
    survey.interviews(20, 0, "一片区社区")
    survey.interviews(20, 0, "二片区社区")

    assert {str(row["stratum"]) for row in rows(survey)} == {"第 1 层", "第 2 层"}
    assert {str(row["stratum"]) for row in rows(survey, identified=True)} == {"一片区社区", "二片区社区"}


@pytest.mark.parametrize("weights", [UNWEIGHTED, ZONE_WEIGHTS])
def test_the_weights_are_those_of_the_definition(weights, session, vault):
    version = definitions.new_version(session, replace(DEFAULT, weights=weights), NOON)
    survey = make_survey(session, vault, {"一片区": 200, "二片区": 100}, {"*": 60}, definition=version)
    for number in range(50):
        survey.interview(DISSATISFIED if number % 7 == 0 else SATISFIED)

    published = round_results(session, survey.round_).answers.overall.rate
    assert rate(rows(survey)) == pytest.approx(published.value, abs=1e-14)
    assert len({row["weight"] for row in rows(survey)}) == (1 if weights == UNWEIGHTED else 2)


def test_below_ten_interviews_no_rows_are_given_and_the_reason_is(simple):
    simple.interviews(9)

    found = records(simple)

    assert found.total == 0 and list(found.rows()) == []
    assert "少于 10 户，逐户数据不导出" in str(found.withheld)
    assert records(simple, identified=True).total == 9


def test_where_the_headline_is_hidden_no_rows_are_given(simple):
    simple.interviews(6)
    for _ in range(8):
        simple.interview(NEVER_MET)

    assert records(simple).withheld and list(records(simple).rows()) == []


def test_with_nobody_interviewed_there_are_columns_and_no_rows(simple):
    found = records(simple)

    assert found.total == 0 and found.variables[0].name == "row"


def test_an_answer_that_left_the_path_is_empty(simple):
    simple.interviews(12)
    simple.interview(SATISFIED, then=[("C1", "3"), ("D1", "2")])

    found = rows(simple)

    assert sum(row["H1"] is None for row in found) == 1 and sum(row["in_base"] for row in found) == 12


def test_an_answer_taken_back_is_empty_and_a_corrected_one_is_the_last(simple):
    simple.interviews(12)
    simple.interview(SATISFIED, then=[("F1", None)])
    simple.interview(SATISFIED, then=[("F1", "2")])

    given = [row["F1"] for row in rows(simple)]

    assert (given.count(5), given.count(None), given.count(2)) == (12, 1, 1)


def test_interviews_that_the_definition_does_not_count_are_not_there(session, vault):
    survey = make_survey(session, vault, {"一片区": 100}, {"*": 40})
    survey.interviews(12)
    survey.interview(SATISFIED, partial=True)

    assert {row["completeness"] for row in rows(survey)} == {"I"} and len(rows(survey)) == 12


def test_where_partial_interviews_count_they_are_marked(session, vault):
    survey = make_survey(session, vault, {"一片区": 100}, {"*": 40}, partials_count=True)
    survey.interviews(12)
    survey.interview(SATISFIED, partial=True)
    survey.interview(DISSATISFIED, proxy=True)

    found = rows(survey)

    assert sorted(row["completeness"] for row in found) == ["I"] * 13 + ["P"]
    assert sum(row["proxy"] for row in found) == 1


def test_a_multiple_choice_is_a_column_for_each_code(session, vault):
    survey = make_survey(session, vault, {"一片区": 100}, {"*": 40}, questionnaire="full")
    for number in range(12):
        survey.interview(SATISFIED | {"C2": "1 3" if number < 7 else "9"})

    found = rows(survey)

    assert sum(row["C2_1"] or 0 for row in found) == 7 and sum(row["C2_2"] or 0 for row in found) == 0
    assert sum(row["C2_9"] for row in found) == 5
    assert sum(row["C2_1"] is None for row in found) == 5  # who refused said nothing about the others


def test_danger_and_referrals_are_columns_of_the_identified_export_alone(session, vault):
    survey = make_survey(session, vault, {"一片区": 100}, {"*": 40}, questionnaire="full")

    names, identified = (
        {variable.question for variable in records(survey, identified=choice).variables}
        for choice in (False, True)
    )

    assert not {"M7", "K1_H1a"} & names and {"M7", "K1_H1a"} <= identified


def test_words_are_there_only_when_asked_for_and_masked(session, vault):
    survey = make_survey(session, vault, {"一片区": 100}, {"*": 40}, questionnaire="full")
    survey.interviews(11)
    survey.interview(DISSATISFIED, words={"H1a": "〔人名〕来得少"})
    survey.look_at_words()

    assert "H1a" not in rows(survey)[0]
    assert [row["H1a"] for row in rows(survey, words=True) if row["H1a"]] == ["〔人名〕来得少"]


def test_words_that_nobody_has_looked_at_are_not_given_out(session, vault):
    survey = make_survey(session, vault, {"一片区": 100}, {"*": 40}, questionnaire="full")
    survey.interviews(11)
    survey.interview(DISSATISFIED, words={"H1a": "阿芬来得少"})

    assert [row["H1a"] for row in rows(survey, words=True) if row["H1a"]] == [NOT_LOOKED_AT]


def test_the_identified_export_names_household_community_and_numbers(simple):
    simple.interview(SATISFIED)
    case = simple.cases["*", 1]

    (found,) = rows(simple, identified=True)

    assert found["household"] == case.household_id and found["disposition"] == "D01"
    assert found["community"] == simple.session.get(FrameRow, case.frame_row_id).community
    assert found["started_at"].startswith("20") and found["phones"].isdecimal()
    assert str(found["zone"]) == case.zone


def test_an_interview_voided_while_rows_are_read_spoils_the_export(simple):
    simple.interviews(12)
    found = records(simple)

    simple.cases["*", 1].state = "ready"
    simple.session.flush()

    with pytest.raises(Conflict) as refusal:
        list(found.rows())
    assert refusal.value.code == "changed-while-exporting"


def test_names_of_columns_are_fit_for_statistics_programs_and_unique(session, vault):
    survey = make_survey(session, vault, {"一片区": 100}, {"*": 40}, questionnaire="full")

    names = [variable.name for variable in records(survey, words=True, identified=True).variables]

    assert len({name.lower() for name in names}) == len(names)
    assert all(name.isidentifier() and len(name.encode()) <= 64 for name in names)


def test_a_question_that_bears_a_name_of_ours_gets_another():
    heavy = Question("Weight", "select_one", choices=(Choice("1", Wording("重")),))
    questionnaire = Questionnaire("x", "1", Wording(), 1, (heavy,))

    assert variables_of(questionnaire)[-1].name == "Weight_q"
