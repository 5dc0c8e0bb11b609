"""The design and draw page: what is next, the steps in order, and files that anybody can check."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from build import make_round
from build_draw import DESIGN, DrawDesk
from build_frame import make_frame, make_sealed_frame

from survey.models.draw import Case, Design
from survey.models.frame import FrameRow
from survey.models.trail import AuditEntry
from survey.sampling.certificate import from_json
from survey.sampling.verification import verify, verify_commitments
from survey.services import canonical
from survey.services.trail import SYSTEM
from survey.web import draws

ZONES = {"一片区": 60, "二片区": 80}
SCRIPTS = Path(draws.__file__).parent.parent / "static" / "verify"


@pytest.fixture
def clock(monkeypatch) -> list[datetime]:
    """The pages' clock: stands still until the test moves it."""
    moment = [datetime.fromisoformat("2025-04-11T02:00:00+00:00")]
    monkeypatch.setattr(draws, "now", lambda: moment[0])
    return moment


@pytest.fixture
def round_(session):
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def sealed(session, app, round_):
    make_sealed_frame(session, app.extensions["vault"], round_, ZONES)
    session.commit()
    return round_


@pytest.fixture
def desk(client, people, round_, clock):
    """The coordinator at the page of the round."""
    client.sign_in(people("coordinator", "李统筹"))
    return DrawDesk(client, round_, clock)


def test_without_a_sealed_frame_the_page_says_what_comes_first(desk, session, app, round_):
    assert "去导入名册" in desk.get().text
    make_frame(session, app.extensions["vault"], round_, ZONES)
    session.commit()

    assert "去封存名册" in desk.get().text


def test_before_anything_is_chosen_the_page_proposes_a_design_with_its_table(desk, sealed):
    page = desk.get()

    assert "先发放 140 户" in page.text  # ceiling(100 / 0.6) is more than there are
    assert "一片区" in page.text and "<svg" in page.html


def test_a_coordinator_draws_through_the_pages(desk, sealed, session):
    desk.walk()

    design = session.query(Design).one()
    assert design.drawn_at is not None
    assert session.query(Case).count() == 125 + 6
    page = desk.get()
    assert "现场掷骰四次" in page.text and "4 6 1 3" in page.text and "李统筹" in page.text
    assert design.certificate_digest[:8] in page.text and "survey verify" in page.text


def test_the_files_the_page_offers_verify_each_other(desk, sealed):
    desk.walk()

    certificate = from_json(desk.get("certificate.json").response.get_data(as_text=True))
    frame = desk.client.post(desk.base + "frame.csv", status=200).response.get_data()
    commitments = desk.get("commitments.csv").response.get_data()
    assert [check.name for check in verify(certificate, frame) if not check.agrees] == []
    assert verify_commitments(certificate, commitments).agrees


def test_the_offered_script_draws_the_same_households(desk, sealed, tmp_path):
    desk.walk()
    certificate = desk.get("certificate.json").json or json.loads(
        desk.get("certificate.json").response.get_data()
    )
    (tmp_path / "frame.csv").write_bytes(
        desk.client.post(desk.base + "frame.csv", status=200).response.get_data()
    )
    allocation = ",".join(f"{h}={n}" for h, n in certificate["design"]["allocation"].items())
    command = [sys.executable, SCRIPTS / "verify_draw.py", tmp_path / "frame.csv", "4 6 1 3", allocation, "3"]

    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    drawn = [
        f"{u['stratum']} {u['rank']} {'S' if u['role'] == 'sample' else 'R'} {u['id']} {u['ticket'][:16]}"
        for u in certificate["units"]
    ]
    assert sorted(lines[1:]) == sorted(drawn)


@pytest.mark.parametrize("kind", ["py", "R", "pl", "sh"])
def test_the_offered_scripts_are_the_ones_that_are_tested(kind):
    golden = Path(__file__).parent.parent / "golden" / "draw" / f"verify_draw.{kind}"

    assert (SCRIPTS / f"verify_draw.{kind}").read_bytes() == golden.read_bytes()


