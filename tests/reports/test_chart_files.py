"""Charts as files: readable without fonts, by ear, under any content policy, and the same every time."""

import re
from xml.etree import ElementTree

import pytest
from build_charts import intervals, row, typesetting

from survey.errors import Missing
from survey.reports import fonts
from survey.reports.chart_files import as_png, as_svg, describe
from survey.reports.drawing import NARROW, ending

SVG = "{http://www.w3.org/2000/svg}"
CHART = intervals(row("总体满意度", 0.96, 0.904, 0.988), row("专业", None), row("三元里片区", 1.0, 0.9, 1.0))
#: a character of the last extension block: in no font that is likely to be here
RARE = "\U000323af"


def parsed(chart=CHART, language="zh", **values):
    return ElementTree.fromstring(as_svg(chart, typesetting(language), **values))


def test_text_is_drawn_as_paths_so_that_the_reader_needs_no_font():
    found = parsed()

    assert found.findall(f".//{SVG}text") == []
    assert len(found.findall(f".//{SVG}use")) > 20


def test_the_picture_names_itself_and_says_every_figure_in_words():
    found = parsed()

    assert found.get("role") == "img" and found.get("aria-labelledby") == "title desc"
    assert found.find(f"{SVG}title").text == "总体与分项满意率"
    said = found.find(f"{SVG}desc").text
    assert "总体满意度 96.0%（90.4–98.8%） n=100" in said and "专业 基数不足，不公布" in said
    assert "三元里片区 100.0%（90.0–100.0%）" in said


def test_in_english_nothing_but_the_data_is_chinese():
    found = parsed(intervals(row("Overall", 0.96, 0.904, 0.988), row("Professional", None)), "en")

    assert found.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert found.find(f"{SVG}desc").text == "Overall 96.0% (90.4–98.8%) n=100; Professional Base too small, not published"  # fmt: skip


def test_it_holds_no_styles_scripts_or_addresses_outside_itself():
    text = as_svg(CHART, typesetting()).decode()

    assert not re.search(r"<style|\sstyle=|<script|<image|<!DOCTYPE|<metadata|\son\w+=", text)
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', text))
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {
        f"#{one}" for one in re.findall(r'id="([^"]+)"', text)
    }


def test_the_same_chart_gives_the_same_bytes():
    assert as_svg(CHART, typesetting()) == as_svg(CHART, typesetting())
    assert as_png(CHART, typesetting()) == as_png(CHART, typesetting())
    assert as_svg(CHART, typesetting(), NARROW) != as_svg(CHART, typesetting())


def test_the_picture_for_paper_has_200_dots_per_inch():
    data = as_png(CHART, typesetting())

    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20], "big") == 9 * 200
    assert round(int.from_bytes(data[data.index(b"pHYs") + 4 :][:4], "big") / 39.37) == 200


def test_the_font_comes_from_the_installed_package():
    assert fonts.packaged_font().name == "NotoSansSC-Regular.ttf"
    assert fonts.families()[0] == "Noto Sans SC"


def test_a_character_without_a_glyph_becomes_a_mark_with_its_code_and_never_a_box():
    """Were it handed to matplotlib, its warning would fail this test."""
    assert fonts.missing_characters(f"陈{RARE}片区") == RARE and fonts.legible(f"陈{RARE}") == "陈〓"
    rare = intervals(row(f"{RARE}片区", 0.9, 0.8, 0.95))

    as_svg(rare, typesetting())

    assert describe(rare, typesetting()).startswith("〓片区")
    assert ending(rare, typesetting())[-1] == "〓 代替没有字体能写的字（U+323AF），原字见旁边的表"


def test_what_has_no_shape_of_its_own_is_left_out():
    assert fonts.legible("一\u200b片\x07区\ufeff") == "一片区" and fonts.missing_characters("\u200b") == ""


def test_a_rare_character_is_taken_from_whatever_font_of_the_system_holds_it(monkeypatch):
    monkeypatch.setattr(fonts, "families", lambda: ("Noto Sans SC",))
    fonts._family_with.cache_clear()

    found = fonts.families_for("陈ა")

    fonts._family_with.cache_clear()
    assert found[0] == "Noto Sans SC" and any("DejaVu" in name for name in found[1:])


def test_without_the_package_a_chinese_font_of_the_system_serves(monkeypatch):
    from matplotlib.font_manager import fontManager

    fonts.families.cache_clear()
    monkeypatch.setattr(fonts, "packaged_font", lambda: None)
    monkeypatch.setattr(fontManager, "get_font_names", lambda: ["DejaVu Sans", "SimHei"])

    found = fonts.families()

    fonts.families.cache_clear()
    assert found == ("SimHei", "DejaVu Sans")


def test_a_machine_without_any_chinese_font_is_told_what_to_install(monkeypatch):
    from matplotlib.font_manager import fontManager

    fonts.families.cache_clear()
    monkeypatch.setattr(fonts, "packaged_font", lambda: None)
    monkeypatch.setattr(fontManager, "get_font_names", lambda: ["DejaVu Sans"])

    with pytest.raises(Missing, match="zhplot"):
        fonts.families()
    fonts.families.cache_clear()
