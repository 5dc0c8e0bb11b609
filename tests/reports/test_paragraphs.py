"""The draft of the paragraphs: in the register of the reports, true at every edge, and clean under its own check."""

from dataclasses import replace

import pytest
from build_report import content
from build_results import DISSATISFIED, SATISFIED, make_survey
from build_themes import CONTENT, say

from survey.reports.evidence import evidence_of
from survey.reports.paragraphs import draft, method
from survey.reports.remarks import Quotation, Remarks, ThemeCount
from survey.reports.report_content import check_text
from survey.services.reporting import Text


@pytest.fixture
def survey(session, vault):
    return make_survey(
        session, vault, {"一片区": 500, "二片区": 547}, {"*": 120}, released={"*": 110}, questionnaire="full"
    )


def theme(kind, key, name, n, base=96):
    return ThemeCount(kind, key, name, n, base, n / base)


SAID = (
    theme("praise", "CONTACT_REGULAR", "定期联系", 60),
    theme("praise", "ACTIVITY_INVITE", "活动邀请", 14),
    theme("praise", "HOME_VISIT", "上门探访", 12),
    theme("praise", "MICRO_WISH", "微心愿", 4),
    theme("complaint", "BROKEN_APPOINTMENT", "约定未落实", 1),
    theme("complaint", "PROACTIVE_CONTACT", "主动联系", 6),
    theme("complaint", "ACTIVITY_FREQ", "活动频次", 5),
    theme("request", "LANGUAGE_ACCESS", "沟通语言与无障碍", 1),
    theme("request", "NEED_MEDICAL", "医疗需要", 2),
)


def drafted(survey, remarks=Remarks()):  # noqa: B008
    return draft(content(survey).document, remarks)


def check_of(survey, remarks=None):
    """Findings of the draft's own check."""
    found = content(survey)
    if remarks is not None:
        found = replace(
            found, evidence=evidence_of(found.document, remarks), draft=draft(found.document, remarks)
        )
    checked = check_text(found.drafted, found.evidence)
    return [
        (one.words, str(one.why))
        for part in ([checked.method], checked.praise, checked.concern)
        for row in part
        for one in row
    ]


def test_the_method_says_how_many_were_drawn_released_and_interviewed_when_and_how(survey):
    survey.interviews(92, 4)

    assert method(content(survey).document) == (
        "经对社工站提供的服务对象名册（共 1047 户）随机抽样，抽取 120 户服务对象开展满意度调查，自 2025 年 4 月 1 日起以电话访问的方式"
        "进行，按抽签次序发放 110 户，完成有效访问 96 户，应答率为 87.3%（96 ÷ 110，发放而不属于调查对象的户不计）。"
    )


def test_a_round_with_home_visits_says_so(survey):
    survey.interviews(12)

    assert "并对电话访问不到的户上门访问" in method(content(survey).document, home_visits=True)


def test_a_high_rate_stands_among_what_deserves_recognition_with_base_and_interval(survey):
    survey.interviews(92, 4)

    assert drafted(survey).praise[0] == (
        "调查结果显示，对服务作出评价的 96 户中，92 户表示满意，服务对象总体满意率为 95.8%；据此推断，名册全部 1047 户的满意率在 "
        "90.0% 至 98.7% 之间（95% 置信区间）。"
    )


def test_a_low_rate_stands_among_what_needs_attention(survey):
    survey.interviews(20, 20)

    found = drafted(survey)

    assert not any("总体满意率" in one for one in found.praise)
    assert "总体满意率为 50.0%" in found.concern[0]


def test_items_that_most_praise_share_a_sentence_and_the_others_stand_with_their_base(survey):
    for number in range(40):
        survey.interview(SATISFIED | {"F4": "2" if number < 15 else "5"})

    found = drafted(survey)

    assert any("普遍对社工的态度（100.0%）" in one for one in found.praise)
    assert (
        "建议改进以下方面的服务：联系探访的频次与安排，作答的 40 户中 25 户满意（62.5%）。" in found.concern
    )


