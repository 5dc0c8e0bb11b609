"""The pages of a season's stations and of a station's rounds: who opens them, what they say, and that nothing ranks."""

import re
from dataclasses import replace

import pytest
from build import NOON, actor_of, make_season
from build_seasons import Counted, make_measured, make_place, make_year
from sqlalchemy import event

from survey.db import db
from survey.models.season import DefinitionVersion
from survey.services import definitions
from survey.services.accounts import recuse
from survey.stats.definition import AT_LEAST_BASICALLY, DEFAULT
from survey.stats.points import Kind, PointsRule


@pytest.fixture
def season(session):
    return make_season(session)


@pytest.fixture
def station(session, season):
    """`station("甲", 45, 5)`: a frozen round of a new station with so many satisfied and dissatisfied."""

    def measured(name, *counts, district="白云区", households=60, **values):
        place = make_place(session, name, f"{name}街", district)
        return make_measured(session, season, place, {"*": Counted(households, *counts)}, **values)

    return measured


@pytest.fixture
def evaluator(client, people):
    return client.sign_in(people("evaluator"))


@pytest.fixture
def results(client, session, season):
    """`results("?q=甲")`: the page of the season."""

    def opened(query="", **values):
        session.commit()
        return client.get(f"/seasons/{season.id}/results/{query}", **values)

    return opened


def over_the_rounds(client, session, station, **values):
    session.commit()
    return client.get(f"/stations/{station.id}/results/", **values)


def listed(page):
    return re.findall(r'href="/rounds/\d+/results" lang="zh">(\w+)<', page.html)


def test_a_season_without_rounds_says_so(evaluator, results):
    assert "本季还没有您可以看的轮次" in results().text


def test_before_a_round_is_frozen_the_page_has_progress_and_says_why_no_rate(evaluator, results, station):
    station("甲", 18, 2, closed=False)

    page = results()

    assert "本季还没有冻结的轮次" in page.text and "发放 20 户，完成 20 户，目标 100 户" in page.text
    assert "先接通的户不代表全体，与已冻结的站不可比" in page.text and "90.0%" not in page.text


def test_stations_stand_side_by_side_with_interval_base_population_and_response_rate(
    evaluator, results, station
):
    station("乙", 40, 10)
    station("甲", 27, 3)

    page = results()

    assert listed(page) == ["甲", "乙"]
    assert "90.0% （78.3–95.0%） 30 60 100.0% 30 ÷ 30" in page.text
    assert (
        "共同率 83.8% 2 站合计，基数 n=80 户。 同时检验 2 站：0 站与共同率的差别超出偶然范围。" in page.text
    )
    assert "满意率＝回答 5、4 的户数 ÷ 作出评价（回答 5、4、3、2、1）的户数" in page.text


def test_no_column_can_be_sorted_and_the_page_says_what_must_not_be_concluded(evaluator, results, station):
    station("甲", 10, 10)
    station("乙", 20, 0)

    page = results("?sort=rate&order=desc")

    assert listed(page) == ["甲", "乙"]
    assert "sort" not in page.html.split("</header>")[1] and '<th scope="col"><a' not in page.html
    assert "不能排名次" in page.text and "按 Holm 法调整" in page.text


def test_stations_beyond_chance_are_named_in_the_order_of_the_list(evaluator, results, station):
    for name, counts in {"甲": (50, 0), "乙": (25, 25), "丙": (42, 8), "丁": (41, 9)}.items():
        station(name, *counts)

    page = results()
    filtered = results("?q=丙")

    assert "超出偶然范围的站（按编号）： 3 甲 偏高 · 4 乙 偏低" in page.text
    assert "4 站：2 站与共同率的差别超出偶然范围" in filtered.text
    assert "（按编号）" not in filtered.text


