# ruff: noqa: F811  (the fixtures of test_desk are used here too)
"""Emergencies on pages: who sees the red line, takes over, reads, opens and closes; and who never does."""

import uuid
from datetime import UTC, datetime

import pytest
from build import actor_of
from build_case import make_desk_round
from test_desk import JSON, cases, keys, post, take, wang  # noqa: F401

from survey.models.care import Incident
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services.accounts import recuse

UID = "0123456789abcdef"
SAID = "对方说已经两天没有饭吃"


@pytest.fixture
def raised(client, wang, cases, session):
    """王芳 raised an alarm and wrote down what happened."""
    season = session.get(Round, cases[0].round_id).season
    season.on_call_name, season.on_call_phone = "李明", "13900000001"
    session.commit()
    card = take(client)
    post(client, f"cases/{card['case']}/urgent", {"uid": UID, "seconds": 3})
    write(client)
    return session.query(Incident).one()


def write(client, status=200, **more):
    note = {"incident": UID, "uid": uuid.uuid4().hex, "text": SAID, "dangers": ["4"], **more}
    return post(client, "urgent/record", note, status=status)


@pytest.fixture
def li(people):
    return people("supervisor", "李明")


def actions(session):
    return [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]


# -- at the desk ---------------------------------------------------------------------------------------------


def test_the_desk_gets_the_on_call_person_with_the_card_and_with_the_alarm(client, wang, cases, session):
    season = session.get(Round, cases[0].round_id).season
    season.on_call_name, season.on_call_phone = "李明", "13900000001"
    session.commit()
    card = take(client)

    told = post(client, f"cases/{card['case']}/urgent", {"uid": UID, "seconds": 3})

    assert card["onCall"] == told["onCall"] == {"name": "李明", "phone": "13900000001"}
    assert told["acknowledged"] is None and len(told["raisedAt"]) == 8


def test_an_alarm_sent_twice_or_by_an_old_page_is_one_alarm(client, wang, cases, session):
    path = f"cases/{take(client)['case']}/urgent"
    for body in ({"uid": UID}, {"uid": UID}, {}):
        assert post(client, path, body)["uid"] == UID

    assert session.query(Incident).count() == 1


def test_the_surveyor_hears_who_took_over(client, raised, li, wang, session):
    [waits] = client.get("/desk/urgent", headers=JSON).json["incidents"]
    assert waits["acknowledged"] is None and waits["written"]

    client.sign_in(li).post(f"/incidents/{raised.id}/acknowledge", status=302)
    [taken] = client.sign_in(wang).get("/desk/urgent", headers=JSON).json["incidents"]
    assert taken["acknowledged"]["by"] == "李明" and len(taken["acknowledged"]["at"]) == 8


def test_the_desk_writes_the_record_and_never_gets_it_back(client, raised):
    answer = client.get("/desk/urgent", headers=JSON)

    assert SAID not in answer.response.get_data(as_text=True)


def test_only_the_raiser_writes_at_the_desk(client, raised, people):
    client.sign_in(people("surveyor"))

    assert write(client, status=404)["code"] == "no-such-incident"
    assert client.get("/desk/urgent", headers=JSON).json["incidents"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"uid": "short"}, {"uid": 1}, {"uid": UID, "seconds": "3"}, {"uid": UID, "seconds": True},
        {"uid": UID, "seconds": 1e300},
    ],
)  # fmt: skip
def test_a_malformed_alarm_is_refused(client, wang, cases, session, body):
    post(client, f"cases/{take(client)['case']}/urgent", body, status=422)
    assert session.query(Incident).count() == 0


@pytest.mark.parametrize(
    "more", [{"text": 1}, {"text": "x" * 4001}, {"dangers": "4"}, {"dangers": [4]}, {"dangers": ["9"]},
             {"text": "", "dangers": []}, {"uid": "x"}, {"incident": None}, {"text": "\x00"}, {"dangers": [["4"]]}]
)  # fmt: skip
def test_a_malformed_record_is_refused(client, raised, more):
    write(client, status=422, **more)


# -- those who handle alarms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["supervisor", "coordinator"])
def test_while_an_alarm_waits_every_page_of_who_may_take_it_over_says_so(client, raised, people, role):
    client.sign_in(people(role))

    page = client.get("/seasons/")
    assert "1 个紧急情况还没有人接手" in page.text and "<title>(1) " in page.html
    assert client.get("/incidents/waiting", headers=JSON).json["waiting"] == 1

    client.post(f"/incidents/{raised.id}/acknowledge", status=302)
    page = client.get("/seasons/")
    assert "还没有人接手" not in page.text and "<title>评估季" in page.html
    assert client.get("/incidents/waiting", headers=JSON).json == {"waiting": 0, "line": ""}


@pytest.mark.parametrize(
    "role", ["surveyor", "evaluator", "station", "admin", "commissioner", "verifier", "coder"]
)
def test_nobody_else_sees_an_alarm_or_its_record(client, raised, people, role):
    client.sign_in(people(role))

    assert "紧急情况还没有人接手" not in client.get("/account").text
    client.get("/incidents/", status=403)
    for path in ("", "/record"):
        client.get(f"/incidents/{raised.id}{path}", status=403)
    for path in ("acknowledge", "reveal", "close", "record"):
        client.post(f"/incidents/{raised.id}/{path}", status=403)


