"""The public page of a season and its printed notice: that it is genuine, where and when, and never who."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from build import make_round, make_season, make_station

from survey.app import create_app
from survey.fieldwork.ruleset import CallingRules, Window
from survey.models.season import Holiday
from survey.questionnaire.columns import NOT_TO_THIRD_PARTIES
from survey.services import announcements
from survey.web import verification

DURING = datetime(2025, 4, 10, 4, 0, tzinfo=UTC)
PUBLIC_ADDRESS = "https://huifang.example.cn"


@pytest.fixture
def clock(monkeypatch):
    def set_to(moment):
        monkeypatch.setattr(verification, "now", lambda: moment)

    set_to(DURING)
    return set_to


@pytest.fixture
def season(session, clock):
    made = make_season(session)
    make_round(session, made, make_station(session))
    make_round(session, made, make_station(session, "松洲街社工服务站", "松洲街"))
    session.commit()
    return made


@pytest.fixture
def path(app, season):
    return f"/verify/{announcements.number_of(app.extensions['vault'], season)}"


def test_a_season_with_home_visits_says_how_they_come_and_no_longer_that_nobody_comes(
    client, path, season, session
):
    assert "没有事先约好，不上门" in client.get(path).text
    season.rounds[0].home_visits = True
    session.commit()

    text = client.get(path).text
    assert "不上门" not in text and "先出示工作证" in text


# -- the public page -----------------------------------------------------------------------------------------


def test_without_a_login_anybody_reads_who_asks_for_whom_where_when_and_what_number_to_ring(client, path):
    text = client.get(path).text

    assert "某市社会组织联合会" in text and "某街道办事处" in text and "020-81234567" in text
    assert "白云区三元里街" in text and "白云区松洲街" in text
    assert "2025-04-01 至 2025-04-30" in text and "正在进行，到 2025-04-30 结束" in text
    assert "周一至周五 09:30–11:30 、 15:00–17:30 、 18:30–20:30" in text


@pytest.mark.parametrize(
    "promise", ["身份证号", "银行卡号、密码、验证码", "转账", "上门", "不要再打", "想删掉", "受访编号"]
)
def test_it_says_what_is_never_asked_and_how_to_refuse_or_delete(client, path, promise):
    assert promise in client.get(path).text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_neither_station_nor_target_group_nor_the_seasons_name_is_named(client, path, season, language):
    season.name = "社工站末期评估"
    season.rounds[0].target_group = "低保和残疾人家庭"
    page = client.speak(language).get(path)

    assert NOT_TO_THIRD_PARTIES.search(page.html) is None
    assert "服务站" not in page.html and "评估季" not in page.html and "末期" not in page.html


def test_nothing_of_a_household_is_on_it(client, app, session, clock):
    from build_results import make_survey

    survey = make_survey(session, app.extensions["vault"], {"一片区": 8}, {"*": 8}, released={"*": 8})
    session.commit()
    number = announcements.number_of(app.extensions["vault"], survey.round_.season)
    page = client.get(f"/verify/{number}")

    ids = [case.household_id for case in survey.cases.values()]
    assert ids and not [each for each in ids if each in page.html]
    assert "一片区" not in page.html and "/rounds/" not in page.html and "陈" not in page.html


def test_the_times_are_those_of_the_seasons_own_rules_and_days_without_calls_are_named(
    client, path, season, session
):
    rules = CallingRules(need_weekend=False, weekend_windows=(), weekday_windows=(
        Window(datetime(2025, 1, 1, 10).time(), datetime(2025, 1, 1, 12).time()),
        Window(datetime(2025, 1, 1, 18).time(), datetime(2025, 1, 1, 21).time()),
    ), min_bands=2)  # fmt: skip
    season.calling_rules = rules.to_dict()
    session.add_all(Holiday(day=day, name="清明") for day in (date(2025, 4, 4), date(2025, 5, 1)))
    session.commit()
    text = client.get(path).text

    assert "周一至周五 10:00–12:00 、 18:00–21:00 周六、周日 不打电话" in text
    assert "其中不打电话： 2025-04-04" in text and "2025-05-01" not in text


def test_a_street_with_days_of_its_own_shows_them_and_stands_once_though_it_has_two_stations(
    client, path, season, session
):
    later = make_round(session, season, make_station(session, "三元里二站", "三元里街"))
    later.fieldwork_to = date(2025, 5, 10)
    session.commit()
    text = client.get(path).text

    assert text.count("三元里街") == 1 and "二站" not in text
    assert "2025-04-01 至 2025-05-10" in text
    assert "白云区松洲街 （2025-04-01 至 2025-04-30）" in text


@pytest.mark.parametrize(
    ("day", "status"),
    [("2025-03-01", 404), ("2025-03-02", 200), ("2025-07-29", 200), ("2025-07-30", 404)],
)
def test_it_opens_thirty_days_before_the_first_call_and_closes_ninety_after_the_last(
    client, path, clock, day, status
):
    clock(datetime.fromisoformat(f"{day}T12:00:00+08:00"))

    client.get(path, status=status)


def test_before_and_after_the_calls_it_says_that_nobody_rings_now(client, path, clock):
    clock(DURING - timedelta(days=20))
    assert "还没有开始：2025-04-01 起才打电话" in client.get(path).text

    clock(DURING + timedelta(days=40))
    assert "2025-04-30 已经结束，现在不再打电话" in client.get(path).text


@pytest.mark.parametrize("number", ["1", "00000000", "'", "１２３４５６７８", "9" * 400])
def test_another_number_is_not_found(client, season, number):
    client.get(f"/verify/{number}", status=404)


def test_the_number_is_eight_digits_that_do_not_lead_to_the_next_season(app, season, session, client, path):
    other = make_season(session, "2026 年中期评估")
    session.commit()
    numbers = [announcements.number_of(app.extensions["vault"], each) for each in (season, other)]

    assert all(re.fullmatch("[0-9]{8}", number) for number in numbers)
    assert abs(int(numbers[0]) - int(numbers[1])) > 1
    client.get(f"/verify/{numbers[1]}", status=404)  # a season without a street confirms nothing


def test_a_recording_is_mentioned_only_where_calls_are_recorded(client, path, season, session):
    assert "录音" not in client.get(path).text

    season.rounds[1].records_calls = True
    session.commit()
    assert "如果要录音，会先问您" in client.get(path).text


def test_looks_beyond_the_limit_are_refused(tmp_path, address):
    app = create_app(
        {
            "TESTING": True, "INSTANCE": tmp_path, "KEYS_FILE": tmp_path / "keys.json",
            "SQLALCHEMY_DATABASE_URI": address, "CHECK_RATE": "3 per hour",
        }
    )  # fmt: skip
    browser = app.test_client()

    assert [browser.get("/verify/00000000").status_code for _ in range(4)] == [404, 404, 404, 429]


# -- the notice ----------------------------------------------------------------------------------------------


@pytest.fixture
def notice(client, people, season):
    client.sign_in(people("coordinator"))
    return f"/seasons/{season.id}/notice"


def sheet(page):
    """What is printed: the part after the coordinator's own lines."""
    return page.html[page.html.index('<div class="sheet">') :]


