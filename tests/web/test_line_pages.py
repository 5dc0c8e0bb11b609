import pytest
from build import make_round

from survey.models.call import Line


@pytest.fixture
def coordinator(client, people):
    user = people("coordinator", "林统筹")
    client.sign_in(user)
    return user


def add(client, number="020-81234501", name="三号机", status=302):
    return client.post("/lines/", {"number": number, "name": name}, status=status)


def test_a_coordinator_adds_renames_retires_and_restores_a_line(client, session, coordinator):
    add(client)
    line = session.query(Line).one()
    assert "三号机" in client.get("/lines/").text

    client.post(f"/lines/{line.id}", {"number": "020-81234501", "name": "四号机"})
    client.post(f"/lines/{line.id}/active", {"active": "0"})
    assert "四号机" in client.get("/lines/").text and not line.active
    assert "已停用" in client.get("/lines/").text

    client.post(f"/lines/{line.id}/active", {"active": "1"})
    assert line.active


def test_a_wrong_or_known_number_keeps_what_was_typed(client, session, coordinator):
    add(client)

    assert "不是电话号码" in add(client, "三号机", "新线", status=422).text
    page = add(client, "020-81234501", "新线", status=422)

    assert "已登记为“三号机”" in page.text and 'value="新线"' in page.html
    assert session.query(Line).count() == 1


@pytest.mark.parametrize("role", ["admin", "supervisor", "surveyor", "evaluator"])
def test_others_do_not_see_to_the_lines(role, client, people):
    client.sign_in(people(role))

    client.get("/lines/", status=403)
    add(client, status=403)


def test_a_coordinator_of_one_round_does_not_either(client, people, session):
    client.sign_in(people("coordinator", round_=make_round(session)))

    client.get("/lines/", status=403)


def test_a_line_that_is_not_there_is_not_found(client, coordinator):
    client.get("/lines/99", status=404)
    client.get("/lines/99999999999999", status=404)
