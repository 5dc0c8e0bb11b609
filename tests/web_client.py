"""A browser without a window for tests of pages: signs people in, and checks what must hold on every page."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient

from survey.db import db
from survey.models.accounts import User

TAG = re.compile(r"<[^>]+>")


class Page:
    """An answer, with the questions tests ask of it."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status: int = response.status_code
        self.html: str = response.get_data(as_text=True) if "text/" in (response.mimetype or "") else ""

    @property
    def text(self) -> str:
        """What a reader sees, in one line."""
        body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", self.html, flags=re.S)
        return re.sub(r"\s+", " ", TAG.sub(" ", body)).strip()

    @property
    def json(self) -> Any:
        return self.response.get_json()

    @property
    def location(self) -> str:
        return self.response.headers.get("Location", "")

    def check(self) -> None:
        """One h1 that the title repeats; every input labelled; nothing inline; a language."""
        if "text/html" not in (self.response.content_type or "") or self.status in (301, 302, 303):
            return
        assert len(re.findall(r"<h1\b", self.html)) == 1, "a page has one h1"
        heading = TAG.sub("", re.search(r"<h1\b.*?</h1>", self.html, re.S).group()).strip()  # type: ignore[union-attr]
        title = re.search(r"<title>(.*?)</title>", self.html, re.S).group(1)  # type: ignore[union-attr]
        assert heading and heading in title, f"the title {title!r} repeats the heading {heading!r}"
        assert not re.search(r"<script(?![^>]*\bsrc=)", self.html), "no inline script"
        assert not re.search(r"<style|\sstyle=|\son\w+=", self.html), "no inline style or handler"
        assert re.search(r'<html lang="(zh-CN|en)"', self.html)
        for field in re.findall(
            r'<(?:input|select|textarea)\b(?![^>]*type="(?:hidden|submit)")[^>]*>', self.html
        ):
            identifier = re.search(r'\bid="([^"]+)"', field)
            labelled = "aria-label" in field or (identifier and f'for="{identifier.group(1)}"' in self.html)
            assert labelled, f"no label: {field}"


class Client:
    def __init__(self, app: Flask) -> None:
        app.config["WTF_CSRF_ENABLED"] = False
        self.app = app
        self.browser: FlaskClient = app.test_client()

    def sign_in(self, user: User) -> Client:
        """As if the person had logged in; the login form has tests of its own."""
        with self.browser.session_transaction() as cookie:
            cookie["_user_id"] = user.fs_uniquifier
            cookie["_fresh"] = True
        return self

    def speak(self, language: str) -> Client:
        with self.browser.session_transaction() as cookie:
            cookie["language"] = language
        return self

    def get(self, path: str, status: int = 200, **values: Any) -> Page:
        g.__dict__.clear()  # the tests' app context outlives a request; what a request caches must not
        return self.finish(self.browser.get(path, **values), status)

    def post(self, path: str, data: dict[str, Any] | None = None, status: int = 302, **values: Any) -> Page:
        g.__dict__.clear()
        return self.finish(self.browser.post(path, data=data, **values), status)

    def finish(self, response: Any, status: int) -> Page:
        page = Page(response)
        db.session.expire_all()
        assert page.status == status, (
            f"status {page.status}, not {status}: {page.text[:600] or response.get_data(as_text=True)[:600]}"
        )
        page.check()
        return page
