"""The charts of a round against its results: every figure once, hidden where it is hidden, nothing added."""

from itertools import pairwise

import pytest
from build import NOON, make_round
from build_charts import typesetting
from build_results import DISSATISFIED, NEVER_MET, SATISFIED, make_survey

from survey.errors import Message
from survey.models.draw import Release
from survey.reports.chart_files import as_svg
from survey.reports.charts import Span, why_hidden
from survey.reports.names import short_names
from survey.reports.round_charts import CHARTS, Subject
from survey.services.domains import MERGED
from survey.services.results import round_results
from survey.stats.reliability import hidden_beside, judge


@pytest.fixture
def survey(session, app):
    return make_survey(
        session, app.extensions["vault"], {"一片区": 500, "二片区": 547}, {"*": 120}, released={"*": 110}
    )


def subject(survey, language="zh", **values):
    names = short_names(survey.round_.questionnaire.name, language)
    results = round_results(survey.session, survey.round_)
    return Subject(results, names, language, ("三元里街社工服务站",), **values)


def chart(survey, name, language="zh"):
    return CHARTS[name](subject(survey, language))


def drawn(survey, language="zh"):
    """Names of the charts there are; each of them can be drawn."""
    found = {name: fill(subject(survey, language)) for name, fill in CHARTS.items()}
    for one in found.values():
        assert one is None or as_svg(one, typesetting(language)).startswith(b"<?xml")
    return {name for name, one in found.items() if one}


def test_rates_are_those_of_the_results_the_overall_one_first(survey):
    survey.interviews(96, 4)
    answers = round_results(survey.session, survey.round_).answers

    found = chart(survey, "rates")

    overall, *items = found.rows
    assert overall.is_whole and not any(row.is_whole for row in items)
    assert [str(row.name) for row in items] == ["态度", "及时", "频次与安排", "沟通"]
    for row, figure in zip(found.rows, (answers.overall, *answers.items), strict=True):
        assert (row.rate.value, row.rate.low, row.rate.high) == (figure.rate.value, figure.rate.low, figure.rate.high)  # fmt: skip
        assert row.rate.n == figure.n and row.rate.span is Span.INTERVAL and row.hidden is None


def test_hidden_figures_hold_a_reason_and_no_value(survey):
    survey.interviews(6, 1)

    rates, answers = chart(survey, "rates"), chart(survey, "answers")

    assert all(row.rate is None and str(row.hidden) == "基数不足，不公布" for row in rates.rows)
    assert answers is None


def test_small_zones_that_were_put_together_stand_as_one_row(session, app):
    survey = make_survey(
        session, app.extensions["vault"], {"一片区": 60, "二片区": 40, "三片区": 20},
        {"一片区": 40, "二片区": 30, "三片区": 10},
    )  # fmt: skip
    survey.interviews(35, 0, "一片区")
    survey.interviews(18, 2, "二片区")
    survey.interviews(6, 0, "三片区")

    whole, *zones = chart(survey, "zones").rows

    assert whole.is_whole and whole.rate.n == 61
    assert [row.name for row in zones] == ["一片区", Message(MERGED)]
    assert [row.rate.n for row in zones] == [35, 26]


def test_why_a_figure_is_hidden_is_said_in_a_few_words():
    assert str(why_hidden(judge(6))) == "基数不足，不公布" and str(why_hidden(judge(0))) == "没有人回答"
    assert str(why_hidden(hidden_beside(20))) == "为防推算，不公布" and why_hidden(judge(12)) is None


def test_answers_show_the_counts_of_the_base_from_the_worst_to_the_best(survey):
    survey.interviews(30, 10)
    survey.interview(NEVER_MET)

    found = chart(survey, "answers")

    assert [str(label) for label in found.labels] == ["很不满意", "不太满意", "一般", "比较满意", "非常满意"]
    overall = found.rows[0]
    assert [part.n for part in overall.parts] == [0, 10, 0, 0, 30] and overall.n == 40
    assert (overall.parts[1].x, overall.parts[1].width) == (-25, 25)


