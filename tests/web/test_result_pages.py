import re
from datetime import date, timedelta

import pytest
from build import NOON, actor_of, make_round, make_season
from build_results import DISSATISFIED, NEVER_MET, SATISFIED, make_survey
from sqlalchemy import event

from survey.db import db
from survey.models.draw import Release
from survey.models.season import DefinitionAdoption
from survey.services import closing
from survey.services.closing import Explanation

REASONS = Explanation({}, "户数少", "某街道办事处 黄科长")
PERSONAL = re.compile(
    r"""\b(?:from|join)\s+"?(?:contact|phone_index|roster_upload)"?\b|verbatim"?\."?sealed|_sealed\b""", re.I
)


@pytest.fixture
def survey(session, app):
    """100 of 1,047 households interviewed: 96 satisfied, in Mandarin, one without contact."""
    return make_survey(
        session, app.extensions["vault"], {"一片区": 500, "二片区": 547}, {"*": 120}, released={"*": 110}
    )


@pytest.fixture
def evaluator(client, people):
    return client.sign_in(people("evaluator"))


def results(client, survey, **values):
    survey.session.commit()
    return client.get(f"/rounds/{survey.round_.id}/results", **values)


def verbatims(client, survey, query=""):
    survey.session.commit()
    return client.get(f"/rounds/{survey.round_.id}/verbatims{query}")


def test_the_headline_is_one_line_with_base_population_and_definition(evaluator, survey):
    survey.interviews(96, 4)

    page = results(evaluator, survey)

    assert "满意率 96.0%（90.4–98.8%），n=100，N=1,047，口径 满意率 v1" in page.text
    assert "据此推断全部 1,047 户的满意率在 90.4% 到 98.8% 之间" in page.text
    assert "满意度得分 97.0 分（M2 折算）" in page.text


def test_the_strip_says_that_the_draw_was_verified_and_how_many_answered(evaluator, survey):
    survey.interviews(50, 5)

    page = results(evaluator, survey)

    assert "项全部一致" in page.text and "应答率 50.0%" in page.text
    assert "55 ÷ 110" in page.text and "完整访问的户 ÷ 发放户数减去已查明不符合条件的户" in page.text
    assert "未受访 55 户 ＝ 发放 110 − 已查明不属于调查对象 0 − 计入的访问 55" in page.text
    assert "本轮 N：1,047 ＝ 1,047 − 0" in page.text
    assert "抽取 120 户（其中备用 0）＝ 发放 110 ＋ 未发放 10" in page.text


def test_a_mismatch_is_shown_before_any_figure(evaluator, survey):
    survey.interviews(20)
    survey.interview().counted_at = None

    page = results(evaluator, survey)

    assert "户数对不上" in page.text


def test_before_the_first_interview_the_page_says_what_will_stand_there(evaluator, survey):
    page = results(evaluator, survey)

    assert "还没有计入的访问" in page.text and "尚无最终结果的 110 户" in page.text


def test_a_round_without_a_roster_has_a_page_too(evaluator, session):
    round_ = make_round(session)
    session.commit()

    page = evaluator.get(f"/rounds/{round_.id}/results")

    assert "尚未封存" in page.text and "还没有发放" in page.text


def test_below_ten_interviews_the_count_is_shown_and_the_rate_is_not(evaluator, survey):
    survey.interviews(1)
    survey.interview(SATISFIED, proxy=True)

    page = results(evaluator, survey)

    assert "—（基数不足：少于 10 户，不公布）" in page.text and "计入 2 户，其中代答 1 户" in page.text
    assert "满意率 100" not in page.text and "非常满意" not in page.text


def test_small_zones_stand_together_and_what_stays_hidden_shows_neither_rate_nor_counts(
    evaluator, session, app
):
    survey = make_survey(
        session, app.extensions["vault"], {"一片区": 60, "二片区": 40, "三片区": 20},
        {"一片区": 40, "二片区": 30, "三片区": 10},
    )  # fmt: skip
    survey.interviews(35, 0, "一片区")
    survey.interviews(18, 2, "二片区")
    survey.interviews(6, 0, "三片区")

    page = results(evaluator, survey)

    assert "合并的小片区" in page.text and "二片区、三片区" in page.text
    assert "18 户" not in page.text and "90.0%" not in page.text


@pytest.mark.parametrize(("satisfied", "dissatisfied"), [(30, 0), (0, 30)])
def test_all_and_nobody_satisfied_are_pages(satisfied, dissatisfied, evaluator, survey):
    survey.interviews(satisfied, dissatisfied)

    page = results(evaluator, survey)

    assert ("满意率 100.0%（" if satisfied else "满意率 0.0%（") in page.text


def test_a_census_says_so(evaluator, session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 24}, {"*": 24})
    survey.interviews(22, 2)

    page = results(evaluator, survey)

    assert "满意率 91.7%（全体结果，没有抽样误差），n=24，N=24" in page.text


