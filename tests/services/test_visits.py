"""Home visits: who may take which household along, for how long, and what is recorded at the door."""

import threading
from datetime import timedelta

import pytest
from build import actor_of
from build_case import RELEASED, TEN, make_desk_round, make_released_cases
from sqlalchemy import true
from sqlalchemy.orm import Session

from survey.db import db, writing
from survey.errors import Conflict, Invalid, Refused
from survey.fieldwork.rules import SHANGHAI
from survey.models.accounts import User
from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.frame import Household
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import accounts, hands, queue, visits
from survey.services.calls import Outcome, correct, record

TWELVE_HOURS = timedelta(hours=12)
NO_NUMBER = ("138****",)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", skills="visit")


@pytest.fixture
def chen(people):
    return people("surveyor", "陈姨", skills="visit")


def without_phones(session, vault, n=1, **more):
    return make_released_cases(session, vault, n, phones=NO_NUMBER, home_visits=True, **more)


def listed(session, user, now=TEN):
    return [found.case.id for found in visits.to_visit(session, user, true(), now, TWELVE_HOURS)]


def take(session, user, wanted, now=TEN, lease=TWELVE_HOURS):
    return visits.take_along(session, user, true(), now, [case.id for case in wanted], lease)


def visit(session, vault, user, case, code, now=TEN, **more):
    uid = more.pop("uid", f"uid-{case.id}-{now.timestamp():.0f}-{code}")
    return record(session, vault, actor_of(user), now, case, Outcome(uid, code, 0, visit=True, **more))


def test_a_household_without_a_number_waits_for_a_visit_and_not_in_the_queue(session, vault, wang):
    (case,) = without_phones(session, vault)

    assert (case.route, case.state) == ("visit", "ready")
    assert listed(session, wang) == [case.id]
    assert queue.next_case(session, wang, true(), TEN, timedelta(minutes=15)) is None


def test_without_home_visits_such_a_household_is_final(session, vault, wang):
    (case,) = make_released_cases(session, vault, phones=NO_NUMBER)

    assert (case.state, case.disposition) == ("final", "D39") and listed(session, wang) == []


def test_only_who_is_trained_for_the_door_is_a_visitor(people, wang):
    visits.check_visitor(wang)
    with pytest.raises(Refused, match="入户访问"):
        visits.check_visitor(people("surveyor", skills="senior hearing"))


def test_what_was_taken_along_nobody_else_sees_or_gets_until_the_lease_ran_out(session, vault, wang, chen):
    taken = without_phones(session, vault, 2)

    assert take(session, wang, taken).cases == tuple(taken)
    assert listed(session, chen) == []
    assert take(session, chen, taken).gone == tuple(case.id for case in taken)

    later = TEN + TWELVE_HOURS + timedelta(minutes=1)
    assert len(take(session, chen, taken, later).cases) == 2
    assert visits.carried(session, wang, true(), later) == []


def test_a_telephone_carries_fifteen_households_and_no_more(session, vault, wang):
    taken = without_phones(session, vault, 17)
    take(session, wang, taken[:10])

    with pytest.raises(Conflict, match="最多带 15 户，您手上已有 10 户"):
        take(session, wang, taken[10:])
    assert len(take(session, wang, taken[10:15]).cases) == 5
    again = take(session, wang, taken[:15])
    assert len(again.cases) == 15 and len(visits.carried(session, wang, true(), TEN)) == 15, (
        "held, and not counted twice"
    )


def test_two_visitors_at_the_same_moment_never_get_the_same_household(session, vault, people):
    ids = [case.id for case in without_phones(session, vault, 12)]
    users = [people("surveyor", skills="visit").id for _ in range(2)]
    session.rollback()
    engine, start, taken = db.engine, threading.Barrier(2), {}

    def work(user_id):
        writing.set(True)
        start.wait()
        with Session(engine) as own, own.begin():
            user = own.get_one(User, user_id)
            found = visits.take_along(own, user, true(), TEN, ids, TWELVE_HOURS)
            taken[user_id] = {case.id for case in found.cases}

    threads = [threading.Thread(target=work, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    first, second = (taken[user] for user in users)
    assert not first & second and first | second == set(ids)


def test_what_is_carried_along_does_not_stand_in_the_way_of_a_call(session, vault, wang):
    (visited,) = without_phones(session, vault)
    round_ = make_desk_round(session)
    (called,) = make_released_cases(session, vault, round_=round_)
    take(session, wang, [visited])

    found = queue.next_case(session, wang, true(), TEN, timedelta(minutes=15))

    assert found is called and queue.held_case(session, wang, true(), TEN) is called
    assert visited.lease_user_id == wang.id and visited.lease_until == TEN + TWELVE_HOURS


def test_logging_out_leaves_the_households_on_the_telephone_that_carries_them(session, vault, wang):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])

    queue.let_go(session, actor_of(wang), TEN)

    assert case.lease_user_id == wang.id


def test_what_asked_not_to_be_contacted_or_is_not_due_is_not_listed(session, vault, wang):
    asked, later, free = without_phones(session, vault, 3)
    session.get_one(Household, asked.household_id).do_not_call_since = RELEASED
    later.due_at = TEN + TWELVE_HOURS + timedelta(minutes=1)
    session.flush()

    assert listed(session, wang) == [free.id]
    assert take(session, wang, [asked, later]).cases == ()


