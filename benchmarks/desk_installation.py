"""What the desk's benchmarks share: an installation in a folder of its own, its server, and a PostgreSQL cluster.

Everybody in it is invented. The round is made through the services, with calls allowed at any hour, and everybody
in it is released, so that there is enough to call.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from survey.models.season import Round, Season
    from survey.services.trail import Actor

PASSWORD = "回访 benchmark 2025"
POSTGRES = Path("/usr/lib/postgresql/15/bin")
HEADS = ("户编号", "片区", "社区", "户主姓名", "联系电话", "对象类别", "沟通语言", "备注")
SURNAMES, GIVEN = "陈李黄张梁林刘吴罗何", "伟英玉丽强芳杰静兰秀"
#: environment of every process of the installation: twenty people log in from one address
BUSY = {"SURVEY_LOGIN_RATE": "100000 per minute"}


def stop_tidily() -> None:
    """SIGTERM ends servers, clusters and folders too, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with keys and settings, and the address of its database."""

    folder: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **BUSY, "SURVEY_INSTANCE": str(self.folder), "DATABASE_URL": self.database}

    def app(self) -> Flask:
        """The app in this process, on a database that is up to date. The first call decides for the process."""
        os.environ.update(self.environment)
        from survey.app import create_app
        from survey.commands.opening import ensure_database

        app = create_app()
        ensure_database(app)
        return app


@contextmanager
def new_installation(database: str = "") -> Iterator[Installation]:
    """On SQLite unless an address is given. The folder is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="huifang-") as folder:
        yield Installation(Path(folder), database or f"sqlite:///{folder}/huifang.db")


@contextmanager
def working(app: Flask) -> Iterator[Session]:
    """A session that commits at the end."""
    from survey.db import db

    with app.app_context():
        yield db.session()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


# -- who works, and on what ------------------------------------------------------------------------------------


def add_people(session: Session, surveyors: int) -> list[str]:
    """Surveyors (their names), and one `coordinator`, all with PASSWORD."""
    from flask_security import hash_password

    from survey.services import accounts
    from survey.services.trail import SYSTEM

    stored = hash_password(PASSWORD)  # once: it is slow on purpose
    names = [f"surveyor{n:03}" for n in range(1, surveyors + 1)]
    for name in [*names, "coordinator"]:
        user, _ = accounts.add_user(
            session, SYSTEM, datetime.now(UTC), username=name, display_name=name, languages="zh yue",
            hash_password=lambda _: stored,
        )  # fmt: skip
        user.must_change_password = False
        accounts.grant(session, SYSTEM, datetime.now(UTC), user, name.rstrip("0123456789"))
    return names


def roster(households: int, seed: int) -> bytes:
    """A workbook of one sheet; every third household has two numbers."""
    import xlsxwriter

    chance, content = random.Random(seed), io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet("名册")
    sheet.write_row(0, 0, HEADS)
    for n in range(households):
        phone = f"1390{n:07}" + (f"/1580{n:07}" if n % 3 == 0 else "")
        name = chance.choice(SURNAMES) + chance.choice(GIVEN) + chance.choice(GIVEN)
        zone = "一二三"[n % 3] + "片区"
        language = ("普通话", "粤语")[n % 5 == 0]
        sheet.write_row(
            n + 1, 0, [f"{n:06}", zone, f"第{n % 9 + 1}社区", name, phone, "低保对象", language, ""]
        )
    book.close()
    return content.getvalue()


def coordinator(session: Session) -> Actor:
    from survey.services.accounts import find_user
    from survey.services.trail import Actor

    user = find_user(session, "coordinator")
    assert user is not None, "add_people comes first"
    return Actor(user.id, user.display_name)


