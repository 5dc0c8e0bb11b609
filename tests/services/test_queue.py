import threading
from datetime import timedelta

import pytest
from build import actor_of
from build_case import RELEASED, TEN, make_desk_round, make_released_cases
from sqlalchemy import true
from sqlalchemy.orm import Session

from survey.db import db, writing
from survey.errors import Conflict
from survey.fieldwork.rules import SHANGHAI
from survey.models.accounts import User
from survey.models.frame import Household
from survey.models.season import Holiday, Round
from survey.services.calls import Outcome, record, reveal
from survey.services.queue import Dialled, dialled, extend, give_back, held_case, next_case, take, why_empty

LEASE = timedelta(minutes=15)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh")


@pytest.fixture
def chen(people):
    return people("surveyor", "陈姨", languages="yue zh")


def take_next(session, user, now=TEN, scope=None):
    return next_case(session, user, true() if scope is None else scope, now, LEASE)


def call(session, vault, user, case, code, now=TEN, **more):
    uid = f"uid-{case.id}-{now.timestamp():.0f}-{code}"
    return record(session, vault, actor_of(user), now, case, Outcome(uid, code, more.pop("slot", 1), **more))


def test_the_first_ticket_comes_first_and_is_held(session, vault, wang):
    cases = make_released_cases(session, vault, 3)

    case = take_next(session, wang)

    assert case is cases[0] and case.lease_user_id == wang.id and case.lease_until == TEN + LEASE


def test_asking_again_gives_the_household_that_is_held_not_another(session, vault, wang):
    make_released_cases(session, vault, 3)

    assert take_next(session, wang) is take_next(session, wang, TEN + timedelta(minutes=5))


def test_a_held_household_goes_to_somebody_else_only_when_the_lease_ran_out(session, vault, wang, chen):
    make_released_cases(session, vault)
    case = take_next(session, wang)

    assert take_next(session, chen, TEN + timedelta(minutes=14)) is None
    assert take_next(session, chen, TEN + timedelta(minutes=16)) is case


def test_a_sign_of_life_keeps_the_lease_and_fails_once_somebody_else_has_it(session, vault, wang, chen):
    make_released_cases(session, vault)
    case = take_next(session, wang)
    late = TEN + timedelta(minutes=20)
    assert extend(session, actor_of(wang), late, case, LEASE) == late + LEASE

    take_next(session, chen, late + timedelta(minutes=16))

    with pytest.raises(Conflict, match="不要再拨打"):
        extend(session, actor_of(wang), late + timedelta(minutes=17), case, LEASE)


