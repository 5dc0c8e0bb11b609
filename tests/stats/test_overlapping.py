"""Groups that overlap: what may be shown without letting the answers of a few be worked out."""

import pytest

from survey.stats.overlapping import judge_overlapping


def shown(members):
    verdicts = judge_overlapping({frozenset(groups.split()): n for groups, n in members.items()})
    return {name for name, verdict in verdicts.items() if verdict.may_show}


def test_large_groups_that_overlap_are_shown_though_they_add_up_to_more_than_all():
    assert shown({"a": 20, "b": 20, "a b": 15, "": 15}) == {"a", "b"}


def test_a_small_base_is_hidden_and_the_next_smallest_with_it():
    assert shown({"a": 30, "b": 20, "c": 5, "": 12}) == {"a", "b"}
    assert shown({"a": 30, "b": 20, "c": 5}) == {"a"}


def test_the_few_in_no_group_are_protected_as_a_small_group_is():
    assert shown({"a": 30, "b": 20, "": 4}) == {"a"}


def test_a_group_of_all_but_a_few_is_hidden():
    assert shown({"a": 25, "a b": 20, "": 4}) == set()


def test_a_group_of_everybody_tells_nothing_more_than_the_total():
    assert shown({"a": 25, "a b": 20}) == {"a", "b"}


@pytest.mark.parametrize(("outside", "visible"), [(9, {"large", "other"}), (10, {"small", "large", "other"})])
def test_of_a_group_inside_another_the_smaller_is_hidden_where_few_are_in_the_larger_only(outside, visible):
    assert shown({"small large": 20, "large": outside, "other": 30}) == visible


def test_two_groups_that_cover_everybody_give_away_the_few_in_both():
    assert shown({"a": 30, "b": 20, "a b": 5}) == {"a"}


def test_nobody_is_no_group():
    assert shown({}) == set() and shown({"": 0}) == set()