def test_downloading_the_frame_is_in_the_trail(desk, sealed, session):
    desk.client.post(desk.base + "frame.csv", status=200)

    assert session.query(AuditEntry).filter_by(action="frame.downloaded").count() == 1


def test_the_certificate_prints_in_both_languages(desk, sealed):
    desk.walk()

    assert "抽签顺序" in desk.get("certificate").text
    desk.client.speak("en")
    assert "smallest tickets" in desk.get("certificate").text


def test_an_evaluator_is_led_to_the_digests_and_reads_no_frame(desk, sealed, people):
    desk.walk()
    desk.client.sign_in(people("evaluator"))

    assert "/check/" in desk.get("certificate", status=302).location
    desk.client.post(desk.base + "frame.csv", status=403)


def test_there_is_no_certificate_before_the_draw(desk, sealed):
    assert "还没有抽样" in desk.get("certificate", status=409).text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("lock", {}),
        ("source", {"kind": "dice", "source": "掷骰"}),
        ("seed", {"value": "42", "again": "42"}),
        ("run", {}),
    ],
)
def test_a_step_out_of_order_is_refused(desk, sealed, session, path, data):
    if path != "lock":
        desk.walk(until="design")

    status = 404 if path == "lock" else 409
    desk.post(path, status=status, **data, name=desk.station)
    assert session.query(Case).count() == 0


def test_a_second_draw_is_refused(desk, sealed, session):
    desk.walk()

    desk.post("run", status=409, name=desk.station)
    assert session.query(AuditEntry).filter_by(action="sample.drawn").count() == 1


@pytest.mark.parametrize("path", ["lock", "source", "seed", "run"])
def test_an_irreversible_step_wants_the_name_of_the_station(desk, sealed, session, path):
    before = {"lock": "design", "source": "lock", "seed": "source", "run": "seed"}[path]
    desk.walk(until=before)
    filled = {"kind": "dice", "source": "掷骰", "value": "42", "again": "42"}

    page = desk.post(path, status=422, **filled, name="另一个站")
    assert "与社工站名称不一致" in page.text
    design = session.query(Design).one()
    step = {"lock": "locked_at", "source": "seed_named_at", "seed": "seed_entered_at", "run": "drawn_at"}
    assert getattr(design, step[path]) is None


def test_a_public_number_is_named_with_its_time_in_shanghai(desk, sealed, session):
    desk.walk(until="lock")

    desk.post(
        "source",
        kind="public",
        source="双色球 2025041 期",
        expected_at="2025-04-13T21:15:00",
        name=desk.station,
    )
    assert session.query(Design).one().seed_expected_at == datetime.fromisoformat("2025-04-13T13:15:00+00:00")
    assert "2025-04-13 21:15:00" in desk.get().text


def test_a_number_that_may_exist_already_is_refused_and_what_was_typed_stays(desk, sealed):
    desk.walk(until="lock")

    page = desk.post(
        "source", status=409, kind="public", source="上一期双色球", expected_at="2025-04-10T21:15",
        name=desk.station,
    )  # fmt: skip
    assert "不晚于现在" in page.text and "上一期双色球" in page.html


def test_a_public_number_needs_a_time(desk, sealed):
    desk.walk(until="lock")

    page = desk.post("source", status=422, kind="public", source="双色球", expected_at="", name=desk.station)
    assert "何时产生" in page.text


def test_a_seed_typed_differently_twice_is_not_kept(desk, sealed, session):
    desk.walk(until="source")

    page = desk.post("seed", status=422, value="42", again="43", name=desk.station)
    assert "两次录入不一样" in page.text
    assert session.query(Design).one().seed_value is None


