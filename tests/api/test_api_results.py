"""What each endpoint says: the same as the document, in the language asked for."""

import json
from dataclasses import replace

import pytest
from build import NOON, actor_of, make_round
from build_results import make_survey
from flask import g

from survey.catalogues import catalogue
from survey.models.season import DefinitionVersion
from survey.reports.document import results_document
from survey.services import publication
from survey.services.adoptions import adopt_for_round
from survey.services.results import round_results
from survey.services.trail import SYSTEM
from survey.stats.definition import DEFAULT
from survey.web.clock import now


@pytest.fixture
def asking(program):
    return program("evaluator")


def document(survey, **values):
    return results_document(round_results(survey.session, survey.round_), survey.round_, **values)


def path(survey, rest=""):
    return f"/rounds/{survey.round_.id}{rest}"


def as_sent(value):
    """What JSON makes of it."""
    return json.loads(json.dumps(value))


def test_the_results_are_the_document_to_the_last_digit(asking, survey, session):
    publication.publish(session, SYSTEM, now(), survey.design)
    session.commit()

    assert asking.get(path(survey, "/results")).get_json() == as_sent(document(survey))


def test_until_the_frame_is_public_the_checks_say_that_they_agree_and_not_on_what(asking, survey):
    checks = asking.get(path(survey, "/results")).get_json()["integrity"]["checks"]

    assert [check["agrees"] for check in checks] == [
        check["agrees"] for check in document(survey)["integrity"]["checks"]
    ]
    assert {check["detail"] for check in checks} == {None}


def test_texts_are_in_the_language_asked_for_and_keys_are_not(asking, survey):
    english = asking.get(path(survey, "/results"), language="en-GB, zh;q=0.5").get_json()

    expected = document(survey, translate=catalogue("en").gettext, language="en")
    assert english["headline"] == as_sent(expected)["headline"]
    assert english["headline"]["name"] == "Overall satisfaction"


def test_a_round_without_interviews_has_results_too(asking, session, app):
    survey = make_survey(session, app.extensions["vault"], {"一片区": 120}, {"*": 110})
    session.commit()

    found = asking.get(path(survey, "/results")).get_json()

    assert found["headline"] is None and found["zones"] == [] and found["dispositions"]["drawn"] == 110


def test_items_are_the_figures_of_the_whole_round(asking, survey):
    whole = document(survey)

    found = asking.get(path(survey, "/items")).get_json()

    names = [figure["question"] for figure in found["items"]]
    assert names[0] == whole["headline"]["question"] and len(names) == len(set(names))
    assert found["items"][1:] == [*whole["items"], *whole["outcomes_trio"], *whole["reach"]]
    assert found["definition"]["version"] == 1


def test_one_item_is_told_for_the_round_and_for_each_zone(asking, survey):
    found = asking.get(path(survey, "/items/F3")).get_json()

    assert found["item"]["question"] == "F3" and found["item"]["rate"]["n"] == 60
    parts = {(part["domain"], part["name"]): part["figure"] for part in found["parts"]}
    assert parts["zones", "一片区"]["rate"]["n"] == 30 and ("zones", "三片区") not in parts


def test_an_item_that_nobody_was_asked_is_not_found(asking, survey):
    assert asking.get(path(survey, "/items/Z9"), 404).get_json()["code"] == "no-such-question"


def test_a_domain_merges_and_hides_what_the_page_does(asking, survey):
    found = asking.get(path(survey, "/domains/zones")).get_json()

    zones = as_sent(document(survey))["zones"]
    assert [part["figures"] for part in found["parts"]] == [zone["figures"] for zone in zones]
    assert "三片区" not in [part["name"] for part in found["parts"]] and len(found["parts"]) == 2


def test_an_unknown_domain_is_not_found(asking, survey):
    asking.get(path(survey, "/domains/communities"), 404)


def test_outcomes_are_dispositions_and_rates(asking, survey):
    found, whole = asking.get(path(survey, "/outcomes")).get_json(), as_sent(document(survey))

    for part in ("sizes", "dispositions", "rates", "releases"):
        assert found[part] == whole[part]
    assert "headline" not in found and "integrity" not in found


