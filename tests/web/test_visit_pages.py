"""The pages and requests of home visits: who may, what goes to the telephone, and what lies in its cache."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from build_case import ALL_DAY, make_desk_round, make_released_cases

from survey.models.call import Attempt
from survey.models.draw import Case
from survey.models.frame import Contact
from survey.services.personal import context
from survey.web import visits_shell

STATIC = Path(visits_shell.__file__).parent.parent / "static"


@pytest.fixture
def visitor(client, people):
    return client.sign_in(people("surveyor", "王芳", skills="visit", staff_number="07"))


@pytest.fixture
def cases(app, session):
    released = datetime.now(UTC) - timedelta(minutes=5)
    vault = app.extensions["vault"]
    round_ = make_desk_round(session, now=released, calling_rules=ALL_DAY, home_visits=True)
    made = make_released_cases(session, vault, 2, round_=round_, now=released, phones=("138****",))
    for contact in session.query(Contact):
        contact.address_sealed = vault.seal("榕树街 1 号", context("address", contact.household_id))
    session.commit()
    return made


def ask(client, path, body=None, status=200):
    if body is None:
        return client.get(path, status, headers={"Accept": "application/json"}).json
    return client.post(path, status=status, json=body).json


def take(client, *cases, status=200):
    return ask(client, "/visits/take", {"cases": [case.id for case in cases]}, status)


def test_a_surveyor_without_the_skill_is_refused_at_every_door(client, people, cases):
    client.sign_in(people("surveyor", skills="senior hearing"))

    for path in ("/visits/", "/visits/sw.js", "/visits/state", "/visits/list"):
        ask(client, path, status=403)
    assert "入户访问" in take(client, cases[0], status=403)["message"]
    ask(client, f"/visits/cases/{cases[0].id}/give-back", {}, 403)


def test_the_way_in_is_shown_to_visitors_alone(client, people):
    assert "/visits/" not in client.sign_in(people("surveyor")).get("/desk/").html
    assert "/visits/" in client.sign_in(people("surveyor", skills="visit")).get("/desk/").html


def test_the_list_names_places_and_needs_but_neither_people_nor_addresses(visitor, cases):
    answer = ask(visitor, "/visits/list")

    assert [(place["zone"], place["community"], len(place["households"])) for place in answer["places"]] == [
        ("一片区", "松柏社区", 2)
    ]
    text = json.dumps(answer, ensure_ascii=False)
    assert not re.search(r"陈女士|黄伯|榕树街|138\*", text)


def test_what_goes_to_the_telephone_is_what_the_visit_needs_and_no_number(visitor, cases):
    (home,) = take(visitor, cases[0])["homes"]

    assert (home["salutation"], home["address"], home["phones"]) == ("陈女士", "榕树街 1 号", [])
    assert home["leaseSeconds"] > 11 * 3600
    assert home["facts"]["records_calls"] == "0"
    assert "工作证" in home["verify"]["says"]["zh"]
    assert ask(visitor, "/visits/state")["carried"] == [cases[0].id]
    assert "138*" not in json.dumps(home)


def test_a_household_is_carried_by_one_telephone_only(client, people, visitor, cases):
    take(visitor, *cases)
    client.sign_in(people("surveyor", "陈姨", skills="visit"))

    answer = take(client, *cases)
    assert (answer["homes"], answer["gone"]) == ([], [case.id for case in cases])


@pytest.mark.parametrize("wanted", [None, "1", [True], [0], [2**31], ["1"], list(range(1, 102))])
def test_a_request_that_no_page_of_ours_makes_is_refused(visitor, cases, wanted):
    assert ask(visitor, "/visits/take", {"cases": wanted}, 422)["code"] == "request-malformed"


def test_outcome_and_answers_of_a_visit_go_in_at_the_desks_own_doors(visitor, cases, session):
    take(visitor, *cases)
    body = {"uid": "visit-outcome-1", "code": "D29", "seconds": 3600, "visit": True}

    for _ in range(2):
        answer = ask(visitor, f"/desk/cases/{cases[0].id}/outcome", body)
        assert answer["card"] is None

    (attempt,) = session.query(Attempt).all()
    assert (attempt.mode, attempt.outcome) == ("visit", "D29")
    event = {"uid": "visit-answer-1", "question": "A1", "value": "1", "language": "zh", "base": 0}
    saved = ask(visitor, f"/desk/cases/{cases[1].id}/answers", {"events": [event]})
    assert saved["saved"] == ["visit-answer-1"]


def test_an_outcome_of_a_visit_that_was_never_taken_along_is_refused(visitor, client, people, cases, session):
    take(visitor, cases[0])
    client.sign_in(people("surveyor", "陈姨", skills="visit"))

    body = {"uid": "visit-outcome-1", "code": "D29", "visit": True}
    ask(client, f"/desk/cases/{cases[0].id}/outcome", body, 403)
    assert session.query(Attempt).count() == 0


def test_a_family_that_refuses_at_the_door_leaves_nothing_in_the_visitors_hand(visitor, cases, session):
    take(visitor, cases[0])

    body = {"uid": "visit-outcome-1", "code": "D13", "visit": True}
    assert ask(visitor, f"/desk/cases/{cases[0].id}/outcome", body)["card"] is None
    assert session.get_one(Case, cases[0].id).lease_user_id is None


# -- what opens without a network ----------------------------------------------------------------------------


def test_the_worker_keeps_every_file_that_the_page_asks_for_and_nothing_of_households(visitor, cases):
    take(visitor, *cases)
    page = visitor.get("/visits/").html
    worker = visitor.get("/visits/sw.js").response.get_data(as_text=True)
    kept = json.loads(re.match(r"const SHELL = (\{.*?\});", worker).group(1))

    linked = set(re.findall(r'(?:href|src)="(/(?:static|bootstrap)[^"]+)"', page))
    assert linked - {"/static/visits-manifest.json"} <= set(kept["files"])
    for file in kept["files"]:
        visitor.get(file)
    assert not re.search("陈女士|黄伯|榕树街", page + worker)


def test_every_module_that_is_imported_however_deep_is_kept(visitor):
    files = set(visits_shell.files(str(STATIC)))

    for name in [file for file in files if file.endswith(".js")]:
        assert set(re.findall(r'from\s+"\./([\w.-]+)"', (STATIC / name).read_text())) <= files
        assert not re.search(r'\bimport\s*\(|import\s+"', (STATIC / name).read_text()), (
            "found by its import alone"
        )
    assert {"visits.js", "desk-routing.js", "desk-outbox.js"} <= files


def test_the_version_changes_with_any_file(tmp_path):
    for name in [*visits_shell.files(str(STATIC)), visits_shell.WORKER]:
        (tmp_path / name).write_bytes((STATIC / name).read_bytes())
    before = visits_shell.version(str(tmp_path))
    (tmp_path / "desk-routing.js").write_text("// other")
    visits_shell.files.cache_clear()
    visits_shell.version.cache_clear()

    assert visits_shell.version(str(tmp_path)) != before == visits_shell.version(str(STATIC))


def test_the_page_can_be_installed(visitor):
    manifest = visitor.get("/static/visits-manifest.json").json

    assert manifest["start_url"] == manifest["scope"] == "/visits/"
    for icon in manifest["icons"]:
        assert (STATIC / icon["src"]).read_bytes().startswith(b"\x89PNG")
    assert "worker-src 'self'" in visitor.get("/visits/").response.headers["Content-Security-Policy"]
