"""A page, its workbook, the command line, R and Python agree to the last digit shown, and unrounded within 1e-12."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from itertools import takewhile

import openpyxl
import pytest
from build import NOON
from build_export import content_of, export_file
from build_results import NEVER_MET, make_survey

from survey.cli import main
from survey.services import definitions
from survey.stats.definition import DEFAULT, UNWEIGHTED, ZONE_WEIGHTS
from survey.stats.rounding import percent

TOLERANCE = 1e-12

ZONES = {"一片区": 150, "二片区": 60, "三片区": 40}
BY_ZONE = {"一片区": 30, "二片区": 20, "三片区": 12}


def judged(survey, satisfied, dissatisfied=0, stratum="*"):
    """Interviews with few answers, as quickly made as they are read."""
    for number in range(satisfied + dissatisfied):
        code = "5" if number < satisfied else "2"
        survey.interview({"C1": "1", "D1": "1", "F1": code, "G1": code, "H1": code}, stratum=stratum)


def simple(session, vault):
    survey = make_survey(session, vault, {"一片区": 500, "二片区": 547}, {"*": 60}, released={"*": 50})
    judged(survey, 33, 9)
    survey.interview(NEVER_MET)
    survey.finish("D41")  # found ineligible
    return survey


def everybody_satisfied(session, vault):
    survey = make_survey(session, vault, {"一片区": 500}, {"*": 60})
    judged(survey, 34)
    return survey


def stratified(session, vault):
    survey = make_survey(session, vault, ZONES, BY_ZONE)
    judged(survey, 17, 7, "一片区")
    judged(survey, 12, 3, "二片区")
    judged(survey, 10, 1, "三片区")
    survey.interview(NEVER_MET, stratum="二片区")
    survey.finish("D41", "一片区")
    return survey


def satisfied_in_every_stratum(session, vault):
    survey = make_survey(session, vault, ZONES, BY_ZONE)
    for zone, n in {"一片区": 17, "二片区": 12, "三片区": 10}.items():
        judged(survey, n, 0, zone)
    return survey


def a_stratum_with_one_interview(session, vault):
    survey = make_survey(session, vault, ZONES, BY_ZONE)
    judged(survey, 20, 5, "一片区")
    judged(survey, 11, 2, "二片区")
    judged(survey, 1, 0, "三片区")
    return survey


def an_empty_stratum(session, vault):
    survey = make_survey(session, vault, ZONES, BY_ZONE)
    judged(survey, 20, 5, "一片区")
    return survey


def census(session, vault):
    survey = make_survey(session, vault, {"一片区": 24}, {"*": 24})
    judged(survey, 20, 4)
    return survey


def census_with_nonresponse(session, vault):
    survey = make_survey(session, vault, {"一片区": 24}, {"*": 24})
    judged(survey, 15, 4)
    return survey


def half_a_digit(session, vault):
    """13 of 16, which binary rounding would show as 81.2 %."""
    survey = make_survey(session, vault, {"一片区": 16}, {"*": 16})
    judged(survey, 13, 3)
    return survey


def one_stratum_complete(session, vault):
    survey = make_survey(session, vault, ZONES, {"一片区": 30, "二片区": 20, "三片区": 40})
    judged(survey, 20, 5, "一片区")
    judged(survey, 12, 3, "二片区")
    judged(survey, 32, 8, "三片区")
    return survey


def weighted(session, vault, weights, allocation):
    version = definitions.new_version(session, replace(DEFAULT, weights=weights), NOON)
    return make_survey(session, vault, ZONES, allocation, definition=version)


def weighted_by_zones(session, vault):
    survey = weighted(session, vault, ZONE_WEIGHTS, {"*": 60})
    judged(survey, 31, 14)
    return survey


def not_weighted(session, vault):
    survey = weighted(session, vault, UNWEIGHTED, BY_ZONE)
    judged(survey, 17, 7, "一片区")
    judged(survey, 12, 3, "二片区")
    return survey


def nobody_in_the_base(session, vault):
    survey = make_survey(session, vault, {"一片区": 100}, {"*": 40})
    for _ in range(11):
        survey.interview(NEVER_MET)
    return survey


def nobody_yet(session, vault):
    return make_survey(session, vault, {"一片区": 100}, {"*": 40})


WITH_RATE = [
    simple, everybody_satisfied, stratified, satisfied_in_every_stratum, a_stratum_with_one_interview, an_empty_stratum,
    one_stratum_complete, weighted_by_zones, not_weighted, census, census_with_nonresponse, half_a_digit,
]  # fmt: skip
ROUNDS = [*WITH_RATE, nobody_in_the_base, nobody_yet]


@pytest.fixture
def surveys(session, app):
    """Every round by the name of its maker."""
    made = {}
    for make in ROUNDS:
        made[make.__name__] = survey = make(session, app.extensions["vault"])
        for thing in (survey.round_.season, survey.round_.station):
            thing.name = f"{thing.name} {make.__name__}"
        session.flush()
    session.commit()
    return made


@pytest.fixture
def documents(surveys):
    return {name: content_of(survey).document for name, survey in surveys.items()}


@pytest.fixture
def folders(surveys, tmp_path):
    """The archive of every round, unpacked."""
    for name, survey in surveys.items():
        with zipfile.ZipFile(export_file(survey, tmp_path, "zip")) as archive:
            archive.extractall(tmp_path / name)
    return [tmp_path / name for name in surveys]


def printed(command, environment=None):
    """What a script says of each folder, by name; None for NA."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    found = []
    for line in done.stdout.splitlines():
        name, value = line.split(None, 1)
        if name == "value":
            found.append({})
        found[-1][name] = None if value.strip() == "NA" else value.strip()
    return found