def test_a_census_with_nonresponse_gives_bounds_and_no_interval(evaluator, session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 24}, {"*": 24})
    survey.interviews(18, 2)

    page = results(evaluator, survey)

    assert "满意率 90.0%（未受访上下界 75.0–91.7%），n=20，N=24" in page.text
    assert "无论未受访户意见如何" in page.text and "上述推断" not in page.text
    assert "基数只有 20 户" in page.text


def test_the_full_form_shows_all_items_the_trio_and_effective_awareness(evaluator, session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 300}, {"*": 100}, questionnaire="full")
    for _ in range(20):
        survey.interview(SATISFIED | {"C2": "1 2 3", "F2": "4", "F5": "5", "G2": "4", "G3": "7"})

    page = results(evaluator, survey)

    assert all(name in page.text for name in ("态度", "专业", "保密", "问题解决", "能力提升", "支持网络"))
    assert "有效知晓率 100.0%" in page.text and "没有这方面需要 20" in page.text
    assert "没有人回答，无法计算" in page.text


def test_the_page_is_there_in_english(evaluator, survey):
    survey.interviews(40, 4)
    survey.interview(NEVER_MET)
    evaluator.speak("en")

    page = results(evaluator, survey)

    assert "Very satisfied" in page.text and "很不满意" not in page.text


@pytest.mark.parametrize(
    "path", ["results", "brief", "results/charts/rates.svg", "verbatims", "verbatims?q=上门"]
)
def test_evaluators_pages_read_no_names_numbers_or_raw_words(path, evaluator, survey):
    survey.interviews(20, 2)
    survey.interview(DISSATISFIED, words={"H1a": "约好上门没有来"}, then=[("H1", "5"), ("H1", "1")])
    survey.session.commit()
    survey.session.expunge_all()
    statements = []
    listen = lambda *arguments: statements.append(arguments[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listen)

    page = evaluator.get(f"/rounds/{survey.round_.id}/{path}")

    event.remove(db.engine, "before_cursor_execute", listen)
    assert "上门" in page.text or not path.startswith("verbatims")
    assert any("answer_event" in statement for statement in statements)
    assert [statement for statement in statements if PERSONAL.search(statement)] == []


def test_the_guard_above_notices_personal_columns():
    assert PERSONAL.search("SELECT contact.phones_sealed FROM contact") and PERSONAL.search(
        "JOIN phone_index ON"
    )
    assert PERSONAL.search('SELECT "verbatim".sealed FROM verbatim')
    assert not PERSONAL.search("SELECT interview.no_contact, frame.sealed_at FROM interview")


def test_words_are_masked_and_carry_question_and_zone_only(evaluator, survey):
    survey.interviews(40)
    survey.interview(SATISFIED, words={"H1b": "〔姓名〕常来看我", "J1": "多办活动"})

    page = verbatims(evaluator, survey)

    assert "〔姓名〕常来看我" in page.text and "最满意之处" in page.text and "共 2 条" in page.text
    assert "原话：" not in page.text and survey.cases["*", 41].household_id not in page.html


def test_words_can_be_searched_by_text_and_question(evaluator, survey):
    survey.interviews(12)
    survey.interview(SATISFIED, words={"J1": "多办活动", "I2": "想要羽绒服"})

    assert "多办活动" not in verbatims(evaluator, survey, "?q=羽绒").text
    only = verbatims(evaluator, survey, "?question=J1").text
    assert "多办活动" in only and "羽绒服" not in only
    assert "没有符合条件的原话" in verbatims(evaluator, survey, "?q=%25").text


def test_without_words_the_page_says_what_will_stand_there(evaluator, survey):
    assert "还没有原话" in verbatims(evaluator, survey).text


def test_a_surveyor_sees_neither_page(client, people, survey):
    client.sign_in(people("surveyor"))
    survey.session.commit()

    client.get(f"/rounds/{survey.round_.id}/results", status=403)
    client.get(f"/rounds/{survey.round_.id}/verbatims", status=403)


@pytest.fixture
def batches(session, app):
    made = make_survey(
        session, app.extensions["vault"], {"一片区": 500, "二片区": 547}, {"*": 120}, released={"*": 60}
    )
    made.interviews(45, 15)
    second = Release(round_id=made.round_.id, number=2, reason="补发", counts={"*": 40}, released_at=NOON)
    session.add(second)
    session.flush()
    for rank in range(61, 101):
        made.cases["*", rank].release_id, made.cases["*", rank].state = second.id, "ready"
    session.flush()
    return made


def test_the_first_batch_is_a_switch_away_and_says_which_cases_it_speaks_of(evaluator, batches):
    batches.interviews(40)

    page = results(evaluator, batches)
    assert (
        "全部批次 发放 100 户，访问 100 户" in page.text and "只看第一批 发放 60 户，访问 60 户" in page.text
    )
    assert "满意率 85.0%（" in page.text and "范围：全部发放的 100 户中计入的 100 户访问" in page.text
    assert 'href="/rounds/1/results?batch=first"' in page.html

    first = evaluator.get("/rounds/1/results?batch=first")
    assert "满意率 75.0%（" in first.text and "，只计第一批发放的 60 户" in first.text
    assert "范围：只计第一批发放的 60 户中计入的 60 户访问；后来补发的不计" in first.text
    assert "第一批发放 60 户 ＝ 下列各结果之和；后来补发和未发放的 60 户不在内" in first.text
    assert "应答率 100.0%" in first.text


def test_a_first_batch_that_differs_by_few_is_neither_offered_nor_shown_when_asked_for(evaluator, batches):
    batches.interviews(4)

    results(evaluator, batches)
    page = evaluator.get("/rounds/1/results?batch=first")

    assert "不单独显示：基数不足，或与全部结果相差不到 10 户" in page.text
    assert "batch=first" not in page.html.split("</header>")[1]
    assert "满意率 76.6%（" in page.text and "满意率 75.0%（" not in page.text and "访问 64 户" in page.text


def test_a_single_batch_shows_no_switch(evaluator, survey):
    survey.interviews(40)

    assert "只看第一批" not in results(evaluator, survey).text


# -- a closed round -------------------------------------------------------------------------------------------------


def shut(survey, people):
    coordinator = actor_of(people("coordinator"))
    closing.close(survey.session, coordinator, NOON + timedelta(days=20), survey.round_, REASONS)
    survey.session.commit()


@pytest.fixture
def closed(survey, people):
    survey.interviews(96, 4)
    for _ in range(10):
        survey.finish("D12")
    shut(survey, people)
    return survey


def test_a_closed_round_says_when_its_draw_was_verified_and_verifies_again_when_asked(evaluator, closed):
    page = results(evaluator, closed)
    assert "冻结时复核" in page.text and "数据已冻结" in page.text

    again = evaluator.get(f"/rounds/{closed.round_.id}/results/verification")

    assert "项全部一致" in again.text and "抽样框的哈希" in again.text


def test_a_closed_round_costs_as_many_queries_as_any_other_and_reads_no_answers(evaluator, closed):
    made = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: made.append(arguments[2]))

    results(evaluator, closed)

    read = " ".join(made).lower()
    assert not re.search(
        r'\b(?:from|join) "?(?:answer_event|interview|case|frame_row|verbatim|household)"?\b', read
    )


