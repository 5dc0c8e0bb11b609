"""`survey draw`: the published vectors byte for byte, JSON, and errors that name what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from survey.cli import main

GOLDEN = Path(__file__).parents[1] / "golden" / "draw"
SEED = "41532266143521364125"

VECTORS = [
    ("frame_A.csv", "--size 600 --reserve 60", "expected_A_srs.txt"),
    (
        "frame_A.csv",
        "--allocate S01=100,S02=100,S03=85,S04=100,S05=100,S06=100 --reserve 20",
        "expected_A_stratified.txt",
    ),
    ("frame_A.csv", "--allocate S02=60 --method systematic", "expected_A_S02_sys.txt"),
    ("frame_A.csv", "--allocate S02=60 --method pps", "expected_A_S02_pps.txt"),
    ("frame_small.csv", "--size 6 --reserve 3", "expected_small_srs.txt"),
    ("frame_small.csv", "--size 6 --method pps", "expected_small_pps.txt"),
    ("frame_pps_cert.csv", "--allocate Z=5 --method pps", "expected_pps_cert.txt"),
    ("frame_S05_round1.csv", "--allocate S05=120 --reserve 30 --prn 0", "expected_prn_r1.txt"),
    ("frame_S05_round2.csv", "--allocate S05=110 --reserve 30 --prn 0", "expected_prn_r2_start0.txt"),
    ("frame_S05_round2.csv", "--allocate S05=110 --reserve 30 --prn 8", "expected_prn_r2_start8.txt"),
]


def run(capfdbinary, *arguments, frame=GOLDEN / "frame_small.csv", seed=SEED):
    """Exit code, standard output and standard error of `survey draw`."""
    with pytest.raises(SystemExit) as ended:
        main(["draw", str(frame), "--seed", seed, *arguments])
    captured = capfdbinary.readouterr()
    return ended.value.code, captured.out, captured.err.decode()


@pytest.mark.parametrize(("frame", "options", "expected"), VECTORS, ids=[row[2] for row in VECTORS])
def test_every_published_vector_is_printed_byte_for_byte(capfdbinary, frame, options, expected):
    code, out, _ = run(capfdbinary, *options.split(), frame=GOLDEN / frame)
    assert code == 0
    assert out == (GOLDEN / expected).read_bytes()


def test_json_has_the_same_households_with_whole_tickets(capfdbinary):
    _, out, _ = run(capfdbinary, "--size", "6", "--reserve", "3", "--json")
    result = json.loads(out)
    lines = (GOLDEN / "expected_small_srs.txt").read_text().splitlines()
    assert (result["frame"], result["seed"], result["method"]) == (lines[0].split()[1], SEED, "srs")
    assert list(result["strata"]) == ["*"]
    letters = {"sample": "S", "reserve": "R"}
    assert [
        f"* {u['rank']} {letters[u['role']]} {u['id']} {u['ticket'][:16]}" for u in result["strata"]["*"]
    ] == lines[1:]
    assert all(len(u["ticket"]) == 64 for u in result["strata"]["*"])


@pytest.mark.parametrize("method", ["systematic", "pps"])
def test_json_of_a_systematic_draw_has_no_tickets(capfdbinary, method):
    _, out, _ = run(capfdbinary, "--allocate", "N=2,S=3", "--method", method, "--json")
    result = json.loads(out)
    assert [len(result["strata"][h]) for h in ("N", "S")] == [2, 3]
    assert {u["ticket"] for units in result["strata"].values() for u in units} == {None}
    assert {u["role"] for units in result["strata"].values() for u in units} == {"sample"}


def test_a_systematic_draw_of_several_strata_prints_one_block_each(capfdbinary):
    both = run(capfdbinary, "--allocate", "N=2,S=3", "--method", "systematic")[1]
    single = [run(capfdbinary, "--allocate", part, "--method", "systematic")[1] for part in ("N=2", "S=3")]
    assert both == b"".join(single)


@pytest.mark.parametrize(("mode", "method"), [("sys", "systematic"), ("pps", "pps")])
def test_systematic_draws_agree_with_the_published_script(capfdbinary, mode, method):
    for seed, n in (("7", 3), ("种子 2026", 9), ("0042", 40)):
        arguments = [GOLDEN / "sys_pps.py", GOLDEN / "frame_A.csv", seed, "S03", str(n), mode]
        script = subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        out = run(
            capfdbinary, "--allocate", f"S03={n}", "--method", method, frame=GOLDEN / "frame_A.csv", seed=seed
        )[1]
        assert out == script.stdout


REFUSED = [
    ("--size 16", "15"),
    ("--allocate S=3,X=2", "“X”这一层，只有 “N”、“S”"),
    ("--allocate S=7,N=2", "“S”层只有 5 户，不能抽 7 户"),
    ("--allocate S=7 --prn 8", "“S”层只有 5 户，不能抽 7 户"),
    ("--allocate S=7 --method pps", "“S”层只有 5 户，不能抽 7 户"),
    ("--allocate S=7 --method systematic", "“S”层只有 5 户，不能抽 7 户"),
    ("--allocate S=3,S=2", "S=2"),
    ("--allocate S:3", "S:3"),
    ("--allocate *=2,S=3", "*"),
    ("--allocate S=0", "零"),
    ("--size 3 --allocate S=3", "--allocate"),
    ("", "--size"),
    ("--size 3 --method pps --reserve 2", "--reserve"),
    ("--size 3 --method systematic --reserve 2", "--reserve"),
    ("--size 3 --method systematic --prn 0", "--prn"),
    ("--size 3 --prn 0x8", "0x8"),
]


@pytest.mark.parametrize(("options", "named"), REFUSED, ids=[row[0] or "no size" for row in REFUSED])
def test_what_cannot_be_drawn_is_named_in_one_line(capfdbinary, options, named):
    code, out, err = run(capfdbinary, *options.split())
    assert (code, out) == (2, b"")
    assert named in err
    assert err.count("\n") == 1


BAD_FRAMES = [
    ("a duplicate id", "id,stratum\na,S\nb,S\na,N\n", "第 4 行的编号“a”与第 2 行重复"),
    ("a bar in an id", "id,stratum\na,S\nb|c,S\n", "第 3 行“b|c,S”含有不允许的字符 |"),
    (
        "a comma in an id",
        "id,stratum\na,S\nb,c,S\n",
        "第 3 行应有 2 列，现为 3 列：“b,c,S”。编号和层名不能有逗号",
    ),
    ("a quoted id", 'id,stratum\na,S\n"b",S\n', "第 3 行“"),
    ("an equals sign", "id,stratum\na,S=1\n", "第 2 行“a,S=1”含有不允许的字符 ="),
    ("a control character", "id,stratum\na,S\nb\x07,S\n", "第 3 行“b�,S”含有不允许的字符 U+0007"),
    ("a tabulator", "id,stratum\na\t1,S\n", "U+0009"),
    ("lines of Windows", "id,stratum\r\na,S\r\n", "回车符（换行应只用 LF）"),
    ("a blank at the end", "id,stratum\na,S\nb ,S\n", "第 3 行的 id 为空，或首尾有空格：“b ”"),
    ("an ideographic blank", "id,stratum\na,S\n\u3000b,S\n", "第 3 行的 id 为空，或首尾有空格"),
    (
        "an id that is not composed",
        "id,stratum\na,S\nu\u0308,S\n",
        "第 3 行“u\u0308,S”不是 Unicode NFC 规范形式",
    ),
    (
        "a stratum that is not composed",
        "id,stratum\na,u\u0308\n",
        "第 2 行“a,u\u0308”不是 Unicode NFC 规范形式",
    ),
    ("the name of everybody", "id,stratum\na,*\n", "第 2 行的层名为“*”"),
    ("no households", "id,stratum\n", "名册里没有住户"),
]


@pytest.mark.parametrize(
    ("text", "named"), [row[1:] for row in BAD_FRAMES], ids=[row[0] for row in BAD_FRAMES]
)
def test_a_frame_that_could_be_misread_is_refused_naming_row_and_value(capfdbinary, tmp_path, text, named):
    frame = tmp_path / "frame.csv"
    frame.write_bytes(text.encode())
    code, out, err = run(capfdbinary, "--size", "1", frame=frame)
    assert (code, out) == (2, b"")
    assert named in err
    assert err.count("\n") == 1
    assert frame.read_bytes() == text.encode()


@pytest.mark.parametrize("seed", ["", " 7", "7|8", "7\n"])
def test_a_seed_that_could_be_misread_is_refused(capfdbinary, seed):
    assert run(capfdbinary, "--size", "3", seed=seed)[0] == 2


def test_where_everybody_is_certain_nothing_is_left_to_chance(capfdbinary, tmp_path):
    frame = tmp_path / "frame.csv"
    frame.write_text("id,stratum,size\n0007,一片区,1\n1e5,一片区,9\n7,二片区,3\n", encoding="utf-8")
    code, out, _ = run(capfdbinary, "--allocate", "一片区=2", "--method", "pps", frame=frame)
    assert code == 0
    assert out.decode().splitlines()[0].endswith(" r 0 S 0 certainty 2")
    assert sorted(out.decode().splitlines()[1:]) == ["C 0007 1", "C 1e5 9"]


def test_a_household_without_size_cannot_be_drawn_by_size(capfdbinary, tmp_path):
    frame = tmp_path / "frame.csv"
    frame.write_text("id,stratum,size\na,S,0\nb,S,3\n")
    code, _, err = run(capfdbinary, "--size", "1", "--method", "pps", frame=frame)
    assert code == 2
    assert "“a”" in err


def test_a_missing_file_is_named(capfdbinary, tmp_path):
    code, _, err = run(capfdbinary, "--size", "1", frame=tmp_path / "nowhere.csv")
    assert code == 2
    assert "nowhere.csv" in err
