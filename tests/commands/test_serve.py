"""Serving is tried for real: another process, a socket, TLS, threads."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ports import free_port

from survey import tls
from survey.errors import Conflict
from survey.serving import refuse_taken_port

RUN = "from survey.cli import main; main()"
NOW = datetime(2025, 4, 10, 4, 0, tzinfo=UTC)


class Server:
    """`survey serve` in a process of its own."""

    def __init__(self, *options: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, "serve", "--port", str(self.port), *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def wait_until(self, answers: Callable[[], bool], seconds: int = 60) -> None:
        deadline = time.monotonic() + seconds
        while not answers():
            assert self.process.poll() is None, self.process.stdout.read()  # type: ignore[union-attr]
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, how: int = signal.SIGTERM) -> str:
        self.process.send_signal(how)
        return self.process.communicate(timeout=60)[0]


@pytest.fixture
def serve(installed) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(*options: str, port: int | None = None) -> Server:
        started.append(Server(*options, port=port))
        started[-1].wait_until(started[-1].listens)
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


class Browser:
    """A session with its cookies, that trusts the certificate and no other."""

    def __init__(self, address: str, certificate: Path) -> None:
        self.address = address
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificate)),
            urllib.request.HTTPCookieProcessor(self.jar),
        )

    def open(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        body = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(self.address + path, body, {"Referer": self.address + path})
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def log_in(self, username: str, password: str) -> tuple[int, str]:
        page = self.open("/login")[1]
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        return self.open("/login", {"csrf_token": token, "username": username, "password": password})


def test_other_machines_log_in_over_tls_and_threads_share_database_and_limit(survey, serve, installed):
    added = survey("user", "add", "王芳", "--role", "admin").out
    password = re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", added).group()
    survey("user", "add", "陈姨", "--role", "surveyor")
    server = serve("--lan")
    certificate = installed / "lan-certificate.pem"

    def browser() -> Browser:
        return Browser(f"https://localhost:{server.port}", certificate)

    first = browser()
    status, page = first.log_in("王芳", password)
    assert status == 200 and 'name="again"' in page, "the one-time password leads to choosing another"
    assert {cookie.name: cookie.secure for cookie in first.jar}["session"]

    with ThreadPoolExecutor(8) as threads:
        attempts = [threads.submit(browser().log_in, "陈姨", "wrong") for _ in range(32)]
        statuses = Counter(attempt.result()[0] for attempt in attempts)

    assert statuses == {422: 29, 429: 3}, "30 logins a minute from one address, counted over all threads"
    printed = server.stop()
    assert server.process.returncode == 0
    assert tls.fingerprint(certificate) in printed


def test_a_killed_server_lets_go_of_its_port_and_another_takes_over(survey, serve):
    survey("db", "upgrade")
    killed = serve()
    killed.stop(signal.SIGKILL)

    again = serve(port=killed.port)

    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        f"http://127.0.0.1:{killed.port}/health", timeout=30
    ) as answer:
        assert answer.status == 200
    again.stop(signal.SIGINT)
    assert again.process.returncode == 0


def test_a_taken_port_is_refused_instead_of_shared(survey):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        done = survey("serve", "--port", port)

    assert done.code == 2
    assert port in done.err and done.err.count("\n") == 1


def test_a_port_that_is_let_go_in_a_moment_is_waited_for():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Conflict):
            refuse_taken_port("127.0.0.1", port, patience=0)

    refuse_taken_port("127.0.0.1", port, patience=0)


def test_plain_http_is_not_served_to_a_network(survey):
    done = survey("serve", "--host", "0.0.0.0")

    assert done.code == 2 and "--lan" in done.err


def test_a_certificate_without_its_key_is_refused(survey, tmp_path):
    assert survey("serve", "--cert", str(tmp_path / "c.pem")).code == 2


def test_a_file_that_is_no_certificate_is_named(survey, tmp_path):
    (tmp_path / "c.pem").write_text("nonsense")
    (tmp_path / "k.pem").write_text("nonsense")

    done = survey("serve", "--cert", str(tmp_path / "c.pem"), "--key", str(tmp_path / "k.pem"))

    assert done.code == 2 and "c.pem" in done.err and done.err.count("\n") == 1


def test_a_certificate_is_kept_as_long_as_it_serves(tmp_path):
    names = ["localhost", "192.168.1.5"]
    pair = tls.own_pair(tmp_path, names, NOW)
    made = tls.fingerprint(pair.certificate)

    assert tls.fingerprint(tls.own_pair(tmp_path, names, NOW + timedelta(days=600)).certificate) == made
    assert set(tls.names_of(pair.certificate)) == set(names)


@pytest.mark.parametrize(
    ("names", "later"),
    [(["localhost", "192.168.1.9"], timedelta()), (["localhost"], timedelta(days=720))],
    ids=["a new address", "near its end"],
)
def test_a_certificate_is_made_anew_when_it_no_longer_serves(tmp_path, names, later):
    made = tls.fingerprint(tls.own_pair(tmp_path, ["localhost"], NOW).certificate)

    assert tls.fingerprint(tls.own_pair(tmp_path, names, NOW + later).certificate) != made


def test_a_key_that_does_not_belong_to_the_certificate_is_replaced_with_it(tmp_path):
    pair = tls.own_pair(tmp_path / "one", ["localhost"], NOW)
    other = tls.own_pair(tmp_path / "two", ["localhost"], NOW)
    pair.key.write_bytes(other.key.read_bytes())

    tls.check_pair(tls.own_pair(tmp_path / "one", ["localhost"], NOW))


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX systems")
def test_the_private_key_is_readable_by_its_owner_only(tmp_path):
    assert tls.own_pair(tmp_path, ["localhost"], NOW).key.stat().st_mode & 0o077 == 0