def test_what_was_said_is_drafted_with_the_quantifiers_that_the_counts_bear(survey):
    survey.interviews(92, 4)

    found = drafted(survey, Remarks(96, 100, 0, SAID))

    assert found.praise[-1] == (
        "受访对象普遍反馈，社工能够定期进行联系、探访、慰问。多名服务对象对社工发出的活动邀请以及上门探访服务表达了感谢。"
        "部分服务对象对微心愿达成表达了感谢。"
    )
    assert found.concern[-1] == (
        "建议结合服务对象的反馈细化服务。根据满意度调查情况，部分服务对象反映主动联系不足、活动频次减少；有服务对象反映预约探访后未落实；"
        "有服务对象提出医疗方面的需要；有服务对象希望以适合的语言和方式沟通。建议社工站依据服务对象反馈意见和实际需求，及时跟进并妥善处理相关问题。"
    )


def test_an_approved_paraphrase_stands_for_what_one_or_two_said_and_an_approved_quotation_behind(survey):
    survey.interviews(92, 4)
    quoted = (
        Quotation("paraphrase", "盼陪同看病", "request", "NEED_MEDICAL", 1),
        Quotation("excerpt", "每个月都打电话来", "praise", "CONTACT_REGULAR", 2),
        Quotation("excerpt", "少见的话", "praise", "CONTACT_REGULAR", 3, is_typical=False),
    )

    found = drafted(survey, Remarks(96, 100, 0, SAID, quoted))

    assert "有服务对象提出盼陪同看病" in found.concern[-1]
    assert "如受访者所说：“每个月都打电话来”。" in found.praise[-1] and "少见" not in found.praise[-1]


def test_how_many_said_what_one_or_two_said_is_not_written(survey):
    survey.interviews(92, 4)

    said = "".join(drafted(survey, Remarks(96, 100, 0, SAID)).concern[-1:])

    assert not any(character.isdigit() for character in said)


def test_what_is_too_mixed_for_a_sentence_is_left_to_the_table(survey):
    survey.interviews(92, 4)

    found = drafted(survey, Remarks(96, 10, 0, (theme("complaint", "NOT_SOCIAL_WORK", "与社工无关", 20),)))

    assert not any("与社工无关" in one for one in found.concern)


@pytest.mark.parametrize(("satisfied", "dissatisfied"), [(40, 0), (0, 40), (20, 20), (92, 4), (33, 7)])
def test_the_draft_passes_its_own_check(satisfied, dissatisfied, survey):
    survey.interviews(satisfied, dissatisfied)

    assert check_of(survey) == []


def test_the_draft_with_what_was_said_passes_its_own_check(survey):
    survey.interviews(92, 4)

    assert check_of(survey, Remarks(96, 100, 3, SAID)) == []


def test_nobody_satisfied_and_everybody_satisfied_are_0_and_100_percent(session, vault):
    for number, answers, shown in ((1, DISSATISFIED, "0.0%"), (2, SATISFIED, "100.0%")):
        survey = make_survey(
            session, vault, {f"{number}片区": 300}, {"*": 40}, round_=other_round(session, number)
        )
        for _ in range(30):
            survey.interview(answers)

        found = drafted(survey)

        assert any(f"总体满意率为 {shown}" in one for one in (*found.praise, *found.concern))


def other_round(session, number):
    from build import make_round, make_season, make_station

    return make_round(session, make_season(session, f"第{number}季"), make_station(session, f"第{number}站"))


def test_a_census_that_reached_everybody_has_no_sampling_error(session, vault):
    survey = make_survey(session, vault, {"一片区": 60}, {"*": 60})
    survey.interviews(57, 3)

    found = drafted(survey)

    assert found.method.startswith("对社工站提供的服务对象名册（共 60 户）开展全覆盖满意度调查")
    assert "总体满意率为 95.0%；名册上各户都已受访，这是全体结果，没有抽样误差。" in found.praise[0]
    assert "随机" not in found.method and check_of(survey) == []