def add_season(session: Session, name: str, days: int = 3) -> Season:
    """In the field for so many days, and for a month more."""
    from survey.demo.story import any_hour
    from survey.services import seasons

    actor, today = coordinator(session), datetime.now(UTC).date()
    return seasons.save_season(
        session, actor, datetime.now(UTC) - timedelta(days=4), None, name=name, period_from=today - timedelta(days=300),
        period_to=today, fieldwork_from=today - timedelta(days=days), fieldwork_to=today + timedelta(days=30),
        evaluator="某市评估中心", commissioner="某街道办事处", verification_phone="020-00000000",
        calling_rules=any_hour(),
    )  # fmt: skip


def add_released_round(
    app: Flask, session: Session, season: Season, households: int, *, form: str = "short", number: int = 1
) -> Round:
    """A station whose whole roster is sealed, drawn and released, through the services, three days ago."""
    from survey.services import canonical, designs, draws, releases, roster_review, rosters, seasons

    vault, actor = app.extensions["vault"], coordinator(session)
    clock = datetime.now(UTC) - timedelta(days=3)

    def later() -> datetime:
        nonlocal clock
        clock += timedelta(minutes=30)
        return clock

    round_ = seasons.add_round(
        session, actor, later(), season, station=f"第{number}街社工服务站", street=f"第{number}街", district="某区",
        questionnaire=form, target_group="建档的困难群众", target_completes=min(households, 100),
        fieldwork_from=season.fieldwork_from, fieldwork_to=season.fieldwork_to, records_calls=False,
    )  # fmt: skip
    data = roster(households, number)
    rosters.upload(session, vault, actor, later(), round_, name="名册.xlsx", data=data, password="")
    frame = rosters.import_roster(session, vault, actor, later(), round_)
    roster_review.confirm(session, actor, later(), round_, "苏站长")
    canonical.seal_frame(session, vault, actor, frame, stratify_by="none", now=later())
    designs.save_draft(session, actor, later(), round_, designs.Choice("census", min(households, 100)))
    designs.lock(session, actor, later(), round_)
    draws.name_seed_source(session, actor, later(), round_, "三方代表当面掷骰", later())
    draws.enter_seed(session, actor, later(), round_, "416253142536")
    draws.draw(session, actor, later(), round_)
    proposed = releases.propose(session, round_, later())
    releases.release(session, actor, clock, round_, proposed.counts, "全部发放")
    return round_


# -- the server ------------------------------------------------------------------------------------------------


class Server:
    """`survey serve` in a session of its own, so that SIGKILL reaches every process of it."""

    def __init__(self, installation: Installation) -> None:
        self.installation, self.port = installation, free_port()
        self.log = installation.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str]:
        start = "from survey.cli import main; main()"  # what the installed `survey` script does
        return [sys.executable, "-c", start, "serve", "--port", str(self.port)]

    def start(self) -> None:
        """Start (again) on the same port and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.installation.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(1200):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start:\n" + self.log.read_text()[-3000:])

    def kill(self) -> None:
        """SIGKILL: no goodbye, as when the power fails."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL cluster of its own, with its ordinary durability; gives the address of an empty database."""
    port, folder = free_port(), Path(tempfile.mkdtemp(prefix="huifang-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=60"
    )
    try:
        as_postgres("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        as_postgres("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", options, "start")
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        as_postgres("pg_ctl", "-D", data, "-m", "immediate", "stop", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def as_postgres(program: str, *arguments: str, check: bool = True) -> None:
    """initdb and postgres refuse to run as root."""
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*who, str(POSTGRES / program), *arguments]
    subprocess.run(command, cwd="/", check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# -- figures ---------------------------------------------------------------------------------------------------


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank: the smallest value that at least this share of them does not exceed."""
    return sorted(values)[max(0, -int(-len(values) * share // 1) - 1)]


def row(name: str, seconds: Sequence[float], bare: float) -> str:
    """Number, median and 99th percentile in ms, and the median as a multiple of the bare request's."""
    if not seconds:
        return f"  {name:<34} none"
    middle, slow = statistics.median(seconds), percentile(seconds, 0.99)
    return f"  {name:<34}{len(seconds):>7}{middle * 1000:>11.1f}{slow * 1000:>10.1f}{middle / bare:>8.1f}"
