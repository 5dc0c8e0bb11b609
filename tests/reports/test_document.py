import json

import pytest
from build import make_round
from build_results import SATISFIED, make_survey

from survey.catalogues import catalogue
from survey.reports.document import results_document
from survey.services.results import round_results


def document(survey, **values):
    return results_document(round_results(survey.session, survey.round_), survey.round_, **values)


def numbers_of(value):
    """Every number anywhere below a value; a verdict is none."""
    if isinstance(value, dict):
        return [found for part in value.values() for found in numbers_of(part)]
    if isinstance(value, list):
        return [found for part in value for found in numbers_of(part)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


@pytest.fixture
def hiding(session, vault):
    """Three zones, of which two are hidden."""
    survey = make_survey(
        session, vault, {"一片区": 60, "二片区": 40, "三片区": 20}, {"一片区": 40, "二片区": 30, "三片区": 10}
    )
    survey.interviews(35, 0, "一片区")
    survey.interviews(18, 2, "二片区")
    survey.interviews(6, 0, "三片区")
    return survey


def test_the_headline_is_the_unrounded_rate_with_base_population_and_definition(session, vault):
    survey = make_survey(session, vault, {"一片区": 600, "二片区": 436}, {"*": 100})
    survey.interviews(96, 4)

    found = document(survey)

    rate = found["headline"]["rate"]
    assert (rate["value"], rate["low"], rate["high"]) == (0.96, 937 / 1036, 1023 / 1036)
    assert (rate["n"], rate["N"], rate["satisfied"], rate["method"]) == (100, 1036, 96, "hypergeometric")
    assert (found["definition"]["name"], found["definition"]["version"]) == ("满意率", 1)
    assert found["headline"]["score"]["value"] == pytest.approx(97)


def test_a_hidden_figure_carries_its_reason_and_no_number(hiding):
    zones = {zone["name"]: zone["figures"][0] for zone in document(hiding)["zones"]}

    assert zones["一片区"]["shown"] and zones["一片区"]["rate"]["n"] == 35
    assert not zones["三片区"]["shown"] and "少于 10 户" in zones["三片区"]["reason"]
    assert numbers_of(zones["三片区"]) == numbers_of(zones["二片区"]) == []


def test_before_the_first_interview_there_is_a_document_without_figures(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 110})

    found = document(survey)

    assert found["headline"] is None and found["items"] == [] and found["zones"] == []
    assert found["sizes"] == {"released": 110, "interviews": 0}
    assert found["dispositions"]["pending"] == 110 and found["definition"]["version"] == 1


def test_a_round_without_a_roster_has_a_document_too(session):
    round_ = make_round(session)

    found = results_document(round_results(session, round_), round_)

    assert found["integrity"]["sealed_at"] is None and found["releases"] == []


def test_the_document_is_json_in_either_language(hiding):
    chinese, english = document(hiding), document(hiding, translate=catalogue("en").gettext, language="en")

    assert json.loads(json.dumps(chinese)) == chinese
    assert chinese["items"][0]["name"] == "态度" and english["items"][0]["name"] != "态度"
    assert english["headline"]["counts"][0]["label"] == "Very satisfied"
    assert numbers_of(english) == numbers_of(chinese)


def test_outcomes_carry_the_rates_and_what_they_are_made_of(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 60})
    survey.interviews(40)
    survey.interview(SATISFIED, partial=True)
    survey.finish("D11")

    found = document(survey)

    assert found["rates"]["RR1"] == 40 / 60
    share = found["rates"]["shares"][0]
    assert (share["part"], share["whole"], share["value"]) == (40, 60, 40 / 60)
    assert (
        sum(line["n"] for line in found["dispositions"]["lines"]) == found["dispositions"]["released"] == 60
    )
