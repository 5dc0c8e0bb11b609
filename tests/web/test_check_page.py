"""The public page of a draw: digests at once, certificate and frame when fieldwork is over, names of people never."""

import csv
import hashlib
import io
import json
import re
from datetime import timedelta

import pytest
from build import NOON, actor_of
from build_results import make_survey

from survey.app import LIMITED, create_app
from survey.models.draw import Design
from survey.sampling.certificate import from_json
from survey.sampling.verification import verify
from survey.services import closing, draws
from survey.services.closing import Explanation
from survey.web.access import PUBLIC, RULES


@pytest.fixture
def survey(session, app):
    made = make_survey(
        session, app.extensions["vault"], {"一片区": 130, "二片区": 120}, {"*": 120}, released={"*": 110}
    )
    made.interviews(100)
    for _ in range(10):
        made.finish("D12")
    session.commit()
    return made


@pytest.fixture
def close(survey, people, session):
    def shut():
        actor = actor_of(people("coordinator"))
        closing.close(session, actor, NOON + timedelta(days=20), survey.round_, Explanation())
        session.commit()
        return actor

    return shut


def path(survey, file=""):
    return f"/check/{survey.design.certificate_digest}{file}"


def without_digests(page):
    """What a page says apart from its digests, in which any three digits may stand."""
    return re.sub(r"[0-9a-f]{64}", "", page.text)


def fetch(client, address):
    answer = client.browser.get(address)
    assert answer.status_code == 200, address
    return answer.data


def test_without_a_login_anybody_reads_the_digests_and_when_the_rest_will_be_public(client, survey):
    page = client.get(path(survey))

    assert survey.design.frame.digest in page.text and survey.design.certificate_digest in page.text
    assert "访问结束、数据冻结之后公开（访问期到 2025-04-30）" in page.text
    assert "frame.csv" not in page.html and "commitments.csv" not in page.html
    assert "/rounds/" not in page.html


def test_before_the_closing_neither_ids_nor_the_sizes_of_strata_are_shown(client, survey, close):
    """A stratum of one household, taken whole, would name who is called."""
    drawn = survey.cases["*", 1].household_id
    before = without_digests(client.get(path(survey)))
    assert drawn not in before and "130" not in before and "120 户" in before

    close()
    after = without_digests(client.get(path(survey)))
    assert drawn in after and "130" in after


@pytest.mark.parametrize("file", ["/certificate.json", "/frame.csv", "/commitments.csv"])
def test_before_the_closing_no_file_is_given_out(client, survey, file):
    page = client.get(path(survey, file), status=409)

    assert "现在只公开它们的摘要" in page.text and "H-" not in page.text


def test_the_certificate_file_is_the_one_that_the_digest_names(client, survey, close):
    close()
    text = fetch(client, path(survey, "/certificate.json")).decode()

    assert text == survey.design.certificate
    assert json.loads(text)["certificate_sha256"] == survey.design.certificate_digest


def test_after_the_closing_everybody_can_redraw_and_check_the_sealed_list(client, survey, close):
    close()

    page = client.get(path(survey))
    assert "自 2025-04-30 12:00 起公开" in page.text and "frame.csv" in page.html
    frame = fetch(client, path(survey, "/frame.csv"))
    assert hashlib.sha256(frame).hexdigest() == survey.design.frame.digest
    certificate = from_json(fetch(client, path(survey, "/certificate.json")).decode())
    assert all(check.agrees for check in verify(certificate, frame))
    commitments = fetch(client, path(survey, "/commitments.csv"))
    assert hashlib.sha256(commitments).hexdigest() == survey.design.frame.commitments_digest


def test_what_is_public_holds_random_ids_strata_and_commitments_only(client, survey, close):
    close()

    frame = list(csv.reader(io.StringIO(fetch(client, path(survey, "/frame.csv")).decode())))
    commitments = list(csv.reader(io.StringIO(fetch(client, path(survey, "/commitments.csv")).decode())))
    assert frame[0] == ["id", "stratum"] and commitments[0] == ["id", "commitment"]
    assert {row[1] for row in frame[1:]} == {"一片区", "二片区"}
    assert len(frame) == len(commitments) == 251
    whole = client.get(path(survey)).text + str(frame) + str(commitments)
    assert "陈某" not in whole and "DA-" not in whole and "1380000" not in whole and "陈女士" not in whole


