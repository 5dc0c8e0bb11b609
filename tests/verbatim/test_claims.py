"""Claims that a survey does not bear are pointed out, with the words, the reason and a remedy; the others are let pass."""

import pytest

from survey.verbatim.claims import Kind, Section, check
from survey.verbatim.evidence import Difference, Evidence, Fact, Topic, facts_in

BASE = 96


def rate(key, name, *shown, n=0, also=(), limits=()):
    return Fact(key, name, key, frozenset(shown), n, BASE, also, frozenset(limits))


def theme(kind, name, n, *phrases):
    return Topic(Fact(f"theme:{kind}:{name}", name, "themes", n=n, base=BASE), kind, (name, *phrases))


def evidence(**values):
    facts = (
        rate("headline", "总体满意度", "96", "95.8", n=92, also=("满意率",), limits=("90.2", "98.4")),
        rate("item:F1", "态度", "97.9", "98", n=94),
    )
    topics = (
        theme("praise", "定期联系", 60, "联系、探访"),
        theme("praise", "上门探访", 12),
        theme("praise", "微心愿", 4),
        theme("complaint", "预约未落实", 1, "预约探访后未落实"),
        theme("complaint", "主动联系不足", 5),
    )
    return Evidence(
        **{"respondents": BASE, "facts": facts, "topics": topics, "counts": {96: "n", 92: "n", 100: "n"}}
        | values
    )


def found(text, section=Section.UNKNOWN, **values):
    return check(text, evidence(**values), section)


def kinds(text, section=Section.UNKNOWN, **values):
    return [one.kind for one in found(text, section, **values)]


@pytest.mark.parametrize(
    "text",
    [
        "受访对象普遍反馈，社工能够定期联系、给予关心。",
        "多名服务对象对上门探访表达了感谢。",
        "部分服务对象对微心愿达成表达了感谢。",
        "有服务对象反映预约探访后未落实；部分服务对象反馈主动联系不足。",
        "建议细化个别困难群众的服务。",
    ],
)
def test_quantifiers_that_the_counts_bear_pass(text):
    assert found(text) == []


def test_a_quantifier_that_says_too_much_is_found_with_the_count_and_the_right_word():
    (one,) = found("受访对象普遍对上门探访表示感谢。")

    assert (one.kind, one.words) == (Kind.QUANTIFIER, "普遍")
    assert str(one.why) == "“普遍”在 96 户中指49 到 96 户；说到“上门探访”的有 12 户。"
    assert str(one.remedy) == "改为“多名”，或写明户数。"


def test_a_quantifier_that_says_too_little_is_found_too():
    assert kinds("有服务对象对上门探访表示感谢。") == [Kind.QUANTIFIER]


def test_each_theme_of_a_clause_has_to_bear_its_quantifier():
    (one,) = found("多名服务对象对上门探访以及微心愿达成表达了感谢。")

    assert "微心愿" in str(one.why)


def test_a_theme_inside_the_words_of_another_is_not_meant():
    topics = (theme("complaint", "预约未落实", 1, "预约探访后未落实"), theme("complaint", "探访", 30))

    assert found("有服务对象反映预约探访后未落实。", topics=topics) == []


def test_praise_does_not_bear_a_complaint():
    assert kinds("多名服务对象反映上门探访不够。", Section.CONCERN) == [Kind.QUANTIFIER]


def test_a_quantifier_about_nothing_that_was_counted_is_found():
    assert kinds("多名服务对象反映电梯常坏。") == [Kind.QUANTIFIER]


def test_what_nobody_said_is_to_be_dropped():
    topics = (theme("complaint", "人员更换", 0),)
    (one,) = found("有服务对象反映人员更换。", topics=topics)

    assert str(one.remedy) == "没有一户这样说，删去这一点。"


def test_places_are_those_of_the_whole_text():
    text = "总体满意度达95.8%。\n多名服务对象对微心愿达成表达了感谢。"
    (one,) = found(text)

    assert text[one.start : one.end] == one.words == "多名"


def test_headings_of_a_pasted_text_tell_praise_from_complaints():
    text = (
        "1. 值得肯定的地方\n有服务对象对上门探访表示感谢。\n2.需要关注的地方\n多名服务对象反映上门探访不够。"
    )

    assert [one.words for one in found(text)] == ["有", "多名"]


@pytest.mark.parametrize("number", ["96%", "95.8%", "95.8％"])
def test_a_rate_may_be_rounded_as_the_pages_round(number):
    assert found(f"服务对象总体满意度达{number}。") == []


def test_a_rate_that_is_none_of_the_figures_is_found():
    (one,) = found("服务对象总体满意度达99.0%。")

    assert (one.kind, one.words) == (Kind.NUMBER, "99.0%")


