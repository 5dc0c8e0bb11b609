"""What is drawn, and where: asked of the drawing's own parts, not of pixels."""

import pytest
from build_charts import HEAD, HIDDEN, intervals, row, typesetting

from survey.reports.chart_files import figure_of
from survey.reports.charts import (
    FlowChart,
    FlowStep,
    FunnelChart,
    FunnelPoint,
    LikertChart,
    LikertPart,
    LikertRow,
    Loss,
    Rate,
    Span,
    TrendChart,
    TrendPoint,
)
from survey.reports.charts_funnel import limits_about
from survey.reports.charts_likert import SCALE, colours
from survey.reports.drawing import NARROW, PAPER, WIDE, pen, texts_in, width_of, wrapped
from survey.stats.funnel import binomial_interpolated

SHEETS = pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=["wide", "narrow"])


def draw(chart, sheet=WIDE, language="zh"):
    """The field of the chart, laid out."""
    with pen(texts_in(chart)):
        figure = figure_of(chart, typesetting(language), sheet)
        figure.canvas.draw()
    return figure.axes[0]


def line(axes, name):
    (found,) = [one for one in axes.lines if one.get_gid() == name]
    return found


def names(axes):
    return {one.get_gid() for one in axes.lines} - {None}


def words(axes):
    return [text.get_text() for text in (*axes.texts, *axes.figure.texts)]


def inside_the_sheet(axes):
    """Every text of the chart, in pixels of the sheet."""
    whole = axes.figure.bbox
    texts = [text for text in (*axes.texts, *axes.figure.texts) if text.get_text()]
    boxes = [text.get_window_extent() for text in texts]
    return [
        text.get_text()
        for text, box in zip(texts, boxes, strict=True)
        if box.x0 < whole.x0 - 1 or box.x1 > whole.x1 + 1 or box.y0 < whole.y0 - 1 or box.y1 > whole.y1 + 1
    ]


@SHEETS
def test_a_rate_stands_at_its_value_between_its_limits(sheet):
    axes = draw(intervals(row("总体满意度", 0.96, 0.904, 0.988), row("态度", 0.5, 0.4, 0.6)), sheet)

    assert list(line(axes, "rate-0").get_xdata()) == [0.96]
    assert list(line(axes, "limits-1").get_xdata()) == [0.4, 0.6]
    assert line(axes, "rate-1").get_ydata()[0] > line(axes, "rate-0").get_ydata()[0]
    assert axes.get_xlim() == (0, 1) and axes.yaxis_inverted()


@SHEETS
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nobody_and_everybody_stay_whole_at_the_edge_of_the_field(share, sheet):
    axes = draw(intervals(row("总体满意度", share, min(share, 0.92), max(share, 0.08))), sheet)

    assert list(line(axes, "rate-0").get_xdata()) == [share] and not line(axes, "rate-0").get_clip_on()


@SHEETS
def test_a_hidden_figure_is_words_and_nothing_else(sheet):
    axes = draw(intervals(row("总体满意度", 0.96, 0.904, 0.988), row("专业", None)), sheet)

    assert names(axes) == {"rate-0", "limits-0"}
    assert "基数不足，不公布" in words(axes) and "专业" in words(axes)


def test_what_the_line_stands_for_is_drawn_and_said_differently():
    census = row("全体", 0.9, 0.9, 0.9, span=Span.POINT)
    bounds = row("有人未受访", 0.9, 0.75, 0.917, span=Span.BOUNDS)

    point, between = draw(intervals(census)), draw(intervals(bounds))

    assert names(point) == {"rate-0"} and "◆ 全体结果，没有抽样误差" in words(point)
    assert line(between, "limits-0").get_linestyle() == "--"
    assert any("上下界" in text and "置信区间" not in text for text in words(between))


def test_a_small_base_has_a_hollow_mark_and_a_line_that_says_so():
    axes = draw(intervals(row("总体满意度", 0.9, 0.7, 0.98, n=20, flagged=True)))

    assert line(axes, "rate-0").get_markerfacecolor() == PAPER
    assert any("空心：基数不足 30 户" in text for text in words(axes))