def test_the_notice_carries_the_pages_address_and_a_code_of_exactly_that_address(app, client, notice, path):
    app.config["PUBLIC_ADDRESS"] = PUBLIC_ADDRESS + "/"
    printed = sheet(client.get(notice))

    assert f"{PUBLIC_ADDRESS}{path}" in printed and "020-81234567" in printed
    assert re.search('src="([^"]+)"', printed)[1] == verification.code_of(PUBLIC_ADDRESS + path)
    assert verification.code_of(PUBLIC_ADDRESS + path) != verification.code_of(PUBLIC_ADDRESS + "/verify/1")


def test_the_address_is_the_one_it_was_opened_by_when_none_is_set(app, season, path):
    with app.test_request_context(base_url="https://survey.example.org"):
        assert verification.public_address(season) == f"https://survey.example.org{path}"


def test_an_address_that_residents_cannot_open_is_not_printed(client, notice):
    page = client.get(notice)

    assert "SURVEY_PUBLIC_ADDRESS" in page.text
    assert "localhost" not in sheet(page) and "<img" not in sheet(page) and "020-81234567" in sheet(page)


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("localhost", True), ("127.0.0.1", True), ("192.168.1.20", True), ("::1", True), ("office", True),
        ("pc.local", True), ("8.8.8.8", False), ("huifang.example.cn", False),
    ],
)  # fmt: skip
def test_addresses_of_the_office_are_told_from_public_ones(host, inside):
    assert verification.only_in_the_office(host) is inside


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_notice_names_no_station_and_no_target_group(client, notice, language):
    printed = sheet(client.speak(language).get(notice))

    assert NOT_TO_THIRD_PARTIES.search(printed) is None and "服务站" not in printed


def test_a_name_that_would_tell_the_neighbours_is_pointed_out(client, notice, season, session):
    assert "旁人会看出为什么打电话" not in client.get(notice).text

    season.evaluator = "某区低保核查中心"
    session.commit()
    assert "名称里有“低保”，旁人会看出为什么打电话" in client.get(notice).text


def test_the_season_page_leads_to_the_notice_for_who_may_print_it(client, people, season):
    page = f"/seasons/{season.id}"

    assert f"{page}/notice" in client.sign_in(people("coordinator")).get(page).html
    assert f"{page}/notice" not in client.sign_in(people("evaluator")).get(page).html
    client.get(f"{page}/notice", status=403)


# -- the desk ------------------------------------------------------------------------------------------------


def test_the_desk_tells_the_surveyor_number_and_page_for_who_doubts_the_call(app, session, season, path):
    from types import SimpleNamespace

    from survey.web.desk_api import verify_json

    said_of_all = {"评估方": "联合会", "委托方": "街道办", "姓": "王", "工号": "07"}
    values = dict.fromkeys(("zh", "yue", "en"), said_of_all)
    card = SimpleNamespace(case=SimpleNamespace(round_id=season.rounds[0].id), values=values)
    with app.test_request_context():
        shown = verify_json(card)
        assert (shown["phone"], shown["page"]) == ("020-81234567", "")
        assert all("07" in said and "{" not in said for said in shown["says"].values())
        app.config["PUBLIC_ADDRESS"] = PUBLIC_ADDRESS
        assert verify_json(card)["page"] == PUBLIC_ADDRESS + path
        assert json.dumps(verify_json(card))