def test_two_surveyors_on_two_connections_never_get_the_same_household(session, vault, people):
    make_released_cases(session, vault, 12)
    users = [people("surveyor").id for _ in range(2)]
    session.rollback()
    taken, start = {user: [] for user in users}, threading.Barrier(2)
    engine = db.engine

    def work(user_id):
        writing.set(True)
        start.wait()
        for turn in range(6):
            with Session(engine) as own, own.begin():
                now = TEN + timedelta(seconds=turn)
                case = next_case(own, own.get_one(User, user_id), true(), now, LEASE)
                taken[user_id].append(case.id)
                record(
                    own,
                    vault,
                    actor_of(own.get_one(User, user_id)),
                    now,
                    case,
                    Outcome(f"uid-{user_id}-{turn}-xx", "D37", 1),
                )

    threads = [threading.Thread(target=work, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    first, second = (set(taken[user]) for user in users)
    assert len(first) == len(second) == 6 and not first & second


def test_two_surveyors_asking_at_the_same_moment_hold_different_households(session, vault, people):
    make_released_cases(session, vault, 2)
    users = [people("surveyor").id for _ in range(2)]
    session.rollback()
    engine, start, held = db.engine, threading.Barrier(2), []

    def work(user_id):
        writing.set(True)
        start.wait()
        with Session(engine) as own, own.begin():
            held.append(next_case(own, own.get_one(User, user_id), true(), TEN, LEASE).id)

    threads = [threading.Thread(target=work, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(held)) == 2


def test_an_own_appointment_comes_before_a_shared_one_and_both_before_the_rest(session, vault, wang, chen):
    cases = make_released_cases(session, vault, 4)
    at = TEN + timedelta(hours=6)  # 16:00
    call(session, vault, wang, cases[3], "D21", appointment_at=at, mine=True)
    call(session, vault, chen, cases[2], "D21", appointment_at=at)

    order = []
    for _ in range(3):
        case = take_next(session, wang, at)
        order.append(case)
        case.lease_user_id = case.lease_until = None
        case.due_at = at + timedelta(days=1)
        session.flush()

    assert order == [cases[3], cases[2], cases[0]]


def test_anothers_appointment_is_left_to_them_until_it_is_overdue(session, vault, wang, chen):
    case = make_released_cases(session, vault)[0]
    at = TEN + timedelta(hours=6)
    call(session, vault, chen, case, "D21", appointment_at=at, mine=True)

    assert take_next(session, wang, at + timedelta(minutes=9)) is None
    assert take_next(session, wang, at + timedelta(minutes=10)) is case


def test_a_surveyor_gets_households_of_the_own_languages_first(session, vault, wang, chen):
    round_ = make_desk_round(session)
    cases = make_released_cases(session, vault, 3, round_=round_)
    cases[0].language, cases[2].language = "hak", "yue"
    session.commit()

    assert take_next(session, chen) is cases[2]
    assert take_next(session, wang) is cases[1]


def test_a_time_band_not_yet_tried_comes_before_one_that_was(session, vault, wang):
    cases = make_released_cases(session, vault, 2)
    cases[0].bands_tried = "weekday-morning weekend-evening"
    session.commit()

    assert take_next(session, wang) is cases[1]


def test_the_round_that_closes_first_comes_first(session, vault, wang):
    first = make_released_cases(session, vault)[0]
    second = make_released_cases(session, vault)[0]
    session.get(Round, second.round_id).fieldwork_to -= timedelta(days=5)
    session.commit()

    assert take_next(session, wang) is second and first.lease_until is None


def test_outside_the_scope_the_dates_or_the_calling_windows_there_is_nobody(session, vault, wang):
    case = make_released_cases(session, vault)[0]

    assert take_next(session, wang, scope=Round.id != case.round_id) is None
    assert take_next(session, wang, TEN + timedelta(hours=3)) is None  # 13:00, the midday rest
    assert take_next(session, wang, TEN + timedelta(days=60)) is None
    session.add(Holiday(day=TEN.astimezone(SHANGHAI).date(), name="假日"))
    session.flush()
    assert take_next(session, wang) is None


def test_a_closed_round_and_a_household_that_asked_not_to_be_called_are_left_alone(session, vault, wang):
    closed, refused = make_released_cases(session, vault)[0], make_released_cases(session, vault)[0]
    session.get(Round, closed.round_id).closed_at = TEN
    session.get(Household, refused.household_id).do_not_call_since = TEN
    session.commit()

    assert take_next(session, wang) is None


def test_a_household_is_given_back_unless_its_number_was_shown(session, vault, wang):
    make_released_cases(session, vault)
    case = take_next(session, wang)
    give_back(session, actor_of(wang), TEN, case)
    assert held_case(session, wang, true(), TEN) is None

    take_next(session, wang)
    reveal(session, vault, actor_of(wang), TEN, case, 1)
    with pytest.raises(Conflict, match="先记录"):
        give_back(session, actor_of(wang), TEN + timedelta(seconds=9), case)

    call(session, vault, wang, case, "D37", TEN + timedelta(seconds=20))
    assert case.lease_until is None


def test_a_call_left_without_an_outcome_comes_first_when_the_lease_ran_out(session, vault, wang):
    make_released_cases(session, vault, 2)
    case, later = take_next(session, wang), TEN + timedelta(minutes=20)
    reveal(session, vault, actor_of(wang), TEN, case, 1)

    assert take_next(session, wang, later) == case
    assert dialled(session, actor_of(wang), later, case) == Dialled(1, TEN)

    call(session, vault, wang, case, "D37", later)
    assert dialled(session, actor_of(wang), later, case) is None
    assert take_next(session, wang, later) != case


def test_a_call_left_without_an_outcome_stays_with_who_took_the_household_since(session, vault, wang, chen):
    make_released_cases(session, vault, 2)
    case, later = take_next(session, wang), TEN + timedelta(minutes=20)
    reveal(session, vault, actor_of(wang), TEN, case, 1)

    assert take_next(session, chen, later) == case
    assert take_next(session, wang, later) not in (None, case)


def test_a_household_in_anothers_hands_cannot_be_opened(session, vault, wang, chen):
    make_released_cases(session, vault)
    case = take_next(session, wang)

    with pytest.raises(Conflict, match="另一位访问员"):
        take(session, actor_of(chen), TEN, case, LEASE)


@pytest.mark.parametrize(
    "story, words",
    [
        ("nothing", "不在访问期内"),
        ("waiting", "1 户在等待再次拨打"),
        ("final", "全部结束"),
        ("held", "1 户正在通话"),
        ("night", "现在不是拨打时段"),
    ],
)
def test_an_empty_queue_says_why(session, vault, wang, chen, story, words):
    now = TEN
    if story != "nothing":
        cases = make_released_cases(session, vault, 2 if story == "held" else 1)
        if story in ("waiting", "held"):
            call(session, vault, wang, cases[0], "D37")
        if story == "held":
            take_next(session, chen)
        if story == "final":
            call(session, vault, wang, cases[0], "D12")
        if story == "night":
            now = RELEASED + timedelta(hours=12)

    assert take_next(session, wang, now) is None
    assert words in str(why_empty(session, wang, true(), now))


def test_what_is_due_for_others_is_counted_by_reason_and_the_next_one_is_named(
    session, vault, wang, chen, people
):
    visited = make_desk_round(session, home_visits=True)
    make_released_cases(session, vault, 1, round_=visited, phones=("138****",))
    cases = make_released_cases(session, vault, 3)
    agreed = TEN + timedelta(minutes=30)
    call(session, vault, chen, cases[0], "D21", appointment_at=agreed, mine=True)
    call(session, vault, chen, cases[1], "D27", language="zh")
    call(session, vault, chen, cases[2], "D11")

    soon = str(why_empty(session, wang, true(), agreed + timedelta(minutes=5)))
    after_days = str(why_empty(session, people("surveyor", languages="hak"), true(), TEN + timedelta(days=4)))

    assert "3 户已到时间，但不归您拨打：1 户要用您没有登记的语言，1 户是别人的预约，1 户要入户访问" in soon
    assert "最早 04-10 10:40 会再有一户" in soon
    assert "1 户要用您没有登记的语言，1 户拒绝过，先留给资深访问员，1 户要入户访问" in after_days


def test_every_case_is_found_by_the_index_of_the_queue(session, vault):
    """The query starts from round, state and due time; the plan must not read the whole table."""
    from sqlalchemy import text

    make_released_cases(session, vault, 2)
    if session.get_bind().dialect.name != "sqlite":
        assert session.scalar(text("SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_case_queue'")) == 1
        return
    plan = session.execute(
        text(
            'EXPLAIN QUERY PLAN SELECT id FROM "case" WHERE round_id IN (1, 2) '
            "AND state IN ('ready', 'waiting', 'appointment') AND due_at <= '2030-01-01'"
        )
    ).all()
    assert "ix_case_queue" in str(plan)
