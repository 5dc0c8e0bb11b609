"""Answers saved a second by the desk, beside oTree doing the same on the same machine in the same run.

    python benchmarks/desk_otree.py [--people 20] [--answers 20] [--waves 5] [--otree VENV]

oTree comes from PyPI into an environment of its own in a temporary folder (or the one that `--otree` names), with an
app of one page an answer and its production server, `otree prodserver`; ours is `survey serve`. Both on their SQLite.
The same number of people answer at the same time, as fast as they go, the same number of answers each, every answer a
request of its own over a kept connection; taking households and opening participants is not timed. In the end both
databases are asked whether every answer is there.

oTree shows the next page after each answer, so that its browser makes two requests; both ways are timed. What an
acknowledgement is worth: ours is written through to the disk first (WAL, synchronous=FULL), as an event that is never
overwritten, under an id of the browser that makes a repetition harmless, with the state of the household judged anew.
oTree's production server overwrites one column of the participant's row and commits before it answers, on one
connection, one request at a time; its journal mode and synchronous setting are read from its database and printed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from desk_installation import (
    PASSWORD,
    Server,
    add_people,
    add_released_round,
    add_season,
    free_port,
    new_installation,
    stop_tidily,
    working,
)
from desk_page import Browser, Net, new_uid
from desk_surveyor import Call, Respondent

from survey.questionnaire.schema import load

SETTINGS = """
SESSION_CONFIGS = [dict(name="answers", app_sequence=["answers"], num_demo_participants=1)]
SESSION_CONFIG_DEFAULTS = dict(real_world_currency_per_point=1.0, participation_fee=0.0)
LANGUAGE_CODE, REAL_WORLD_CURRENCY_CODE, USE_POINTS = "en", "USD", True
ADMIN_USERNAME, ADMIN_PASSWORD, SECRET_KEY = "admin", "benchmark", "benchmark"
"""
MODELS = """
from otree.api import *

class C(BaseConstants):
    NAME_IN_URL, PLAYERS_PER_GROUP, NUM_ROUNDS = "answers", None, 1

class Subsession(BaseSubsession): pass
class Group(BaseGroup): pass

class Player(BasePlayer):
"""
FIELD = "    q{n} = models.IntegerField(choices=[1, 2, 3, 4, 5], label='How satisfied?', widget=widgets.RadioSelect)\n"
PAGE = (
    "class Q{n}(Page):\n    form_model, form_fields, template_name = 'player', ['q{n}'], 'answers/Q.html'\n"
)
TEMPLATE = "{{ block title }}Question{{ endblock }}{{ block content }}{{ formfields }}{{ next_button }}{{ endblock }}"

FORM = load("full")  # short interviews have fewer than twenty questions
Task = Callable[[], int]  # gives its answers; returns how many were acknowledged


def together(tasks: Sequence[Task]) -> tuple[int, float]:
    """All at once: answers acknowledged, and seconds until the last one was."""
    done: list[int] = []
    threads = [threading.Thread(target=lambda task=task: done.append(task())) for task in tasks]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done), time.perf_counter() - start


# -- ours ------------------------------------------------------------------------------------------------------


def interview(net: Net, card: dict[str, object], answers: int, seed: int) -> int:
    call, respondent = Call(FORM, card, []), Respondent(random.Random(seed), ends_early=0)
    call.begin()
    saved = 0
    while saved < answers and call.position is not None:
        value = respondent.choose(call.question, call.gone.known)
        event = {"uid": new_uid(), "question": call.position, "value": value, "language": "zh", "base": saved}
        answer = net.send(f"cases/{call.case}/answers", {"events": [event]})
        assert answer.body.get("saved") == [event["uid"]], answer
        saved += 1
        call.commit(value)
        call.next()
    return saved


def ours(given: argparse.Namespace) -> tuple[int, float]:
    people = given.people
    with new_installation() as installation:
        app = installation.app()
        with working(app) as session:
            names = add_people(session, people)
            add_released_round(
                app, session, add_season(session, "一季"), people * given.waves + 150, form="full"
            )
        with Server(installation) as server:
            nets = [Net(Browser(server.port, name, PASSWORD)) for name in names]
            for net in nets:
                net.log_in()
                net.renew()
            count, seconds = 0, 0.0
            for wave in range(given.waves):
                cards = [net.send("next", {}).body["card"] for net in nets]
                tasks = [
                    lambda net=net, card=card, seed=(wave, n): interview(net, card, given.answers, hash(seed))
                    for n, (net, card) in enumerate(zip(nets, cards, strict=True))
                ]
                saved, taken = together(tasks)
                count, seconds = count + saved, seconds + taken
                for net, card in zip(nets, cards, strict=True):
                    end = {"uid": new_uid(), "code": "D14", "slot": 0, "language": "zh", "appointment": ""}
                    assert (
                        net.send(f"cases/{card['case']}/outcome", {**end, "note": "", "seconds": 1}).status
                        == 200
                    )
        stored = installation.folder / "huifang.db"
        check("ours", stored, "SELECT count(*) FROM answer_event", count)
    return count, seconds


# -- oTree -----------------------------------------------------------------------------------------------------


@contextmanager
def otree_environment(given: argparse.Namespace) -> Iterator[Path]:
    """The bin folder of an environment with oTree."""
    with tempfile.TemporaryDirectory(prefix="otree-env-") as folder:
        if given.otree:
            yield Path(given.otree).absolute() / "bin"
            return
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([f"{folder}/bin/pip", "install", "-q", "otree"], check=True, stderr=subprocess.DEVNULL)
        yield Path(folder) / "bin"


def write_app(folder: Path, answers: int) -> None:
    for name in ("answers", "_static", "_templates/global"):
        (folder / name).mkdir(parents=True)
    (folder / "settings.py").write_text(SETTINGS)
    numbers = range(1, answers + 1)
    sequence = f"page_sequence = [{', '.join(f'Q{n}' for n in numbers)}]\n"
    parts = [MODELS, *(FIELD.format(n=n) for n in numbers), *(PAGE.format(n=n) for n in numbers), sequence]
    (folder / "answers" / "__init__.py").write_text("".join(parts))
    (folder / "answers" / "Q.html").write_text(TEMPLATE)


def participate(port: int, code: str, answers: int, pages: bool) -> int:
    """One participant: answer every page, and open the next one where `pages`."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    saved = 0
    for n in range(1, answers + 1):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", f"/p/{code}/answers/Q{n}/{n}", f"q{n}={n % 5 + 1}", form)
        answer = line.getresponse()
        answer.read()
        assert answer.status == 302, answer.status
        saved += 1
        if pages and n < answers:
            line.request("GET", f"/p/{code}/answers/Q{n + 1}/{n + 1}")
            shown = line.getresponse()
            shown.read()
            assert shown.status == 200, shown.status
    line.close()
    return saved


