"""JSON for programs: read only, by token, described in OpenAPI. Views find, then give out what reports/document.py says;
web/access.py allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter

from survey.api import certificates, description, results, seasons, verbatims
from survey.api.endpoint import blueprint
from survey.web import bearer
from survey.web.problem import in_api

__all__ = ["certificates", "init_app", "results", "seasons", "verbatims"]


def init_app(app: Flask, limiter: Limiter) -> None:
    app.register_blueprint(blueprint)
    app.register_blueprint(description.blueprint)
    limited: Callable[..., Any] = limiter.shared_limit(
        app.config["API_RATE"], scope="api", key_func=bearer.key
    )
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{blueprint.name}."):
            app.view_functions[endpoint] = limited(view)

    @app.after_request
    def finish(response: Response) -> Response:
        if in_api():
            state_limit(response, limiter)
            cache_privately(response)
        return response


def state_limit(response: Response, limiter: Limiter) -> None:
    """What is left of this token's requests, and after how many seconds it begins anew."""
    limit = limiter.current_limit
    if limit is not None:
        response.headers["RateLimit-Limit"] = str(limit.limit.amount)
        response.headers["RateLimit-Remaining"] = str(limit.remaining)
        response.headers["RateLimit-Reset"] = str(max(0, limit.reset_at - int(time.time())))
        if response.status_code == 429:
            response.headers["Retry-After"] = response.headers["RateLimit-Reset"]


def cache_privately(response: Response) -> None:
    """The program may keep an answer and ask whether it still holds; nobody on the way may."""
    response.headers["Vary"] = "Authorization, Accept-Language"
    if response.status_code == 200 and request.method in ("GET", "HEAD"):
        response.cache_control.private = response.cache_control.no_cache = True
        response.add_etag()
        response.make_conditional(request)
