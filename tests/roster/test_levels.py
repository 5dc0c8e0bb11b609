"""跟进级别: kept as the station writes it, one level a household, one spelling a level."""

from hypothesis import given
from hypothesis import strategies as st

from roster.books import notices, roster_of_rows
from survey.roster.levels import household_level

HEAD = ["户编号", "姓名", "与户主关系", "联系电话", "跟进级别"]


def levels(*rows):
    return [household.level for household in roster_of_rows(HEAD, *rows).households]


def test_a_household_has_its_head_s_level_wherever_the_head_stands():
    assert levels(
        ["A1", "陈母", "母亲", "13900000001", "三级"],
        ["A1", "陈小明", "户主", "", "一级"],
    ) == ["一级"]


def test_where_the_head_has_none_the_members_level_counts_if_they_agree():
    assert levels(
        ["A1", "陈小明", "户主", "13900000001", ""],
        ["A1", "陈母", "母亲", "", "三级"],
        ["A1", "陈妹", "女儿", "", "三 级"],
    ) == ["三级"]


def test_where_the_head_has_none_and_the_members_differ_nothing_is_guessed():
    assert levels(
        ["A1", "陈小明", "户主", "13900000001", ""],
        ["A1", "陈母", "母亲", "", "三级"],
        ["A1", "陈妹", "女儿", "", "一级"],
    ) == [""]


def test_without_a_head_the_first_listed_counts():
    assert levels(
        ["A1", "陈小明", "", "13900000001", "二级"],
        ["A1", "陈母", "", "", "三级"],
    ) == ["二级"]


def test_a_level_in_several_spellings_is_kept_in_the_most_frequent_one():
    rows = [
        ["A1", "陈一", "户主", "13900000001", "3级"],
        ["A2", "陈二", "户主", "13900000002", "三 级"],
        ["A3", "陈三", "户主", "13900000003", "三级"],
        ["A4", "陈四", "户主", "13900000004", "Ａ类"],
    ]
    assert levels(*rows) == ["三级", "三级", "三级", "A类"]
    assert "level_spellings" in notices(roster_of_rows(HEAD, *rows))


def test_a_roster_without_levels_keeps_none():
    [household] = roster_of_rows(HEAD[:-1], ["A1", "陈一", "户主", "13900000001"]).households
    assert household.level == ""


@given(st.text(max_size=3), st.lists(st.text(max_size=3)))
def test_a_household_s_level_is_always_one_that_somebody_in_it_has(head, members):
    assert household_level(head, members) in {head, *members, ""}