def test_every_part_of_the_page_can_be_linked_to(evaluator, session, app):
    survey = make_survey(
        session, app.extensions["vault"], {"一片区": 150, "二片区": 150}, {"*": 120}, questionnaire="full",
        categories=["低保对象", "残疾人"], levels=["一级", "二级"],
    )  # fmt: skip
    survey.interviews(100, 20)

    page = results(evaluator, survey)

    links = re.findall(r'<a href="#([\w-]+)">', page.html)
    assert {
        "headline",
        "items",
        "trio",
        "reach",
        "contact",
        "zones",
        "categories",
        "levels",
        "sensitivity",
    } <= set(links)
    assert all(f'id="{link}"' in page.html for link in links)


def test_another_definition_is_named_above_its_figures(evaluator, closed, session):
    own = closed.round_.definition
    other = type(own)(
        name="满意率", version=7, content=own.content | {"satisfied_codes": [5]}, created_at=NOON
    )
    session.add(other)
    session.flush()
    had = {"definition_id": other.id, "adopted_at": NOON, "reason": "委托方来函", "after_release": True}
    session.add(DefinitionAdoption(round_id=closed.round_.id, **had))
    session.commit()

    page = evaluator.get(f"/rounds/{closed.round_.id}/results?definition={other.id}")

    assert "下面按口径 满意率 v7 计算" in page.text and "口径 满意率 v7" in page.text
    evaluator.get(f"/rounds/{closed.round_.id}/results?definition=99999", 404)


def test_scores_and_rates_stand_in_columns_of_their_own(evaluator, closed):
    page = results(evaluator, closed)

    (row,) = re.findall(r'<tr id="variant-M1">.*?</tr>', page.html, re.S)
    assert "分" in row and "%" not in row


def test_the_last_round_stands_beside_this_one_with_what_may_be_said(evaluator, closed, session, app):
    season = make_season(session, "2026 年末期评估")
    season.fieldwork_from, season.fieldwork_to = date(2026, 4, 1), date(2026, 4, 30)
    round_ = make_round(session, season, closed.round_.station)
    later = make_survey(session, app.extensions["vault"], {"一片区": 900}, {"*": 100}, round_=round_)
    later.interviews(60, 40)

    page = results(evaluator, later)

    assert "与上一轮相比，满意率降低 36.0 个百分点" in page.text and "超出了抽样误差能解释的范围" in page.text
    assert "满意率 60.0%" in page.text and "<b>96.0%</b>" in page.html


def test_words_of_a_closed_round_are_counted_and_a_search_says_how_far_it_looked(evaluator, survey, people):
    for number in range(3):
        survey.interview(words={"J1": f"第{number}句"})
    survey.interviews(97)
    for _ in range(10):
        survey.finish("D12")
    shut(survey, people)

    assert "共 3 条" in verbatims(evaluator, survey).text
    found = verbatims(evaluator, survey, "?q=第1句")
    assert "在 3 条里找到这些" in found.text and "第1句" in found.text and "第2句" not in found.text
