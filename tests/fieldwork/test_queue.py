"""Who is called next, and why there may be nobody."""

from datetime import date, timedelta

from fieldwork.stories import RULES, at, state
from survey.fieldwork.queue import (
    Caller,
    Candidate,
    explain,
    may_take,
    next_case,
    order_key,
    summarise,
    why_empty,
)

NOW = at("11-25", "15:30")
ME = Caller(id="wang", languages=frozenset({"zh", "yue"}))


def case(ticket: str, **more: object) -> Candidate:
    values: dict[str, object] = {"state": "ready", "due_at": NOW - timedelta(hours=1), **more}
    return Candidate(ticket=ticket, **values)  # type: ignore[arg-type]


def order(*cases: Candidate, caller: Caller = ME) -> list[str]:
    return [c.ticket for c in sorted(cases, key=lambda c: order_key(c, caller, NOW, RULES))]


def test_own_appointment_then_shared_one_then_language_then_untried_band_then_ticket():
    assert order(
        case("1-tried", tried_bands=frozenset({"weekday-afternoon"})),
        case("2-plain"),
        case("3-plain"),
        case("4-cantonese", language_needed="yue"),
        case("5-shared", state="appointment"),
        case("6-own", state="appointment", appointment_by="wang"),
        case("0-hakka", language_needed="hak"),
    ) == ["6-own", "5-shared", "4-cantonese", "2-plain", "3-plain", "1-tried", "0-hakka"]


def test_between_rounds_the_one_that_closes_first_comes_first():
    assert order(
        case("1", deadline=date(2026, 12, 20)), case("2", deadline=date(2026, 12, 1)), case("3")
    ) == [
        "2",
        "1",
        "3",
    ]


def test_anothers_appointment_is_shared_only_after_ten_minutes():
    made = case("1", state="appointment", appointment_by="li", due_at=NOW)
    assert not may_take(made, ME, NOW + timedelta(minutes=9), RULES)
    assert may_take(made, ME, NOW + timedelta(minutes=10), RULES)
    assert may_take(made, Caller(id="li"), NOW, RULES)


def test_a_soft_refusal_goes_to_a_senior_only():
    refused = case("1", route="senior", senior_until=NOW + timedelta(days=3))
    assert next_case([refused], ME, NOW, RULES) is None
    assert next_case([refused], Caller(id="zhao", senior=True), NOW, RULES) == refused


def test_a_case_routed_by_language_goes_to_a_speaker_only():
    routed = case("1", route="language", language_needed="yue")
    assert may_take(routed, ME, NOW, RULES)
    assert not may_take(routed, Caller(id="zhao", languages=frozenset({"zh"})), NOW, RULES)


def test_a_language_hint_of_the_roster_alone_does_not_block_a_case():
    assert may_take(case("1", language_needed="yue"), Caller(id="zhao"), NOW, RULES)


def test_home_visits_are_for_those_who_visit():
    visit = case("1", route="visit")
    assert not may_take(visit, ME, NOW, RULES)
    assert may_take(visit, Caller(id="zhao", visits=True), NOW, RULES)


def test_what_is_not_due_or_final_is_never_handed_out():
    assert (
        next_case([case("1", due_at=NOW + timedelta(minutes=1)), case("2", state="final")], ME, NOW, RULES)
        is None
    )


def test_an_empty_queue_without_releases_asks_for_a_release():
    assert "发放第一批" in str(why_empty([], NOW))
    assert "发放第一批" in str(why_empty([state(released_at=None)], NOW))


def test_an_empty_queue_where_all_is_final_says_how_many():
    ended = [state("11-23 10:00 D12"), state("11-23 10:00 D25")]
    assert "2 户全部结束" in str(why_empty(ended, NOW))


def test_an_empty_queue_names_the_next_due_case_and_what_the_others_wait_for():
    states = [
        state("11-25 15:00 D37", now=NOW),
        state("11-25 15:00 D21 app=11-26T10:00", now=NOW),
        state("11-25 15:20 open", now=NOW),
    ]
    said = str(why_empty(states, NOW, RULES))
    assert "下一户 11-25 18:30" in said
    assert "1 户在等待再次拨打，1 户已预约，1 户正在通话" in said


def test_outside_the_windows_the_next_window_is_the_reason():
    states = [state("11-25 15:00 D37", now=at("11-25", "18:00"))]
    said = str(why_empty(states, at("11-25", "18:00"), RULES))
    assert "不是拨打时段" in said
    assert "11-25 18:30" in said


def test_due_cases_that_nobody_here_may_take_are_named_as_such():
    assert "需要其他访问员" in str(why_empty([state("11-20 10:00 D37", now=NOW)], NOW, RULES))


def test_what_keeps_due_cases_from_a_surveyor_is_said_with_counts():
    queue = summarise([state("11-20 10:00 D37", now=NOW)], NOW)
    said = str(explain(queue, NOW, RULES, kept={"language": 2, "appointment": 1}))
    assert said == "有 3 户已到时间，但不归您拨打：2 户要用您没有登记的语言，1 户是别人的预约。"


def test_what_waits_for_a_visit_is_not_counted_as_due_on_the_telephone():
    at_door = state(phones=0, dialable=(), flags=frozenset({"home_visit"}), now=NOW)
    queue = summarise([at_door], NOW)
    assert (queue.due, queue.to_visit) == (0, 1)
    assert "剩下 1 户等入户访问" in str(explain(queue, NOW, RULES))


def test_all_remaining_cases_on_the_line_is_a_reason_of_its_own():
    assert "1 户正由其他访问员通话中" in str(why_empty([state("11-25 15:20 open", now=NOW)], NOW, RULES))


def test_the_summary_counts_every_case_once():
    states = [
        state("11-25 15:00 D37", now=NOW),
        state("11-23 10:00 D12"),
        state("11-25 15:20 open", now=NOW),
        state(now=NOW),
        state("11-25 15:00 D21 app=11-26T10:00", now=NOW),
    ]
    queue = summarise(states, NOW)
    parts = (queue.final, queue.in_progress, queue.due, queue.appointments_ahead, queue.waiting)
    assert parts == (1, 1, 1, 1, 1)
    assert queue.released == 5
    assert str(explain(queue, NOW, RULES)) == str(why_empty(states, NOW, RULES))