def test_a_supervisor_of_another_round_or_recused_from_the_station_does_not_see_it(
    client, raised, people, session
):
    elsewhere = make_desk_round(session)
    session.commit()
    recused = people("supervisor")
    station = session.get(Round, raised.round_id).station
    recuse(session, actor_of(recused), datetime.now(UTC), recused, station, "亲属")
    session.commit()

    for user in (people("supervisor", round_=elsewhere), recused):
        client.sign_in(user)
        assert "没有紧急情况" in client.get("/incidents/").text
        client.get(f"/incidents/{raised.id}", status=403)
        client.post(f"/incidents/{raised.id}/acknowledge", status=403)


def test_taking_over_says_who_and_after_how_long_and_a_second_person_is_told(client, raised, people, li):
    client.sign_in(li).post(f"/incidents/{raised.id}/acknowledge", status=302)

    page = client.get(f"/incidents/{raised.id}").text
    assert "处理中" in page and "李明" in page and "报告后" in page
    client.sign_in(people("coordinator")).post(f"/incidents/{raised.id}/acknowledge", status=302)
    assert "李明 已经接手" in client.get(f"/incidents/{raised.id}").text


def test_the_page_of_an_alarm_shows_neither_record_nor_identity(client, raised, li):
    client.sign_in(li).post(f"/incidents/{raised.id}/acknowledge", status=302)

    page = client.get(f"/incidents/{raised.id}").html
    for hidden in (SAID, "陈女士", "13800000017", "松柏社区", "断粮"):
        assert hidden not in page


def test_the_record_opens_on_its_own_page_and_each_look_is_trailed(client, raised, li, session):
    client.sign_in(li)
    client.get(f"/incidents/{raised.id}/record", status=409)
    client.post(f"/incidents/{raised.id}/acknowledge", status=302)

    page = client.get(f"/incidents/{raised.id}/record")
    assert SAID in page.text and "断粮、断药" in page.text and "王芳" in page.text
    assert actions(session)[-1] == "incident.record-read"

    client.post(f"/incidents/{raised.id}/record", data={"text": "已请社区送饭"}, status=302)
    assert "已请社区送饭" in client.get(f"/incidents/{raised.id}/record").text
    assert "请写下经过" in client.post(f"/incidents/{raised.id}/record", data={"text": " "}, status=422).text


def test_the_identity_shows_after_a_press_and_is_trailed(client, raised, li, session):
    client.sign_in(li).post(f"/incidents/{raised.id}/acknowledge", status=302)

    page = client.post(f"/incidents/{raised.id}/reveal", status=200)

    assert "陈女士" in page.text and "13800000017" in page.text and "松柏社区" in page.text
    assert actions(session)[-1] == "incident.identity-revealed"
    client.get(f"/incidents/{raised.id}/reveal", status=405)


def test_the_closing_asks_whether_it_is_about_the_stations_staff(client, raised, li, session):
    client.sign_in(li).post(f"/incidents/{raised.id}/acknowledge", status=302)
    path, decided = f"/incidents/{raised.id}/close", {"text": "家属已到场", "told": ["station"]}

    assert "请填写此项" in client.post(path, data=decided, status=422).text
    refused = client.post(path, data={**decided, "about_staff": "yes"}, status=422)
    assert "改为告知民政局" in refused.text and "家属已到场" in refused.html
    client.post(path, data={**decided, "about_staff": "no"}, status=302)

    session.refresh(raised)
    assert raised.closed_at is not None and "已办结" in client.get("/incidents/").text
    assert "与社工站工作人员无关" in client.get(f"/incidents/{raised.id}/record").text


def test_the_pages_read_in_english(client, raised, li):
    client.sign_in(li).speak("en").post(f"/incidents/{raised.id}/acknowledge", status=302)

    for path in ("/incidents/", f"/incidents/{raised.id}", f"/incidents/{raised.id}/record"):
        client.get(path)
    client.post(f"/incidents/{raised.id}/reveal", status=200)


def test_the_season_names_the_on_call_person(client, people, session):
    round_ = make_desk_round(session)
    session.commit()
    client.sign_in(people("coordinator"))
    season = round_.season
    assert "还没有填写" in client.get(f"/seasons/{season.id}").text

    values = {
        name: getattr(season, name)
        for name in ("name", "evaluator", "commissioner", "verification_phone", "burden_months")
    }
    values |= {
        name: getattr(season, name).isoformat()
        for name in ("period_from", "period_to", "fieldwork_from", "fieldwork_to")
    }
    values |= {"on_call_name": "李明", "on_call_phone": "13900000001"}
    client.post(f"/seasons/{season.id}/edit", data=values, status=302)

    assert "值班督导 李明 13900000001" in client.get(f"/seasons/{season.id}").text