def assert_recomputed(found, documents):
    """Counts equal, shares within 1e-12 and to the last digit shown; nothing where nobody answered."""
    for said, (name, document) in zip(found, documents.items(), strict=True):
        rate = (document["headline"] or {}).get("rate")
        if rate is None:
            assert (said["value"], said["n"], said["method"]) == (None, "0", "nobody"), name
            continue
        counts = said["method"], int(said["n"]), int(said["N"])
        assert counts == (rate["method"], rate["n"], rate["N"]), name
        for key in ("value", "low", "high"):
            assert float(said[key]) == pytest.approx(rate[key], abs=TOLERANCE, rel=0), (name, key)
            assert percent(float(said[key])) == percent(rate[key]), (name, key)


def test_the_python_script_recomputes_every_headline_from_the_export_alone(documents, folders):
    found = printed([sys.executable, str(folders[0] / "headline.py"), *map(str, folders)])

    assert_recomputed(found, documents)


def test_the_r_script_recomputes_every_headline_from_the_export_alone(documents, folders):
    if shutil.which("Rscript") is None:
        pytest.skip("no Rscript on this machine: apt-get install r-base-core r-cran-survey")
    if subprocess.run(["Rscript", "-e", 'q(status = !nzchar(system.file(package = "survey")))']).returncode:
        pytest.skip("R has no package survey here: apt-get install r-cran-survey")
    plain = {"PATH": os.environ["PATH"], "LC_ALL": "C"}  # a terminal that knows no Chinese

    assert_recomputed(
        printed(["Rscript", str(folders[0] / "headline.R"), *map(str, folders)], plain), documents
    )


def table_of(path, first_head):
    """Rows below the head that begins with a text on the sheet of results; none where it is not there."""
    rows = list(openpyxl.load_workbook(path, data_only=True)["结果"].iter_rows(values_only=True))
    start = next((number for number, row in enumerate(rows, start=1) if row[0] == first_head), len(rows))
    return list(takewhile(lambda row: row[0] is not None, rows[start:]))


def test_the_workbook_holds_the_unrounded_numbers_of_the_document(surveys, documents, tmp_path):
    for name, document in documents.items():
        rows = table_of(export_file(surveys[name], tmp_path, "xlsx"), "题目")

        figures = [*document["items"], *document["outcomes_trio"], *document["reach"]]
        figures = [document["headline"], *figures] if document["headline"] else []
        for figure, row in zip(figures, rows, strict=True):
            rate = figure["rate"] or {}
            assert (row[0], row[7], row[8]) == (figure["name"], figure["n"], rate.get("N")), name
            for found, expected in zip(row[2:7], numbers_of(rate), strict=True):
                assert found == expected or found == pytest.approx(expected, abs=TOLERANCE, rel=0), name


def numbers_of(rate):
    """Value, limits and bounds as a page shows them, None for what it does not show."""
    bounds = rate.get("bounds") or {}
    limits = [rate["low"], rate["high"]] if rate.get("limits") == "interval" else [None, None]
    return (rate.get("value"), *limits, bounds.get("low"), bounds.get("high"))


def shown(rate):
    """The headline as a page writes it."""
    value = f"{percent(rate['value'])}%"
    if rate["method"] == "census":
        interval = "全体结果，没有抽样误差"
    elif rate["census"]:
        interval = "未受访上下界 " + span(rate["bounds"])
    else:
        interval = span(rate)
    return f"满意率 {value}（{interval}），n={rate['n']}，N={rate['N']:,}，"


def span(limits):
    return f"{percent(limits['low'])}–{percent(limits['high'])}%"


def test_the_page_shows_the_same_digits(surveys, documents, client, people):
    evaluator = client.sign_in(people("evaluator"))

    for name, survey in surveys.items():
        page = evaluator.get(f"/rounds/{survey.round_.id}/results")

        rate = (documents[name]["headline"] or {}).get("rate")
        assert (
            shown(rate) if rate else "没有人回答" if documents[name]["headline"] else "还没有计入"
        ) in page.text, name


def test_the_command_line_prints_the_document_unrounded(
    surveys, documents, session, address, tmp_path, monkeypatch, capsys
):
    some = (simple, stratified, census, nobody_in_the_base, nobody_yet)
    numbers = {make.__name__: surveys[make.__name__].round_.id for make in some}
    session.rollback()  # the command opens the database for itself
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", address)

    for name, number in numbers.items():
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main(["results", str(number), "--json"])
        assert json.loads(capsys.readouterr().out) == documents[name], name
