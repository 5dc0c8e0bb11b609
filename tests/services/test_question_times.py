"""Seconds, don't knows and stops per question: of the form, over everybody, and only where enough were asked."""

import uuid
from datetime import timedelta

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from sqlalchemy import false, true

from survey.models.interview import AnswerEvent
from survey.models.season import Round
from survey.services import question_times
from survey.services.calls import Outcome, record
from survey.services.interviews import Given, save_answers, start
from survey.services.queue import take

LATER = TEN + timedelta(minutes=10)
LEASE = timedelta(minutes=15)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳")


@pytest.fixture
def cases(session, vault):
    return make_released_cases(session, vault, 6)


def interview(session, vault, user, case, answers, *, over=True):
    """`answers`: question, value, seconds; the call is over unless it goes on."""
    take(session, actor_of(user), TEN, case, LEASE)
    begun = start(session, actor_of(user), TEN, case)
    given = [Given(uuid.uuid4().hex, q, value, "zh", 0, seconds) for q, value, seconds in answers]
    saved = save_answers(session, vault, actor_of(user), TEN, begun, given)
    assert not saved.not_kept
    if over:
        record(session, vault, actor_of(user), LATER, case, Outcome(uuid.uuid4().hex, "D14", 1))
    return begun


def times(session, case, visible=None, now=LATER):
    season = session.get(Round, case.round_id).season
    return question_times.times_of(session, season, true() if visible is None else visible, now)


def of(form, name):
    return next(row for row in form.questions if row.question.name == name)


def test_the_seconds_are_stored_with_the_answer_and_an_older_page_sends_none(session, vault, wang, cases):
    interview(session, vault, wang, cases[0], [("A1", "1", 7.5), ("A2", "1", None)])

    assert [event.seconds for event in session.query(AnswerEvent).order_by(AnswerEvent.revision)] == [
        7.5,
        None,
    ]


def test_median_and_ninetieth_come_from_the_last_answer_of_each_interview(session, vault, wang, cases):
    for case, seconds in zip(cases, (2, 4, 6, 8, 10, 90), strict=True):
        interview(session, vault, wang, case, [("A1", "1", 500), ("A1", "1", seconds)])

    [form] = times(session, cases[0])
    row = of(form, "A1")
    assert (row.asked, row.median, row.ninetieth, row.shown) == (6, 7, 90, True)
    assert (form.interviews, form.questionnaire.id) == (6, "short")


def test_dont_knows_and_refusals_are_shares_of_those_who_were_asked(session, vault, wang, cases):
    opening = [("A1", "1", 1), ("A2", "1", 1), ("B1", "1", 1), ("C1", "1", 1), ("D1", "1", 1), ("D7", "2", 1)]
    form = times_form(session, vault, wang, cases[0], opening)
    question = of(form, "F1").question
    code = {choice.missing: choice.code for choice in question.choices if choice.missing}
    for case, value in zip(cases[1:], ("1", "1", code["dk"], code["dk"], code["refused"]), strict=True):
        interview(session, vault, wang, case, [*opening, (question.name, value, 3)])

    row = of(times(session, cases[0])[0], question.name)
    assert (row.asked, row.dont_know, row.refused) == (5, 0.4, 0.2)


def times_form(session, vault, user, case, answers):
    interview(session, vault, user, case, answers)
    return times(session, case)[0]


def test_an_interview_that_stopped_counts_after_its_last_answer_once_its_call_is_over(
    session, vault, wang, cases
):
    begun = [("A1", "1", 1), ("A2", "1", 1), ("B1", "1", 1)]
    for case in cases[:4]:
        interview(session, vault, wang, case, begun)
    interview(session, vault, wang, cases[5], [("A1", "1", 1), ("A2", "2", 1)])
    interview(session, vault, wang, cases[4], begun, over=False)

    [form] = times(session, cases[0])
    assert (of(form, "B1").stopped, of(form, "A1").stopped, form.stopped) == (4, 0, 4)


def test_fewer_than_five_show_nothing(session, vault, wang, cases):
    for case in cases[:4]:
        interview(session, vault, wang, case, [("A1", "1", 3)])

    row = of(times(session, cases[0])[0], "A1")
    assert (row.asked, row.shown, row.median) == (4, False, None)


def test_what_the_surveyor_notes_without_asking_is_left_out(session, vault, wang, cases):
    interview(session, vault, wang, cases[0], [("A1", "1", 3)])

    [form] = times(session, cases[0])
    assert all(row.question.asked for row in form.questions) and "M3" not in [
        row.question.name for row in form.questions
    ]


def test_rounds_that_are_not_visible_and_withdrawn_interviews_do_not_count(session, vault, wang, cases):
    gone = interview(session, vault, wang, cases[0], [("A1", "1", 3)])

    assert times(session, cases[0], visible=false()) == []
    gone.status = "withdrawn"
    session.flush()
    assert times(session, cases[0]) == []


def test_only_the_newest_interviews_are_read(session, vault, wang, cases, monkeypatch):
    monkeypatch.setattr(question_times, "MOST_INTERVIEWS", 2)
    for case in cases:
        interview(session, vault, wang, case, [("A1", "1", 3)])

    assert times(session, cases[0])[0].interviews == 2