def test_results_can_be_read_under_an_earlier_version_which_they_name(asking, survey, session, people):
    first, wanted = survey.round_.definition, replace(DEFAULT, satisfied_codes=frozenset({5}))
    adopt_for_round(
        session,
        actor_of(people("coordinator")),
        NOON,
        survey.round_,
        wanted,
        seen=first.id,
        reason="委托方来函",
    )
    session.commit()

    now_, before = asking.get(path(survey, "/definitions")).get_json()["items"]
    assert (now_["in_force"], now_["after_release"], now_["reason"]) == (True, True, "委托方来函")
    assert (before["id"], before["in_force"]) == (first.id, False)
    earlier = asking.get(path(survey, f"/results?definition={first.id}")).get_json()
    own = asking.get(path(survey, "/results")).get_json()

    assert (earlier["definition"]["version"], own["definition"]["version"]) == (1, 2)
    assert earlier["headline"]["rate"]["satisfied"] >= own["headline"]["rate"]["satisfied"]
    assert earlier["definition"]["satisfied_codes"] == ["5", "4"]
    assert own["definition"]["satisfied_codes"] == ["5"]


def test_a_version_that_the_round_never_had_is_not_found(asking, survey, session):
    content = {**survey.round_.definition.content, "satisfied_codes": [3, 4, 5]}
    session.add(DefinitionVersion(id=77, name="别处的口径", version=1, content=content, created_at=NOON))
    session.commit()

    assert asking.get(path(survey, "/items?definition=77"), 404).get_json()["code"] == "no-definition"


def test_a_version_that_is_not_there_is_not_found(asking, survey):
    assert asking.get(path(survey, "/items?definition=78"), 404).get_json()["code"] == "no-definition"
    for nonsense in ("0", "-1", "99999999999", "v1"):
        asking.get(path(survey, f"/outcomes?definition={nonsense}"), 422)


def test_seasons_and_rounds_are_told_with_dates_and_versions(asking, survey):
    (season,) = asking.get("/seasons").get_json()["items"]
    found = asking.get(f"/seasons/{season['id']}").get_json()
    (round_,) = found["rounds"]

    assert season["name"] == "2025 年末期评估" and season["period_from"] == "2024-05-24"
    assert round_ == asking.get(path(survey)).get_json()
    assert round_["station"]["name"] == "三元里街社工服务站" and round_["closed_at"] is None
    assert round_["definition"] == {"name": "满意率", "version": 1}


# -- words page by page -------------------------------------------------------------------------------------


def test_words_are_paged_by_a_key_and_each_comes_once(asking, survey):
    address, texts = path(survey, "/verbatims?size=1"), []
    found = asking.get(address).get_json()
    while True:
        texts += [item["text"] for item in found["items"]]
        if found["next"] is None:
            break
        found = asking.get(f"{address}&after={found['next']}").get_json()

    assert sorted(texts) == sorted(["多办活动", "〔姓名〕常来看我", "约好上门没有来"]) and found["total"] == 3


def test_words_are_found_by_question_and_by_text(asking, survey):
    assert [
        each["text"] for each in asking.get(path(survey, "/verbatims?question=J1")).get_json()["items"]
    ] == ["多办活动"]
    found = asking.get(path(survey, "/verbatims?q=上门")).get_json()
    assert [each["text"] for each in found["items"]] == ["约好上门没有来"] and found["searched"] == 3
    assert asking.get(path(survey, "/verbatims?question=Z9"), 404).get_json()["code"] == "no-such-question"


def test_words_that_nobody_has_looked_at_are_counted_and_not_given_out(asking, survey, session):
    survey.interview(words={"J1": "阿芬好好"}, stratum="一片区")
    session.commit()

    found = asking.get(path(survey, "/verbatims?question=J1")).get_json()
    assert found["total"] == 2 and {each["text"] for each in found["items"]} == {"多办活动", None}


def test_a_wrong_parameter_is_named_with_its_remedy(asking, survey):
    found = asking.get(path(survey, "/verbatims?size=0"), 422, language="en").get_json()

    assert found["errors"] == [{"name": "size", "detail": "Enter 1 to 200."}]
    assert found["detail"] == "Wrong parameters: size." and found["code"] == "http-422"
    assert asking.get(path(survey, "/verbatims?size=viel"), 422).get_json()["errors"][0]["name"] == "size"


# -- errors, caching, counting ------------------------------------------------------------------------------


