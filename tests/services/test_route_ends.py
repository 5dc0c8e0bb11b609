"""Households that wait for a language or a proxy in vain: found by whoever is in charge, and the case goes on or ends."""

from datetime import datetime, timedelta

import pytest
from build import actor_of
from build_case import TEN, make_desk_round, make_released_cases
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from survey.errors import Conflict, Invalid, Missing
from survey.fieldwork.rules import SHANGHAI
from survey.models.call import RouteEnd
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services import cases, route_ends
from survey.services.calls import Outcome, record
from survey.services.queue import take

LATER = TEN + timedelta(days=2)
WHY = "本队与街道都没有人会"


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh")


@pytest.fixture
def boss(people):
    return actor_of(people("supervisor", "督导"))


@pytest.fixture
def sent(session, vault, wang):
    """A household that a call sent to somebody in particular, in a round with or without home visits."""

    def make(code, home_visits=False):
        round_ = make_desk_round(session, home_visits=home_visits)
        case = make_released_cases(session, vault, round_=round_)[0]
        say(session, vault, wang, case, code)
        return case

    return make


def say(session, vault, user, case, code, *, now=TEN, slot=1, **more):
    given = Outcome(f"uid-{now:%d%H%M}-{case.id:06d}", code, slot, language="zh", **more)
    record(session, vault, actor_of(user), now, case, given)
    session.commit()


def end(session, boss, case, kind, reason=WHY, now=LATER):
    return route_ends.end_route(session, boss, now, case, kind, reason)


def lies(session):
    return list(cases.recheck(session, LATER))


def test_who_waits_is_listed_with_what_for_and_how_long(session, vault, sent, wang):
    language, proxy = sent("D27"), sent("D26")
    quiet = sent("D37")

    rounds = [case.round_id for case in (language, proxy, quiet)]
    found = route_ends.waiting(session, rounds, LATER)

    listed = {one.case.id: (one.case.route, one.case.language, one.days, one.since) for one in found}
    assert listed == {language.id: ("language", "yue", 2, TEN), proxy.id: ("proxy", "", 2, TEN)}


def test_other_rounds_and_closed_ones_are_not_listed(session, sent):
    case = sent("D27")
    assert route_ends.waiting(session, [], LATER) == []

    session.get(Round, case.round_id).closed_at = LATER

    assert route_ends.waiting(session, [case.round_id], LATER) == []


@pytest.mark.parametrize("code, kind, outcome", [("D27", "no_interviewer", "O"), ("D26", "no_proxy", "O")])
def test_without_home_visits_the_case_ends_with_what_it_waited_for(session, boss, sent, code, kind, outcome):
    case = sent(code)

    end(session, boss, case, kind)

    assert (case.state, case.disposition, case.outcome) == ("final", code, outcome)
    assert lies(session) == []


@pytest.mark.parametrize("code, kind", [("D27", "no_interviewer"), ("D26", "no_proxy")])
def test_where_the_round_has_home_visits_somebody_goes_there(session, boss, sent, code, kind):
    case = sent(code, home_visits=True)

    end(session, boss, case, kind)

    assert (case.state, case.route) == ("ready", "visit")
    assert route_ends.waiting(session, [case.round_id], LATER) == [] and lies(session) == []


@pytest.mark.parametrize("code", ["D27", "D26"])
def test_a_duplicate_is_not_eligible_whatever_it_waited_for(session, boss, sent, code):
    case = sent(code, home_visits=True)

    end(session, boss, case, "duplicate", "与个案 3 同一户，名册重复登记")

    assert (case.state, case.disposition, case.outcome) == ("final", "D42", "NE")
    assert lies(session) == []


def test_no_answer_on_the_way_does_not_keep_the_household_waiting(session, vault, boss, wang, sent):
    case = sent("D27")
    say(session, vault, wang, case, "D37", now=TEN + timedelta(days=1))

    end(session, boss, case, "no_interviewer")

    assert (case.state, case.disposition) == ("final", "D27")


def test_who_found_what_when_and_why_is_kept_and_trailed(session, boss, sent):
    case = sent("D27")

    found = end(session, boss, case, "no_interviewer")

    assert (found.by_id, found.at, found.reason) == (boss.id, LATER, WHY)
    entry = session.query(AuditEntry).filter_by(action="route.ended").one()
    assert entry.round_id == case.round_id and entry.details == {"found": "no_interviewer", "reason": WHY}


def test_a_finding_is_taken_back_by_another_row_and_the_household_waits_again(session, boss, sent):
    case = sent("D27")
    found = end(session, boss, case, "no_interviewer")

    route_ends.take_back(session, boss, LATER, case, found.id)

    assert (case.state, case.route) == ("ready", "language") and lies(session) == []
    assert session.query(RouteEnd).count() == 2 and route_ends.ended(session, [case.round_id]) == []
    assert session.query(AuditEntry).filter_by(action="route.restored").count() == 1
    with pytest.raises(Missing):
        route_ends.take_back(session, boss, LATER, case, found.id)


def test_once_the_round_is_closed_nothing_is_found_or_taken_back(session, boss, sent):
    case, other = sent("D27"), sent("D26")
    found = end(session, boss, case, "no_interviewer")
    for one in (case, other):
        session.get(Round, one.round_id).closed_at = LATER

    with pytest.raises(Conflict, match="已于"):
        route_ends.take_back(session, boss, LATER, case, found.id)
    with pytest.raises(Conflict, match="已于"):
        end(session, boss, other, "no_proxy")


@pytest.mark.parametrize("code, kind", [("D37", "duplicate"), ("D26", "no_interviewer"), ("D27", "any")])
def test_only_what_the_household_waits_for_can_be_found(session, boss, sent, code, kind):
    with pytest.raises(Conflict) as caught:
        end(session, boss, sent(code), kind)
    assert caught.value.code == "not-waiting"


def test_nothing_is_found_while_a_surveyor_holds_the_household(session, boss, wang, sent):
    case = sent("D27")
    take(session, actor_of(wang), LATER, case, timedelta(minutes=15))

    with pytest.raises(Conflict) as caught:
        end(session, boss, case, "no_interviewer")
    assert caught.value.code == "household-held"


@pytest.mark.parametrize(
    "reason, code",
    [
        ("  ", "reason-length"),
        ("长" * 201, "reason-length"),
        ("陈女士 13800001234 打不通", "reason-personal"),
    ],
)
def test_a_reason_is_given_without_numbers_of_people(session, boss, sent, reason, code):
    case = sent("D27")
    with pytest.raises(Invalid) as caught:
        end(session, boss, case, "no_interviewer", reason)
    assert caught.value.code == code and session.query(RouteEnd).count() == 0


def test_who_rings_afterwards_and_makes_an_appointment_is_called_all_the_same(
    session, vault, boss, wang, sent
):
    case = sent("D27")
    end(session, boss, case, "no_interviewer", now=TEN + timedelta(hours=1))
    noon = datetime(2025, 4, 11, 15, 0, tzinfo=SHANGHAI)

    say(session, vault, wang, case, "D21", now=TEN + timedelta(hours=2), slot=0, appointment_at=noon)

    assert case.state == "appointment" and lies(session) == []


@pytest.mark.parametrize("statement", ["UPDATE route_end SET reason = 'x'", "DELETE FROM route_end"])
def test_the_database_itself_keeps_a_finding_as_it_is(session, boss, sent, statement):
    end(session, boss, sent("D27"), "no_interviewer")

    with pytest.raises(DBAPIError, match="cannot be changed"):
        session.execute(text(statement))
    session.rollback()