@SHEETS
@pytest.mark.parametrize("language", ["zh", "en"])
def test_long_names_and_numbers_stay_on_the_sheet_and_off_each_other(sheet, language):
    name = "您对社工上门探访、电话问候的频次和时间安排满意吗，比如约好了时间会不会改"
    axes = draw(intervals(row(name, 0.5, 0.4, 0.6), row("A question in English words " * 3, 0.7, 0.6, 0.8)), sheet, language)  # fmt: skip

    assert inside_the_sheet(axes) == []
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])


def likert(*counts, hidden=None):
    total = sum(counts)
    widths = [100 * n / total for n in counts]
    x = -sum(widths[:2]) - widths[2] / 2
    parts = []
    for label, n, width in zip(LABELS, counts, widths, strict=True):
        parts.append(LikertPart(label, n, x, width))
        x += width
    return LikertRow("总体满意度", () if hidden else tuple(parts), total, hidden)


LABELS = ("很不满意", "不太满意", "一般", "比较满意", "非常满意")


def bars(axes):
    return [(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in axes.patches]


@SHEETS
def test_bars_diverge_from_the_middle_answer_and_name_the_households(sheet):
    axes = draw(LikertChart(HEAD, LABELS, (likert(5, 5, 20, 30, 40),)), sheet)

    assert bars(axes) == [(-20, 5), (-15, 5), (-10, 20), (10, 30), (40, 40)]
    assert {"40", "30", "20", "n=100"} <= set(words(axes))
    low, high = axes.get_xlim()
    assert low <= -20 and high >= 80
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [True, True, False, False, False]


def test_a_hidden_row_of_answers_has_no_bars():
    axes = draw(LikertChart(HEAD, LABELS, (likert(0, 0, 0, 0, 12), likert(1, 1, 1, 1, 1, hidden=HIDDEN))))

    assert bars(axes) == [(0, 100)] and "基数不足，不公布" in words(axes) and "n=5" not in words(axes)


@pytest.mark.parametrize("answers", [2, 4, 5, 7])
def test_every_scale_runs_from_the_worst_colour_to_the_best(answers):
    found = colours(answers)

    assert (len(found), found[0], found[-1]) == (answers, SCALE[0], SCALE[-1])


def flow(*steps):
    return FlowChart(HEAD, tuple(steps))


def test_each_step_is_drawn_to_scale_with_what_was_lost_beside_it():
    axes = draw(flow(FlowStep("抽中", 120), FlowStep("发放", 110, (Loss("未发放", 10),)), FlowStep("受访", 60, (Loss("拒访", 20), Loss("未接触", 30)))))  # fmt: skip

    steps = [bar for bar in axes.patches if bar.get_gid() == "step"]
    lost = [bar for bar in axes.patches if bar.get_gid() == "lost"]
    assert [bar.get_width() for bar in steps] == [120, 110, 60]
    assert [(bar.get_x(), bar.get_width()) for bar in lost] == [(110, 10), (60, 20), (80, 30)]
    assert "受访 60 户" in words(axes) and "减去：拒访 20 · 未接触 30" in words(axes)
    assert axes.get_xlim() == (0, 120)


def test_a_large_frame_is_cut_short_and_the_chart_says_so():
    axes = draw(flow(FlowStep("抽样框", 10_000), FlowStep("抽中", 120, (Loss("未抽中", 9_880),))))

    assert axes.get_xlim() == (0, 120)
    assert any("第一条截短" in text for text in words(axes)) and "抽样框 10,000 户" in words(axes)


@pytest.mark.parametrize("sizes", [(24, 24, 24), (1047, 0, 0), (0,)])
def test_a_census_an_empty_release_and_nothing_at_all_are_flows(sizes):
    axes = draw(flow(*(FlowStep(f"第{place}步", n) for place, n in enumerate(sizes))))

    assert len([bar for bar in axes.patches if bar.get_gid() == "step"]) == len(sizes)
    assert inside_the_sheet(axes) == []


def funnel(*points, common=0.9):
    most = int(max((point.n for point in points), default=0))
    return FunnelChart(HEAD, "满意率", common, points, limits_about(common, most))


@SHEETS
def test_a_station_stands_at_its_base_and_rate_between_the_limits_of_the_common_rate(sheet):
    axes = draw(
        funnel(FunnelPoint(1, "甲站", 100, 0.93), FunnelPoint(2, "乙站", 120, 0.7, beyond=0.998)), sheet
    )

    spot = line(axes, "station-2")
    assert (list(spot.get_xdata()), list(spot.get_ydata()), spot.get_marker()) == ([120], [0.7], "D")
    assert line(axes, "station-1").get_marker() == "o"
    assert set(line(axes, "common").get_ydata()) == {0.9}
    for level in (0.95, 0.998):
        drawn, expected = line(axes, f"low-{level:g}"), binomial_interpolated([100], 0.9, level)
        assert drawn.get_ydata()[list(drawn.get_xdata()).index(100)] == pytest.approx(expected.low[0])
    assert "2 乙站" in words(axes) and "1" in words(axes) and "1 甲站" not in words(axes)


def test_a_hidden_station_is_named_as_not_drawn():
    axes = draw(funnel(FunnelPoint(1, "甲站", 100, 0.93), FunnelPoint(2, "乙站", 6, None, hidden=HIDDEN)))

    assert "station-2" not in names(axes)
    assert any("没有画出：2 乙站（基数不足，不公布）" in text for text in words(axes))


@pytest.mark.parametrize("common", [0.0, 1.0])
def test_where_everybody_or_nobody_is_satisfied_there_are_no_limits(common):
    axes = draw(funnel(FunnelPoint(1, "甲站", 100, common), common=common))

    assert names(axes) == {"common", "station-1"}
    low, high = axes.get_ylim()
    assert low <= common <= high


def test_labels_of_many_stations_cover_neither_each_other_nor_a_point():
    points = [FunnelPoint(number, f"第{number}站", 100 + number % 4, 0.85 + number / 400) for number in range(1, 41)]  # fmt: skip
    axes = draw(funnel(*points))

    labels = [text for text in axes.texts if text.get_text().isdigit()]
    boxes = [text.get_window_extent() for text in labels]
    assert len(labels) > 10
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])


