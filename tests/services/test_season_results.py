"""Stations side by side: what is shown of whom, and what is held against what."""

from dataclasses import replace

import pytest
from build import NOON, make_season
from build_seasons import Counted, make_measured, make_place
from sqlalchemy import true

from survey.models.interview import Interview
from survey.models.recheck import Recheck
from survey.models.season import DefinitionVersion, Round
from survey.services import definitions
from survey.services.season_results import by_place, matching, season_results
from survey.stats.common_rate import Measured, funnel
from survey.stats.definition import DEFAULT
from survey.stats.hypergeometric import hypergeometric
from survey.stats.points import Kind, Measure, PointsRule


@pytest.fixture
def season(session):
    return make_season(session)


@pytest.fixture
def station(session, season):
    """`station("甲", 45, 5)`: a frozen round of a new station with so many satisfied and dissatisfied."""

    def measured(name, *counts, district="白云区", households=60, **values):
        place = make_place(session, name, district=district)
        return make_measured(session, season, place, {"*": Counted(households, *counts)}, **values)

    return measured


def of(session, season, visible=None):
    return season_results(session, season, true() if visible is None else visible)


def names(lines):
    return [line.round.station.name for line in lines]


def verdicts(results):
    return {
        line.round.station.name: str(line.verdict) if line.verdict else None
        for group in results.groups
        for line in group.lines
    }


def test_stations_stand_by_place_and_name_in_the_order_of_their_pinyin_and_never_by_rate(
    session, season, station
):
    station("同和", 12, 8)
    station("棠景", 20)
    station("嘉禾", 10, 10, district="天河区")
    station("三元里", 15, 5)

    group = of(session, season).groups[0]

    assert names(group.lines) == ["三元里", "棠景", "同和", "嘉禾"]
    assert [line.number for line in group.lines] == [1, 2, 3, 4]


def test_places_are_ordered_by_district_then_street_then_name(session):
    places = [
        make_place(session, name, street, district)
        for name, street, district in [
            ("甲", "新市街", "白云区"),
            ("乙", "松柏街", "白云区"),
            ("丙", "石井街", ""),
        ]
    ]

    assert [place.name for place in sorted(places, key=by_place)] == ["丙", "乙", "甲"]


def test_a_frozen_round_has_its_figure_with_interval_base_population_and_response_rate(
    session, season, station
):
    station("甲", 45, 5, households=120)

    figure = of(session, season).groups[0].lines[0].figure

    exact = hypergeometric(45, 50, 120)
    assert (figure.overall.rate.low, figure.overall.rate.high) == (exact.low, exact.high)
    assert (figure.overall.n, figure.overall.rate.N) == (50, 120)
    assert (figure.response.part, figure.response.whole) == (50, 50)


def test_a_round_that_is_not_frozen_shows_how_far_it_is_and_no_rate(session, season, station):
    station("甲", 12, 3)
    station("乙", 12, 3, closed=False)

    found = of(session, season)

    assert [one.round.station.name for one in found.unfinished] == ["乙"]
    assert found.unfinished[0].facts.released == 15
    assert names(found.groups[0].lines) == ["甲"]


def test_below_ten_in_the_base_a_station_has_no_rate_and_does_not_enter_the_common_one(
    session, season, station
):
    station("甲", 45, 5)
    station("乙", 30, 20)
    station("丙", 1, 8)

    group = of(session, season).groups[0]

    assert group.funnel.rate == 75 / 100 and group.hidden == 1
    hidden = next(line for line in group.lines if line.round.station.name == "丙")
    assert (hidden.figure.overall.rate, hidden.placed, hidden.verdict) == (None, None, None)


def test_the_funnel_is_that_of_the_statistics_for_the_stations_counts(session, season, station):
    given = {"甲": (45, 5, 60), "乙": (18, 12, 90), "丙": (36, 4, 120)}
    for name, (satisfied, dissatisfied, households) in given.items():
        station(name, satisfied, dissatisfied, households=households)

    group = of(session, season).groups[0]

    expected = funnel(
        [
            Measured(name, x / (x + rest), x + rest, population)
            for name, (x, rest, population) in given.items()
        ]
    )
    assert group.funnel.rate == pytest.approx(expected.rate)
    for line in group.lines:
        placed = expected.of(line.round.station.name)
        assert line.placed.adjusted == pytest.approx(placed.adjusted)
        assert (line.placed.low, line.placed.high) == (placed.low, placed.high)


