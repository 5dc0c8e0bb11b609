"""A backup brings back neither what was withdrawn since it was made nor a link that was used up."""

from datetime import UTC, datetime, timedelta

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from build_interview import hold_interview
from build_report_link import make_version, send_link

from survey.app import create_app
from survey.backup import envelope
from survey.commands.opening import ensure_database
from survey.db import db
from survey.models.accounts import User
from survey.models.draw import Case
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.services import accounts, report_links, trail, withdrawal, withdrawal_list


@pytest.fixture(autouse=True)
def passphrase(monkeypatch):
    monkeypatch.setattr(envelope, "COST", 10)
    monkeypatch.setenv("SURVEY_BACKUP_PASSPHRASE", "备份用的一句很长的话")


@pytest.fixture
def opened(installed):
    """`with opened() as session`: the installation that the commands find."""

    class Opened:
        def __enter__(self):
            self.app = create_app()
            ensure_database(self.app)
            self.context = self.app.app_context()
            self.context.push()
            self.vault = self.app.extensions["vault"]
            return self

        def __exit__(self, *_error):
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
            self.context.pop()

    return Opened


@pytest.fixture
def two_held(opened):
    with opened() as here:
        user, _once = accounts.add_user(
            db.session(), trail.SYSTEM, TEN, username="王芳", display_name="王芳", hash_password=str
        )
        for number, case in enumerate(make_released_cases(db.session(), here.vault, 2)):
            hold_interview(db.session(), here.vault, user, case, words=f"第{number}户说的紫薇花")


def withdraw_first(here, folder):
    session = db.session()
    user, first = session.query(User).first(), session.query(Interview).order_by(Interview.id).first()
    withdrawal.withdraw(session, actor_of(user), TEN, first, "phone")
    session.commit()
    withdrawal_list.complete(folder / withdrawal_list.NAME, withdrawal.marks(session, here.vault))


def check_first_is_gone():
    session = db.session()
    first, second = session.query(Interview).order_by(Interview.id)
    assert (first.status, first.withdrawn_at) == ("withdrawn", TEN)
    assert {event.interview_id for event in session.query(AnswerEvent)} == {second.id}
    assert session.get(Case, first.case_id).disposition == "D16"
    assert session.get(Case, second.case_id).disposition == "D02"


@pytest.fixture
def fresh(server, tmp_path):
    """Another, empty database."""
    (tmp_path / "fresh").mkdir()
    address = server.new_empty(tmp_path / "fresh")
    yield address
    server.drop(address)


def test_an_older_backup_is_restored_without_what_was_withdrawn_since(
    survey, installed, two_held, opened, tmp_path, monkeypatch, fresh
):
    backup = tmp_path / "before.huifang"
    survey("backup", str(backup))
    with opened() as here:
        withdraw_first(here, installed)
    monkeypatch.setenv("DATABASE_URL", fresh)

    done = survey("restore", str(backup))

    assert done.code == 0 and "deleted again: 1" in done.out, done.err
    with opened():
        check_first_is_gone()


def test_another_machine_takes_a_copy_of_the_list(
    survey, installed, two_held, opened, tmp_path, monkeypatch, fresh
):
    backup, copy = tmp_path / "before.huifang", tmp_path / "copy.txt"
    survey("backup", str(backup))
    with opened() as here:
        withdraw_first(here, installed)
    copy.write_bytes((installed / withdrawal_list.NAME).read_bytes())
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path / "new" / "instance"))
    monkeypatch.setenv("DATABASE_URL", fresh)

    done = survey("restore", str(backup), "--withdrawals", str(copy))

    assert done.code == 0 and "deleted again: 1" in done.out, done.err
    with opened():
        check_first_is_gone()


def test_a_backup_from_after_it_has_nothing_to_delete_again(
    survey, installed, two_held, opened, tmp_path, monkeypatch, fresh
):
    with opened() as here:
        withdraw_first(here, installed)
    backup = tmp_path / "after.huifang"
    survey("backup", str(backup))
    monkeypatch.setenv("DATABASE_URL", fresh)

    done = survey("restore", str(backup))

    assert done.code == 0 and "deleted again" not in done.out
    with opened():
        check_first_is_gone()


def test_a_link_that_was_opened_since_the_backup_does_not_open_again(
    survey, two_held, opened, tmp_path, monkeypatch, fresh
):
    backup, now = tmp_path / "before.huifang", datetime.now(UTC)
    with opened() as here:
        round_, user = db.session.query(Round).first(), db.session.query(User).first()
        make_version(db.session(), round_, at=now)
        day = (now + timedelta(days=3)).date()
        sent = send_link(db.session(), here.vault, user, round_, last_day=day, at=now)
    survey("backup", str(backup))
    with opened() as here:
        assert report_links.open_once(db.session(), here.vault, now, sent.secret, sent.code)
    monkeypatch.setenv("DATABASE_URL", fresh)

    assert survey("restore", str(backup)).code == 0

    with opened() as here:
        assert report_links.open_once(db.session(), here.vault, now, sent.secret, sent.code) is None