def test_an_error_is_a_problem_in_the_language_asked_for(asking):
    answer = asking.get("/rounds/77", 404, language="en")

    assert answer.content_type == "application/problem+json" and answer.headers["Content-Language"] == "en"
    assert answer.get_json() == {
        "type": "about:blank", "code": "http-404", "title": "Page not found", "status": 404,
        "detail": "There is no such address, or nothing that it points to.", "instance": "/api/v1/rounds/77",
    }  # fmt: skip


def test_our_own_errors_have_a_type_of_their_own(asking, session):
    round_ = make_round(session)
    session.commit()

    found = asking.get(f"/rounds/{round_.id}/certificate", 409).get_json()

    assert (found["type"], found["code"]) == ("urn:huifang:problem:not-drawn", "not-drawn")


def test_the_pages_errors_stay_pages(client, people):
    client.sign_in(people("evaluator"))

    page = client.get("/rounds/77/results", status=404)
    assert page.response.mimetype == "text/html" and "找不到" in page.text
    page = client.get("/seasons/new", status=403)
    assert page.response.mimetype == "text/html"


def test_the_api_only_reads(asking):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = asking.get("/seasons", 405, method=method)
        assert answer.get_json()["code"] == "http-405"
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_head_has_the_headers_of_get_and_no_body(asking, survey):
    whole, head = asking.get(path(survey, "/results")), asking.get(path(survey, "/results"), method="HEAD")

    assert head.data == b"" and head.headers["ETag"] == whole.headers["ETag"]
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


def test_options_names_the_methods(asking):
    answer = asking.get("/seasons", method="OPTIONS")

    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_an_answer_may_be_kept_and_asked_for_again_by_its_tag(asking, survey):
    first = asking.get(path(survey, "/results"))
    assert not first.headers["ETag"].startswith("W/") and "private" in first.headers["Cache-Control"]

    again = asking.get(path(survey, "/results"), 304, If_None_Match=first.headers["ETag"])
    assert again.data == b"" and again.headers["ETag"] == first.headers["ETag"]
    asking.get(path(survey, "/results"), language="en", If_None_Match=first.headers["ETag"])

    survey.interview(stratum="一片区")
    survey.session.commit()
    changed = asking.get(path(survey, "/results"), If_None_Match=first.headers["ETag"])
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_an_error_is_never_kept(asking):
    assert asking.get("/rounds/77", 404).headers["Cache-Control"] == "no-store"


def test_requests_are_counted_for_each_token(tmp_path, address):
    from build import People
    from build_token import make_token

    from survey.app import create_app
    from survey.db import db

    app = create_app(
        {
            "INSTANCE": tmp_path, "KEYS_FILE": tmp_path / "keys.json", "SQLALCHEMY_DATABASE_URI": address,
            "API_RATE": "2 per minute",
        }
    )  # fmt: skip
    with app.app_context():
        people, session, browser = People(db.session()), db.session(), app.test_client()
        one, other = (make_token(session, people("evaluator")) for _ in range(2))

        def ask(token, path="/seasons"):
            g.__dict__.clear()
            return browser.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})

        assert ask(one).headers["RateLimit-Remaining"] == "1"
        assert ask(one, "/seasons/77").status_code == 404
        refused = ask(one)
        assert refused.status_code == 429 and refused.get_json()["code"] == "too-many-requests"
        assert 0 < int(refused.headers["Retry-After"]) <= 60 and refused.headers["RateLimit-Limit"] == "2"
        assert ask(other).status_code == 200
        db.session.remove()
        db.engine.dispose()


def test_categories_and_levels_come_with_the_overall_question(asking, session, app):
    survey = make_survey(
        session, app.extensions["vault"], {"一片区": 120}, {"*": 120},
        categories=("low_income", "disabled"), levels=("一级", "二级"),
    )  # fmt: skip
    survey.interviews(100, 20)
    session.commit()

    for domain in ("categories", "levels"):
        found = asking.get(path(survey, f"/domains/{domain}")).get_json()["parts"]
        assert len(found) > 1 and {part["figures"][0]["question"] for part in found} == {"H1"}
    parts = asking.get(path(survey, "/items/H1")).get_json()["parts"]
    assert {part["domain"] for part in parts} == {"categories", "levels"}
