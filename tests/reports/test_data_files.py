import csv
import io
import json
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from build import NOON
from build_export import CHINESE, content_of, english, export_file
from build_results import DISSATISFIED, SATISFIED, make_survey

from survey.errors import Invalid, Unreadable
from survey.reports import bundle, export, spss, workbook
from survey.reports.csv_file import harmless, write_csv
from survey.services import definitions
from survey.stats.definition import DEFAULT
from survey.stats.points import Kind, PointsRule

FORMULA = '=HYPERLINK("http://x")，来得少'


@pytest.fixture
def survey(session, vault):
    """With words that a spreadsheet would compute, in the first of 14 interviews."""
    made = make_survey(session, vault, {"一片区": 100}, {"*": 40}, questionnaire="full")
    made.interview(DISSATISFIED, words={"H1a": FORMULA})
    made.look_at_words()
    made.interviews(13)
    return made


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def sheet_of(path, name):
    return list(openpyxl.load_workbook(path)[name].iter_rows())


def column(path, name):
    """The cells of a column of the data sheet."""
    head, *rows = sheet_of(path, "数据")
    place = [cell.value for cell in head].index(name)
    return [row[place] for row in rows]


def test_csv_begins_with_a_byte_order_mark_so_that_excel_reads_chinese(survey, tmp_path):
    data = export_file(survey, tmp_path, "csv").read_bytes()

    assert data.startswith(b"\xef\xbb\xbfrow,stratum,") and "一片区".encode() in data


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@x", "\tx", "\rx", "\n=x", "＝1"])
def test_csv_puts_an_apostrophe_before_what_would_be_a_formula(text):
    file = io.BytesIO()
    write_csv(file, ["a"], [[text]], CHINESE)

    (_head, row) = csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""))
    assert row == ["'" + text]


def test_harmless_text_and_numbers_stay_as_they_are():
    file = io.BytesIO()
    write_csv(file, ["a", "b", "c"], [["来得少", -1.5, None]], CHINESE)

    assert file.getvalue().decode("utf-8-sig") == "a,b,c\r\n来得少,-1.5,\r\n"
    assert harmless("H-12") == "H-12"


def test_words_that_look_like_a_formula_are_text_in_the_workbook(survey, tmp_path):
    cells = column(export_file(survey, tmp_path, "xlsx", words=True), "H1a")

    (found,) = [cell for cell in cells if cell.value]
    assert (found.value, found.data_type) == (FORMULA, "s")


def test_words_that_look_like_a_formula_are_marked_in_csv(survey, tmp_path):
    words = [row["H1a"] for row in rows_of(export_file(survey, tmp_path, "csv", words=True))]

    assert sorted(filter(None, words)) == ["'" + FORMULA]


def test_telephone_numbers_are_text_in_the_workbook(survey, tmp_path):
    cells = column(export_file(survey, tmp_path, "xlsx", identified=True), "phones")

    assert all(cell.data_type == "s" and cell.value.isdecimal() for cell in cells) and len(cells) == 14


def test_the_workbook_has_its_five_sheets_in_both_languages(survey, tmp_path):
    chinese = openpyxl.load_workbook(export_file(survey, tmp_path, "xlsx"))
    speaking = openpyxl.load_workbook(export_file(survey, tmp_path, "xlsx", english()))

    assert chinese.sheetnames == ["数据", "编码本", "结果", "执行情况", "方法"]
    assert speaking.sheetnames == ["Data", "Codebook", "Results", "Fieldwork outcomes", "Method"]
    assert chinese.active.title == "结果" and chinese["数据"].freeze_panes == "B2"


def test_the_workbook_draws_native_charts_with_error_bars(survey, tmp_path):
    path = export_file(survey, tmp_path, "xlsx")

    with zipfile.ZipFile(path) as book:
        charts = [book.read(name).decode() for name in book.namelist() if "charts/chart" in name]
    assert sum("c:errBars" in chart for chart in charts) == 1
    assert sum("percentStacked" in chart for chart in charts) == 2


def test_every_variable_is_explained_in_the_codebook(survey, tmp_path):
    path = export_file(survey, tmp_path, "xlsx", words=True, identified=True)

    explained = [row[0].value for row in sheet_of(path, "编码本")[1:]]
    assert explained == [cell.value for cell in sheet_of(path, "数据")[0]]


def test_the_method_sheet_computes_the_headline_from_the_data_sheet(survey, tmp_path):
    cells = [cell for row in sheet_of(export_file(survey, tmp_path, "xlsx"), "方法") for cell in row]

    (formula,) = [cell.value for cell in cells if cell.data_type == "f"]
    assert (
        formula
        == "=SUMIFS('数据'!$F$2:$F$15,'数据'!$L$2:$L$15,1)/SUMIFS('数据'!$F$2:$F$15,'数据'!$K$2:$K$15,1)"
    )


def test_many_interviews_are_written_row_by_row_with_the_same_content(survey, tmp_path, monkeypatch):
    at_once = sheet_of(export_file(survey, tmp_path, "xlsx"), "数据")
    monkeypatch.setattr(workbook, "MANY", 5)
    by_row = sheet_of(export_file(survey, tmp_path, "xlsx"), "数据")

    assert [[c.value for c in row] for row in by_row] == [[c.value for c in row] for row in at_once]


def test_more_rows_than_a_sheet_holds_are_refused_with_a_way_out(survey, tmp_path, monkeypatch):
    few = export.Format("", "", workbook.write, most=10)
    monkeypatch.setattr(export, "FORMATS", {"xlsx": few})

    with pytest.raises(Invalid) as refusal:
        export_file(survey, tmp_path, "xlsx")
    assert refusal.value.code == "too-many-rows" and "csv" in str(refusal.value)
    assert not (tmp_path / "round.xlsx").exists()