def test_an_appointment_at_the_door_is_for_who_made_it(session, vault, wang, chen):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])
    at = TEN.astimezone(SHANGHAI).replace(hour=16)
    visit(session, vault, wang, case, "D21", appointment_at=at, mine=True)

    assert (case.state, case.route, case.due_at) == ("appointment", "visit", at)
    assert listed(session, wang) == [case.id] and listed(session, chen) == []
    assert listed(session, chen, at + timedelta(minutes=11)) == [case.id]


def test_given_back_a_household_is_free_and_the_trail_knows_who_had_the_address(session, vault, wang, chen):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])

    visits.give_back(session, actor_of(wang), TEN, case)

    assert listed(session, chen) == [case.id]
    actions = [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions[-3:] == ["visit.taken", "address.revealed", "visit.given-back"]


# -- what happened at the door -------------------------------------------------------------------------------


def test_a_visit_is_recorded_as_one_and_frees_the_household(session, vault, wang):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])

    attempt, state = visit(session, vault, wang, case, "D29", TEN + timedelta(hours=3), seconds=7200)

    assert (attempt.mode, attempt.phone_slot, attempt.outcome) == ("visit", 0, "D29")
    assert attempt.started_at == TEN + timedelta(hours=1)
    assert (case.lease_user_id, state.route) == (None, "visit")
    assert visit(session, vault, wang, case, "D29", TEN + timedelta(hours=3))[0] is attempt, (
        "once, though sent twice"
    )


def test_synchronised_days_later_it_still_happened_when_it_happened(session, vault, wang):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])

    at = TEN + timedelta(hours=2)
    attempt, _ = visit(
        session, vault, wang, case, "D21", TEN + timedelta(days=3), seconds=(timedelta(days=3) - timedelta(hours=1)).total_seconds(),
        appointment_at=(TEN + timedelta(days=1)).astimezone(SHANGHAI),
    )  # fmt: skip

    assert attempt.started_at == at - timedelta(hours=1)
    assert attempt.appointment_at == TEN + timedelta(days=1), "past by now, but agreed at the door"


@pytest.mark.parametrize("seconds", [10**9, -5, 0], ids=["clock years behind", "clock ahead", "no clock"])
def test_no_clock_of_a_telephone_puts_a_visit_before_it_was_taken_along_or_into_the_future(
    session, vault, wang, seconds
):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])
    now = TEN + timedelta(hours=4)

    attempt, _ = visit(session, vault, wang, case, "D29", now, seconds=seconds)

    assert TEN <= attempt.started_at <= now


def test_who_never_took_it_along_records_no_visit(session, vault, wang, chen):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])

    with pytest.raises(Refused, match="没有由您带上"):
        visit(session, vault, chen, case, "D29")
    with pytest.raises(Refused):
        hands.check_has_held(session, actor_of(chen), case)
    hands.check_has_held(session, actor_of(wang), case)


def test_after_the_lease_ran_out_the_outcome_is_still_recorded(session, vault, wang, chen):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])
    later = TEN + timedelta(hours=13)
    take(session, chen, [case], later)

    attempt, _ = visit(session, vault, wang, case, "D29", later + timedelta(minutes=5), seconds=36000)

    assert attempt.user_id == wang.id and case.lease_user_id == chen.id


@pytest.mark.parametrize("code", ["D37", "D32", "D31", "D15"])
def test_what_only_a_telephone_says_is_no_outcome_of_a_visit(session, vault, wang, code):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])

    with pytest.raises(Invalid, match="改选"):
        visit(session, vault, wang, case, code)


def test_what_only_a_door_says_is_no_outcome_of_a_call(session, vault, wang):
    (case,) = make_released_cases(session, vault)
    queue.take(session, actor_of(wang), TEN, case, timedelta(minutes=15))

    for slot in (0, 1):
        with pytest.raises(Invalid, match="改选"):
            record(session, vault, actor_of(wang), TEN, case, Outcome(f"uid-door-{slot}", "D29", slot))


def test_a_visit_is_corrected_as_a_visit(session, vault, wang):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])
    wrong, _ = visit(session, vault, wang, case, "D12")

    right, state = correct(
        session, vault, actor_of(wang), TEN + timedelta(minutes=5), wrong, Outcome("uid-corrected", "D29", 0)
    )

    assert (right.mode, right.corrects_id, state.route) == ("visit", wrong.id, "visit")
    assert session.get_one(Household, case.household_id).do_not_call_since is None


def test_a_closed_round_takes_no_visit_any_more(session, vault, wang):
    (case,) = without_phones(session, vault)
    take(session, wang, [case])
    round_ = session.get_one(Round, case.round_id)
    round_.closed_at, round_.closed_by_id = TEN, wang.id
    session.flush()

    with pytest.raises(Conflict, match="已冻结"):
        visit(session, vault, wang, case, "D29")
    assert session.query(Attempt).count() == 0 and listed(session, wang) == []


def test_a_recused_visitor_sees_no_household_of_the_station(session, vault, people, wang):
    from survey.web.access import scope

    (case,) = without_phones(session, vault)
    round_ = session.get_one(Round, case.round_id)
    accounts.recuse(session, actor_of(people("coordinator")), TEN, wang, round_.station, "曾在该站任职")
    session.refresh(wang)

    held = scope(wang, "desk.work").condition()
    assert visits.to_visit(session, wang, held, TEN, TWELVE_HOURS) == []
    assert session.get_one(Case, case.id).lease_user_id is None