@pytest.mark.parametrize("released", [{"*": 110}])
def test_every_step_of_the_flow_is_the_one_before_less_what_was_lost(released, survey):
    survey.interviews(50, 5)
    survey.interview(NEVER_MET)
    for code in ("D12", "D13", "D25", "D37", "D32", "D41", "D61"):
        survey.finish(code)

    steps = chart(survey, "flow").steps

    for before, here in pairwise(steps):
        assert here.n == before.n - sum(loss.n for loss in here.lost), here
    sizes = {str(step.name): step.n for step in steps}
    assert sizes == {
        "抽样框": 1047, "抽中": 120, "发放": 110, "接触到": 60, "受访": 56, "对总体作出评价": 55,
    }  # fmt: skip
    lost = {str(loss.name): loss.n for step in steps for loss in step.lost}
    assert (
        lost["拒访与中断"] == 2 and lost["不符合条件"] == 1 and lost["作废"] == 1 and lost["其他未完成"] == 1
    )
    assert lost["情况不明"] == 2 and lost["尚无最终结果"] == 47


def test_the_base_of_a_hidden_rate_is_no_step_of_the_flow(survey):
    survey.interviews(6)

    assert [str(step.name) for step in chart(survey, "flow").steps][-1] == "受访"


def test_cases_left_open_at_the_closing_are_named_in_the_flow(survey):
    survey.interviews(20)
    case = survey.next_case()
    case.state, case.left_open_reason = "left_open", "访问期已过"
    survey.session.flush()

    steps = chart(survey, "flow").steps

    for before, here in pairwise(steps):
        assert here.n == before.n - sum(loss.n for loss in here.lost), here


def test_charts_of_the_first_batch_say_so(survey):
    survey.interviews(30)

    head = CHARTS["rates"](subject(survey, first_only=True)).head

    assert Message("只计第一批") in head.source and "满意率 v1" in str(head.source[2])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_of_a_round_has_the_charts_it_can_have(language, session, survey):
    assert drawn(survey, language) == {"flow"}  # released, and nobody interviewed
    survey.interview(SATISFIED)
    assert drawn(survey, language) == {"rates", "effects", "zones", "flow"}  # one respondent
    survey.interviews(40)
    assert drawn(survey, language) == set(CHARTS)


def test_a_census_of_one_zone_in_which_everybody_is_satisfied_or_nobody(session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 24}, {"*": 24})
    survey.interviews(24)

    found = chart(survey, "rates")

    assert drawn(survey) == set(CHARTS) - {"zones"}
    assert {row.rate.span for row in found.rows} == {Span.POINT}
    assert found.rows[0].rate.value == 1 and found.rows[0].rate.flagged


def test_a_census_with_nonresponse_shows_bounds_and_not_an_interval(session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 24}, {"*": 24})
    survey.interviews(18, 2)

    rate = chart(survey, "rates").rows[0].rate

    assert rate.span is Span.BOUNDS and (rate.low, rate.high) == (0.75, pytest.approx(22 / 24))


def test_nobody_satisfied_is_a_picture(session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 500}, {"*": 120})
    for _ in range(40):
        survey.interview(DISSATISFIED)

    assert drawn(survey) == {"rates", "answers", "effects", "flow"}
    assert chart(survey, "rates").rows[0].rate.value == 0
    assert str(chart(survey, "effects").rows[0].hidden) == "没有人回答"


def test_a_round_without_a_draw_has_no_charts(session):
    round_ = make_round(session)
    results = round_results(session, round_)
    nothing = Subject(results, short_names("short", "zh"), "zh", ())

    assert [name for name, fill in CHARTS.items() if fill(nothing)] == []


def test_the_flow_counts_what_is_held_back_of_later_batches(session, survey):
    second = Release(round_id=survey.round_.id, number=2, reason="补发", counts={"*": 10}, released_at=NOON)
    session.add(second)
    session.flush()
    for rank in range(111, 121):
        survey.cases["*", rank].release_id, survey.cases["*", rank].state = second.id, "ready"
    session.flush()

    released = next(step for step in chart(survey, "flow").steps if str(step.name) == "发放")

    assert released.n == 120 and released.lost == ()
