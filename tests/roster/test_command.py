"""`survey roster check` as programs and people use it."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from roster.books import workbook
from survey.cli import main, survey

ROWS = [
    ["户编号", "姓名", "社区", "联系电话", "小名"],
    ["A1", "陈一", "东约社区", "138****1234", "阿一"],
    ["A2", "李二", "东约社区", "13900000002", ""],
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "名册.xlsx"
    path.write_bytes(workbook({"一片区": ROWS}))
    return path


def run(*arguments, text=None):
    return CliRunner().invoke(
        survey, ["roster", "check", *map(str, arguments)], input=text, catch_exceptions=False
    )


def test_json_has_exactly_the_promised_shape(file):
    document = json.loads(run(file, "--json").output)
    assert document == {
        "households": 2,
        "persons": 2,
        "communities": [{"zone": "一片区", "community": "东约社区", "households": 2, "persons": 2}],
        "problems": [
            {
                "kind": "phone_invalid",
                "sheet": "一片区",
                "row": 2,
                "household": "A1",
                "value": "138****1234",
                "message": "号码“138****1234”无法拨打。请向社工站索取完整、未遮盖的号码。",
            }
        ],
        "notices": [],
    }


def test_the_report_names_counts_rows_remedies_and_columns_left_out(file):
    output = run(file).output
    for part in ("2 户，2 人", "一片区 东约社区", "第 2 行 A1", "索取完整", "不保存的栏目", "小名"):
        assert part in output


def test_a_column_can_be_named_on_the_command_line(file):
    assert "小名" not in run(file, "--columns", "小名=salutation").output


def test_the_password_comes_from_standard_input(tmp_path):
    from roster.test_reading import locked

    path = tmp_path / "加密.xlsx"
    path.write_bytes(locked(workbook({"名册": ROWS}), "secret"))
    assert "2 户" in run(path, "--password-stdin", text="secret\n").output


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0photo", None])
def test_a_file_that_cannot_be_read_ends_with_one_line_and_code_2(tmp_path, capsys, content):
    path = tmp_path / "照片.xlsx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main(["roster", "check", str(path)])
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert "照片.xlsx" in err


def test_help_loads_no_reader():
    code = "import sys, survey.commands.roster; print([m for m in ('numpy','flask','python_calamine','phonenumbers','msoffcrypto') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
