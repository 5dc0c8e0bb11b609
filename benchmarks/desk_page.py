"""The page of the desk without its screen: the requests of static/desk-net.js and the outbox of static/desk-outbox.js.

Pauses, batches and what is sent again are the same as there; where the page listens to the browser coming back online,
this one waits for its next pause.
"""

from __future__ import annotations

import http.client
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

TIMEOUT = 20
#: seconds after which the server may have let go of a connection; a browser notices
IDLE = 20
BATCH = 50
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
LOGIN_PAUSE = 4.0
BLOCKED_FOR = 60.0
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')

Json = dict[str, Any]
Item = dict[str, Any]


class Offline(Exception):
    """No answer came; nobody knows whether the request arrived."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Json


LOGGED_OUT = Answer(401, {})


@dataclass(slots=True)
class Browser:
    """What the connections of one browser share."""

    port: int
    username: str
    password: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""


class Net:
    """One connection of a browser, used by one thread at a time."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.connection: http.client.HTTPConnection | None = None
        self.used = 0.0

    def log_in(self) -> None:
        """Through the form, as a person does. Raises Offline."""
        _, _, page = self.exchange("GET", "/login")
        found = TOKEN.search(page)
        fields = {"username": self.browser.username, "password": self.browser.password}
        form = urlencode({**fields, "csrf_token": found.group(1).decode() if found else ""})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _, _ = self.exchange("POST", "/login", form.encode(), kind)
        if status != 302:
            raise Offline(f"login of {self.browser.username}: {status}")

    def renew(self) -> Json | None:
        """A fresh token; the state of the desk, or None while logged out."""
        answer = self.request("state")
        if answer.status != 200:
            return None
        self.browser.token = answer.body["csrf"]
        return answer.body

    def send(self, path: str, body: Json) -> Answer:
        """A POST, with one attempt to renew a stale token."""
        first = self.request(path, body)
        if first.status != 400 or first.body.get("code") != "form-expired" or self.renew() is None:
            return first
        return self.request(path, body)

    def request(self, path: str, body: Json | None = None) -> Answer:
        headers = {"Accept": "application/json"}
        method, data = "GET", None
        if body is not None:
            headers.update({"Content-Type": "application/json", "X-CSRFToken": self.browser.token})
            method, data = "POST", json.dumps(body).encode()
        status, kind, content = self.exchange(method, f"/desk/{path}", data, headers)
        if 300 <= status < 400 or "json" not in kind:
            return Answer(status, {}) if status >= 500 else LOGGED_OUT
        try:
            return Answer(status, json.loads(content))
        except ValueError as error:  # cut off in the middle
            raise Offline(str(error)) from None

    def exchange(
        self, method: str, path: str, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, bytes]:
        """Status, content type, content. Raises Offline, and then begins with a new connection."""
        if time.monotonic() - self.used > IDLE:
            self.hang_up()
        self.used = time.monotonic()
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.browser.port, timeout=TIMEOUT)
            cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())}
            self.connection.request(method, path, data, {**cookies, **(headers or {})})
            response = self.connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            raise Offline(repr(error)) from None
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.split(";")[0].partition("=")
            self.browser.cookies[name] = value
        return response.status, response.headers.get("Content-Type", ""), content

    def hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def new_uid() -> str:
    return secrets.token_hex(16)


@dataclass(slots=True)
class Counts:
    """What one outbox saw."""

    requests: int = 0
    resent: int = 0
    offline: int = 0
    refused: list[Json] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


