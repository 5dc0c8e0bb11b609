from datetime import date, timedelta

import pytest
from build import actor_of, make_season
from build_case import TEN, make_desk_round, make_released_cases
from sqlalchemy import event, true

from survey.models.call import Attempt
from survey.models.care import Incident
from survey.models.interview import Interview
from survey.models.season import Round
from survey.services import live, visits
from survey.services.calls import Outcome, record
from survey.services.queue import take

LEASE = timedelta(minutes=15)
DAY = timedelta(days=1)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳", languages="zh")


@pytest.fixture
def season(session):
    return make_season(session)


@pytest.fixture
def round_(session, season):
    return make_desk_round(session, season=season, target_completes=20)


def look(session, season, *rounds, now=TEN):
    return live.board_of(session, season, rounds, now)


def complete(session, case, user, at):
    """As if an interview had been held: recorded, counted, final."""
    round_ = session.get(Round, case.round_id)
    session.add(
        Attempt(uid=f"done-{case.id:06d}", case_id=case.id, user_id=user.id, recorded_at=at, outcome="D01")
    )
    session.add(
        Interview(
            case_id=case.id, round_id=round_.id, questionnaire_id=round_.questionnaire_id, started_by_id=user.id,
            started_at=at, status="complete", counted_at=at,
        )
    )  # fmt: skip
    case.state, case.outcome, case.disposition, case.due_at = "final", "I", "D01", None
    session.flush()


def call(session, vault, user, case, code, at, **more):
    take(session, actor_of(user), at, case, LEASE)
    return record(
        session, vault, actor_of(user), at, case, Outcome(f"call-{case.id}-{code}", code, 1, **more)
    )


def test_a_station_stands_where_its_cases_do(session, vault, season, round_, wang):
    cases = make_released_cases(session, vault, 5, round_=round_)
    complete(session, cases[0], wang, TEN)
    call(session, vault, wang, cases[1], "D12", TEN)

    (station,) = look(session, season, round_).stations

    total = station.total
    assert (total.drawn, total.released, total.complete, total.pending, total.non_interview) == (
        5,
        5,
        1,
        3,
        1,
    )
    assert station.target == 20 and [zone.name for zone in station.zones] == ["一片区"]


