"""The commissioner's page of openings: nobody else opens it, and it shows identities without answers."""

from datetime import timedelta

import pytest
from build import NOON
from build_results import make_survey

from survey.models.frame import Opening
from survey.models.trail import AuditEntry

STATION = "三元里街社工服务站"


@pytest.fixture
def survey(session, app):
    made = make_survey(
        session, app.extensions["vault"], {"一片区": 60, "二片区": 60}, {"*": 50}, released={"*": 40}
    )
    made.interviews(20, 2)
    made.round_.closed_at = NOON + timedelta(days=30)
    session.commit()
    return made


@pytest.fixture
def commissioner(client, people):
    user = people("commissioner", "黄科长")
    client.sign_in(user)
    return user


def path(survey, verb=""):
    return f"/rounds/{survey.round_.id}/openings{verb}"


def named(survey, *ranks, **values):
    ids = "\n".join(survey.cases["*", rank].household_id for rank in ranks)
    return {"named-ids": ids, "named-reason": "委托方抽查", "named-name": STATION} | values


RANDOM = {
    "random-number": "0308111922", "random-households": "3", "random-among": "released", "random-reason": "抽查",
    "random-name": STATION,
}  # fmt: skip


@pytest.mark.parametrize("role", ["coordinator", "supervisor", "evaluator", "surveyor", "station", "admin"])
def test_only_the_commissioner_opens_identities(client, people, survey, session, role):
    client.sign_in(people(role))

    client.get(path(survey), status=403)
    client.post(path(survey, "/named"), named(survey, 1), status=403)
    client.post(path(survey, "/random"), RANDOM, status=403)
    assert session.query(Opening).count() == 0


def test_the_round_page_leads_the_commissioner_there_and_nobody_else(client, people, survey, commissioner):
    address = f"/rounds/{survey.round_.id}"

    assert path(survey) in client.get(address).html
    assert path(survey) not in client.sign_in(people("coordinator")).get(address).html


def test_before_the_round_is_closed_the_page_says_when(client, survey, commissioner, session):
    survey.round_.closed_at = None
    session.commit()

    assert "本轮结束、数据冻结之后" in client.get(path(survey)).text
    page = client.post(path(survey, "/named"), named(survey, 1), status=409)
    assert "本轮还没有结束" in page.text and session.query(Opening).count() == 0


def test_named_ids_are_opened_with_identity_salt_commitment_and_a_mark(client, survey, commissioner, session):
    page = client.get(path(survey))
    assert "还没有揭示" in page.text

    client.post(path(survey, "/named"), named(survey, 2, 5))

    page = client.get(path(survey))
    row = survey.cases["*", 2].frame_row
    assert row.household_id in page.text and f"DA-{row.row - 2:04d}" in page.text
    assert row.commitment in page.text and "✓ 与封存的承诺一致" in page.text
    assert f"python3 check_opening.py commitments.csv {row.household_id}" in page.text
    assert "已揭示（2 户）" in page.text and "黄科长" in page.text
    assert page.response.headers["Cache-Control"] == "no-store"
    assert session.query(AuditEntry).filter_by(action="identity.read").count() == 1


def test_the_page_shows_no_answers_and_no_telephone_numbers(client, survey, commissioner):
    client.post(path(survey, "/named"), named(survey, 1, 2, 3))

    text = client.get(path(survey)).text
    assert "1380000" not in text and "满意" not in text and "完成（" not in text


def test_a_public_number_picks_and_the_page_shows_its_tickets(client, survey, commissioner, session):
    client.post(path(survey, "/random"), RANDOM)

    page = client.get(path(survey))
    assert "随机抽取：公开数字 0308111922，已发放的户，抽 3 户" in page.text
    tickets = [
        entry.details["ticket"] for entry in session.query(AuditEntry).filter_by(action="identity.opened")
    ]
    assert len(tickets) == 3 and all(ticket in page.text for ticket in tickets)


def test_the_script_stands_on_the_page_and_can_be_downloaded(client, survey, commissioner):
    page = client.get(path(survey))

    assert "unicodedata.normalize(&#39;NFC&#39;, identity)" in page.html
    script = client.browser.get("/static/verify/check_opening.py")
    assert script.status_code == 200 and b"hashlib.sha256" in script.data


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({"named-name": "别的站"}, 422, "与社工站名称不一致"),
        ({"named-reason": ""}, 422, "请填写此项"),
        ({"named-ids": "H-0000000000"}, 404, "没有这些编号：H-0000000000"),
        ({"named-ids": "\n".join(f"H-{n:010d}" for n in range(31))}, 422, "一次最多揭示 30 户，现在是 31 户"),
    ],
)
def test_what_cannot_be_opened_is_said_and_what_was_typed_stays(
    client, survey, commissioner, session, values, status, words
):
    page = client.post(path(survey, "/named"), named(survey, 1, **values), status=status)

    assert words in page.text and session.query(Opening).count() == 0
    assert values.get("named-ids", survey.cases["*", 1].household_id).split()[0] in page.html


def test_what_was_opened_before_is_said_and_not_opened_twice(client, survey, commissioner, session):
    client.post(path(survey, "/named"), named(survey, 1))
    client.post(path(survey, "/named"), named(survey, 1))

    first = survey.cases["*", 1].household_id
    assert f"先前已揭示，见下方：{first}" in client.get(path(survey)).text
    assert session.query(Opening).count() == 1


def test_openings_read_as_words_in_the_trail(client, people, survey, commissioner):
    client.post(path(survey, "/random"), RANDOM)

    text = client.sign_in(people("coordinator")).get("/trail/?group=openings").text
    assert "揭示一户的身份" in text and "公开数字 0308111922" in text and "范围 已发放的户" in text
    assert "DA-" not in text
