"""Who reads what by a token: never more than its owner may at this moment, and nothing that points at a household."""

import json
from datetime import timedelta

import pytest
from build import NOON, actor_of, make_round, make_season, make_station
from build_results import make_survey

from survey.models.accounts import Grant
from survey.models.frame import FrameRow
from survey.models.interview import Verbatim
from survey.models.token import ApiToken
from survey.services import accounts, api_tokens, closing
from survey.services.closing import Explanation
from survey.services.trail import SYSTEM
from survey.web import bearer
from survey.web.access import ROLES, RULES, SCOPE_PERMISSIONS
from survey.web.clock import now

#: endpoint -> an address of it
ADDRESSES = {
    "api.seasons": "/seasons",
    "api.season": "/seasons/{season}",
    "api.round_facts": "/rounds/{round}",
    "api.results": "/rounds/{round}/results",
    "api.items": "/rounds/{round}/items",
    "api.item": "/rounds/{round}/items/H1",
    "api.domain": "/rounds/{round}/domains/zones",
    "api.outcomes": "/rounds/{round}/outcomes",
    "api.definitions": "/rounds/{round}/definitions",
    "api.verbatims": "/rounds/{round}/verbatims",
    "api.certificate": "/rounds/{round}/certificate",
}


def address(endpoint, survey):
    return ADDRESSES[endpoint].format(round=survey.round_.id, season=survey.round_.season_id)


def everything(asking, survey):
    """All that a program reaches, as one text."""
    answers = [
        asking.browser.get(f"/api/v1{address(each, survey)}", headers=bearing(asking)) for each in ADDRESSES
    ]
    return json.dumps([each.get_json() for each in answers if each.status_code == 200], ensure_ascii=False)


def bearing(asking):
    return {"Authorization": f"Bearer {asking.token}"}


def test_every_endpoint_is_asked_here():
    assert ADDRESSES.keys() == {endpoint for endpoint in RULES if endpoint.startswith("api.")}


# -- role × route -------------------------------------------------------------------------------------------


def test_a_token_opens_what_its_owners_role_may_read_and_nothing_else(program, survey):
    for role, permissions in ROLES.items():
        asking = program(role)
        for endpoint in ADDRESSES:
            may = {"api.use", RULES[endpoint]} <= permissions
            asking.get(address(endpoint, survey), 200 if may else 403)


@pytest.mark.parametrize("role", ["surveyor", "station"])
def test_whom_no_results_concern_has_no_page_of_tokens(role, client, people):
    client.sign_in(people(role)).get("/profile/tokens", status=403)


def test_nobodys_token_reaches_a_household_before_the_close(program, survey, session):
    """Neither names, numbers and words as they were said, nor who was drawn, nor a community. The coordinator alone,
    who runs the draw, reads its ids."""
    said = "".join(everything(program(role), survey) for role in ROLES if role != "coordinator")

    rows = session.query(FrameRow).filter_by(frame_id=survey.design.frame_id)
    secrets = {row.household_id for row in rows} | {row.community for row in rows}
    secrets |= {"陈女士", "陈某", "1380000", "DA-0", "原话："} | {
        case.ticket for case in survey.cases.values()
    }
    assert [secret for secret in secrets if secret in said] == []


def test_strata_that_are_communities_are_not_named_to_an_evaluator_before_the_close(program, session, app):
    survey = make_survey(
        session, app.extensions["vault"], {"一片区": 90, "二片区": 60},
        {"一片区社区": 40, "二片区社区": 30}, stratify_by="community",
    )  # fmt: skip
    survey.interviews(20, 2, "一片区社区")
    survey.interviews(15, 2, "二片区社区")
    session.commit()

    said = everything(program("evaluator"), survey)

    assert "一片区" in said and "社区社区" not in said and "一片区社区" not in said


def test_the_search_above_finds_what_a_coordinator_may_read(program, survey):
    """The drawn ids, which the coordinator's certificate holds before the close."""
    assert survey.cases["一片区", 1].household_id in everything(program("coordinator"), survey)


def test_after_the_close_the_certificate_is_what_the_public_page_gives(program, survey, people, session):
    close(survey, people, session)

    found = program("evaluator").get(f"/rounds/{survey.round_.id}/certificate").get_json()

    assert found["certificate"] == json.loads(survey.design.certificate)
    assert found["published_at"] and found["check_page"] == f"/check/{survey.design.certificate_digest}"


def close(survey, people, session):
    explained = Explanation({"untried": "访问期已满"}, "名册过期", "街道办 黄科长，2025-04-30，函 3 号")
    closing.close(
        session, actor_of(people("coordinator")), NOON + timedelta(days=20), survey.round_, explained
    )
    session.commit()


def test_before_the_close_an_evaluator_reads_the_digests_of_the_certificate(program, survey):
    found = program("evaluator").get(f"/rounds/{survey.round_.id}/certificate").get_json()

    assert found["certificate"] is None and found["published_at"] is None
    assert found["certificate_sha256"] == survey.design.certificate_digest
    assert found["frame_sha256"] == survey.design.frame.digest


def test_words_come_masked(program, survey, session):
    found = program("coder").get(f"/rounds/{survey.round_.id}/verbatims").get_json()

    masked = {each.masked for each in session.query(Verbatim)}
    assert found["total"] == 3 and {item["text"] for item in found["items"]} == masked


# -- the token ----------------------------------------------------------------------------------------------