def test_a_census_with_nonresponse_says_what_the_others_could_change(session, vault):
    survey = make_survey(session, vault, {"一片区": 60}, {"*": 60})
    survey.interviews(47, 3)
    for _ in range(10):
        survey.finish("D12")

    found = drafted(survey)

    assert "另有 10 户未受访，无论其意见如何，满意率在 78.3% 至 95.0% 之间。" in found.praise[0]
    assert check_of(survey) == []


def compared(document, value, low, high):
    """The document with a last round from which this one differs so (shares)."""
    words = "升高" if value > 0 else "降低"
    sentence = f"与上一轮相比，满意率{words} {abs(100 * value):.1f} 个百分点。"
    last = {"round": {"id": 1, "season": "去年"}, "figure": document["headline"], "difference": value}
    return document | {"last_round": last | {"low": low, "high": high, "sentence": sentence, "notes": []}}


@pytest.mark.parametrize(
    ("value", "low", "high", "part"),
    [(0.03, -0.02, 0.08, "praise"), (0.12, 0.04, 0.2, "praise"), (-0.12, -0.2, -0.04, "concern")],
)
def test_the_last_round_is_compared_in_the_words_of_the_results_and_a_fall_needs_attention(
    value, low, high, part, survey
):
    survey.interviews(92, 4)
    document = compared(content(survey).document, value, low, high)

    found = draft(document, Remarks())

    assert document["last_round"]["sentence"] in getattr(found, part)


def test_only_zones_that_differ_beyond_chance_are_set_against_each_other(session, vault):
    survey = make_survey(session, vault, {"一片区": 500, "二片区": 500}, {"一片区": 60, "二片区": 60})
    survey.interviews(45, 5, "一片区")
    survey.interviews(25, 25, "二片区")

    found = drafted(survey)

    assert (
        "建议关注二片区的服务。二片区的满意率为 50.0%（50 户作出评价），低于一片区的 90.0%（50 户作出评价），"
        "差别超出抽样误差能解释的范围。"
    ) in found.concern
    assert check_of(survey) == []


def test_zones_within_their_errors_are_not_compared(session, vault):
    survey = make_survey(session, vault, {"一片区": 500, "二片区": 500}, {"一片区": 60, "二片区": 60})
    survey.interviews(45, 5, "一片区")
    survey.interviews(43, 7, "二片区")

    assert not any("片区" in one for one in drafted(survey).concern)


def test_before_the_first_interview_nothing_is_claimed(survey):
    found = drafted(survey)

    assert (found.praise, found.concern) == ((), ())
    assert "完成有效访问 0 户" in found.method and "应答率" not in found.method


def test_below_ten_answers_no_rate_is_written(survey):
    survey.interviews(5, 1)

    found = drafted(survey)

    assert found.praise == () and "满意率不予公布" in found.concern[0]
    assert "%" not in "".join(found.concern)


def test_an_open_round_too_few_interviews_and_words_without_codes_are_told_to_the_writer(survey):
    survey.interviews(30)

    said = [str(notice) for notice in drafted(survey).notices]

    assert any("访问尚未结束" in one for one in said) and any(
        "30 户，少于要求的 100 户" in one for one in said
    )
    assert any("原话还没有编码" in one for one in said)


def test_themes_of_the_database_enter_the_draft(survey):
    for _ in range(12):
        say(survey, ("praise", "HOME_VISIT"))
    for _ in range(40):
        survey.interview(CONTENT)

    found = content(survey)

    assert "多名服务对象对上门探访服务表达了感谢。" in found.text.praise[-1]
    assert found.text == Text(found.draft.method, found.draft.praise, found.draft.concern)