def test_a_hidden_station_shows_neither_rate_nor_limits(evaluator, results, station):
    station("甲", 5, 3)
    station("乙", 30, 2)
    station("丙", 28, 4)

    page = results()

    row = re.search(r"<tr id=[^>]*>(?:(?!</tr>).)*>甲<.*?</tr>", page.html, re.S).group()
    assert "基数不足：少于 10 户，不公布" in row and "62.5" not in row and "控制限" not in row
    assert "基数不足、不公布的 1 站不在内" in page.text


def test_groups_that_are_not_comparable_are_apart_and_said_to_be(evaluator, results, station):
    round_ = station("甲", 30, 5).round_
    content = {**round_.definition.content, "satisfied_codes": [3, 4, 5]}
    station(
        "乙", 30, 5, definition=DefinitionVersion(name="满意率", version=2, content=content, created_at=NOON)
    )

    page = results()

    assert "分 2 组列出。不同组的满意率不可比" in page.text
    assert page.text.count("同一口径下只有这一站") == 2


def test_a_rate_that_counts_the_middle_answer_is_never_called_satisfaction_rate(
    evaluator, results, station, session
):
    wanted = replace(DEFAULT, name=AT_LEAST_BASICALLY, satisfied_codes=frozenset({3, 4, 5}))
    station("甲", 30, 5, definition=definitions.version_with(session, wanted, NOON))

    page = results()

    assert ">基本满意以上率<" in page.html and "基本满意以上率＝回答 5、4、3 的户数" in page.text
    assert ">满意率" not in page.html


def test_a_target_of_the_points_rule_stands_beside(evaluator, results, station, session):
    wanted = replace(DEFAULT, points=PointsRule(Kind.DEDUCTION, 10, target=90, per_point=1))
    station("甲", 35, 15, definition=definitions.version_with(session, wanted, NOON))

    assert "目标 90%：没有达到，超出偶然范围" in results().text


def test_all_satisfied_and_a_census_are_pages(evaluator, results, station):
    station("甲", 20)
    station("乙", 24, households=24)
    station("丙", 18, households=20, everybody=True)

    page = results()

    assert "各站都是 100.0%，没有差别可比" in page.text and "与共同率相等" in page.text
    assert "上下界 90.0–100.0%" in page.text


def test_a_filter_shows_fewer_and_says_that_the_comparison_stays(evaluator, results, station):
    station("甲", 45, 5)
    station("乙", 30, 20, district="天河区")

    page = results("?district=天河区")

    assert listed(page) == ["乙"] and "共同率 75.0% 2 站合计" in page.text
    assert "共同率和比较仍按全部各站计算" in page.text
    assert "没有符合条件的社工站" in results("?q=没有这个站").text


def test_the_pages_are_there_in_english(evaluator, results, station, client, session):
    place = station("甲", 45, 5).round_.station
    station("乙", 30, 20)
    client.speak("en")

    page = results()
    trend = over_the_rounds(client, session, place)

    assert "Common rate 75.0%" in page.text and "No ranking" in page.text
    assert "Overall satisfaction of each round" in trend.text


def test_a_station_has_its_rounds_with_differences_and_breaks(client, session, evaluator):
    place = make_place(session, "甲")
    first = make_measured(session, make_year(session, 2025), place, {"*": Counted(60, 27, 3)})
    make_measured(
        session, make_year(session, 2026), place, {"*": Counted(60, 18, 12)}, returning=first.household_ids
    )
    content = {**first.round_.definition.content, "satisfied_codes": [3, 4, 5]}
    other = DefinitionVersion(name="满意率", version=2, content=content, created_at=NOON)
    make_measured(session, make_year(session, 2027), place, {"*": Counted(60, 20, 10)}, definition=other)

    page = over_the_rounds(client, session, place)

    assert "90.0% （78.3–95.0%）" in page.text and "−30.0" in page.text
    assert "比上一轮低 30.0 个百分点，超出偶然范围" in page.text
    assert "口径或题目改了：以上与以下不可比" in page.text


def test_a_station_without_rounds_to_see_says_so(client, session, evaluator):
    assert "本站还没有您可以看的轮次" in over_the_rounds(client, session, make_place(session, "甲")).text


