"""Rules and holidays changed in the middle of fieldwork: what is due moves with them, and the trail tells."""

import threading
import time as time_module
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from survey.db import db, writing
from survey.errors import Conflict, Invalid
from survey.fieldwork.rule_faults import faults, settled
from survey.fieldwork.rules import CallingRules, local
from survey.fieldwork.ruleset import Delay, Window
from survey.models.draw import Case
from survey.models.season import Holiday, Round
from survey.models.trail import AuditEntry
from survey.services import calling, cases, closing, holidays, queue
from survey.services.calls import Outcome, record

LATER = TEN + timedelta(minutes=5)
LEASE = timedelta(minutes=15)


@pytest.fixture
def lin(people):
    return people("coordinator", "林统筹")


def season_of(session, case):
    return session.get_one(Round, case.round_id).season


def call(session, vault, user, case, code, at=TEN):
    return record(
        session, vault, actor_of(user), at, case, Outcome(f"uid-{case.id}-{at.timestamp()}", code, 1)
    )


def change(session, lin, case, now=LATER, **values):
    rules = replace(cases.rules_of(season_of(session, case)), **values)
    return calling.change_rules(session, actor_of(lin), now, season_of(session, case), rules)


def entries(session, action):
    return session.scalars(select(AuditEntry).where(AuditEntry.action == action)).all()


def delays(**changed):
    return {**CallingRules().delays, **changed}


def test_a_call_recorded_meanwhile_and_new_rules_do_not_wait_for_each_other(
    session, vault, people, monkeypatch
):
    """Both write the same count of open households; the call holds the household that is computed last."""
    first, last = make_released_cases(session, vault, 2)
    wang = people("surveyor")
    first.state, first.outcome, first.disposition, first.due_at = "final", "NC", "D37", None
    session.commit()
    engine, holding, round_id = db.engine, threading.Event(), first.round_id
    monkeypatch.setattr(cases, "CHUNK", 1)

    def stop_calling():
        writing.set(True)
        with Session(engine) as own, own.begin():
            case = queue.lock(own, own.get_one(Case, last.id))
            holding.set()
            time_module.sleep(0.3)  # the other one comes as far as it can
            call(own, vault, wang, case, "D12")

    other = threading.Thread(target=stop_calling)
    other.start()
    holding.wait()
    with Session(engine) as own, own.begin():
        cases.recompute(own, [round_id], LATER)
    other.join()

    session.expire_all()
    assert (first.state, last.disposition) == ("ready", "D12")


# -- the rules ----------------------------------------------------------------------------------------------


def test_a_shorter_wait_moves_the_households_that_wait_and_no_others(session, vault, lin, people):
    waits, untouched = make_released_cases(session, vault, 2)
    call(session, vault, people("surveyor"), waits, "D37")
    assert local(waits.due_at).hour == 15, "three hours later is the noon rest"

    assert change(session, lin, waits, delays=delays(D37=Delay(minutes=30))) == 1

    assert waits.due_at == TEN + timedelta(minutes=30)
    assert list(cases.recheck(session, LATER)) == [] and untouched.state == "ready"


def test_fewer_calls_asked_for_end_a_household_and_more_open_it_again(session, vault, lin, people):
    (case,) = make_released_cases(session, vault)
    surveyor = people("surveyor")
    call(session, vault, surveyor, case, "D37")

    change(session, lin, case, min_attempts=1, min_days=1, min_bands=1, need_evening=False, need_weekend=False,
           dials_per_number=1)  # fmt: skip
    assert (case.state, case.disposition) == ("final", "D37")

    change(session, lin, case, min_attempts=2)
    assert case.state == "waiting" and case.outcome is None


def test_the_trail_keeps_what_was_and_what_is(session, vault, lin):
    (case,) = make_released_cases(session, vault)

    change(session, lin, case, min_attempts=6, delays=delays(D36=Delay(minutes=45)))

    (entry,) = entries(session, "season.calling-rules-changed")
    assert entry.details["min_attempts"] == [5, 6]
    old, new = entry.details["delays"]["D36"]
    assert (old["minutes"], new["minutes"]) == (30, 45)
    assert set(entry.details) == {"min_attempts", "delays"}


