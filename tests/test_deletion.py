"""What was deleted is not in the file either: SQLite overwrites it, and the write-ahead log is emptied."""

import sqlite3

import pytest
from build import People, actor_of
from build_case import TEN, make_released_cases
from build_interview import hold_interview

from survey.app import create_app
from survey.commands.opening import ensure_database
from survey.db import db, leave_no_trace, writing
from survey.models.call import Attempt
from survey.models.interview import Verbatim
from survey.services import withdrawal


@pytest.fixture
def in_file(tmp_path):
    app = create_app(
        {
            "INSTANCE": tmp_path,
            "KEYS_FILE": tmp_path / "keys.json",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'huifang.db'}",
        }
    )
    ensure_database(app)
    with app.app_context():
        writing.set(True)
        yield app.extensions["vault"]
        db.session.remove()
        db.engine.dispose()


def raw(folder):
    """The database with its log, as bytes."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("huifang.db*")))


def test_the_bytes_of_the_database_hold_nothing_of_a_withdrawn_interview(in_file, tmp_path):
    session = db.session()
    user = People(session)("surveyor", "王芳")
    # so many that pages of the tables fill, split and are freed
    interviews = [
        hold_interview(
            session, in_file, user, case, words=f"第{number}句：希望多陪老人晒太阳" + "紫薇花" * number
        )
        for number, case in enumerate(make_released_cases(session, in_file, 12))
    ]
    session.commit()
    kept, *gone = interviews[3], interviews[7], interviews[11]
    traces = [trace for interview in gone for trace in traces_of(session, interview)]
    assert all(trace in raw(tmp_path) for trace in traces)

    for interview in gone:
        withdrawal.withdraw(session, actor_of(user), TEN, interview, "letter")
    session.commit()
    leave_no_trace(db.engine)

    assert not any(trace in raw(tmp_path) for trace in traces)
    assert all(trace in raw(tmp_path) for trace in traces_of(session, kept))
    db.session.remove()
    with sqlite3.connect(tmp_path / "huifang.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def traces_of(session, interview):
    words = session.query(Verbatim).filter(Verbatim.event.has(interview_id=interview.id)).one()
    call = session.query(Attempt).filter_by(case_id=interview.case_id).one()
    return [words.masked.encode(), bytes(words.sealed), bytes(call.note_sealed)]
