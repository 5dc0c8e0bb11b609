from datetime import timedelta

import pytest
from flask_security.utils import hash_password

from survey.models.accounts import User
from survey.models.trail import AuditEntry

PASSWORD = "一句很长的话 2025"


@pytest.fixture
def wang(people, session) -> User:
    user = people("surveyor", "王芳")
    user.password = hash_password(PASSWORD)
    session.commit()
    return user


def log_in(client, username, password, status):
    return client.post("/login", {"username": username, "password": password}, status=status)


def test_a_person_with_a_two_character_chinese_name_logs_in(client, wang):
    page = log_in(client, "王芳", PASSWORD, 302)

    assert page.location == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client, wang):
    wrong = log_in(client, "王芳", "nonsense", 422)
    unknown = log_in(client, "李四", "nonsense", 422)

    assert "用户名或密码不对" in wrong.text and "用户名或密码不对" in unknown.text


def test_the_fifth_wrong_password_locks_the_account_even_for_the_right_one(client, wang):
    for _ in range(5):
        log_in(client, "王芳", "nonsense", 422)

    assert "锁定" in log_in(client, "王芳", PASSWORD, 422).text


def test_the_lock_is_in_the_database_and_ends_by_itself(client, wang, session):
    for _ in range(5):
        log_in(client, "王芳", "nonsense", 422)
    user = session.get(User, wang.id)
    assert user.locked_until is not None
    user.locked_until -= timedelta(hours=1)
    session.commit()

    log_in(client, "王芳", PASSWORD, 302)


def test_a_one_time_password_must_be_changed_before_anything_else(client, wang, session):
    wang.must_change_password = True
    session.commit()
    log_in(client, "王芳", PASSWORD, 302)

    assert client.get("/", status=302).location == "/account/password"
    client.post(
        "/account/password", {"current": PASSWORD, "new": "另一句很长的话 88", "again": "另一句很长的话 88"}
    )
    client.get("/account")


def test_next_never_leads_to_another_host(client, wang):
    page = client.post("/login?next=//evil.example/", {"username": "王芳", "password": PASSWORD})

    assert page.location == "/"


def test_an_administrator_adds_a_person_and_sees_the_one_time_password_once(client, people, session):
    client.sign_in(people("admin"))

    page = client.post(
        "/people/new", {"username": "陈·阿里木", "display_name": "陈姨", "languages": ["yue"]}, status=200
    )

    user = session.query(User).filter_by(username="陈·阿里木").one()
    assert user.must_change_password and user.languages == "yue"
    assert "一次性密码" in page.text


def test_a_taken_username_is_named_and_nothing_is_added(client, people, session):
    client.sign_in(people("admin"))
    people(None, "王芳")

    page = client.post(
        "/people/new", {"username": "王芳", "display_name": "另一位", "languages": ["zh"]}, status=422
    )

    assert "王芳" in page.text and session.query(User).filter_by(username="王芳").count() == 1


def test_granting_and_revoking_a_role_is_in_the_trail(client, people, session):
    client.sign_in(people("admin"))
    user = people(None, "新来的")

    client.post(f"/people/{user.id}/grants", {"role": "surveyor", "round_id": "0"})
    client.post(f"/people/{user.id}/grants/{user.grants[0].id}/remove")

    actions = [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == ["account.granted", "account.revoked"]


def test_nobody_takes_away_the_own_administrator_role(client, people):
    admin = people("admin")
    client.sign_in(admin)

    client.post(f"/people/{admin.id}/grants/{admin.grants[0].id}/remove", status=409)


def test_switching_an_account_off_ends_its_sessions(client, people, app):
    from web_client import Client

    surveyor = people("surveyor")
    other = Client(app).sign_in(surveyor)
    other.get("/account")
    client.sign_in(people("admin"))
    client.post(f"/people/{surveyor.id}/active", {"active": "0"})

    other.get("/account", status=302)


def test_pages_speak_english_when_asked(client):
    client.speak("en")

    client.get("/login")


def test_a_persons_languages_are_shown_as_they_are_kept(client, people):
    client.sign_in(people("admin"))
    user = people(None, "双语的", languages="zh yue")

    page = client.get(f"/people/{user.id}")

    assert page.html.count("checked") == 2


def test_a_one_time_password_cannot_be_changed_to_itself(client, wang, session):
    log_in(client, "王芳", PASSWORD, 302)

    client.post("/account/password", {"current": PASSWORD, "new": PASSWORD, "again": PASSWORD}, status=422)


def test_only_who_knows_the_password_learns_that_the_account_is_locked(client, wang):
    for _ in range(5):
        log_in(client, "王芳", "nonsense", 422)

    assert "已暂时锁定" not in log_in(client, "王芳", "nonsense", 422).text
    assert "已暂时锁定" in log_in(client, "王芳", PASSWORD, 422).text


def test_an_administrator_is_one_for_everybody(client, people, session):
    from build import make_round

    round_ = make_round(session)
    session.commit()
    client.sign_in(people("admin"))
    user = people(None, "半个管理员")

    client.post(f"/people/{user.id}/grants", {"role": "admin", "round_id": str(round_.id)}, status=422)

    assert user.grants == []


@pytest.mark.parametrize("name", ["ab\x00", "\x00"])
def test_a_nul_is_refused_before_anything_looks_at_it(client, name):
    log_in(client, name, "x", 400)


@pytest.mark.parametrize(
    "path", ["/rounds/99999999999999999999", "/people/2147483648"], ids=["a round", "a person"]
)
def test_a_number_larger_than_any_id_is_an_address_of_nothing(client, people, path):
    client.sign_in(people("admin"))

    client.get(path, status=404)
