"""Which answers call for an item, what the household allows, and where an item stands by its log."""

from datetime import date

import pytest

from survey.errors import Invalid
from survey.fieldwork.followup import (
    Happened,
    Source,
    called_for,
    check_days,
    days_of,
    may_leave,
    receivers_of,
    repeats,
    shown_state,
    standing_of,
    working_days_after,
)

PROMISE = Source("D7", "promise", None, "K1_D7")
REASON = Source("H1a", "reason", "H1a", "K1_H1a")
COMPLAINT = Source("I1", "complaint", "I1t", "K1_I1")
ALL = (PROMISE, REASON, COMPLAINT)


def only(*args, **values):
    (found,) = called_for(*args, **values)
    return found


def test_a_visit_that_did_not_happen_is_a_broken_promise_and_one_that_did_is_nothing():
    found = only(ALL, {"D7": "1", "K1_D7": "1", "K1a": "1 3"})

    assert (found.kind, found.consent, found.receivers) == (
        "broken_promise",
        "named",
        ("station", "district"),
    )
    assert "后来没有兑现" in found.standing
    assert list(called_for(ALL, {"D7": "2"})) == []


@pytest.mark.parametrize(
    "code, consent", [("1", "named"), ("2", "anonymous"), ("3", "none"), ("", "none"), ("8", "none")]
)
def test_only_what_was_said_to_k1_is_consent(code, consent):
    assert only(ALL, {"H1a": "•", "K1_H1a": code}).consent == consent


def test_without_consent_nobody_may_receive_it_and_nothing_is_told():
    found = only(ALL, {"D7": "1", "K1_D7": "3", "K1a": "1"})

    assert found.receivers == () and found.consent == "none"


def test_anonymous_items_may_go_to_those_whom_the_question_named_and_not_to_the_district():
    assert receivers_of("") == ("station", "street")
    assert receivers_of("3") == ("district",)


def test_a_complaint_in_words_leads_to_the_words_and_one_without_to_a_standing_sentence():
    in_words = only(ALL, {"I1": "1", "I1t": "•", "K1_I1": "2"})
    without = only(ALL, {"I1": "1", "K1_I1": "2"})

    assert (in_words.answer, in_words.standing) == ("I1t", "")
    assert without.answer == "I1" and without.standing


def test_a_coded_theme_says_more_precisely_what_is_called_for():
    found = only(ALL, {"H1a": "•", "K1_H1a": "1"}, {"H1a": "language_access"})

    assert (found.kind, found.consent) == ("language_access", "named")


def test_coded_words_for_which_nobody_was_asked_are_only_counted():
    found = only(ALL, {"H1b": "•"}, {"H1b": "need"})

    assert (found.question, found.kind, found.consent) == ("H1b", "need", "none")


# -- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, same",
    [
        ("冬天冷，想要一件羽绒服。", True),
        ("她说：冬天冷 想要一件羽绒服", True),
        ("需要过冬的衣物", False),
        ("想要", False),
    ],
)
def test_a_paraphrase_that_gives_the_words_again_is_noticed(text, same):
    assert repeats(text, "冬天冷，想要一件羽绒服") is same


def test_ten_characters_in_a_row_of_a_long_remark_are_the_persons_own():
    words = "我讲过好多次了每次来的人都讲普通话我一句都听不懂后来就不想接电话了"

    assert repeats("反映：每次来的人都讲普通话，请安排会粤语的人", words)
    assert not repeats("希望安排会讲粤语的社工", words)


# -- days and batches ---------------------------------------------------------------------------------------------


def test_working_days_leave_out_weekends_and_holidays():
    friday, labour_day = date(2025, 4, 25), date(2025, 5, 1)

    assert working_days_after(friday, 1, frozenset()) == date(2025, 4, 28)
    assert working_days_after(friday, 4, frozenset({labour_day})) == date(2025, 5, 2)


def test_a_season_names_the_days_that_differ_and_impossible_ones_are_refused():
    assert days_of({"need": 30})["need"] == 30 and days_of({})["urgent"] == 1
    with pytest.raises(Invalid):
        check_days({"need": 0})


def test_five_households_may_leave_together_and_five_items_of_four_may_not():
    assert may_leave(["a", "b", "c", "d", "e"])
    assert not may_leave(["a", "a", "b", "c", "d"])


# -- state --------------------------------------------------------------------------------------------------------

LEFT = Happened(1, "handed_over", until=date(2025, 5, 9))


def state_after(*more):
    return standing_of([LEFT, *more]).state


def test_the_state_follows_the_log():
    replied = Happened(2, "replied")

    assert standing_of([]).state == "open"
    assert state_after() == "handed_over"
    assert state_after(replied) == "answered"
    assert state_after(replied, Happened(3, "called", "solved")) == "solved"
    assert state_after(replied, Happened(3, "called", "partly")) == "not_solved"
    assert state_after(replied, Happened(3, "called", "not_reached")) == "answered"
    assert state_after(replied, Happened(3, "closed")) == "closed"
    assert state_after(replied, Happened(3, "closed"), Happened(4, "returned")) == "handed_over"
    assert state_after(Happened(2, "recalled")) == "recalled"


def test_what_was_taken_back_did_not_happen():
    later = Happened(2, "extended", until=date(2025, 6, 1))

    assert standing_of([LEFT, later]).due_on == date(2025, 6, 1)
    assert standing_of([LEFT, later, Happened(3, "undone", undoes=2)]).due_on == date(2025, 5, 9)


def test_what_is_not_answered_in_time_is_overdue_from_the_next_day_on():
    assert shown_state("handed_over", date(2025, 5, 9), date(2025, 5, 9)) == "handed_over"
    assert shown_state("handed_over", date(2025, 5, 9), date(2025, 5, 10)) == "overdue"
    assert shown_state("answered", date(2025, 5, 9), date(2025, 5, 10)) == "answered"
