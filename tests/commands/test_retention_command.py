"""`survey retention`: the daily job, by hand and in the server."""

import threading

import pytest
from build import actor_of
from build_case import TEN, make_released_cases
from build_interview import hold_interview

from survey.app import create_app
from survey.commands import retention
from survey.commands.opening import ensure_database
from survey.db import db
from survey.errors import Conflict
from survey.models.care import Destruction
from survey.models.interview import Interview
from survey.models.season import Round
from survey.services import accounts, closing, trail, withdrawal, withdrawal_list
from survey.services.closing import Explanation
from survey.web.clock import now

REASONS = dict.fromkeys(("untried", "tried", "appointment"), "访问期已满")


@pytest.fixture
def app(installed):
    """An installation with a round that closed in April 2025, which was long ago."""
    app = create_app()
    ensure_database(app)
    with app.app_context():
        session, vault = db.session(), app.extensions["vault"]
        user, _once = accounts.add_user(
            session, trail.SYSTEM, TEN, username="王芳", display_name="王芳", hash_password=str
        )
        cases = make_released_cases(session, vault, 2)
        for number, case in enumerate(cases):
            hold_interview(session, vault, user, case, words=f"第{number}句")
        round_ = session.get(Round, cases[0].round_id)
        closing.close(session, actor_of(user), TEN, round_, Explanation(REASONS, "户数少", "黄科长"))
        session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def destructions():
    found = {row.kind: row.items for row in db.session.query(Destruction)}
    db.session.rollback()  # others may write again
    return found


def test_a_dry_run_lists_what_is_due_and_destroys_nothing(survey, app):
    done = survey("retention", "run", "--dry-run")

    assert done.code == 0, done.err
    assert "联系方式\t2025-05-10\t2" in done.out and "原话密文" in done.out
    assert destructions() == {}


def test_what_is_due_is_destroyed_once_and_shown_afterwards(survey, app):
    assert "销毁了" in survey("retention", "run").out
    first = destructions()

    assert "销毁了 0 类资料" in survey("retention", "run").out
    assert destructions() == first and first["contacts"] == 2 and first["verbatims"] == 2
    shown = survey("retention", "show").out
    assert "−2" in shown and "三元里街社工服务站" in shown
    assert survey("retention", "run", "--dry-run").out == ""


def test_a_withdrawal_whose_line_was_lost_in_a_crash_is_listed_by_the_job(survey, app, installed):
    user = db.session.query(Interview).first().started_by_id
    interview = db.session.query(Interview).first()
    withdrawal.withdraw(db.session(), trail.Actor(user), TEN, interview, "phone")
    db.session.commit()

    survey("retention", "run")

    assert len(withdrawal_list.read(installed / withdrawal_list.NAME)) == 1


def test_what_was_destroyed_leaves_no_trace_though_the_list_of_withdrawals_cannot_be_written(
    app, installed, monkeypatch
):
    interview = db.session.query(Interview).first()
    withdrawal.withdraw(db.session(), trail.Actor(interview.started_by_id), TEN, interview, "phone")
    db.session.commit()
    (installed / withdrawal_list.NAME).symlink_to(installed / "nowhere" / "list")
    emptied = []
    monkeypatch.setattr("survey.db.leave_no_trace", emptied.append)

    with pytest.raises(Conflict, match="写不进去"):
        retention.destroy_due(app, now())

    assert emptied and destructions()["contacts"] == 2


def test_the_servers_thread_does_it_and_survives_what_fails(app, monkeypatch, capsys):
    turns, stop = [], threading.Event()
    real = retention.destroy_due

    def first_fails(app, at):
        turns.append(at)
        if len(turns) == 1:
            raise OSError("磁盘满了")
        if len(turns) == 3:
            stop.set()
        return real(app, at)

    monkeypatch.setattr(retention, "destroy_due", first_fails)
    monkeypatch.setattr(retention, "DAY", 0)
    thread = threading.Thread(target=retention.every_day, args=(app, stop), daemon=True)
    thread.start()
    thread.join(60)

    assert not thread.is_alive() and destructions()["contacts"] == 2
    said = capsys.readouterr().err.splitlines()
    assert "磁盘满了" in said[0] and "销毁了" in said[1] and "销毁了 0 类" in said[2]
