from datetime import UTC, datetime, timedelta

import pytest
from build import actor_of
from build_case import ALL_DAY, make_desk_round, make_released_cases

from survey.models.accounts import Recusal
from survey.models.call import Attempt
from survey.models.interview import AnswerEvent
from survey.services.accounts import recuse
from survey.services.calls import Outcome, record
from survey.services.queue import take

LEASE = timedelta(minutes=15)


def just_now():
    return datetime.now(UTC)


@pytest.fixture
def vault(app):
    """The keys of the app, which opens what the tests seal."""
    return app.extensions["vault"]


@pytest.fixture
def round_(session):
    return make_desk_round(session, now=just_now(), calling_rules=ALL_DAY)


@pytest.fixture
def cases(session, vault, round_):
    return make_released_cases(session, vault, 2, round_=round_, now=just_now() - timedelta(hours=1))


@pytest.fixture
def wang(client, people):
    user = people("surveyor", "王芳")
    client.sign_in(user)
    return user


def post(client, path, body=None, status=200):
    return client.post(f"/desk/{path}", status=status, json=body or {}).json


def declare(client, station, reason="曾在该站任职"):
    client.post("/account/recusals", {"station_id": station.id, "reason": reason})


def answer(uid="answer-01"):
    return {"events": [{"uid": uid, "question": "A1", "value": "1", "language": "zh", "base": 0}]}


def test_a_surveyor_declares_a_conflict_and_is_given_nothing_of_that_station_any_more(
    client, session, round_, cases, wang
):
    assert round_.station.name in client.get("/account").text
    assert post(client, "next")["card"]["case"] == cases[0].id

    declare(client, round_.station)

    assert cases[0].lease_user_id is None
    assert post(client, "next")["card"] is None
    assert client.get("/desk/state").json["card"] is None
    for step in ("reveal", "open", "heartbeat"):
        post(client, f"cases/{cases[0].id}/{step}", {"slot": 1}, status=403)
    text = client.get("/account").text
    assert "曾在该站任职" in text and "撤销请找管理员" not in text


def test_ringing_back_does_not_find_a_household_of_that_station(client, session, vault, round_, cases, wang):
    given = Outcome("uid-00000001", "D37", 1)
    record(session, vault, actor_of(wang), just_now(), held(session, wang, cases[0]), given)
    session.commit()
    assert [one["case"] for one in post(client, "find", {"number": "13800000000"})["matches"]] == [
        cases[0].id
    ]

    declare(client, round_.station)

    assert post(client, "find", {"number": "13800000000"})["matches"] == []
    assert post(client, "find", {"number": "0000"})["matches"] == []


def held(session, user, case):
    take(session, actor_of(user), just_now(), case, LEASE)
    session.commit()
    return case


def test_answers_and_the_outcome_that_wait_in_the_browser_are_still_let_in(
    client, session, round_, cases, wang
):
    held(session, wang, cases[0])
    declare(client, round_.station)

    assert post(client, f"cases/{cases[0].id}/answers", answer())["saved"] == ["answer-01"]
    ended = {"uid": "outcome-01", "code": "D21", "slot": 1, "mine": True,
             "appointment": f"{just_now() + timedelta(days=1, hours=8):%Y-%m-%dT%H:%M}"}  # fmt: skip
    post(client, f"cases/{cases[0].id}/outcome", ended)

    assert session.query(AnswerEvent).count() == 1
    assert session.query(Attempt).one().appointment_user_id is None


def test_but_not_for_a_household_that_was_never_in_hand(client, session, round_, cases, wang):
    declare(client, round_.station)

    post(client, f"cases/{cases[0].id}/answers", answer(), status=403)
    assert session.query(AnswerEvent).count() == 0


def test_appointments_kept_for_the_person_become_everybodys(client, session, vault, round_, cases, wang):
    tomorrow = just_now() + timedelta(days=1)
    given = Outcome("uid-00000001", "D21", 1, appointment_at=tomorrow, mine=True)
    record(session, vault, actor_of(wang), just_now(), held(session, wang, cases[0]), given)
    session.commit()

    declare(client, round_.station)

    assert cases[0].state == "appointment" and cases[0].appointment_user_id is None


def test_a_coordinator_enters_a_stations_objection_to_a_named_surveyor(
    client, session, round_, cases, people, wang
):
    held(session, wang, cases[0])
    coordinator = people("coordinator", "林统筹")
    client.sign_in(coordinator)

    client.post(f"/rounds/{round_.id}/recusals", {"user_id": wang.id, "reason": "站方认为有利益关系"})

    raised = session.query(Recusal).one()
    assert (raised.user_id, raised.raised_by) == (wang.id, "station")
    text = client.get(f"/rounds/{round_.id}/recusals").text
    assert "王芳 社工站提出异议 站方认为有利益关系" in text
    assert cases[0].lease_user_id is None
    client.sign_in(wang)
    assert post(client, "next")["card"] is None
    own = client.get("/account").text
    assert "社工站提出异议" in own and "站方认为有利益关系" not in own


def test_the_objection_needs_a_surveyor_of_the_round_and_a_reason(client, session, round_, people, wang):
    session.commit()
    elsewhere = people("surveyor", "外站的人", round_=make_desk_round(session))
    client.sign_in(people("coordinator"))

    for data in ({"user_id": wang.id, "reason": ""}, {"user_id": elsewhere.id, "reason": "某"}):
        client.post(f"/rounds/{round_.id}/recusals", data, status=422)
    assert session.query(Recusal).count() == 0


@pytest.mark.parametrize("role", ["surveyor", "supervisor", "evaluator", "admin"])
def test_others_neither_see_nor_enter_objections(role, client, session, round_, people):
    session.commit()
    client.sign_in(people(role))

    client.get(f"/rounds/{round_.id}/recusals", status=403)
    client.post(f"/rounds/{round_.id}/recusals", {"user_id": 1, "reason": "某"}, status=403)
    assert (
        "回避和社工站的异议"
        not in client.get(f"/rounds/{round_.id}", status=403 if role == "surveyor" else 200).text
    )


def test_only_stations_of_ones_own_rounds_are_offered(client, session, round_, people):
    other = make_desk_round(session)
    session.commit()
    client.sign_in(people("surveyor", "王芳", round_=round_))

    text = client.get("/account").text
    assert round_.station.name in text and other.station.name not in text
    declare(client, other.station)

    assert session.query(Recusal).count() == 0


def test_an_administrator_enters_who_raised_it_and_ends_it(client, session, round_, people, wang):
    session.commit()
    client.sign_in(people("admin"))
    data = {"station_id": round_.station_id, "raised_by": "station", "reason": "站方来函"}

    client.post(f"/people/{wang.id}/recusals", data)
    assert "社工站提出异议" in client.get(f"/people/{wang.id}").text
    client.post(f"/people/{wang.id}/recusals/{session.query(Recusal).one().id}/remove")

    assert session.query(Recusal).count() == 0


def test_declaring_twice_changes_nothing(session, round_, people):
    wang = people("surveyor", "王芳")
    recuse(session, actor_of(wang), just_now(), wang, round_.station, "亲属")
    recuse(session, actor_of(wang), just_now(), wang, round_.station, "另一个原因", "station")

    assert [(held.reason, held.raised_by) for held in wang.recusals] == [("亲属", "person")]
