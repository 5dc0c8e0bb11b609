"""Signs in interviews, each by itself and with its innocent neighbour."""

from datetime import timedelta

import pytest
from build_case import TEN

from survey.fieldwork.ruleset import CallingRules
from survey.fieldwork.signs import OFF_HOURS, OVERLAP, SAME_WORDS, SHORT, UNREAD, Held, signs_of, tallies

RULES = CallingRules()


def held(id_, *, surveyor=1, seconds=300.0, began=None, **values):
    return Held(id_, surveyor, "short", seconds, 90.0, began, **values)


def sign(*interviews, holidays=frozenset()):
    return signs_of(interviews, RULES, holidays)


def test_an_ordinary_interview_has_no_sign():
    assert sign(held(1, began=TEN, items=("5", "4", "5", "5"), words=("社工很有耐心，常来看我",))) == {}


@pytest.mark.parametrize(("seconds", "signs"), [(119.0, {SHORT}), (121.0, set()), (None, set())])
def test_much_shorter_than_the_forms_own_median(seconds, signs):
    others = [held(number) for number in range(2, 13)]

    assert sign(held(1, seconds=seconds), *others).get(1, frozenset()) == signs


def test_a_median_of_few_says_nothing():
    assert sign(held(1, seconds=119.0), held(2), held(3)) == {}


def test_too_short_to_be_read_out():
    assert sign(held(1, seconds=89.0), held(2, seconds=90.0)) == {1: {UNREAD}}


def test_two_interviews_of_one_person_at_the_same_time():
    later = TEN + timedelta(minutes=3)

    assert sign(held(1, began=TEN), held(2, began=later)) == {1: {OVERLAP}, 2: {OVERLAP}}
    assert sign(held(1, began=TEN), held(2, began=later, surveyor=2)) == {}


def test_a_next_call_within_a_minute_of_the_last_question_is_no_overlap():
    assert sign(held(1, began=TEN), held(2, began=TEN + timedelta(minutes=4, seconds=30))) == {}


def test_a_short_call_inside_a_long_one_is_seen_whatever_lies_between():
    long = held(1, began=TEN, seconds=3600.0)
    inside = held(2, began=TEN + timedelta(minutes=5), seconds=120.0)
    also = held(3, began=TEN + timedelta(minutes=20), seconds=120.0)

    assert set(sign(long, inside, also)) == {1, 2, 3}


def test_dialled_outside_the_calling_windows_or_on_a_holiday():
    night = TEN + timedelta(hours=12)

    assert sign(held(1, began=night), held(2, began=TEN), held(3)) == {1: {OFF_HOURS}}
    assert sign(held(2, began=TEN), holidays=frozenset({TEN.date()})) == {2: {OFF_HOURS}}


def test_the_same_words_in_three_households_of_one_surveyor():
    words = ("社工很好，很有耐心！",)
    three = [held(number, words=words) for number in (1, 2)] + [held(3, words=("社工很好 很有耐心",))]

    assert sign(*three) == {1: {SAME_WORDS}, 2: {SAME_WORDS}, 3: {SAME_WORDS}}
    assert sign(*three[:2], held(3, surveyor=2, words=words)) == {}


def test_short_words_are_the_same_by_chance():
    assert sign(*[held(number, words=("没有意见。",)) for number in range(1, 6)]) == {}


def test_a_surveyors_tally_counts_signs_straight_lines_and_best_answers():
    alike, mixed = ("5", "5", "5", "5"), ("5", "4", "5", "5")
    interviews = [
        held(1, items=alike, best=True),
        held(2, items=mixed, best=False),
        held(3, items=("5", "5")),
        held(4, surveyor=2, items=alike, best=True),
    ]

    first, second = tallies(interviews, {1: {SHORT}, 4: {SHORT, UNREAD}})

    assert (first.surveyor_id, first.interviews, first.straight, first.itemed) == (1, 3, 1, 2)
    assert (first.best, first.rated, first.counts[SHORT], first.counts[UNREAD]) == (1, 2, 1, 0)
    assert (second.counts[SHORT], second.counts[UNREAD]) == (1, 1)
