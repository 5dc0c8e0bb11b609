from build_results import DISSATISFIED, NEVER_MET, SATISFIED, make_survey

from survey.questionnaire.schema import from_json
from survey.services.tallies import NO_CONTACT
from survey.services.tallying import tally_of
from survey.stats.cells import Cell, Stratum

ZONES = {"一片区": 70, "二片区": 50}


def tally(survey):
    return tally_of(survey.session, survey.round_, from_json(survey.round_.questionnaire.content))


def cells(survey, question):
    return {(cell.stratum, cell.domain, cell.code): cell.count for cell in tally(survey).cells(question)}


def test_equal_answers_of_a_stratum_and_zone_are_one_cell(session, vault):
    survey = make_survey(session, vault, ZONES, {"一片区": 60, "二片区": 40})
    survey.interviews(3, 1, "一片区")
    survey.interviews(2, 0, "二片区")

    assert cells(survey, "H1") == {
        ("一片区", "一片区", 5): 3,
        ("一片区", "一片区", 2): 1,
        ("二片区", "二片区", 5): 2,
    }


def test_strata_know_frame_releases_respondents_and_who_was_out_of_scope(session, vault):
    survey = make_survey(
        session, vault, ZONES, {"一片区": 60, "二片区": 40}, released={"一片区": 30, "二片区": 20}
    )
    survey.interviews(3, 1, "一片区")
    survey.finish("D41", "二片区")

    assert tally(survey).strata() == {"一片区": Stratum(70, 30, 4, 0), "二片区": Stratum(50, 20, 0, 1)}


def test_a_draw_from_the_whole_frame_is_one_stratum_with_zones_inside(session, vault):
    survey = make_survey(session, vault, ZONES, {"*": 100})
    survey.interviews(4)

    found = tally(survey)

    assert found.strata() == {"*": Stratum(120, 100, 4, 0)} and found.zones() == ZONES
    assert found.zone_strata("一片区") == {"*": 70}


def test_only_counted_interviews_of_this_round_are_tallied(session, vault):
    survey = make_survey(session, vault, ZONES, {"*": 100})
    survey.interviews(2)
    still_open = survey.interview(DISSATISFIED)
    still_open.case.state, still_open.case.outcome, still_open.counted_at = "ready", None, None
    session.flush()

    found = tally(survey)

    assert found.respondents == 2 and {code for *_, code in cells(survey, "H1")} == {5}


def test_an_answer_taken_back_is_no_answer(session, vault):
    survey = make_survey(session, vault, ZONES, {"*": 100})
    survey.interview(SATISFIED, then=[("F1", None)])

    assert cells(survey, "F1") == {} and sum(cells(survey, "F3").values()) == 1


def test_a_change_that_returns_to_the_path_brings_the_answers_back(session, vault):
    survey = make_survey(session, vault, ZONES, {"*": 100})
    survey.interview(SATISFIED, then=[("D1", "2"), ("C1", "3")])
    assert cells(survey, "H1") == {}
    survey.interview(SATISFIED, then=[("D1", "2"), ("C1", "3"), ("C1", "1")])

    assert sum(cells(survey, "H1").values()) == 1


def test_a_multiple_choice_is_tallied_by_combination(session, vault):
    survey = make_survey(session, vault, ZONES, {"*": 100}, questionnaire="full")
    survey.interview(SATISFIED | {"C2": "1 2 3"})
    survey.interview(SATISFIED | {"C2": "1 2 3"})
    survey.interview(SATISFIED | {"C2": "0"})

    counted: dict = {}
    for (_, _, code), n in cells(survey, "C2").items():
        counted[code] = counted.get(code, 0) + n
    assert counted == {"1 2 3": 2, 0: 1}


def test_proxies_and_partials_can_be_left_out(session, vault):
    survey = make_survey(session, vault, ZONES, {"*": 100})
    survey.interview(SATISFIED)
    survey.interview(SATISFIED, proxy=True)
    survey.interview(SATISFIED, partial=True)

    whole = tally(survey)

    assert whole.respondents == 3 and whole.counting({"I"}).respondents == 2
    assert whole.counting({"I", "P"}, proxies=False).strata()["*"].respondents == 2


def test_households_without_contact_are_respondents_without_an_answer(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    survey.interview(NEVER_MET)

    found = tally(survey)

    assert found.respondents == 1 and found.cells("H1") == []
    assert found.no_contact_cells() == [Cell("*", NO_CONTACT, 1, domain="一片区")]


def test_the_answers_come_from_one_grouping_query(session, vault):
    from sqlalchemy import event

    survey = make_survey(session, vault, ZONES, {"*": 100})
    survey.interviews(5)
    grouped: list[str] = []
    listen = lambda *arguments: grouped.append(arguments[2])  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", listen)
    tally(survey)
    event.remove(session.get_bind(), "before_cursor_execute", listen)

    assert len([text for text in grouped if "answer_event.value" in text and "GROUP BY" in text]) <= 2
    assert len(grouped) <= 11
