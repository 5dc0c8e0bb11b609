"""The brief for the experts' visit: the figures of the results page, and nobody's identity."""

import re

import pytest
from build import make_round
from build_results import DISSATISFIED, SATISFIED, make_survey

from survey.web.brief import ZONES_AT_MOST


@pytest.fixture
def survey(session, app):
    return make_survey(
        session, app.extensions["vault"], {"一片区": 500, "二片区": 547}, {"*": 120}, released={"*": 110},
        questionnaire="full",
    )  # fmt: skip


@pytest.fixture
def evaluator(client, people):
    return client.sign_in(people("evaluator"))


def read(client, survey, page="brief"):
    survey.session.commit()
    return client.get(f"/rounds/{survey.round_.id}/{page}")


def test_headline_sentence_and_definition_are_those_of_the_results(evaluator, survey):
    survey.interviews(90, 6)

    brief, results = read(evaluator, survey), read(evaluator, survey, "results")

    for text in (
        "满意率 93.8%（87.3–97.5%），n=96，N=1,047，口径 满意率 v1",
        "据此推断全部 1,047 户的满意率在 87.3% 到 97.5% 之间",
        "若都不算“满意”，满意率为 81.8%",
        "满意度得分 95.3 分（M2 折算），n=96",
        "回答 5、4 的户数",
        "区间：有限总体精确区间（超几何分布）。",
        "18 项全部一致",
    ):
        assert text in brief.text and text in results.text, text


def test_trio_awareness_contact_and_zones_stand_there_with_interval_and_base(evaluator, survey):
    for number in range(60):
        survey.interview(SATISFIED | {"C2": "1 2 3", "G2": "4" if number % 2 else "2", "G3": "7"})

    page = read(evaluator, survey)

    assert re.search(r"能力提升 50\.0% （[\d.–]+%） n=60", page.text)
    assert "支持网络 — 没有人回答" in page.text
    assert re.search(r"有效知晓率 100\.0% （[\d.–]+%） n=60", page.text)
    assert re.search(r"一片区 100\.0% （[\d.–]+%） n=\d+", page.text)


def test_frame_sample_response_and_outcomes_are_one_line_that_adds_up(evaluator, survey):
    survey.interviews(50, 5)
    for code in ("D12", "D13", "D37"):
        survey.finish(code)

    text = read(evaluator, survey).text

    assert "抽样框 1,047 户，抽取 120 户，发放 110 户，计入访问 55 户；应答率 RR1 50.0%" in text
    line = re.search(r"发放各户的结果： ?(.*?) 口径", text).group(1)
    assert line == "完整访问 55 · 拒访与中断 2 · 号码情况不明 1 · 尚无最终结果 52"


def test_hidden_figures_stay_hidden(evaluator, survey):
    survey.interviews(3, 1)

    page = read(evaluator, survey)

    assert (
        "满意率 —（基数不足：少于 10 户，不公布）" in page.text and "问题解决 — 基数不足，不公布" in page.text
    )
    assert "75.0%" not in page.text


def test_more_zones_than_there_is_room_for_are_counted(evaluator, session, app):
    zones = {f"{number}片区": 20 for number in range(ZONES_AT_MOST + 3)}
    survey = make_survey(session, app.extensions["vault"], zones, dict.fromkeys(zones, 12))
    for zone in zones:
        survey.interviews(11, 1, zone)

    assert "另有 3 个片区，见结果页" in read(evaluator, survey).text


def test_it_names_nobody_and_quotes_nobody(evaluator, survey):
    survey.interviews(20)
    survey.interview(DISSATISFIED, words={"H1a": "约好上门没有来"})

    page = read(evaluator, survey)

    assert "约好" not in page.html and not re.search(r"\bH-[0-9A-Z]{6,}|1380000|陈", page.html)


def test_before_the_first_interview_and_before_the_draw_it_is_a_page_too(evaluator, survey, session):
    assert "还没有计入的访问，没有可以报告的数字" in read(evaluator, survey).text

    round_ = make_round(session, survey.round_.season, other_station(session))
    session.commit()
    assert "尚未抽样" in evaluator.get(f"/rounds/{round_.id}/brief").text


def other_station(session):
    from build import make_station

    return make_station(session, "别的社工站")


def test_a_difference_in_the_verification_is_marked(evaluator, survey):
    survey.interviews(20)
    favourite = survey.cases["*", 115]
    favourite.release_id, favourite.state = survey.cases["*", 1].release_id, "ready"

    assert re.search(r"复核 ✗ \d+ 项不一致", read(evaluator, survey).text)


@pytest.mark.parametrize(("role", "status"), [("commissioner", 200), ("coordinator", 403), ("surveyor", 403), ("station", 403)])  # fmt: skip
def test_who_may_read_results_may_read_the_brief(role, status, client, people, survey):
    survey.interviews(20)
    survey.session.commit()

    client.sign_in(people(role)).get(f"/rounds/{survey.round_.id}/brief", status)


def test_the_results_page_leads_to_it(evaluator, survey):
    survey.interviews(20)

    assert f"/rounds/{survey.round_.id}/brief" in read(evaluator, survey, "results").html
