import re

import pytest
from sqlalchemy import select

from survey.app import create_app
from survey.db import db
from survey.models.accounts import User
from survey.models.trail import AuditEntry


def password_in(output: str) -> str:
    return re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", output).group()


@pytest.fixture
def stored(installed):
    """Ask the installation's database."""

    def ask(query):
        app = create_app()
        with app.app_context():
            return list(db.session.scalars(query))

    return ask


def test_the_first_account_makes_keys_and_database_and_can_log_in(survey, installed):
    done = survey("user", "add", "王芳", "--role", "admin")

    assert done.code == 0, done.err
    assert (installed / "keys.json").stat().st_mode & 0o077 == 0
    app = create_app({"WTF_CSRF_ENABLED": False})
    answer = app.test_client().post("/login", data={"username": "王芳", "password": password_in(done.out)})
    assert answer.status_code == 302


def test_an_account_gets_what_the_options_say(survey, stored):
    survey(
        "user", "add", "陈姨", "--role", "surveyor", "--display-name", "陈 姨", "--staff-number", "A07",
        "--languages", "zh,yue",
    )  # fmt: skip

    (user,) = stored(select(User))
    assert (user.display_name, user.staff_number, user.languages) == ("陈 姨", "A07", "zh yue")
    assert [(grant.role, grant.round_id) for grant in user.grants] == [("surveyor", None)]
    assert user.must_change_password


def test_an_unknown_role_is_refused_by_name_and_adds_nobody(survey):
    done = survey("user", "add", "王芳", "--role", "boss")

    assert done.code == 2
    assert "boss" in done.err and "coordinator" in done.err
    assert "王芳" not in survey("user", "list").out


def test_a_round_that_is_not_there_adds_nobody(survey):
    done = survey("user", "add", "王芳", "--role", "surveyor", "--round", "7")

    assert done.code == 2 and "7" in done.err
    assert survey("user", "list").out == ""


def test_a_taken_name_is_refused_in_one_line(survey):
    survey("user", "add", "王芳", "--role", "admin")

    done = survey("user", "add", "王芳", "--role", "admin")

    assert done.code == 2 and done.err.count("\n") == 1


def test_a_reset_gives_another_password_and_tells_the_trail(survey, stored):
    first = password_in(survey("user", "add", "王芳", "--role", "admin").out)

    second = password_in(survey("user", "reset", "王芳").out)

    assert first != second
    assert "account.password-reset" in stored(select(AuditEntry.action))


def test_a_granted_role_is_listed_beside_the_first(survey):
    survey("user", "add", "王芳", "--role", "surveyor")

    survey("user", "grant", "王芳", "--role", "evaluator")

    assert "surveyor,evaluator" in survey("user", "list").out


def test_a_deactivated_account_stays_listed_and_can_be_activated_again(survey):
    survey("user", "add", "王芳", "--role", "surveyor")

    survey("user", "deactivate", "王芳")
    listed = survey("user", "list").out
    survey("user", "activate", "王芳")

    assert "inactive" in listed and "inactive" not in survey("user", "list").out


def test_nobody_of_that_name_is_said_so(survey):
    done = survey("user", "reset", "无此人")

    assert done.code == 2 and "无此人" in done.err
