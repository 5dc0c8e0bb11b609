"""A real server in a process of its own, and a real browser."""

from __future__ import annotations

import multiprocessing
import os
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from build import NOON
from flask import Flask
from flask_security.utils import hash_password
from serve import serve
from sqlalchemy.orm import Session

from survey.db import db, writing
from survey.models.accounts import Grant, User
from survey.models.season import Round
from survey.vault import Keyring

PASSWORD = "一句很长的话 2025"
CHROMIUM = os.environ.get("SURVEY_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]

# a process that has imported the app once, and forks the servers of all tests
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["serve"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Live:
    """The server under test. It shares database and keys with the test, which looks through `session()`."""

    def __init__(self, app: Flask, address: str, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.vault: Keyring = app.extensions["vault"]
        self.environment = {
            "DATABASE_URL": address,
            "SURVEY_INSTANCE": str(folder),
            "SURVEY_RATELIMIT_ENABLED": "false",
        }
        self.log = folder / "server.log"
        self.process: multiprocessing.process.BaseProcess | None = None

    def start(self) -> None:
        """Start (again) on the same port and wait until it answers."""
        self.process = FORKED.Process(target=serve, args=(self.port, self.environment, str(self.log)))
        self.process.start()
        for _ in range(300):
            if not self.process.is_alive():
                break
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=5).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server did not start:\n" + self.log.read_text()[-3000:])

    def kill(self) -> None:
        """SIGKILL: no goodbye, as when the power fails."""
        assert self.process is not None
        self.process.kill()
        self.process.join()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A database session of its own, committed at the end, so that no lock is held while the server works."""
        writing.set(True)
        with Session(db.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def person(self, role: str, username: str, *, round_: Round | None = None, **values: str) -> User:
        """An account that can log in with PASSWORD."""
        with self.session() as session:
            user = User(
                username=username, display_name=username, fs_uniquifier=os.urandom(16).hex(), created_at=NOON,
                password=hash_password(PASSWORD), **values,
            )  # fmt: skip
            user.grants.append(Grant(role=role, round_id=round_.id if round_ else None, granted_at=NOON))
            session.add(user)
        return user

    def log_in(self, page, username: str) -> None:
        page.goto(f"{self.url}/login")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(lambda address: "/login" not in address)


@pytest.fixture
def live(app: Flask, address: str, tmp_path: Path) -> Iterator[Live]:
    db.session.remove()
    server = Live(app, address, tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium; nothing is downloaded."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: apt-get install chromium, or set SURVEY_TEST_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser):
    """A window of its own, in Chinese, the size of an office screen."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
    context.set_default_timeout(15_000)
    opened = context.new_page()
    yield opened
    context.close()
