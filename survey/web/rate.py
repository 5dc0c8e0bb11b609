"""So many requests with one token in a while, whatever they end in. Counted as the public pages' are (app.py)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from flask import Response, current_app, g
from flask_limiter import Limiter
from limits import parse

from survey.errors import N_, TooMany
from survey.models.token import ApiToken


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests allowed and left, and the seconds until the counting begins anew."""

    allowed: int
    left: int
    seconds: int


def count(token: ApiToken) -> None:
    """Count one request of the token. Raises TooMany (too-many-requests)."""
    limiter: Limiter = current_app.extensions["public_limiter"]
    if not limiter.enabled:
        return
    limit, key = parse(current_app.config["API_RATE"]), ("api", str(token.id))
    allowed = limiter.limiter.hit(limit, *key)
    window = limiter.limiter.get_window_stats(limit, *key)
    seconds = max(1, math.ceil(window.reset_time - time.time()))
    g.rate = Rate(limit.amount, window.remaining, seconds)
    if not allowed:
        text = N_("请求过于频繁：每个令牌限 %(rate)s。请在 %(seconds)s 秒后再试。")
        raise TooMany("too-many-requests", text, rate=str(limit), seconds=seconds)


def state(response: Response) -> None:
    """How the token stands, in the headers of what was counted."""
    rate: Rate | None = g.get("rate")
    if rate is None:
        return
    response.headers["RateLimit-Limit"] = str(rate.allowed)
    response.headers["RateLimit-Remaining"] = str(rate.left)
    response.headers["RateLimit-Reset"] = str(rate.seconds)
    if response.status_code == 429:
        response.headers["Retry-After"] = str(rate.seconds)