def test_a_gap_of_the_rule_asks_for_the_confirmation_before_the_lock(desk, session, app, round_):
    make_sealed_frame(session, app.extensions["vault"], round_, {"一片区": 60}, persons=2)
    session.commit()
    desk.post("design", **DESIGN | {"method": "census", "target": "60"})
    page = desk.get()
    assert "简单随机" not in page.text
    assert "规则缺口" in page.text and "记录确认" in page.text and "锁定设计</button>" not in page.html

    desk.post("confirm-gap", who="街道办 黄科长", day="2025-04-11", how="函〔2025〕3 号")
    desk.post("lock", name=desk.station)
    assert session.query(Design).one().rule_confirmation == "街道办 黄科长，2025-04-11，函〔2025〕3 号"


def test_the_preview_answers_with_the_table_of_what_is_typed_and_keeps_nothing(desk, sealed, session):
    answer = desk.get("preview", query_string=DESIGN, headers={"Accept": "application/json"}).json

    assert "先发放 125 户" in answer["html"]
    assert session.query(Design).count() == 0


@pytest.mark.parametrize(("field", "value"), [("completion", "0"), ("target", "百"), ("method", "quota")])
def test_the_preview_names_the_field_that_cannot_be(desk, sealed, field, value):
    answer = desk.get("preview", status=422, query_string=DESIGN | {field: value}).json

    assert list(answer["errors"]) == [field]


def test_the_preview_says_what_the_frame_does_not_allow(desk, sealed):
    answer = desk.get("preview", query_string=DESIGN | {"target": "141"}).json

    assert "名册共 140 户" in answer["html"]


def test_the_preview_tells_what_the_calls_may_cost(desk, sealed):
    usual = desk.get("preview", query_string=DESIGN).json["html"]
    slow = desk.get("preview", query_string=DESIGN | {"dials": "5", "dials_a_day": "40"}).json["html"]

    assert "约需拨打 438 次，8 个访问员工作日" in usual  # 125 households × 3.5, 55 a day
    assert "约需拨打 625 次，16 个访问员工作日" in slow


@pytest.mark.parametrize("field", ["dials", "dials_a_day"])
def test_dials_that_cannot_be_are_named(desk, sealed, field):
    answer = desk.get("preview", status=422, query_string=DESIGN | {field: "0"}).json

    assert list(answer["errors"]) == [field]


def test_the_assumed_dials_do_not_stay_with_the_design(desk, sealed):
    desk.post("design", **DESIGN, dials="5", dials_a_day="40")

    assert "约需拨打 438 次" in desk.get().text


def test_the_preview_names_the_community_that_may_be_missed(desk, session, app, round_):
    make_sealed_frame(session, app.extensions["vault"], round_, {"一片区": 300, "二片区": 6})
    session.commit()
    missed = desk.get("preview", query_string=DESIGN | {"method": "srs"}).json["html"]
    held = desk.get("preview", query_string=DESIGN).json["html"]

    assert "二片区社区" in missed and "4.1%" in missed  # R: dhyper(0, 6, 300, 125)
    assert "1% 以下" in held


def test_many_strata_are_folded_and_the_picture_shows_the_largest(desk, session, app, round_):
    frame = make_frame(session, app.extensions["vault"], round_, {"一片区": 130})
    for number, row in enumerate(session.query(FrameRow).order_by(FrameRow.id)):
        row.community = f"{number % 25 + 1} 号社区"
    canonical.seal_frame(
        session, app.extensions["vault"], SYSTEM, frame, stratify_by="community", now=frame.confirmed_at
    )
    session.commit()
    page = desk.get()

    assert '<details class="strata-lines">' in page.html
    assert page.html.count('class="bar"') == 20 and "其余 5 层共抽" in page.text
    desk.walk(until="lock", minimum="1")
    assert "125 户，25 层" in desk.get().text


def test_without_scripts_the_button_recalculates_and_keeps_nothing(desk, sealed, session):
    page = desk.post("design", status=200, **DESIGN, recalculate="1")

    assert "先发放 125 户" in page.text
    assert session.query(Design).count() == 0


def test_a_design_that_cannot_be_saved_keeps_what_was_typed(desk, sealed):
    page = desk.post("design", status=422, **DESIGN | {"minimum": "70"})

    assert "各层最低户数合计 130 户" in page.text
    assert 'value="70"' in page.html
