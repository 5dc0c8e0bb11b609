"""Programs that ask the API."""

from __future__ import annotations

import pytest
from build_results import DISSATISFIED, SATISFIED, make_survey
from build_token import make_token
from flask import g

from survey.db import db


class Program:
    """Asks with a token; `get` tells the answer and fails on another status."""

    def __init__(self, app, token: str = "") -> None:
        app.config["WTF_CSRF_ENABLED"] = False
        self.browser = app.test_client()
        self.token = token

    def get(self, path: str, status: int = 200, *, language: str = "zh", method: str = "GET", **headers: str):
        g.__dict__.clear()  # the tests' app context outlives a request; what a request keeps must not
        sent = {
            "Accept-Language": language,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        answer = self.browser.open(f"/api/v1{path}", method=method, headers=sent)
        db.session.expire_all()
        assert answer.status_code == status, f"{path}: {answer.status}: {answer.get_data(as_text=True)[:800]}"
        return answer


@pytest.fixture
def program(app, people, session):
    """`program("evaluator")`: a program of a new person with that role, with all scopes."""

    def make(role=None, *, user=None, **values):
        return Program(app, make_token(session, user or people(role), **values))

    return make


@pytest.fixture
def survey(session, app):
    """150 households in three zones; 60 of 90 released ones interviewed, with words; one zone too small to be shown alone."""
    made = make_survey(
        session, app.extensions["vault"], {"一片区": 60, "二片区": 60, "三片区": 30},
        {"一片区": 40, "二片区": 40, "三片区": 20}, released={"一片区": 40, "二片区": 40, "三片区": 10},
    )  # fmt: skip
    made.interviews(28, 2, "一片区")
    made.interviews(25, 3, "二片区")
    made.interview(SATISFIED, stratum="二片区", words={"J1": "多办活动", "H1b": "〔姓名〕常来看我"})
    made.interview(DISSATISFIED, stratum="三片区", words={"H1a": "约好上门没有来"}, proxy=True)
    made.look_at_words()
    made.finish("D12", "三片区")
    session.commit()
    return made
