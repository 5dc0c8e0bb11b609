"""The system selects what is checked again: a tenth at random, the first three of each surveyor, every low score."""

from datetime import timedelta

import pytest
from build import actor_of, make_season
from build_case import TEN
from build_recheck import LATER, LOW, hold, hold_all, make_cases, of_round, round_of
from build_results import SATISFIED

from survey.fieldwork.rechecks import wanted
from survey.models.recheck import Recheck
from survey.services import objections, recheck_selection, rechecks, withdrawal
from survey.services.answers import interview_of


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳")


def ids(found, reason):
    return {row.interview_id for row in found if reason in row.reasons.split()}


def test_a_tenth_is_drawn_at_every_moment_and_none_is_put_back(session, vault, wang):
    cases = make_cases(session, vault, 23)
    drawn: set[int] = set()

    for number, case in enumerate(cases, start=1):
        hold(session, vault, wang, case, TEN + timedelta(minutes=10 * number))
        now = ids(of_round(session, case.round_id), "random")
        assert len(now) == wanted(number) and drawn <= now
        drawn = now


def test_of_each_ten_that_follow_the_smallest_keyed_ticket_is_drawn(session, vault, wang):
    cases = make_cases(session, vault, 21)
    interviews = hold_all(session, vault, wang, cases)

    def smallest(some):
        return min(some, key=lambda one: vault.blind(str(one.id), recheck_selection.PURPOSE)).id

    expected = {interviews[0].id, smallest(interviews[1:11]), smallest(interviews[11:21])}
    assert ids(of_round(session, cases[0].round_id), "random") == expected


def test_the_first_three_of_each_surveyor_in_a_season_are_selected(session, vault, wang, people):
    season, chen = make_season(session, "一季"), people("surveyor", "陈杰")
    here = make_cases(session, vault, 4, season=season)
    there = make_cases(session, vault, 3, season=season)
    own = hold_all(session, vault, wang, here[:2]) + hold_all(session, vault, wang, there)
    other = hold_all(session, vault, chen, here[2:])

    found = of_round(session, here[0].round_id) + of_round(session, there[0].round_id)

    assert ids(found, "first") == {one.id for one in [*own[:3], *other]}


def test_every_low_score_is_selected(session, vault, wang):
    cases = make_cases(session, vault, 6)
    hold_all(session, vault, wang, cases[:4])
    low = [hold(session, vault, wang, case, LATER, LOW) for case in cases[4:]]

    assert ids(of_round(session, cases[0].round_id), "low") == {one.id for one in low}


def test_interviews_from_before_are_found_when_the_page_opens_once(session, vault, wang):
    cases = make_cases(session, vault, 12)
    hold_all(session, vault, wang, cases[:11])
    low = hold(session, vault, wang, cases[11], LATER, LOW)
    session.query(Recheck).delete()
    session.commit()
    round_ = round_of(session, cases[0])

    for _ in range(2):
        recheck_selection.bring_up_to_date(session, vault, LATER, round_)

    found = of_round(session, round_.id)
    assert (len(ids(found, "random")), len(ids(found, "first"))) == (2, 3)
    assert ids(found, "low") == {low.id}


def test_a_closed_round_selects_nothing(session, vault, wang):
    cases = make_cases(session, vault, 2)
    hold_all(session, vault, wang, cases)
    session.query(Recheck).delete()
    round_ = round_of(session, cases[0])
    round_.closed_at = LATER

    recheck_selection.bring_up_to_date(session, vault, LATER, round_)

    assert of_round(session, round_.id) == []


def test_who_said_no_to_a_check_is_not_called_and_the_next_ticket_takes_the_place(session, vault, wang):
    cases = make_cases(session, vault, 3, questionnaire="full")
    full = SATISFIED | {"A4": "1", "A5": "0", "A6": "1", "K2": "2"}
    refused = hold(session, vault, wang, cases[0], TEN, full)
    agreed = hold(session, vault, wang, cases[1], LATER, full | {"K2": "1"})

    found = {row.interview_id: row for row in of_round(session, cases[0].round_id)}

    assert (found[refused.id].outcome, found[refused.id].calls) == ("declined", 0)
    assert found[agreed.id].outcome is None and found[agreed.id].drawn_at is not None


def test_a_withdrawn_interview_leaves_nothing_of_its_check(session, vault, wang, people):
    cases = make_cases(session, vault, 2)
    low = hold(session, vault, wang, cases[0], TEN, LOW)
    hold(session, vault, wang, cases[1], LATER)
    assert low.id in ids(of_round(session, cases[0].round_id), "low")

    withdrawal.withdraw(session, actor_of(people("coordinator")), LATER, low, "phone")

    assert low.id not in {row.interview_id for row in of_round(session, cases[0].round_id)}
    assert rechecks.summary(session, round_of(session, cases[0])).population == 1


def test_an_objection_takes_the_next_in_the_order_of_the_draw_that_nobody_checks(
    session, vault, wang, people
):
    cases = make_cases(session, vault, 12)
    hold_all(session, vault, wang, reversed(cases))
    round_ = round_of(session, cases[0])
    before = {row.interview_id for row in of_round(session, round_.id)}

    objection = objections.raise_objection(
        session, vault, actor_of(people("coordinator")), LATER, round_, raised_by="苏站长", text="有疑问", households=3
    )  # fmt: skip

    added = [row for row in of_round(session, round_.id) if row.objection_id == objection.id]
    unchecked = [case.id for case in cases if interview_of(session, case).id not in before]
    assert sorted(row.interview.case_id for row in added) == unchecked[:3]
    assert {row.reasons for row in added} == {"objection"}
