# ruff: noqa: F811  (the fixtures of test_desk are used here too)
"""What the desk refuses: households never held, numbers that must not be called, searching without end, odd JSON."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from build import actor_of
from build_interview import hold_interview
from sqlalchemy.exc import IntegrityError
from test_desk import JSON, cases, event, keys, outcome, post, take, wang  # noqa: F401

from survey.db import db
from survey.models.call import Attempt, InboundCall
from survey.models.draw import Case
from survey.models.frame import Household
from survey.models.interview import AnswerEvent
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import calls, hands, withdrawal

FINISHED = {
    "A1": "1", "A2": "1", "B1": "1", "C1": "1", "D1": "1", "D7": "2", "F1": "5", "F3": "4", "F4": "4",
    "F6": "5", "G1": "5", "H1": "5",
}  # fmt: skip


def find_and_open(client, case_id, status=200):
    post(client, "find", {"number": "138 0000 0017"})
    return post(client, f"cases/{case_id}/open", status=status)


@pytest.mark.parametrize("step", ["answers", "outcome", "urgent"])
def test_nothing_is_saved_for_a_household_one_never_held(client, wang, cases, session, step):
    body = {"answers": {"events": [event("A1", "1")]}, "outcome": outcome("D12"), "urgent": {}}[step]

    assert post(client, f"cases/{cases[1].id}/{step}", body, status=403)["code"] == "never-held"
    assert session.query(Attempt).count() == session.query(AnswerEvent).count() == 0
    assert session.get(Case, cases[1].id).state == "ready"


def test_who_held_a_household_once_may_still_save_and_does_not_get_it_back(
    client, wang, cases, people, session
):
    card = take(client)
    case = session.get(Case, card["case"])
    case.lease_user_id = case.lease_until = None
    session.commit()

    assert post(client, f"cases/{case.id}/outcome", outcome("D32"))["card"] is None
    assert session.query(Attempt).count() == 1
    post(client, f"cases/{case.id}/reveal", {"slot": 2}, status=409)


def test_a_household_is_opened_only_by_who_has_just_found_it(client, wang, cases, session, monkeypatch):
    path = f"cases/{cases[0].id}/open"
    assert post(client, path, status=403)["code"] == "not-found-by-number"

    find_and_open(client, cases[0].id)

    monkeypatch.setattr(hands, "RANG", timedelta(0))
    assert post(client, path, status=403)["code"] == "not-found-by-number"


def test_a_household_that_wants_no_calls_may_ring_but_its_number_stays_hidden(client, wang, cases, session):
    session.get(Household, cases[0].household_id).do_not_call_since = datetime.now(UTC)
    session.commit()

    assert find_and_open(client, cases[0].id)["card"]["warning"]
    answer = post(client, f"cases/{cases[0].id}/reveal", {"slot": 1}, status=409)
    assert answer["code"] == "do-not-call"
    assert session.query(AuditEntry).filter_by(action="phone.revealed").count() == 0


def test_a_household_whose_answers_were_withdrawn_is_not_opened_again(
    client, wang, cases, session, app, people
):
    held = hold_interview(session, app.extensions["vault"], wang, cases[0])
    withdrawal.withdraw(session, actor_of(people("coordinator")), datetime.now(UTC), held, "phone")
    session.commit()

    answer = find_and_open(client, cases[0].id, status=409)

    assert answer["code"] == "nothing-to-ask"
    assert [call.kind for call in session.query(InboundCall)] == ["other"], "every call leaves a record"


@pytest.mark.parametrize("fault", ["round-closed", "outside-fieldwork"])
def test_a_round_that_is_over_is_neither_called_nor_opened(client, wang, cases, session, fault):
    card = find_and_open(client, cases[0].id)["card"]
    round_ = session.get(Round, cases[0].round_id)
    if fault == "round-closed":
        round_.closed_at = datetime.now(UTC)
    else:
        round_.fieldwork_to -= timedelta(days=20)
        round_.fieldwork_from -= timedelta(days=20)
    session.commit()

    assert post(client, f"cases/{card['case']}/reveal", {"slot": 1}, status=409)["code"] == fault
    assert post(client, f"cases/{card['case']}/open", status=409)["code"] == fault
    late = (
        409 if fault == "round-closed" else 200
    )  # after the freeze the browser keeps what it could not send
    answer = post(client, f"cases/{card['case']}/answers", {"events": [event("A1", "1")]}, status=late)
    assert answer["code"] == fault if late == 409 else answer["saved"]


def test_an_answer_changed_after_the_interview_counts_is_in_the_trail(client, wang, cases, session):
    path = f"cases/{take(client)['case']}"
    post(client, f"{path}/answers", {"events": [event(name, value) for name, value in FINISHED.items()]})
    post(client, f"{path}/outcome", outcome("interview"))
    assert session.query(AuditEntry).filter_by(action="interview.changed-after-count").count() == 0

    post(client, f"{path}/answers", {"events": [event("H1", "4", base=999), event("G1", "4")]})

    entry = session.query(AuditEntry).filter_by(action="interview.changed-after-count").one()
    assert entry.details == {"questions": ["G1", "H1"]} and entry.user_id == wang.id
    changed = (
        session.query(AnswerEvent).filter_by(question="H1").order_by(AnswerEvent.revision.desc()).first()
    )
    assert changed.base_revision == len(FINISHED)


def test_a_surveyor_holds_one_household_and_opens_another_only_when_the_call_is_recorded(
    client, wang, cases, session
):
    first = take(client)["case"]
    find_and_open(client, cases[1].id)
    held = [case.id for case in session.query(Case).filter(Case.lease_user_id == wang.id)]
    assert first == cases[0].id and held == [cases[1].id]

    post(client, f"cases/{cases[1].id}/reveal", {"slot": 1})
    assert post(client, f"cases/{cases[2].id}/open", status=409)["code"] == "call-without-outcome"


def test_four_requests_at_once_give_one_household(app, client, wang, cases):
    who, user_id, gate, answers = wang.fs_uniquifier, wang.id, threading.Barrier(4), []
    db.session.remove()

    def ask():
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = who, True
        gate.wait()
        answers.append(browser.post("/desk/next", json={}, headers=JSON).get_json()["card"]["case"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 4 and len(set(answers)) == 1
    assert db.session.query(Case).filter_by(lease_user_id=user_id).count() == 1


@pytest.mark.parametrize(
    "field, value",
    [
        ("seconds", float("nan")), ("seconds", float("inf")), ("seconds", 1e308), ("seconds", 10**400),
        ("note", "\ud800"), ("note", "a\x00b"), ("language", "\ud800"), ("language", "x" * 40),
        ("language", "fr"), ("slot", -1), ("slot", 10**30), ("code", "\ud800"), ("uid", 5),
    ],
)  # fmt: skip
def test_a_field_of_an_outcome_that_no_page_sends_is_named(client, wang, cases, session, field, value):
    path = f"/desk/cases/{take(client)['case']}/outcome"
    raw = json.dumps({**outcome("D37"), field: value})

    answer = client.browser.post(path, data=raw, content_type="application/json", headers=JSON)

    assert answer.status_code == 422 and field in answer.get_json()["message"]
    assert session.query(Attempt).count() == 0


@pytest.mark.parametrize(
    "field, value",
    [
        ("base", 10**30), ("base", 2**31), ("base", -1), ("value", "\ud800"), ("value", "5\x00"),
        ("question", "\ud800"), ("language", "z\x00"),
    ],
)  # fmt: skip
def test_a_field_of_an_answer_that_no_page_sends_is_named(client, wang, cases, session, field, value):
    path = f"/desk/cases/{take(client)['case']}/answers"
    raw = json.dumps({"events": [{**event("A1", "1"), field: value}]})

    answer = client.browser.post(path, data=raw, content_type="application/json", headers=JSON)

    assert answer.status_code == 422 and field in answer.get_json()["message"]
    assert session.query(AnswerEvent).count() == 0


def test_brackets_without_end_are_refused(client, wang, cases):
    path = f"/desk/cases/{take(client)['case']}/answers"

    for raw in ("[" * 200_000, '{"a":' * 100_000):
        answer = client.browser.post(path, data=raw, content_type="application/json", headers=JSON)
        assert answer.status_code == 422 and answer.get_json()["code"] == "request-malformed"


def test_numbers_beyond_any_database_are_not_found(client, wang):
    for number in (2**31, 2**40, 10**25):
        post(client, f"cases/{number}/heartbeat", status=404)
        post(client, f"attempts/{number}/correct", outcome("D37"), status=404)


def test_a_number_the_household_does_not_have_is_refused(client, wang, cases, session):
    path = f"cases/{take(client)['case']}/outcome"

    assert "第 3 个" in post(client, path, outcome("D37", slot=3), status=422)["message"]


def test_an_appointment_stands_on_the_clock_of_the_survey_and_within_the_fieldwork(
    client, wang, cases, session
):
    path = f"cases/{take(client)['case']}/outcome"
    last = session.get(Round, cases[0].round_id).fieldwork_to

    zoned = outcome("D21", appointment=f"{last}T10:30+00:00")
    assert post(client, path, zoned, status=422)["code"] == "appointment-with-zone"
    for late in (f"{last + timedelta(days=1)}T10:30", "9999-12-31T23:59"):
        refused = post(client, path, outcome("D21", appointment=late), status=422)
        assert refused["code"] == "appointment-after-fieldwork" and str(last) in refused["message"]
    post(client, path, outcome("D21", appointment="0001-01-01T00:00"), status=422)
    assert post(client, path, outcome("D21", appointment=f"{last}T10:30"))["outcome"] == "D21"


def test_numbers_cannot_be_tried_one_after_the_other(client, wang, cases, session, monkeypatch):
    for digits in range(9):
        post(client, "find", {"number": f"{digits:04d}"})
    assert len(post(client, "find", {"number": "138 0000 0017"})["matches"]) == 3

    refused = post(client, "find", {"number": "138 0000 0017"}, status=429)

    assert refused["code"] == "too-many-searches" and "10" in refused["message"]
    assert session.query(AuditEntry).filter_by(action="case.search-refused", user_id=wang.id).count() == 1
    monkeypatch.setattr(hands, "SEARCHES_WITHIN", timedelta(0))
    post(client, "find", {"number": "138 0000 0017"})


def test_a_stale_token_with_nobody_signed_in_asks_for_the_login(client, app, wang, cases):
    app.config["WTF_CSRF_ENABLED"] = True
    with client.browser.session_transaction() as cookie:
        cookie.clear()

    assert post(client, "next", status=401)["code"] == "http-401"


def test_two_that_store_the_same_at_once_get_an_answer_and_not_a_fault(client, wang, cases, monkeypatch):
    path = f"cases/{take(client)['case']}/outcome"

    def overtaken(*_):
        raise IntegrityError("INSERT", {}, Exception("uid"))

    monkeypatch.setattr(calls, "record", overtaken)
    assert post(client, path, outcome("D37"), status=409)["code"] == "changed-meanwhile"
