"""What is harmless alone and points at one household together is found, and a wording without it is offered."""

import pytest

from survey.verbatim.combinations import combination_in

KNOWN_BY = [
    (
        "视力残障且不懂普通话，希望安排社工进行粤语沟通",
        {"vision", "language"},
        "有沟通语言与无障碍需求的服务对象",
    ),
    ("我睇唔到嘢，又唔识讲普通话", {"vision", "language"}, "有沟通语言与无障碍需求的服务对象"),
    ("我眼盲，聽唔明普通話", {"vision", "language"}, "有沟通语言与无障碍需求的服务对象"),
    ("孤寡老人，有〔疾病〕，没人理", {"alone", "illness"}, "有健康照护与陪伴关怀需求的服务对象"),
    ("我一个人住，坐轮椅", {"alone", "mobility"}, "有无障碍与陪伴关怀需求的服务对象"),
    ("我八十九岁，以前是小学老师", {"age", "occupation"}, "年长的服务对象"),
    ("呢度得我一个系盲人", {"only", "vision"}, "有无障碍需求的服务对象"),
    ("我们家是社区唯一的回族", {"only", "origin"}, "服务对象"),
    ("儿子刚刑满释放，没有工作", {"family"}, "有家庭支持需求的服务对象"),
    ("4月12号下午社工来过，没带东西", {"moment"}, "服务对象"),
    ("聋哑人，坐轮椅", {"hearing", "mobility"}, "有无障碍需求的服务对象"),
    ("低保户，独居，想要一件羽绒服", {"support", "alone"}, "有陪伴关怀与经济帮扶需求的服务对象"),
]


@pytest.mark.parametrize(("said", "groups", "generalised"), KNOWN_BY)
def test_a_combination_is_found_with_the_needs_behind_it(said, groups, generalised):
    found = combination_in(said)
    assert found is not None
    assert set(found.groups) == groups
    assert found.generalised == generalised


@pytest.mark.parametrize(
    "said",
    [
        "约好上门没来",
        "想要一件羽绒服",
        "希望安排讲粤语的社工",
        "换了社工之后活动少了",
        "我有〔疾病〕，走路慢",
        "我是残疾人，视力残疾",
        "一个人住，想有人聊天",
        "今年八十岁了",
        "社工每个星期都来",
        "",
    ],
)
def test_one_trait_alone_or_none_is_no_combination(said):
    assert combination_in(said) is None


def test_a_place_of_the_round_counts_as_a_trait():
    assert combination_in("石榴桥一带，坐轮椅", ("石榴桥",)) is not None
    assert combination_in("石榴桥一带，坐轮椅") is None


def test_where_the_traits_stand_is_told():
    said = "我一个人住，坐轮椅"
    found = combination_in(said)
    assert found is not None
    assert [said[trait.start : trait.end] for trait in found.traits] == ["一个人住", "轮椅"]


def test_the_wording_offered_is_no_combination_itself():
    for said, _, generalised in KNOWN_BY:
        assert combination_in(generalised) is None, said