def test_the_finish_is_foretold_from_the_last_days_with_calls(session, vault, season, round_, wang):
    cases = make_released_cases(session, vault, 15, round_=round_)
    for number, case in enumerate(cases[:12]):
        complete(session, case, wang, TEN - (1 + number // 4) * DAY)  # four a day on three days

    found = look(session, season, round_).stations[0].finish

    assert (found.state, found.remaining, found.pace, found.days) == ("on", 8, 4, 3)
    assert found.day == date(2025, 4, 11)


def test_on_the_first_day_it_is_too_early(session, vault, season, round_, wang):
    (case,) = make_released_cases(session, vault, round_=round_)
    complete(session, case, wang, TEN)

    assert look(session, season, round_).stations[0].finish.state == "early"


def test_the_season_is_done_when_what_all_stations_lack_is_done(session, vault, season, round_, wang):
    other = make_desk_round(session, season=season, target_completes=10)
    mine, theirs = (make_released_cases(session, vault, 12, round_=one) for one in (round_, other))
    for number, case in enumerate((*mine[:6], *theirs[:6])):
        complete(session, case, wang, TEN - (1 + number % 3) * DAY)

    board = look(session, season, round_, other)

    assert (board.target, board.total.complete) == (30, 12)
    assert (board.finish.remaining, board.finish.pace, board.finish.day) == (18, 4, date(2025, 4, 14))


def test_a_closed_station_is_not_foretold(session, vault, season, round_):
    make_released_cases(session, vault, round_=round_)
    round_.closed_at = TEN

    board = look(session, season, round_)

    assert board.stations[0].finish is None and board.finish is None
    assert "今天没有轮次" in str(board.queue)


def test_calls_and_completes_of_today_stand_under_their_hours(session, vault, season, round_, wang):
    cases = make_released_cases(session, vault, 4, round_=round_)
    complete(session, cases[0], wang, TEN - timedelta(minutes=30))
    call(session, vault, wang, cases[1], "D37", TEN)
    call(session, vault, wang, cases[2], "D37", TEN + timedelta(minutes=59))
    complete(session, cases[3], wang, TEN - DAY)

    hours = look(session, season, round_, now=TEN + timedelta(hours=2)).hours

    assert [(hour.hour, hour.calls, hour.completes) for hour in hours] == [
        (9, 1, 1),
        (10, 2, 0),
        (11, 0, 0),
        (12, 0, 0),
    ]


def test_another_seasons_calls_are_not_among_them(session, vault, season, round_, wang):
    make_released_cases(session, vault, round_=round_)
    (elsewhere,) = make_released_cases(session, vault)
    call(session, vault, wang, elsewhere, "D37", TEN)

    board = look(session, season, round_, now=TEN + timedelta(minutes=5))

    assert board.hours == [] and board.people == []


def test_appointments_of_today_and_overdue_ones_are_counted(session, vault, season, round_, wang):
    cases = make_released_cases(session, vault, 3, round_=round_)
    for case, hours in zip(cases, (1, 5, 29), strict=True):
        call(session, vault, wang, case, "D21", TEN, appointment_at=TEN + timedelta(hours=hours))

    at_noon = look(session, season, round_, now=TEN + timedelta(hours=2)).appointments

    assert (at_noon.today, at_noon.overdue) == (2, 1)


def test_appointments_that_a_closed_round_left_open_are_not_waited_for(
    session, vault, season, round_, wang, people
):
    (case,) = make_released_cases(session, vault, round_=round_)
    call(session, vault, wang, case, "D21", TEN, appointment_at=TEN + timedelta(hours=1))
    round_.closed_at, round_.closed_by_id = TEN, people("coordinator").id
    session.flush()

    found = look(session, season, round_, now=TEN + timedelta(hours=2)).appointments

    assert (found.today, found.overdue) == (0, 0)


def test_on_shift_is_who_holds_a_household_or_called_in_the_last_half_hour(
    session, vault, season, round_, wang, people
):
    cases = make_released_cases(session, vault, 3, round_=round_)
    li, chen = people("surveyor", "李梅"), people("surveyor", "陈姨")
    call(session, vault, wang, cases[0], "D37", TEN - timedelta(minutes=31))
    call(session, vault, li, cases[1], "D37", TEN - timedelta(minutes=5))
    take(session, actor_of(chen), TEN, cases[2], LEASE)

    board = look(session, season, round_)

    assert {(one.name, one.calling) for one in board.people} == {("李梅", False), ("陈姨", True)}


def test_households_for_the_door_are_neither_due_on_the_telephone_nor_in_a_call(session, vault, season, wang):
    round_ = make_desk_round(session, season=season, home_visits=True)
    cases = make_released_cases(session, vault, 3, round_=round_, phones=("138****",))
    wang.skills = "visit"
    visits.take_along(session, wang, true(), TEN, [cases[0].id], timedelta(hours=12))

    board = look(session, season, round_)

    assert (board.due, board.to_visit) == (0, 3)
    assert str(board.queue) == "电话能打的都结束了，剩下 3 户等入户访问。"
    assert [(one.name, one.calling, one.visiting) for one in board.people] == [("王芳", False, True)]


def test_due_households_are_counted_and_beyond_a_limit_only_said_to_be_more(
    session, vault, season, round_, monkeypatch
):
    make_released_cases(session, vault, 4, round_=round_)
    assert look(session, season, round_).due == 4
    assert "现在有 4 户可以拨打" in str(look(session, season, round_).queue)

    monkeypatch.setattr(live.board, "MOST_COUNTED", 3)

    assert str(look(session, season, round_).due) == "超过 3"
    assert "现在有 超过 3 户可以拨打" in str(look(session, season, round_).queue)


def test_alarms_that_nobody_took_over_are_counted(session, vault, season, round_, wang):
    first, second = make_released_cases(session, vault, 2, round_=round_)
    for case, taken in ((first, None), (second, TEN)):
        session.add(
            Incident(
                uid=f"alarm-{case.id}", round_id=round_.id, case_id=case.id, raised_by_id=wang.id, raised_at=TEN,
                acknowledged_at=taken, acknowledged_by_id=taken and wang.id,
            )
        )  # fmt: skip
    session.flush()

    assert look(session, season, round_).alarms == 1


def test_the_board_asks_as_many_questions_for_many_cases_as_for_few(session, vault, season, round_):
    """Neither the statements nor the rows they bring grow with the cases."""
    make_released_cases(session, vault, 3, round_=round_)
    few = asked(session, season, round_)
    many_round = make_desk_round(session, season=make_season(session, "大季"), target_completes=20)
    make_released_cases(session, vault, 60, round_=many_round)

    assert asked(session, many_round.season, many_round) == few


def asked(session, season, round_):
    statements = []
    engine = session.get_bind()

    def note(connection, cursor, statement, *rest):
        assert 'count("case"' not in statement.lower() and 'from "case" group' not in statement.lower()
        statements.append(statement)

    look(session, season, round_)
    event.listen(engine, "before_cursor_execute", note)
    look(session, season, round_)
    event.remove(engine, "before_cursor_execute", note)
    return len(statements)
