import json
from dataclasses import replace

import pytest
from build import NOON, make_round
from build_results import SATISFIED, make_survey

from survey.catalogues import catalogue
from survey.reports.document import results_document
from survey.services import definitions
from survey.services.results import round_results
from survey.stats.definition import DEFAULT
from survey.stats.points import Band, Kind, PointsRule


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
    """Two zones; in the second a single household has said something about the staff's manner."""
    survey = make_survey(session, vault, {"一片区": 60, "二片区": 60}, {"一片区": 40, "二片区": 40})
    survey.interviews(35, 0, "一片区")
    survey.interviews(1, 0, "二片区")
    for _ in range(19):
        survey.interview(SATISFIED | {"F1": "8"}, stratum="二片区")
    return survey


def of_zone(found, name, question):
    (zone,) = [zone for zone in found["zones"] if zone["name"] == name]
    return next(figure for figure in zone["figures"] if figure["question"] == question)


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
    found = document(hiding)

    shown, hidden, beside = (
        of_zone(found, *place) for place in (("一片区", "H1"), ("二片区", "F1"), ("一片区", "F1"))
    )
    assert shown["shown"] and shown["rate"]["n"] == 35
    assert not hidden["shown"] and "少于 10 户" in hidden["reason"]
    assert numbers_of(hidden) == numbers_of(beside) == []


def test_small_zones_stand_together_under_a_name_of_ours(session, vault):
    survey = make_survey(
        session, vault, {"一片区": 60, "二片区": 40, "三片区": 20}, {"一片区": 40, "二片区": 30, "三片区": 10}
    )
    survey.interviews(35, 0, "一片区")
    survey.interviews(18, 2, "二片区")
    survey.interviews(6, 0, "三片区")

    zones = document(survey)["zones"]

    assert [(zone["name"], zone["merged"]) for zone in zones] == [
        ("一片区", []),
        ("合并的小片区", ["二片区", "三片区"]),
    ]


def test_a_variant_that_differs_by_few_is_withheld_without_a_number(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 60})
    survey.interviews(40)
    survey.interview(SATISFIED, proxy=True)

    variants = {one["key"]: one for one in document(survey)["sensitivity"]}

    assert not variants["without_proxies"]["shown"] and variants["without_proxies"]["reason"]
    assert numbers_of(variants["without_proxies"]) == [] and variants["without_proxies"]["difference"] is None
    assert variants["M1"]["score"]["value"] == pytest.approx(100)


def test_contact_as_reported_is_there_with_weighted_shares(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 60})
    survey.interviews(12)

    (asked, *_others) = document(survey)["contact"]

    assert asked["question"] == "D1" and asked["choices"][0]["share"] == 1.0


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
    assert json.dumps(chinese, allow_nan=False)
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


def test_points_are_there_with_their_rule_and_warning(session, vault):
    rule = PointsRule(Kind.BANDS, maximum=10, bands=(Band(60, 6), Band(80, 8), Band(90, 10)))
    version = definitions.new_version(session, replace(DEFAULT, points=rule), NOON)
    survey = make_survey(session, vault, {"一片区": 1000}, {"*": 100}, definition=version)
    survey.interviews(36, 4)

    found = document(survey)

    assert (found["points"]["value"], found["points"]["maximum"], found["points"]["edges"]) == (
        10,
        10,
        [80, 90],
    )
    assert "90% 及以上 10 分" in found["definition"]["points_rule"] and found["points"]["warning"]


def test_how_far_interviews_were_checked_again_is_told_in_counts(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 60})
    survey.interviews(12)

    found = document(survey)["rechecks"]

    assert (found["checked"], found["error_rate"], found["low"]) == (0, None, None)