def test_rules_saved_as_they_were_leave_no_trace(session, vault, lin):
    (case,) = make_released_cases(session, vault)

    assert change(session, lin, case) == 0
    assert entries(session, "season.calling-rules-changed") == []


def test_back_to_defaults_stores_nothing_of_its_own(session, vault, lin):
    (case,) = make_released_cases(session, vault)
    change(session, lin, case, min_attempts=6)

    change(session, lin, case, min_attempts=5)

    assert season_of(session, case).calling_rules == {}


def test_a_closed_round_stays_as_it_was_and_follows_once_reopened(session, vault, lin, people):
    (case,) = make_released_cases(session, vault)
    call(session, vault, people("surveyor"), case, "D37")
    before, round_ = case.due_at, session.get_one(Round, case.round_id)
    round_.closed_at = LATER
    session.flush()

    assert change(session, lin, case, delays=delays(D37=Delay(minutes=30))) == 0
    assert case.due_at == before and list(cases.recheck(session, LATER)) == []

    closing.reopen(session, actor_of(lin), LATER, round_, "委托方要求补访")
    assert case.due_at == TEN + timedelta(minutes=30)


# -- holidays -----------------------------------------------------------------------------------------------


def test_nobody_is_called_on_a_holiday_and_what_was_due_moves_behind_it(session, vault, lin, people):
    (case,) = make_released_cases(session, vault)
    wang, today = people("surveyor"), local(TEN).date()
    call(session, vault, wang, case, "D31")
    assert local(case.due_at).date() == today + timedelta(days=1)

    holidays.add(session, actor_of(lin), LATER, today, today + timedelta(days=2), "清明节")

    assert local(case.due_at).date() == today + timedelta(days=3)
    assert queue.next_case(session, wang, true(), LATER, LEASE) is None
    assert "04-13 10:00" in str(queue.why_empty(session, wang, true(), LATER))
    assert list(cases.recheck(session, LATER)) == []


def test_a_household_that_is_due_is_not_given_out_on_a_holiday_but_after_its_removal(
    session, vault, lin, people
):
    (case,) = make_released_cases(session, vault)
    wang, today = people("surveyor"), local(TEN).date()
    holidays.add(session, actor_of(lin), TEN, today, today, "清明节")
    assert queue.next_case(session, wang, true(), LATER, LEASE) is None

    holidays.remove(session, actor_of(lin), LATER, today)

    assert queue.next_case(session, wang, true(), LATER, LEASE) is case


def test_a_range_adds_the_days_not_there_yet_and_the_trail_names_them(session, lin):
    first = local(TEN).date()
    holidays.add(session, actor_of(lin), TEN, first, first, "清明节")

    assert holidays.add(session, actor_of(lin), TEN, first, first + timedelta(days=2), "假期") == 2

    assert [day.name for day in holidays.listed(session)] == ["清明节", "假期", "假期"]
    assert entries(session, "holiday.added")[1].details == {
        "holiday": "假期",
        "days": ["2025-04-11", "2025-04-12"],
    }


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (date(2025, 4, 12), date(2025, 4, 11), "dates-out-of-order"),
        (date(2025, 4, 9), date(2025, 4, 11), "holiday-past"),
        (date(2025, 4, 12), date(2025, 5, 13), "holiday-range"),
        (date(2052, 4, 12), date(2052, 4, 12), "holiday-far"),
    ],
)
def test_days_that_make_no_sense_are_refused_whole(session, lin, first, last, code):
    with pytest.raises(Invalid) as refused:
        holidays.add(session, actor_of(lin), TEN, first, last, "清明节")

    assert refused.value.code == code and holidays.listed(session) == []


def test_public_holidays_of_the_coming_year_are_taken_over_and_offered_no_more(session, lin):
    offered = holidays.offered(session, TEN)
    assert next(iter(offered)).name == "劳动节" and all(
        day > TEN.date() for days in offered.values() for day in days
    )

    n = holidays.take_over(session, actor_of(lin), TEN, {date(2025, 5, 1), date(2025, 5, 31)})

    assert n == 5 + 3 and [day.day for day in holidays.listed(session)][:2] == [
        date(2025, 5, 1),
        date(2025, 5, 2),
    ]
    assert [entry.details["holiday"] for entry in entries(session, "holiday.added")] == ["劳动节", "端午节"]
    left = {one.first for one in holidays.offered(session, TEN)}
    assert left == {one.first for one in offered} - {date(2025, 5, 1), date(2025, 5, 31)}
    with pytest.raises(Conflict, match="刚刚已经填入"):
        holidays.take_over(session, actor_of(lin), TEN, {date(2025, 5, 1)})


