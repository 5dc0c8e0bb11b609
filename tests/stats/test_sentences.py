"""Sentences: what may be concluded, in words a commissioner can quote, and no more."""

from __future__ import annotations

import pytest

from survey.stats.cells import Cell, Stratum
from survey.stats.estimate import mean_score, proportion
from survey.stats.sentences import EFFECT, caution, conclude, conclude_score, show_percent

SCALE = (5, 4, 3, 2, 1)
POINTS = dict(zip(SCALE, (100, 75, 50, 25, 0), strict=True))


def concluded(sample, frame, *wording, **options):
    return str(conclude(proportion(sample, frame, (5, 4), SCALE, **options), *wording))


def test_a_simple_sample_speaks_of_the_whole_roster():
    sample = [Cell("全站", 5, 96), Cell("全站", 1, 4)]
    assert concluded(sample, {"全站": Stratum(1047)}) == (
        "受访的 100 户中 96 户满意；据此推断全部 1,047 户的满意率在 90.4% 到 98.8% 之间（95% 置信区间）。"
    )


def test_without_an_opinion_from_all_it_speaks_only_of_those_who_would_have_one():
    sample = [Cell("全站", 5, 96), Cell("全站", 1, 2), Cell("全站", 8, 2)]
    said = concluded(sample, {"全站": Stratum(1047)})
    assert said.startswith(
        "受访的 100 户中 98 户作出评价，其中 96 户满意；据此推断 1,047 户中会作出评价者的满意率在 "
    )


def test_a_stratified_sample_names_the_weighted_rate():
    sample = [Cell("甲", 5, 48), Cell("甲", 1, 2), Cell("乙", 5, 40), Cell("乙", 1, 10)]
    said = concluded(sample, {"甲": Stratum(900), "乙": Stratum(100)})
    assert said.startswith(
        "受访的 100 户中 88 户满意，加权后满意率为 94.4%；据此推断全部 1,000 户的满意率在 "
    )


def test_a_census_has_no_sampling_error():
    sample = [Cell("全站", 4, 55), Cell("全站", 1, 5)]
    assert concluded(sample, {"全站": Stratum(60, released=60)}) == (
        "全部 60 户都已受访，其中 55 户满意，满意率为 91.7%；这是全体结果，没有抽样误差。"
    )


def test_a_census_with_nonresponse_gives_the_bounds_and_no_confidence():
    sample = [Cell("全站", 4, 45), Cell("全站", 1, 5)]
    said = concluded(sample, {"全站": Stratum(60, released=60)})
    assert said == (
        "全部发放，10 户未受访；作出评价的 50 户中 45 户满意（90.0%）。"
        "无论未受访户意见如何，满意率在 75.0% 到 91.7% 之间；误差来自未受访，不是抽样误差。"
    )


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ([], "还没有受访户，不能作出推断。"),
        ([Cell("全站", 9, 3)], "受访的 3 户中没有人对此作出评价，不能作出推断。"),
    ],
)
def test_nobody_leads_to_no_conclusion(sample, said):
    assert concluded(sample, {"全站": Stratum(60)}) == said


def test_a_group_of_unknown_size_is_not_given_one():
    sample = [Cell("全站", 5, 20, domain="女"), Cell("全站", 1, 2, domain="女")]
    assert "据此推断这一组全体的满意率" in concluded(sample, {"全站": Stratum(500)}, domain="女")


def test_outcomes_are_spoken_of_in_their_own_words():
    said = concluded([Cell("全站", 5, 30)], {"全站": Stratum(500)}, EFFECT)
    assert "30 户认为有帮助" in said and "成效率" in said


def test_the_caution_names_those_not_interviewed_and_both_extremes():
    sample = [Cell("全站", 5, 96), Cell("全站", 1, 4)]
    found = proportion(sample, {"全站": Stratum(1047, released=150)}, (5, 4), SCALE)
    assert str(caution(found)) == (
        "上述推断以未受访户与受访户意见相近为前提；已发放而未受访的 50 户"
        "若都不算“满意”，满意率为 64.0%；若都算，为 97.3%。"
    )


def test_no_caution_when_everybody_released_was_interviewed():
    found = proportion([Cell("全站", 5, 100)], {"全站": Stratum(1047, released=100)}, (5, 4), SCALE)
    assert caution(found) is None


def test_a_score_is_spoken_of_in_points():
    sample = [Cell("全站", 5, 60), Cell("全站", 4, 30), Cell("全站", 3, 6), Cell("全站", 2, 4)]
    said = str(conclude_score(mean_score(sample, {"全站": Stratum(1036)}, POINTS)))
    assert said.startswith("作出评价的 100 户平均得分 86.5 分（95% 置信区间 ")
    assert said.endswith(" 分）。")


def test_a_score_without_spread_claims_no_precision():
    said = str(conclude_score(mean_score([Cell("全站", 5, 9)], {"全站": Stratum(60)}, POINTS)))
    assert said == "作出评价的 9 户平均得分 100.0 分；样本不足以给出误差范围。"


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100.0%"), (0.9999, "99.9%"), (0.0001, "0.1%"), (0.0, "0.0%"), (0.965, "96.5%")],
)
def test_only_everybody_is_a_hundred_per_cent_and_only_nobody_none(share, text):
    assert show_percent(share) == text


def test_sentences_translate_as_a_whole_and_inside():
    english = {
        "受访的 %(n)s 户中 %(satisfied)s 户%(answer)s": "%(satisfied)s of %(n)s households %(answer)s",
        "满意": "were satisfied",
    }
    estimate = proportion([Cell("全站", 5, 30)], {"全站": Stratum(500)}, (5, 4), SCALE)
    said = conclude(estimate).show(lambda text: english.get(text, text))
    assert said.startswith("30 of 30 households were satisfied；")
