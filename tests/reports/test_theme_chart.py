"""The chart of themes: which side a bar goes to, its limits, what is left out, and the picture for paper."""

import pytest
from build_charts import HEAD, typesetting
from build_results import make_survey
from build_themes import COAT, CONTENT, LATE, VISIT, say

from survey.reports.chart_files import as_png, describe, figure_of
from survey.reports.charts import Rate, Span, ThemeBar, ThemeChart, ThemeGroup
from survey.reports.drawing import NARROW, WIDE, pen, texts_in
from survey.reports.theme_charts import AT_MOST, theme_chart
from survey.services.themes import theme_results

SHEETS = pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=["wide", "narrow"])


def group(kind, *rates, praises=False):
    bars = tuple(ThemeBar(f"主题{number}", rate) for number, rate in enumerate(rates))
    return ThemeGroup(kind, bars, praises)


def chart(*groups):
    return ThemeChart(HEAD, 0.95, groups)


def draw(made, sheet=WIDE):
    with pen(texts_in(made)):
        figure = figure_of(made, typesetting(), sheet)
        figure.canvas.draw()
    return figure.axes[0]


PRAISE = group("表扬", Rate(0.2, 0.12, 0.3, 100), praises=True)
OTHERS = group("批评", Rate(0.1, 0.05, 0.18, 100))


@SHEETS
def test_praise_goes_to_the_right_and_all_else_to_the_left(sheet):
    axes = draw(chart(PRAISE, OTHERS), sheet)

    assert sorted(bar.get_width() for bar in axes.patches) == pytest.approx([-0.1, 0.2])
    limits = sorted(
        list(line.get_xdata()) for line in axes.lines if (line.get_gid() or "").startswith("limits")
    )
    assert limits == [pytest.approx([-0.05, -0.18]), pytest.approx([0.12, 0.3])]
    left, right = axes.get_xlim()
    assert left == -right, "one scale to both sides"


@pytest.mark.parametrize(("groups", "side"), [((PRAISE,), 0), ((OTHERS,), 1)])
def test_a_side_without_bars_takes_no_room(groups, side):
    assert draw(chart(*groups)).get_xlim()[side] == 0


def test_everybody_still_fits_the_field():
    axes = draw(chart(group("表扬", Rate(1.0, 0.9, 1.0, 40), praises=True)))

    assert axes.get_xlim()[1] >= 1.0


def test_bounds_are_dashed_a_full_count_has_no_line_a_small_base_an_empty_bar():
    rates = (
        Rate(0.2, 0.1, 0.4, 80, Span.BOUNDS),
        Rate(0.2, 0.2, 0.2, 80, Span.POINT),
        Rate(0.2, 0.1, 0.4, 20, flagged=True),
    )
    axes = draw(chart(group("批评", *rates)))

    lines = [line for line in axes.lines if (line.get_gid() or "").startswith("limits")]
    assert len(lines) == 2 and lines[0].get_linestyle() == "--" and lines[1].get_linestyle() == "-"
    assert axes.patches[2].get_facecolor()[:3] == (1, 1, 1) != axes.patches[0].get_facecolor()[:3]
    said = " ".join(text.get_text() for text in axes.figure.texts)
    assert "上下界" in said and "全体结果" in said and "仅供参考" in said


@SHEETS
def test_no_word_leaves_the_sheet(sheet):
    long = ThemeGroup(
        "诉求", (ThemeBar("沟通语言与无障碍以及其他许多方面的需要", Rate(0.1, 0.05, 0.2, 100)),)
    )
    axes = draw(chart(PRAISE, long), sheet)

    whole = axes.figure.bbox
    for text in (*axes.texts, *axes.figure.texts):
        box = text.get_window_extent()
        assert whole.x0 - 1 <= box.x0 and box.x1 <= whole.x1 + 1, text.get_text()


@pytest.fixture
def survey(session, app):
    made = make_survey(session, app.extensions["vault"], {"一片区": 120}, {"*": 100})
    for codes, n in (([VISIT, LATE], 6), ([LATE], 4), ([COAT], 2)):
        for _ in range(n):
            say(made, *codes)
    for _ in range(28):
        made.interview(CONTENT)
    return made


def filled(survey, language="zh"):
    return theme_chart(theme_results(survey.session, survey.round_), survey.round_, language)


def test_it_holds_the_shares_of_the_results_by_kind_without_themes_of_few(survey):
    made = filled(survey)

    shown = {str(one.kind): [(str(bar.name), bar.rate.value) for bar in one.bars] for one in made.groups}
    assert shown == {"表扬": [("上门探访", 0.15)], "批评": [("约定未落实", 0.25)]}
    assert [one.praises for one in made.groups] == [True, False]


def test_it_says_so_while_words_wait_to_be_coded(survey):
    survey.interview(CONTENT, words={"J1": "还没有编"})

    assert any("还有 1 条原话没有编码" in str(note) for note in filled(survey).notes)


def test_of_many_themes_of_a_kind_the_most_frequent_are_drawn(survey):
    keys = [
        "CARE",
        "PRIVACY",
        "COMPETENCE",
        "POLICY_HELP",
        "MICRO_WISH",
        "RESPONSIVENESS",
        "ACTIVITY_FREQ",
        "ACTIVITY_INVITE",
    ]
    for _ in range(3):
        say(survey, *(("praise", key) for key in keys))

    made = filled(survey)

    assert len(made.groups[0].bars) == AT_MOST and str(made.groups[0].bars[0].name) == "上门探访"
    assert any("其余见表" in str(note) for note in made.notes)


def test_it_becomes_a_picture_for_paper_and_the_same_one_again(survey):
    made = filled(survey)

    assert as_png(made, typesetting()).startswith(b"\x89PNG")
    assert as_png(made, typesetting()) == as_png(filled(survey), typesetting())


def test_it_is_told_in_words_in_both_languages(survey):
    assert "表扬 上门探访 15.0%（" in describe(filled(survey), typesetting())
    assert "Home visits 15.0% (" in describe(filled(survey, "en"), typesetting("en"))
