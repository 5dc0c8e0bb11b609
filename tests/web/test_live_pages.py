from datetime import datetime, timedelta

import pytest
from build import actor_of, make_season
from build_case import TEN, make_desk_round, make_released_cases

from survey.fieldwork.rules import SHANGHAI
from survey.models.accounts import Recusal
from survey.models.care import Incident
from survey.services.calls import Outcome, record
from survey.services.queue import take
from survey.web import live as live_pages

LEASE = timedelta(minutes=15)
NOW = TEN + timedelta(minutes=5)
THREE = datetime(2025, 4, 10, 15, 0, tzinfo=SHANGHAI)


@pytest.fixture
def clock(monkeypatch):
    """The pages' clock: clock[0] is now."""
    at = [NOW]
    monkeypatch.setattr(live_pages, "now", lambda: at[0])
    return at


@pytest.fixture
def season(session):
    return make_season(session)


@pytest.fixture
def round_(session, vault, season):
    return make_desk_round(session, season=season)


@pytest.fixture
def cases(session, vault, round_):
    return make_released_cases(session, vault, 3, round_=round_)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh")


@pytest.fixture
def coordinator(client, people, clock):
    user = people("coordinator", "林统筹")
    client.sign_in(user)
    return user


def appoint(session, vault, user, case):
    take(session, actor_of(user), TEN, case, LEASE)
    given = Outcome(f"uid-{case.id:08d}", "D21", 1, appointment_at=THREE, mine=True)
    record(session, vault, actor_of(user), TEN, case, given)
    session.commit()


def board(season, more=""):
    return f"/seasons/{season.id}/board/{more}"


def test_the_board_shows_a_station_its_counts_and_who_is_on_shift(
    client, session, season, round_, cases, wang, coordinator
):
    take(session, actor_of(wang), TEN, cases[0], LEASE)
    session.commit()

    text = client.get(board(season)).text

    assert round_.station.name in text and "更新于 10:05:00" in text
    assert "王芳 通话中" in text and "2 户可以拨打，1 户正在通话" in text
    assert "还看不出" in text


def test_the_part_that_moves_comes_by_itself_with_what_is_to_be_heard(
    client, session, season, round_, cases, wang, coordinator
):
    assert client.get(board(season, "now")).json["spoken"] == ""
    session.add(
        Incident(uid="alarm-01", round_id=round_.id, case_id=cases[0].id, raised_by_id=wang.id, raised_at=TEN)
    )
    session.commit()

    part = client.get(board(season, "now")).json

    assert part["at"] == "10:05:00" and "1 个紧急情况还没有人接手" in part["spoken"]
    assert "1 个没人接手" in part["html"] and "/incidents/" in part["html"] and "<h1" not in part["html"]


def test_rounds_a_person_does_not_cover_are_not_on_the_board(
    client, session, vault, season, round_, cases, people, clock
):
    other = make_desk_round(session, season=season)
    make_released_cases(session, vault, 2, round_=other)
    session.commit()
    client.sign_in(people("supervisor", "督导", round_=round_))

    text = client.get(board(season)).text

    assert round_.station.name in text and other.station.name not in text


def test_a_recused_coordinator_does_not_see_the_station(client, session, season, round_, cases, coordinator):
    other = make_desk_round(session, season=season)
    coordinator.recusals.append(Recusal(station_id=round_.station_id, reason="曾在该站任职", declared_at=TEN))
    session.commit()

    text = client.get(board(season)).text

    assert other.station.name in text and round_.station.name not in text


@pytest.mark.parametrize("role", ["surveyor", "evaluator", "coder", "commissioner", "station"])
def test_others_do_not_see_the_board_and_pass_nothing_on(role, client, people, session, season, round_):
    session.commit()
    client.sign_in(people(role))

    client.get(board(season), status=403)
    client.get(board(season, "now"), status=403)
    client.post(board(season, "reassign"), {"user": "1", "to": "0"}, status=403)


def test_one_step_passes_an_absent_surveyors_appointments_to_a_colleague(
    client, session, vault, season, round_, cases, wang, coordinator, people
):
    appoint(session, vault, wang, cases[0])
    chen = people("surveyor", "陈姨", languages="yue zh", round_=round_)
    page = client.get(board(season))
    assert "陈姨（粤语、普通话）" in page.text and "转出 王芳 的 1 个预约" in page.text

    client.post(board(season, "reassign"), {"user": wang.id, "to": chen.id})

    assert cases[0].appointment_user_id == chen.id
    assert "已转出 王芳 的 1 个预约" in client.get(board(season)).text


def test_only_who_may_work_in_those_rounds_can_take_over(
    client, session, vault, season, round_, cases, wang, coordinator, people
):
    appoint(session, vault, wang, cases[0])
    elsewhere = people("surveyor", "外站的人", round_=make_desk_round(session, season=season))
    recused = people("surveyor", "回避的人")
    recused.recusals.append(Recusal(station_id=round_.station_id, reason="亲属", declared_at=TEN))
    session.commit()

    text = client.get(board(season)).text
    assert "外站的人" not in text and "回避的人" not in text
    for user in (elsewhere, recused, coordinator):
        client.post(board(season, "reassign"), {"user": wang.id, "to": user.id}, status=422)

    assert cases[0].appointment_user_id == wang.id


def test_somebody_at_work_is_not_passed_over_by_accident(
    client, session, season, round_, cases, wang, coordinator
):
    take(session, actor_of(wang), NOW - timedelta(minutes=1), cases[0], LEASE)
    session.commit()
    assert "访问台正开着" in client.get(board(season)).text

    client.post(board(season, "reassign"), {"user": wang.id, "to": "0"}, status=409)
    assert cases[0].lease_user_id == wang.id
    client.post(board(season, "reassign"), {"user": wang.id, "to": "0", "even_so": "1"})

    assert cases[0].lease_user_id is None


def test_what_lies_in_rounds_the_coordinator_does_not_cover_stays(
    client, session, vault, season, round_, cases, wang, people, clock
):
    other = make_desk_round(session, season=season)
    (elsewhere,) = make_released_cases(session, vault, round_=other)
    appoint(session, vault, wang, cases[0])
    appoint(session, vault, wang, elsewhere)
    client.sign_in(people("coordinator", round_=round_))

    client.post(board(season, "reassign"), {"user": wang.id, "to": "0"})

    assert (cases[0].appointment_user_id, elsewhere.appointment_user_id) == (None, wang.id)


def test_a_form_that_no_page_of_ours_sends_is_refused_in_words(
    client, session, season, round_, cases, coordinator
):
    for user in ("9999999999999", "9" * 5000, "x", ""):
        client.post(board(season, "reassign"), {"user": user, "to": "0"}, status=404)
    for to in ("y", "", "9" * 5000):
        client.post(board(season, "reassign"), {"user": coordinator.id, "to": to}, status=422)
    client.post(board(season, "reassign"), {"user": coordinator.id, "to": "0"}, status=409)


def test_a_season_without_a_draw_has_a_board_too(client, session, season, round_, coordinator):
    session.commit()

    assert "还没有抽样" in client.get(board(season)).text