def open_participant(port: int, code: str) -> None:
    for path in (f"/InitializeParticipant/{code}", f"/p/{code}/answers/Q1/1"):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("GET", path)
        line.getresponse().read()
        line.close()


def otree(binaries: Path, given: argparse.Namespace, pages: bool) -> tuple[int, float]:
    with tempfile.TemporaryDirectory(prefix="otree-") as name:
        folder, port = Path(name), free_port()
        write_app(folder, given.answers)
        environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "OTREE_PRODUCTION": "1"}
        environment.pop("DATABASE_URL", None)
        command = str(binaries / "otree")
        participants = str(given.people * given.waves)
        for arguments in (["resetdb", "--noinput"], ["create_session", "answers", participants]):
            subprocess.run(
                [command, *arguments], cwd=folder, env=environment, check=True, capture_output=True
            )
        log = (folder / "log").open("wb")
        server = subprocess.Popen(
            [command, "prodserver", f"127.0.0.1:{port}"], cwd=folder, env=environment, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            wait_for(port)
            codes = [
                code
                for (code,) in query(folder / "db.sqlite3", "SELECT code FROM otree_participant ORDER BY id")
            ]
            count, seconds = 0, 0.0
            for wave in range(given.waves):
                mine = codes[wave * given.people : (wave + 1) * given.people]
                for code in mine:
                    open_participant(port, code)
                tasks = [lambda code=code: participate(port, code, given.answers, pages) for code in mine]
                saved, taken = together(tasks)
                count, seconds = count + saved, seconds + taken
        finally:
            os.killpg(server.pid, signal.SIGKILL)  # what it has not written is lost
            server.wait()
        filled = " + ".join(f"(q{n} IS NOT NULL)" for n in range(1, given.answers + 1))
        check("oTree", folder / "db.sqlite3", f"SELECT sum({filled}) FROM answers_player", count)
        mode, sync = (
            query(folder / "db.sqlite3", f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous")
        )
        if not pages:
            print(f"  (oTree sets neither: journal_mode={mode}, synchronous={sync}, where 2 is FULL)")
    return count, seconds


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.request("GET", "/")
            line.getresponse()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("oTree did not start")


# -- both ------------------------------------------------------------------------------------------------------


def query(database: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def check(whose: str, database: Path, sql: str, acknowledged: int) -> None:
    stored = query(database, sql)[0][0]
    print(f"  {whose}: {acknowledged} answers acknowledged, {stored} in the database after SIGKILL")
    if stored != acknowledged:
        sys.exit(f"{whose}: acknowledged and stored differ")


def arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--people", type=int, default=20)
    reader.add_argument("--answers", type=int, default=20)
    reader.add_argument("--waves", type=int, default=5, help="so many times new households, new participants")
    reader.add_argument("--otree", help="an environment that has oTree already")
    return reader.parse_args()


def main() -> None:
    stop_tidily()
    given = arguments()
    rates: dict[str, float] = {}
    with otree_environment(given) as binaries:
        version = subprocess.run(
            [binaries / "pip", "show", "otree"], capture_output=True, text=True, check=True
        ).stdout
        print(f"{given.people} people at once, {given.answers} answers each, {given.waves} waves")
        for name, run in (
            ("Huifang, an answer a request", lambda: ours(given)),
            (f"oTree {version.split()[3]}, answers only", lambda: otree(binaries, given, False)),
            (f"oTree {version.split()[3]}, with the next page", lambda: otree(binaries, given, True)),
        ):
            count, seconds = run()
            rates[name] = count / seconds
    mine = next(iter(rates.values()))
    for name, rate in rates.items():
        print(f"{name:<36}{rate:>8.1f} answers a second   ratio {mine / rate:.2f}")


if __name__ == "__main__":
    main()
