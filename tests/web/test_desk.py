"""The requests of the desk: who is let in, what they answer, and that sending twice stores once."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from build import NOON, actor_of
from build_case import ALL_DAY, make_desk_round, make_released_cases
from sqlalchemy import true

from survey.fieldwork.rules import SHANGHAI
from survey.models.call import Attempt, InboundCall, Line
from survey.models.draw import Case
from survey.models.interview import AnswerEvent
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import ringback
from survey.services.accounts import recuse

JSON = {"Accept": "application/json"}


@pytest.fixture
def keys(app):
    return app.extensions["vault"]


@pytest.fixture
def cases(session, keys):
    released = datetime.now(UTC) - timedelta(minutes=5)
    round_ = make_desk_round(session, now=released, calling_rules=ALL_DAY)
    return make_released_cases(
        session, keys, 3, round_=round_, now=released, phones=["13800000017", "02087654321"],
        row={"needs": "hearing"}, note="听障，请大声",
    )  # fmt: skip


@pytest.fixture
def wang(client, people):
    user = people("surveyor", "王芳", languages="zh")
    client.sign_in(user)
    return user


def post(client, path, body=None, status=200):
    return client.post(
        f"/desk/{path}", json=body if body is not None else {}, headers=JSON, status=status
    ).json


def take(client):
    return post(client, "next")["card"]


def event(question, value, **more):
    return {
        "uid": uuid.uuid4().hex,
        "question": question,
        "value": value,
        "language": "zh",
        "base": 0,
        **more,
    }


def outcome(code, **more):
    return {"uid": uuid.uuid4().hex, "code": code, "slot": 1, "seconds": 30, "language": "zh", **more}


def test_the_page_opens_in_both_languages(client, wang):
    assert "取下一户" in client.get("/desk/").text
    client.speak("en")
    client.get("/desk/")


def test_a_surveyor_lands_on_the_desk(client, wang):
    assert client.get("/", status=302).location == "/desk/"


def test_the_card_has_what_a_call_needs_and_no_number_category_or_community(client, wang, cases):
    page = client.post("/desk/next", json={}, headers=JSON, status=200)

    card = page.json["card"]
    assert (card["salutation"], card["zone"], card["needs"]) == ("陈女士", "一片区", ["听力弱"])
    assert [phone["masked"] for phone in card["phones"]] == ["138****0017", "020****4321"]
    told = page.response.get_data(as_text=True)
    for secret in ("13800000017", "87654321", "松柏社区", "low_income", "档案", cases[0].household_id):
        assert secret not in told


def test_the_number_is_shown_to_the_holder_and_trailed(client, wang, cases, session):
    card = take(client)

    assert post(client, f"cases/{card['case']}/reveal", {"slot": 2})["number"] == "02087654321"
    assert session.query(AuditEntry).filter_by(action="phone.revealed", user_id=wang.id).count() == 1
    post(client, f"cases/{cases[1].id}/reveal", {"slot": 1}, status=409)


def test_reloading_gives_the_same_household_with_its_answers(client, wang, cases):
    card = take(client)
    post(
        client,
        f"cases/{card['case']}/answers",
        {"events": [event("A1", "1"), event("J1", "电话 13912345678")]},
    )

    state = client.get("/desk/state", headers=JSON).json

    assert state["card"]["case"] == card["case"] and state["user"] == wang.id and state["csrf"]
    assert state["card"]["answers"]["A1"] == {"value": "1", "masked": False}
    assert state["card"]["answers"]["J1"]["masked"] and "139" not in str(state["card"]["answers"])


def test_the_questionnaire_comes_by_its_digest(client, wang, cases):
    form = client.get(f"/desk/questionnaires/{take(client)['questionnaire']}", headers=JSON).json

    assert form["id"] == "short" and form["questions"][2]["name"] == "A1"
    client.get("/desk/questionnaires/none", headers=JSON, status=404)


def test_the_same_answers_sent_twice_are_stored_once(client, wang, cases, session):
    card = take(client)
    events = [event("A1", "1"), event("A2", "1")]

    first = post(client, f"cases/{card['case']}/answers", {"events": events})
    again = post(client, f"cases/{card['case']}/answers", {"events": events})

    assert first["saved"] == again["saved"] == [one["uid"] for one in events]
    assert session.query(AnswerEvent).count() == 2


def test_a_wrong_value_is_named_and_the_others_are_kept(client, wang, cases, session):
    card = take(client)

    saved = post(client, f"cases/{card['case']}/answers", {"events": [event("A1", "9"), event("A2", "1")]})

    assert [(one["question"], one["code"]) for one in saved["refused"]] == [("A1", "no-such-answer")]
    assert "A1" in saved["refused"][0]["message"] and len(saved["saved"]) == 1


def test_answers_are_stored_though_the_household_went_to_somebody_else(client, wang, cases, people, session):
    card = take(client)
    case = session.get(Case, card["case"])
    case.lease_user_id = people("surveyor").id
    session.commit()

    post(client, f"cases/{card['case']}/heartbeat", status=409)
    saved = post(client, f"cases/{card['case']}/answers", {"events": [event("A1", "1")]})
    assert len(saved["saved"]) == 1


def test_an_expired_login_refuses_answers_and_the_same_answers_are_accepted_afterwards(
    client, wang, cases, session
):
    card, events = take(client), [event("A1", "1")]
    with client.browser.session_transaction() as cookie:
        cookie.clear()

    refused = post(client, f"cases/{card['case']}/answers", {"events": events}, status=401)
    assert refused["message"] and session.query(AnswerEvent).count() == 0

    client.sign_in(wang)
    post(client, f"cases/{card['case']}/answers", {"events": events})
    assert session.query(AnswerEvent).count() == 1


def test_a_stale_token_is_told_apart_and_a_fresh_one_comes_with_the_state(client, app, wang, cases):
    card = take(client)
    app.config["WTF_CSRF_ENABLED"] = True

    assert post(client, "next", status=400)["code"] == "form-expired"
    token = client.get("/desk/state", headers=JSON).json["csrf"]
    client.post(
        f"/desk/cases/{card['case']}/heartbeat", json={}, headers={**JSON, "X-CSRFToken": token}, status=200
    )


@pytest.mark.parametrize(
    "body",
    [
        None, {}, {"events": "x"}, {"events": [1]}, {"events": [{}]}, {"events": [event("A1", 1)]},
        {"events": [event("A1", "1", base="0")]}, {"events": [event("A1", "1", uid="\x00" * 8)]},
        {"events": [event("A1", "1", base=True)]}, {"events": [event("A1", "1")] * 201},
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_nothing_is_kept(client, wang, cases, session, body):
    card = take(client)

    client.post(f"/desk/cases/{card['case']}/answers", json=body, headers=JSON, status=422)
    assert session.query(AnswerEvent).count() == 0


def test_a_call_is_recorded_once_and_the_day_counts_it(client, wang, cases, session):
    card, given = take(client), outcome("D37", note="下午再打")

    first = post(client, f"cases/{card['case']}/outcome", given)
    again = post(client, f"cases/{card['case']}/outcome", given)

    assert first["card"] is None and first["day"]["calls"] == again["day"]["calls"] == 1
    assert session.query(Attempt).count() == 1


def test_after_a_dead_number_the_household_stays_for_its_other_number(client, wang, cases):
    card = take(client)

    answer = post(client, f"cases/{card['case']}/outcome", outcome("D32"))

    assert answer["card"]["case"] == card["case"] and answer["card"]["nextSlot"] == 2
    assert answer["card"]["calls"][0]["outcome"] == "空号"


@pytest.mark.parametrize(
    "given, code",
    [
        (outcome("interview"), "interview-not-finished"),
        (outcome("D21"), "appointment-missing"),
        (outcome("D21", appointment="2020-01-01T10:00"), "appointment-past"),
        (outcome("D21", appointment="tomorrow"), "appointment-unreadable"),
        (outcome("D99"), "unknown-disposition"),
        (outcome("D37", uid="short"), "request-malformed"),
    ],
)
def test_an_outcome_that_cannot_be_is_refused_by_name(client, wang, cases, session, given, code):
    card = take(client)

    assert post(client, f"cases/{card['case']}/outcome", given, status=422)["code"] == code
    assert session.query(Attempt).count() == 0


def test_an_own_appointment_stands_on_the_desk_with_one_character_of_the_name(client, wang, cases):
    card = take(client)
    at = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT10:30")

    day = post(client, f"cases/{card['case']}/outcome", outcome("D21", appointment=at, mine=True))["day"]

    [mine] = day["appointments"]
    assert mine["at"].endswith("10:30") and mine["name"] == "陈…"
    assert client.get("/desk/mine", headers=JSON).json["day"] == day


def test_a_wrong_outcome_is_corrected(client, wang, cases, session):
    card = take(client)
    post(client, f"cases/{card['case']}/outcome", outcome("D12"))
    wrong = session.query(Attempt).one()

    day = post(client, f"attempts/{wrong.id}/correct", outcome("D37"))["day"]

    assert [(one["name"], one["outcome"]) for one in day["correctable"]] == [("陈…", "无人接听")]


def test_a_household_is_given_back_before_and_not_after_its_number_was_shown(client, wang, cases):
    card = take(client)
    post(client, f"cases/{card['case']}/give-back")
    assert client.get("/desk/state", headers=JSON).json["card"] is None

    card = take(client)
    post(client, f"cases/{card['case']}/reveal", {"slot": 1})
    assert post(client, f"cases/{card['case']}/give-back", status=409)["code"] == "call-without-outcome"


def test_an_empty_queue_says_why(client, wang, cases, session):
    for case in cases:
        case.state, case.due_at = "waiting", case.due_at + timedelta(days=1)
    session.commit()

    answer = post(client, "next")

    assert answer["card"] is None and "到时间" in answer["why"]


def test_four_digits_find_only_households_that_were_called_lately(client, wang, cases, session, keys):
    assert post(client, "find", {"number": "0017"})["matches"] == []
    path = f"cases/{take(client)['case']}"
    post(client, f"{path}/outcome", outcome("D37"))
    assert len(post(client, "find", {"number": "0017"})["matches"]) == 1

    long_after = datetime.now(UTC) + ringback.LATELY + timedelta(days=1)
    assert ringback.ringing(session, keys, actor_of(wang), long_after, true(), "0017") == []


def test_a_call_received_leaves_a_record_once_and_says_nothing_about_who_is_listed(
    client, wang, cases, session
):
    uid = uuid.uuid4().hex
    for _ in range(2):
        assert post(client, "received", {"uid": uid, "kind": "enquiry"}) == {"kind": "只问我们是谁、要核实"}
    post(client, "received", {"uid": uuid.uuid4().hex, "kind": "gossip"}, status=422)
    post(client, "find", {"number": "13911112222"})

    assert [call.kind for call in session.query(InboundCall).order_by(InboundCall.id)] == [
        "enquiry",
        "not_found",
    ]


def test_every_dial_is_recorded_with_the_line_it_went_out_on(client, wang, cases, session):
    session.add_all(
        [
            Line(number="020-81110001", name="一号机", created_at=NOON),
            Line(number="0", active=False, created_at=NOON),
        ]
    )
    session.commit()
    found = client.get("/desk/lines", headers=JSON).json
    assert [line["name"] for line in found["lines"]] == ["一号机 020-81110001"] and found["mine"] is None

    post(client, "line", {"line": found["lines"][0]["id"]})
    post(client, "line", {"line": 99}, status=404)
    post(client, f"cases/{take(client)['case']}/outcome", outcome("D37"))
    assert session.query(Attempt).one().line.name == "一号机"

    post(client, "line", {"line": None})
    post(client, f"attempts/{session.query(Attempt).one().id}/correct", outcome("D36"))
    assert {call.line.name for call in session.query(Attempt)} == {"一号机"}, "as the call was dialled"


def test_the_half_hours_of_a_day_show_how_full_they_are(client, wang, cases, session):
    case = take(client)["case"]
    tomorrow = (datetime.now(SHANGHAI) + timedelta(days=1)).date()
    post(client, f"cases/{case}/outcome", outcome("D21", appointment=f"{tomorrow}T10:40"))

    rows = client.get(f"/desk/cases/{case}/half-hours/{tomorrow}", headers=JSON).json["halfHours"]
    assert {row["time"]: row["booked"] for row in rows if row["booked"]} == {"10:30": 1}
    assert len(rows) == 48 and all(row["room"] == 1 for row in rows)
    assert [row["full"] for row in rows if row["time"] in ("10:00", "10:30")] == [False, True]
    client.get(f"/desk/cases/{case}/half-hours/tomorrow", headers=JSON, status=422)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_outside_the_fieldwork_has_no_half_hours(client, wang, cases, day):
    case = take(client)["case"]

    assert client.get(f"/desk/cases/{case}/half-hours/{day}", headers=JSON).json == {"halfHours": []}


def test_logging_out_gives_the_household_back_unless_a_call_is_open(client, wang, cases, session):
    take(client)
    client.post("/logout")
    session.expire_all()
    assert session.query(Case).filter(Case.lease_user_id.is_not(None)).count() == 0


def test_who_rings_back_is_found_by_the_whole_number_and_the_search_is_trailed(client, wang, cases, session):
    matches = post(client, "find", {"number": "138 0000 0017"})["matches"]

    assert len(matches) == 3 and session.query(AuditEntry).filter_by(action="case.found").count() == 3
    card = post(client, f"cases/{matches[1]['case']}/open")["card"]
    assert card["inbound"] and card["case"] == cases[1].id
    assert post(client, "find", {"number": "9999"})["matches"] == []
    post(client, "find", {"number": "12x4"}, status=422)


def test_a_household_that_rang_is_handed_back_until_something_is_answered(client, wang, cases):
    path = f"cases/{cases[1].id}"
    post(client, "find", {"number": "138 0000 0017"})
    post(client, f"{path}/open")
    post(client, f"{path}/give-back")
    assert client.get("/desk/state", headers=JSON).json["card"] is None

    post(client, f"{path}/open")
    post(client, f"{path}/answers", {"events": [event("A1", "1")]})
    assert post(client, f"{path}/give-back", status=409)["code"] == "call-without-outcome"


def test_the_card_warns_of_a_refusal_and_of_a_wish_not_to_be_called(client, wang, cases):
    path = f"cases/{take(client)['case']}"
    post(client, "find", {"number": "138 0000 0017"})
    assert post(client, f"{path}/open")["card"]["warning"] == ""

    for code, said in (("D11", "拒绝过"), ("D12", "不再联系")):
        post(client, f"{path}/outcome", outcome(code))
        assert said in post(client, f"{path}/open")["card"]["warning"]


def test_the_card_warns_that_the_household_is_closed(client, wang, cases):
    path = f"cases/{take(client)['case']}"
    post(client, "find", {"number": "138 0000 0017"})
    post(client, f"{path}/outcome", outcome("D28"))

    assert "已经结束" in post(client, f"{path}/open")["card"]["warning"]


def test_the_red_button_leaves_a_trace(client, wang, cases, session):
    card = take(client)
    post(client, f"cases/{card['case']}/urgent")

    assert session.query(AuditEntry).filter_by(action="case.urgent").count() == 1


@pytest.mark.parametrize("step", ["heartbeat", "give-back", "reveal", "answers", "outcome", "open", "urgent"])
def test_a_household_outside_ones_rounds_or_of_a_recused_station_stays_closed(
    client, people, cases, session, step
):
    body = {"events": []} if step == "answers" else {**outcome("D37"), "slot": 1}
    elsewhere = make_desk_round(session)
    session.commit()
    client.sign_in(people("surveyor", round_=elsewhere))
    post(client, f"cases/{cases[0].id}/{step}", body, status=403)

    recused = people("surveyor")
    recuse(
        session,
        actor_of(recused),
        datetime.now(UTC),
        recused,
        session.get(Round, cases[0].round_id).station,
        "亲属",
    )
    session.commit()
    client.sign_in(recused)
    post(client, f"cases/{cases[0].id}/{step}", body, status=403)
    assert post(client, "next")["card"] is None


def test_others_have_no_desk(client, people, cases):
    client.sign_in(people("evaluator"))
    client.get("/desk/", status=403)
    post(client, "next", status=403)
