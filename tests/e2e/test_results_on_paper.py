"""Results on paper: the brief is one sheet of A4 in both languages, and no chart is cut by the end of a page."""

import re

import pytest
from axe import pixels_beyond, serious_faults
from build_results import DISSATISFIED, SATISFIED, make_survey

pytestmark = pytest.mark.appearance

ANSWERS = {"C2": "1 2 3", "F2": "4", "F5": "5", "G2": "4", "G3": "5"}
A4 = 297 / 25.4 * 96 - 2 * 10 / 25.4 * 96  # what the margins leave of a sheet, in CSS pixels


@pytest.fixture
def round_(live):
    """The full form, fifteen zones of which two are hidden: the most that the brief has to hold."""
    zones = {f"{name}片区": 60 for name in "一二三四五六七八九十甲乙丙丁戊"}
    with live.session() as session:
        survey = make_survey(session, live.vault, zones, dict.fromkeys(zones, 20), questionnaire="full")
        for place, zone in enumerate(zones):
            for number in range(6 if place in (2, 5) else 14):
                survey.interview((SATISFIED if number % 5 else DISSATISFIED) | ANSWERS, stratum=zone)
    return survey.round_


@pytest.fixture
def evaluator(live, page):
    live.sign_in(page, live.person("evaluator", "何评估"))
    return page


def look_at(live, page, round_, path, language):
    page.goto(f"{live.url}/rounds/{round_.id}/{path}")
    other = page.locator(f".site-tools button[lang={language}]")
    if other.count():
        other.click()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 100)")


def pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_brief_is_one_page_and_fit_to_be_heard(language, live, evaluator, round_):
    look_at(live, evaluator, round_, "brief", language)
    assert serious_faults(evaluator) == []

    assert pages(evaluator.pdf(prefer_css_page_size=True)) == 1
    evaluator.emulate_media(media="print")
    evaluator.set_viewport_size({"width": 695, "height": 1000})
    ends = evaluator.locator(".brief .end").bounding_box()
    assert ends["y"] + ends["height"] <= A4


def test_no_chart_of_the_results_is_higher_than_a_page_or_cut(live, evaluator, round_):
    look_at(live, evaluator, round_, "results", "zh")
    assert serious_faults(evaluator) == []

    evaluator.emulate_media(media="print")
    evaluator.set_viewport_size({"width": 688, "height": 1000})
    styles = evaluator.evaluate(
        "[...document.querySelectorAll('figure.chart')].map("
        "one => [getComputedStyle(one).breakInside, one.getBoundingClientRect().height])"
    )
    assert len(styles) == 6
    assert all(inside == "avoid" and height < 1000 for inside, height in styles)


@pytest.mark.parametrize("path", ["results", "brief"])
def test_on_a_telephone_the_narrow_charts_come_and_nothing_sticks_out(path, live, evaluator, round_):
    evaluator.set_viewport_size({"width": 390, "height": 844})
    look_at(live, evaluator, round_, path, "zh")

    shown = evaluator.evaluate(
        "[...document.querySelectorAll('figure.chart img')].map(one => one.currentSrc)"
    )
    assert shown and all("size=narrow" in address for address in shown)
    assert pixels_beyond(evaluator) == 0
    assert serious_faults(evaluator) == []
