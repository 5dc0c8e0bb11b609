"""The Word report: every number is the one of the statistics, nothing hidden is in it, and the template may be replaced."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from build import NOON
from build_report import content, filled, paragraphs, read, report, tables
from build_results import DISSATISFIED, SATISFIED, make_survey
from build_themes import say

from survey.errors import Invalid
from survey.reports import word
from survey.reports.word_check import check_template, sample
from survey.reports.word_template import default_template
from survey.services.results import round_results
from survey.services.themes import theme_results
from survey.stats.rounding import fixed, percent

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
DIGEST = re.compile(r"[0-9a-f]{16,}")  # may hold any eleven digits
RATES = ("表 总体与分项的比率、区间与得分", "表 问题解决、能力提升、支持网络", "表 知晓与接触")


@pytest.fixture
def survey(session, vault):
    made = make_survey(
        session, vault, {"一片区": 500, "二片区": 547}, {"一片区": 70, "二片区": 70}, questionnaire="full"
    )
    for zone in ("一片区", "二片区"):
        for number in range(44):
            answers = DISSATISFIED if number % 7 == 0 else SATISFIED
            made.interview(answers | {"F4": str(number % 5 + 1), "G2": "4", "C2": "1 2 3"}, stratum=zone)
    for number in range(14):
        kinds = [("praise", "HOME_VISIT")] if number else [("complaint", "BROKEN_APPOINTMENT")]
        say(made, *kinds, answers=SATISFIED, stratum="一片区")
    made.finish("D12", "一片区")
    return made


def shown(rate):
    return [
        f"{percent(rate.value)}%", f"{percent(rate.low)}–{percent(rate.high)}%", str(rate.n), f"{rate.N:,}",
    ]  # fmt: skip


def test_rates_intervals_bases_and_scores_are_those_of_the_results(survey):
    found = tables(report(survey))
    answers = round_results(survey.session, survey.round_).answers
    parts = ((answers.overall, *answers.items), answers.trio, answers.reach)

    for caption, figures in zip(RATES, parts, strict=True):
        rows = found[caption]
        assert len(rows) == len(figures) > 0
        for row, figure in zip(rows, figures, strict=True):
            if figure.rate is None or figure.rate.value is None:
                assert row[2] == "—"
                continue
            assert row[2:6] == shown(figure.rate), row
            assert row[6] == (fixed(figure.score.value) if figure.score else "—")


def test_zones_are_those_of_the_results_under_the_whole(survey):
    rows = tables(report(survey))["表 各片区的总体比率"]
    answers = round_results(survey.session, survey.round_).answers

    assert rows[0][2:6] == shown(answers.overall.rate)
    for row, zone in zip(rows[1:], answers.zones, strict=True):
        assert row[0] == zone.name and row[2:6] == shown(zone.figures["H1"].rate)


def test_outcomes_add_up_to_those_released_and_rates_name_their_parts(survey):
    found, table = tables(report(survey)), round_results(survey.session, survey.round_).outcomes

    *lines, total = [row[-1] for row in found["表 发放各户的结果"]]
    assert [int(n) for n in lines] == [line.n for line in table.lines]
    assert int(total) == sum(map(int, lines)) == table.released
    assert [row[1:3] for row in found["表 应答率与相关比率"]] == [
        [f"{percent(one.value)}%", f"{one.part} ÷ {one.whole}"] for one in table.shares
    ]


def test_answers_are_counted_as_in_the_results(survey):
    rows = {row[0]: row for row in tables(report(survey))["表 各答案的户数"]}
    figure = round_results(survey.session, survey.round_).answers.overall

    expected = "；".join(f"{one.label['zh']} {one.n}" for one in figure.counts)
    assert rows["总体满意度"][1:] == [expected, str(figure.n)]


def test_themes_are_those_of_the_codings_and_one_or_two_are_not_counted_in_public(survey):
    rows = {row[1]: row for row in tables(report(survey))["表 主题：提到的受访户"]}
    found = {row.theme: row for row in theme_results(survey.session, survey.round_).rows}

    visit = found["HOME_VISIT"]
    assert rows["上门探访"][2:4] == [str(visit.n), f"{percent(visit.rate.value)}%"]
    assert rows["约定未落实"][2:5] == ["不足 3", "—", "—"]


def numbers_of(value):
    """Every way in which a value of the results may stand in a text."""
    if isinstance(value, dict):
        return set().union(*map(numbers_of, value.values()), set())
    if isinstance(value, list | tuple):
        return set().union(*map(numbers_of, value), set())
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, int):
        return {str(value), f"{value:,}"}
    if isinstance(value, float):
        return {percent(value), percent(value, 0), fixed(value)}
    return set(NUMBER.findall(str(value)))


def test_no_number_stands_in_the_report_that_is_none_of_the_results(survey):
    made = content(survey)
    themes = theme_results(survey.session, survey.round_)
    known = numbers_of(made.document) | numbers_of(
        [made.remarks.coded, made.remarks.uncoded, themes.respondents]
    )
    for row in themes.rows:
        known |= numbers_of([row.n, row.rate.value, row.rate.low, row.rate.high] if row.rate else [row.n])
    day = NOON.date()
    known |= {str(n) for n in (day.year, day.month, day.day)} | {
        "95",
        "256",
        "10",
        "30",
        "100",
        "0",
        "1",
        "2",
        "3",
        "5",
    }
    document = read(filled(made))
    cover_and_checks = ("", "表 可复核的依据", "表 发放记录", "表 报告用词与户数的对应")
    texts = paragraphs(document) + [
        cell
        for caption, rows in tables(document).items()
        if caption not in cover_and_checks
        for row in rows
        for cell in row
    ]

    unknown = {number for text in texts for number in NUMBER.findall(text) if number.strip(",") not in known}

    assert {one for one in unknown if not re.fullmatch(r"0?\d", one)} == set()


def test_a_hidden_figure_has_its_reason_and_no_number(session, vault):
    survey = make_survey(session, vault, {"一片区": 300}, {"*": 40})
    survey.interviews(6, 1)

    row = tables(report(survey))[RATES[0]][0]

    assert row[2:5] == ["—", "—", "—"] and "基数不足" in row[7]
    assert "85.7%" not in "".join(paragraphs(report(survey)))


def test_pictures_say_in_words_what_they_show(survey):
    made = word.write(content(survey))
    xml = ZipFile(BytesIO(made)).read("word/document.xml").decode()

    described = re.findall(r'<wp:docPr descr="([^"]+)"', xml)
    assert len(described) == len(read(made).inline_shapes) >= 4
    assert all(len(one) > 20 for one in described)


def test_the_page_is_a4_with_page_numbers_and_heads_that_repeat():
    document = read(default_template())
    section = document.sections[0]

    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    assert "PAGE" in section.footer._element.xml and "NUMPAGES" in section.footer._element.xml
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in document.tables)
    fonts = ZipFile(BytesIO(default_template())).read("word/fontTable.xml").decode()
    assert 'w:name="宋体"' in fonts and 'w:name="黑体"' in fonts and "w:altName" in fonts


def test_a_round_without_interviews_makes_a_report_too(session, vault):
    survey = make_survey(session, vault, {"一片区": 300}, {"*": 40})

    texts = paragraphs(report(survey))

    assert "本轮调查没有可列的内容。" in texts and "还没有计入的访问。" in texts


def test_nobody_is_named_in_it(survey):
    document = report(survey)
    everything = DIGEST.sub("", "".join(paragraphs(document)) + str(tables(document)))

    assert not re.search(r"H-[0-9A-Z]{6,}|1[3-9]\d{9}|原话：", everything)


def changed(old, new):
    """The shipped template with one thing written otherwise."""
    made = BytesIO()
    with ZipFile(BytesIO(default_template())) as package, ZipFile(made, "w") as other:
        for name in package.namelist():
            text = package.read(name)
            if name == "word/document.xml":
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode())
            other.writestr(name, text)
    return made.getvalue()


def test_the_shipped_template_is_a_template():
    check_template(default_template())


def test_a_template_of_ones_own_is_filled_with_the_same_facts(survey):
    own = changed("附件：满意度调查情况", "附录：{{ commissioner }}")

    check_template(own)
    assert "附录：某街道办事处" in paragraphs(read(filled(content(survey), own)))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("{{ execution }}", "{{ exekution }}", "exekution"),
        ("{{ row.measure }}", "{{ row.mesure }}", "mesure"),
        ("{{ notes.zones }}", "{{ notes.zone }}", "zone"),
        ("{{ execution }}", "{% if execution }", "{% if execution }"),
        ("{%p endfor %}", "{%p endfr %}", "endfr"),
        ("{{ execution }}", "{{ execution.__class__ }}", "__class__"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_by_the_name_of_the_placeholder(old, new, named):
    with pytest.raises(Invalid) as refused:
        check_template(changed(old, new))

    assert refused.value.code.startswith("template-") and named in str(refused.value)


@pytest.mark.parametrize("file", [b"", b"no zip", b"PK\x03\x04"])
def test_what_is_no_word_file_is_refused(file):
    with pytest.raises(Invalid, match="不是 Word 的"):
        check_template(file)


def test_a_template_with_macros_or_with_links_to_elsewhere_is_refused():
    macros = BytesIO(default_template())
    with ZipFile(macros, "a") as package:
        package.writestr("word/vbaProject.bin", b"x")
    link = '<Relationships><Relationship Id="a" Type="http://x/attachedTemplate" Target="http://x" TargetMode="External"/></Relationships>'
    links = BytesIO(default_template())
    with ZipFile(links, "a") as package:
        package.writestr("word/_rels/settings.xml.rels", link)

    for file, why in ((macros, "有宏"), (links, "从别处载入")):
        with pytest.raises(Invalid, match=why):
            check_template(file.getvalue())


def test_the_sample_holds_every_placeholder_that_a_report_fills(survey):
    from survey.reports.word_context import context_of

    filled = context_of(content(survey))

    assert filled.keys() == sample().keys() and filled["notes"].keys() == sample()["notes"].keys()
    for name, rows in filled.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            assert rows[0].keys() == sample()[name][0].keys(), name
