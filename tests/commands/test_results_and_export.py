"""`survey results` and `survey export`: a round's figures and data without a browser."""

import csv
import json

import pytest
from build_results import make_survey

from survey.app import create_app
from survey.commands.opening import ensure_database
from survey.db import db
from survey.models.trail import AuditEntry


@pytest.fixture
def made(installed):
    """An installation with one round: 14 of 100 interviewed, 12 satisfied."""
    app = create_app()
    ensure_database(app)
    with app.app_context():
        found = make_survey(db.session(), app.extensions["vault"], {"一片区": 100}, {"*": 40})
        found.interviews(12, 2)
        found.session.commit()
        yield found
        db.session.remove()
        db.engine.dispose()


def last_export():
    entry = db.session.query(AuditEntry).filter(AuditEntry.action.startswith("data.")).one()
    found = entry.action, entry.user_id, entry.details
    db.session.rollback()  # others may write again
    return found


def test_the_results_stand_on_the_terminal_in_the_digits_of_the_page(survey, made):
    done = survey("results", "1")

    assert done.code == 0, done.err
    assert "总体满意度" in done.out and "85.7%" in done.out and "应答率 RR1 35.0%（14 ÷ 40）" in done.out


def test_the_results_as_json_are_unrounded(survey, made):
    rate = json.loads(survey("results", "1", "--json").out)["headline"]["rate"]

    assert (rate["value"], rate["n"], rate["N"]) == (12 / 14, 14, 100)


@pytest.mark.parametrize("name", ["1", "三元里街社工服务站", "三元里街社工服务站 2025 年末期评估"])
def test_a_round_is_named_by_number_or_by_station_and_season(name, survey, made):
    assert survey("results", name).code == 0


def test_an_unknown_round_is_refused_with_those_that_there_are(survey, made):
    done = survey("results", "没有的站")

    assert done.code == 2 and "没有“没有的站”这一轮" in done.err and "1 三元里街社工服务站" in done.err


def test_a_station_with_two_rounds_asks_for_the_season(survey, made):
    from build import make_round, make_season

    make_round(made.session, make_season(made.session, "2026 年中期评估"), made.round_.station)
    made.session.commit()

    done = survey("results", "三元里街社工服务站")

    assert done.code == 2 and "有 2 轮" in done.err and "2026 年中期评估" in done.err
    assert survey("results", "三元里街社工服务站 2025 年末期评估").code == 0


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "sav", "zip"])
def test_the_ending_of_the_file_says_which_kind(suffix, survey, made, tmp_path):
    done = survey("export", "1", "--out", str(tmp_path / f"data.{suffix}"))

    assert done.code == 0, done.err
    assert "14 户" in done.out and [path.name for path in tmp_path.glob("*data*")] == [f"data.{suffix}"]
    assert last_export()[2]["format"] == suffix


def test_an_export_of_the_system_stays_in_the_trail(survey, made, tmp_path):
    survey("export", "1", "--out", str(tmp_path / "data.csv"))

    action, user, details = last_export()
    assert (action, user, details["rows"]) == ("data.exported", None, 14)


def test_a_file_that_exists_is_not_overwritten(survey, made, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("mine")

    done = survey("export", "1", "--out", str(path))

    assert done.code == 2 and "已存在" in done.err and path.read_text() == "mine"


def test_an_unknown_ending_is_refused_and_leaves_no_file(survey, made, tmp_path):
    done = survey("export", "1", "--out", str(tmp_path / "data.docx"))

    assert done.code == 2 and "xlsx csv sav zip" in done.err and list(tmp_path.glob("*data*")) == []


def test_a_folder_that_is_not_there_is_named(survey, made, tmp_path):
    done = survey("export", "1", "--out", str(tmp_path / "nowhere" / "data.csv"))

    assert done.code == 2 and "写不了文件" in done.err


def test_identities_need_a_reason(survey, made, tmp_path):
    done = survey("export", "1", "--out", str(tmp_path / "data.csv"), "--identified")

    assert done.code == 2 and "要写明用途" in done.err and list(tmp_path.glob("*data*")) == []


def test_identities_with_a_reason_are_exported_for_their_owner_alone(survey, made, tmp_path):
    path = tmp_path / "data.csv"

    done = survey("export", "1", "--out", str(path), "--identified", "--reason", "核对三户")

    assert done.code == 0, done.err
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert all(row["household"] for row in csv.DictReader(file))
    assert last_export()[2]["reason"] == "核对三户" and path.stat().st_mode & 0o077 == 0


def test_a_reason_without_identities_is_refused(survey, made, tmp_path):
    done = survey("export", "1", "--out", str(tmp_path / "data.csv"), "--reason", "核对三户")

    assert done.code == 2 and "--identified" in done.err
