# ruff: noqa: F811  (the fixtures of test_desk are used here too)
"""The page about the form, and the seconds that the desk sends with an answer."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from build_case import ALL_DAY, make_desk_round, make_released_cases
from test_desk import cases, event, keys, post, take, wang  # noqa: F401

from survey.models.interview import AnswerEvent


@pytest.mark.parametrize("seconds", [-1, 86_401, "3", True, [1], float("nan")])
def test_seconds_that_cannot_be_are_refused(client, wang, cases, session, seconds):
    card = take(client)

    post(client, f"cases/{card['case']}/answers", {"events": [event("A1", "1", seconds=seconds)]}, status=422)
    assert session.query(AnswerEvent).count() == 0


def test_seconds_are_kept_and_may_be_missing(client, wang, cases, session):
    card = take(client)
    sent = [event("A1", "1", seconds=4.2), event("A2", "1"), event("B1", "1", seconds=None)]

    post(client, f"cases/{card['case']}/answers", {"events": sent})
    assert [one.seconds for one in session.query(AnswerEvent).order_by(AnswerEvent.id)] == [4.2, None, None]


def test_the_page_shows_the_form_and_nobody(client, wang, people, session, keys):
    released = datetime.now(UTC) - timedelta(minutes=5)
    round_ = make_desk_round(session, now=released, calling_rules=ALL_DAY)
    make_released_cases(session, keys, 5, round_=round_, now=released)
    for seconds in range(3, 8):
        card = take(client)
        answers = {"events": [event("A1", "1", seconds=seconds), event("A2", "1")]}
        post(client, f"cases/{card['case']}/answers", answers)
        end = {"uid": uuid.uuid4().hex, "code": "D14", "slot": 1, "seconds": 30, "language": "zh"}
        post(client, f"cases/{card['case']}/outcome", end)
    client.sign_in(people("coordinator", "林统筹"))

    page = client.get(f"/seasons/{round_.season_id}/pace")
    assert "A1" in page.text and "开始了 5 份访问，其中 5 份中途停下。" in page.text
    assert "只看问卷本身" in page.text and "王芳" not in page.html and round_.station.name not in page.html
    assert "问到的少于 5 户，不显示" in page.text
    client.speak("en").get(f"/seasons/{round_.season_id}/pace")


def test_it_is_for_those_who_see_the_board(client, people, session):
    round_ = make_desk_round(session)
    elsewhere = make_desk_round(session)
    session.commit()

    client.sign_in(people("coordinator")).get(f"/seasons/{round_.season_id}/pace")
    for user in (people("surveyor"), people("evaluator"), people("coordinator", round_=elsewhere)):
        client.sign_in(user).get(f"/seasons/{round_.season_id}/pace", status=403)
