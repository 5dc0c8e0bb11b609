"""What a real report had to say of its respondents, typed as a surveyor would, suggests the codes it was given there."""

from dataclasses import replace

import pytest

from survey.verbatim.codebook import shipped
from survey.verbatim.masking import mask
from survey.verbatim.suggestions import suggest

# remark as it is spoken -> kind and theme
SEED = {
    "社工经常联系、探访、慰问我们，很关心我。": {("praise", "CONTACT_REGULAR"), ("praise", "CARE")},
    "社工成日联系、探访、慰问我哋，好关心我哋。": {("praise", "CONTACT_REGULAR"), ("praise", "CARE")},
    "谢谢社工邀请我参加活动，上门探访我，还帮我实现了微心愿。": {
        ("praise", "ACTIVITY_INVITE"),
        ("praise", "HOME_VISIT"),
        ("praise", "MICRO_WISH"),
    },
    "多謝社工請我參加活動，又上門探我，仲幫我達成咗微心願。": {
        ("praise", "ACTIVITY_INVITE"),
        ("praise", "HOME_VISIT"),
        ("praise", "MICRO_WISH"),
    },
    "预约了上门探访，后来没有落实。": {("complaint", "BROKEN_APPOINTMENT")},
    "约咗上门探我，最后冇人嚟。": {("complaint", "BROKEN_APPOINTMENT")},
    "我眼睛看不见，不会说普通话，希望安排会讲粤语的社工。": {("request", "LANGUAGE_ACCESS")},
    "我睇唔到嘢，又唔識講普通話，想安排個識講粵語嘅社工。": {("request", "LANGUAGE_ACCESS")},
    "天冷，想要一件羽绒服。": {("request", "MATERIAL_NEED")},
    "冻天，想要件羽绒褛。": {("request", "MATERIAL_NEED")},
    "社工团队换了以后，活动少了，也很少主动联系我们。": {
        ("complaint", "STAFF_TURNOVER"),
        ("complaint", "ACTIVITY_FREQ"),
        ("complaint", "PROACTIVE_CONTACT"),
    },
    "换咗社工之后，活动少咗，又好少主动联络我哋。": {
        ("complaint", "STAFF_TURNOVER"),
        ("complaint", "ACTIVITY_FREQ"),
        ("complaint", "PROACTIVE_CONTACT"),
    },
}


def codes(text, asked=None):
    return {(one.kind, one.theme) for one in suggest(text, shipped(), asked)}


@pytest.mark.parametrize("remark", SEED)
@pytest.mark.parametrize("asked", [None, "praise", "complaint", "request", "suggestion"])
def test_the_seeds_own_remarks_suggest_the_seeds_own_codes(remark, asked):
    assert codes(remark, asked) == SEED[remark]


@pytest.mark.parametrize("remark", SEED)
def test_masking_leaves_what_the_suggestions_go_by(remark):
    assert codes(mask(remark).text) == SEED[remark]


@pytest.mark.parametrize("remark", ["没有意见。", "冇意见", "都好", "体系很好", "联系不上"])
def test_a_remark_without_a_theme_suggests_nothing(remark):
    assert codes(remark) == set()


def test_a_suggestion_says_which_words_led_to_it_as_they_were_typed():
    (one,) = suggest("約好咗上門，最後冇人嚟，又冇解釋", shipped())

    assert one.words == "約好咗上門，最後冇人嚟"


def test_a_topic_alone_is_suggested_in_the_kind_that_the_question_asks_for():
    assert codes("羽绒服", "request") == {("request", "MATERIAL_NEED")}
    assert codes("羽绒服") == set()


def test_praise_that_its_own_clause_takes_back_is_not_suggested():
    assert codes("社工关心我") == {("praise", "CARE")}
    assert ("praise", "CARE") not in codes("社工没有关心过我")


def test_retired_themes_are_not_suggested():
    retired = [replace(theme, retired=theme.key == "CARE") for theme in shipped()]

    assert suggest("社工很关心我", retired) == ()


def test_every_shipped_theme_but_the_rest_is_suggested_by_one_of_its_own_examples():
    suggested = {
        theme.key
        for theme in shipped()
        for example in theme.examples
        if theme.key in {one.theme for one in suggest(example, shipped())}
    }

    assert {theme.key for theme in shipped()} - suggested == {"OTHER"}
