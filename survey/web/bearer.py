"""Who asks in the API: the owner of the token in `Authorization: Bearer …`. No cookie counts there, so no form can be
forged either."""

from __future__ import annotations

from flask import g, request

from survey.db import db, writing
from survey.errors import N_, Unrecognised
from survey.models.accounts import User
from survey.models.token import ApiToken
from survey.services import api_tokens
from survey.web import rate
from survey.web.clock import now
from survey.web.problem import NO_TOKEN


def identify() -> ApiToken:
    """The token of this request, its use counted and noted. Raises as services.api_tokens.find does, Unrecognised
    (token-missing), or TooMany."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unrecognised(NO_TOKEN, N_("请在 Authorization 中带上接口令牌：Bearer huifang_…。"))
    token = api_tokens.find(db.session(), given.token, now())
    rate.count(token)
    if api_tokens.use_is_due(token, now()):
        note_use(token)
    g.token = token
    return token


def note_use(token: ApiToken) -> None:
    """In a transaction of its own: the one that reads could not write where somebody has written since it began."""
    db.session.rollback()
    writing.set(True)
    api_tokens.note_use(db.session(), token, now())
    db.session.commit()
    writing.set(False)


def owner() -> User:
    token: ApiToken = g.token
    return token.user
