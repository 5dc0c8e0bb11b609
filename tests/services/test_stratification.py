"""Strata at the seal: what they are called, and what each way to divide a frame would bring."""

import unicodedata

import pytest
from build import NOON, make_round
from build_frame import make_frame
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import Invalid
from survey.models.frame import FrameRow
from survey.sampling.frame import FrameUnit, canonical_frame, read_frame, strata_counts
from survey.services import canonical, designs, expectations, seal_preview
from survey.services.canonical import seal_frame
from survey.services.stratification import NO_CATEGORY, STRATIFICATIONS, Home, category_of, labels
from survey.services.trail import SYSTEM

HOME = Home("一片区", "松柏岗", "残疾人 低保对象")
NAMES = {
    "zone": "一片区",
    "community": "松柏岗",
    "category": "低保对象",
    "zone+community": "一片区 / 松柏岗",
    "zone+category": "一片区 / 低保对象",
    "community+category": "松柏岗 / 低保对象",
    "zone+community+category": "一片区 / 松柏岗 / 低保对象",
    "none": "全部",
}


def test_the_database_allows_exactly_the_stratifications_that_exist():
    check = next(c for c in FrameRow.metadata.tables["frame"].constraints if "stratify_by" in str(c.name))
    allowed = set(str(check.sqltext).partition("IN")[2].strip(" ()").replace("'", "").split(", "))

    assert allowed == STRATIFICATIONS.keys() == NAMES.keys()


@pytest.mark.parametrize("stratify_by", NAMES)
def test_a_stratum_is_called_by_its_parts_in_order(stratify_by):
    assert labels([HOME], stratify_by) == {HOME: NAMES[stratify_by]}


@pytest.mark.parametrize(
    ("categories", "one"),
    [
        ("", NO_CATEGORY),
        ("其他", "其他"),
        ("其他 独居老人", "独居老人"),
        ("计划生育特殊家庭 独居老人 残疾人", "残疾人"),
    ],
)
def test_a_household_counts_in_the_first_of_its_categories_as_the_commission_lists_them(categories, one):
    assert category_of(categories) == one


def test_communities_of_one_name_carry_their_zone_unless_the_zone_stands_there_anyway():
    homes = [Home("一片区", "第一社区", ""), Home("二片区", "第一社区", ""), Home("二片区", "东约", "")]

    assert set(labels(homes, "community").values()) == {"一片区 第一社区", "二片区 第一社区", "东约"}
    assert "一片区 / 第一社区" in labels(homes, "zone+community").values()


def test_a_slash_inside_a_name_does_not_make_two_strata_one():
    homes = [Home("甲 / 乙", "丙", ""), Home("甲", "乙 / 丙", "")]

    assert len(set(labels(homes, "zone+community").values())) == 2


def test_a_household_without_zone_or_community_has_a_stratum_too():
    home = Home("", "", "")

    assert labels([home], "zone+community+category")[home] == "未分区 / 未写社区 / 未注明类别"


names = st.text(max_size=60)


@given(st.lists(st.builds(Home, names, names, names), min_size=1), st.sampled_from(sorted(NAMES)))
def test_every_label_fits_into_the_canonical_frame(homes, stratify_by):
    found = labels(homes, stratify_by)

    data = canonical_frame(FrameUnit(f"H{n:04}", found[home]) for n, home in enumerate(homes))
    assert set(strata_counts(read_frame(data))) == set(found.values())
    assert all(unicodedata.is_normalized("NFC", label) for label in found.values())


@pytest.mark.parametrize("by", ["zone", "zone+community"])
def test_a_label_too_long_for_the_frame_is_refused_by_name(by):
    with pytest.raises(Invalid, match="金桂园金桂园") as refused:
        labels([Home("金桂园" * 70, "东约", "")], by)
    assert refused.value.code == "stratum-label-long"


def test_a_way_that_does_not_exist_is_refused():
    with pytest.raises(Invalid, match="“street”"):
        labels([HOME], "street")


CATEGORIES = ("低保对象", "残疾人 低保对象", "独居老人", "")


@pytest.fixture
def round_(session):
    return make_round(session)