def test_what_was_published_stays_public_when_the_round_is_opened_again(client, survey, close, session):
    actor = close()
    closing.reopen(session, actor, NOON + timedelta(days=21), survey.round_, "再访一户")
    session.commit()

    fetch(client, path(survey, "/frame.csv"))


def test_a_frame_that_was_edited_is_not_given_out(client, survey, close, session, monkeypatch):
    close()
    monkeypatch.setattr("survey.services.canonical.canonical_of", lambda *_: b"id,stratum\n")

    page = client.get(path(survey, "/frame.csv"), status=409)

    assert "抽样框与封存时不同" in page.text


@pytest.mark.parametrize("digest", ["1", "0" * 64, "G" * 64, "../certificate"])
def test_an_unknown_digest_is_not_found(client, survey, digest):
    client.get(f"/check/{digest}", status=404)


@pytest.fixture
def replaced(survey, session):
    """The drawn design has been replaced by a later draw, whose digest is `abab…`."""
    old = survey.design
    kept = {
        column.name: getattr(old, column.name)
        for column in Design.__table__.columns
        if column.name not in ("id", "redraw_of_id", "redraw_reason", "certificate_digest")
    }
    later = Design(
        **kept, redraw_of_id=old.id, redraw_reason="掷骰时少一方在场", certificate_digest="ab" * 32
    )
    session.add(later)
    session.commit()
    return later


def test_a_replaced_draw_stays_readable_and_points_to_the_one_that_counts(client, survey, replaced):
    page = client.get(path(survey))

    assert "已被后来的一次取代" in page.text and f"/check/{'ab' * 32}" in page.html
    assert "已被后来的一次取代" not in client.get(f"/check/{'ab' * 32}").text


def test_a_replaced_draw_points_on_also_while_a_third_one_is_prepared(client, survey, replaced, session):
    choice = {name: getattr(replaced, name) for name in draws.CHOICE}
    session.add(Design(**choice, redraw_of_id=replaced.id, redraw_reason="设计有误"))
    session.commit()

    assert f"/check/{'ab' * 32}" in client.get(path(survey)).html


def test_the_draw_page_and_the_certificate_lead_to_it(client, survey, people):
    client.sign_in(people("coordinator"))

    assert path(survey) in client.get(f"/rounds/{survey.round_.id}/draw/").html
    assert path(survey) in client.get(f"/rounds/{survey.round_.id}/draw/certificate").html


@pytest.mark.parametrize("role", ["evaluator", "commissioner"])
@pytest.mark.parametrize("page", ["certificate", "certificate.json"])
def test_who_was_drawn_is_for_those_who_run_the_draw_until_fieldwork_is_over(
    client, survey, people, close, role, page
):
    client.sign_in(people(role))
    drawn = survey.cases["*", 1].household_id

    assert path(survey) in client.get(f"/rounds/{survey.round_.id}/draw/{page}", status=302).location

    close()
    assert drawn in client.get(f"/rounds/{survey.round_.id}/draw/certificate.json").response.text


def test_every_public_page_that_could_be_tried_often_is_limited(app):
    unlimited = {
        "static", "bootstrap.static", "accounts.choose_language", "pages.health", "api_description.document",
    }  # fmt: skip

    assert {name for name, rule in RULES.items() if rule == PUBLIC} - unlimited == LIMITED.keys()


def test_looks_beyond_the_limit_are_refused(tmp_path, address):
    app = create_app(
        {
            "TESTING": True, "INSTANCE": tmp_path, "KEYS_FILE": tmp_path / "keys.json",
            "SQLALCHEMY_DATABASE_URI": address, "CHECK_RATE": "3 per hour",
        }
    )  # fmt: skip
    browser = app.test_client()

    assert [browser.get("/check/" + "0" * 64).status_code for _ in range(4)] == [404, 404, 404, 429]
