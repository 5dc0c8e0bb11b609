"""`survey stats` on files as they come out of spreadsheets, and on requests that contradict themselves."""

from __future__ import annotations

import json

import pytest

from survey.cli import main


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    """Run `survey stats …` in a folder of its own; answers (exit code, output, errors)."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        try:
            main(["stats", *map(str, arguments)])
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def refused(run):
    def refused(*arguments):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        return err

    return refused


@pytest.fixture
def stats(run):
    def stats(*arguments):
        code, out, err = run(*arguments, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return stats


@pytest.fixture
def write(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "data.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


ANSWER = ("--answer", "y", "--satisfied", "1", "--base", "0,1")


# how files are read


def test_a_line_is_counted_as_an_editor_counts_it(refused, write):
    file = write('\ufeff\r\ny,名,w\r\n1,"两\r\n行",1\r\n\r\n  , ,\r\n0,甲,十\r\n')

    assert "第 7 行“w”是“十”" in refused("estimate", file, *ANSWER, "--weight", "w")


def test_blank_lines_and_spaces_change_nothing(stats, write):
    plain = stats("estimate", write("y,组\n1,甲\n0,甲\n1,乙\n1,乙\n"), *ANSWER, "--by", "组")
    odd = '\r\n y , 组\r\n1 ,"甲"\r\n\r\n 0,甲\r\n , \r\n1,乙 \r\n1,乙\r\n,\r\n'

    assert stats("estimate", write("\ufeff" + odd), *ANSWER, "--by", "组") == plain
    assert stats("estimate", write(odd, "gb18030"), *ANSWER, "--by", "组") == plain


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('y,w\n1,1\n1,"2\n0,2\n', "第 3 行"),
        ("y,w,y\n1,2,1\n", "“y”"),
        ("y,w\n1,1_0\n0,2\n", "第 2 行“w”是“1_0”"),
        ("y,w\n1,1\n0,1e308\n", "第 3 行“w”是“1e308”"),
        ("\n\n", "是空的"),
    ],
    ids=["open quote", "two columns of a name", "underscore", "beyond reckoning", "only blank lines"],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_place(refused, write, text, named):
    message = refused("estimate", write(text), *ANSWER, "--weight", "w")

    assert named in message, message
    assert "data.csv" in message


# requests that contradict themselves


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--satisfied", "", "--base", "0,1"), "--satisfied"),
        (("--satisfied", "1", "--base", "0,1", "--outside", "0"), "编码 0 "),
        (("--satisfied", "1", "--outside", "1"), "编码 1 "),
        (("--satisfied", "1", "--strata", "s"), "--weight"),
        (("--satisfied", "1", "--cluster-population", "N"), "--cluster"),
        (("--satisfied", "1", "--cluster", "s", "--cluster-population", "N"), "--population-column"),
    ],
)
def test_an_estimate_is_not_made_from_half_a_request(refused, write, options, named):
    file = write("y,s,N\n1,a,9\n0,a,9\n1,b,9\n0,b,9\n")

    assert named in refused("estimate", file, "--answer", "y", *options)


@pytest.mark.parametrize(
    ("method", "option"), [("proportional", "--share"), ("power", "--cost"), ("neyman", "--cost")]
)
def test_an_allocation_does_not_pass_over_what_it_was_given(refused, method, option):
    given = ("--share", "A=.9,B=.8") if method == "neyman" else ()
    message = refused(
        "allocate", "--population", "A=10,B=20", "--size", 5, "--method", method, *given, option, "A=.5,B=.4"
    )

    assert method in message and option in message


def test_no_cases_have_no_outcome_rates(refused):
    assert "--counts" in refused("outcomes", "--counts", "I=0,NE=0")


def test_one_household_of_one_has_no_wald_interval(stats):
    assert stats("interval", "--population", 1, "--sample", 1, "--count", 1)["intervals"]["wald"] is None


ISSUED = "id,w,disp\n\nA1,2,I\nA2,2,R\nA3,2,UH\n"
WEIGHTS = ("--base", "w", "--disposition", "disp")


def test_an_unknown_outcome_is_named_with_its_line(refused, write, tmp_path):
    message = refused("weights", write(ISSUED.replace("UH", "ZZ")), *WEIGHTS, "--out", tmp_path / "w.csv")

    assert "第 5 行“disp”" in message and "“ZZ”" in message


@pytest.mark.parametrize("option", ["--frame", "--bounds"])
def test_weights_without_margins_are_not_taken_for_calibrated_ones(refused, write, tmp_path, option):
    file, value = write(ISSUED), ".5,2"

    assert option in refused("weights", file, *WEIGHTS, option, value, "--out", tmp_path / "w.csv")


def test_the_file_that_is_read_is_never_written_over(refused, write):
    file = write(ISSUED)

    assert "data.csv" in refused("weights", file, *WEIGHTS, "--out", "data.csv")
    assert file.read_text(encoding="utf-8") == ISSUED


# a census in which not everybody answered


def census(answers):
    return "y,N,s\n" + "".join(f"{answer},10,甲\n" for answer in answers)


POPULATION = (*ANSWER, "--strata", "s", "--population-column", "N")


def test_a_census_is_a_point_only_when_everybody_answered(stats, run, write):
    full = stats("estimate", write(census("1111111100")), *POPULATION)["overall"]
    assert (full["default"], full["se"], full["intervals"]["census"]) == ("census", 0, [0.8, 0.8])
    assert "note" not in full

    silent = ["1"] * 6 + ["0"] * 2 + ["", ""]
    found = stats("estimate", write(census(silent)), *POPULATION)["overall"]
    assert (found["n"], found["estimate"], found["se"]) == (8, 0.75, None)
    assert "census" not in found["intervals"]
    low, high = found["intervals"][found["default"]]
    assert low < 0.6 and high > 0.9
    assert "甲" in found["note"] and "2 户" in found["note"]

    assert found["note"] in run("estimate", write(census(silent)), *POPULATION)[1]


def test_a_household_outside_the_base_of_a_census_is_no_silent_one(stats, write):
    found = stats("estimate", write(census("1111110088")), *POPULATION, "--outside", "8")["overall"]

    assert (found["default"], found["estimate"]) == ("census", 0.75)


def test_only_the_groups_of_a_census_with_silent_households_lose_their_point(stats, write):
    rows = "y,N,s\n1,3,甲\n0,3,甲\n1,3,甲\n1,3,乙\n0,3,乙\n,3,乙\n1,9,丙\n0,9,丙\n"
    found = stats("estimate", write(rows), *POPULATION, "--by", "s")

    assert found["by"]["s"]["甲"]["default"] == "census"
    assert found["by"]["s"]["乙"]["se"] is None and "乙" in found["by"]["s"]["乙"]["note"]
    assert "note" not in found["by"]["s"]["丙"]
    assert found["overall"]["se"] > 0 and "1 户" in found["overall"]["note"]