class Outbox:
    """What was answered and not yet acknowledged. Sends in a thread of its own; every item stays until it is stored."""

    def __init__(self, net: Net, user: int, log_in_again: Callable[[], None]) -> None:
        self.net, self.user, self.log_in_again = net, user, log_in_again
        self.items: list[Item] = []
        self.sent: set[str] = set()
        self.blocked: dict[int, float] = {}
        self.failures = 0
        self.state = "quiet"
        self.counts = Counts()
        self.revisions: dict[int, int] = {}  # case -> what the server last said of its interview
        self.outcomes: dict[str, Answer] = {}  # uid -> the answer to an outcome, taken or refused
        self.changed = threading.Condition()
        self.stopped = False
        #: held while a request is under way; taken by whoever must not be disturbed by one
        self.quiet = threading.Lock()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def add(self, item: Item) -> None:
        with self.changed:
            self.items.append(item)
            self.changed.notify_all()

    def of(self, case: int) -> list[Item]:
        with self.changed:
            return [item for item in self.items if item["case"] == case]

    def wait_for_outcome(self, uid: str) -> Answer:
        with self.changed:
            self.changed.wait_for(lambda: uid in self.outcomes or self.stopped)
            return self.outcomes[uid]

    def drained(self, timeout: float) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: not self.items, timeout)

    def stop(self) -> None:
        with self.changed:
            self.stopped = True
            self.changed.notify_all()
        self.thread.join()

    def run(self) -> None:
        while not self.stopped:
            with self.quiet:
                pause = self.step()
            if pause == 0:
                continue
            with self.changed:
                seen = len(self.items)
                self.changed.wait_for(lambda seen=seen: len(self.items) > seen or self.stopped, pause)

    def batch(self) -> list[Item]:
        """The oldest items that may be sent: answers of one household together, a call's outcome by itself."""
        now = time.monotonic()
        with self.changed:
            items = list(self.items)
        first = next((item for item in items if self.blocked.get(item["case"], 0) <= now), None)
        if first is None or first["kind"] == "outcome":
            return [] if first is None else [first]
        same = [item for item in items if item["case"] == first["case"]]
        end = next((n for n, item in enumerate(same) if item["kind"] == "outcome"), len(same))
        return same[: min(end, BATCH)]

    def step(self) -> float | None:
        """Send one batch. Gives 0 to go on at once, a pause in seconds, or None when there is nothing left."""
        if self.state == "login":
            return self.try_login()
        items = self.batch()
        if not items:
            return BLOCKED_FOR if self.items else None
        self.count(items)
        try:
            answer = (
                self.send_outcome(items[0]) if items[0]["kind"] == "outcome" else self.send_answers(items)
            )
        except Offline:
            self.counts.offline += 1
            self.failures += 1
            return PAUSES[min(self.failures, len(PAUSES)) - 1]
        return self.judge(items, answer)

    def count(self, items: list[Item]) -> None:
        self.counts.requests += 1
        self.counts.resent += sum(item["uid"] in self.sent for item in items)
        self.sent.update(item["uid"] for item in items)

    def try_login(self) -> float:
        try:
            state = self.net.renew()  # the person may have logged in already
            if state is None:
                self.log_in_again()
                state = self.net.renew()
        except Offline:
            return LOGIN_PAUSE
        if state is None or state["user"] != self.user:
            return LOGIN_PAUSE
        self.state = "sending"
        return 0

    def send_answers(self, items: list[Item]) -> Answer:
        keys = ("uid", "question", "value", "language", "base")
        events = [{key: item[key] for key in keys} for item in items]
        return self.net.send(f"cases/{items[0]['case']}/answers", {"events": events})

    def send_outcome(self, item: Item) -> Answer:
        kept = {key: value for key, value in item.items() if key not in ("case", "began", "kind")}
        seconds = max(0.0, time.monotonic() - item["began"])
        return self.net.send(f"cases/{item['case']}/outcome", {**kept, "seconds": seconds})

    def judge(self, items: list[Item], answer: Answer) -> float:
        self.failures = 0
        if answer.status == 401:
            self.state = "login"
            return 0  # the person logs in at once
        if answer.status == 200:
            self.settle(items, answer)
            return 0
        if items[0]["kind"] == "outcome" and answer.status in (404, 409, 422):
            self.remove({items[0]["uid"]}, {items[0]["uid"]: answer})
            return 0
        trouble = answer.status >= 500 or answer.status == 429
        self.blocked[items[0]["case"]] = time.monotonic() + (PAUSES[2] if trouble else BLOCKED_FOR)
        self.counts.troubles.append(f"{answer.status} {answer.body.get('code', '')}")
        return PAUSES[2]

    def settle(self, items: list[Item], answer: Answer) -> None:
        if items[0]["kind"] == "outcome":
            self.remove({items[0]["uid"]}, {items[0]["uid"]: answer})
            return
        refused = answer.body["refused"]
        self.counts.refused += refused
        self.revisions[items[0]["case"]] = answer.body["revision"]
        self.remove({*answer.body["saved"], *(wrong["uid"] for wrong in refused)}, {})

    def remove(self, uids: set[str], outcomes: dict[str, Answer]) -> None:
        with self.changed:
            self.items = [item for item in self.items if item["uid"] not in uids]
            self.outcomes.update(outcomes)
            self.changed.notify_all()