def trend(*points):
    return TrendChart(HEAD, "满意率", 0.95, points)


@SHEETS
def test_rounds_stand_side_by_side_and_only_what_may_be_compared_is_joined(sheet):
    rates = [Rate(value, value - 0.08, value + 0.04, 100) for value in (0.8, 0.85, 0.9)]
    axes = draw(
        trend(
            TrendPoint("2023 年评估", "2023-04", rates[0]),
            TrendPoint("2024 年评估", "2024-04", rates[1]),
            TrendPoint("2025 年评估", "2025-04", rates[2], other_definition=True),
        ),
        sheet,
    )

    assert [list(line(axes, f"rate-{place}").get_ydata()) for place in range(3)] == [[0.8], [0.85], [0.9]]
    assert list(line(axes, "limits-0").get_ydata()) == [pytest.approx(0.72), pytest.approx(0.84)]
    assert "joined-0" in names(axes) and "joined-1" not in names(axes) and "break-1" in names(axes)
    assert inside_the_sheet(axes) == []


def test_a_hidden_round_leaves_a_gap_with_its_reason():
    axes = draw(trend(TrendPoint("甲", "", Rate(0.8, 0.7, 0.9, 100)), TrendPoint("乙", "", None, HIDDEN)))

    assert "rate-1" not in names(axes) and any("基数不足" in text for text in words(axes))


def test_lines_break_at_blanks_and_not_before_a_closing_mark():
    with pen(""):
        size = 10.0
        lines = wrapped("满意率在这里，说明如下。Two words of English", size, 70)

        assert all(width_of(part, size) <= 80 for part in lines)
    assert "".join(lines).replace(" ", "") == "满意率在这里，说明如下。TwowordsofEnglish"
    assert not any(part[0] in "，。" for part in lines)
    assert all(any(word in part for part in lines) for word in ("Two", "words", "of", "English"))
