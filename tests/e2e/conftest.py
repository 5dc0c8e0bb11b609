"""A real server in a process of its own, and a real browser."""

from __future__ import annotations

import multiprocessing
import os
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from build import NOON
from flask import Flask
from flask_security.utils import hash_password
from ports import free_port
from serve import serve
from sqlalchemy.orm import Session

from survey.db import db, writing
from survey.models.accounts import Grant, User
from survey.models.season import Round
from survey.vault import Keyring

PASSWORD = "一句很长的话 2025"
CHROMIUM = os.environ.get("SURVEY_TEST_CHROMIUM", "/usr/bin/chromium")
PATIENCE = 60_000  # milliseconds; a busy machine is no failure
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]

# A process that has imported the app once, and forks the servers of all tests. It knows installed modules only
# (`serve` stands in the tests' own path), and passes over in silence what it cannot import.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["survey.app", "werkzeug.serving"])


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
        self.log.touch()
        self.process = FORKED.Process(target=serve, args=(self.port, self.environment, str(self.log)))
        self.process.start()
        for _ in range(600):
            if not self.process.is_alive():
                break
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
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

    def sign_in(self, page, user: User) -> None:
        """As if the person had logged in before; the login form has tests of its own, also in this folder."""
        signer = self.app.session_interface.get_signing_serializer(self.app)
        cookie = signer.dumps({"_user_id": user.fs_uniquifier, "_fresh": True})
        page.context.add_cookies([{"name": "session", "value": cookie, "url": self.url, "httpOnly": True}])

    def log_in(self, page, username: str) -> None:
        """Through the form."""
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
def open_window(browser):
    """`open_window()`: one more person at one more machine, in Chinese, the size of an office screen."""
    contexts = []

    def open_one():
        context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_window):
    return open_window()
