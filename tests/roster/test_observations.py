"""What a frame's counts show: plain facts, beyond chance, adding up."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roster.books import roster_of_rows
from survey.roster.facts import Cell, FrameFacts, category_changes, place_changes
from survey.roster.numbering import gaps, numbering
from survey.roster.observations import KINDS, LEVEL, chance, observe


def cell(
    households,
    community="榕树社区",
    *,
    zone="一片区",
    categories=("低保对象",),
    no_phone=0,
    single=0,
    other=None,
):
    return Cell(
        zone, community, tuple(categories), households, no_phone, households * 2 - single, single, other
    )


def facts(*cells, numbers=None, **values):
    return FrameFacts(tuple(cells), numbers if numbers is not None else {1: 100}, **values)


def found(now, before=None):
    return {one.code: one for one in observe(now, before).found}


HERE = ("一片区", "榕树社区")


def test_a_category_without_phones_is_stated_beside_the_whole_station():
    now = facts(cell(120, no_phone=38), cell(880, categories=("残疾人",), no_phone=54))

    seen = found(now)["no-phone-category"]

    assert (seen.group, seen.count, seen.base) == ("低保对象", 38, 120)
    assert str(seen.message) == "120 户中 38 户没有可拨号码（31.7%），全站 9.2%"


def test_a_zone_without_phones_is_stated():
    now = facts(cell(100, no_phone=30), cell(300, zone="二片区", no_phone=10))

    assert found(now)["no-phone-zone"].group == "一片区"


def test_what_chance_explains_is_not_stated():
    now = facts(cell(120, no_phone=13), cell(880, categories=("残疾人",), no_phone=79))

    assert found(now) == {}


def test_a_household_counts_in_each_of_its_categories():
    now = facts(cell(60, categories=("低保对象", "残疾人"), no_phone=40), cell(400, categories=("独居老人",)))

    groups = {one.group for one in observe(now).found if one.code == "no-phone-category"}

    assert groups == {"低保对象", "残疾人"}


def test_missing_file_numbers_are_counted_per_zone():
    now = facts(cell(100), numbered={"一片区": 95, "二片区": 40}, missing={"一片区": 7, "二片区": 0})

    seen = [one for one in observe(now).found if one.code == "number-gap"]

    assert [(one.group, one.count, one.base) for one in seen] == [("一片区", 7, 95)]


@pytest.mark.parametrize(
    ("numbered", "words"),
    [(None, "没有统计户编号"), ({"一片区": 0}, "没有户编号")],
    ids=["not counted", "none"],
)
def test_a_roster_without_file_numbers_says_so(numbered, words):
    assert any(words in str(text) for text in observe(facts(cell(10), numbered=numbered)).unchecked)


def test_a_number_of_more_than_three_households_is_stated_with_its_households():
    now = facts(cell(100), numbers={1: 60, 2: 4, 3: 2, 4: 1, 9: 2}, sharing=22)

    seen = found(now)["phone-shared"]

    assert (seen.count, seen.base) == (22, 100)
    assert "3 个号码" in str(seen.message) and "最多的一个登记在 9 户" in str(seen.message)


def test_three_households_with_one_number_are_nothing_to_state():
    assert found(facts(cell(100), numbers={3: 5})) == {}


def test_a_category_or_community_of_last_time_that_is_missing_is_stated():
    before = facts(cell(40, other=HERE), cell(9, "石榴桥社区", categories=("困境儿童",)))

    seen = found(facts(cell(40, other=HERE)), before)

    assert (seen["category-gone"].group, seen["category-gone"].base) == ("困境儿童", 9)
    assert seen["place-gone"].group == "石榴桥社区"


def test_another_spelling_of_a_community_is_not_a_missing_one():
    before = facts(cell(40, "榕树社区居委会", other=HERE))

    assert "place-gone" not in found(facts(cell(40, "榕树", zone="1片区", other=HERE)), before)


def test_a_category_that_shrinks_with_the_whole_roster_is_nothing_to_state():
    before = facts(cell(100, other=HERE), cell(100, categories=("残疾人",), other=HERE))
    evenly = facts(cell(60, other=HERE), cell(60, categories=("残疾人",), other=HERE))
    alone = facts(cell(60, other=HERE), cell(120, categories=("残疾人",), other=HERE))

    assert "category-shrunk" not in found(evenly, before)
    assert found(alone, before)["category-shrunk"].group == "低保对象"


def test_households_that_leave_one_community_more_than_others_are_stated():
    before = facts(cell(70, other=HERE), cell(30), cell(295, "石榴桥社区", other=HERE), cell(5, "石榴桥社区"))
    now = facts(cell(70, other=HERE), cell(295, "石榴桥社区", other=HERE))

    seen = found(now, before)["left-place"]

    assert (seen.group, seen.count, seen.base) == ("榕树社区", 30, 100)


def test_rosters_that_have_no_household_in_common_say_so_instead_of_counting_everybody_as_gone():
    seen = observe(facts(cell(100)), facts(cell(100)))

    assert not [one for one in seen.found if one.code.startswith("left")]
    assert any("没有一户对得上" in str(text) for text in seen.unchecked)


def test_fewer_numbers_than_last_time_and_more_households_of_one_are_stated():
    before = facts(cell(400, no_phone=8, single=40, other=HERE))

    seen = found(facts(cell(400, no_phone=40, single=120, other=HERE)), before)

    assert str(seen["no-phone-risen"].message) == "400 户中 40 户没有可拨号码（10.0%），上次 2.0%"
    assert (seen["single-risen"].count, seen["single-risen"].base) == (120, 400)


def test_a_roster_whose_households_all_have_one_person_is_stated():
    assert found(facts(cell(30, single=30)))["all-single"].base == 30
    assert "all-single" not in found(facts(cell(29, single=29)))


def test_nothing_strange_is_nothing_stated():
    before = facts(cell(200, no_phone=4, single=150, other=HERE), cell(10, no_phone=1))
    now = facts(
        cell(200, no_phone=5, single=150, other=HERE),
        cell(12),
        numbered={"一片区": 212},
        missing={"一片区": 0},
    )

    assert observe(now, before) == type(observe(now, before))((), ())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((38, 120, 92, 1000), 2.409906367e-14),
        ((3, 10, 12, 40), 0.6447388665),
        ((0, 5, 3, 9), 1.0),
        ((6, 5, 9, 20), 0.0),
    ],
)
def test_the_tail_is_that_of_phyper(arguments, expected):
    assert chance(*arguments) == pytest.approx(expected, rel=1e-6, abs=0)


@given(st.integers(1, 60), st.data())
def test_the_tail_agrees_with_counting_every_case(everybody, data):
    drawn, marked = data.draw(st.integers(0, everybody)), data.draw(st.integers(0, everybody))
    count = data.draw(st.integers(0, everybody))
    ways = sum(
        math.comb(marked, k) * math.comb(everybody - marked, drawn - k)
        for k in range(count, min(drawn, marked) + 1)
        if drawn - k >= 0
    )

    assert chance(count, drawn, marked, everybody) == pytest.approx(
        ways / math.comb(everybody, drawn), abs=1e-9
    )


CATEGORIES = ("低保对象", "残疾人", "独居老人")
PLACES = [("一片区", "甲社区"), ("一片区", "乙社区"), ("二片区", "丙社区"), ("二片区", "")]


@st.composite
def households(draw):
    """The same households in two frames: id → (place, categories, phones, persons) or None when it is not in it."""
    one = st.tuples(
        st.sampled_from(PLACES), st.sets(st.sampled_from(CATEGORIES)), st.integers(0, 2), st.integers(1, 4)
    )
    return draw(st.lists(st.tuples(st.none() | one, st.none() | one), max_size=40))


def counted(pairs, which):
    """Cells of one household each; equal ones need not be one cell."""
    return tuple(
        Cell(*pair[which][0], tuple(sorted(pair[which][1])), 1, int(pair[which][2] == 0), pair[which][3],
             int(pair[which][3] == 1), pair[1 - which][0] if pair[1 - which] else None)
        for pair in pairs if pair[which]
    )  # fmt: skip


@given(households())
def test_then_minus_gone_plus_new_is_now(pairs):
    before, now = FrameFacts(counted(pairs, 0)), FrameFacts(counted(pairs, 1))

    changes = place_changes(before, now)

    for one in changes:
        assert one.now == one.before - one.gone - one.moved_out + one.new + one.moved_in
        assert min(one.before, one.now, one.gone, one.new, one.moved_in, one.moved_out) >= 0
    assert sum(one.before for one in changes) == before.households
    assert sum(one.now for one in changes) == now.households
    assert sum(one.gone for one in changes) == sum(1 for old, new in pairs if old and not new)
    assert sum(one.moved_in for one in changes) == sum(one.moved_out for one in changes)
    assert all(one.before or one.now for one in category_changes(before, now))


@given(households())
def test_every_observation_counts_within_its_base_and_below_the_level(pairs):
    before, now = FrameFacts(counted(pairs, 0)), FrameFacts(counted(pairs, 1))

    for one in observe(now, before).found:
        assert one.code in KINDS and 0 <= one.count <= one.base
        assert one.tail is None or 0 <= one.tail <= LEVEL
        assert str(one.message)


def roster(*codes):
    """(community, code) per household."""
    rows = [(community, code, f"陈{n}", 1, f"139{n:08}") for n, (community, code) in enumerate(codes)]
    return roster_of_rows(("社区", "户编号", "户主姓名", "家庭人口", "联系电话"), *rows).households


def missing(households):
    return {place[1]: one.missing for place, one in numbering(households).items()}


def test_numbers_missing_in_a_series_are_counted_in_their_community():
    households = roster(
        *(("甲社区", f"A-{n:03}") for n in range(1, 11) if n not in (4, 7)), ("乙社区", "无号")
    )

    assert missing(households) == {"甲社区": 2, "乙社区": 0}


def test_a_series_that_runs_over_two_communities_has_no_gap_where_the_other_has_the_number():
    households = roster(*(("甲社区" if n % 3 else "乙社区", f"R-{n:03}") for n in range(1, 31)))

    assert missing(households) == {"甲社区": 0, "乙社区": 0}


def test_communities_that_number_from_one_are_looked_at_each_for_itself():
    households = roster(
        *(("甲社区", f"R-{n:03}") for n in range(1, 11)),
        *(("乙社区", f"R-{n:03}") for n in range(1, 11) if n != 5),
    )

    assert missing(households) == {"甲社区": 0, "乙社区": 1}


@given(st.sets(st.integers(1, 60), min_size=1, max_size=40))
def test_numbers_there_and_numbers_missing_make_the_whole_series(numbers):
    households = roster(*(("甲社区", f"A-{n:03}") for n in sorted(numbers)))

    for gap in gaps(households):
        assert set(gap.missing).isdisjoint(numbers)
        assert len(gap.missing) + len(numbers) == max(numbers) - min(numbers) + 1
