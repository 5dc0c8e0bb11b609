"""Every route × every role: who is let in, who is sent to the login page, who is refused."""

import pytest
from build import make_round
from flask import g

from survey.web.access import PUBLIC, ROLES, RULES, SIGNED_IN, refuse_unruled_routes


def routes(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint in RULES]


def address_of(app, rule, values):
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        arguments = {name: values.get(name, "1") for name in rule.arguments}
        return adapter.build(rule.endpoint, arguments, method="GET" if "GET" in rule.methods else "POST")


def knock(client, app, rule, values):
    path = address_of(app, rule, values)
    g.__dict__.clear()
    if "GET" in rule.methods:
        return client.browser.get(path).status_code
    return client.browser.post(path).status_code


def test_the_app_refuses_to_start_when_a_route_has_no_rule(app):
    app._got_first_request = False
    app.add_url_rule("/forgotten", "forgotten", lambda: "")

    with pytest.raises(RuntimeError, match="forgotten"):
        refuse_unruled_routes(app)


def test_without_a_login_only_public_pages_open(app, client, session):
    round_ = make_round(session)
    session.commit()
    values = {
        "round_id": round_.id, "season_id": round_.season_id, "filename": "huifang.css", "domain": "zones",
    }  # fmt: skip

    for rule in routes(app):
        status = knock(client, app, rule, values)
        if RULES[rule.endpoint] == PUBLIC:
            assert status != 403 and status != 401, rule
        else:
            assert status in (302, 401), f"{rule} gives {status}"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_permissions_and_nothing_else(role, app, client, people, session):
    round_ = make_round(session)
    session.commit()
    somebody = people(None).id
    values = {
        "round_id": round_.id,
        "season_id": round_.season_id,
        "station_id": round_.station_id,
        "user_id": somebody,
        "filename": "mark.svg",
    }
    user = people(role, skills="visit")

    for rule in routes(app):
        if rule.rule.startswith("/api/"):
            continue  # open to tokens alone: tests/api
        needed = RULES[rule.endpoint]
        if rule.endpoint == "accounts.logout":
            continue  # it would end the walk
        client.sign_in(user)
        status = knock(client, app, rule, values)
        if needed in (PUBLIC, SIGNED_IN) or needed in ROLES[role]:
            assert status not in (401, 403), f"{role} is refused at {rule} ({status})"
        else:
            assert status == 403, f"{role} gets {status} at {rule}"


def test_a_role_for_one_round_does_not_open_another(app, client, people, session):
    mine = make_round(session)
    session.commit()
    surveyor = people("evaluator", round_=mine)

    from survey.web.access import scope

    held = scope(surveyor, "results.view")
    assert held.covers(mine) and not held.everywhere


def test_a_recused_person_is_refused_everywhere_in_that_station(people, session):
    from build import NOON, actor_of

    from survey.services.accounts import recuse
    from survey.web.access import scope

    round_ = make_round(session)
    coordinator = people("coordinator")
    recuse(session, actor_of(coordinator), NOON, coordinator, round_.station, "曾在该站任职")

    assert not scope(coordinator, "seasons.view").covers(round_)


def test_a_coordinator_of_one_round_does_not_touch_the_season(client, people, session):
    round_ = make_round(session)
    session.commit()
    client.sign_in(people("coordinator", round_=round_))

    client.get("/seasons/new", status=403)
    client.get(f"/seasons/{round_.season_id}/edit", status=403)
    client.get(f"/rounds/{round_.id}")


def test_a_recused_coordinator_does_not_read_that_stations_trail(client, people, session):
    from build import NOON, actor_of

    from survey.services import trail
    from survey.services.accounts import recuse

    round_ = make_round(session)
    coordinator = people("coordinator")
    trail.record(
        session, actor_of(coordinator), "phone.revealed", NOON, subject="case:H-SECRET", round_id=round_.id
    )
    recuse(session, actor_of(coordinator), NOON, coordinator, round_.station, "曾在该站任职")
    session.commit()
    client.sign_in(coordinator)

    assert "H-SECRET" not in client.get("/trail/").text