def test_the_funnel_is_drawn_at_an_address_of_its_own_for_those_who_may_see_it(
    client, people, results, station, session, season
):
    mine = station("甲", 27, 3).round_
    station("乙", 30, 20)
    session.commit()
    client.sign_in(people("evaluator"))
    address = f"/seasons/{season.id}/results/charts/funnel.svg"

    assert f"{address}?group=1&amp;lang=zh" in results().html
    drawn = client.get(f"{address}?group=1&lang=zh").response

    assert drawn.mimetype == "image/svg+xml" and "乙" in drawn.get_data(as_text=True)
    assert drawn.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert drawn.headers["ETag"] and drawn.cache_control.private
    client.get(f"{address}?group=2", status=404)
    client.sign_in(people("evaluator", round_=mine))
    client.get(address, status=404)


def test_the_trend_is_drawn_from_two_rounds_on(client, session, evaluator):
    place = make_place(session, "甲")
    make_measured(session, make_year(session, 2025), place, {"*": Counted(60, 27, 3)})
    assert "trend.svg" not in over_the_rounds(client, session, place).html
    make_measured(session, make_year(session, 2026), place, {"*": Counted(60, 5, 3)})

    page = over_the_rounds(client, session, place)
    drawn = client.get(f"/stations/{place.id}/results/charts/trend.svg?lang=en&size=narrow").response

    assert f"/stations/{place.id}/results/charts/trend.svg?lang=zh" in page.html
    assert "2025-04" in drawn.get_data(as_text=True) and "62.5" not in drawn.get_data(as_text=True)


def test_seasons_and_results_lead_to_these_pages(evaluator, station, session, season):
    round_ = station("甲", 0, 0).round_
    session.commit()

    season_page = evaluator.get(f"/seasons/{season.id}")
    results_page = evaluator.get(f"/rounds/{round_.id}/results")

    assert f'href="/seasons/{season.id}/results/"' in season_page.html
    assert f'href="/seasons/{season.id}/results/#station-{round_.station_id}"' in results_page.html
    assert f'href="/stations/{round_.station_id}/results/"' in results_page.html


def test_more_stations_need_no_more_queries(evaluator, results, station):
    def statements():
        seen = []
        listen = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listen)
        results()
        event.remove(db.engine, "before_cursor_execute", listen)
        return seen

    station("甲", 12, 3)
    station("乙", 12, 3, closed=False)
    few = len(statements())
    for name in "丙丁戊己庚":
        station(name, 12, 3)
        station(f"{name}甲", 12, 3, closed=False)

    many = statements()

    assert len(many) == few
    assert not [one for one in many if "answer_event" in one or "contact" in one]


def test_a_coordinator_finds_no_way_here(client, people, station, session, season):
    station("甲", 27, 3)
    session.commit()
    client.sign_in(people("coordinator"))

    assert f"/seasons/{season.id}/results/" not in client.get(f"/seasons/{season.id}").html
    client.get(f"/seasons/{season.id}/results/", status=403)


def test_an_evaluator_of_one_round_sees_that_station_alone(client, people, station, session, results):
    mine = station("甲", 27, 3).round_
    other = station("乙", 30, 20).round_
    session.commit()
    client.sign_in(people("evaluator", round_=mine))

    page = results()

    assert listed(page) == ["甲"] and "没有共同率可比" in page.text
    client.get(f"/stations/{mine.station_id}/results/")
    client.get(f"/stations/{other.station_id}/results/", status=403)


def test_who_is_recused_from_a_station_sees_it_on_neither_page(client, people, station, session, results):
    avoided = station("甲", 27, 3).round_
    station("乙", 30, 20)
    station("丙", 40, 10)
    person = people("commissioner")
    recuse(session, actor_of(person), NOON, person, avoided.station, "亲属在该站任职")
    session.commit()
    client.sign_in(person)

    page = results()

    assert listed(page) == ["丙", "乙"] and "共同率 70.0% 2 站合计" in page.text
    client.get(f"/stations/{avoided.station_id}/results/", status=403)
