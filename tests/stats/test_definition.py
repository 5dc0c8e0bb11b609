"""口径: one set of answers, five different "satisfaction" numbers, each with its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stats.golden import close
from survey.errors import Invalid
from survey.stats.cells import Cell, Stratum
from survey.stats.definition import DEFAULT, Definition, alternatives, describe, with_score_map
from survey.stats.definition_words import differences
from survey.stats.estimate import mean_score, proportion
from survey.stats.points import Kind, Measure, PointsRule

FRAME = {"全站": Stratum(1036)}
SAMPLE = [Cell("全站", code, n) for code, n in {5: 60, 4: 30, 3: 6, 2: 3, 1: 1}.items()]


def rate(definition, sample=SAMPLE):
    return proportion(
        sample, FRAME, definition.satisfied_codes, definition.base_codes, definition.level
    ).value


def test_the_middle_answer_counts_only_under_its_own_name():
    [basic] = alternatives(DEFAULT)
    assert (DEFAULT.name, rate(DEFAULT)) == ("满意率", close(0.90))
    assert (basic.name, rate(basic)) == ("基本满意以上率", close(0.96))


@pytest.mark.parametrize(("name", "points"), [("M1", 88.5), ("M2", 86.25), ("M3", 89.0)])
def test_each_score_map_gives_its_own_points(name, points):
    found = mean_score(SAMPLE, FRAME, with_score_map(DEFAULT, name).score_map)
    assert found.value == close(points)


def test_households_without_contact_count_as_dissatisfied_only_where_asked():
    *_, strict = alternatives(DEFAULT, no_contact=0)
    sample = [*SAMPLE, Cell("全站", 0, 20)]
    assert rate(DEFAULT, sample) == close(0.9)
    assert rate(strict, sample) == close(90 / 120)


def test_a_definition_that_already_counts_the_middle_is_seen_without_it_and_keeps_its_name_otherwise():
    [basic] = alternatives(DEFAULT)
    strict, missed = alternatives(basic, no_contact=0)
    assert strict == DEFAULT
    assert missed.name == "基本满意以上率（未接触计入不满意）" and 3 in missed.satisfied_codes


def test_the_description_names_codes_base_map_and_level():
    assert str(describe(DEFAULT)) == (
        "满意率（第 1 版）＝回答 5、4 的户数 ÷ 作出评价（回答 5、4、3、2、1）的户数，"
        "不清楚、拒答和不适用不计入基数；只计完整访问；"
        "得分按 M2 折算（5→100 / 4→75 / 3→50 / 2→25 / 1→0 分）；各层按户数加权（含未受访调整）；置信水平 95%。"
    )


def test_satisfied_codes_outside_the_base_make_no_definition():
    with pytest.raises(Invalid) as caught:
        Definition(satisfied_codes=frozenset({5, 8}))
    assert caught.value.code == "satisfied-outside-base"


@pytest.mark.parametrize("level", [0, 1, 95])
def test_an_impossible_level_makes_no_definition(level):
    with pytest.raises(Invalid):
        Definition(level=level)


@pytest.mark.parametrize("values", [{"weights": "by hand"}, {"counted": "everything"}])
def test_an_unknown_rule_is_refused_by_name(values):
    with pytest.raises(Invalid, match=next(iter(values.values()))):
        Definition(**values)


def test_points_for_the_middle_answer_need_it_in_the_base():
    with pytest.raises(Invalid) as caught:
        Definition(
            base_codes=frozenset({1, 2, 4, 5}), points=PointsRule(Kind.PROPORTIONAL, 10, Measure.BASIC)
        )
    assert caught.value.code == "basic-outside-base"


def test_two_definitions_differ_in_words_clause_by_clause():
    other = replace(with_score_map(DEFAULT, "M1"), version=7, level=0.9)
    assert differences(DEFAULT, replace(DEFAULT, version=2)) == ()
    score, level = map(str, differences(DEFAULT, other))
    assert score.startswith("得分：原为“按 M2 折算") and "改为“按 M1 折算" in score
    assert level == "置信水平：原为“95%”，改为“90%”"


def test_an_unknown_score_map_is_refused():
    with pytest.raises(Invalid) as caught:
        with_score_map(DEFAULT, "M9")
    assert caught.value.code == "unknown-score-map"