def test_without_a_token_nothing_opens_and_the_answer_says_how(program, app, survey):
    asking = program("evaluator")
    asking.token = ""

    for endpoint in ADDRESSES:
        answer = asking.get(address(endpoint, survey), 401)
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="huifang"'
        assert answer.get_json()["code"] == "token-missing"


def test_a_login_in_the_browser_opens_nothing_in_the_api(client, people):
    client.sign_in(people("evaluator"))

    answer = client.browser.get("/api/v1/seasons")

    assert answer.status_code == 401


def test_a_token_opens_no_page(program, survey):
    asking = program("evaluator")

    page = asking.browser.get(f"/rounds/{survey.round_.id}/results", headers=bearing(asking))

    assert page.status_code == 302 and "/login" in page.headers["Location"]


@pytest.mark.parametrize(
    "header", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer x", "huifang", "Bearer \xff"]
)
def test_something_else_in_the_header_is_no_token(header, program):
    assert program("evaluator").get("/seasons", 401, Authorization=header).get_json()["status"] == 401


def test_an_ended_token_opens_nothing(program, session):
    asking = program("evaluator")
    token = session.query(ApiToken).one()
    api_tokens.end(session, actor_of(token.user), now(), token.user, token.id)
    session.commit()

    answer = asking.get("/seasons", 401)

    assert answer.get_json()["code"] == "token-ended"
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_opens_nothing_from_the_moment_it_expires(program, monkeypatch):
    made = now()
    asking = program("evaluator", at=made, days=30)

    monkeypatch.setattr(bearer, "now", lambda: made + timedelta(days=30, seconds=-1))
    asking.get("/seasons")
    monkeypatch.setattr(bearer, "now", lambda: made + timedelta(days=30))
    assert asking.get("/seasons", 401).get_json()["code"] == "token-expired"


def test_a_scope_left_out_stays_shut_whatever_the_owner_may(program, survey):
    asking = program("evaluator", scopes=["seasons.read"])

    asking.get("/seasons")
    for endpoint in ADDRESSES:
        if RULES[endpoint] != "seasons.view":
            answer = asking.get(address(endpoint, survey), 403)
            assert answer.get_json()["code"] == "scope-missing"
            needed = next(name for name, held in SCOPE_PERMISSIONS.items() if held == RULES[endpoint])
            assert f'error="insufficient_scope", scope="{needed}"' in answer.headers["WWW-Authenticate"]


def off(session, user):
    accounts.set_active(session, SYSTEM, now(), user, False)


def reset(session, user):
    accounts.reset_password(session, SYSTEM, now(), user, str)


def locked(session, user):
    for _ in range(5):
        accounts.note_failed_login(session, user, now(), limit=5, lock_for=timedelta(minutes=15))


def without_role(session, user):
    accounts.revoke(session, SYSTEM, now(), user, user.grants[0].id)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (off, 401, "account-off"),
        (reset, 403, "password-change-due"),
        (locked, 403, "account-locked"),
        (without_role, 403, "api-not-allowed"),
    ],
)
def test_a_token_gives_no_more_than_its_owner_has_now(change, status, code, program, people, session):
    user = people("evaluator")
    asking = program(user=user)
    asking.get("/seasons")

    change(session, user)
    session.commit()

    answer = asking.get("/seasons", status)
    assert answer.get_json()["code"] == code and "WWW-Authenticate" in answer.headers


def test_a_recusal_takes_the_stations_rounds_away_from_the_token(program, people, survey, session):
    user = people("evaluator")
    asking = program(user=user)
    season = f"/seasons/{survey.round_.season_id}"
    assert len(asking.get(season).get_json()["rounds"]) == 1
    make_round(session, survey.round_.season, make_station(session, "另一站"))

    accounts.recuse(session, actor_of(user), now(), user, survey.round_.station, "曾在该站任职")
    session.commit()

    asking.get(f"/rounds/{survey.round_.id}/results", 403)
    assert [each["station"]["name"] for each in asking.get(season).get_json()["rounds"]] == ["另一站"]


def test_a_role_for_one_round_reads_that_round_alone(program, people, survey, session):
    other = make_round(session, make_season(session, "另一季"), make_station(session, "另一站"))
    user = people("evaluator", round_=other)
    asking = program(user=user)

    assert [each["name"] for each in asking.get("/seasons").get_json()["items"]] == ["另一季"]
    asking.get(f"/seasons/{survey.round_.season_id}", 403)
    asking.get(f"/rounds/{survey.round_.id}", 403)
    asking.get(f"/rounds/{other.id}")


def test_a_role_given_later_widens_only_what_the_scopes_hold(program, people, survey, session):
    user = people("verifier")
    asking = program(user=user, scopes=["seasons.read", "results.read"])
    asking.get(f"/rounds/{survey.round_.id}/results", 403)

    user.grants.append(Grant(role="evaluator", granted_at=NOON))
    session.commit()

    asking.get(f"/rounds/{survey.round_.id}/results")
    asking.get(f"/rounds/{survey.round_.id}/verbatims", 403)


def test_the_last_use_is_written_once_an_hour(program, session, monkeypatch):
    made = now()
    asking, token = program("evaluator", at=made), session.query(ApiToken).one()
    used = []
    for minutes in (0, 59, 60):
        monkeypatch.setattr(bearer, "now", lambda at=made + timedelta(minutes=minutes): at)
        asking.get("/seasons")
        used.append(token.last_used_at - made)

    assert used == [timedelta(0), timedelta(0), timedelta(minutes=60)]