@pytest.fixture
def frame(session, vault, round_):
    """120 households in two zones; every fourth is of a category, and two communities lie in the first zone."""
    frame = make_frame(session, vault, round_, {"一片区": 80, "二片区": 40})
    for number, row in enumerate(session.query(FrameRow).order_by(FrameRow.id)):
        row.categories = CATEGORIES[number % 4]
        row.community = "小社区" if number < 3 else "大社区" if number < 80 else "远社区"
    session.flush()
    return frame


def seal(session, vault, frame, stratify_by):
    seal_frame(session, vault, SYSTEM, frame, stratify_by=stratify_by, now=NOON)
    return strata_counts(read_frame(canonical.canonical_of(session, frame)))


@pytest.mark.parametrize(
    ("stratify_by", "strata"),
    [
        ("category", {"低保对象": 60, "未注明类别": 30, "独居老人": 30}),
        ("zone+category", {"一片区 / 低保对象": 40, "二片区 / 未注明类别": 10}),
        ("community+category", {"小社区 / 低保对象": 2, "小社区 / 独居老人": 1}),
        ("zone+community+category", {"一片区 / 小社区 / 低保对象": 2}),
    ],
)
def test_the_canonical_frame_carries_the_strata_of_the_seal(session, vault, frame, stratify_by, strata):
    found = seal(session, vault, frame, stratify_by)

    assert strata.items() <= found.items()
    assert sum(found.values()) == 120
    assert frame.stratify_by == stratify_by


def test_the_seal_preview_counts_what_the_seal_then_makes(session, vault, round_, frame):
    offered = {way.stratify_by: way for way in seal_preview.options(session, round_, frame)}
    sizes = seal(session, vault, frame, "community+category").values()

    way = offered["community+category"]
    assert (way.strata, way.smallest, way.largest) == (len(sizes), min(sizes), max(sizes))
    assert way.telling == sum(n < 5 for n in sizes) > 0
    assert way.small == sum(n < 10 for n in sizes)


@pytest.mark.parametrize("stratify_by", ["zone", "community", "category"])
def test_the_seal_preview_expects_what_the_design_page_then_shows(session, vault, round_, frame, stratify_by):
    way = next(w for w in seal_preview.options(session, round_, frame) if w.stratify_by == stratify_by)
    seal(session, vault, frame, stratify_by)

    found = expectations.preview(session, round_, way.choice)
    assert (way.low, way.high) == (found.whole.low, found.whole.high)
    smallest = min(designs.strata_of(session, frame).items(), key=lambda stratum: stratum[1])[0]
    assert way.sample == found.allocation.sample[smallest]


def test_a_finer_way_that_makes_the_same_strata_says_so(session, round_, frame):
    ways = {way.stratify_by: way for way in seal_preview.options(session, round_, frame)}

    assert ways["zone+community"].same_as == STRATIFICATIONS["community"]
    assert ways["community"].same_as is None


def test_only_ways_that_divide_the_frame_into_a_handleable_number_are_offered(
    session, vault, round_, monkeypatch
):
    frame = make_frame(session, vault, round_, {"一片区": 120})
    assert [way.stratify_by for way in seal_preview.options(session, round_, frame)] == ["none"]

    for number, row in enumerate(session.query(FrameRow).order_by(FrameRow.id)):
        row.community = f"社区{number % 3}"
    session.flush()
    monkeypatch.setattr(seal_preview, "MOST_STRATA", 2)
    assert [way.stratify_by for way in seal_preview.options(session, round_, frame)] == ["none"]


def test_where_everybody_is_interviewed_the_smallest_stratum_is_too(session, vault, round_):
    frame = make_frame(session, vault, round_, {"一片区": 40, "二片区": 7})

    way = seal_preview.options(session, round_, frame)[0]
    assert (way.choice.method, way.smallest, way.sample) == ("census", 7, 7)


def test_a_frame_with_nobody_left_in_it_offers_nothing(session, vault, round_):
    frame = make_frame(session, vault, round_, {"一片区": 2})
    for row in session.query(FrameRow):
        row.excluded_reason = "已迁出"
    session.flush()

    assert seal_preview.options(session, round_, frame) == []
