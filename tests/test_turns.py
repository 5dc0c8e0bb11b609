"""Writers of one process take turns at SQLite, and nobody keeps a turn that is over."""

import threading

import pytest
from sqlalchemy import create_engine, text

from survey.db import prepare_sqlite, writing

WAIT = 60  # seconds after which a thread has certainly been forgotten


@pytest.fixture
def engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/turns.db")
    prepare_sqlite(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE visit (n integer PRIMARY KEY)"))
    yield engine
    engine.dispose()


def write(engine, n):
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO visit VALUES (:n)"), {"n": n})


def in_a_thread(work, *arguments):
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def commit(connection):
    connection.commit()


def roll_back(connection):
    connection.rollback()


def close(connection):
    connection.close()


def lose(connection):
    connection.invalidate()


@pytest.mark.parametrize("end", [commit, roll_back, close, lose], ids=lambda end: end.__name__)
def test_the_next_writer_waits_until_the_first_is_done_however_that_ends(engine, end):
    first = engine.connect()
    first.execute(text("INSERT INTO visit VALUES (1)"))
    second = in_a_thread(write, engine, 2)
    second.join(0.2)
    assert second.is_alive()

    end(first)

    second.join(WAIT)
    assert not second.is_alive()
    first.close()


def test_a_writer_that_failed_keeps_no_turn(engine):
    with pytest.raises(ZeroDivisionError), engine.begin():
        1 / 0  # noqa: B018
    third = in_a_thread(write, engine, 3)
    third.join(WAIT)
    assert not third.is_alive()


def test_readers_wait_for_nobody(engine):
    with engine.begin() as writer:
        writer.execute(text("INSERT INTO visit VALUES (1)"))
        seen = []

        def read():
            writing.set(False)
            with engine.begin() as reader:
                seen.append(reader.scalar(text("SELECT COUNT(*) FROM visit")))

        reading = in_a_thread(read)
        reading.join(WAIT)
        assert seen == [0]


def test_many_writers_at_once_all_write(engine):
    threads = [in_a_thread(write, engine, n) for n in range(40)]
    for thread in threads:
        thread.join(WAIT)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM visit")) == 40
