"""Certificates: written and read the same, verified line by line, contradictions told where."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from build_certificate import COMMITMENTS, FRAME, UNITS, certificate, differing, hours

from survey import __version__
from survey.cli import main
from survey.errors import Conflict, SurveyError, Unreadable
from survey.sampling.certificate import EarlierDraw, Rule, certificate_digest, from_json, to_json
from survey.sampling.commitment import commitment_file
from survey.sampling.draw import draw
from survey.sampling.order_of_events import check_order_of_events
from survey.sampling.verification import verify, verify_commitments

GOLDEN = Path(__file__).parents[1] / "golden" / "draw"


@pytest.mark.parametrize("method", ["srs", "proportional", "census"])
def test_a_true_certificate_agrees_in_every_line(method):
    checks = verify(from_json(to_json(certificate(method))), FRAME)
    assert [str(check.name) for check in checks if not check.agrees] == []
    assert len(checks) == 13


def test_a_certificate_reads_back_the_same_and_writes_the_same_bytes():
    text = to_json(certificate())
    assert from_json(text) == certificate()
    assert to_json(from_json(text)) == text


def test_the_digest_can_be_computed_with_one_line_of_python():
    data = json.loads(to_json(certificate()))
    stated = data.pop("certificate_sha256")
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == stated == certificate_digest(certificate())


def test_formatting_and_order_of_names_do_not_matter():
    text = json.dumps(json.loads(to_json(certificate())), sort_keys=True)
    assert differing(from_json(text)) == []


def without(made, rank):
    return replace(made, units=tuple(unit for unit in made.units if unit.rank != rank))


CONTRADICTIONS = [
    ("a household left out", lambda: without(certificate("srs"), 50), "入样的户与顺序"),
    ("the last one left out", lambda: without(certificate("srs"), 115), "各层入样的户数"),
    ("order turned round", lambda: replace(certificate(), units=certificate().units[::-1]), "入样的户与顺序"),
    (
        "a reserve made a sample",
        lambda: replace(
            certificate(), units=tuple(replace(unit, role="sample") for unit in certificate().units)
        ),
        "样本与备用",
    ),
    ("another branch of the rule", lambda: certificate(rule=Rule("census", 100, 150)), "抽样规则"),
    (
        "an unconfirmed gap",
        lambda: certificate("census", rule=Rule("census_rule_gap", 160, 150)),
        "抽样规则",
    ),
    (
        "a sample below the target",
        lambda: certificate(rule=Rule("sample", 120, 120)),
        "设计与各层样本量",
    ),
    (
        "a sample where everybody is due",
        lambda: certificate(rule=Rule("census_rule_gap", 160, 150, "确认")),
        "设计与各层样本量",
    ),
    ("an event left out", lambda: certificate(events=certificate().events[:-1]), "事件的先后"),
    (
        "an earlier draw without reason",
        lambda: certificate(earlier_draws=(EarlierDraw(hours(0.5), "a", "1", "ab", " "),)),
        "以前的抽样",
    ),
    (
        "an earlier draw after the design was fixed",
        lambda: certificate(earlier_draws=(EarlierDraw(hours(20), "a", "1", "ab", "填错"),)),
        "以前的抽样",
    ),
    (
        "an unknown stratum",
        lambda: certificate(design=replace(certificate().design, allocation={"西": 110})),
        "重新抽样",
    ),
]


@pytest.mark.parametrize(
    ("make", "named"), [row[1:] for row in CONTRADICTIONS], ids=[r[0] for r in CONTRADICTIONS]
)
def test_a_certificate_that_contradicts_itself_or_the_frame_is_told_where(make, named):
    assert named in differing(make())


def test_another_version_of_the_algorithm_is_named():
    made = certificate()
    newer = replace(made, algorithm=replace(made.algorithm, version=2))
    line = next(check for check in verify(newer, FRAME) if str(check.name) == "算法")
    assert not line.agrees
    assert "证书用 ticket-sha256 2，这里只会 ticket-sha256 1" in str(line.detail)
    assert __version__ in str(line.detail)


def test_another_wording_of_the_same_algorithm_is_shown():
    made = certificate()
    line = verify(replace(made, algorithm=replace(made.algorithm, en="any order")), FRAME)[1]
    assert not line.agrees
    assert "any order" in str(line.detail)


def test_the_list_of_commitments_is_verified_against_its_digest():
    data = commitment_file(COMMITMENTS)
    assert verify_commitments(certificate(), data).agrees
    assert not verify_commitments(certificate(), data.replace(b"H-0001", b"H-0002")).agrees


UNREADABLE = [
    ("not json", "x"),
    ("a list", "[]"),
    (
        "another version",
        to_json(certificate()).replace('"certificate_version": 1', '"certificate_version": 9'),
    ),
    ("an empty digest", to_json(certificate()).replace(certificate_digest(certificate()), "")),
    ("a name twice", '{"certificate_version": 1, "certificate_version": 1}'),
    ("a field missing", to_json(certificate()).replace('"station"', '"stations"')),
    ("a time without zone", to_json(certificate()).replace("00250Z", "00250")),
    ("half a character", to_json(certificate()).replace("三元里", "\\ud800")),
    ("not a number", to_json(certificate()).replace("0.6", "NaN")),
]


@pytest.mark.parametrize("text", [row[1] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_a_file_that_is_no_certificate_is_refused(text):
    with pytest.raises(Unreadable):
        from_json(text)


TIMES = [
    "frame_sealed_at",
    "design_locked_at",
    "seed_named_at",
    "value_expected_at",
    "value_entered_at",
    "drawn_at",
]


@pytest.mark.parametrize("done", range(1, 7))
def test_the_order_holds_at_every_step_on_the_way(done):
    check_order_of_events(
        **{"frame_sealed_at": None} | {name: hours(i) for i, name in enumerate(TIMES[:done])}
    )


@pytest.mark.parametrize("missing", range(5))
def test_no_step_can_be_skipped(missing):
    times = {name: hours(i) for i, name in enumerate(TIMES)} | {TIMES[missing]: None}
    with pytest.raises(Conflict) as raised:
        check_order_of_events(**times)
    assert raised.value.code == "step-missing"


@pytest.mark.parametrize("early", range(1, 6))
def test_no_step_can_come_before_the_one_it_needs(early):
    times = {name: hours(i) for i, name in enumerate(TIMES)} | {TIMES[early]: hours(early - 2)}
    with pytest.raises(Conflict) as raised:
        check_order_of_events(**times)
    assert raised.value.code == "events-out-of-order"


def test_a_seed_that_exists_when_its_source_is_named_is_refused():
    times = {name: hours(i) for i, name in enumerate(TIMES)} | {"value_expected_at": hours(2)}
    with pytest.raises(Conflict) as raised:
        check_order_of_events(**times)
    assert raised.value.code == "value-before-source"
    assert "2025-11-03 11:00:00" in str(raised.value)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "certificate.json").write_text(to_json(certificate()), encoding="utf-8")
    (tmp_path / "frame.csv").write_bytes(FRAME)
    (tmp_path / "commitments.csv").write_bytes(commitment_file(COMMITMENTS))
    return tmp_path


def run(capfdbinary, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["verify", *map(str, arguments)])
    captured = capfdbinary.readouterr()
    return ended.value.code, captured.out.decode(), captured.err.decode()


def test_the_command_says_line_by_line_what_agrees(capfdbinary, files):
    code, out, _ = run(
        capfdbinary,
        files / "certificate.json",
        files / "frame.csv",
        "--commitments",
        files / "commitments.csv",
    )
    lines = out.splitlines()
    assert code == 0
    assert [line[0] for line in lines[:-1]] == ["✓"] * 14
    assert lines[-1] == "全部一致。"


def test_the_command_names_the_earlier_draws_with_their_reasons(capfdbinary, files):
    _, out, _ = run(capfdbinary, files / "certificate.json", files / "frame.csv")
    line = next(line for line in out.splitlines() if "以前的抽样" in line)
    assert line == "✓ 以前的抽样：1 次：2025-11-03T01:30:00.000250Z abababab 层最低户数填错"


def test_the_command_exits_1_on_a_difference_and_marks_the_line(capfdbinary, files):
    (files / "frame.csv").write_bytes(FRAME.replace(b"H-0149", b"H-0150"))
    code, out, _ = run(capfdbinary, files / "certificate.json", files / "frame.csv")
    assert code == 1
    assert any(line.startswith("✗ 抽样框的哈希") for line in out.splitlines())
    assert any(line.startswith("✓ 抽样框的户数") for line in out.splitlines())


def with_seed_too_early(made):
    return replace(made, seed=replace(made.seed, value_expected_at=made.seed.named_at))


def with_algorithm_2(made):
    return replace(made, algorithm=replace(made.algorithm, version=2))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            lambda made: certificate(design=replace(made.design, allocation={"西": 110})),
            "✗ 重新抽样：名册里没有“西”",
        ),
        (
            lambda made: certificate(design=replace(made.design, allocation={"北": 999})),
            "✗ 重新抽样：“北”层只有 ",
        ),
        (with_seed_too_early, "✗ 事件的先后：随机数在 2025-11-03 11:00:00 产生，不晚于"),
        (with_algorithm_2, "✗ 算法：证书用 ticket-sha256 2"),
    ],
    ids=["unknown stratum", "more than the population", "value before source", "another algorithm"],
)
def test_the_command_names_what_makes_a_draw_impossible(capfdbinary, files, change, line):
    (files / "certificate.json").write_text(to_json(change(certificate())), encoding="utf-8")
    code, out, _ = run(capfdbinary, files / "certificate.json", files / "frame.csv")
    assert code == 1
    assert any(found.startswith(line) for found in out.splitlines())


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("H-0149,", "H-0150,", "✗ 抽样框的哈希"),
        ("H-0149,", "H-0148,", "✗ 抽样框文件格式：名册第 151 行的编号“H-0148”与第 150 行重复"),
        ("H-0149,", "H|0149,", "✗ 抽样框文件格式：名册第 151 行“H|0149,"),
        ("H-0149,", "H-0149 ,", "✗ 抽样框文件格式：名册第 151 行的 id 为空，或首尾有空格"),
    ],
)
def test_the_command_exits_1_on_an_edited_frame_and_names_the_edit_that_it_cannot_read(
    capfdbinary, files, old, new, line
):
    (files / "frame.csv").write_bytes(FRAME.replace(old.encode(), new.encode()))
    code, out, _ = run(capfdbinary, files / "certificate.json", files / "frame.csv")
    assert code == 1
    assert any(found.startswith(line) for found in out.splitlines())


@pytest.mark.parametrize(
    "order", [("frame.csv", "certificate.json"), ("nothing", "frame.csv"), ("certificate.json", "nothing")]
)
def test_the_command_exits_2_when_a_file_cannot_be_read(capfdbinary, files, order):
    code, out, err = run(capfdbinary, *(files / name for name in order))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_the_published_script_draws_the_households_of_the_certificate(files):
    made = from_json((files / "certificate.json").read_text(encoding="utf-8"))
    allocation = ",".join(f"{stratum}={n}" for stratum, n in made.design.allocation.items())
    script = [
        GOLDEN / "verify_draw.py",
        files / "frame.csv",
        made.seed.value,
        allocation,
        str(made.design.reserve),
    ]
    out = subprocess.run([sys.executable, *script], capture_output=True, check=True).stdout.decode()
    letters = {"sample": "S", "reserve": "R"}
    assert out.splitlines()[1:] == [
        f"{u.stratum} {u.rank} {letters[u.role]} {u.id} {u.ticket[:16]}" for u in made.units
    ]


def test_a_time_without_zone_never_gets_into_a_certificate():
    with pytest.raises(ValueError, match="zone"):
        to_json(certificate(drawn_at=datetime(2025, 11, 4)))


def test_an_unusable_seed_is_told_and_not_a_crash():
    made = certificate()
    assert "重新抽样" in differing(replace(made, seed=replace(made.seed, value="a|b")))


def test_the_errors_of_a_draw_are_ours():
    with pytest.raises(SurveyError):
        draw(UNITS, "f" * 64, "7", {"北": 10_000})