def test_an_unknown_kind_of_file_is_refused(survey, tmp_path):
    with pytest.raises(Invalid) as refusal:
        export_file(survey, tmp_path, "docx")

    assert "xlsx csv sav zip" in str(refusal.value)


@pytest.fixture
def read_sav(tmp_path):
    import pyreadstat

    def read(survey, **values):
        return pyreadstat.read_sav(str(export_file(survey, tmp_path, "sav", **values)), user_missing=True)

    return read


def test_spss_gets_labels_measures_and_missing_values(survey, read_sav):
    frame, meta = read_sav(survey)

    assert len(frame) == 14 and meta.column_names_to_labels["proxy"] == "代答"
    assert meta.variable_value_labels["H1"][5.0] == "非常满意"
    assert meta.missing_ranges["H1"] == [{"lo": 8.0, "hi": 8.0}, {"lo": 9.0, "hi": 9.0}]
    measures = meta.variable_measure
    assert (measures["H1"], measures["zone"], measures["weight"]) == ("ordinal", "nominal", "scale")


def test_spss_holds_the_numbers_of_the_csv(survey, read_sav, tmp_path):
    frame, _meta = read_sav(survey)
    rows = rows_of(export_file(survey, tmp_path, "csv"))

    assert [float(row["weight"]) for row in rows] == frame["weight"].tolist()
    assert [row["zone"] for row in rows] == frame["zone"].tolist()
    assert [row["H1"] or "nan" for row in rows] == [f"{value:g}" for value in frame["H1"]]


def test_spss_with_nobody_interviewed_has_variables_and_no_rows(session, vault, read_sav):
    nobody = make_survey(session, vault, {"一片区": 100}, {"*": 40})

    frame, _meta = read_sav(nobody)

    assert len(frame) == 0 and "weight" in frame.columns


def test_without_the_parts_for_spss_the_remedy_is_named(survey, tmp_path, monkeypatch):
    monkeypatch.setattr(spss, "find_spec", lambda name: None)

    with pytest.raises(Unreadable) as refusal:
        export_file(survey, tmp_path, "sav")
    assert "pip install 'huifang[spss]'" in str(refusal.value)


def test_the_archive_holds_everything_that_the_scripts_read(survey, tmp_path):
    with zipfile.ZipFile(export_file(survey, tmp_path, "zip")) as archive:
        names = set(archive.namelist())
        document = json.loads(archive.read("results.json"))
        readme = archive.read("README.txt").decode("utf-8-sig")

    tables = {"data.csv", "strata.csv", "definition.csv", "codebook.csv"}
    assert names == tables | {"results.json", "README.txt", *bundle.SCRIPTS}
    assert document["headline"]["rate"]["n"] == 14 and "不得与其他资料比对" in readme


def test_where_rows_are_withheld_the_archive_says_so_and_holds_none(session, vault, tmp_path):
    few = make_survey(session, vault, {"一片区": 100}, {"*": 40})
    few.interviews(5)

    with zipfile.ZipFile(export_file(few, tmp_path, "zip")) as archive:
        definition = archive.read("definition.csv").decode("utf-8-sig")
        data = archive.read("data.csv").decode("utf-8-sig")
        readme = archive.read("README.txt").decode("utf-8-sig")
    assert "withheld,计入的访问或作出评价的户少于 10 户" in definition
    assert len(data.splitlines()) == 1 and "逐户数据不导出" in readme


def test_a_hidden_figure_of_a_zone_leaves_no_number_but_the_size_of_the_zone(session, vault, tmp_path):
    zones = {"一片区": 60, "二片区": 61}
    hiding = make_survey(session, vault, zones, {"一片区": 40, "二片区": 40})
    hiding.interviews(35, 0, "一片区")
    hiding.interviews(1, 0, "二片区")
    for _ in range(19):
        hiding.interview(SATISFIED | {"F1": "8"}, stratum="二片区")

    rows = [[cell.value for cell in row] for row in sheet_of(export_file(hiding, tmp_path, "xlsx"), "结果")]

    (hidden,) = [row for row in rows if row[0] == "二片区 · 态度"]
    assert [value for value in hidden if isinstance(value, int | float)] == [61] and hidden[8] == 61


def test_points_stand_in_the_workbook_unrounded(session, vault, tmp_path):
    rule = PointsRule(Kind.PROPORTIONAL, maximum=10)
    version = definitions.new_version(session, replace(DEFAULT, points=rule), NOON)
    made = make_survey(session, vault, {"一片区": 100}, {"*": 40}, definition=version)
    made.interviews(21, 3)

    rows = [[cell.value for cell in row] for row in sheet_of(export_file(made, tmp_path, "xlsx"), "结果")]

    (row,) = [row for row in rows if row[0] == "总体满意率"]
    assert row[2] == pytest.approx(8.75) and row[5] == 10


def test_an_answer_of_the_satisfied_is_a_number_in_every_file(survey, tmp_path):
    assert {row["H1"] for row in rows_of(export_file(survey, tmp_path, "csv"))} == {SATISFIED["H1"], "2"}
    assert {cell.value for cell in column(export_file(survey, tmp_path, "xlsx"), "H1")} == {5, 2}


def test_records_and_results_are_of_the_same_interviews(survey):
    content = content_of(survey)

    assert content.records.total == content.document["sizes"]["counted"]