def test_days_of_a_break_that_stand_in_the_table_keep_their_name_and_those_that_are_over_are_left_out(
    session, lin
):
    in_the_break = datetime(2025, 5, 3, 2, 0, tzinfo=UTC)
    session.add(Holiday(day=date(2025, 5, 4), name="青年节"))
    session.flush()

    assert holidays.take_over(session, actor_of(lin), in_the_break, {date(2025, 5, 1)}) == 2
    assert [(day.day.day, day.name) for day in holidays.listed(session)] == [
        (3, "劳动节"),
        (4, "青年节"),
        (5, "劳动节"),
    ]


def test_a_holiday_that_is_over_stays(session, lin):
    session.add(Holiday(day=date(2025, 4, 4), name="清明节"))
    session.flush()

    with pytest.raises(Conflict, match="已经过去"):
        holidays.remove(session, actor_of(lin), datetime(2025, 4, 10, tzinfo=UTC), date(2025, 4, 4))


# -- what is wrong with typed rules -------------------------------------------------------------------------


def typed(**changed):
    rules = CallingRules()
    return {name: getattr(rules, name) for name in rules.__slots__} | changed


def window(a, b):
    return Window(time.fromisoformat(a), time.fromisoformat(b))


def test_the_defaults_have_no_fault():
    assert faults(typed()) == [] and settled(typed()) == CallingRules()


@pytest.mark.parametrize(
    ("changed", "field", "part", "says"),
    [
        ({"weekday_windows": [window("11:00", "10:00")]}, "weekday_windows", 0, "结束 10:00 不晚于开始 11:00"),
        ({"weekend_windows": [None, window("07:30", "11:00")]}, "weekend_windows", 1, "07:30–11:00 超出"),
        ({"weekday_windows": [window("18:00", "21:30")]}, "weekday_windows", 0, "超出 08:00–21:00"),
        (
            {"weekday_windows": [window("15:00", "19:00"), window("09:00", "15:30")]},
            "weekday_windows", 0, "15:00-19:00 与 09:00-15:30 重叠",
        ),
        ({"weekday_windows": [None], "weekend_windows": []}, "weekday_windows", 0, "至少填一段"),
        ({"weekend_windows": [None, None]}, "need_weekend", "", "周末没有时段"),
        (
            {"weekday_windows": [window("09:00", "16:00")], "weekend_windows": [window("10:00", "18:00")]},
            "need_evening", "", "18:00 之后没有时段",
        ),
        ({"weekday_windows": [window("18:30", "20:00")], "weekend_windows": [window("18:30", "20:00")]},
         "min_bands", "", "只涉及 2 个"),
        ({"min_attempts": 11}, "most_attempts", "", "最多 10 次少于至少 11 次"),
        ({"evening_from": time(15, 0)}, "evening_from", "", "从 15:00 算起不合适"),
        ({"min_days": 6}, "min_days", "", "6 天多于至少 5 次"),
        ({"delays": {"D11": Delay(minutes=30)}}, "delays", "D11", "至少 3 天后"),
        ({"delays": {"D36": Delay(minutes=2)}}, "delays", "D36", "2 分钟不可用"),
        ({"delays": {"D31": Delay(days=90)}}, "delays", "D31", "90 天不可用"),
    ],
)  # fmt: skip
def test_each_fault_names_its_field_value_and_remedy(changed, field, part, says):
    found = faults(typed(**changed))

    assert [(fault.field, fault.part) for fault in found] == [(field, part)]
    assert says in str(found[0].message)


def test_windows_may_be_typed_in_any_order_with_empty_rows_between():
    rules = settled(typed(weekday_windows=[window("18:30", "20:00"), None, window("09:00", "11:30")]))

    assert [str(each) for each in rules.weekday_windows] == ["09:00-11:30", "18:30-20:00"]
