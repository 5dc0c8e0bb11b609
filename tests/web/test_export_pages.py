import csv
import hashlib
import io

import pytest
from build_results import SATISFIED, make_survey

from survey.models.trail import AuditEntry
from survey.services import trail


@pytest.fixture
def survey(session, app):
    made = make_survey(session, app.extensions["vault"], {"一片区": 100}, {"*": 40}, questionnaire="full")
    made.interviews(11, 2)
    made.interview(SATISFIED, words={"J1": "多来看看"})
    made.look_at_words()
    session.commit()
    return made


@pytest.fixture
def evaluator(client, people):
    return client.sign_in(people("evaluator"))


@pytest.fixture
def coordinator(client, people):
    return client.sign_in(people("coordinator"))


def take(client, survey, tail="", status=200, **fields):
    return client.post(f"/rounds/{survey.round_.id}/export{tail}", {"suffix": "csv", **fields}, status=status)


def rows_of(page):
    return list(csv.DictReader(io.StringIO(content_of(page).decode("utf-8-sig"), newline="")))


def content_of(page):
    return page.response.get_data()


def entries(session, action):
    return session.query(AuditEntry).filter_by(action=action).all()


def test_the_page_says_what_is_in_the_file_and_how_many_households(evaluator, survey):
    page = evaluator.get(f"/rounds/{survey.round_.id}/export")

    assert "不含住户编号、姓名、电话、访问员和时间" in page.text and "导出 14 户" in page.text
    assert "最多 1,048,575 户" in page.text


def test_the_results_lead_to_the_export(evaluator, survey):
    page = evaluator.get(f"/rounds/{survey.round_.id}/results")

    assert f"/rounds/{survey.round_.id}/export" in page.html


def test_a_file_is_handed_over_and_its_hash_stays_in_the_trail(evaluator, survey, session):
    answer = take(evaluator, survey)

    assert len(rows_of(answer)) == 14 and "attachment" in answer.response.headers["Content-Disposition"]
    (entry,) = entries(session, "data.exported")
    digest = hashlib.sha256(content_of(answer)).hexdigest()
    assert entry.details == {"format": "csv", "rows": 14, "sha256": digest, "words": False}


@pytest.mark.parametrize("suffix", ["xlsx", "sav", "zip"])
def test_the_other_kinds_of_file_are_handed_over_too(suffix, evaluator, survey):
    answer = take(evaluator, survey, suffix=suffix)

    assert f".{suffix}" in answer.response.headers["Content-Disposition"] and content_of(answer)


def test_words_go_along_only_when_asked_for(evaluator, survey):
    assert "J1" not in rows_of(take(evaluator, survey))[0]
    assert "多来看看" in {row["J1"] for row in rows_of(take(evaluator, survey, words="y"))}


def test_words_stay_behind_for_whoever_may_not_see_them(coordinator, survey):
    rows = rows_of(take(coordinator, survey, "/identified", words="y", reason="核对三户"))

    assert "household" in rows[0] and "J1" not in rows[0]


def test_an_evaluator_reaches_no_identities(evaluator, survey):
    assert "household" not in take(evaluator, survey, "/identified", 403, reason="想看看").text


def test_without_a_reason_no_identities_are_handed_over(coordinator, survey, session):
    answer = take(coordinator, survey, "/identified", 422, reason="  ")

    assert "请填写此项" in answer.text
    assert entries(session, "data.exported-identified") == []


def test_identities_are_handed_over_with_a_reason_that_belongs_to_the_chain(coordinator, survey, session):
    answer = take(coordinator, survey, "/identified", reason="按区民政局来函核对三户")

    assert {row["household"] for row in rows_of(answer)} == {
        case.household_id for case in survey.cases.values() if case.state == "final"
    }
    (entry,) = entries(session, "data.exported-identified")
    assert entry.details["reason"] == "按区民政局来函核对三户" and entry.chain_number is not None
    assert list(trail.broken_links(session)) == []


def test_what_cannot_be_written_is_said_on_the_page_and_leaves_no_entry(
    evaluator, survey, session, monkeypatch
):
    from survey.reports import spss

    monkeypatch.setattr(spss, "find_spec", lambda name: None)

    answer = take(evaluator, survey, status=422, suffix="sav")

    assert "没有安装 SPSS 组件" in answer.text
    assert entries(session, "data.exported") == []


def test_others_write_while_a_file_is_made(evaluator, survey, session, monkeypatch):
    from survey.db import writing
    from survey.reports import export

    seen = []
    monkeypatch.setattr(
        export, "write", lambda path, *_: (seen.append(writing.get()), path.write_bytes(b"x"))
    )

    take(evaluator, survey)

    assert seen == [False] and len(entries(session, "data.exported")) == 1


def test_the_file_speaks_the_language_of_the_page(evaluator, survey):
    evaluator.speak("en")

    answer = take(evaluator, survey)

    assert {row["stratum"] for row in rows_of(answer)} == {"No strata"}