def test_a_stratified_station_enters_with_its_effective_size(session, season, station):
    station("甲", 45, 5, households=120)
    strata = {"一片区": Counted(100, 18, 2), "二片区": Counted(200, 12, 8)}
    make_measured(session, season, make_place(session, "乙"), strata)

    group = of(session, season).groups[0]

    line = next(line for line in group.lines if line.round.station.name == "乙")
    rate = line.figure.overall.rate
    assert rate.weighted and rate.effective < rate.n == 40
    assert (line.placed.station.n, line.placed.station.N) == (rate.effective, None)
    pooled = (45 + rate.value * rate.effective) / (50 + rate.effective)
    assert group.funnel.rate == pytest.approx(pooled)


def test_what_lies_beyond_chance_is_said_and_what_does_not_is_not(session, season, station):
    for name in "甲乙丙丁":
        station(name, 46, 4, households=100)
    station("戊", 25, 25, households=100)

    found = of(session, season)

    said = verdicts(found)
    assert "低于共同率 83.6%，超出偶然范围（调整后 p<0.001）" in said["戊"]
    assert said["甲"] == "在偶然范围之内：不能说与共同率不同，也不能说相同。"
    assert names(found.groups[0].differing) == ["戊"]


def test_a_difference_that_only_one_test_would_find_is_not_called_one(session, season, station):
    for number in range(4):
        station(f"站{number}", 27, 3, households=80)
    station("甲", 22, 8, households=80)

    group = of(session, season).groups[0]

    line = next(line for line in group.lines if line.round.station.name == "甲")
    assert line.placed.p_value <= 0.05 < line.placed.adjusted
    assert "单看这一站像是不同" in str(line.verdict) and "不能说它不同" in str(line.verdict)
    assert group.differing == ()


def test_a_census_is_a_fact_and_one_with_nonresponse_has_bounds(session, season, station):
    station("甲", 40, 10, households=100)
    station("全体", 24, 0, households=24)
    station("未全访", 18, 0, households=20, everybody=True)
    station("都不满意", 0, 18, households=20, everybody=True)

    said = verdicts(of(session, season))

    assert "是事实，不作检验" in said["全体"] and "高" in said["全体"]
    assert "无论未受访户意见如何，都高于共同率" in said["未全访"]
    assert "无论未受访户意见如何，都低于共同率" in said["都不满意"]


def test_where_everybody_is_satisfied_there_is_nothing_to_compare(session, season, station):
    station("甲", 30)
    station("乙", 40)

    found = of(session, season)

    assert set(verdicts(found).values()) == {"各站都是 100.0%，没有差别可比。"}
    assert found.groups[0].funnel.tested == 0


def test_one_station_alone_has_no_common_rate(session, season, station):
    station("甲", 30, 3)

    assert verdicts(of(session, season)) == {"甲": "同一口径下只有这一站，没有共同率可比。"}


def test_rounds_on_another_footing_are_a_group_of_their_own(session, season, station):
    station("甲", 30, 3)
    round_ = station("乙", 30, 5).round_
    content = {**round_.definition.content, "satisfied_codes": [3, 4, 5]}
    other = DefinitionVersion(name="基本满意以上率", version=1, content=content, created_at=round_.created_at)
    station("丙", 30, 8, definition=other)

    groups = of(session, season).groups

    assert [names(group.lines) for group in groups] == [["甲", "乙"], ["丙"]]
    assert groups[0].funnel.rate == 60 / 68
    assert str(groups[1].described).startswith("基本满意以上率＝回答 5、4、3 的户数")


def on_targets(session, season, station, rule, **stations):
    """Name -> what is said of its target, under a definition with this points rule."""
    version = definitions.version_with(session, replace(DEFAULT, points=rule), NOON)
    for name, (households, counts, everybody) in stations.items():
        station(name, *counts, households=households, everybody=everybody, definition=version)
    lines = [line for group in of(session, season).groups for line in group.lines]
    return {line.round.station.name: line.on_target and str(line.on_target) for line in lines}


def test_a_rate_is_held_against_the_target_of_the_points_rule(session, season, station):
    rule = PointsRule(Kind.DEDUCTION, 10, target=90, per_point=1)

    said = on_targets(
        session, season, station, rule,
        上=(60, (50,), False), 下=(60, (35, 15), False), 中=(60, (45, 5), False), 小=(60, (5, 2), False),
    )  # fmt: skip

    assert said["上"].startswith("目标 90%：达到，超出偶然范围") and "没有达到，超出偶然" in said["下"]
    assert "不能说达到或没有达到" in said["中"] and said["小"] is None


