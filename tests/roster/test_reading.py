"""Opening files: every encoding and lock that stations use, and a clear refusal of everything else."""

import io
import zipfile

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from roster.books import roster_of, text, workbook
from survey.errors import Unreadable
from survey.roster import archive, reading
from survey.roster.layout import guess_layout
from survey.roster.reading import read_book

ROWS = [
    ["户编号", "姓名", "社区", "联系电话"],
    ["A1", "陈镕", "东约社区", "13900000001"],
    ["A2", "李堃", "东约社区", "无"],
]
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)) * 40


def locked(data, password):
    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, stream)
    return stream.getvalue()


def code_of(data, name="名册.xlsx", password=None):
    with pytest.raises(Unreadable) as caught:
        guess_layout(read_book(data, name, password))
    assert name in str(caught.value) and "\n" not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，"])
def test_text_is_read_in_every_encoding_and_with_every_separator(encoding, delimiter):
    roster = roster_of(text(ROWS, delimiter, encoding), "名册.csv")
    assert [(h.code, h.head_name) for h in roster.households] == [("A1", "陈镕"), ("A2", "李堃")]


def test_tab_text_named_xls_is_read_by_its_content():
    assert len(roster_of(text(ROWS, "\t", "gb18030"), "名册.xls").households) == 2


def test_quoted_cells_may_hold_separators_and_line_ends():
    data = '户编号,姓名,联系电话,备注\r\nA1,陈镕,"13900000001,020-86000001","空挂户\r\n联系不上"\r\n'.encode()
    roster = roster_of(data, "名册.csv")
    assert [p.kind for p in roster.problems] == ["several_phones", "note_hukou_only"]


def test_a_locked_workbook_opens_with_its_password():
    data = locked(workbook({"名册": ROWS}), "三元里2025")
    assert len(read_book(data, "名册.xlsx", "三元里2025").sheets[0].rows) == 3


def test_a_locked_workbook_asks_for_its_password():
    assert code_of(locked(workbook({"名册": ROWS}), "secret")) == "password-needed"


def test_a_wrong_password_is_named_as_such():
    assert code_of(locked(workbook({"名册": ROWS}), "secret"), password="guess") == "password-wrong"


@pytest.mark.parametrize("name", ["名册.xlsx", "名册.csv", "名册.xls"])
def test_a_photo_with_another_extension_is_no_workbook(name):
    assert code_of(PHOTO, name) == "not-a-workbook"


def test_a_web_page_saved_as_xls_is_named_as_such():
    assert code_of(b"<html><table><tr><td>1</td></tr></table></html>", "a.xls") == "not-a-workbook"


def test_another_zip_file_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as other:
        other.writestr("word/document.xml", "<w/>")
    assert code_of(stream.getvalue()) == "not-a-workbook"


@pytest.mark.parametrize("cut", [30, 400, 2000, -40])
def test_a_truncated_workbook_is_damaged(cut):
    assert code_of(workbook({"名册": ROWS})[:cut]) == "damaged-workbook"


def test_an_empty_file_is_empty():
    assert code_of(b"") == "empty-file"


def test_an_empty_sheet_is_named():
    with pytest.raises(Unreadable, match="空表一") as caught:
        read_book(workbook({"空表一": []}), "名册.xlsx")
    assert caught.value.code == "empty-sheet"


def test_a_table_that_is_no_roster_is_refused():
    prices = [["商品", "单价", "数量"], ["大米", 5.2, 10], ["食油", 60, 3]]
    assert code_of(workbook({"价目": prices})) == "no-table"


def test_a_roster_without_rows_is_refused():
    with pytest.raises(Unreadable) as caught:
        roster_of(workbook({"名册": ROWS[:1]}))
    assert caught.value.code == "no-rows"


#: stands for a long name; in ASCII, which every writer of XML leaves as it is
SHORT = "short-name"


@pytest.mark.parametrize("name", ["名册.csv", "名册.xlsx"])
def test_five_megabytes_in_one_cell_are_refused_with_their_row(name):
    rows = [*ROWS, ["A3", "何" * 5_000_000 if name.endswith("csv") else SHORT, "东约社区", ""]]
    data = text(rows) if name.endswith("csv") else inflated(workbook({"名册": rows}))
    with pytest.raises(Unreadable, match="第 4 行") as caught:
        read_book(data, name)
    assert caught.value.code == "cell-too-long"


def inflated(data):
    """openpyxl cuts long texts, so the text is made long in the file itself."""
    source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            target.writestr(part, source.read(part).replace(SHORT.encode(), ("何" * 5_000_000).encode()))
    return stream.getvalue()


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 3000)
    assert code_of(workbook({"名册": ROWS})) == "too-large"


def test_a_cell_far_outside_the_table_is_refused_before_it_costs_memory():
    far = workbook({"名册": ROWS})
    source, stream = zipfile.ZipFile(io.BytesIO(far)), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for part in source.namelist():
            target.writestr(part, source.read(part).replace(b'r="D3"', b'r="XFD1048576"'))
    assert code_of(stream.getvalue()) == "too-large"


def test_a_cell_far_to_the_right_of_a_short_table_is_read():
    wide = [[*row, *[""] * 300, "x"] for row in ROWS]
    assert len(roster_of(workbook({"名册": wide})).households) == 2


def test_a_file_beyond_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MAX_FILE", 100)
    assert code_of(workbook({"名册": ROWS})) == "too-large"


def test_text_in_no_known_encoding_is_refused_with_its_row():
    with pytest.raises(Unreadable, match="第 2 行") as caught:
        read_book("姓名,联系电话\r\n".encode("gb18030") + b"\xff\xff\xff,13900000001\r\n", "名册.csv")
    assert caught.value.code == "encoding-unknown"