def test_the_rate_of_something_else_is_found():
    (one,) = found("服务对象总体满意度达97.9%。")

    assert str(one.why) == "97.9% 是“态度”的，不是“总体满意度”的。"


def test_a_limit_stands_in_an_interval_alone():
    assert found("总体满意度在 90.2% 至 98.4% 之间。") == found("总体满意度 95.8%（90.2–98.4%）。") == []
    assert kinds("总体满意度达 98.4%。") == [Kind.NUMBER]


def test_a_confidence_level_is_no_figure():
    assert found("满意率在 90.2% 至 98.4% 之间（95% 置信区间）。") == []


def test_households_that_nobody_counted_are_found_and_the_rule_of_the_survey_is_not():
    assert [one.words for one in found("抽取 100 户，完成 120 户。")] == ["120 户"]
    assert found("随机抽取不少于 80 户服务对象。") == []


def test_respondents_counted_by_number_have_to_be_a_count():
    assert kinds("共有 37 名服务对象对服务表示满意。") == [Kind.NUMBER]


WITHIN = Difference("all", "last", 0.03, -0.02, 0.08)
RISEN = Difference("all", "last", 0.12, 0.04, 0.2)


@pytest.mark.parametrize(
    ("difference", "says"),
    [
        (WITHIN, "包含 0"),
        (None, "没有可以比较的上一轮"),
        (Difference("all", "last", 0.1, None, None), "不能作推断"),
    ],
)
def test_a_change_that_is_none_is_found(difference, says):
    (one,) = found("总体满意度较上一轮有所提升。", differences=(difference,) if difference else ())

    assert one.kind is Kind.DIFFERENCE and says in str(one.why)


def test_a_change_beyond_chance_passes_in_its_own_direction_alone():
    assert found("总体满意度较上一轮显著提升。", differences=(RISEN,)) == []
    assert kinds("总体满意度较上一轮有所下降。", differences=(RISEN,)) == [Kind.DIFFERENCE]


def test_percentage_points_have_to_be_those_of_a_difference():
    text = "与上一轮相比，满意率升高 {} 个百分点。"

    assert found(text.format("12.0"), differences=(RISEN,)) == []
    assert kinds(text.format("15.0"), differences=(RISEN,)) == [Kind.NUMBER]


ZONES = ("一片区", "二片区")


def test_a_zone_is_above_another_only_beyond_chance_and_the_right_way_round():
    apart = {"zones": ZONES, "differences": (Difference("一片区", "二片区", 0.2, 0.05, 0.35),)}
    near = {"zones": ZONES, "differences": (Difference("一片区", "二片区", 0.02, -0.1, 0.14),)}

    assert found("一片区满意率高于二片区。", **apart) == found("二片区满意率低于一片区。", **apart) == []
    assert (
        kinds("二片区满意率高于一片区。", **apart)
        == kinds("一片区满意率高于二片区。", **near)
        == [Kind.DIFFERENCE]
    )


def test_satisfaction_credited_to_what_nobody_asked_is_found():
    text = "通过定期收集意见箱内居民反馈建议并及时予以回应等举措，有效提升了服务对象满意度。"
    (one,) = found(text)

    assert one.kind is Kind.CREDIT and "意见箱" in str(one.why)


def test_advice_to_raise_satisfaction_credits_nobody():
    assert found("建议社工站加强回访，提升服务对象满意度。") == []


@pytest.mark.parametrize("word", ["获得一致好评", "深受居民欢迎", "满意度全区领先", "居民评价极高"])
def test_superlatives_without_support_are_found(word):
    assert kinds(f"社工站的服务{word}，服务对象满意。") == [Kind.SUPERLATIVE]


def test_only_approved_words_may_be_quoted():
    quoted = "有受访者说：“{}”。"

    assert found(quoted.format("社工常打电话来"), quotes=("社工常打电话来，很关心。",)) == []
    assert kinds(quoted.format("姓陈的社工最好")) == [Kind.QUOTE]


def test_the_sentences_of_a_real_report_are_held_against_the_counts():
    praise = (
        "选取100户服务对象开展满意度调查，结果显示服务对象总体满意度达96%。受访对象普遍反馈，社工能够定期进行联系、探访、慰问。"
        "多名服务对象对社工发出的上门探访服务以及微心愿达成表达了感谢。"
    )

    assert [(one.kind, one.words) for one in found(praise, Section.PRAISE)] == [(Kind.QUANTIFIER, "多名")]


def test_a_sentence_rests_on_what_it_names_and_not_on_what_it_advises():
    text = "部分服务对象反馈主动联系不足。总体满意度为 95.8%。建议做好上门探访。"
    rests = facts_in(text, evidence(), {"praise", "complaint"})

    assert [fact.name for fact in rests] == ["主动联系不足", "总体满意度"]