def test_a_full_coverage_reaches_its_target_or_not_as_a_fact(session, season, station):
    rule = PointsRule(Kind.DEDUCTION, 10, target=90, per_point=1)

    said = on_targets(
        session, season, station, rule,
        达=(20, (18, 2), True), 欠=(20, (17, 3), True), 高=(20, (19,), True), 低=(20, (15, 4), True), 跨=(20, (18,), True),
    )  # fmt: skip

    assert "全体结果，达到了" in said["达"] and "全体结果，没有达到" in said["欠"]
    assert "都达到" in said["高"] and "都没有达到" in said["低"]
    assert "都达到" in said["跨"]


@pytest.mark.parametrize(
    "rule",
    [
        None,
        PointsRule(Kind.PROPORTIONAL, 10),
        PointsRule(Kind.DEDUCTION, 10, measure=Measure.SCORE, target=90, per_point=1),
        PointsRule(Kind.DEDUCTION, 10, measure=Measure.BASIC, target=90, per_point=1),
    ],
)
def test_without_a_target_for_the_rate_nothing_is_said_of_one(rule, session, season, station):
    assert on_targets(session, season, station, rule, 甲=(60, (45, 5), False)) == {"甲": None}


def test_other_weights_are_another_footing(session, season, station):
    station("甲", 30, 3)
    station("乙", 30, 5, definition=definitions.version_with(session, replace(DEFAULT, weights="none"), NOON))

    assert [len(group.lines) for group in of(session, season).groups] == [1, 1]


def test_versions_that_count_alike_are_one_group_and_both_are_named(session, season, station):
    round_ = station("甲", 30, 3).round_
    content = {**round_.definition.content, "score_map_name": "M1"}
    station(
        "乙",
        30,
        5,
        definition=DefinitionVersion(name="满意率", version=2, content=content, created_at=round_.created_at),
    )

    (group,) = of(session, season).groups

    assert sorted(one.version for one in group.definitions) == [1, 2]


def test_who_may_not_see_a_station_finds_it_neither_listed_nor_in_the_common_rate(session, season, station):
    station("甲", 45, 5)
    station("乙", 30, 20)
    hidden = station("丙", 10, 40).round_

    found = of(session, season, Round.id != hidden.id)

    assert "丙" not in names(found.groups[0].lines)
    assert found.groups[0].funnel.rate == 75 / 100


def test_a_filter_leaves_out_lines_and_not_what_they_are_held_against(session, season, station):
    station("甲", 45, 5)
    station("乙", 30, 20, district="天河区")
    station("丁", 3, 1, district="天河区", closed=False)
    whole = of(session, season)

    in_district = matching(whole, "天河区")
    by_name = matching(whole, text="甲")

    assert names(in_district.groups[0].lines) == ["乙"] and len(in_district.unfinished) == 1
    assert names(by_name.groups[0].lines) == ["甲"] and by_name.unfinished == ()
    assert in_district.groups[0].funnel is whole.groups[0].funnel
    assert in_district.groups[0].lines[0].number == 2
    assert matching(whole, "越秀区").groups == ()
    assert sorted(whole.districts) == ["天河区", "白云区"]


def test_checks_drawn_at_random_are_counted_with_their_errors_and_no_others(session, season, station):
    round_ = station("甲", 12, 0).round_
    station("乙", 12, 0)
    interviews = list(session.query(Interview).filter_by(round_id=round_.id))
    for interview, reasons, outcome in zip(
        interviews,
        ["random", "random", "random low", "random", "low", "random"],
        ["verified", "error", "verified", "not_reached", "error", None],
        strict=False,
    ):
        drawn = {"drawn_at": NOON} if reasons.startswith("random") else {}
        done = {"outcome": outcome, "done_at": NOON} if outcome else {}
        session.add(
            Recheck(
                interview_id=interview.id, round_id=round_.id, surveyor_id=interview.started_by_id, reasons=reasons,
                ticket=str(interview.id), selected_at=NOON, **drawn, **done,
            )
        )  # fmt: skip
    session.flush()

    assert of(session, season).rechecked == {round_.id: (3, 1)}


def test_a_season_without_rounds_is_empty(session, season):
    found = of(session, season)

    assert (found.groups, found.unfinished, found.frozen) == ((), (), 0)


def test_a_closed_round_in_which_nobody_gave_a_judgement_says_so(session, season, station):
    station("甲", 0, 0, 12)

    group = of(session, season).groups[0]

    assert group.lines[0].figure.overall.reliability.verdict == "nobody"
    assert group.funnel is None
